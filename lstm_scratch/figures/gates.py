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
    CELL_STATE,
    GATE_COLOURS,
    GATE_NAMES,
    GREEN,
    GREY,
    HIDDEN_STATE,
    INK,
    WIDTH,
    DescribedFigure,
    fade,
    for_words,
    listed,
    name_gates,
    new_axes,
    new_panels,
    our_style,
    place_ends,
)

GATES = list(GATE_COLOURS)
STATES = ["c", "h"]
# the gates whose values are fractions, which the figure of strips shows
STRIPS = ["i", "f", "o"]
# the runs of one gate have its colour, so they differ in their marks: full squares, hollow circles, hollow triangles
RUN_LOOKS = [("s", GATE_COLOURS["f"]), ("o", "white"), ("^", "white")]
STATE_LOOKS = {"c": ("cell state c", CELL_STATE, "s"), "h": ("hidden state h", HIDDEN_STATE, "o")}
# with more steps than this, bars are too narrow for their values
MOST_VALUES = 3


@our_style()
def plot_gates(runs: pd.DataFrame | Mapping[str, pd.DataFrame], title: str) -> DescribedFigure:
    """Bars of the gates i, f, g and o at every step of a table of steps, or of several, one above the other.

    runs is a table, or {name of the run: table}. All runs have the same axes, so that their bars can be compared.
    """
    tables = {"": runs} if isinstance(runs, pd.DataFrame) else dict(runs)
    lowest = min(0.0, *(table[GATES].to_numpy().min() for table in tables.values()))
    size = (WIDTH, 1.2 + 1.9 * len(tables))
    figure, panels = new_panels(len(tables), 1, size, title, sharex=True, sharey=True)
    for axes, (name, table) in zip(panels[:, 0], tables.items(), strict=True):
        draw_gates(axes, table, digits=3, lowest=lowest)
        axes.set_title(name, loc="left", fontsize=11, color=INK)
        axes.set_ylabel("activation")
    axes.set_xlabel("time step")
    name_gates(figure, axes)
    words = [f"{name}: {listed(table[GATES], 3)}".removeprefix(": ") for name, table in tables.items()]
    return figure.describe(f"Bars at {len(table)} steps: {'. '.join(words)}.")


@our_style()
def plot_states(table: pd.DataFrame, title: str) -> DescribedFigure:
    """The cell state c and the hidden state h of a table of steps, as lines from the empty memory at step 0 on."""
    figure, axes = new_axes(WIDTH, 3.6, title)
    axes.axhline(1, color=GREY, linewidth=1.2, linestyle="--")
    # at the left, where both lines are still near 0
    axes.text(-0.1, 1, "h never reaches 1", va="bottom", color=GREY)
    draw_states(axes, table, digits=3)
    lowest = min(0.0, table[STATES].to_numpy().min())
    axes.set(xlabel="time step", ylabel="value")
    axes.set_ylim(bottom=lowest - 0.25)
    figure.draw_without_rendering()
    name_states(axes, table)
    return figure.describe(f"Lines from 0 at step 0 over {len(table)} steps: {listed(table[STATES], 3)}.")


@our_style()
def plot_gating(tables: Mapping[str, pd.DataFrame], inputs: Sequence[float], title: str) -> DescribedFigure:
    """Several cells side by side that read the same inputs: lines of c and h, with strips for i, f and o below.

    tables is {name of the cell: table of steps}, and inputs has one x per step. The wider a gate is open at a
    step, the darker its strip is there.
    """
    figure, (upper, lower) = new_panels(
        2, len(tables), (WIDTH, 4.0), title, sharex=True, sharey="row", height_ratios=(3, 1.5)
    )
    for axes, strips, (name, table) in zip(upper, lower, tables.items(), strict=True):
        for state, (_, colour, marker) in STATE_LOOKS.items():
            axes.plot(table.index, table[state], marker=marker, color=colour, linewidth=2, markersize=4)
        axes.set_title(name, loc="left", fontsize=11, color=INK)
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


@our_style()
def plot_sums(tables: Mapping[str, pd.DataFrame], title: str, inputs: Sequence[float] | None = None) -> DescribedFigure:
    """The memory as a pile of what was written: at every step, what each step so far has added to c and what is left.

    tables is {name of the cell: table of steps}, at most three cells that read the same few steps. inputs, one x per
    step, names the steps by what is read. What step k has written, i · g, is multiplied by f at every step after it;
    shares below zero are piled downwards.
    """
    figure, panels = new_panels(1, len(tables), (WIDTH, 3.8), title, sharey=True)
    first = next(iter(tables.values()))
    names = [f"step {step}" for step in first.index] if inputs is None else [f"reads {x:g}" for x in inputs]
    tones = np.linspace(0.25, 0.85, len(first))
    for axes, (name, table) in zip(panels[0], tables.items(), strict=True):
        draw_pile(axes, table, tones)
        axes.set_title(name, loc="left", fontsize=11, color=INK)
        axes.set(xticks=range(len(table)), yticks=[])
        # the values of f stand between the pile and the names of the steps
        axes.set_xticklabels(names, fontsize=9.5)
        axes.tick_params(axis="x", length=0, pad=19)
        axes.spines[["left", "bottom"]].set_visible(False)
    key = [Rectangle((0, 0), 1, 1, color=fade(GREEN, tone)) for tone in tones]
    written = [f"written at {name}" if inputs is None else f"written when it {name}" for name in names]
    figure.legend(key, written, loc="outside lower left", ncols=min(3, len(key)), frameon=False, fontsize=9.5)
    words = "; ".join(f"{name}: f {numbers(table['f'])}, c {pile_in_words(table)}" for name, table in tables.items())
    return figure.describe(f"Piles of what is left of i · g of each step. {words}.")


def left_of_each(table: pd.DataFrame) -> list[np.ndarray]:
    """For every step t, what is left in c of each step k ≤ t: i_k g_k · f_(k+1) ⋯ f_t."""
    left = np.empty(0)
    steps = []
    for i, f, g in zip(table["i"], table["f"], table["g"], strict=True):
        left = np.append(f * left, i * g)
        steps.append(left)
    return steps


def pile_in_words(table: pd.DataFrame) -> str:
    """The sum at every step: "0.33; 0.23 + 0.62 = 0.86"."""
    piles = left_of_each(table)
    sums = [" + ".join(f"{share:.2f}" for share in pile) for pile in piles]
    return "; ".join(
        f"{words} = {pile.sum():.2f}" if len(pile) > 1 else words for words, pile in zip(sums, piles, strict=True)
    )


def numbers(values: Sequence[float]) -> str:
    """Numbers in words: "0.33, 0.62"."""
    return ", ".join(f"{value:.2f}" for value in values)


def draw_pile(axes: Axes, table: pd.DataFrame, tones: Sequence[float]) -> None:
    """Draw a pile for every step, with c above it, and between two piles the value of f and what it lets through."""
    piles = left_of_each(table)
    tallest = max(np.abs(pile).sum() for pile in piles) or 1.0
    before: list[tuple[float, float]] = []
    for step, (pile, f) in enumerate(zip(piles, table["f"], strict=True)):
        layers: list[tuple[float, float]] = []
        for share, tone in zip(pile, tones, strict=False):
            # on top of the layers that have the same sign
            bottom = sum(other for other in pile[: len(layers)] if other * share > 0)
            axes.bar(step, share, 0.56, bottom=bottom, color=fade(GREEN, tone), edgecolor="white", linewidth=1.2)
            if abs(share) > 0.08 * tallest:
                place = {"ha": "center", "va": "center", "fontsize": 9}
                axes.text(step, bottom + share / 2, f"{share:.2f}", color=INK, **place)
            layers.append((bottom, bottom + share))
        for (low, high), (low_now, high_now) in zip(before, layers, strict=False):
            sides = [step - 0.72, step - 0.28, step - 0.28, step - 0.72]
            axes.fill(sides, [low, low_now, high_now, high], color=GREY, alpha=0.13, linewidth=0)
        top = max(high for layer in layers for high in (0.0, *layer))
        axes.text(
            step, top + 0.03 * tallest, f"c = {pile.sum():.2f}", ha="center", va="bottom", fontsize=9.5, color=INK
        )
        if step:
            below = {"xytext": (0, -5), "textcoords": "offset points", "ha": "center", "va": "top", "fontsize": 9.5}
            lower = axes.get_xaxis_transform()
            colour = for_words(GATE_COLOURS["f"])
            axes.annotate(f"×{f:.2f}", (step - 0.5, 0), xycoords=lower, color=colour, annotation_clip=False, **below)
        before = layers
    axes.axhline(0, color=INK, linewidth=1)
    axes.set_xlim(-0.45, len(piles) - 0.55)
    axes.margins(y=0.1)


def draw_gates(axes: Axes, table: pd.DataFrame, digits: int, lowest: float) -> None:
    """Draw the bars of the gates, each with its value, on an axis that reaches down to `lowest`."""
    steps = np.arange(1, len(table) + 1)
    for place, (name, colour) in enumerate(GATE_COLOURS.items()):
        left = steps + 0.2 * (place - 1.5)
        bars = axes.bar(left, table[name], 0.185, color=colour, label=GATE_NAMES[name])
        if len(table) <= MOST_VALUES:
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


@our_style()
def plot_saturation(pre_activations: Mapping[str, pd.Series], title: str) -> DescribedFigure:
    """Where the forget gate is on the curve of σ, in each of at most three runs, with the slope σ′(z) at each mark.

    pre_activations is {name of the run: the gate's z at every step}, where z is what σ is applied to.
    """
    figure, axes = new_axes(WIDTH, 3.9, title)
    everything = np.concatenate([np.asarray(z, dtype=float) for z in pre_activations.values()])
    span = np.linspace(min(-4.0, everything.min() - 1), max(4.0, everything.max() + 1), 400)
    axes.plot(span, sigmoid(span), color=GREY, linewidth=1.5)
    colour = GATE_COLOURS["f"]
    words = []
    for (name, z), (marker, inside) in zip(pre_activations.items(), RUN_LOOKS, strict=False):
        heights = sigmoid(np.asarray(z, dtype=float))
        slopes = heights * (1 - heights)
        for place, height, slope in zip(z, heights, slopes, strict=True):
            # a piece of the tangent shows how much σ would change if z changed by 0.7 to either side
            tangent = [height - 0.7 * slope, height + 0.7 * slope]
            axes.plot([place - 0.7, place + 0.7], tangent, color=colour, linewidth=2.5, alpha=0.6)
        look = {"markerfacecolor": inside, "markersize": 8, "linestyle": "none", "zorder": 3}
        axes.plot(z, heights, marker, color=colour, label=name, **look)
        write_slopes(axes, z, heights, slopes)
        marks = ", ".join(f"{place:.2f} (slope {slope:.2g})" for place, slope in zip(z, slopes, strict=True))
        words.append(f"{name}: {marks}")
    axes.set(xlabel="pre-activation z of the forget gate", ylabel="σ(z)", ylim=(-0.08, 1.2))
    axes.legend(frameon=False, loc="lower right")
    return figure.describe(
        f"The gate on the curve of σ, with its slope, at these pre-activations z; {'; '.join(words)}."
    )


def write_slopes(axes: Axes, z: Sequence[float], heights: Sequence[float], slopes: Sequence[float]) -> None:
    """Write σ′ at each mark: above or below the curve where it is flat, and to the right of it where it is steep."""
    for place, height, slope in zip(z, heights, slopes, strict=True):
        number = f"{slope:.3f}" if slope >= 0.0005 else f"{slope:.0e}".replace("e-0", "e-")
        look: dict[str, object] = {"ha": "center", "va": "bottom", "xytext": (0, 9)}
        if height < 0.1:
            look = {"ha": "center", "va": "top", "xytext": (0, -9)}
        elif height < 0.9:
            look = {"ha": "left", "va": "center", "xytext": (14, -5)}
        look |= {"textcoords": "offset points", "fontsize": 9.5, "color": INK}
        axes.annotate(f"σ′ = {number}", (place, height), **look)


@our_style()
def plot_gate_use(shares: Mapping[str, pd.DataFrame], title: str) -> DescribedFigure:
    """How often each cell's gates are shut and how often they are open, with one panel per gate.

    shares is {gate: table with a row per cell and the columns shut and open, each a share of the time from 0 to 1}.
    Each point is one cell. A gate that is mostly in between appears near the bottom-left corner; a gate that is always
    either shut or open appears on the diagonal.
    """
    figure, panels = new_panels(1, len(shares), (WIDTH, 3.3), title, sharex=True, sharey=True)
    for axes, (gate, table) in zip(panels.flat, shares.items(), strict=True):
        axes.plot([0, 1], [1, 0], color=GREY, linewidth=1, linestyle="--")
        # half transparent, so that where many points meet it is darker
        look = {"color": GATE_COLOURS[gate], "markersize": 5, "alpha": 0.4, "markeredgewidth": 0}
        axes.plot(table["shut"], table["open"], "o", clip_on=False, **look)
        axes.set_title(GATE_NAMES[gate], loc="left", fontsize=11, color=INK)
        axes.set(xlabel="share of the time shut", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    panels[0, 0].set_ylabel("share of the time open")
    means = [
        f"{GATE_NAMES[gate]} {table['shut'].mean():.0%} and {table['open'].mean():.0%}"
        for gate, table in shares.items()
    ]
    return figure.describe(f"One point per cell; shut and open, as the mean of {len(table)} cells: {'; '.join(means)}.")
