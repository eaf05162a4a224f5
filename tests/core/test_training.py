import errno
import json
import math
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from helpers import ROOT

from lstm_scratch import CharLM, Vocabulary, train
from lstm_scratch.__main__ import main
from lstm_scratch.optimizers import Adam
from lstm_scratch.training import COLUMNS

TEXT = "the cat sat on the mat. the rat sat on the hat. " * 12
TRAIN, VALID = TEXT[:480], TEXT[480:]
OPTIONS = {"epochs": 6, "batch_size": 4, "seq_length": 12, "learning_rate": 0.01, "progress": False}


def new_model(**options):
    return CharLM(Vocabulary.from_text(TEXT), 16, **{"rng": 1, **options})


def params_of(model):
    return {name: param.copy() for name, param in model.params.items()}


def assert_same(first, second):
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


def test_the_history_is_a_table_and_the_loss_falls():
    model = new_model()
    before = model.bits_per_char(VALID)
    history = train(model, TRAIN, VALID, **{**OPTIONS, "epochs": 12})
    assert isinstance(history, pd.DataFrame)
    assert list(history.columns) == COLUMNS
    assert history["epoch"].tolist() == list(range(1, 13))
    assert history["train_bits"].iloc[-1] < history["train_bits"].iloc[0] - 1
    assert history["valid_bits"].iloc[-1] == pytest.approx(model.bits_per_char(VALID))
    assert history["valid_bits"].iloc[-1] < before - 1


def test_the_first_window_costs_about_what_knowing_nothing_costs():
    history = train(new_model(), TRAIN, VALID, **{**OPTIONS, "learning_rate": 1e-9, "epochs": 1})
    assert history["train_bits"].iloc[0] == pytest.approx(math.log2(len(set(TEXT))), abs=0.2)


def test_the_same_seed_gives_the_same_run():
    first, second, other = new_model(), new_model(), new_model()
    history = train(first, TRAIN, VALID, **OPTIONS, rng=3)
    pd.testing.assert_frame_equal(history, train(second, TRAIN, VALID, **OPTIONS, rng=np.random.default_rng(3)))
    assert_same(first.params, second.params)
    train(other, TRAIN, VALID, **OPTIONS, rng=4)
    assert (other.params["U"] != first.params["U"]).any()


def test_the_learning_rate_falls_in_a_straight_line():
    history = train(new_model(), TRAIN, VALID, **OPTIONS, final_learning_rate=0.004)
    np.testing.assert_allclose(history["learning_rate"], 0.01 - 0.001 * history["epoch"])
    constant = train(new_model(), TRAIN, VALID, **OPTIONS)
    assert (constant["learning_rate"] == 0.01).all()


def test_sgd_and_clipping_bound_the_step():
    model = new_model(dtype=np.float64)
    before = params_of(model)
    options = {**OPTIONS, "epochs": 1, "learning_rate": 0.5, "batch_size": 4, "seq_length": 100}
    history = train(model, TRAIN, VALID, **options, optimizer="sgd", clip=0.01)
    assert history["grad_norm"].iloc[0] > 0.01
    moved = math.sqrt(sum(((model.params[name] - before[name]) ** 2).sum() for name in before))
    # one window, one step: learning rate times the clipped norm
    assert moved == pytest.approx(0.5 * 0.01, rel=1e-9)


def test_the_state_is_carried_from_window_to_window_and_starts_empty_each_epoch(monkeypatch):
    model, given, returned = new_model(), [], []
    original = CharLM.loss_and_grads

    def spy(self, inputs, targets, state=None, **masks):
        given.append(state)
        loss, grads, state = original(self, inputs, targets, state, **masks)
        returned.append(state)
        return loss, grads, state

    monkeypatch.setattr(CharLM, "loss_and_grads", spy)
    train(model, TRAIN, VALID, **{**OPTIONS, "epochs": 2})
    starts = [number for number, state in enumerate(given) if state is None]
    assert len(starts) == 2 and starts[0] == 0
    for number in set(range(1, len(given))) - set(starts):
        assert given[number] is returned[number - 1]


def test_after_epoch_is_called_with_the_model_as_it_is():
    model, seen = new_model(), []
    history = train(model, TRAIN, VALID, **OPTIONS, after_epoch=lambda epoch, m: seen.append((epoch, m is model)))
    assert seen == [(epoch, True) for epoch in history["epoch"]]


@pytest.mark.parametrize(
    "changed",
    [{}, {"optimizer": "sgd"}, {"dropout": 0.2, "weight_drop": 0.3, "patience": 6}],
    ids=["adam", "sgd", "dropout and early stopping"],
)
def test_an_interrupted_run_resumes_as_if_nothing_had_happened(tmp_path, changed):
    options = {**OPTIONS, "final_learning_rate": 0.001, **changed}
    whole = new_model()
    expected = train(whole, TRAIN, VALID, **options)

    class Interrupted(Exception):
        pass

    def stop(epoch, model):
        if epoch == 3:
            raise Interrupted

    checkpoint = tmp_path / "run.npz"
    with pytest.raises(Interrupted):
        train(new_model(), TRAIN, VALID, **options, checkpoint=checkpoint, after_epoch=stop)
    # a model with other weights and another generator: everything must come from the file
    resumed = new_model(rng=99)
    history = train(resumed, TRAIN, VALID, **options, rng=98, checkpoint=checkpoint, resume=True)
    pd.testing.assert_frame_equal(history, expected)
    assert_same(resumed.params, whole.params)


def test_resume_without_a_checkpoint_starts_from_the_beginning(tmp_path):
    first, second = new_model(), new_model()
    train(first, TRAIN, VALID, **OPTIONS)
    train(second, TRAIN, VALID, **OPTIONS, checkpoint=tmp_path / "run.npz", resume=True)
    assert_same(first.params, second.params)


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    checkpoint = tmp_path / "run.npz"
    train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=checkpoint)
    with pytest.raises(ValueError, match="belongs to another run: its learning_rate, final_learning_rate differ"):
        train(new_model(), TRAIN, VALID, **{**OPTIONS, "learning_rate": 0.02}, checkpoint=checkpoint, resume=True)
    for texts in ((TEXT[4:484], VALID), (TRAIN, VALID[1:])):
        with pytest.raises(ValueError, match="belongs to another run: its (train|valid)_text differ"):
            train(new_model(), *texts, **OPTIONS, checkpoint=checkpoint, resume=True)
    np.savez(checkpoint, a=np.zeros(2))
    with pytest.raises(ValueError, match="is not a checkpoint"):
        train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=checkpoint, resume=True)


def test_a_damaged_checkpoint_is_refused_and_the_model_left_alone(tmp_path):
    checkpoint = tmp_path / "run.npz"
    train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=checkpoint)
    with np.load(checkpoint) as file:
        good = dict(file)

    def run_with(**changed):
        saved = {**json.loads(good["run"].tobytes()), **changed}
        return {**good, "run": np.frombuffer(json.dumps(saved).encode(), np.uint8)}

    row = json.loads(good["run"].tobytes())["rows"][0]
    damaged = [
        (run_with(rows=[row] * 7), "its history must have at most 6 rows"),
        (run_with(rows="none"), "its history must have at most 6 rows"),
        (run_with(rows=[row, row]), "row 2 of its history must hold epoch, train_bits"),
        (run_with(rows=[row[:4]]), "row 1 of its history must hold epoch, train_bits"),
        (run_with(rows=[[*row[:4], math.nan]]), "row 1 of its history must hold epoch, train_bits"),
        (run_with(rng={"bit_generator": "PCG64"}), "is not a checkpoint of this run: "),
        (
            {**good, "optimizer.v": -good["optimizer.v"]},
            "the steps and the mean squares v of Adam must not be negative",
        ),
        ({**good, "optimizer.steps": np.array(-1)}, "the steps and the mean squares v of Adam must not be negative"),
        ({**good, "run": np.frombuffer(b"{}", np.uint8)}, "is not a checkpoint"),
        ({**good, "param.U": np.zeros((3, 3))}, "param.U in .* must have shape"),
        ({name: array for name, array in good.items() if name != "param.V"}, "no array named param.V"),
    ]
    for arrays, message in damaged:
        np.savez(checkpoint, **arrays)
        model = new_model()
        before = params_of(model)
        with pytest.raises(ValueError, match=message):
            train(model, TRAIN, VALID, **OPTIONS, checkpoint=checkpoint, resume=True)
        assert_same(before, model.params)


def test_numpy_numbers_and_other_generators_are_good_options(tmp_path):
    options = {**OPTIONS, "batch_size": np.int64(4), "learning_rate": np.float32(0.01), "epochs": 2}
    runs = []
    for resume in (False, True):
        rng = np.random.Generator(np.random.MT19937(1))
        runs.append(
            train(new_model(), TRAIN, VALID, **options, rng=rng, checkpoint=tmp_path / "run.npz", resume=resume)
        )
    pd.testing.assert_frame_equal(*runs)


def test_early_stopping_ends_the_run_and_keeps_the_best_epoch():
    # so large a rate that learning soon goes wrong
    options = {**OPTIONS, "epochs": 40, "learning_rate": 0.08}
    scores = {}
    model = new_model()
    history = train(
        model, TRAIN, VALID, **options, patience=3, after_epoch=lambda epoch, m: scores.update({epoch: params_of(m)})
    )
    best = int(history.loc[history["valid_bits"].idxmin(), "epoch"])
    assert len(history) == best + 3 < 40
    assert_same(model.params, scores[best])
    assert model.bits_per_char(VALID) == history["valid_bits"].min()


def test_a_run_that_stopped_early_stays_stopped(tmp_path):
    options = {**OPTIONS, "epochs": 40, "learning_rate": 0.08, "patience": 3, "checkpoint": tmp_path / "run.npz"}
    first, again = new_model(), new_model()
    history = train(first, TRAIN, VALID, **options)
    pd.testing.assert_frame_equal(history, train(again, TRAIN, VALID, **options, resume=True))
    assert_same(first.params, again.params)


def test_dropout_makes_holes_while_learning_and_none_when_scoring(monkeypatch):
    seen, original = [], CharLM.loss_and_grads

    def spy(self, inputs, targets, state=None, **masks):
        seen.append(masks)
        return original(self, inputs, targets, state, **masks)

    monkeypatch.setattr(CharLM, "loss_and_grads", spy)
    model = new_model()
    history = train(model, TRAIN, VALID, **OPTIONS, dropout=0.25, weight_drop=0.5)
    holes = {name: np.mean([(masks[name] == 0).mean() for masks in seen]) for name in ("h_mask", "U_mask")}
    assert holes["h_mask"] == pytest.approx(0.25, abs=0.02) and holes["U_mask"] == pytest.approx(0.5, abs=0.02)
    assert (seen[0]["U_mask"] != seen[1]["U_mask"]).any()
    assert history["valid_bits"].iloc[-1] == model.bits_per_char(VALID)
    assert history["valid_bits"].iloc[-1] < history["valid_bits"].iloc[0]


def run_command(*arguments):
    command = [sys.executable, "-m", "lstm_scratch.training", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120)


def test_the_command_trains_scores_samples_and_goes_on(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text("*** START OF THE BOOK ***\n" + TEXT + "\n*** END OF THE BOOK ***\nQQQ", encoding="utf-8")
    sizes = ["--hidden-size", 16, "--batch-size", 4, "--seq-length", 12, "--sample", 20, "--dropout", 0.1]
    sizes += ["--held-out", 0.2, "--checkpoint", tmp_path / "run.npz", "--learning-rate", 0.01, "--epochs", 3]
    whole = run_command(path, *sizes, "--model", tmp_path / "whole.npz", "--float16")
    assert whole.returncode == 0, whole.stderr
    assert "13 different" in whole.stdout and "bits per character, held out" in whole.stdout
    model = CharLM.load(tmp_path / "whole.npz")
    assert "Q" not in model.vocabulary.characters and model.lstm.dtype == np.float32
    bits = float(re.search(r"best after epoch 3: ([\d.]+) bits", whole.stdout)[1])
    held_out = (TEXT.strip() + "\n")[-115:]
    assert model.bits_per_char(held_out) == pytest.approx(bits, abs=0.01)
    assert len(whole.stdout.split("|", 1)[1]) == 20 + len("\n")
    assert "3/3" in whole.stderr

    again = run_command(path, *sizes, "--model", tmp_path / "again.npz", "--resume")
    assert again.returncode == 0 and "best after epoch 3" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["absent.txt"], "No such file"),
        (["README.md", "--resume"], "--resume needs to know from where"),
        (["README.md", "--model", "absent/model.npz"], "there is no folder absent"),
        (["README.md", "--batch-size", "100000"], "is shorter than one window"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(arguments, sentence):
    result = run_command(*arguments)
    assert result.returncode == 1 and sentence in result.stderr
    assert "Traceback" not in result.stderr and result.stderr.count("\n") == 1


def test_the_folder_of_the_checkpoint_is_looked_for_before_training(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder .*absent to write the checkpoint to"):
        train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=tmp_path / "absent" / "run.npz")


def test_the_rate_falls_within_an_epoch_too(monkeypatch):
    rates = []
    original = Adam.step
    monkeypatch.setattr(Adam, "step", lambda self, grads: (rates.append(self.learning_rate), original(self, grads)))
    train(new_model(), TRAIN, VALID, **{**OPTIONS, "epochs": 2}, final_learning_rate=0.002)
    assert len(rates) > 10
    assert all(later < earlier for earlier, later in zip(rates, rates[1:]))
    assert rates[-1] == pytest.approx(0.002)


def test_a_run_that_diverges_stops_and_keeps_its_last_checkpoint(tmp_path):
    checkpoint = tmp_path / "run.npz"

    def break_it(epoch, model):
        if epoch == 2:
            model.params["b_y"][0] = np.nan

    broken = new_model()
    advice = (
        r"a smaller learning_rate than 0.01, or a smaller clip than 1, may help \(the model is as epoch 2 left it\)"
    )
    with pytest.raises(FloatingPointError, match=f"epoch 3, step 1 of [0-9]+: the loss is not finite.*; {advice}"):
        train(broken, TRAIN, VALID, **OPTIONS, checkpoint=checkpoint, after_epoch=break_it)
    with np.load(checkpoint) as saved:
        assert_same(broken.params, {name: saved[f"param.{name}"] for name in broken.params})
    expected, resumed = new_model(), new_model()
    train(expected, TRAIN, VALID, **OPTIONS)
    train(resumed, TRAIN, VALID, **OPTIONS, checkpoint=checkpoint, resume=True)
    assert_same(expected.params, resumed.params)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1, not 0"),
        ({"batch_size": 40}, "a text of 480 characters is shorter than one window.* needs 481"),
        ({"seq_length": 0}, "seq_length must be a whole number of at least 1"),
        ({"learning_rate": -1}, "learning_rate must be a positive finite number, not -1"),
        ({"final_learning_rate": 0}, "final_learning_rate must be a positive finite number, not 0"),
        ({"clip": 0}, "clip must be a positive finite number, not 0"),
        ({"dropout": 1.0}, "dropout must be at least 0 and below 1, not 1.0"),
        ({"weight_drop": -0.1}, "weight_drop must be at least 0 and below 1, not -0.1"),
        ({"patience": 0}, "patience must be a whole number of at least 1, not 0"),
        ({"optimizer": "magic"}, "optimizer must be one of adam, sgd, not 'magic'"),
    ],
)
def test_bad_options_are_refused(options, message):
    model = new_model()
    before = params_of(model)
    with pytest.raises(ValueError, match=message):
        train(model, TRAIN, VALID, **{**OPTIONS, **options})
    assert_same(before, model.params)


def test_unknown_characters_are_refused_before_training_begins():
    model = new_model()
    before = params_of(model)
    with pytest.raises(ValueError, match="unknown character 'Q' at position 2"):
        train(model, TRAIN, "thQ", **OPTIONS)
    with pytest.raises(ValueError, match="at least 2 characters"):
        train(model, TRAIN, "t", **OPTIONS)
    assert_same(before, model.params)


@pytest.mark.parametrize("patience", [None, 30])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_rate_that_is_far_too_large_stops_the_run_without_a_warning(optimizer, patience):
    # the test run turns warnings into errors: what overflows on the way must not show as anything else
    model = new_model()
    options = {**OPTIONS, "learning_rate": 1e300, "optimizer": optimizer, "patience": patience}
    with pytest.raises(FloatingPointError, match="epoch 1, step 2 of .*: the loss is not finite.*as it was given"):
        train(model, TRAIN, VALID, **options)
    assert_same(model.params, new_model().params)


@pytest.mark.parametrize("name", ["a", "v"])
def test_a_step_that_overflows_is_noticed_before_the_checkpoint_is_written(tmp_path, monkeypatch, name):
    original, checkpoint = Adam.step, tmp_path / "run.npz"

    def overshoot(self, grads):
        original(self, grads)
        if self.steps == 15:
            # infinite scores are cut off, and the loss stays finite; so it does with an infinite mean square
            {**self.params, **self.state()}[name][0] = np.inf

    monkeypatch.setattr(Adam, "step", overshoot)
    with pytest.raises(FloatingPointError, match=f"epoch 2, after its last step: {name} is not finite.*epoch 1 left"):
        train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=checkpoint)
    monkeypatch.undo()
    assert len(train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=checkpoint, resume=True)) == OPTIONS["epochs"]


def test_a_score_that_is_not_finite_is_named():
    model = new_model()
    model.params["W_y"][0] = np.nan
    with pytest.raises(FloatingPointError, match="the score is not finite"):
        model.bits_per_char(VALID)


def press_stop(monkeypatch, at):
    """Raise KeyboardInterrupt, as Ctrl-C does, in the middle of step number `at`."""
    original = Adam.step

    def step(self, grads):
        original(self, grads)
        if self.steps == at:
            raise KeyboardInterrupt

    monkeypatch.setattr(Adam, "step", step)


@pytest.mark.parametrize("patience", [None, 9])
def test_ctrl_c_leaves_the_model_the_history_and_a_checkpoint(tmp_path, monkeypatch, capsys, patience):
    # so large a rate that the last epoch is not always the best
    options = {**OPTIONS, "epochs": 9, "learning_rate": 0.08, "patience": patience}
    expected, scores = new_model(), {}
    whole = train(expected, TRAIN, VALID, **options, after_epoch=lambda epoch, m: scores.update({epoch: params_of(m)}))

    model, checkpoint = new_model(), tmp_path / "run.npz"
    with monkeypatch.context() as patch:
        press_stop(patch, at=44)
        history = train(model, TRAIN, VALID, **options, checkpoint=checkpoint)
    assert history.attrs["interrupted"] and not whole.attrs["interrupted"]
    finished = len(history)
    assert 1 < finished < 9
    pd.testing.assert_frame_equal(history, whole[:finished])
    left = finished if patience is None else int(history["valid_bits"].idxmin()) + 1
    assert_same(model.params, scores[left])
    assert f"interrupted after {finished} of 9 epochs: the model is as epoch {left} left it" in capsys.readouterr().out

    resumed = new_model(rng=7)
    pd.testing.assert_frame_equal(train(resumed, TRAIN, VALID, **options, checkpoint=checkpoint, resume=True), whole)
    assert_same(resumed.params, expected.params)


def test_ctrl_c_in_the_first_epoch_leaves_the_model_as_it_was(monkeypatch, capsys):
    model = new_model()
    press_stop(monkeypatch, at=3)
    history = train(model, TRAIN, VALID, **OPTIONS)
    assert history.empty and list(history.columns) == COLUMNS
    assert "interrupted after 0 of 6 epochs: the model is as it was given" in capsys.readouterr().out
    assert_same(model.params, new_model().params)


def test_ctrl_c_while_the_checkpoint_is_written_leaves_the_one_before(tmp_path, monkeypatch):
    checkpoint, calls, original = tmp_path / "run.npz", [], os.fsync

    def press_stop(file):
        calls.append(file)
        if len(calls) == 3:
            raise KeyboardInterrupt
        original(file)

    monkeypatch.setattr(os, "fsync", press_stop)
    model = new_model()
    history = train(model, TRAIN, VALID, **OPTIONS, checkpoint=checkpoint)
    assert len(history) == 2 and os.listdir(tmp_path) == ["run.npz"]
    with np.load(checkpoint) as saved:
        assert_same(model.params, {name: saved[f"param.{name}"] for name in model.params})


def test_a_disk_that_fills_up_leaves_the_last_good_checkpoint(tmp_path, monkeypatch):
    checkpoint, calls, original = tmp_path / "run.npz", [], os.fsync

    def fill_up(file):
        calls.append(file)
        if len(calls) > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        original(file)

    whole = new_model()
    expected = train(whole, TRAIN, VALID, **OPTIONS)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fill_up)
        with pytest.raises(OSError, match=r"No space left on device: the file could not be written.*run\.npz"):
            train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=checkpoint)
    assert os.listdir(tmp_path) == ["run.npz"]
    resumed = new_model()
    history = train(resumed, TRAIN, VALID, **OPTIONS, checkpoint=checkpoint, resume=True)
    pd.testing.assert_frame_equal(history, expected)
    assert_same(resumed.params, whole.params)


def test_a_checkpoint_that_cannot_be_written_is_refused_before_training(tmp_path, monkeypatch):
    with pytest.raises(IsADirectoryError, match="is a folder: a file was expected"):
        train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(PermissionError, match="the folder .* cannot be written to"):
        train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=tmp_path / "run.npz")


@pytest.mark.parametrize("at", [5, 25])
def test_the_command_saves_the_model_and_says_so_when_it_is_interrupted(tmp_path, monkeypatch, capsys, at):
    path, model = tmp_path / "book.txt", tmp_path / "model.npz"
    path.write_text(TEXT, encoding="utf-8")
    press_stop(monkeypatch, at)
    sizes = ["--hidden-size", "16", "--batch-size", "4", "--seq-length", "12", "--model", str(model)]
    assert main([str(path), *sizes]) == 130
    out = capsys.readouterr().out
    if at == 5:
        assert "interrupted after 0 of 30 epochs" in out and not model.exists()
    else:
        assert "interrupted after 2 of 30 epochs" in out and f"written to {model}" in out
        assert len(CharLM.load(model).sample("the", 5, rng=0)) == 5


def test_the_command_in_one_process(tmp_path, monkeypatch, capsys):
    path = tmp_path / "book.txt"
    path.write_text(TEXT, encoding="utf-8")
    sizes = ["--hidden-size", "16", "--batch-size", "4", "--seq-length", "12", "--epochs", "2", "--sample", "9"]
    assert main([str(path), *sizes, "--model", str(tmp_path / "model.npz")]) == 0
    assert len(capsys.readouterr().out.split("|", 1)[1]) == 9 + len("\n")
    assert main([str(path), *sizes, "--model", str(tmp_path / "absent" / "model.npz")]) == 1
    assert "there is no folder" in capsys.readouterr().err
    monkeypatch.setattr("lstm_scratch.__main__.read_text", lambda path: (_ for _ in ()).throw(KeyboardInterrupt))
    assert main([str(path)]) == 130


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that can be sent to one process alone")
def test_a_real_ctrl_c_ends_the_command_with_status_130(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text(TEXT * 20, encoding="utf-8")
    command = [sys.executable, "-m", "lstm_scratch.training", path, "--model", tmp_path / "model.npz"]
    command += ["--hidden-size", "8", "--batch-size", "4", "--seq-length", "12", "--epochs", "100000"]
    command += ["--checkpoint", tmp_path / "run.npz"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # tests that were themselves started in the background would hand down that Ctrl-C is to be ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, cwd=ROOT, **pipes)
    signal.signal(signal.SIGINT, before)
    seen = set()
    while len(seen) < 3:
        assert process.poll() is None
        time.sleep(0.01)
        if (tmp_path / "run.npz").exists():
            seen.add((tmp_path / "run.npz").stat().st_mtime_ns)
    process.send_signal(signal.SIGINT)
    try:
        out, errors = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        # Python drops an interruption that falls into the clearing away of an object: press again
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted after" in out and "Traceback" not in errors
    assert CharLM.load(tmp_path / "model.npz").lstm.hidden_size == 8
