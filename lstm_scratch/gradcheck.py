"""Is a gradient right? Compare it, entry by entry, with the definition of the derivative."""

from collections.abc import Callable, Mapping

import numpy as np

from lstm_scratch.checks import check_array

# Distances to move an entry by, relative to its size, each four times the one before: 0.00004 to 0.04.
DISTANCES = 4e-5 * 4.0 ** np.arange(6)
# the first distances are at least those for an entry of this size, and at least this share of those for the entry
SMALL = 1e-6
# the most steps in which the distances become larger, or smaller, if the first ones are not right
MOST_STEPS = 25


def one_number(loss: object) -> float:
    """A loss as a float; an array with a single entry is accepted, too. Raises ValueError for anything else."""
    array = np.asarray(loss)
    if array.size != 1 or array.dtype.kind not in "fiu":
        given = f"an array of shape {array.shape}" if array.size != 1 else repr(loss)
        raise ValueError(f"loss must return one number, not {given}")
    return float(array.item())


def difference_quotient(loss: Callable[[], float], array: np.ndarray, place: tuple[int, ...], distance: float) -> float:
    """(L(θ + ε) - L(θ - ε)) / 2ε for one entry θ of the array: its derivative, in the limit of small ε.

    NaN if L does not exist at one of the two places, as √θ does not for θ < 0.
    """
    value = array[place]
    above = value + distance
    below = value - distance
    try:
        array[place] = above
        L_above = one_number(loss())
        array[place] = below
        L_below = one_number(loss())
    except (ArithmeticError, ValueError):
        return np.nan
    finally:
        array[place] = value
    # not 2ε, because θ ± ε is rounded
    return (L_above - L_below) / (above - below)


# a place at which L does not exist is no reason for a warning
@np.errstate(all="ignore")
def refined_quotient(loss: Callable[[], float], array: np.ndarray, place: tuple[int, ...]) -> float:
    """∂L/∂θ of one entry θ, from difference quotients at six or more distances ε.

    The error of D(ε) is close to a multiple of ε², which two distances cancel,

        n(ε) = (16 D(ε) - D(4ε)) / 15

    (Richardson extrapolation, as in Ridders, 1982). With a large ε the largest error comes from the curvature of L,
    with a small one from round-off. The error of each n(ε) is estimated as its difference from n(4ε) plus the round-off
    |L| · 4e-15 / ε; the n with the smallest estimate is returned.

    The first distances are DISTANCES · |θ| for |θ| < 1, so that √θ at 0.001 is not asked for below 0, and otherwise
    DISTANCES. If the smallest estimate is near their end, larger ones are tried, up to 0.04 times the largest entry (or
    1); if it is at their beginning, smaller ones.
    """
    L = abs(one_number(loss()))
    size = abs(float(array[place])) or 1.0
    farthest = DISTANCES[-1] * max(np.abs(array).max(), 1.0)
    distances = DISTANCES * max(min(size, 1.0), SMALL * max(size, 1.0))
    D = np.array([difference_quotient(loss, array, place, distance) for distance in distances])
    for _ in range(MOST_STEPS):
        n = (16 * D[:-1] - D[1:]) / 15
        estimate = np.abs(np.diff(n)) + 4e-15 * L / distances[:-2]
        best = np.where(np.isnan(estimate), np.inf, estimate).argmin()
        if best >= len(estimate) - 3 and distances[-1] < farthest:
            # round-off may still be the largest error (in one place in a few, it is small by chance)
            distances = np.append(distances, 4 * distances[-1])
            D = np.append(D, difference_quotient(loss, array, place, distances[-1]))
        elif best == 0 and estimate[0] != 0:
            # curvature is still the largest error, or L does not exist so far away
            distances = np.append(distances[0] / 4, distances)
            D = np.append(difference_quotient(loss, array, place, distances[0]), D)
        else:
            break
    return float(n[best])


def numerical_gradient(loss: Callable[[], float], array: np.ndarray) -> np.ndarray:
    """∂L/∂θ of every entry θ, in the shape of the array; `loss()` computes L from the array's current values.

    Raises ValueError if the array is not float64, which the difference of two losses needs, if `loss` returns anything
    but one number, or if L is not finite.
    """
    if not isinstance(array, np.ndarray):
        raise ValueError(f"a gradient check moves the numbers of an array, not of a {type(array).__name__}")
    if array.dtype != np.float64:
        raise ValueError(f"a gradient check needs float64, not {array.dtype}: its loss would be too coarse")
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
        if name not in gradients:
            raise ValueError(f"there is no gradient of {name}: given are those of {', '.join(gradients) or 'nothing'}")
        given[name] = check_array(f"the gradient of {name}", gradients[name], array.shape).copy()
    errors = {}
    for name, a in given.items():
        n = numerical_gradient(loss, arrays[name])
        size = np.maximum(np.abs(a), np.abs(n))
        s = max(1e-3 * size.max(initial=0), 1e-6)
        errors[name] = float((np.abs(a - n) / np.maximum(size, s)).max(initial=0))
    return errors
