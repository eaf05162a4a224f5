"""Input checks where NumPy would be silently wrong or its message would mislead; and Parameters, a model's arrays."""

import numpy as np


def fit(name: str, values: object, shape: tuple[int, ...], dtype: np.dtype | type = np.float64) -> np.ndarray:
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


def fit_ids(name: str, values: object, size: int) -> np.ndarray:
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


class Parameters(dict):
    """Arrays by name that are never replaced: setting one copies the values into it, and none can be removed.

    A model, its layer and its optimizer share these arrays; if one of them had its own, they would no longer agree.
    """

    def copies(self) -> "Parameters":
        """The arrays as they are now."""
        return Parameters({name: array.copy() for name, array in self.items()})

    def update(self, *args: object, **kwargs: object) -> None:
        """Copy values into the arrays of the same names. Raises ValueError, changing none, if one does not fit."""
        values = dict(*args, **kwargs)
        if not values.keys() <= self.keys():
            self._refuse()
        fitting = {name: fit(name, values[name], self[name].shape, self[name].dtype) for name in values}
        for name, array in fitting.items():
            self[name][...] = array

    def __setitem__(self, name: str, values: np.ndarray) -> None:
        self.update({name: values})

    def _refuse(self, *args: object) -> None:
        raise TypeError("parameters can be set, params['W'] = W, but not added or removed")

    __delitem__ = __ior__ = setdefault = pop = popitem = clear = _refuse  # type: ignore[assignment]

    def __reduce__(self) -> tuple:
        # otherwise copy.deepcopy and pickle would set the items one by one, which is refused
        return Parameters, (dict(self),)
