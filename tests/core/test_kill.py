"""A run that is killed again and again, at any moment, ends as if nothing had happened."""

import random
import subprocess
import sys
import time

import numpy as np
import pytest
from helpers import ROOT, steps_in

pytestmark = pytest.mark.slow
KILLS = 20
# this program trains, and says when it begins; dropout and early stopping give the checkpoint much to contain
RUN = """
import os, sys, pandas, tqdm.auto
import numpy as np
from lstm_scratch import CharLM, Vocabulary, train, training
checkpoint, result, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
training.SECONDS_BETWEEN_CHECKPOINTS = float(sys.argv[4])
text = "the cat sat on the mat. the rat sat on the hat. " * 30
model = CharLM(Vocabulary.from_text(text), 24, rng=1)
print("ready", flush=True)
sys.stdin.readline()
history = train(
    model, text[:1300], text[1300:], epochs=epochs, batch_size=4, seq_length=int(sys.argv[5]),
    learning_rate=0.01, final_learning_rate=0.0001, dropout=0.1, weight_drop=0.1, patience=200,
    checkpoint=checkpoint, resume=os.path.exists(checkpoint), progress=False,
)
np.savez(result, history=history.to_numpy(), **model.params)
print("done", flush=True)
"""


def begin(checkpoint, result, *options):
    """A process that has loaded everything and has just begun to train."""
    command = [sys.executable, "-c", RUN, str(checkpoint), str(result), *map(str, options)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()
    return process


# epochs, seconds between two checkpoints of an epoch, characters in a window: many short epochs, then two long ones
@pytest.mark.parametrize("options", [(150, 60, 24), (2, 0, 1)], ids=["between epochs", "within an epoch"])
def test_twenty_kills_at_random_moments_change_nothing(tmp_path, options):
    checkpoint, epochs = tmp_path / "run.npz", options[0]
    process, started = begin(tmp_path / "whole_run.npz", tmp_path / "whole.npz", *options), time.perf_counter()
    assert process.communicate(timeout=300)[0] == "done\n"
    duration = time.perf_counter() - started

    chance, kills, reached = random.Random(0), 0, []
    while kills < KILLS:
        process = begin(checkpoint, tmp_path / "resumed.npz", *options)
        # all of these waits together last about half as long as the whole run
        time.sleep(chance.uniform(0, duration / KILLS))
        # SIGKILL, which nobody can catch; on Windows TerminateProcess
        process.kill()
        out, _ = process.communicate(timeout=120)
        if out == "done\n":
            # the run had already ended, so it starts again from the beginning
            checkpoint.unlink()
            continue
        kills += 1
        if checkpoint.exists():
            # whatever the moment, the file is whole
            reached.append(steps_in(checkpoint))
    last = begin(checkpoint, tmp_path / "resumed.npz", *options)
    assert last.communicate(timeout=300)[0] == "done\n"

    assert len(set(reached)) >= KILLS / 4
    with np.load(tmp_path / "whole.npz") as whole, np.load(tmp_path / "resumed.npz") as resumed:
        assert list(whole) == list(resumed) and len(whole["history"]) == epochs
        for name in whole:
            assert whole[name].tobytes() == resumed[name].tobytes(), name
