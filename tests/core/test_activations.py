import math

import numpy as np
import pytest

from lstm_scratch.activations import (
    cross_entropy,
    log_softmax,
    sigmoid,
    sigmoid_derivative,
    softmax,
    tanh_derivative,
)

EXTREMES = [0.0, 1.0, -1.0, 1e4, -1e4, 3.4e38, -3.4e38, 1e-45]


def test_sigmoid_is_the_textbook_formula():
    z = np.linspace(-30, 30, 121)
    expected = [1 / (1 + math.exp(-value)) for value in z]
    np.testing.assert_allclose(sigmoid(z), expected, rtol=0, atol=3e-16)


def test_derivatives_are_those_of_the_definition():
    z, step = np.linspace(-4, 4, 41), 1e-6
    slope = (sigmoid(z + step) - sigmoid(z - step)) / (2 * step)
    np.testing.assert_allclose(sigmoid_derivative(sigmoid(z)), slope, rtol=0, atol=1e-9)
    slope = (np.tanh(z + step) - np.tanh(z - step)) / (2 * step)
    np.testing.assert_allclose(tanh_derivative(np.tanh(z)), slope, rtol=0, atol=1e-9)


def test_softmax_of_known_odds():
    np.testing.assert_allclose(softmax(np.log([1.0, 2.0, 5.0])), [0.125, 0.25, 0.625])
    np.testing.assert_allclose(softmax(np.log([[1.0, 3.0], [1.0, 1.0]])), [[0.25, 0.75], [0.5, 0.5]])


def test_log_softmax_is_the_logarithm_of_softmax():
    z = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_allclose(log_softmax(z), np.log(softmax(z)), rtol=0, atol=1e-14)


def test_cross_entropy_of_known_odds():
    logits = np.log([[1.0, 2.0, 5.0], [1.0, 1.0, 2.0]])
    loss, _ = cross_entropy(logits, np.array([1, 2]))
    assert loss == pytest.approx((math.log(4) + math.log(2)) / 2)


def test_cross_entropy_gradient_against_differences():
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(size=(3, 5)), np.array([4, 0, 2])
    _, gradient = cross_entropy(logits, targets)
    for place in np.ndindex(logits.shape):
        shift = np.zeros_like(logits)
        shift[place] = 1e-5
        slope = (cross_entropy(logits + shift, targets)[0] - cross_entropy(logits - shift, targets)[0]) / 2e-5
        assert gradient[place] == pytest.approx(slope, abs=1e-9)


@pytest.mark.parametrize(
    ("logits", "targets", "message"),
    [
        (np.zeros((3, 4)), np.zeros((3, 1), int), r"not \(3, 4\) and \(3, 1\)"),
        (np.zeros((3, 3, 4)), np.zeros((3, 3), int), r"logits must be \(N, V\)"),
        (np.zeros((0, 4)), np.zeros(0, int), r"not \(0, 4\)"),
        (np.zeros((3, 4)), np.array([0, 1, 4]), "targets must lie between 0 and 3, not between 0 and 4"),
        (np.zeros((3, 4)), np.array([-1, 1, 3]), "not between -1 and 3"),
    ],
)
def test_cross_entropy_refuses_what_does_not_fit(logits, targets, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy(logits, targets)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extremes_give_no_warning_no_nan_and_no_infinity(dtype):
    # the test run turns warnings into errors
    z = np.array(EXTREMES, dtype=dtype)
    assert np.isfinite(sigmoid(z)).all()
    assert sigmoid(z).min() >= 0 and sigmoid(z).max() <= 1
    rows = np.stack([z, -z, z[::-1], np.full_like(z, 3.4e38), np.full_like(z, -3.4e38)])
    np.testing.assert_allclose(softmax(rows).sum(axis=-1), 1, rtol=1e-6)
    for target in range(len(z)):
        loss, gradient = cross_entropy(rows, np.full(len(rows), target))
        assert math.isfinite(loss) and loss >= 0
        assert np.isfinite(gradient).all()


def test_a_gap_of_ten_thousand_costs_ten_thousand_nats():
    loss, _ = cross_entropy(np.array([[1e4, -1e4]]), np.array([1]))
    assert loss == pytest.approx(2e4)
    assert log_softmax(np.array([1e4, -1e4]))[0] == 0
