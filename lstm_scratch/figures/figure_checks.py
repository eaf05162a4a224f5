"""What a figure is drawn from, checked before anything is drawn: bad input gets one clear sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lstm_scratch.checks import as_array, check_array, shorten


def check_named(name: str, things: Mapping[Any, Any]) -> None:
    """Raise ValueError unless things is a mapping with at least one entry."""
    if not isinstance(things, Mapping) or not things:
        raise ValueError(f"{name} must be a mapping with at least one entry, not {shorten(things)}")


def check_table(name: str, table: pd.DataFrame, numbers: Sequence[str], texts: Sequence[str] = ()) -> None:
    """Raise ValueError unless table is a DataFrame with rows, these columns of finite numbers, and these of strings."""
    if not isinstance(table, pd.DataFrame):
        raise ValueError(f"{name} must be a pandas DataFrame, not {shorten(table)}")
    missing = [column for column in (*texts, *numbers) if column not in table]
    if missing:
        raise ValueError(f"{name} must have a column {missing[0]!r}, not only {shorten(list(table))}")
    if not len(table):
        raise ValueError(f"{name} must have at least one row, not 0")
    for column in numbers:
        check_row(f"column {column!r} of {name}", table[column], len(table))
    for column in texts:
        check_texts(f"column {column!r} of {name}", table[column])


def check_row(name: str, values: Sequence[float], length: int | None = None) -> np.ndarray:
    """The values as an array (N,), N = length or at least 1; ValueError if they are not that many finite numbers."""
    array = as_array(name, values)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"{name} must be numbers in a row, at least one, not of shape {array.shape}")
    return check_array(name, array, (len(array) if length is None else length,))


def check_points(name: str, points: tuple[Sequence[float], Sequence[float]]) -> tuple[np.ndarray, np.ndarray]:
    """The pair of x and y as arrays (N,); ValueError if it is not two rows of equally many finite numbers."""
    if not isinstance(points, (tuple, list)) or len(points) != 2:
        raise ValueError(f"{name!r} must have a pair of x and y, not {shorten(points)}")
    x = check_row(f"x of {name!r}", points[0])
    return x, check_row(f"y of {name!r}", points[1], len(x))


def check_shares(name: str, values: Sequence[float], length: int) -> np.ndarray:
    """The values as an array (length,); ValueError if they are not that many numbers from 0 to 1."""
    array = check_row(name, values, length)
    if array.min() < 0 or array.max() > 1:
        raise ValueError(f"{name} must lie between 0 and 1, not between {array.min():g} and {array.max():g}")
    return array


def check_texts(name: str, texts: Sequence[str]) -> None:
    """Raise ValueError unless texts holds strings, at least one."""
    if not isinstance(texts, (str, Sequence, pd.Series)) or not len(texts):
        raise ValueError(f"{name} must be strings in a row, at least one, not {shorten(texts)}")
    others = [text for text in texts if not isinstance(text, str)]
    if others:
        raise ValueError(f"{name} must hold strings only, not {shorten(others[0])}")
