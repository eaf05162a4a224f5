"""Is this gradient right? Ask the definition of the derivative, entry by entry."""

from collections.abc import Callable

import numpy as np

from lstm_scratch.checks import shorten

# Distances to move an entry by, each four times the one before: 0.00004 to 0.04.
STEPS = 4e-5 * 4.0 ** np.arange(6)


def gradient_check(
    loss: Callable[[], float], arrays: dict[str, np.ndarray], gradients: dict[str, np.ndarray]
) -> dict[str, float]:
    """Compare gradients with central differences, over every entry of every array.

    `loss()` computes the loss from the arrays as they stand; each entry in turn is moved a little to both
    sides, in place, and put back (see `numerical_gradient`). Returns, for each array, the largest relative
    error of its entries,

        |a - n| / max(|a|, |n|, s)      with s = max(1e-3 · largest |a| or |n| in the array, 1e-6),

    where a is the gradient given and n the difference quotient. The floor s is there because n carries
    some 1e-13 of round-off whatever its own size: an entry near zero is measured against s instead of
    itself. Right gradients typically come to 1e-9, wrong ones to more than 1e-2. If the gradient is not
    finite somewhere, the error is infinite.

    Raises ValueError unless the arrays are float64 (float32 has too few digits for a difference of
    losses), every array has a gradient of its shape, and every loss is finite.
    """
    if not callable(loss):
        raise ValueError(f"loss must be a function without arguments, not {shorten(loss)}")
    # copies: `loss` may well write its own gradients into the very arrays that were given
    gradients = {name: np.array(gradient) for name, gradient in gradients.items()}
    errors = {}
    for name, array in arrays.items():
        if name not in gradients:
            raise ValueError(f"there is no gradient for {name}: gradients were given for {sorted(gradients)}")
        if not isinstance(array, np.ndarray):
            raise ValueError(f"{name} must be a NumPy array, which can be changed in place, not {shorten(array)}")
        if gradients[name].shape != array.shape:
            raise ValueError(f"the gradient of {name} must have shape {array.shape}, not {gradients[name].shape}")
        if array.dtype != np.float64:
            raise ValueError(f"{name} must be float64 for a gradient check, not {array.dtype}")
        errors[name] = largest_relative_error(gradients[name], numerical_gradient(loss, array))
    return errors


def numerical_gradient(loss: Callable[[], float], array: np.ndarray) -> np.ndarray:
    """∂L/∂θ of every entry θ of the array, by central differences. The array ends as it began.

    Raises ValueError if the loss is not finite somewhere near.
    """
    numeric = np.empty_like(array)
    for place in np.ndindex(array.shape):
        numeric[place] = derivative(loss, array, place)
    if not np.isfinite(numeric).all():
        raise ValueError("the loss is not finite near this point: there is no gradient to compare with")
    return numeric


def derivative(loss: Callable[[], float], array: np.ndarray, place: tuple[int, ...]) -> float:
    """∂L/∂θ of one entry θ, from central differences at six distances ε.

    D(ε) = (L(θ + ε) - L(θ - ε)) / 2ε is off by a multiple of ε². Two distances cancel it,

        n(ε) = (16 D(ε) - D(4ε)) / 15

    (Richardson extrapolation, as in Ridders, 1982). A large ε is off because L bends, a small one because
    the losses agree in all but their last digits; so take the n with the least of both doubts: its
    distance from the next one, plus the round-off |L| · 4e-16 / ε.
    """
    value, quotients, size = array[place], [], 0.0
    try:
        for step in STEPS:
            array[place] = value + step
            above = one_number(loss())
            array[place] = value - step
            below = one_number(loss())
            quotients.append((above - below) / (2 * step))
            size = max(size, abs(above), abs(below))
    finally:
        array[place] = value
    D = np.array(quotients)
    n = (16 * D[:-1] - D[1:]) / 15
    doubt = np.abs(np.diff(n)) + 4e-16 * size / STEPS[:-2]
    return float(n[doubt.argmin()])


def one_number(loss: float) -> float:
    """The loss as a float. Raises ValueError if it is anything but a single number."""
    if np.shape(loss) != () or not isinstance(loss, (int, float, np.number, np.ndarray)):
        raise ValueError(f"the loss must be a single number, not {shorten(loss)}")
    return float(loss)


def largest_relative_error(gradient: np.ndarray, numeric: np.ndarray) -> float:
    """max |a - n| / max(|a|, |n|, s) over all entries; see `gradient_check` for s."""
    if not np.isfinite(gradient).all():
        return float("inf")
    size = np.maximum(np.abs(gradient), np.abs(numeric))
    floor = max(1e-3 * size.max(), 1e-6)
    return float((np.abs(gradient - numeric) / np.maximum(size, floor)).max())
