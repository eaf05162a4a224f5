"""σ, softmax, cross-entropy and their derivatives agree with the textbook's formulas, and nothing overflows."""

import math

import numpy as np
import pytest

from lstm_scratch.activations import (
    cross_entropy,
    sigmoid,
    sigmoid_derivative,
    softmax,
    tanh_derivative,
)


def test_sigmoid_is_the_textbook_formula():
    z = np.linspace(-30, 30, 121)
    expected = [1 / (1 + math.exp(-value)) for value in z]
    np.testing.assert_allclose(sigmoid(z), expected, rtol=0, atol=3e-16)


@pytest.mark.parametrize(("f", "derivative"), [(sigmoid, sigmoid_derivative), (np.tanh, tanh_derivative)])
def test_derivatives_are_those_of_the_definition(f, derivative):
    z, step = np.linspace(-4, 4, 41), 1e-6
    slope = (f(z + step) - f(z - step)) / (2 * step)
    np.testing.assert_allclose(derivative(f(z)), slope, rtol=0, atol=1e-9)


def test_softmax_of_known_odds():
    odds = np.array([[1.0, 2.0, 5.0], [2.0, 2.0, 4.0]])
    expected = odds / 8
    np.testing.assert_allclose(softmax(np.log(odds)), expected, rtol=1e-14)
    # the same number added to every score changes nothing
    np.testing.assert_allclose(softmax(np.log(odds) + [[700.0], [-700.0]]), expected, rtol=1e-12)


def test_cross_entropy_of_known_odds():
    logits = np.log([[1.0, 2.0, 5.0], [1.0, 1.0, 2.0]])
    before = logits.copy()
    loss, gradient = cross_entropy(logits, np.array([1, 2]))
    assert loss == pytest.approx((math.log(4) + math.log(2)) / 2, rel=1e-14)
    # (p - onehot) / N
    np.testing.assert_allclose(gradient, [[1 / 16, -3 / 8, 5 / 16], [1 / 8, 1 / 8, -1 / 4]], rtol=1e-14)
    np.testing.assert_array_equal(logits, before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extremes_give_no_warning_no_nan_and_no_infinity(dtype):
    # the tests turn warnings into errors
    z = np.array([0.0, 1.0, -1.0, 1e4, -1e4, 1e38, -1e38, 1e-45], dtype)
    assert np.isfinite(sigmoid(z)).all() and sigmoid(z).min() == 0 and sigmoid(z).max() == 1
    rows = np.stack([z, -z, np.full_like(z, 1e38)])
    np.testing.assert_allclose(softmax(rows).sum(axis=-1), 1, rtol=1e-6)
    for target in range(len(z)):
        loss, gradient = cross_entropy(rows, np.full(len(rows), target))
        assert math.isfinite(loss) and loss >= 0 and np.isfinite(gradient).all()
    # a gap of 20,000 costs 20,000 nats
    assert cross_entropy(np.array([[1e4, -1e4]], dtype), np.array([1]))[0] == pytest.approx(2e4)


def test_scores_may_be_whole_numbers_or_a_list():
    loss, gradient = cross_entropy([[0, 1], [2, 0]], [1, 0])
    expected_loss, expected = cross_entropy(np.array([[0.0, 1.0], [2.0, 0.0]]), np.array([1, 0]))
    assert loss == expected_loss
    np.testing.assert_array_equal(gradient, expected)
    np.testing.assert_allclose(softmax([0, 0]), [0.5, 0.5])
