"""The example of the numeric notebook: its cell, and the sequence that its readers may change."""

from collections.abc import Sequence
from numbers import Real

import numpy as np

from lstm_scratch.cell import LSTMCell


def example_cell(b_f: float = 0.0) -> LSTMCell:
    """The notebook's cell, which has one input and one hidden unit, with this forget bias."""
    W = np.array([[0.5], [0.4], [0.6], [0.7]])
    U = np.array([[0.15], [0.1], [0.2], [0.25]])
    b = np.array([0.0, b_f, 0.0, 0.0])
    return LSTMCell(W, U, b)


def next_number(sequence: Sequence[float] | str) -> float:
    """The last number of a sequence plus its last climb: 40 after 10, 20, 30.

    Raises ValueError unless the sequence has at least two entries, and all of them are numbers.
    """
    if isinstance(sequence, str) or not all(isinstance(number, Real) for number in sequence):
        raise ValueError(f"the sequence must be a list of numbers, such as [10, 20, 30], not {sequence!r}")
    if len(sequence) < 2:
        raise ValueError(f"the sequence must have at least two numbers, to show how it climbs, not {len(sequence)}")
    return 2 * sequence[-1] - sequence[-2]


def three_cells() -> dict[str, LSTMCell]:
    """Cells that write a 1 into their memory: one holds it, one wipes it out at a -1, and one hides it."""
    chosen = {"hold": example_cell(6.0), "forget at -1": example_cell(6.0), "hide": example_cell(6.0)}
    for cell in chosen.values():
        cell.W_i[:] = 12.0
        cell.b_i[:] = -6.0
        cell.W_f[:] = 0.0
    chosen["forget at -1"].W_f[:] = 12.0
    chosen["hide"].b_o[:] = -6.0
    return chosen
