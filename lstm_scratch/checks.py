"""Checks of input where NumPy would be silently wrong or its message would mislead.

Each check raises an error that says in one sentence what was expected and what was given.
"""

from collections.abc import Iterable
from numbers import Integral, Real

import numpy as np

# what NumPy calls the types that are no numbers to compute with
NO_NUMBERS = {"U": "text", "S": "bytes", "M": "dates", "m": "lengths of time", "c": "complex numbers", "V": "records"}


def as_numbers(name: str, values: object) -> np.ndarray:
    """The values as an array of real numbers, of any shape and type.

    Raises ValueError for text, dates, complex numbers, Python objects, rows of different lengths, and for an array with
    masked numbers. NumPy would turn "3" into 3 and a date into a count of days, and use the numbers behind a mask.
    """
    for part in values if isinstance(values, (list, tuple)) else (values,):
        if isinstance(part, np.ma.MaskedArray) and np.ma.is_masked(part):
            raise ValueError(f"{name} must have no masked numbers: fill them, or leave their places out")
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be an array, and its rows have different lengths") from error
    if array.dtype.kind not in "biuf":
        kind = type(values).__name__
        if isinstance(values, (list, tuple, np.ndarray)):
            kind = NO_NUMBERS.get(array.dtype.kind, "Python objects")
        raise ValueError(f"{name} must be numbers, not {kind}")
    return array


def check_array(name: str, values: object, shape: tuple[int, ...], dtype: np.dtype | type = np.float64) -> np.ndarray:
    """The values as an array of this shape and dtype. Raises ValueError for another shape, NaN or infinity.

    NumPy would broadcast a wrong shape, such as a state (H,) together with a batch (B, I), without an error. Raises
    ValueError as `as_numbers` does, too.
    """
    array = as_numbers(name, values)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {array.shape}")
    with np.errstate(over="ignore"):
        array = array.astype(dtype, copy=False)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, but it contains NaN or infinity")
    return array


def check_ids(name: str, values: object, size: int) -> np.ndarray:
    """The values as an array of whole numbers from 0 to size - 1. Raises ValueError for any others.

    NumPy would take -1 for the last index, without an error.
    """
    ids = as_numbers(name, values)
    if ids.size and ids.dtype.kind not in "iu":
        raise ValueError(f"{name} must be whole numbers, not {ids.dtype}")
    if ids.size and (ids.min() < 0 or ids.max() >= size):
        raise ValueError(f"{name} must lie between 0 and {size - 1}, not between {ids.min()} and {ids.max()}")
    return ids.astype(np.intp, copy=False)


def check_rng(rng: int | np.random.Generator | None) -> np.random.Generator:
    """The Generator that rng is, or that this seed gives. Raises ValueError for anything else.

    A Generator is returned as it is, so whoever draws from it changes what the next one gets. None gives other numbers
    at every call.
    """
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        given = repr(rng)[:40]
        raise ValueError(f"rng must be a whole number of at least 0, or a numpy Generator, not {given}") from error


def is_number(value: object) -> bool:
    """Whether this is a single number, of Python's or NumPy's types, and not an array."""
    return isinstance(value, Real)


def is_whole_number(value: object) -> bool:
    """Whether this is a whole number, of Python's or NumPy's types; True and False do not count as numbers."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def check_positive(**numbers: float) -> None:
    """Raise ValueError unless every number is finite and above 0."""
    for name, number in numbers.items():
        if not is_number(number) or not 0 < number < np.inf:
            raise ValueError(f"{name} must be a positive finite number, not {number!r}")


def check_whole(**numbers: int) -> None:
    """Raise ValueError unless every number is a whole number of at least 1; half an epoch cannot be trained."""
    for name, number in numbers.items():
        if not is_whole_number(number) or number < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {number!r}")


def check_share(**shares: float) -> None:
    """Raise ValueError unless every share is at least 0 and below 1."""
    for name, share in shares.items():
        if not is_number(share) or not 0 <= share < 1:
            raise ValueError(f"{name} must be at least 0 and below 1, not {share!r}")


def check_choice(name: str, value: object, choices: Iterable[object]) -> None:
    """Raise ValueError unless the value is one of the choices."""
    known = list(choices)
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}, not {value!r}")
