"""The few checks of input that NumPy does not make: where it would be silently wrong, or its message would mislead."""

import sys
from collections.abc import Collection

import numpy as np


def fit(name: str, values: object, shape: tuple[int, ...], dtype: np.dtype | type = np.float64) -> np.ndarray:
    """The values as an array of this shape and dtype. Raises ValueError for another shape, NaN or infinity.

    NumPy would broadcast a wrong shape: a state (H,) beside a batch (B, I) is no error to it.
    """
    array = np.asarray(values)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {array.shape}")
    with np.errstate(over="ignore"):
        array = array.astype(dtype, copy=False)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, but it contains NaN or infinity")
    return array


def fit_ids(name: str, values: object, size: int) -> np.ndarray:
    """The values as an array of whole numbers from 0 to size - 1. Raises ValueError for anything else.

    NumPy would take -1 for the last one.
    """
    ids = np.asarray(values)
    if ids.dtype.kind not in "iu":
        raise ValueError(f"{name} must be whole numbers, not {ids.dtype}")
    if ids.size and (ids.min() < 0 or ids.max() >= size):
        raise ValueError(f"{name} must lie between 0 and {size - 1}, not between {ids.min()} and {ids.max()}")
    return ids


def check_positive(**numbers: float) -> None:
    """Raise ValueError unless every number is finite and above 0: a learning rate of 0 would train in vain."""
    for name, number in numbers.items():
        if not 0 < number < np.inf:
            raise ValueError(f"{name} must be a positive finite number, not {number}")


def check_shares(**shares: float) -> None:
    """Raise ValueError unless every share is at least 0 and below 1."""
    for name, share in shares.items():
        if not 0 <= share < 1:
            raise ValueError(f"{name} must be at least 0 and below 1, not {share}")


# No array here is longer: a larger size is a slip, and would only ask for more memory than there is.
LARGEST_SIZE = 2**31 - 1
# characters of what was given that a sentence repeats
LONGEST_QUOTE = 100
REAL = (int, float, np.integer, np.floating)


def as_array(name: str, values: object) -> np.ndarray:
    """The values as an array of real numbers, NaN and infinity among them; otherwise raise ValueError."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be an array, with rows of equal length: {error}") from error
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{name} must hold real numbers, not {array.dtype}")
    return array


def check_array(name: str, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The array, if it has this shape and holds only finite numbers; otherwise raise ValueError."""
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {array.shape}")
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{name} must hold real numbers, not {array.dtype}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, but it contains NaN or infinity")
    return array


def cast_array(name: str, values: object, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """The array in this dtype, if it has this shape and is finite in it; otherwise raise ValueError."""
    array = as_array(name, values)
    if array.dtype != dtype:
        with np.errstate(over="ignore"):
            array = array.astype(dtype)
    return check_array(name, array, shape)


def check_ids(name: str, ids: np.ndarray, size: int) -> None:
    """Raise ValueError unless ids holds whole numbers from 0 to size - 1."""
    if ids.size and ids.dtype.kind not in "iu":
        raise ValueError(f"{name} must be whole numbers, not {ids.dtype}")
    if ids.size and (ids.min() < 0 or ids.max() >= size):
        raise ValueError(f"{name} must lie between 0 and {size - 1}, not between {ids.min()} and {ids.max()}")


def check_sizes(**sizes: int) -> None:
    """Raise ValueError unless every size is a whole number from 1 to LARGEST_SIZE."""
    for name, size in sizes.items():
        if not isinstance(size, (int, np.integer)) or isinstance(size, bool) or size < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {shorten(size)}")
        if size > LARGEST_SIZE:
            raise ValueError(f"{name} must be at most {LARGEST_SIZE}, not {shorten(size)}")


def check_rates(**rates: float) -> None:
    """Raise ValueError unless every rate is at least 0 and below 1."""
    for name, rate in rates.items():
        if not isinstance(rate, REAL) or not 0 <= rate < 1:
            raise ValueError(f"{name} must be at least 0 and below 1, not {shorten(rate)}")


def check_positive_old(**numbers: float) -> None:
    """Raise ValueError unless every number is above zero and finite."""
    for name, number in numbers.items():
        # a whole number of Python's may be too large for a float
        too_large = isinstance(number, int) and number > sys.float_info.max
        if not isinstance(number, REAL) or too_large or not 0 < number < np.inf:
            raise ValueError(f"{name} must be a positive finite number, not {shorten(number)}")


def check_type(wanted: str, value: object, *types: type) -> None:
    """Raise ValueError, naming what was wanted, unless the value is of one of these types."""
    if not isinstance(value, types):
        raise ValueError(f"{wanted} was expected, not {shorten(value)}")


def check_choice(wanted: str, value: object, choices: Collection[str]) -> None:
    """Raise ValueError, naming what was wanted and all choices, unless the value is one of them."""
    # a list, for one, has no place among the keys of a dictionary: only a string is looked up
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{wanted} {', '.join(choices)}, not {shorten(value)}")


def check_text(name: str, text: str) -> None:
    """Raise ValueError unless text is a string."""
    if not isinstance(text, str):
        raise ValueError(f"{name} must be a string, not {shorten(text)}")


def check_state(state: object, names: tuple[str, ...]) -> None:
    """Raise ValueError unless state is a tuple or a list of as many arrays as there are names."""
    if isinstance(state, (tuple, list)) and len(state) == len(names):
        return
    given = shorten(state)
    if isinstance(state, np.ndarray):
        given = f"one array of shape {state.shape}"
    elif isinstance(state, (tuple, list)):
        given = f"{len(state)} arrays"
    raise ValueError(f"a state is a tuple of {' and '.join(names)}, not {given}")


def new_generator(rng: int | np.random.Generator | None) -> np.random.Generator:
    """A generator of random numbers from a seed, or the generator itself; otherwise raise ValueError."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise ValueError(f"rng must be a whole number from 0 on or a numpy Generator, not {shorten(rng)}") from error


def shorten(value: object) -> str:
    """How the value is written, cut where it gets too long for a sentence."""
    try:
        # arrays and tables are written in lines: a sentence has one
        written = " ".join(repr(value).split())
    except ValueError:
        # Python refuses to write out whole numbers of thousands of digits
        written = f"a {type(value).__name__} of thousands of digits"
    return written if len(written) <= LONGEST_QUOTE else written[:LONGEST_QUOTE] + "..."
