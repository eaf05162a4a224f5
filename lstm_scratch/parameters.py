"""A model's arrays by name, which its layer and its optimizer share."""

import copy
from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from lstm_scratch.checks import check_array
from lstm_scratch.files import Arrays

Self = TypeVar("Self")


class Parameters(dict):
    """Arrays by name that are never replaced: setting one copies the values into it, and none can be removed.

    A model, its layer and its optimizer share these arrays; if one of them had its own, they would no longer agree.
    """

    def copies(self) -> "Parameters":
        """Copies of the arrays as they are now."""
        return Parameters({name: array.copy() for name, array in self.items()})

    # params.copy() and copy.copy(params) do the same: who keeps the best parameters wants numbers that stay
    copy = __copy__ = copies

    def update(self, *args: object, **kwargs: object) -> None:
        """Copy values into the arrays of the same names.

        Raises ValueError if a value does not fit its array and TypeError for an unknown name, without changing any.
        """
        values = dict(*args, **kwargs)
        if not values.keys() <= self.keys():
            self._refuse()
        # copies, because a value may be a part of another array that changes on the way
        fitting = {name: check_array(name, values[name], self[name].shape, self[name].dtype).copy() for name in values}
        for name, array in fitting.items():
            self[name][...] = array

    def __setitem__(self, name: str, values: np.ndarray) -> None:
        self.update({name: values})

    def _refuse(self, *args: object) -> None:
        raise TypeError("parameters cannot be added or removed; to set one, write params['W'] = W")

    __delitem__ = __ior__ = setdefault = pop = popitem = clear = _refuse  # type: ignore[assignment]

    def __reduce__(self) -> tuple:
        # otherwise copy.deepcopy and pickle would set the items one by one, which is refused
        return Parameters, (dict(self),)

    def __repr__(self) -> str:
        return f"Parameters({', '.join(f'{name} {array.shape}' for name, array in self.items())})"


class HasParameters:
    """A cell, layer or model with `params`, which may gain arrays and never lose or exchange one.

    `layer.params = other.params` is refused, because a model, a layer and an optimizer that share the old arrays would
    not know of the new ones.
    """

    @property
    def params(self) -> Parameters:
        """The arrays by name."""
        return self._params

    @params.setter
    def params(self, params: Parameters) -> None:
        mine: Mapping[str, np.ndarray] = getattr(self, "_params", {})
        if not isinstance(params, Parameters) or any(params.get(name) is not mine[name] for name in mine):
            raise AttributeError("params cannot be replaced: to copy values into them, write a.params.update(b.params)")
        self._params = params

    def __copy__(self: Self) -> Self:
        # a copy that shared the arrays would change with the original
        return copy.deepcopy(self)


def joined(**parts: Arrays) -> Parameters:
    """The arrays of several parts in one dictionary, not copied; joined(first=a.params) has "first.W" and so on."""
    arrays = {}
    for part, named in parts.items():
        for name, array in named.items():
            arrays[f"{part}.{name}"] = array
    return Parameters(arrays)
