"""Ahead, behind, too close to call, or no verdict."""

import numpy as np
import pytest

from lstm_scratch.command.verdict import Scores, verdict


def judge(bits, counting, symbols, pieces=None):
    """The verdict on these scores; by default, the pieces have those of the last part."""
    return verdict(Scores(bits, counting), Scores(*(pieces or (bits, counting))), symbols)


def scores(mean, seed=0, count=2_000):
    return mean + np.random.default_rng(seed).normal(0, 1, count)


@pytest.mark.parametrize(
    ("bits", "counting", "standing", "words"),
    [
        (2.0, 2.5, 1, "The model is ahead of Kneser-Ney counting, by 0.500 bits"),
        (2.5, 2.0, -1, "The model is behind Kneser-Ney counting, by 0.500 bits"),
        (7.0, 8.0, -1, "The model is behind even guessing (log2 64), by "),
        (6.0, 7.0, 0, "not clearly better than guessing (log2 64)"),
    ],
)
def test_a_model_is_ahead_only_if_it_beats_counting_and_guessing(bits, counting, standing, words):
    judged = judge(scores(bits), scores(counting), 64)
    assert judged.standing == standing and words in judged.words


def test_what_its_own_error_could_have_made_is_too_close_to_call():
    judged = judge(scores(2.0), scores(2.01, seed=1), 64)
    assert judged.standing == 0 and judged.words.startswith("Too close to call: the difference ")
    assert "has a standard error of 0.0" in judged.words


def test_a_text_of_one_character_has_nothing_to_judge():
    judged = judge(np.zeros(500), np.zeros(500), 1)
    assert judged.standing is None and "a single character, so there is nothing to predict" in judged.words


def test_who_makes_hardly_a_mistake_is_praised_and_not_called_behind():
    judged = judge(np.full(500, 0.002), np.full(500, 0.001), 12)
    assert judged.standing == 0 and judged.words.startswith("Well done: ")


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ((2.4, 2.0), " But on the held-out pieces, which come from all over the text, it is behind, by 0."),
        # the same side, by more or by less
        ((2.0, 2.3), ""),
        ((2.0, 3.0), ""),
        # not clearly another side
        ((2.0, 1.99), ""),
    ],
)
def test_pieces_that_disagree_with_the_last_part_are_mentioned(pieces, words):
    drawn = (scores(pieces[0], 2, 600), scores(pieces[1], 3, 600))
    judged = judge(scores(2.0), scores(2.1, 1), 64, drawn)
    assert judged.standing == 1 and judged.words.partition(").")[2].startswith(words)
    assert bool(words) == ("the verdict is about the end" in judged.words)


@pytest.mark.parametrize("count", [1, 99, 299])
def test_few_characters_get_no_verdict(count):
    judged = judge(np.zeros(count), np.full(count, 9.0), 64)
    assert judged.standing is None and f"{count} scored characters are too few" in judged.words
