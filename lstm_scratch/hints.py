"""What the checks of the exercises share: is it right, and if not, which slip is it?"""

import numpy as np

EMPTY = "The stub is still empty."


def compare(given: object, right: np.ndarray, name: str, slips: dict[str, np.ndarray]) -> str | None:
    """A hint if an array is not the right one: one for a known slip, for its shape, or that it is off."""
    if given is None:
        return EMPTY
    for hint, slip in slips.items():
        if close(given, slip):
            return hint
    if np.shape(given) != right.shape:
        return f"{name} should have shape {right.shape}, not {np.shape(given)}."
    return None if close(given, right) else f"{name} is off: go through its equation once more."


def close(given: object, right: np.ndarray) -> bool:
    """Whether these are real numbers of the right shape and, to the digits of float32, the right ones."""
    given = np.asarray(given)
    return given.shape == right.shape and given.dtype.kind in "fiu" and np.allclose(given, right, rtol=1e-5, atol=1e-7)


def as_number(answer: object) -> float | None:
    """A finite number, or None if the answer is not one."""
    number = np.asarray(answer)
    return float(number.item()) if number.size == 1 and number.dtype.kind in "fiu" and np.isfinite(number) else None
