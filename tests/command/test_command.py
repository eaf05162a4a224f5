"""The command, run as a process, as its users run it."""

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from helpers import ROOT, steps_in

from lstm_scratch import CharLM

TEXT = "the cat sat on the mat. the rat sat on the hat. " * 12
SMALL = ["--hidden-size", "8", "--batch-size", "4", "--seq-length", "12", "--sample", "0", "--dropout", "0"]


def start(folder, *arguments):
    """Begin the command in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    command = [sys.executable, "-m", "lstm_scratch", *map(str, arguments)]
    return subprocess.Popen(command, cwd=folder, env=environment, **pipes)


def finish(process, status=0, timeout=120):
    """What it wrote; its exit status is as expected."""
    try:
        out, errors = process.communicate(timeout=timeout)
    finally:
        process.kill()
    assert process.returncode == status and "Traceback" not in errors, errors
    return out, errors


def run(folder, *arguments, status=0):
    return finish(start(folder, *arguments), status)


def refused(folder, *arguments):
    """The one sentence with which the command refuses, at once and leaving every file alone."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    _, errors = run(folder, *arguments, status=1)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before and errors.count("\n") == 1
    return errors


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with a text, and the model and the checkpoint of a run of three epochs; and what the run wrote."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "book.txt").write_text(TEXT, encoding="utf-8")
    return folder, *run(folder, "train", "book.txt", *SMALL, "--epochs", 3)


@pytest.mark.parametrize("verb", ["train", "sample", "score"])
def test_help_fits_80_columns(tmp_path, verb):
    lines = run(tmp_path, verb, "--help")[0].splitlines()
    assert max(map(len, lines)) <= 80


def test_help_says_what_memory_training_takes(tmp_path):
    words = run(tmp_path, "train", "--help")[0].split()
    assert "at most 12 bytes per character" in " ".join(words)


def test_a_run_says_what_it_reads_what_it_chose_and_how_it_stands(finished):
    folder, out, errors = finished
    assert "book.txt: 576 characters\n466 characters to learn from, 52 in pieces to choose the epoch" in out
    assert "and the last 58 to score once, at the end." in out
    assert "--hidden-size 8 --epochs 3 --batch-size 4 --seq-length 12 --learning-rate 0.006" in out
    assert "3.585 if all 12 characters are equally likely" in out
    assert re.search(r"[\d.]+ by counting, with the best n-gram", out)
    pieces, last = (float(bits) for bits in re.findall(r"(?:of 3|this once): ([\d.]+) bits per character", out))
    assert "No verdict: 57 scored characters are too few" in out and "It was still getting better" in out
    model = CharLM.load(folder / "model.npz")
    assert model.hidden_size == 8 and model.bits_per_char(TEXT[-58:]) == pytest.approx(last, abs=6e-4)
    middle = TEXT[259 - 26 : 259 + 26]
    assert model.bits_per_char(middle) == pytest.approx(pieces, abs=6e-4)


def test_the_end_shows_the_curve_and_the_history_lies_beside_the_model(finished):
    folder, out, _ = finished
    history = pd.read_csv(folder / "model.history.csv")
    assert history["epoch"].tolist() == [1, 2, 3]
    scores = history["valid_bits"]
    assert f"Best after epoch 3 of 3: {scores[2]:.3f} bits per character" in out
    assert re.search(rf"^ *{scores.max():.2f} \|\*", out, re.MULTILINE) and "--- counting" in out


def test_a_picture_of_the_curve_is_drawn_and_replaced_only_when_asked(finished, tmp_path):
    for name in ("book.txt", "model.npz", "model.checkpoint.npz", "model.history.csv"):
        (tmp_path / name).write_bytes((finished[0] / name).read_bytes())
    train = ["train", "book.txt", *SMALL, "--epochs", "4", "--plot", "curve.png"]
    run(tmp_path, *train, "--resume")
    picture = (tmp_path / "curve.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(pd.read_csv(tmp_path / "model.history.csv")) == 4
    assert "curve.png exists: add --overwrite" in refused(tmp_path, *train, "--model", "new.npz")


def test_the_full_bar_says_so(finished):
    last = finished[2].rstrip().splitlines()[-1]
    assert re.fullmatch(r"epoch 3/3 \|█+\| held out \d\.\d\d  train \d\.\d\d  \d\d:\d\d", last)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "model.npz exists: add --resume to continue its run, or --overwrite to replace it"),
        (["--model", "new.npz", "--checkpoint", "model.checkpoint.npz"], "model.checkpoint.npz exists: add --resume"),
        (["--model", "new.npz", "--resume"], "there is no checkpoint new.checkpoint.npz to continue from"),
        (["--model", "book.txt", "--overwrite"], "must be three files, not book.txt, book.txt"),
        (["--model", "./x.npz", "--checkpoint", "x.npz"], "must be three files, not book.txt, ./x.npz, x.npz"),
        (["--model", ".", "--overwrite"], ". is a folder"),
        (["--model", "absent/m.npz"], "the file could not be written, and is as it was before: 'absent/m.npz'"),
        (["--model", "m.npz", "--checkpoint", "absent/c.npz"], "as it was before: 'absent/c.npz'"),
        (["--resume", "--batch-size", "5"], "belongs to another run, whose batch_size differ"),
        (["--resume", "--hidden-size", "9"], "model.npz is another model than this run's"),
        (["--model", "m.npz", "--start", "book.txt"], "book.txt cannot be used: it is not an .npz file"),
        (["--model", "m.npz", "--plot", "m.jpg"], "its name must end in .png, not m.jpg"),
        (["--model", "m.npz", "--plot", "book.txt/p.png"], "as it was before: 'book.txt/p.png'"),
        (["--model", "m.npz", "--checkpoint", "m.history.csv"], "m.history.csv is where the scores of all epochs go"),
        (["--model", "m.npz", "--start", "model.npz", "--hidden-size", "9"], "has 8 hidden units: leave out"),
    ],
)
def test_what_would_lose_work_is_refused_before_training(finished, arguments, sentence):
    options = [*SMALL, "--epochs", "3", *arguments]
    assert sentence in refused(finished[0], "train", "book.txt", *options)


def test_a_run_is_lengthened_replaced_and_begun_with_a_saved_model(finished, tmp_path):
    for name in ("book.txt", "model.npz", "model.checkpoint.npz"):
        (tmp_path / name).write_bytes((finished[0] / name).read_bytes())
    train = ["train", "book.txt", *SMALL]
    out, _ = run(tmp_path, *train, "--epochs", 5, "--resume")
    assert "continuing after epoch 3 of 5, window 0 of 9" in out and "Best after epoch 5 of 5" in out
    run(tmp_path, *train, "--epochs", 1, "--overwrite", "--float16", "--sample", 9)
    assert CharLM.load(tmp_path / "model.npz").dtype == np.float32
    out, _ = run(tmp_path, *train[:2], "--epochs", 1, "--sample", 9, "--start", "model.npz", "--model", "more.npz")
    assert "--hidden-size 8 --epochs 1" in out and len(out.split("|")[1]) == 9 + len("\n")
    assert run(tmp_path, "sample", "model.npz", "--prompt", "the ", "--length", 0)[0] == "the \n"
    assert re.search(r"[\d.]+ bits per character; 3.585\d if all", run(tmp_path, "score", "more.npz", "book.txt")[0])


@pytest.mark.parametrize("rate", ["1e9", "0.5"])
def test_a_run_that_diverges_ends_with_advice_and_status_1(rate, tmp_path):
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-8")
    _, errors = run(tmp_path, "train", "book.txt", *SMALL, "--learning-rate", rate, "--hidden-size", 64, status=1)
    assert "where guessing costs 3.58; try a lower learning rate" in errors and not (tmp_path / "model.npz").exists()


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("caf\u00e9 au lait ".encode("latin-1") * 9, [], "try another encoding, such as cp1252"),
        ("caf\u00e9 au lait ".encode("utf-16") * 9, [], "try another encoding, such as utf-16"),
        (b"a\0b\0" * 99, [], "it has NUL characters; if it is a text, try another encoding, such as utf-16"),
        (b"plain text", ["--encoding", "utf-99"], "unknown encoding: utf-99"),
        (b"ab", [], "holding out 0.1 of 2 characters leaves a part with fewer than 2"),
        (b"a" * 20, ["--held-out", "0.9"], "leaves fewer than 2 to train on"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_try(tmp_path, content, options, words):
    (tmp_path / "t.txt").write_bytes(content)
    assert words in refused(tmp_path, "train", "t.txt", *options)


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("caf\u00e9 au lait ".encode("cp1252") * 50, ["--encoding", "cp1252"], "t.txt: 650 characters\n"),
        (b"one line\r\n" * 50, [], "t.txt: 500 characters, without 50 \\r of line ends\n365 characters to learn"),
        (b"x\n*** START OF THE BOOK ***\n" + b"one line\n" * 50, [], "478 characters, without 28 of Project Gutenberg"),
        (b"a" * 500, [], "0.000 if all 1 characters are equally likely (log2 1),\n  0.000 by counting"),
    ],
)
def test_numbers_of_characters_are_those_of_the_file(tmp_path, content, options, words):
    (tmp_path / "t.txt").write_bytes(content)
    assert words in run(tmp_path, "train", "t.txt", *SMALL, "--epochs", 1, *options)[0].replace("\r\n", "\n")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that can be sent to one process alone")
def test_a_real_ctrl_c_saves_the_model_and_the_run_goes_on(tmp_path):
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-8")
    # tests that were themselves started in the background would hand down that Ctrl-C is to be ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = start(tmp_path, "train", "book.txt", *SMALL, "--epochs", 10**6)
    signal.signal(signal.SIGINT, before)
    checkpoint, deadline = tmp_path / "model.checkpoint.npz", time.monotonic() + 60
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, _ = finish(process, status=130)
    assert re.search(r"the parameters from the end of epoch \d+ of 1000000", out) and "add --resume" in out
    epochs = steps_in(checkpoint) // 9
    out, _ = run(tmp_path, "train", "book.txt", *SMALL, "--epochs", epochs, "--resume")
    assert f"continuing after epoch {epochs} of {epochs}" in out and CharLM.load(tmp_path / "model.npz")
