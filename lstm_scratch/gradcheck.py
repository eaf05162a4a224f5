"""Is a gradient right? Compare it, entry by entry, with the definition of the derivative."""

from collections.abc import Callable, Mapping

import numpy as np

from lstm_scratch.checks import check_array

# Distances to move an entry by, each four times the one before: 0.00004 to 0.04.
DISTANCES = 4e-5 * 4.0 ** np.arange(6)


def one_number(loss: object) -> float:
    """A loss as a float; an array with a single entry is accepted, too. Raises ValueError for anything else."""
    array = np.asarray(loss)
    if array.size != 1 or array.dtype.kind not in "fiu":
        given = f"an array of shape {array.shape}" if array.size != 1 else repr(loss)
        raise ValueError(f"loss must return one number, not {given}")
    return float(array.item())


def difference_quotient(loss: Callable[[], float], array: np.ndarray, place: tuple[int, ...], distance: float) -> float:
    """(L(θ + ε) - L(θ - ε)) / 2ε for one entry θ of the array: its derivative, in the limit of small ε."""
    value = array[place]
    array[place] = value + distance
    above = one_number(loss())
    array[place] = value - distance
    below = one_number(loss())
    array[place] = value
    return (above - below) / (2 * distance)


def refined_quotient(loss: Callable[[], float], array: np.ndarray, place: tuple[int, ...]) -> float:
    """∂L/∂θ of one entry θ, from difference quotients at six distances ε.

    The error of D(ε) is close to a multiple of ε², which two distances cancel,

        n(ε) = (16 D(ε) - D(4ε)) / 15

    (Richardson extrapolation, as in Ridders, 1982). With a large ε the largest error comes from the curvature of L,
    with a small one from round-off. The error of each n(ε) is estimated as its difference from n(4ε) plus the round-off
    |L| · 4e-16 / ε; the n with the smallest estimate is returned.
    """
    D = np.array([difference_quotient(loss, array, place, distance) for distance in DISTANCES])
    n = (16 * D[:-1] - D[1:]) / 15
    estimate = np.abs(np.diff(n)) + 4e-16 * abs(one_number(loss())) / DISTANCES[:-2]
    return float(n[estimate.argmin()])


def numerical_gradient(loss: Callable[[], float], array: np.ndarray) -> np.ndarray:
    """∂L/∂θ of every entry θ, in the shape of the array; `loss()` computes L from the array's current values.

    Raises ValueError if the array is not float64, which the difference of two losses needs, if `loss` returns anything
    but one number, or if L is not finite.
    """
    if array.dtype != np.float64:
        raise ValueError(f"a gradient check needs float64, not {array.dtype}")
    before = array.copy()
    try:
        numeric = [refined_quotient(loss, array, place) for place in np.ndindex(array.shape)]
    finally:
        array[...] = before
    return check_array("the numerical gradient", np.reshape(numeric, array.shape), array.shape)


def gradient_check(
    loss: Callable[[], float], arrays: Mapping[str, np.ndarray], gradients: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Compare gradients with difference quotients: for each array (float64), the largest relative error of its entries,

        |a - n| / max(|a|, |n|, s)      with s = max(1e-3 · largest |a| or |n| in the array, 1e-6),

    where a is the given gradient and n the numerical one. An entry near zero is compared with s, because n has a
    round-off error of about 1e-13 whatever its size. The result is typically 1e-9 for right gradients and above 1e-2
    for wrong ones. Raises ValueError if a gradient is not finite or does not have the shape of its array, and when
    `numerical_gradient` does.
    """
    # copies, because `loss` may overwrite the given gradients with its own
    given = {}
    for name, array in arrays.items():
        given[name] = check_array(f"the gradient of {name}", gradients[name], array.shape).copy()
    errors = {}
    for name, a in given.items():
        n = numerical_gradient(loss, arrays[name])
        size = np.maximum(np.abs(a), np.abs(n))
        s = max(1e-3 * size.max(), 1e-6)
        errors[name] = float((np.abs(a - n) / np.maximum(size, s)).max())
    return errors
