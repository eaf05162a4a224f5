"""gradient_check passes right gradients, measures wrong ones, and leaves everything as it was."""

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
