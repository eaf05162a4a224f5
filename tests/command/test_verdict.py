"""Ahead, behind, too close to call, or no verdict."""

import numpy as np
import pytest

from lstm_scratch.command.verdict import verdict


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
