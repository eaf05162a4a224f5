"""Is this gradient right? Ask the definition of the derivative, entry by entry."""

from collections.abc import Callable, Mapping

import numpy as np

from lstm_scratch.checks import fit

# Distances to move an entry by, each four times the one before: 0.00004 to 0.04.
DISTANCES = 4e-5 * 4.0 ** np.arange(6)


def difference_quotient(loss: Callable[[], float], array: np.ndarray, place: tuple[int, ...], distance: float) -> float:
    """(L(θ + ε) - L(θ - ε)) / 2ε for one entry θ of the array: its derivative, in the limit of small ε."""
    value = array[place]
    array[place] = value + distance
    above = loss()
    array[place] = value - distance
    below = loss()
    array[place] = value
    return (above - below) / (2 * distance)


def refined_quotient(loss: Callable[[], float], array: np.ndarray, place: tuple[int, ...]) -> float:
    """∂L/∂θ of one entry θ, from difference quotients at six distances ε.

    D(ε) is off by a multiple of ε². Two distances cancel it,

        n(ε) = (16 D(ε) - D(4ε)) / 15

    (Richardson extrapolation, as in Ridders, 1982). A large ε is off because L is curved, a small one because of
    round-off. The n with the least doubt is taken: its distance from the next one, plus |L| · 4e-16 / ε.
    """
    D = np.array([difference_quotient(loss, array, place, distance) for distance in DISTANCES])
    n = (16 * D[:-1] - D[1:]) / 15
    doubt = np.abs(np.diff(n)) + 4e-16 * abs(loss()) / DISTANCES[:-2]
    return float(n[doubt.argmin()])


def numerical_gradient(loss: Callable[[], float], array: np.ndarray) -> np.ndarray:
    """∂L/∂θ of every entry θ of the array, where `loss()` computes L from the array as it stands.

    Raises ValueError unless the array is float64, which the difference of two losses needs, or if L is not finite.
    """
    if array.dtype != np.float64:
        raise ValueError(f"a gradient check needs float64, not {array.dtype}")
    before = array.copy()
    try:
        numeric = [refined_quotient(loss, array, place) for place in np.ndindex(array.shape)]
    finally:
        array[...] = before
    return fit("the numerical gradient", np.reshape(numeric, array.shape), array.shape)


def gradient_check(
    loss: Callable[[], float], arrays: Mapping[str, np.ndarray], gradients: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Compare gradients with difference quotients: for each array (float64), the largest relative error of its entries,

        |a - n| / max(|a|, |n|, s)      with s = max(1e-3 · largest |a| or |n| in the array, 1e-6),

    where a is the gradient given and n the numerical one. An entry near zero is measured against s, because n
    carries some 1e-13 of round-off whatever its own size. Right gradients typically come to 1e-9, wrong ones to
    more than 1e-2. Raises ValueError for a gradient that is not finite or has another shape than its array, and
    as `numerical_gradient` does.
    """
    # copies: `loss` may write its own gradients into the very arrays that were given
    given = {name: fit(f"the gradient of {name}", gradients[name], arrays[name].shape).copy() for name in arrays}
    errors = {}
    for name, a in given.items():
        n = numerical_gradient(loss, arrays[name])
        size = np.maximum(np.abs(a), np.abs(n))
        s = max(1e-3 * size.max(), 1e-6)
        errors[name] = float((np.abs(a - n) / np.maximum(size, s)).max())
    return errors
