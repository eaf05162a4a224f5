"""The command as its users have met it: two runs at once, a kill, a narrow terminal, a pipe, texts of other people.

Only what a user sees is looked at: exit status, files, and the few words that a sentence cannot do without.
"""

import csv
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from helpers import ROOT

from lstm_scratch import CharLM

TEXT = "the cat sat on the mat. the rat sat on the hat. " * 60
SMALL = ["--hidden-size", "8", "--batch-size", "4", "--seq-length", "12", "--sample", "0"]
ENDLESS = [*SMALL, "--epochs", str(10**6), "--patience", str(10**6)]
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals, pipes and terminals")


def start(folder, *arguments, **options):
    """Begin the command in a folder, with its output in pipes unless the options say otherwise."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", **options.pop("env", {})}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    command = [sys.executable, "-m", "lstm_scratch", *map(str, arguments)]
    return subprocess.Popen(command, cwd=folder, env=environment, **pipes)


def finish(process, timeout=120):
    """Its exit status, and what it wrote in UTF-8: on standard output, and on standard error."""
    try:
        out, errors = process.communicate(timeout=timeout)
    finally:
        process.kill()
    errors = errors.decode("utf-8")
    assert "Traceback" not in errors, errors
    return process.returncode, out.decode("utf-8").replace("\r\n", "\n"), errors


def run(folder, *arguments, **options):
    return finish(start(folder, *arguments, **options))


def succeeds(folder, *arguments, **options):
    status, out, errors = run(folder, *arguments, **options)
    assert status == 0, errors
    return out


def refusal(folder, *arguments):
    """What the command says when it refuses; it has counted nothing and changed no file."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    status, out, errors = run(folder, *arguments)
    assert status not in (0, None) and errors.strip()
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert "counting" not in out
    return " ".join(errors.split())


def wait_for(path, process):
    deadline = time.monotonic() + 60
    while not path.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert path.exists()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a text, and the model and the checkpoint of a run with settings of its own."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "book.txt").write_text(TEXT, encoding="utf-8")
    own = ["--learning-rate", 0.02, "--dropout", 0.1, "--weight-drop", 0.1, "--held-out", 0.2]
    succeeds(folder, "train", "book.txt", *SMALL, *own, "--seed", 5, "--epochs", 2)
    return folder


def copy_of(folder, target):
    for path in folder.iterdir():
        if path.is_file():
            (target / path.name).write_bytes(path.read_bytes())
    return target


# nothing lost


@posix
@pytest.mark.parametrize(
    "other",
    [
        ["--model", "m.npz"],
        ["--model", "./m.npz", "--checkpoint", "other.npz"],
        ["--model", "other.npz", "--checkpoint", "m.checkpoint.npz"],
        ["--model", "m.checkpoint.npz", "--checkpoint", "other.npz"],
    ],
    ids=["the same", "the same model", "the same checkpoint", "a model where the checkpoint is"],
)
@pytest.mark.parametrize("how", ["--overwrite", "--resume"])
def test_a_second_run_with_the_same_file_is_refused_at_once(folder, other, how):
    first = start(folder, "train", "book.txt", *ENDLESS, "--model", "m.npz")
    try:
        wait_for(folder / "m.checkpoint.npz", first)
        (folder / "other.npz").write_bytes((folder / "m.checkpoint.npz").read_bytes())
        status, out, errors = run(folder, "train", "book.txt", *other, how)
        assert status not in (0, None) and "counting" not in out
        assert "m.npz" in errors or "m.checkpoint.npz" in errors
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()


@posix
def test_a_killed_run_locks_nobody_out(folder):
    first = start(folder, "train", "book.txt", *ENDLESS, "--model", "m.npz")
    wait_for(folder / "m.checkpoint.npz", first)
    first.kill()
    first.communicate()
    succeeds(folder, "train", "book.txt", *SMALL, "--model", "m.npz", "--overwrite", "--epochs", 1)


@posix
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM] if os.name != "nt" else [])
def test_a_signal_saves_the_model_and_the_run_goes_on(folder, sent):
    # tests that were themselves started in the background would hand down that Ctrl-C is to be ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = start(folder, "train", "book.txt", *ENDLESS)
    signal.signal(signal.SIGINT, before)
    wait_for(folder / "model.checkpoint.npz", process)
    process.send_signal(sent)
    status, out, errors = finish(process)
    assert status in (130, 128 + sent) and "interrupted" in out + errors and "--resume" in out + errors
    assert CharLM.load(folder / "model.npz").hidden_size == 8


# resume knows itself


def test_a_run_is_continued_with_none_of_its_first_options(trained, tmp_path):
    folder = copy_of(trained, tmp_path)
    succeeds(folder, "train", "book.txt", "--resume", "--epochs", 4, "--sample", 0)
    assert CharLM.load(folder / "model.npz").hidden_size == 8


@pytest.mark.parametrize(
    ("option", "given", "in_force"),
    [
        ("--hidden-size", "9", "8"),
        ("--batch-size", "5", "4"),
        ("--seq-length", "13", "12"),
        ("--learning-rate", "0.03", "0.02"),
        ("--final-learning-rate", "0.003", "1e-05"),
        ("--dropout", "0.3", "0.1"),
        ("--weight-drop", "0.3", "0.1"),
        ("--held-out", "0.3", "0.2"),
        ("--seed", "6", "5"),
    ],
)
def test_an_option_that_does_not_agree_with_the_run_is_named_with_both_values(trained, option, given, in_force):
    said = refusal(trained, "train", "book.txt", "--resume", "--epochs", 4, option, given)
    assert option in said and given in said
    assert in_force in said or f"{float(in_force):.5f}" in said


def test_an_option_that_agrees_with_the_run_may_be_given_again(trained, tmp_path):
    folder = copy_of(trained, tmp_path)
    same = ["--learning-rate", "0.020", "--dropout", "1e-1", "--held-out", "0.2", "--seed", "5"]
    succeeds(folder, "train", "book.txt", "--resume", "--epochs", 3, *SMALL, *same)


def test_another_text_is_not_taken_for_that_of_the_run(trained, tmp_path):
    folder = copy_of(trained, tmp_path)
    (folder / "book.txt").write_text(TEXT.replace("rat", "bat"), encoding="utf-8")
    assert "book.txt" in refusal(folder, "train", "book.txt", "--resume", "--epochs", 4)


# letters drawn by lot: nothing can be learned beyond how frequent they are, so early stopping ends the run
DRAWN = "".join(np.random.default_rng(0).choice(list("abcdefgh"), size=6000))


@pytest.fixture(scope="module")
def out_of_patience(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    (folder / "drawn.txt").write_text(DRAWN, encoding="utf-8")
    options = ["--hidden-size", 16, "--batch-size", 8, "--dropout", 0, "--weight-drop", 0, "--sample", 0]
    return folder, succeeds(folder, "train", "drawn.txt", *options, "--epochs", 300)


def test_a_patience_that_nobody_has_set_ends_a_run_that_learns_nothing(out_of_patience):
    folder, _ = out_of_patience
    rows = list(csv.reader((folder / "model.history.csv").read_text(encoding="utf-8").splitlines()))
    assert 1 + 10 <= len(rows) - 1 <= 100


def test_a_run_that_patience_has_ended_says_so_and_what_would_help(out_of_patience, tmp_path):
    folder = copy_of(out_of_patience[0], tmp_path)
    before = (folder / "model.npz").read_bytes()
    _, out, errors = run(folder, "train", "drawn.txt", "--resume", "--epochs", 600, "--sample", 0)
    assert "patience" in out + errors and (folder / "model.npz").read_bytes() == before


def test_nobody_is_told_to_train_longer_after_an_early_best_epoch(out_of_patience):
    assert "--resume --epochs" not in " ".join(out_of_patience[1].split())


# a verdict that knows its error


def test_letters_drawn_by_lot_are_not_won(out_of_patience):
    assert not re.search(r"model is (clearly )?ahead of counting", out_of_patience[1])


def test_a_few_characters_are_no_verdict(folder):
    (folder / "tiny.txt").write_text(TEXT[:400], encoding="utf-8")
    out = succeeds(folder, "train", "tiny.txt", *SMALL, "--epochs", 2)
    assert not re.search(r"\b(ahead of|behind) counting", out)


def test_a_poem_of_three_lines_ends_in_a_sentence(tmp_path):
    (tmp_path / "tiny.txt").write_text("A short poem.\nIt has two lines, and a third.\nThe third is here.\n", "utf-8")
    status, out, errors = run(tmp_path, "train", "tiny.txt", "--epochs", 2, "--sample", 0)
    assert status in (0, 1) and not re.search(r"\b(ahead of|behind) counting", out + errors)


def test_the_minutes_are_estimated_before_the_first_epoch(folder):
    out = succeeds(folder, "train", "book.txt", *SMALL, "--epochs", 2)
    assert re.search(r"\b(second|minute|hour)s?\b", out.split("Best")[0])


# unknown characters


def test_unknown_characters_are_counted_named_and_passed_over(trained, tmp_path):
    folder = copy_of(trained, tmp_path)
    (folder / "other.txt").write_text("the caé sat on the ß. the caé\n", encoding="utf-8")
    said = refusal(folder, "score", "model.npz", "other.txt")
    assert "other.txt" in said and "é" in said and "ß" in said and "--unknown skip" in said
    # é twice, ß and the line end once
    assert re.search(r"\b4\b", said)
    out = succeeds(folder, "score", "model.npz", "other.txt", "--unknown", "skip")
    assert re.search(r"\b4\b", out)
    (folder / "known.txt").write_text("the ca sat on the . the ca", encoding="utf-8")
    known = succeeds(folder, "score", "model.npz", "known.txt")
    bits, bits_of_known = (re.search(r"([\d.]+) bits", said)[1] for said in (out, known))
    assert bits == bits_of_known


def test_a_saved_model_that_does_not_know_a_character_says_which_file_has_it(trained, tmp_path):
    folder = copy_of(trained, tmp_path)
    (folder / "other.txt").write_text(TEXT.replace("cat", "ça"), encoding="utf-8")
    said = refusal(folder, "train", "other.txt", "--start", "model.npz", "--model", "new.npz", "--epochs", 1)
    assert "other.txt" in said and "ç" in said and re.search(r"\b60\b", said)


def test_without_a_prompt_a_model_begins_with_a_character_it_knows(trained):
    assert len(succeeds(trained, "sample", "model.npz", "--length", 9).strip("\n")) >= 9


def test_line_ends_and_tabs_can_be_typed_in_a_prompt(tmp_path):
    (tmp_path / "lines.txt").write_text("one\ttwo\n" * 200, encoding="utf-8")
    succeeds(tmp_path, "train", "lines.txt", *SMALL, "--epochs", 1)
    out = succeeds(tmp_path, "sample", "model.npz", "--prompt", r"one\ttwo\n", "--length", 0)
    assert out.startswith("one\ttwo\n")


@posix
def test_a_model_writes_as_it_goes_and_ends_in_silence_where_nobody_reads_on(trained):
    process = start(trained, "sample", "model.npz", "--length", 10**8)
    try:
        assert process.stdout.read(200)
        process.stdout.close()
        with process.stderr:
            errors = process.stderr.read()
        process.wait(timeout=30)
    finally:
        process.kill()
    assert errors == b""


# looked at, not read


@posix
def test_at_80_columns_every_line_fits_and_the_bar_shows_the_scores(folder):
    pty = pytest.importorskip("pty")
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    without_width = {"COLUMNS": "", "LINES": ""}
    options = {"stdout": theirs, "stderr": theirs, "stdin": theirs, "env": without_width}
    process = start(folder, "train", "book.txt", *SMALL, "--epochs", 60, **options)
    os.close(theirs)
    shown = b""
    # reading from a terminal that nobody writes to any more is an error on Linux
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:
        pass
    assert process.wait(timeout=60) == 0
    lines = [re.sub(r"\x1b\[\w+", "", line).rstrip() for line in re.split(r"[\r\n]+", shown.decode("utf-8"))]
    assert max(map(len, lines)) <= 80
    bars = [line for line in lines if line.startswith("epoch ")]
    assert any(re.search(r"held out \d\.\d+ +train \d\.\d+", bar) for bar in bars)
    assert not [bar for bar in bars if "100%" in bar and not bar.startswith("epoch 60/60")]
    assert re.search(r"epoch 60/60", " ".join(bars))


def test_beside_the_model_lie_its_history_and_the_picture(folder):
    succeeds(folder, "train", "book.txt", *SMALL, "--epochs", 7, "--plot", "curve.png")
    rows = list(csv.DictReader((folder / "model.history.csv").read_text(encoding="utf-8").splitlines()))
    assert [float(row["epoch"]) for row in rows] == [1, 2, 3, 4, 5, 6, 7] and "valid_bits" in rows[0]
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")


# output, and what is refused


def test_what_goes_to_a_file_is_utf_8(tmp_path):
    (tmp_path / "russian.txt").write_text("паром плывёт за паромом, " * 90, encoding="utf-8")
    code_page = {"PYTHONIOENCODING": "cp1252"}
    assert "?" not in succeeds(tmp_path, "train", "russian.txt", *SMALL, "--epochs", 1, env=code_page)
    assert succeeds(tmp_path, "sample", "model.npz", "--prompt", "паром", env=code_page).startswith("паром")


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    (tmp_path / "marked.txt").write_bytes(b"\xff\xfe" + TEXT.encode("utf-16-le"))
    succeeds(tmp_path, "train", "marked.txt", *SMALL, "--epochs", 1, "--encoding", "utf-16-le")
    assert "\ufeff" not in CharLM.load(tmp_path / "model.npz").vocabulary.characters


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *[("--held-out", value) for value in ("nan", "0", "1", "-0.1", "inf")],
        *[(name, value) for name in ("--dropout", "--weight-drop") for value in ("nan", "1", "-0.1")],
        *[
            (name, value)
            for name in ("--learning-rate", "--final-learning-rate")
            for value in ("nan", "0", "-1", "inf")
        ],
        *[(f"--{name}", "0") for name in ("epochs", "hidden-size", "batch-size", "seq-length", "patience")],
        *[(f"--{name}", "2.5") for name in ("epochs", "hidden-size", "batch-size", "seq-length", "patience")],
        ("--seed", "-1"),
        ("--sample", "-1"),
        ("--model", ""),
        ("--checkpoint", ""),
        ("--encoding", "utf-99"),
        ("--seq-length", "5000"),
        ("--batch-size", "5000"),
        ("--plot", "curve.xyz"),
        ("--plot", "absent/curve.png"),
    ],
)
def test_a_value_is_refused_before_anything_is_counted_by_its_option_s_name(folder, option, value):
    assert option in refusal(folder, "train", "book.txt", f"{option}={value}")


@pytest.mark.parametrize(
    ("option", "value"),
    [("--length", "-1"), ("--temperature", "0"), ("--temperature", "nan"), ("--seed", "-1"), ("--prompt", "é")],
)
def test_a_value_for_sample_is_refused_by_its_option_s_name(trained, option, value):
    assert option in refusal(trained, "sample", "model.npz", f"{option}={value}")


@pytest.mark.parametrize("verb", ["train", "sample", "score"])
def test_help_fits_a_screen(tmp_path, verb):
    lines = succeeds(tmp_path, verb, "--help").splitlines()
    assert max(map(len, lines)) <= 80 and len(lines) <= 50
