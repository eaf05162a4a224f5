"""How a run is continued: with the settings that it has, with its own text, and for as long as patience lasts."""

import re

import numpy as np
import pandas as pd
import pytest
from helpers import steps_in
from running import SMALL, TEXT, copy_of, kill, refused, run, start, wait_for_a_checkpoint

from lstm_scratch import CharLM, Vocabulary
from lstm_scratch.command.resuming import how_to_go_on


def test_a_resumed_run_needs_none_of_its_first_options(finished, tmp_path):
    copy_of(finished, tmp_path)
    out, _ = run(tmp_path, "train", "book.txt", "--resume", "--epochs", 5, "--sample", 0)
    assert "--hidden-size 8 --epochs 5 --batch-size 4 --seq-length 12 --learning-rate 0.008 --dropout 0 " in out
    assert "Best after epoch 5 of 5" in out
    assert "but the learning rate now falls over 5 epochs and not 3, so a new run would end otherwise):" in out
    # what agrees may be said again, and the text may be stored otherwise
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-16")
    options = [*SMALL, "--seed", 0, "--held-out", 0.15, "--encoding", "utf-16", "--epochs", 6]
    assert "Best after epoch 6 of 6" in run(tmp_path, "train", "book.txt", "--resume", *options)[0]
    # and epochs, patience and encoding are now the latest ones
    out, _ = run(tmp_path, "train", "book.txt", "--resume", "--sample", 0)
    assert "Nothing is left to train." in out and "Settings (those of model.checkpoint.npz):" in out


def test_a_run_that_is_stopped_and_resumed_without_its_options_ends_as_if_never_stopped(tmp_path):
    (tmp_path / "book.txt").write_text(TEXT, encoding="latin-1")
    options = [*SMALL, "--dropout", 0.2, "--seed", 3, "--held-out", 0.2, "--encoding", "latin-1", "--epochs", 400]
    run(tmp_path, "train", "book.txt", *options, "--model", "whole.npz")
    process = start(tmp_path, "train", "book.txt", *options)
    wait_for_a_checkpoint(tmp_path / "model.checkpoint.npz", process)
    kill(process)
    # an end at this moment, and no later, is what shows whether it is continued
    assert steps_in(tmp_path / "model.checkpoint.npz") < steps_in(tmp_path / "whole.checkpoint.npz")
    run(tmp_path, "train", "book.txt", "--resume", "--sample", 0)
    assert (tmp_path / "model.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()


@pytest.mark.parametrize(
    ("options", "both"),
    [
        (["--hidden-size", 9], ("--hidden-size 9", "--hidden-size 8")),
        (["--batch-size", 5], ("--batch-size 5", "--batch-size 4")),
        (["--seq-length", 13], ("--seq-length 13", "--seq-length 12")),
        (["--learning-rate", 0.1], ("--learning-rate 0.1", "--learning-rate 0.008")),
        (["--final-learning-rate", 0.1], ("--final-learning-rate 0.1", "--final-learning-rate 1e-05")),
        (["--dropout", 0.1], ("--dropout 0.1", "--dropout 0")),
        (["--weight-drop", 0.1], ("--weight-drop 0.1", "--weight-drop 0.4")),
        (["--held-out", 0.2], ("--held-out 0.2", "--held-out 0.15")),
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
    assert "which reads book.txt as it was then, of 576 characters" in errors
    assert "counting" not in out


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
    best = int(re.search(r"Best after epoch (\d+)", out)[1])
    ended = f"Patience ended the run, because 1 epoch has brought no better score than epoch {best}."
    out, _ = run(tmp_path, "train", "book.txt", "--resume", "--sample", 0)
    assert f"Nothing is left to train. {ended}" in out
    remedy = re.search(r"To continue all the same, add (.*)", out)[1].split()
    assert remedy == ["--resume", "--patience", "2"]
    out, _ = run(tmp_path, "train", "book.txt", *remedy, "--sample", 0)
    assert int(re.search(r"Best after epoch \d+ of (\d+)", out)[1]) > best + 1


def test_how_to_go_on_names_every_option_that_stands_in_the_way():
    assert how_to_go_on([], epochs=3, patience=1) == ""
    assert how_to_go_on([3, 2], epochs=3, patience=1) == ""
    assert how_to_go_on([3, 2, 1], epochs=3, patience=1) == "To train longer, add --resume --epochs 6"
    assert "add --resume --patience 4" in how_to_go_on([1, 2, 3], epochs=9, patience=2)
    assert "add --resume --epochs 6 --patience 4" in how_to_go_on([1, 2, 3], epochs=3, patience=1)


@pytest.fixture(scope="module")
def drawn_by_lot(tmp_path_factory):
    """A run over letters drawn by lot, in which nothing can be learned but how frequent each of them is."""
    folder = tmp_path_factory.mktemp("drawn")
    letters = np.random.default_rng(0).choice(list("abcdefgh"), size=6000)
    (folder / "drawn.txt").write_text("".join(letters), encoding="utf-8")
    options = ["--hidden-size", 16, "--batch-size", 8, "--seq-length", 32, "--dropout", 0, "--weight-drop", 0]
    return folder, run(folder, "train", "drawn.txt", *options, "--epochs", 300, "--sample", 0)[0]


def test_the_patience_that_nobody_has_set_ends_a_run_that_learns_nothing(drawn_by_lot):
    assert 15 < len(pd.read_csv(drawn_by_lot[0] / "model.history.csv")) < 100


def test_nobody_is_told_to_train_longer_after_an_early_best_epoch(drawn_by_lot):
    assert "--resume --epochs" not in drawn_by_lot[1]


def test_letters_drawn_by_lot_are_not_won(drawn_by_lot):
    assert "The model is ahead" not in drawn_by_lot[1]
