"""Runs that are stopped or killed, and two runs at once: no work is lost, and no file is written by two of them."""

import os
import re
import signal

import pytest
from running import SMALL, TEXT, finish, kill, run, start, wait_for_a_checkpoint

from lstm_scratch import CharLM
from lstm_scratch.run import read_about

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that can be sent to one process alone")

# of an epoch: the text for training has 441 characters, and a window takes 4 x 12
WINDOWS = 9


def begin_to_train(folder, *options):
    """A run without an end, which has finished its first epoch."""
    (folder / "book.txt").write_text(TEXT, encoding="utf-8")
    # tests that were themselves started in the background would hand down that Ctrl+C is to be ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = start(folder, "train", "book.txt", *SMALL, "--epochs", 10**6, "--patience", 10**6, *options)
    signal.signal(signal.SIGINT, before)
    wait_for_a_checkpoint(folder / "model.checkpoint.npz", process, steps=WINDOWS)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl+C", "SIGTERM"])
def test_a_signal_saves_the_model_and_the_run_can_be_continued(tmp_path, number):
    process = begin_to_train(tmp_path)
    process.send_signal(number)
    out, _ = finish(process, status=130)
    assert re.search(r"the parameters from the end of epoch \d+ of 1000000", out) and "add --resume" in out
    epochs = len(read_about(tmp_path / "model.checkpoint.npz")["history"])
    out, _ = run(tmp_path, "train", "book.txt", *SMALL, "--epochs", epochs, "--resume")
    assert "Nothing is left to train." in out and "continuing" not in out and CharLM.load(tmp_path / "model.npz")
    assert not list(tmp_path.glob(".*"))


def test_before_the_first_epoch_has_ended_it_says_that_nothing_is_saved(tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("lstm_scratch.training.clip_by_global_norm", stop)
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-8")
    out, _ = run(tmp_path, "train", "book.txt", *SMALL, status=130)
    assert out.endswith("The first epoch had not ended, so nothing has been saved\n")
    assert os.listdir(tmp_path) == ["book.txt"]
    # as --help has it
    assert "if an epoch has ended" in " ".join(run(tmp_path, "train", "--help")[0].split())


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A folder in which a run is under way, with copies of its files under other names; and the run."""
    folder = tmp_path_factory.mktemp("running")
    process = begin_to_train(folder)
    (folder / "other.npz").write_bytes((folder / "model.checkpoint.npz").read_bytes())
    yield folder, process
    kill(process)


@pytest.mark.parametrize("how", ["--overwrite", "--resume"])
@pytest.mark.parametrize(
    ("files", "shared"),
    [
        ([], "model.npz"),
        (["--model", "./model.npz", "--checkpoint", "other.npz"], "model.npz"),
        (["--model", "other.npz", "--checkpoint", "model.checkpoint.npz"], "model.checkpoint.npz"),
        (["--model", "model.checkpoint.npz", "--checkpoint", "other.npz"], "model.checkpoint.npz"),
    ],
    ids=["the same", "the same model", "the same checkpoint", "a model where the checkpoint is"],
)
def test_a_second_run_with_the_same_file_is_refused_at_once(running, files, shared, how):
    folder, process = running
    out, errors = run(folder, "train", "book.txt", *SMALL, *files, how, status=1)
    assert out == "" and "another run is writing to this file" in errors and shared in errors
    assert errors.count("\n") == 1 and process.poll() is None


def test_a_killed_run_locks_nobody_out(tmp_path):
    kill(begin_to_train(tmp_path))
    run(tmp_path, "train", "book.txt", *SMALL, "--epochs", 1, "--overwrite")
    assert not list(tmp_path.glob(".*.lock"))
