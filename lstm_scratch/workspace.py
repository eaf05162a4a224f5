"""Memory that is used again: asking the system for fresh memory at every training step costs time."""

import numpy as np


class Workspace:
    """Arrays by name, each made anew only when its shape changes."""

    def __init__(self, dtype: np.dtype) -> None:
        self.dtype = dtype
        self.arrays: dict[str, np.ndarray] = {}

    def __call__(self, name: str, *shape: int) -> np.ndarray:
        """The array of that name and shape. What it holds is left over from its last use."""
        array = self.arrays.get(name)
        if array is None or array.shape != shape:
            array = self.arrays[name] = np.empty(shape, self.dtype)
        return array
