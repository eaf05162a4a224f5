"""What the command writes to a file, to a terminal, to a pipe that nobody reads any more, and as its help."""

import os
import re
import sys

import numpy as np
import pytest
from running import SMALL, finish, run, start

import lstm_scratch
from lstm_scratch import CharLM, Vocabulary

VERBS = ["train", "sample", "score"]


@pytest.mark.parametrize("verb", VERBS)
def test_help_fits_a_screen(tmp_path, verb):
    lines = run(tmp_path, verb, "--help")[0].splitlines()
    assert max(map(len, lines)) <= 80 and len(lines) <= 50


@pytest.mark.parametrize("arguments", [[], *([verb] for verb in VERBS)], ids=str)
def test_help_on_a_narrow_terminal_breaks_no_word(tmp_path, monkeypatch, arguments):
    monkeypatch.setenv("COLUMNS", "500")
    words = run(tmp_path, *arguments, "--help")[0].split()
    monkeypatch.setenv("COLUMNS", "40")
    narrow = run(tmp_path, *arguments, "--help")[0]
    assert max(map(len, narrow.splitlines())) <= 40 and narrow.split() == words


def test_the_versions_for_a_report_take_four_lines(tmp_path):
    package, python, numpy, system = run(tmp_path, "--version")[0].splitlines()
    assert package == f"lstm_scratch {lstm_scratch.__version__}" and python.startswith(f"Python {sys.version_info[0]}.")
    assert numpy.startswith(f"NumPy {np.__version__}, BLAS ") and system.split()[0] in ("Linux", "Darwin", "Windows")


def test_help_says_what_memory_training_takes(tmp_path):
    words = run(tmp_path, "train", "--help")[0].split()
    assert "at most 12 bytes per character" in " ".join(words)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-16"])
def test_output_that_goes_to_a_file_is_utf_8(tmp_path, encoding):
    model = CharLM(Vocabulary("\n\u0430\u043c\u043e\u043f\u0440"), 4)
    model.save(tmp_path / "m.npz")
    prompt = "\u043f\u0430\u0440\u043e\u043c"
    otherwise = {"PYTHONIOENCODING": encoding}
    sample = start(tmp_path, "sample", "m.npz", "--prompt", prompt, "--length", 9, "--seed", 1, environment=otherwise)
    written, _ = finish(sample)
    assert written.rstrip() == (prompt + model.sample(prompt, 9, temperature=0.7, rng=1)).rstrip()
    _, errors = finish(start(tmp_path, "score", "m.npz", prompt, environment=otherwise), status=1)
    assert prompt in errors


posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes and terminals")


@posix
def test_at_80_columns_every_line_fits_and_the_bar_shows_the_scores(finished, tmp_path):
    pty = pytest.importorskip("pty")
    (tmp_path / "book.txt").write_bytes((finished[0] / "book.txt").read_bytes())
    ours, theirs = pty.openpty()
    set_width(theirs, 80)
    outputs = {"stdout": theirs, "stderr": theirs, "stdin": theirs}
    no_width = {"COLUMNS": "", "LINES": ""}
    process = start(tmp_path, "train", "book.txt", *SMALL, "--epochs", 60, environment=no_width, **outputs)
    os.close(theirs)
    shown = all_that_is_shown(ours)
    finish(process)
    lines = [re.sub(r"\x1b\[\w+", "", line).rstrip() for line in re.split(r"[\r\n]+", shown)]
    assert max(map(len, lines)) <= 80
    bars = [line for line in lines if line.startswith("epoch ")]
    assert any(re.search(r"held out \d\.\d+ +train \d\.\d+", bar) for bar in bars)
    assert not [bar for bar in bars if "100%" in bar and not bar.startswith("epoch 60/60")]
    assert re.search(r"epoch 60/60", " ".join(bars))


def set_width(terminal, columns):
    """Make a terminal so wide."""
    import fcntl
    import struct
    import termios

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def all_that_is_shown(terminal):
    """What is written to a terminal until its last writer ends."""
    shown = b""
    # reading from a terminal that nobody writes to any more is an error on Linux
    try:
        while piece := os.read(terminal, 65536):
            shown += piece
    except OSError:
        pass
    return shown.decode("utf-8")


@posix
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
    status, errors = under_head(tmp_path, arguments, both=both)
    assert status == 141 and not errors


@posix
def test_help_under_head_ends_in_silence(tmp_path):
    status, errors = under_head(tmp_path, ["train", "--help"], both=False)
    # some versions of Python keep quiet about help that nobody reads
    assert status in (0, 141) and not errors


def under_head(folder, arguments, *, both):
    """The status and the errors of a command whose output, or both outputs, nobody reads."""
    # head closes the pipe when it has read enough; here it is closed at once, so before the last line in any case
    read, write = os.pipe()
    outputs = {"stdout": write, "stderr": write} if both else {"stdout": write}
    process = start(folder, *arguments, **outputs)
    os.close(write)
    os.close(read)
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors
