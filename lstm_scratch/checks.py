"""Bad input gets one clear sentence: what was expected, and what was given."""

import numpy as np


def check_array(name: str, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The array, if it has this shape and holds only finite numbers; otherwise raise ValueError."""
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {array.shape}")
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{name} must hold real numbers, not {array.dtype}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, but it contains NaN or infinity")
    return array


def cast_array(name: str, array: np.ndarray, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """The array in this dtype, if it has this shape and is finite in it; otherwise raise ValueError."""
    array = np.asarray(array)
    if array.dtype.kind in "fiu" and array.dtype != dtype:
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
    """Raise ValueError unless every size is a whole number of at least 1."""
    for name, size in sizes.items():
        if not isinstance(size, (int, np.integer)) or isinstance(size, bool) or size < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {size!r}")


def check_rates(**rates: float) -> None:
    """Raise ValueError unless every rate is at least 0 and below 1."""
    for name, rate in rates.items():
        if not isinstance(rate, (int, float, np.number)) or not 0 <= rate < 1:
            raise ValueError(f"{name} must be at least 0 and below 1, not {rate!r}")


def check_positive(**numbers: float) -> None:
    """Raise ValueError unless every number is above zero and finite."""
    for name, number in numbers.items():
        if not isinstance(number, (int, float, np.number)) or not 0 < number < np.inf:
            raise ValueError(f"{name} must be a positive finite number, not {number!r}")
