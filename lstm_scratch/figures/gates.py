"""The figures of gates and states. A title states the finding, so it comes from the caller, who knows the numbers.

A *table of steps* holds one unit's numbers: a row per step (the index), and the columns i, f, g, o, c and h.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from lstm_scratch.activations import sigmoid
from lstm_scratch.figures.style import (
    BLUE,
    BROWN,
    GATE_COLOURS,
    GATE_NAMES,
    GREY,
    INK,
    VERMILION,
    DescribedFigure,
    label_ends,
    listed,
    name_gates,
    new_axes,
    new_panels,
    place_ends,
)

GATES = list(GATE_COLOURS)
STATES = ["c", "h"]
# the gates whose values are fractions, which the figure of strips shows
STRIPS = ["i", "f", "o"]
# the colour of the bars that show what is written into the memory: light, because there are letters on them
BAR = "#A6DCCE"
RUN_LOOKS = [(VERMILION, "s"), (BLUE, "o"), (INK, "^")]
STATE_LOOKS = {"c": ("cell state c", INK, "s"), "h": ("hidden state h", BROWN, "o")}


def plot_gates(table: pd.DataFrame, title: str) -> DescribedFigure:
    """Bars of the gates i, f, g and o at every step of a table of steps."""
    figure, axes = new_axes(9, 4, title)
    draw_gates(axes, table, digits=3, lowest=min(0.0, table[GATES].to_numpy().min()))
    axes.set(xlabel="time step", ylabel="activation")
    name_gates(figure, axes)
    return figure.describe(f"Bars at {len(table)} steps: {listed(table[GATES], 3)}.")


def plot_states(table: pd.DataFrame, title: str) -> DescribedFigure:
    """The cell state c and the hidden state h of a table of steps, as lines from the empty memory at step 0 on."""
    figure, axes = new_axes(9, 4, title)
    axes.axhline(1, color=GREY, linewidth=1.2, linestyle="--")
    axes.text(0, 1, " h never reaches 1", va="bottom", color=GREY)
    draw_states(axes, table, digits=3)
    lowest = min(0.0, table[STATES].to_numpy().min())
    axes.set(xlabel="time step", ylabel="value")
    axes.set_ylim(bottom=lowest - 0.25)
    figure.draw_without_rendering()
    name_states(axes, table)
    return figure.describe(f"Lines from 0 at step 0 over {len(table)} steps: {listed(table[STATES], 3)}.")


def plot_gating(tables: Mapping[str, pd.DataFrame], inputs: Sequence[float], title: str) -> DescribedFigure:
    """Several cells side by side that read the same inputs: lines of c and h, with strips for i, f and o below.

    tables is {name of the cell: table of steps}, and inputs has one x per step. The wider a gate is open at a
    step, the darker its strip is there.
    """
    figure, (upper, lower) = new_panels(
        2, len(tables), (10, 4.6), title, sharex=True, sharey="row", height_ratios=(3, 1.3)
    )
    for axes, strips, (name, table) in zip(upper, lower, tables.items()):
        for state, (_, colour, marker) in STATE_LOOKS.items():
            axes.plot(table.index, table[state], marker=marker, color=colour, linewidth=2, markersize=5)
        axes.set_title(name, loc="left", fontsize=12, color=INK)
        axes.margins(y=0.15)
        for place, gate in enumerate(STRIPS):
            draw_strip(strips, table[gate], height=-place, colour=GATE_COLOURS[gate])
        strips.set(yticks=[0, -1, -2], yticklabels=STRIPS, xlabel="x, one per step", ylim=(-2.6, 0.6))
        strips.set_xticks(table.index, [f"{x:g}" for x in inputs])
        strips.tick_params(length=0)
        strips.spines[["left", "bottom"]].set_visible(False)
    upper[0].set_ylabel("value")
    lower[0].set_ylabel("gates")
    figure.draw_without_rendering()
    name_states(upper[-1], table)
    words = "; ".join(f"{name}: {listed(table[[*STRIPS, *STATES]], 2)}" for name, table in tables.items())
    return figure.describe(f"Inputs {', '.join(f'{x:g}' for x in inputs)}. {words}.")


def draw_strip(axes: Axes, values: pd.Series, height: float, colour: str) -> None:
    """Draw a row of squares, one per step: white where the gate is shut, and in full colour where it is open."""
    for step, value in values.items():
        look = {"facecolor": to_rgba(colour, float(np.clip(value, 0, 1))), "edgecolor": GREY, "linewidth": 0.6}
        axes.add_patch(Rectangle((step - 0.5, height - 0.4), 1, 0.8, **look))


def plot_sums(tables: Mapping[str, pd.DataFrame], title: str) -> DescribedFigure:
    """The cell states of several cells that write the same but forget differently: lines of c, and bars of i · g.

    tables is {name of the cell: table of steps} for at most three cells, from the one that keeps most of its memory to
    the one that keeps least.
    """
    figure, axes = new_axes(9, 4.2, title)
    first = next(iter(tables.values()))
    written = first["i"] * first["g"]
    bars = axes.bar(first.index, written, 0.3, color=BAR)
    axes.bar_label(bars, [f"i·g {value:.2f}" for value in written], label_type="center", color=INK)
    ends = []
    for (name, table), marker, dashes in zip(tables.items(), "sD^", ("-", "--", ":")):
        c = [0.0, *table["c"]]
        axes.plot(range(len(c)), c, dashes, marker=marker, color=INK, linewidth=2.5, markersize=7)
        ends.append((name, c[-1], INK))
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set(xlabel="time step", ylabel="cell state c", xticks=range(len(first) + 1))
    label_ends(axes, ends)
    words = "; ".join(f"{name}: {listed(table[['f', 'c']], 2)}" for name, table in tables.items())
    return figure.describe(f"Bars of what is written, {listed(written.to_frame('i·g'), 2)}. Lines of c: {words}.")


def draw_gates(axes: Axes, table: pd.DataFrame, digits: int, lowest: float) -> None:
    """Draw the bars of the gates, each with its value, on an axis that reaches down to `lowest`."""
    steps = np.arange(1, len(table) + 1)
    for place, (name, colour) in enumerate(GATE_COLOURS.items()):
        left = steps + 0.2 * (place - 1.5)
        bars = axes.bar(left, table[name], 0.185, color=colour, label=GATE_NAMES[name])
        axes.bar_label(bars, fmt=f"%.{digits}f", padding=2, fontsize=9, color=INK)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set(ylim=(1.2 * lowest, 1.2), xticks=steps)


def draw_states(axes: Axes, table: pd.DataFrame, digits: int) -> None:
    """Draw the lines of c and h with their values, in colours that no gate has, because they are not gates."""
    for name, (_, colour, marker) in STATE_LOOKS.items():
        values = [0.0, *table[name]]
        axes.plot(range(len(values)), values, marker=marker, color=colour, linewidth=2.5, markersize=7)
        for step, value in enumerate(values[1:], start=1):
            above = value == table[STATES].iloc[step - 1].max()
            style = {"textcoords": "offset points", "ha": "center", "va": "bottom" if above else "top", "color": colour}
            axes.annotate(f"{value:.{digits}f}", (step, value), xytext=(0, 7 if above else -7), **style)
    axes.set_xticks(range(len(table) + 1))
    axes.margins(x=0.12, y=0.2)


def name_states(axes: Axes, table: pd.DataFrame) -> None:
    """Write the names of c and h at the ends of their lines. The figure must have been drawn before."""
    place_ends(axes, [(label, table[name].iloc[-1], colour) for name, (label, colour, _) in STATE_LOOKS.items()])


def plot_saturation(pre_activations: Mapping[str, pd.Series], title: str) -> DescribedFigure:
    """Where the forget gate is on the curve of σ, in each of at most three runs, with the slope of the curve there.

    pre_activations is {name of the run: the gate's z at every step}, where z is what σ is applied to.
    """
    figure, axes = new_axes(9, 4.2, title)
    everything = np.concatenate([np.asarray(z, dtype=float) for z in pre_activations.values()])
    span = np.linspace(min(-4.0, everything.min() - 1), max(4.0, everything.max() + 1), 400)
    axes.plot(span, sigmoid(span), color=GREY, linewidth=1.5)
    for (name, z), (colour, marker) in zip(pre_activations.items(), RUN_LOOKS):
        heights = sigmoid(np.asarray(z))
        for place, height in zip(z, heights):
            # a piece of the tangent shows how much σ would change if z changed by 0.7 to either side
            slope = height * (1 - height)
            axes.plot(
                [place - 0.7, place + 0.7],
                [height - 0.7 * slope, height + 0.7 * slope],
                color=colour,
                linewidth=2.5,
                alpha=0.6,
            )
        axes.plot(z, heights, marker, color=colour, markersize=8, label=name, linestyle="none", zorder=3)
    axes.set(xlabel="pre-activation z of the forget gate", ylabel="σ(z)", ylim=(-0.08, 1.12))
    axes.legend(frameon=False, loc="lower right")
    marks = "; ".join(f"{name}: {', '.join(f'{place:.2f}' for place in z)}" for name, z in pre_activations.items())
    return figure.describe(f"The gate on the curve of σ, with its slope, at these pre-activations z; {marks}.")


def plot_gate_use(shares: Mapping[str, pd.DataFrame], title: str) -> DescribedFigure:
    """How often each cell's gates are shut and how often they are open, with one panel per gate.

    shares is {gate: table with a row per cell and the columns shut and open, each a share of the time from 0 to 1}.
    Each point is one cell. A gate that is mostly in between appears near the bottom-left corner; a gate that is always
    either shut or open appears on the diagonal.
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
    return figure.describe(f"One point per cell; shut and open, as the mean of {len(table)} cells: {'; '.join(means)}.")
