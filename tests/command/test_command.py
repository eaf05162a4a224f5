"""The command, run as a process, as its users run it."""

import os
import re
import signal

import numpy as np
import pandas as pd
import pytest
from helpers import steps_in
from running import SMALL, TEXT, copy_of, finish, refused, run, start, wait_for_a_checkpoint

from lstm_scratch import CharLM, Vocabulary
from lstm_scratch.command.resuming import how_to_go_on


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
    assert "No verdict: 57 scored characters are too few" in out and "To train longer, add --resume --epochs 6" in out
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
        (["--model", "m.npz", "--start", "book.txt"], "book.txt cannot be used: it is not an .npz file"),
        (["--model", "m.npz", "--plot", "m.jpg"], "its name must end in .png, not m.jpg"),
        (["--model", "m.npz", "--plot", "book.txt/p.png"], "as it was before: 'book.txt/p.png'"),
        (["--model", "m.npz", "--checkpoint", "m.history.csv"], "m.history.csv is where the scores of all epochs go"),
        (
            ["--model", "m.npz", "--start", "model.npz", "--hidden-size", "9"],
            "model.npz, which has 8 hidden units: leave it out",
        ),
    ],
)
def test_what_would_lose_work_is_refused_before_training(finished, arguments, sentence):
    options = [*SMALL, "--epochs", "3", *arguments]
    assert sentence in refused(finished[0], "train", "book.txt", *options)


@pytest.mark.parametrize(
    ("options", "both"),
    [
        (["--hidden-size", 9], ("--hidden-size 9", "--hidden-size 8")),
        (["--batch-size", 5], ("--batch-size 5", "--batch-size 4")),
        (["--seq-length", 13], ("--seq-length 13", "--seq-length 12")),
        (["--learning-rate", 0.1], ("--learning-rate 0.1", "--learning-rate 0.006")),
        (["--final-learning-rate", 0.1], ("--final-learning-rate 0.1", "--final-learning-rate 1e-05")),
        (["--dropout", 0.1], ("--dropout 0.1", "--dropout 0")),
        (["--weight-drop", 0.1], ("--weight-drop 0.1", "--weight-drop 0.6")),
        (["--held-out", 0.2], ("--held-out 0.2", "--held-out 0.1")),
        (["--seed", 1], ("--seed 1", "--seed 0")),
        (["--start", "model.npz"], ("--start model.npz", "no --start")),
    ],
)
def test_what_does_not_agree_with_a_resumed_run_is_named_with_both_values(finished, options, both):
    given, had = both
    sentence = f"{given} does not agree with the run of model.checkpoint.npz, which has {had}: leave it out"
    assert sentence in refused(finished[0], "train", "book.txt", "--resume", *options)


def test_another_text_than_that_of_a_resumed_run_is_refused(finished, tmp_path):
    copy_of(finished, tmp_path)
    (tmp_path / "other.txt").write_text(TEXT[:-1] + "!", encoding="utf-8")
    out, errors = run(tmp_path, "train", "other.txt", "--resume", status=1)
    assert "TEXT other.txt, of 576 characters, does not agree" in errors
    assert "which reads book.txt, of 576 characters" in errors
    assert "counting" not in out


def test_a_resumed_run_needs_none_of_its_first_options(finished, tmp_path):
    copy_of(finished, tmp_path)
    out, _ = run(tmp_path, "train", "book.txt", "--resume", "--epochs", 5, "--sample", 0)
    assert "--hidden-size 8 --epochs 5 --batch-size 4 --seq-length 12 --learning-rate 0.006 --dropout 0 " in out
    assert "Best after epoch 5 of 5" in out
    # what agrees may be said again, and the text may be stored otherwise
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-16")
    options = [*SMALL, "--seed", 0, "--held-out", 0.1, "--encoding", "utf-16", "--epochs", 6]
    assert "Best after epoch 6 of 6" in run(tmp_path, "train", "book.txt", "--resume", *options)[0]
    # and epochs, patience and encoding are now the latest ones
    assert "Nothing is left to train." in run(tmp_path, "train", "book.txt", "--resume", "--sample", 0)[0]


def test_a_run_that_is_stopped_and_resumed_without_its_options_ends_as_if_never_stopped(tmp_path):
    (tmp_path / "book.txt").write_text(TEXT, encoding="latin-1")
    options = [*SMALL, "--dropout", 0.2, "--seed", 3, "--held-out", 0.2, "--encoding", "latin-1", "--epochs", 400]
    run(tmp_path, "train", "book.txt", *options, "--model", "whole.npz")
    process = start(tmp_path, "train", "book.txt", *options)
    wait_for_a_checkpoint(tmp_path / "model.checkpoint.npz")
    process.kill()
    process.communicate()
    # an end at this moment, and no later, is what shows whether it is continued
    assert steps_in(tmp_path / "model.checkpoint.npz") < steps_in(tmp_path / "whole.checkpoint.npz")
    run(tmp_path, "train", "book.txt", "--resume", "--sample", 0)
    assert (tmp_path / "model.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()


def test_the_advice_to_name_another_model_can_be_followed(finished, tmp_path):
    copy_of(finished, tmp_path)
    CharLM(Vocabulary("ab"), 2).save(tmp_path / "model.npz")
    errors = refused(tmp_path, "train", "book.txt", "--resume")
    assert "name another file with --model, and this checkpoint with --checkpoint model.checkpoint.npz" in errors
    paths = ["--model", "more.npz", "--checkpoint", "model.checkpoint.npz"]
    run(tmp_path, "train", "book.txt", "--resume", "--sample", 0, *paths)
    assert CharLM.load(tmp_path / "more.npz").hidden_size == 8


def test_a_run_that_patience_has_ended_says_so_and_what_lets_it_go_on(tmp_path):
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-8")
    # so high a rate that scores go up and down
    options = [*SMALL, "--learning-rate", 0.2, "--epochs", 60, "--patience", 1]
    out, _ = run(tmp_path, "train", "book.txt", *options)
    ended = r"Patience ended the run, because 1 epoch has brought no better score than epoch (\d+)\."
    best = int(re.search(ended, out)[1])
    assert "To train longer" not in out and best < 50
    out, _ = run(tmp_path, "train", "book.txt", "--resume", "--sample", 0)
    assert re.search(rf"Nothing is left to train\. {ended}", out)
    remedy = re.search(r"To continue all the same, add (.*);", out)[1].split()
    assert remedy == ["--resume", "--patience", "2"]
    out, _ = run(tmp_path, "train", "book.txt", *remedy, "--sample", 0)
    assert int(re.search(r"Best after epoch \d+ of (\d+)", out)[1]) > best + 1


def test_how_to_go_on_names_every_option_that_stands_in_the_way():
    assert how_to_go_on([], epochs=3, patience=1) == ""
    assert how_to_go_on([3, 2], epochs=3, patience=1) == ""
    assert how_to_go_on([3, 2, 1], epochs=3, patience=1) == "To train longer, add --resume --epochs 6"
    assert "add --resume --patience 4;" in how_to_go_on([1, 2, 3], epochs=9, patience=2)
    # fewer than it has already trained, and both at once
    assert "add --resume --epochs 6 --patience 4;" in how_to_go_on([1, 2, 3], epochs=2, patience=1)


def test_a_run_is_lengthened_replaced_and_begun_with_a_saved_model(finished, tmp_path):
    copy_of(finished, tmp_path)
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
        (("\ufeff" + "one line\n" * 50).encode("utf-16-le"), ["--encoding", "utf-16-le"], "t.txt: 450 characters\n"),
        (b"one line\r\n" * 50, [], "t.txt: 500 characters, without 50 \\r of line ends\n365 characters to learn"),
        (b"x\n*** START OF THE BOOK ***\n" + b"one line\n" * 50, [], "478 characters, without 28 of Project Gutenberg"),
        (b"a" * 500, [], "0.000 if all 1 characters are equally likely (log2 1),\n  0.000 by counting"),
    ],
)
def test_numbers_of_characters_are_those_of_the_file(tmp_path, content, options, words):
    (tmp_path / "t.txt").write_bytes(content)
    assert words in run(tmp_path, "train", "t.txt", *SMALL, "--epochs", 1, *options)[0].replace("\r\n", "\n")


def begin_to_train(folder, *options):
    """A run without an end, in a folder of its own; it has written its first checkpoint."""
    (folder / "book.txt").write_text(TEXT, encoding="utf-8")
    # tests that were themselves started in the background would hand down that Ctrl-C is to be ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = start(folder, "train", "book.txt", *SMALL, "--epochs", 10**6, *options)
    signal.signal(signal.SIGINT, before)
    wait_for_a_checkpoint(folder / (options[1] if options else "model.checkpoint.npz"))
    return process


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that can be sent to one process alone")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_real_signal_saves_the_model_and_the_run_goes_on(tmp_path, number):
    process = begin_to_train(tmp_path)
    process.send_signal(number)
    out, _ = finish(process, status=130)
    assert re.search(r"the parameters from the end of epoch \d+ of 1000000", out) and "add --resume" in out
    epochs = steps_in(tmp_path / "model.checkpoint.npz") // 9
    out, _ = run(tmp_path, "train", "book.txt", *SMALL, "--epochs", epochs, "--resume")
    assert "Nothing is left to train." in out and "continuing" not in out and CharLM.load(tmp_path / "model.npz")
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        (["--checkpoint", "a.checkpoint.npz"], ["--checkpoint", "b.checkpoint.npz"], "model.npz"),
        (
            ["--checkpoint", "a.checkpoint.npz"],
            ["--model", "b.npz", "--checkpoint", "a.checkpoint.npz"],
            "a.checkpoint",
        ),
        ([], ["--resume"], "model.npz"),
        ([], ["--overwrite"], "model.npz"),
    ],
)
def test_two_runs_that_would_write_to_one_file_are_refused_until_the_first_is_killed(tmp_path, first, second, shared):
    process = begin_to_train(tmp_path, *first)
    out, errors = run(tmp_path, "train", "book.txt", *SMALL, *second, status=1)
    assert out == "" and "another run is writing to this file" in errors and shared in errors
    assert errors.count("\n") == 1 and process.poll() is None
    process.kill()
    process.communicate()
    run(tmp_path, "train", "book.txt", *SMALL, "--epochs", 1, "--overwrite", *first)
    assert not list(tmp_path.glob(".*.lock"))
