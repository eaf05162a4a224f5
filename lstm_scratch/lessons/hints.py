"""What the checks of the exercises share: is it right, and if not, which slip is it?"""

import numpy as np

from lstm_scratch.checks import shorten

EMPTY = "The stub is still empty."


def compare(
    given: object,
    right: np.ndarray,
    name: str,
    slips: dict[str, np.ndarray],
    advice: str = "go through its equation once more.",
) -> str | None:
    """A hint if an array is not the right one: one for a known slip, for its shape, or that it is off, and advice."""
    if given is None:
        return EMPTY
    for hint, slip in slips.items():
        if close(given, slip):
            return hint
    array = as_array(given)
    if array is None:
        return f"{name} should be an array of numbers."
    if array.shape != right.shape:
        return f"{name} should have shape {right.shape}, not {array.shape}."
    return None if close(given, right) else f"{name} is off: {advice}"


def close(given: object, right: np.ndarray) -> bool:
    """Whether these are real numbers of the right shape and, to the digits of float32, the right ones."""
    array = as_array(given)
    return array is not None and array.shape == right.shape and np.allclose(array, right, rtol=1e-5, atol=1e-7)


def as_number(answer: object) -> float | None:
    """A finite number, or None if the answer is not one."""
    array = as_array(answer)
    return float(array.item()) if array is not None and array.size == 1 and np.isfinite(array).all() else None


def not_a_number(answer: object) -> str:
    """The hint for an answer of which `as_number` makes none."""
    return f"A number was expected, not {shorten(answer)}."


def as_array(answer: object) -> np.ndarray | None:
    """An array of real numbers, or None if the answer is none."""
    try:
        array = np.asarray(answer)
    except ValueError:
        # rows of different lengths
        return None
    return array if array.dtype.kind in "fiu" else None
