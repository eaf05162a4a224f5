"""Settings that are tried on a short text: which, by what score, and what is left behind if they are stopped."""

import os
import re

import numpy as np
import pandas as pd
import pytest
from running import TEXT, run

from lstm_scratch import CharLM
from lstm_scratch.command import trials

QUICK = ["--epochs", 3, "--batch-size", 4, "--seq-length", 12, "--sample", 0]
# the defaults that the trials begin with, and what they change
DROPOUTS = [[{"dropout": 0.6, "weight_drop": 0.6}, {"dropout": 0.0, "weight_drop": 0.0}], [{"hidden_size": 8}]]
LINE = r"^  ([\d.]+) bits per character after epoch (\d): (--.*)$"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-8")
    monkeypatch.setattr(trials, "STEPS", DROPOUTS)
    return tmp_path


def test_every_trial_has_a_line_and_the_best_is_kept_with_its_files(folder):
    out, _ = run(folder, "train", "book.txt", *QUICK)
    tried = re.findall(LINE, out, re.MULTILINE)
    assert len(tried) == 4 and tried[-1][2].endswith("--hidden-size 8")
    bits, epoch, settings = min(tried, key=lambda line: float(line[0]))
    assert f"Kept: {settings}\nBest after epoch {epoch} of 3: {bits} bits per character" in out
    model = CharLM.load(folder / "model.npz")
    assert f"--hidden-size {model.hidden_size}" in settings
    assert pd.read_csv(folder / "model.history.csv")["valid_bits"].min() == pytest.approx(float(bits), abs=6e-4)
    names = {"book.txt", "model.npz", "model.checkpoint.npz", "model.history.csv"}
    assert set(os.listdir(folder)) == names
    # its checkpoint is that of an ordinary run, which has ended
    written = (folder / "model.npz").read_bytes()
    out, _ = run(folder, "train", "book.txt", "--resume", "--sample", 0)
    assert "Nothing is left to train." in out and "Trying" not in out and (folder / "model.npz").read_bytes() == written


def test_the_kept_run_is_the_one_that_its_settings_alone_would_give(folder):
    out, _ = run(folder, "train", "book.txt", *QUICK)
    settings = re.search(r"^Kept: (.*)$", out, re.MULTILINE)[1].split()
    alone, _ = run(folder, "train", "book.txt", *QUICK, *settings, "--model", "alone.npz")
    assert "Trying" not in alone
    assert (folder / "alone.npz").read_bytes() == (folder / "model.npz").read_bytes()
    with np.load(folder / "alone.checkpoint.npz") as one, np.load(folder / "model.checkpoint.npz") as other:
        assert all((one[name] == other[name]).all() for name in one if name != "about")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--dropout", 0.1], {"hidden_size"}),
        (["--weight-drop", 0.1], {"hidden_size"}),
        (["--hidden-size", 9], {"dropout", "weight_drop"}),
        (["--hidden-size", 9, "--dropout", 0.1], set()),
    ],
)
def test_an_option_that_the_user_has_set_is_not_tried_over(folder, options, names):
    out, _ = run(folder, "train", "book.txt", *QUICK, *options)
    tried = [dict(re.findall(r"--(\S+) (\S+)", line[2])) for line in re.findall(LINE, out, re.MULTILINE)]
    values = {name: {each[name] for each in tried} for name in (tried[0] if tried else [])}
    changed = {name.replace("-", "_") for name in values if len(values[name]) > 1}
    assert changed == names and ("Trying" in out) == bool(names)


def test_a_long_text_is_not_tried_on(folder, monkeypatch):
    monkeypatch.setattr(trials, "LONGEST_TRIED", 100)
    assert "Trying" not in run(folder, "train", "book.txt", *QUICK)[0]


def stop_in_trial(monkeypatch, number, epoch):
    """Let Ctrl+C come in this trial, after this many of its epochs."""
    begun = []

    def trained(job, **options):
        begun.append(job)
        if len(begun) == number:
            monkeypatch.setattr("lstm_scratch.training.clip_by_global_norm", stopping(epoch))
        return before(job, **options)

    def stopping(epochs):
        windows = iter(range(9 * epochs))

        def clip(grads, largest):
            if next(windows, None) is None:
                raise KeyboardInterrupt
            return real(grads, largest)

        return clip

    before = trials.trained
    from lstm_scratch.training import clip_by_global_norm as real

    monkeypatch.setattr(trials, "trained", trained)


def test_ctrl_c_ends_the_trials_and_the_best_so_far_is_saved(folder, monkeypatch):
    with monkeypatch.context() as patch:
        stop_in_trial(patch, number=2, epoch=0)
        out, _ = run(folder, "train", "book.txt", *QUICK, status=130)
    assert len(re.findall(LINE, out, re.MULTILINE)) == 1 and "To continue, add --resume" in out
    assert "No more settings are tried." in out
    assert CharLM.load(folder / "model.npz") and not list(folder.glob(".*"))
    assert "Nothing is left to train." in run(folder, "train", "book.txt", "--resume", "--sample", 0)[0]


def test_ctrl_c_in_the_first_epoch_of_the_first_trial_leaves_nothing(folder, monkeypatch):
    with monkeypatch.context() as patch:
        stop_in_trial(patch, number=1, epoch=0)
        out, _ = run(folder, "train", "book.txt", *QUICK, status=130)
    assert out.endswith("No epoch had ended, so nothing has been saved: the same command begins again\n")
    assert os.listdir(folder) == ["book.txt"]


def test_what_a_killed_trial_has_left_is_replaced(folder):
    for name in (".model.checkpoint.npz.best", ".model.checkpoint.npz.trial"):
        (folder / name).write_bytes(b"half a checkpoint")
    run(folder, "train", "book.txt", *QUICK)
    assert not list(folder.glob(".*"))


def test_a_setting_with_which_training_diverges_is_one_that_was_tried(folder, monkeypatch):
    monkeypatch.setattr(trials, "STEPS", [[{"learning_rate": 1e9}]])
    out, _ = run(folder, "train", "book.txt", *QUICK, "--dropout", 0)
    assert "diverged" in out and "Kept: --learning-rate 0.008" in out
    assert CharLM.load(folder / "model.npz") and not list(folder.glob(".*"))


def test_a_model_to_begin_with_is_what_each_trial_begins_with(folder):
    run(folder, "train", "book.txt", *QUICK, "--dropout", 0, "--model", "first.npz")
    before = (folder / "first.npz").read_bytes()
    out, _ = run(folder, "train", "book.txt", *QUICK, "--start", "first.npz")
    tried = re.findall(LINE, out, re.MULTILINE)
    assert len(tried) == 3 and (folder / "first.npz").read_bytes() == before
    # none of them begins where a random model would
    assert max(float(bits) for bits, _, _ in tried) < 3.0
