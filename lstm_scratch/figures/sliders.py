"""Sliders that turn the weights of a cell: what Python writes; slider_view.js is what lives.

The memory is drawn as a pile of what was written, on an axis that stays fixed, with a line where it was at the start.
"""

from collections.abc import Sequence

import pandas as pd

from lstm_scratch.cell import LSTMCell, unroll
from lstm_scratch.figures.gates import plot_sums
from lstm_scratch.figures.pages import new_page, show
from lstm_scratch.figures.style import DescribedFigure
from lstm_scratch.figures.tables import as_table

# lowest, highest and first value of a slider
Range = tuple[float, float, float]
# what a slider may turn: a weight of one gate, or x, by which all inputs are multiplied
NAMES = [f"{matrix}_{gate}" for gate in "ifgo" for matrix in "WUb"] + ["x"]
# the height of the view in a wide notebook; it fits itself to others
HEIGHT = 480


def show_sliders(cell: LSTMCell, inputs: Sequence[float], title: str, **ranges: Range) -> None:
    """Show sliders that turn weights of a cell of one unit, and its memory over the inputs, drawn anew at each move.

    inputs has one number per step. ranges gives (lowest, highest, first value) of each slider by the name of what it
    turns: W_f, U_f, b_f and so on for each gate, or x, by which all inputs are multiplied. The other weights are the
    cell's. Where scripts do not run, as on GitHub, a picture of the start is shown.

    Raises ValueError if the cell has several units or inputs, or if there is nothing with the name of a slider.
    """
    page = slider_page(cell, inputs, title, ranges)
    show(page, title, HEIGHT, plot_start(cell, inputs, title, ranges))


def slider_page(cell: LSTMCell, inputs: Sequence[float], title: str, ranges: dict[str, Range]) -> str:
    """The page with the sliders, as text. Raises ValueError as `show_sliders` does."""
    if cell.hidden_size != 1 or cell.input_size != 1:
        sizes = f"{cell.hidden_size} units and {cell.input_size} inputs"
        raise ValueError(f"sliders turn a cell of one unit that reads one number at a time, not one with {sizes}")
    unknown = [name for name in ranges if name not in NAMES]
    if unknown:
        raise ValueError(f"a slider cannot turn {unknown[0]}: it turns x or one of {', '.join(NAMES[:-1])}")
    # a first value that lies outside its range makes the range wider
    sliders = [
        {"name": name, "low": float(min(low, first)), "high": float(max(high, first)), "first": float(first)}
        for name, (low, high, first) in ranges.items()
    ]
    weights = {name: getattr(cell, name).ravel().tolist() for name in ("W", "U", "b")}
    data = {"title": title, "inputs": [float(x) for x in inputs], "sliders": sliders, **weights}
    return new_page(title, "slider_view", data)


def plot_start(cell: LSTMCell, inputs: Sequence[float], title: str, ranges: dict[str, Range]) -> DescribedFigure:
    """The picture of the start: what the cell has written and kept, with all sliders at their first values."""
    table = first_table(cell, inputs, {name: first for name, (_, _, first) in ranges.items()})
    picture = plot_sums({"where the sliders begin": table}, title)
    return picture.describe(f"Run this cell for sliders of {', '.join(ranges)}. {picture.words.partition('. ')[2]}")


def first_table(cell: LSTMCell, inputs: Sequence[float], values: dict[str, float]) -> pd.DataFrame:
    """The table of steps with these values of the sliders."""
    turned = LSTMCell(cell.W, cell.U, cell.b)
    for name, value in values.items():
        if name != "x":
            getattr(turned, name)[...] = value
    return as_table(unroll(turned, [[x * values.get("x", 1)] for x in inputs]))
