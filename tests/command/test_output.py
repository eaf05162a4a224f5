"""What the command writes where nobody or no terminal reads it, and which values it refuses before any work."""

import os
import subprocess
import sys

import pytest
from helpers import ROOT
from running import SMALL, TEXT, refused

from lstm_scratch import CharLM, Vocabulary
from lstm_scratch.__main__ import main

AT_LEAST_1 = "must be a whole number of at least 1, not"
AT_LEAST_0 = "must be a whole number of at least 0, not"
POSITIVE = "must be a positive finite number, not"
SHARE = "must be at least 0 and below 1, not"
REFUSED = [
    *[("train", "--epochs", value, AT_LEAST_1) for value in ("0", "-1", "2.5", "nan", "x")],
    *[("train", "--hidden-size", value, "must be a whole number from 1 to 10,000, not") for value in ("0", "10001")],
    *[("train", name, "0", AT_LEAST_1) for name in ("--batch-size", "--seq-length", "--patience")],
    *[("train", name, "-1", AT_LEAST_0) for name in ("--seed", "--sample")],
    *[("train", "--learning-rate", value, POSITIVE) for value in ("0", "-1", "nan", "inf", "fast")],
    ("train", "--final-learning-rate", "0", POSITIVE),
    *[("train", name, value, SHARE) for name in ("--dropout", "--weight-drop") for value in ("1", "-0.1", "nan")],
    *[("train", "--held-out", value, "must be above 0 and below 1, not") for value in ("0", "1", "-1", "nan", "inf")],
    *[("train", name, "", "must be the name of a file, not") for name in ("--model", "--checkpoint", "--start")],
    *[("train", "--encoding", value, "must be an encoding of texts") for value in ("utf-99", "hex", "")],
    ("train", "--unknown", "ask", "invalid choice"),
    *[("sample", name, "-1", AT_LEAST_0) for name in ("--length", "--seed")],
    *[("sample", "--temperature", value, POSITIVE) for value in ("0", "-1", "nan", "inf")],
    ("sample", "--prompt", "", "must have at least one character"),
    ("score", "--encoding", "rot13", "must be an encoding of texts"),
    ("score", "--unknown", "learn", "invalid choice"),
]
FILES = {"train": ["book.txt"], "sample": ["model.npz"], "score": ["model.npz", "book.txt"]}


@pytest.mark.parametrize(("verb", "name", "value", "sentence"), REFUSED)
def test_a_value_out_of_its_range_is_refused_by_the_name_of_its_option(verb, name, value, sentence, capsys):
    with pytest.raises(SystemExit) as caught:
        # no file of these names is there: the value is refused before any is looked for
        main([verb, *FILES[verb], f"{name}={value}"])
    out, errors = capsys.readouterr()
    assert caught.value.code == 2 and out == ""
    assert f"error: argument {name}: {sentence}" in errors


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--batch-size", 60, "--seq-length", 60], "--batch-size 60 --seq-length 60: the text for training has 466"),
        (["--held-out", 0.999], "--held-out 0.999: holding out 0.999 of 576 characters leaves a part with fewer"),
        (["--held-out", 0.001], "--held-out 0.001: holding out 0.001 of 576 characters leaves a part with fewer"),
    ],
)
def test_a_value_that_does_not_fit_the_text_is_refused_before_anything_is_counted(tmp_path, options, sentence):
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-8")
    assert sentence in refused(tmp_path, "train", "book.txt", *options)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-16"])
def test_output_that_goes_to_a_file_is_utf_8(tmp_path, encoding):
    model = CharLM(Vocabulary("\n\u0430\u043c\u043e\u043f\u0440"), 4)
    model.save(tmp_path / "m.npz")
    prompt = "\u043f\u0430\u0440\u043e\u043c"
    out = raw(tmp_path, encoding, "sample", "m.npz", "--prompt", prompt, "--length", 9, "--seed", 1)
    assert out.stdout.decode("utf-8").rstrip() == (prompt + model.sample(prompt, 9, temperature=0.7, rng=1)).rstrip()
    errors = raw(tmp_path, encoding, "score", "m.npz", prompt).stderr
    assert prompt in errors.decode("utf-8")


def raw(folder, encoding, *arguments):
    """The bytes that the command writes where Python would use another encoding."""
    command = [sys.executable, "-m", "lstm_scratch", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=120)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no head")
@pytest.mark.parametrize(
    "arguments",
    [
        ["sample", "model.npz", "--length", 10**9],
        ["train", "book.txt", "--model", "new.npz", *SMALL],
    ],
    ids=["sample", "train"],
)
@pytest.mark.parametrize("both", [False, True], ids=["output", "and errors"])
def test_under_head_it_ends_in_silence(finished, tmp_path, arguments, both):
    for name in ("model.npz", "book.txt"):
        (tmp_path / name).write_bytes((finished[0] / name).read_bytes())
    status, errors = under_head(tmp_path, arguments, both)
    assert status == 141 and not errors


@pytest.mark.skipif(os.name == "nt", reason="Windows has no head")
def test_help_under_head_ends_in_silence(tmp_path):
    status, errors = under_head(tmp_path, ["train", "--help"], both=False)
    # some versions of Python keep quiet about help that nobody reads
    assert status in (0, 141) and not errors


def under_head(folder, arguments, both):
    """The status and the errors of a command whose output, or both outputs, nobody reads."""
    # head closes the pipe when it has read enough; here it is closed at once, so before the last line in any case
    read, write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "lstm_scratch", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        stdout=write,
        stderr=write if both else subprocess.PIPE,
    )
    os.close(write)
    os.close(read)
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors
