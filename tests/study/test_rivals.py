"""Forecasts are compared honestly: a winner is named only where there is enough to judge by."""

import numpy as np
import pytest

from lstm_scratch.study import compare_forecasts

NOISE = np.random.default_rng(0).normal(size=300)


def verdict_on(values, first, other, scored):
    return compare_forecasts(values, {"first": first, "other": other}, scored).loc["other", "verdict"]


@pytest.mark.parametrize("steps", [1, 10, 23])
def test_a_few_steps_are_too_few_to_judge(steps):
    assert verdict_on(NOISE, NOISE + 0.1, NOISE + 9, len(NOISE) - steps) == "too few to judge"


@pytest.mark.parametrize("size", [1, 5e6, 1e-6])
def test_round_off_names_no_winner(size):
    level = np.full(300, float(size))
    assert verdict_on(level, level, level * (1 + 1e-9), 100) == "too close to call"


def test_the_better_of_two_is_named_where_it_is_clear():
    assert verdict_on(NOISE, np.zeros(301), np.ones(301), 100) == "first is ahead"
    assert verdict_on(NOISE, np.ones(301), np.zeros(301), 100) == "other is ahead"
    assert verdict_on(NOISE, np.zeros(301), np.full(301, 0.01), 100) == "too close to call"
