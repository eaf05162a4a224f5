"""The figures of gates, states, gradients and learning: functions from data to a matplotlib Figure.

A title states what the figure shows, so every function takes it from the caller, who knows the numbers. Every function
raises ValueError for data that it cannot draw, numbers that are not finite among them.
A *walk* is a table of one unit's way through a sequence: a row a step (the index), and the columns i, f, g,
o, c and h.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lstm_scratch.activations import sigmoid
from lstm_scratch.checks import REAL, check_positive, shorten
from lstm_scratch.figures.figure_checks import check_named, check_points, check_table
from lstm_scratch.figures.style import (
    BLUE,
    BROWN,
    GATE_COLOURS,
    GATE_NAMES,
    GREY,
    INK,
    VERMILION,
    for_words,
    label_ends,
    name_gates,
    new_axes,
    new_panels,
)

GATE_MARKERS = {"i": "o", "f": "s", "g": "D", "o": "^"}
STATE_LOOKS = {"c": ("cell state c", INK, "s"), "h": ("hidden state h", BROWN, "o")}
# Lines are told apart by colour, by dashes and by the name at their end; first come colours that no gate wears.
LINE_LOOKS = [(INK, "-"), (BROWN, "--"), (GREY, "-."), (BLUE, ":"), (VERMILION, (0, (5, 1, 1, 1, 1, 1)))]


def plot_gates(walk: pd.DataFrame, title: str) -> Figure:
    """Bars of the gates i, f, g and o at every step of a walk."""
    check_table("walk", walk, list(GATE_COLOURS))
    figure, axes = new_axes(9, 4, title)
    draw_gates(axes, walk, digits=3)
    axes.set(xlabel="time step", ylabel="activation")
    name_gates(figure, axes)
    return figure


def plot_states(walk: pd.DataFrame, title: str) -> Figure:
    """The cell state c and the hidden state h of a walk, from the empty start (step 0) on."""
    check_table("walk", walk, list(STATE_LOOKS))
    figure, axes = new_axes(9, 4, title)
    draw_states(axes, walk, digits=3)
    name_states(axes, walk)
    axes.set(xlabel="time step", ylabel="value")
    return figure


def plot_walks(walks: Mapping[str, pd.DataFrame], title: str) -> Figure:
    """Several walks below each other, by name: the gates at the left, c and h at the right."""
    check_named("walks", walks)
    for name, walk in walks.items():
        check_table(f"walk {name!r}", walk, [*GATE_COLOURS, *STATE_LOOKS])
    size = (10, 0.9 + 2.2 * len(walks))
    figure, rows = new_panels(len(walks), 2, size, title, sharex="col", sharey="col", width_ratios=(3, 2))
    for (left, right), (name, walk) in zip(rows, walks.items()):
        draw_gates(left, walk, digits=2)
        draw_states(right, walk, digits=2)
        left.set_ylabel(name, fontsize=12, color=INK)
    for axes in rows[-1]:
        axes.set_xlabel("time step")
    name_gates(figure, rows[0, 0])
    # the rows share their axes: the names of the lines find their places once all of them are drawn
    for (_, right), walk in zip(rows, walks.values()):
        name_states(right, walk)
    return figure


def draw_gates(axes: Axes, walk: pd.DataFrame, digits: int) -> None:
    """The bars of a walk's gates, each with its value."""
    steps = np.arange(1, len(walk) + 1)
    for place, (name, colour) in enumerate(GATE_COLOURS.items()):
        left = steps + 0.2 * (place - 1.5)
        bars = axes.bar(left, walk[name], 0.185, color=colour, label=GATE_NAMES[name])
        axes.bar_label(bars, fmt=f"%.{digits}f", padding=2, fontsize=9, color=INK)
    axes.axhline(0, color=INK, linewidth=0.8)
    # where several walks share an axis, the lowest bar of all of them counts
    lowest = min(
        0.0, *(bar.get_height() for sibling in axes.get_shared_y_axes().get_siblings(axes) for bar in sibling.patches)
    )
    axes.set(ylim=(1.2 * lowest, 1.2), xticks=steps)


def draw_states(axes: Axes, walk: pd.DataFrame, digits: int) -> None:
    """The lines of a walk's c and h, each with its values: not in the colours of the gates, for they are none."""
    for name, (_, colour, marker) in STATE_LOOKS.items():
        values = [0.0, *walk[name]]
        axes.plot(range(len(values)), values, marker=marker, color=colour, linewidth=2.5, markersize=7)
        for step, value in enumerate(values[1:], start=1):
            above = value == walk[["c", "h"]].iloc[step - 1].max()
            style = {"textcoords": "offset points", "ha": "center", "va": "bottom" if above else "top", "color": colour}
            axes.annotate(f"{value:.{digits}f}", (step, value), xytext=(0, 7 if above else -7), **style)
    axes.set_xticks(range(len(walk) + 1))
    axes.margins(x=0.12, y=0.2)


def name_states(axes: Axes, walk: pd.DataFrame) -> None:
    """Write which line is which, once everything else is drawn."""
    label_ends(axes, [(label, walk[name].iloc[-1], colour) for name, (label, colour, _) in STATE_LOOKS.items()])


def plot_saturation(pre_activations: Mapping[str, pd.DataFrame], title: str) -> Figure:
    """Where gates stand on their curves: for each name, a table with a row a step and the columns i, f, g, o.

    The values are the pre-activations z, what stands inside σ (for i, f, o) or tanh (for g).
    """
    check_named("pre_activations", pre_activations)
    for name, table in pre_activations.items():
        check_table(f"table {name!r}", table, list(GATE_COLOURS))
    figure, panels = new_panels(1, len(pre_activations), (10, 4.2), title, sharey=True)
    for axes, (name, table) in zip(panels.flat, pre_activations.items()):
        lowest, highest = table.to_numpy().min(), table.to_numpy().max()
        reach = max(3.0, highest, -lowest)
        z = np.linspace(min(1.1 * lowest, -reach / 3), 1.1 * reach, 300)
        axes.plot(z, sigmoid(z), color=GREY, linewidth=1.5)
        axes.plot(z, np.tanh(z), color=GREY, linewidth=1.5, linestyle="--")
        for gate, marker in GATE_MARKERS.items():
            values, curve = table[gate].to_numpy(), np.tanh if gate == "g" else sigmoid
            # hollow, so that marks below others can still be seen
            look = {"color": GATE_COLOURS[gate], "markerfacecolor": "none", "markersize": 7, "markeredgewidth": 1.8}
            axes.plot(values, curve(values), marker, label=GATE_NAMES[gate], zorder=3, **look)
        axes.set_title(name, loc="left", fontsize=12, color=INK)
        axes.set_xlabel("pre-activation z")
    lowest_g = min(np.tanh(table["g"].min()) for table in pre_activations.values())
    panels[0, 0].set(ylim=(min(-0.6, lowest_g - 0.1), 1.12), ylabel="σ(z) solid, tanh(z) dashed")
    name_gates(figure, axes)
    return figure


def plot_curves(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    title: str,
    *,
    xlabel: str,
    ylabel: str,
    log: bool = False,
    family: Sequence[str] = (),
) -> Figure:
    """Lines {name: (x, y)}, each with its name at its end; log=True for a logarithmic vertical axis.

    Figures that are given the same family of names show the same name in the same look. Raises ValueError for
    more than five names: no more can be told apart.
    """
    check_named("curves", curves)
    rows = {name: check_points(name, points) for name, points in curves.items()}
    looks = dict(zip(dict.fromkeys([*family, *curves]), LINE_LOOKS))
    if not set(curves) <= set(looks):
        raise ValueError(f"at most {len(LINE_LOOKS)} lines can be told apart, not {len({*family, *curves})}")
    figure, axes = new_axes(9, 4.4, title)
    ends = []
    for name, (x, y) in rows.items():
        colour, dashes = looks[name]
        axes.plot(x, y, color=colour, linestyle=dashes, linewidth=2.5)
        ends.append((name, y[-1], colour))
    axes.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
    if all(x.dtype.kind in "iu" for x, _ in rows.values()):
        # nobody counts half an epoch
        axes.xaxis.get_major_locator().set_params(integer=True)
    if len(curves) > 1:
        label_ends(axes, ends)
    return figure


def plot_answers(answers: Mapping[str, tuple[Sequence[float], Sequence[float]]], title: str) -> Figure:
    """What a model answered against what would have been right, {name: (right, answered)}, and the line of truth.

    Raises ValueError for more than three groups: no more can be told apart.
    """
    check_named("answers", answers)
    rows = {name: check_points(name, pair) for name, pair in answers.items()}
    if len(answers) > 3:
        raise ValueError(f"at most 3 groups of answers can be told apart, not {len(answers)}")
    figure, axes = new_axes(9, 5, title)
    # later marks are smaller, so that those below them can still be seen
    looks = ((GREY, "o", 6), (BLUE, "s", 3), (VERMILION, "^", 6))
    for (name, (right, answered)), (colour, marker, size) in zip(rows.items(), looks):
        axes.plot(right, answered, marker, color=colour, markersize=size, label=name)
    ends = [min(right.min() for right, _ in rows.values()), max(right.max() for right, _ in rows.values())]
    axes.plot(ends, ends, color=INK, linewidth=1.2, label="right answer")
    axes.set(xlabel="right answer", ylabel="model's answer")
    axes.legend(frameon=False)
    return figure


def plot_gradient_errors(errors: Mapping[str, float], title: str, limit: float = 1e-6) -> Figure:
    """The largest relative error of each array in a gradient check, on a logarithmic scale, and the limit."""
    check_named("errors", errors)
    check_positive(limit=limit)
    for name, error in errors.items():
        if not isinstance(error, REAL) or not error >= 0:
            raise ValueError(f"the error of {name!r} must be a number from 0 up, not {shorten(error)}")
    figure, axes = new_axes(9, 0.38 * len(errors) + 1.5, title)
    names = list(errors)[::-1]
    # what lies outside is drawn at the edge: an exact zero at the left, an infinite error at the right
    values = [min(max(errors[name], 1e-13), 10) for name in names]
    axes.hlines(names, 1e-13, values, color=GREY, linewidth=1.5)
    axes.plot(values, names, "o", color=BLUE, markersize=9)
    axes.axvline(limit, color=VERMILION, linewidth=2, linestyle="--")
    axes.annotate(f"limit {limit:g} ", (limit, len(names) - 0.6), ha="right", color=for_words(VERMILION))
    axes.set(xscale="log", xlim=(1e-13, 10), xlabel="largest relative error", ylabel="gradient of")
    axes.set_ylim(-0.6, len(names) - 0.2)
    return figure
