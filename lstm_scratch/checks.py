"""Input checks where NumPy would be silently wrong or its message would mislead."""

import numpy as np


def check_array(name: str, values: object, shape: tuple[int, ...], dtype: np.dtype | type = np.float64) -> np.ndarray:
    """The values as an array of this shape and dtype. Raises ValueError for another shape, NaN or infinity.

    NumPy would broadcast a wrong shape, such as a state (H,) beside a batch (B, I), without an error.
    """
    array = np.asarray(values)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {array.shape}")
    with np.errstate(over="ignore"):
        array = array.astype(dtype, copy=False)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, but it contains NaN or infinity")
    return array


def check_ids(name: str, values: object, size: int) -> np.ndarray:
    """The values as an array of whole numbers from 0 to size - 1. Raises ValueError for others: NumPy would take -1."""
    ids = np.asarray(values)
    if ids.size and ids.dtype.kind not in "iu":
        raise ValueError(f"{name} must be whole numbers, not {ids.dtype}")
    if ids.size and (ids.min() < 0 or ids.max() >= size):
        raise ValueError(f"{name} must lie between 0 and {size - 1}, not between {ids.min()} and {ids.max()}")
    return ids


def check_positive(**numbers: float) -> None:
    """Raise ValueError unless every number is finite and above 0."""
    for name, number in numbers.items():
        if not 0 < number < np.inf:
            raise ValueError(f"{name} must be a positive finite number, not {number}")
