"""gradient_check passes right gradients, measures wrong ones, and leaves everything as it was."""

import math

import numpy as np
import pytest

from lstm_scratch import gradient_check
from lstm_scratch.gradcheck import numerical_gradient

A = np.array([[1.0, -2.0], [0.5, 3.0]])


def cubic():
    return float((A**3).sum())


def test_a_right_gradient_passes_and_the_array_is_left_as_it_was():
    before = A.copy()
    assert gradient_check(cubic, {"A": A}, {"A": 3 * A**2})["A"] < 1e-10
    np.testing.assert_array_equal(A, before)


def test_every_wrong_entry_is_measured():
    for place in np.ndindex(A.shape):
        wrong = 3 * A**2
        wrong[place] *= 0.9
        # |0.9 g - g| / max(0.9 g, g) = 0.1
        assert gradient_check(cubic, {"A": A}, {"A": wrong})["A"] == pytest.approx(0.1, rel=1e-6)


def test_a_loss_that_writes_into_the_gradient_it_returned_is_no_trap():
    shared = 3 * A**2

    def cubic_and_gradient():
        np.multiply(3, A**2, out=shared)
        return cubic()

    assert gradient_check(cubic_and_gradient, {"A": A}, {"A": shared})["A"] < 1e-10


def test_the_array_is_put_back_even_if_the_loss_fails():
    before = A.copy()
    with pytest.raises(ZeroDivisionError):
        numerical_gradient(lambda: 1 / 0, A)
    np.testing.assert_array_equal(A, before)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 100.0])
@pytest.mark.parametrize(("f", "slope"), [(np.exp, np.exp), (np.sin, np.cos), (np.tanh, lambda x: 1 - np.tanh(x) ** 2)])
def test_the_quotient_finds_a_good_distance_by_itself(f, slope, scale):
    x = np.array([0.7 / scale])
    numeric = numerical_gradient(lambda: float(f(scale * x[0])), x)
    assert numeric[0] == pytest.approx(scale * slope(0.7), rel=1e-8)


def test_entries_near_zero_are_measured_against_the_floor():
    theta = np.array([1.0, 0.0])
    # the true gradient of the second entry is 0, and the largest is 2, so an error of 1e-4 counts as 1e-4 / 2e-3
    error = gradient_check(lambda: float(theta[0] ** 2), {"theta": theta}, {"theta": np.array([2.0, 1e-4])})["theta"]
    assert error == pytest.approx(0.05, rel=1e-6)
    # where the whole gradient is tiny, the error is compared with 1e-6
    error = gradient_check(lambda: 0.0, {"theta": theta}, {"theta": np.array([1e-9, 0.0])})["theta"]
    assert error == pytest.approx(1e-3, rel=1e-6)


@pytest.mark.parametrize("shape", [(1,), (1, 1)])
def test_a_loss_of_one_entry_is_a_number(shape):
    assert gradient_check(lambda: np.reshape(cubic(), shape), {"A": A}, {"A": 3 * A**2})["A"] < 1e-10


# a function, its derivative, and where they are compared
SIZES = {
    "a root near 0": (np.sqrt, lambda t: 0.5 / np.sqrt(t), [1e-3, 1e-7]),
    "a logarithm near 0": (np.log, lambda t: 1 / t, [1e-2, 1e-5]),
    "large numbers": (np.square, lambda t: 2 * t, [1e9, -3e9]),
    "huge numbers": (np.square, lambda t: 2 * t, [1e100]),
    "a straight line far out": (lambda t: 3 * t, lambda t: 3 + 0 * t, [1e12]),
    "a pole near by": (lambda t: 1 / t, lambda t: -1 / t**2, [1e-4, -3e-7]),
    "a steep exponential": (np.exp, np.exp, [30.0]),
    "sizes mixed in one array": (np.sqrt, lambda t: 0.5 / np.sqrt(t), [1e-6, 1.0, 1e6]),
    "exactly 0 and nearly 0": (np.tanh, lambda t: 1 - np.tanh(t) ** 2, [0.0, 1e-300, -1e-12, 1e-5]),
    "noise that is larger than the entry": (lambda t: 10 + t, lambda t: 1 + 0 * t, [1e-12, 1e-7, 0.0]),
    "noise that is larger still": (lambda t: 1e4 + t, lambda t: 1 + 0 * t, [1e-7, 1e-3]),
    "many waves": (lambda t: np.sin(1e3 * t), lambda t: 1e3 * np.cos(1e3 * t), [0.0, 0.7, 1e-3]),
    "waves far out": (np.sin, np.cos, [1e6, 1e9]),
    "a border near by": (lambda t: np.log(t - 0.999), lambda t: 1 / (t - 0.999), [1.0]),
    "a corner near by": (np.abs, np.sign, [1e-6, -3.0]),
    "flat tails": (lambda t: np.log1p(np.exp(-t)), lambda t: -1 / (1 + np.exp(t)), [20.0, 0.0, -20.0]),
    "both borders near by": (np.arctanh, lambda t: 1 / (1 - t * t), [0.999, -0.99]),
}


@pytest.mark.parametrize(("f", "slope", "places"), SIZES.values(), ids=SIZES)
def test_right_gradients_pass_whatever_their_size_and_a_ten_thousandth_is_found(f, slope, places):
    theta = np.array(places)
    right = slope(theta)
    wrong = right.copy()
    wrong[np.abs(right).argmax()] *= 1 + 1e-4
    check = [gradient_check(lambda: float(f(theta).sum()), {"θ": theta}, {"θ": given})["θ"] for given in (right, wrong)]
    assert check[0] < 1e-7 and check[1] == pytest.approx(1e-4, rel=0.01)


def test_a_loss_that_raises_an_error_where_it_does_not_exist_is_asked_elsewhere():
    theta = np.array([0.9995, 1e-3])
    errors = gradient_check(
        lambda: math.log(theta[0] - 0.999) + math.sqrt(theta[1]),
        {"θ": theta},
        {"θ": np.array([1 / (theta[0] - 0.999), 0.5 / math.sqrt(1e-3)])},
    )
    assert errors["θ"] < 1e-7
