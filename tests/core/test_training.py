"""A run can be repeated, cut off and resumed, and whatever stops it leaves a usable model and checkpoint."""

import errno
import math
import os
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from helpers import assert_close, steps_in

from lstm_scratch import CharLM, Vocabulary, files, train, training
from lstm_scratch.optimizers import Adam
from lstm_scratch.run import COLUMNS
from lstm_scratch.training import Interrupted

TEXT = "the cat sat on the mat. the rat sat on the hat. " * 12
TRAIN, VALID = TEXT[:480], TEXT[480:]
OPTIONS = {"epochs": 6, "batch_size": 4, "seq_length": 12, "learning_rate": 0.01, "progress": False}


def new_model(**options):
    return CharLM(Vocabulary.from_text(TEXT), 16, **{"rng": 1, **options})


class PowerCut(Exception):
    pass


def cut_power(patch, step, error=PowerCut):
    """Raise an error in the middle of step number `step`, which may lie within an epoch."""
    original = Adam.step

    def step_and_fail(self, grads):
        original(self, grads)
        if self.state["steps"] == step:
            raise error

    patch.setattr(Adam, "step", step_and_fail)


def test_the_history_is_a_table_and_the_loss_falls():
    model = new_model()
    before = model.bits_per_char(VALID)
    history = train(model, TRAIN, VALID, **{**OPTIONS, "epochs": 12})
    assert isinstance(history, pd.DataFrame) and list(history.columns) == COLUMNS
    assert history["epoch"].tolist() == list(range(1, 13))
    assert history["train_bits"].iloc[-1] < history["train_bits"].iloc[0] - 1
    assert history["valid_bits"].iloc[-1] == model.bits_per_char(VALID) < before - 1


def test_the_same_seed_gives_the_same_run():
    first, second, other = new_model(), new_model(), new_model()
    history = train(first, TRAIN, VALID, **OPTIONS, rng=3)
    pd.testing.assert_frame_equal(history, train(second, TRAIN, VALID, **OPTIONS, rng=np.random.default_rng(3)))
    assert_close(first.params, second.params, 0)
    train(other, TRAIN, VALID, **OPTIONS, rng=4)
    assert (other.params["U"] != first.params["U"]).any()


def test_the_learning_rate_falls_in_a_straight_line_within_epochs_too(monkeypatch):
    rates, original = [], Adam.step
    monkeypatch.setattr(Adam, "step", lambda self, grads: (rates.append(self.learning_rate), original(self, grads)))
    history = train(new_model(), TRAIN, VALID, **OPTIONS, final_learning_rate=0.004)
    np.testing.assert_allclose(history["learning_rate"], 0.01 - 0.001 * history["epoch"])
    assert len(rates) > 50 and all(later < earlier for earlier, later in pairwise(rates))
    assert (train(new_model(), TRAIN, VALID, **OPTIONS)["learning_rate"] == 0.01).all()


def test_sgd_and_clipping_bound_the_step():
    model = new_model(dtype=np.float64)
    before = model.params.copies()
    options = {**OPTIONS, "epochs": 1, "learning_rate": 0.5, "seq_length": 100}
    history = train(model, TRAIN, VALID, **options, optimizer="sgd", clip=0.01)
    assert history["grad_norm"].iloc[0] > 0.01
    moved = math.sqrt(sum(((model.params[name] - before[name]) ** 2).sum() for name in before))
    # one window gives one step, whose size is the learning rate times the clipped norm
    assert moved == pytest.approx(0.5 * 0.01, rel=1e-9)


def test_clip_none_leaves_the_gradients_as_they_are():
    moved = {}
    for clip in (None, 1e6, 0.01):
        model = new_model(dtype=np.float64)
        before = model.params.copies()
        options = {**OPTIONS, "epochs": 1, "learning_rate": 0.5, "seq_length": 100}
        train(model, TRAIN, VALID, **options, optimizer="sgd", clip=clip)
        moved[clip] = np.abs(model.params["W_y"] - before["W_y"]).sum()
    assert moved[None] == moved[1e6] > moved[0.01]


def test_an_optimizer_of_ones_own_is_used_with_its_options():
    named, given, other = new_model(), new_model(), new_model()
    expected = train(named, TRAIN, VALID, **OPTIONS)
    history = train(given, TRAIN, VALID, **OPTIONS, optimizer=Adam(given.params, 1.0))
    pd.testing.assert_frame_equal(history, expected)
    assert_close(given.params, named.params, 0)
    train(other, TRAIN, VALID, **OPTIONS, optimizer=Adam(other.params, 1.0, beta1=0.5))
    assert (other.params["U"] != named.params["U"]).any()


def test_a_checkpoint_is_never_overwritten_unasked(tmp_path):
    checkpoint = tmp_path / "run.npz"
    train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=checkpoint)
    before = checkpoint.read_bytes()
    with pytest.raises(FileExistsError, match="exists and would be overwritten: continue its run with resume=True"):
        train(new_model(), TRAIN, VALID, **{**OPTIONS, "epochs": 1}, checkpoint=checkpoint)
    assert checkpoint.read_bytes() == before


def test_a_cell_with_resume_auto_may_be_run_again(tmp_path):
    options = {**OPTIONS, "checkpoint": tmp_path / "run.npz", "resume": "auto"}
    first, again, longer, whole = new_model(), new_model(), new_model(), new_model()
    history = train(first, TRAIN, VALID, **options)
    pd.testing.assert_frame_equal(train(again, TRAIN, VALID, **options), history)
    assert_close(again.params, first.params, 0)
    expected = train(whole, TRAIN, VALID, **{**OPTIONS, "epochs": 9})
    pd.testing.assert_frame_equal(train(longer, TRAIN, VALID, **{**options, "epochs": 9}), expected)
    assert_close(longer.params, whole.params, 0)


def test_a_checkpoint_of_another_optimizer_or_model_is_refused(tmp_path):
    resuming = {**OPTIONS, "checkpoint": tmp_path / "run.npz", "resume": "auto"}
    train(new_model(), TRAIN, VALID, **resuming)
    model = new_model()
    with pytest.raises(ValueError, match=r"which differs from this one in beta1 \(0.9 there, 0.8 here\)"):
        train(model, TRAIN, VALID, **resuming, optimizer=Adam(model.params, 1.0, beta1=0.8))
    with pytest.raises(ValueError, match=r"which differs from this one in dtype \(float32 there, float64 here\)"):
        train(new_model(dtype=np.float64), TRAIN, VALID, **resuming)


def test_the_state_is_carried_and_starts_empty_each_epoch_and_the_masks_are_passed_on(monkeypatch):
    given, returned, masks, original = [], [], [], CharLM.loss_and_grads

    def spy(self, inputs, targets, state=None, **options):
        given.append(np.array(state))
        masks.append((options["dropout"], options["weight_drop"]))
        loss, grads, state = original(self, inputs, targets, state, **options)
        returned.append(np.array(state))
        return loss, grads, state

    monkeypatch.setattr(CharLM, "loss_and_grads", spy)
    train(new_model(), TRAIN, VALID, **{**OPTIONS, "epochs": 2}, dropout=0.25, weight_drop=0.5)
    starts = [number for number, state in enumerate(given) if not state.any()]
    assert len(starts) == 2 and starts[0] == 0 and set(masks) == {(0.25, 0.5)}
    for number in set(range(1, len(given))) - set(starts):
        np.testing.assert_array_equal(given[number], returned[number - 1])


# an epoch has 9 windows; a checkpoint is written after each of them, or after each epoch
@pytest.mark.parametrize(("seconds", "cut", "saved"), [(0, 5, 4), (0, 32, 31), (60, 32, 27)])
@pytest.mark.parametrize("changed", [{}, {"dropout": 0.2, "weight_drop": 0.3, "patience": 6}])
def test_a_run_cut_off_within_an_epoch_resumes_as_if_nothing_had_happened(
    tmp_path, monkeypatch, changed, seconds, cut, saved
):
    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", seconds)
    options, checkpoint = {**OPTIONS, "final_learning_rate": 0.001, **changed}, tmp_path / "run.npz"
    whole = new_model()
    expected = train(whole, TRAIN, VALID, **options)
    with monkeypatch.context() as patch, pytest.raises(PowerCut):
        cut_power(patch, step=cut)
        train(new_model(), TRAIN, VALID, **options, checkpoint=checkpoint)
    assert steps_in(checkpoint) == saved
    # the model has other weights and another generator, so that everything must come from the file
    resumed = new_model(rng=99)
    history = train(resumed, TRAIN, VALID, **options, rng=98, checkpoint=checkpoint, resume=True)
    pd.testing.assert_frame_equal(history, expected)
    assert_close(resumed.params, whole.params, 0)


def test_a_run_cut_off_before_an_epoch_is_scored_has_the_same_history(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    options = {**OPTIONS, "final_learning_rate": 0.001}
    expected = train(new_model(), TRAIN, VALID, **options)

    def cut_power_while_scoring(self, text):
        raise PowerCut

    # all windows of the first epoch are saved, but its row is not
    with monkeypatch.context() as patch, pytest.raises(PowerCut):
        patch.setattr(CharLM, "bits_per_char", cut_power_while_scoring)
        train(new_model(), TRAIN, VALID, **options, checkpoint=tmp_path / "run.npz")
    history = train(new_model(rng=99), TRAIN, VALID, **options, checkpoint=tmp_path / "run.npz", resume=True)
    pd.testing.assert_frame_equal(history, expected)


@pytest.mark.parametrize("generator", [np.random.PCG64, np.random.MT19937])
def test_a_finished_run_is_lengthened_as_if_it_had_been_longer_from_the_start(tmp_path, generator):
    def run(epochs, seed=0, **files):
        model, rng = new_model(), np.random.Generator(generator(seed))
        return model.params, train(model, TRAIN, VALID, **{**OPTIONS, "epochs": epochs}, rng=rng, **files)

    params, expected = run(9)
    run(6, checkpoint=tmp_path / "run.npz")
    longer, history = run(9, seed=5, checkpoint=tmp_path / "run.npz", resume=True)
    pd.testing.assert_frame_equal(history, expected)
    assert_close(longer, params, 0)


def test_a_checkpoint_that_is_absent_or_of_another_run_is_refused(tmp_path):
    checkpoint = tmp_path / "run.npz"
    resuming = {**OPTIONS, "checkpoint": checkpoint, "resume": True}
    with pytest.raises(FileNotFoundError):
        train(new_model(), TRAIN, VALID, **resuming)
    train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=checkpoint)
    both = r"differs from this one in learning_rate \(0.01 there, 0.02 here\), dropout \(0.0 there, 0.1 here\)"
    with pytest.raises(ValueError, match=both):
        train(new_model(), TRAIN, VALID, **{**resuming, "learning_rate": 0.02}, dropout=0.1)
    for texts, name in (((TEXT[4:484], VALID), "the training text"), ((TRAIN, VALID[1:]), "the held-out text")):
        with pytest.raises(ValueError, match=f"belongs to another run, which differs from this one in {name}$"):
            train(new_model(), *texts, **resuming)


def test_a_checkpoint_of_a_run_that_had_another_setting_is_refused(tmp_path, monkeypatch):
    """A model with an option that this one does not have writes it into its architecture."""
    checkpoint = tmp_path / "run.npz"
    known = CharLM.architecture.fget
    with monkeypatch.context() as patch:
        patch.setattr(CharLM, "architecture", property(lambda self: {**known(self), "layers": 2}))
        train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=checkpoint)
    with pytest.raises(ValueError, match=r"differs from this one in layers \(2 there, absent here\)"):
        train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=checkpoint, resume=True)


def test_a_damaged_checkpoint_is_refused_and_the_model_left_alone(tmp_path):
    checkpoint = tmp_path / "run.npz"
    train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=checkpoint)
    good = dict(np.load(checkpoint))

    def about(old, new):
        return {**good, "about": np.frombuffer(good["about"].tobytes().replace(old, new, 1), np.uint8)}

    damaged = [
        about(b'"epoch": 1', b'"epoch": NaN'),
        about(b'"history": [{', b'"history": [7, {'),
        about(b'"losses": []', b'"losses": [1.5]'),
        about(b'"start": ', b'"start": "x", "before": '),
        about(b'"bit_generator": "PCG64"', b'"bit_generator": "MT19937"'),
        about(b"{", b""),
        {**good, "params.U": np.zeros((3, 3))},
        {**good, "latest.W": np.full_like(good["latest.W"], np.nan)},
        {name: array for name, array in good.items() if name != "carried.state"},
    ]
    for arrays in damaged:
        np.savez(checkpoint, **arrays)
        model = new_model()
        with pytest.raises(ValueError, match="run.npz cannot be used: "):
            train(model, TRAIN, VALID, **OPTIONS, checkpoint=checkpoint, resume=True)
        assert_close(new_model().params, model.params, 0)


def test_early_stopping_keeps_the_best_epoch_and_stays_stopped(tmp_path):
    # the rate is so large that learning soon goes wrong
    options = {**OPTIONS, "epochs": 40, "learning_rate": 0.08, "patience": 3, "checkpoint": tmp_path / "run.npz"}
    model, again, params = new_model(), new_model(), {}
    keep = {"after_epoch": lambda epoch, m: params.update({epoch: m.params.copies()})}
    history = train(model, TRAIN, VALID, **options, **keep)
    best = int(history.loc[history["valid_bits"].idxmin(), "epoch"])
    assert len(history) == best + 3 < 40
    assert_close(model.params, params[best], 0)
    pd.testing.assert_frame_equal(history, train(again, TRAIN, VALID, **options, resume=True))
    assert_close(again.params, model.params, 0)


@pytest.mark.parametrize("rate", [1e300, 1e9, 3.0])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_rate_that_is_far_too_large_stops_the_run_without_a_warning(optimizer, rate):
    # the tests turn warnings into errors, so an overflow on the way must not give one
    model = new_model()
    options = {**OPTIONS, "learning_rate": rate * (100 if optimizer == "sgd" else 1), "optimizer": optimizer}
    with pytest.raises(FloatingPointError, match="epoch 1: .*; try a lower learning rate than .*, such as 0.003"):
        train(model, TRAIN, VALID, **options, clip=100.0)
    assert_close(model.params, new_model().params, 0)


@pytest.mark.parametrize("patience", [None, 9])
def test_ctrl_c_leaves_the_model_the_history_and_a_checkpoint(tmp_path, monkeypatch, patience):
    # the rate is so large that the last epoch is not always the best
    options = {**OPTIONS, "epochs": 9, "learning_rate": 0.08, "patience": patience}
    expected, model, resumed, params = new_model(), new_model(), new_model(rng=7), {0: new_model().params}
    keep = {"after_epoch": lambda epoch, m: params.update({epoch: m.params.copies()})}
    whole = train(expected, TRAIN, VALID, **options, **keep)
    with monkeypatch.context() as patch:
        cut_power(patch, step=44, error=KeyboardInterrupt)
        with pytest.raises(Interrupted) as stopped:
            train(model, TRAIN, VALID, **options, checkpoint=tmp_path / "run.npz")
    history = stopped.value.history
    assert 1 < len(history) < 9
    pd.testing.assert_frame_equal(history, whole[: len(history)])
    left = len(history) if patience is None else int(history["valid_bits"].idxmin()) + 1
    assert_close(model.params, params[left], 0)
    assert str(stopped.value) == f"interrupted: the model has the parameters from the end of epoch {left} of 9"
    again = train(resumed, TRAIN, VALID, **options, checkpoint=tmp_path / "run.npz", resume=True)
    pd.testing.assert_frame_equal(again, whole)
    assert_close(resumed.params, expected.params, 0)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))])
def test_a_checkpoint_that_cannot_be_finished_leaves_the_one_before(tmp_path, monkeypatch, error):
    checkpoint, calls, original = tmp_path / "run.npz", [], os.fsync

    def fail(file):
        calls.append(file)
        # a refusal that passes would do no harm, so a full disk stays full
        if len(calls) >= 3:
            raise error
        original(file)

    whole, resumed = new_model(), new_model()
    expected = train(whole, TRAIN, VALID, **OPTIONS)
    with monkeypatch.context() as patch:
        patch.setattr(files, "PAUSES", [0.0])
        patch.setattr(os, "fsync", fail)
        if isinstance(error, OSError):
            with pytest.raises(OSError, match=r"No space left on device: the file could not be written.*run\.npz"):
                train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=checkpoint)
        else:
            with pytest.raises(Interrupted) as stopped:
                train(new_model(), TRAIN, VALID, **OPTIONS, checkpoint=checkpoint)
            assert len(stopped.value.history) == 3
    assert os.listdir(tmp_path) == ["run.npz"]
    assert steps_in(checkpoint) <= 20
    history = train(resumed, TRAIN, VALID, **OPTIONS, checkpoint=checkpoint, resume=True)
    pd.testing.assert_frame_equal(history, expected)
    assert_close(resumed.params, whole.params, 0)


def test_ctrl_c_ends_a_loop_over_several_runs(monkeypatch):
    begun = []
    cut_power(monkeypatch, step=5, error=KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        for seed in range(3):
            begun.append(seed)
            train(new_model(), TRAIN, VALID, **OPTIONS, rng=seed)
    assert begun == [0]


def halve(epoch, model):
    model.params["W_y"][...] *= 0.5


@pytest.mark.parametrize("patience", [None, 9])
def test_what_after_epoch_changes_is_kept_scored_and_saved(tmp_path, patience):
    options = {**OPTIONS, "checkpoint": tmp_path / "run.npz", "patience": patience}
    model, resumed = new_model(), new_model(rng=9)
    history = train(model, TRAIN, VALID, **options, after_epoch=halve)
    assert model.bits_per_char(VALID) == (history["valid_bits"].min() if patience else history["valid_bits"].iloc[-1])
    train(resumed, TRAIN, VALID, **options, resume=True)
    assert_close(resumed.params, model.params, 0)


def test_an_epoch_that_was_the_best_only_before_its_change_is_not_kept():
    def spoil(epoch, model):
        if epoch == 6:
            model.params["b_y"][...] = np.linspace(-9, 9, len(model.vocabulary))

    model, params = new_model(), {}
    history = train(
        model,
        TRAIN,
        VALID,
        **OPTIONS,
        patience=9,
        after_epoch=lambda epoch, m: (params.update({epoch: m.params.copies()}), spoil(epoch, m)),
    )
    assert history["valid_bits"].idxmin() == 4 and history["valid_bits"].iloc[5] > 5
    assert_close(model.params, params[5], 0)


def test_a_falling_rate_over_more_epochs_is_another_run_and_says_so(tmp_path):
    options = {**OPTIONS, "checkpoint": tmp_path / "run.npz", "final_learning_rate": 0.001}
    train(new_model(), TRAIN, VALID, **options)
    with pytest.warns(UserWarning, match=r"changes from 0.001 to 0.0055, because it falls over 12 epochs now and not"):
        train(new_model(), TRAIN, VALID, **{**options, "epochs": 12}, resume=True)
    # what is only finished, or has a constant rate, is the same run, and warns of nothing
    train(new_model(), TRAIN, VALID, **{**options, "epochs": 12}, resume=True)
    constant = {**OPTIONS, "checkpoint": tmp_path / "constant.npz"}
    train(new_model(), TRAIN, VALID, **constant)
    train(new_model(), TRAIN, VALID, **{**constant, "epochs": 9}, resume=True)


def test_streams_that_start_afresh_are_resumed_as_if_nothing_had_happened(tmp_path, monkeypatch):
    options = {**OPTIONS, "fresh_start": 0.3}
    whole, resumed, usual = new_model(), new_model(rng=9), new_model()
    expected = train(whole, TRAIN, VALID, **options)
    with monkeypatch.context() as patch, pytest.raises(PowerCut):
        patch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", 0)
        cut_power(patch, step=23)
        train(new_model(), TRAIN, VALID, **options, checkpoint=tmp_path / "run.npz")
    history = train(resumed, TRAIN, VALID, **options, rng=5, checkpoint=tmp_path / "run.npz", resume=True)
    pd.testing.assert_frame_equal(history, expected)
    assert_close(resumed.params, whole.params, 0)
    train(usual, TRAIN, VALID, **OPTIONS)
    assert (usual.params["U"] != whole.params["U"]).any()


def test_about_this_share_of_the_streams_starts_with_an_empty_state(monkeypatch):
    empty, original = [], CharLM.loss_and_grads

    def spy(self, inputs, targets, state=None, **options):
        empty.extend(~np.any(state, axis=(0, 2)))
        return original(self, inputs, targets, state, **options)

    monkeypatch.setattr(CharLM, "loss_and_grads", spy)
    train(new_model(), TRAIN, VALID, **{**OPTIONS, "epochs": 20}, fresh_start=0.4)
    # the first of nine windows is always empty
    assert np.mean(empty) == pytest.approx(1 / 9 + 8 / 9 * 0.4, abs=0.05)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"optimizer": Adam}, r"pass Adam\(model.params, learning_rate\), not the class"),
        ({"note": {"a": {1}}}, "note cannot be kept in a checkpoint: JSON cannot hold it"),
        ({"fresh_start": 1.0}, "fresh_start must be at least 0 and below 1"),
    ],
)
def test_what_cannot_be_used_is_refused_before_the_first_epoch(monkeypatch, changed, sentence):
    monkeypatch.setattr(CharLM, "loss_and_grads", None)
    with pytest.raises(ValueError, match=sentence):
        train(new_model(), TRAIN, VALID, **{**OPTIONS, **changed})


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (("", VALID), "^the training text: "),
        ((TRAIN, ""), "^the held-out text: "),
        ((TRAIN, "x" * 40), "^the held-out text: .*x"),
        (("Q" + TRAIN, VALID), "^the training text: .*Q"),
        ((TRAIN[:20], VALID), "^the training text: "),
        ((TRAIN, "t"), "^the held-out text: "),
    ],
)
def test_a_text_that_cannot_be_used_is_named(texts, sentence):
    with pytest.raises(ValueError, match=sentence):
        train(new_model(), *texts, **OPTIONS)
