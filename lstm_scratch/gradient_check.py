"""Is this gradient right? Ask the definition of the derivative, entry by entry."""

from collections.abc import Callable

import numpy as np


def gradient_check(
    loss: Callable[[], float],
    arrays: dict[str, np.ndarray],
    gradients: dict[str, np.ndarray],
    *,
    epsilon: float = 1e-3,
) -> dict[str, float]:
    """Compare gradients with central differences, over every entry of every array.

    `loss()` computes the loss from the arrays as they stand; each entry in turn is moved a little to both
    sides, in place, and put back (see `numerical_gradient`). Returns, for each array, the largest relative
    error of its entries,

        |a - n| / max(|a|, |n|, s)      with s = 1e-3 · (largest |a| or |n| in the array),

    where a is the gradient given and n the difference quotient. The floor s is there because n carries a
    round-off error of about |L| · 1e-16 / ε whatever its own size: an entry a thousand times smaller than
    its array's largest is measured against that scale rather than its own. If both arrays are zero
    everywhere, the error is zero; if a is not finite somewhere, it is infinite.

    Raises ValueError unless the arrays are float64 (float32 has too few digits for a difference of
    losses), every array has a gradient of its shape, and every loss is finite.
    """
    errors = {}
    for name, array in arrays.items():
        if name not in gradients:
            raise ValueError(f"there is no gradient for {name}: gradients were given for {sorted(gradients)}")
        if gradients[name].shape != array.shape:
            raise ValueError(f"the gradient of {name} must have shape {array.shape}, not {gradients[name].shape}")
        if array.dtype != np.float64:
            raise ValueError(f"{name} must be float64 for a gradient check, not {array.dtype}")
        errors[name] = largest_relative_error(gradients[name], numerical_gradient(loss, array, epsilon=epsilon))
    return errors


def numerical_gradient(loss: Callable[[], float], array: np.ndarray, *, epsilon: float = 1e-3) -> np.ndarray:
    """∂L/∂θ of every entry θ of the array by central differences; the array ends as it began.

    With D(ε) = (L(θ + ε) - L(θ - ε)) / 2ε, which is off by a multiple of ε², the combination

        n = (4 D(ε) - D(2ε)) / 3

    cancels that multiple and is off by about ε⁴ (Richardson extrapolation; Abramowitz and Stegun, 1964,
    formula 25.3.24). So ε may be large enough for the losses to differ in many digits. It should be small
    beside the scale on which the loss bends: with inputs of size 100, take ε a hundred times smaller.
    """
    numeric = np.empty_like(array)
    for place in np.ndindex(array.shape):
        value = array[place]
        differences = []
        for distance in (epsilon, 2 * epsilon):
            array[place] = value + distance
            above = loss()
            array[place] = value - distance
            below = loss()
            differences.append((above - below) / (2 * distance))
        array[place] = value
        numeric[place] = (4 * differences[0] - differences[1]) / 3
    if not np.isfinite(numeric).all():
        raise ValueError("the loss is not finite near this point: there is no gradient to compare with")
    return numeric


def largest_relative_error(gradient: np.ndarray, numeric: np.ndarray) -> float:
    """max |a - n| / max(|a|, |n|, s) over all entries; see `gradient_check` for s."""
    if not np.isfinite(gradient).all():
        return float("inf")
    size = np.maximum(np.abs(gradient), np.abs(numeric))
    if not size.any():
        return 0.0
    return float((np.abs(gradient - numeric) / np.maximum(size, 1e-3 * size.max())).max())
