"""A run that is killed, again and again and at any moment, ends as if nothing had happened."""

import random
import subprocess
import sys
import time

import numpy as np
from helpers import ROOT

from lstm_scratch.files import ArrayFile, Header

KILLS, EPOCHS = 20, 150
STEPS = Header((), np.dtype(np.int64))
# trains, and says when it begins; float32, with dropout and early stopping, so that there is much to remember
RUN = """
import sys
import numpy as np
from lstm_scratch import CharLM, Vocabulary, train
text = "the cat sat on the mat. the rat sat on the hat. " * 30
model = CharLM(Vocabulary.from_text(text), 24, rng=1)
print("ready", flush=True)
sys.stdin.readline()
history = train(
    model, text[:1300], text[1300:], epochs=int(sys.argv[3]), batch_size=4, seq_length=24, learning_rate=0.01,
    final_learning_rate=0.0001, dropout=0.1, weight_drop=0.1, patience=200,
    checkpoint=sys.argv[1], resume=True, progress=False,
)
np.savez(sys.argv[2], history=history.to_numpy(), **model.params)
print("done", flush=True)
"""


def begin(checkpoint, result):
    """A process that has loaded everything and has just begun to train."""
    command = [sys.executable, "-c", RUN, str(checkpoint), str(result), str(EPOCHS)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()
    return process


def finish(process):
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0 and out == "done\n"


def test_twenty_kills_at_random_moments_change_nothing(tmp_path):
    checkpoint = tmp_path / "run.npz"
    process, started = begin(tmp_path / "whole_run.npz", tmp_path / "whole.npz"), time.perf_counter()
    finish(process)
    duration = time.perf_counter() - started

    chance, kills, reached = random.Random(0), 0, []
    while kills < KILLS:
        process = begin(checkpoint, tmp_path / "resumed.npz")
        # together about half of the whole run
        time.sleep(chance.uniform(0, duration / KILLS))
        # SIGKILL, which nobody can catch; on Windows TerminateProcess
        process.kill()
        out, _ = process.communicate(timeout=120)
        if out == "done\n":
            # too late: once more from the beginning
            checkpoint.unlink()
            continue
        kills += 1
        if checkpoint.exists():
            # whatever the moment, the file is whole
            with ArrayFile(checkpoint, "a checkpoint") as file:
                reached.append(int(file.read({"optimizer.steps": STEPS})["optimizer.steps"]))
    finish(begin(checkpoint, tmp_path / "resumed.npz"))

    # the kills fell into different epochs
    assert len(set(reached)) >= KILLS / 4
    with np.load(tmp_path / "whole.npz") as whole, np.load(tmp_path / "resumed.npz") as resumed:
        assert list(whole) == list(resumed) and len(whole["history"]) == EPOCHS
        for name in whole:
            assert whole[name].tobytes() == resumed[name].tobytes(), name
