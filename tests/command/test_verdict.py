"""Ahead, behind, too close to call, or no verdict; and advice that looks at what is in force."""

import numpy as np
import pandas as pd
import pytest

from lstm_scratch.command.verdict import advice, verdict

SETTINGS = {"hidden_size": 128, "epochs": 100, "dropout": 0.3, "weight_drop": 0.3, "patience": 15}


def scores(mean, seed=0, count=2_000):
    return mean + np.random.default_rng(seed).normal(0, 1, count)


@pytest.mark.parametrize(
    ("bits", "counting", "standing", "words"),
    [
        (2.0, 2.5, 1, "The model is ahead of counting, by 0.500 bits"),
        (2.5, 2.0, -1, "The model is behind counting, by 0.500 bits"),
        (7.0, 8.0, -1, "The model is behind even guessing (log2 64), by "),
        (6.0, 7.0, 0, "not clearly better than guessing (log2 64)"),
    ],
)
def test_a_model_is_ahead_only_if_it_beats_counting_and_guessing(bits, counting, standing, words):
    judged = verdict(scores(bits), scores(counting), 64)
    assert judged.standing == standing and words in judged.words


def test_what_its_own_error_could_have_made_is_too_close_to_call():
    judged = verdict(scores(2.0), scores(2.01, seed=1), 64)
    assert judged.standing == 0 and judged.words.startswith("Too close to call: the difference ")
    assert "has a standard error of 0.0" in judged.words


def test_a_text_of_one_character_is_too_close_to_call():
    assert verdict(np.zeros(500), np.zeros(500), 1).standing == 0


@pytest.mark.parametrize("count", [1, 99, 299])
def test_few_characters_get_no_verdict(count):
    judged = verdict(np.zeros(count), np.full(count, 9.0), 64)
    assert judged.standing is None and f"{count} scored characters are too few" in judged.words


def history_of(best, epochs, train_bits, rise=0.2):
    """A run whose best epoch is this one, with this training score there and a held-out score of 2.5, in bits."""
    valid = [2.5 + 0.01 * abs(best - epoch) * (1 if epoch < best else rise) for epoch in range(1, epochs + 1)]
    return pd.DataFrame({"epoch": range(1, epochs + 1), "train_bits": train_bits, "valid_bits": valid})


@pytest.mark.parametrize(
    ("best", "train_bits", "changed", "words"),
    [
        (99, 1.0, {}, "train longer, with --resume --epochs 200"),
        (40, 1.0, {}, "by heart. Try a new run with --dropout 0.5 --weight-drop 0.5, or a longer text"),
        (40, 1.0, {"dropout": 0.6}, "Try a new run with --weight-drop 0.5, or a longer text"),
        (40, 1.0, {"dropout": 0.6, "weight_drop": 0.6}, "more dropout is unlikely to help. Try a longer text"),
        (40, 1.0, {"dropout": 0.7, "weight_drop": 0.9}, "more dropout is unlikely to help. Try a longer text"),
        (40, 2.1, {}, "Neither more nor less dropout is likely to help"),
        (40, 2.5, {}, "Try a new run with --dropout 0.1 --weight-drop 0.1"),
        (40, 2.5, {"dropout": 0.0, "weight_drop": 0.1}, "Try a new run with --hidden-size 256"),
        (40, 2.5, {"dropout": 0.0, "weight_drop": 0.0, "hidden_size": 512}, "We know of no setting that would help"),
    ],
)
def test_advice_is_never_what_is_in_force(best, train_bits, changed, words):
    given = advice(history_of(best, 100, train_bits), {**SETTINGS, **changed}, begins_anew=True)
    assert words in given


@pytest.mark.parametrize("best", [1, 40, 90])
@pytest.mark.parametrize("train_bits", [0.5, 2.5, 3.0])
def test_nobody_whose_best_epoch_was_early_is_told_to_train_longer(best, train_bits):
    given = advice(history_of(best, min(100, best + 15), train_bits), SETTINGS, begins_anew=True)
    assert "longer, with" not in given and "--epochs" not in given


@pytest.mark.parametrize("train_bits", np.arange(1.0, 3.0, 0.1))
def test_advice_that_was_followed_is_not_taken_back(train_bits):
    """The training score falls by less than 0.2 where the dropout falls by 0.2, as it did on a chapter of a novel."""
    first = advice(history_of(40, 55, train_bits), SETTINGS, begins_anew=True)
    with_less = {**SETTINGS, "dropout": 0.1, "weight_drop": 0.1}
    second = advice(history_of(40, 55, train_bits - 0.2), with_less, begins_anew=True)
    if "--dropout 0.1" in first:
        assert "--dropout" not in second


def test_a_saved_model_keeps_its_size():
    settings = {**SETTINGS, "dropout": 0.0, "weight_drop": 0.0}
    assert "--hidden-size" not in advice(history_of(40, 55, 2.5), settings, begins_anew=False)
