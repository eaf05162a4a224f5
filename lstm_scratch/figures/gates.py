"""The figures of gates and states. A title states the finding, so it comes from the caller, who knows the numbers.

A *walk* is a table of one unit's way through a sequence: a row a step (the index), and the columns i, f, g,
o, c and h.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lstm_scratch.activations import sigmoid
from lstm_scratch.figures.style import (
    BROWN,
    GATE_COLOURS,
    GATE_NAMES,
    GREY,
    INK,
    DescribedFigure,
    listed,
    name_gates,
    new_axes,
    new_panels,
    place_ends,
)

GATE_MARKERS = {"i": "o", "f": "s", "g": "D", "o": "^"}
GATES = list(GATE_COLOURS)
STATES = ["c", "h"]
STATE_LOOKS = {"c": ("cell state c", INK, "s"), "h": ("hidden state h", BROWN, "o")}


def plot_gates(walk: pd.DataFrame, title: str) -> DescribedFigure:
    """Bars of the gates i, f, g and o at every step of a walk."""
    figure, axes = new_axes(9, 4, title)
    draw_gates(axes, walk, digits=3, lowest=lowest_gate([walk]))
    axes.set(xlabel="time step", ylabel="activation")
    name_gates(figure, axes)
    return figure.describe(f"Bars at {len(walk)} steps: {listed(walk[GATES], 3)}.")


def plot_states(walk: pd.DataFrame, title: str) -> DescribedFigure:
    """The cell state c and the hidden state h of a walk, from the empty start (step 0) on."""
    figure, axes = new_axes(9, 4, title)
    draw_states(axes, walk, digits=3)
    axes.set(xlabel="time step", ylabel="value")
    figure.draw_without_rendering()
    name_states(axes, walk)
    return figure.describe(f"Lines from 0 at step 0 over {len(walk)} steps: {listed(walk[STATES], 3)}.")


def plot_walks(walks: Mapping[str, pd.DataFrame], title: str) -> DescribedFigure:
    """Several walks below each other, by name: the gates at the left, c and h at the right."""
    size = (10, 0.9 + 2.2 * len(walks))
    figure, rows = new_panels(len(walks), 2, size, title, sharex="col", sharey="col", width_ratios=(3, 2))
    for (left, right), (name, walk) in zip(rows, walks.items()):
        draw_gates(left, walk, digits=2, lowest=lowest_gate(walks.values()))
        draw_states(right, walk, digits=2)
        left.set_ylabel(name, fontsize=12, color=INK)
    for axes in rows[-1]:
        axes.set_xlabel("time step")
    name_gates(figure, rows[0, 0])
    # the rows share their axes: the names of the lines find their places once all of them are drawn
    figure.draw_without_rendering()
    for (_, right), walk in zip(rows, walks.values()):
        name_states(right, walk)
    return figure.describe(
        "; ".join(f"{name}: {listed(walk[GATES + STATES], 2)}" for name, walk in walks.items()) + "."
    )


def draw_gates(axes: Axes, walk: pd.DataFrame, digits: int, lowest: float) -> None:
    """The bars of a walk's gates, each with its value, on an axis that reaches down to the lowest."""
    steps = np.arange(1, len(walk) + 1)
    for place, (name, colour) in enumerate(GATE_COLOURS.items()):
        left = steps + 0.2 * (place - 1.5)
        bars = axes.bar(left, walk[name], 0.185, color=colour, label=GATE_NAMES[name])
        axes.bar_label(bars, fmt=f"%.{digits}f", padding=2, fontsize=9, color=INK)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set(ylim=(1.2 * lowest, 1.2), xticks=steps)


def lowest_gate(walks: Iterable[pd.DataFrame]) -> float:
    """The lowest value of a gate in these walks, or 0: only the candidate can be below."""
    return min(0.0, *(walk[GATES].to_numpy().min() for walk in walks))


def draw_states(axes: Axes, walk: pd.DataFrame, digits: int) -> None:
    """The lines of a walk's c and h, each with its values: not in the colours of the gates, for they are none."""
    for name, (_, colour, marker) in STATE_LOOKS.items():
        values = [0.0, *walk[name]]
        axes.plot(range(len(values)), values, marker=marker, color=colour, linewidth=2.5, markersize=7)
        for step, value in enumerate(values[1:], start=1):
            above = value == walk[STATES].iloc[step - 1].max()
            style = {"textcoords": "offset points", "ha": "center", "va": "bottom" if above else "top", "color": colour}
            axes.annotate(f"{value:.{digits}f}", (step, value), xytext=(0, 7 if above else -7), **style)
    axes.set_xticks(range(len(walk) + 1))
    axes.margins(x=0.12, y=0.2)


def name_states(axes: Axes, walk: pd.DataFrame) -> None:
    """Write which line is which, once the figure has been drawn."""
    place_ends(axes, [(label, walk[name].iloc[-1], colour) for name, (label, colour, _) in STATE_LOOKS.items()])


def plot_saturation(pre_activations: Mapping[str, pd.DataFrame], title: str) -> DescribedFigure:
    """Where gates stand on their curves: for each name, a table with a row a step and the columns i, f, g, o.

    The values are the pre-activations z, what stands inside σ (for i, f, o) or tanh (for g).
    """
    figure, panels = new_panels(1, len(pre_activations), (10, 4.2), title, sharey=True)
    for axes, (name, table) in zip(panels.flat, pre_activations.items()):
        lowest = table.to_numpy().min()
        highest = table.to_numpy().max()
        reach = max(3.0, highest, -lowest)
        z = np.linspace(min(1.1 * lowest, -reach / 3), 1.1 * reach, 300)
        axes.plot(z, sigmoid(z), color=GREY, linewidth=1.5)
        axes.plot(z, np.tanh(z), color=GREY, linewidth=1.5, linestyle="--")
        for gate, marker in GATE_MARKERS.items():
            values = table[gate].to_numpy()
            curve = np.tanh if gate == "g" else sigmoid
            # hollow, so that marks below others can still be seen
            look = {"color": GATE_COLOURS[gate], "markerfacecolor": "none", "markersize": 7, "markeredgewidth": 1.8}
            axes.plot(values, curve(values), marker, label=GATE_NAMES[gate], zorder=3, **look)
        axes.set_title(name, loc="left", fontsize=12, color=INK)
        axes.set_xlabel("pre-activation z")
    lowest_g = min(np.tanh(table["g"].min()) for table in pre_activations.values())
    panels[0, 0].set(ylim=(min(-0.6, lowest_g - 0.1), 1.12), ylabel="σ(z) solid, tanh(z) dashed")
    name_gates(figure, axes)
    marks = "; ".join(f"{name}: {listed(table, 2)}" for name, table in pre_activations.items())
    return figure.describe(f"The gates on the curves of σ and tanh, at these pre-activations z; {marks}.")


def plot_gate_use(shares: Mapping[str, pd.DataFrame], title: str) -> DescribedFigure:
    """How often each cell's gate is shut and open: for each gate, a table with a row a cell, columns shut and open.

    One point a cell; a gate that mostly weighs lies near the corner at the bottom left, one that is always shut or
    open on the line from corner to corner.
    """
    figure, panels = new_panels(1, len(shares), (10, 3.9), title, sharex=True, sharey=True)
    for axes, (gate, table) in zip(panels.flat, shares.items()):
        axes.plot([0, 1], [1, 0], color=GREY, linewidth=1, linestyle="--")
        # hollow, so that points below others can still be seen
        look = {"color": GATE_COLOURS[gate], "markersize": 4, "markerfacecolor": "none"}
        axes.plot(table["shut"], table["open"], "o", clip_on=False, **look)
        axes.set_title(GATE_NAMES[gate], loc="left", fontsize=12, color=INK)
        axes.set(xlabel="share of the time shut", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    panels[0, 0].set_ylabel("share of the time open")
    means = [
        f"{GATE_NAMES[gate]} {table['shut'].mean():.0%} and {table['open'].mean():.0%}"
        for gate, table in shares.items()
    ]
    return figure.describe(f"One point a cell; shut and open, as the mean of {len(table)} cells: {'; '.join(means)}.")
