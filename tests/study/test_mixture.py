"""The average of two models is that of their probabilities, and the best share of each is found."""

import numpy as np
import pytest
from helpers import refuses_in_a_sentence

from lstm_scratch.study import best_share, mixed_bits


def test_the_average_is_that_of_the_probabilities():
    # ½ · ½ + ½ · ¼ = ⅜, and 0.8 · ⅛ + 0.2 · 1 = 0.3
    assert mixed_bits(np.array([1.0]), np.array([2.0]), 0.5) == pytest.approx(-np.log2(3 / 8), rel=1e-14)
    assert mixed_bits(np.array([3.0]), np.array([0.0]), 0.8) == pytest.approx(-np.log2(0.3), rel=1e-14)


def test_a_share_of_1_is_the_first_model_and_a_share_of_0_the_second():
    bits, other_bits = np.array([1.0, 5.0]), np.array([2.0, 1.5])
    np.testing.assert_allclose(mixed_bits(bits, other_bits, 1), bits, rtol=1e-14)
    np.testing.assert_allclose(mixed_bits(bits, other_bits, 0), other_bits, rtol=1e-14)


def test_a_character_that_one_model_thinks_impossible_is_saved_by_the_other():
    assert mixed_bits(np.array([np.inf, 2000.0]), np.array([1.0, 1.0]), 0.5).tolist() == [2.0, 2.0]


def test_the_best_share_is_found():
    rng = np.random.default_rng(0)
    # each character comes with the probability 0.7 from a source that the first model knows, and otherwise from another
    first = rng.random(20_000) < 0.7
    bits, other_bits = np.where(first, 1.0, 8.0), np.where(first, 8.0, 1.0)
    assert best_share(bits, other_bits) == pytest.approx(0.7, abs=0.051)
    assert best_share(bits, bits + 1) == 1 and best_share(bits + 1, bits) == 0


def test_scores_that_cannot_be_mixed_are_refused():
    same = "both models must be scored on the same characters, not (3,) and (4,)"
    refuses_in_a_sentence(lambda: mixed_bits(np.ones(3), np.ones(4), 0.5), same)
    refuses_in_a_sentence(lambda: best_share(np.ones(3), np.ones(4)), same)
    refuses_in_a_sentence(lambda: best_share(np.array([1, np.nan]), np.ones(2)), "there is NaN among them")


@pytest.mark.parametrize("share", [-0.1, 1.1, np.nan, "half"])
def test_a_share_that_is_none_is_refused(share):
    refuses_in_a_sentence(lambda: mixed_bits(np.ones(3), np.ones(3), share), "share must be from 0 to 1, not ")
