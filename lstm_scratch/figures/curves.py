"""The figures of curves and scores: learning, answers, gradient checks."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lstm_scratch.figures.style import BLUE, BROWN, GREY, INK, VERMILION, for_words, label_ends, new_axes, new_panels

# lines are told apart by colour, by dashes and by the name at their end; first come colours that no gate has
LINE_LOOKS = [(INK, "-"), (BROWN, "--"), (GREY, "-."), (BLUE, ":"), (VERMILION, (0, (5, 1, 1, 1, 1, 1)))]


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

    Figures that are given the same family of names, at most five, show the same name in the same look.
    """
    looks = dict(zip(dict.fromkeys([*family, *curves]), LINE_LOOKS))
    figure, axes = new_axes(9, 4.4, title)
    ends = []
    for name, (x, y) in curves.items():
        colour, dashes = looks[name]
        axes.plot(x, y, color=colour, linestyle=dashes, linewidth=2.5)
        ends.append((name, list(y)[-1], colour))
    axes.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
    if all(np.asarray(x).dtype.kind in "iu" for x, _ in curves.values()):
        # nobody counts half an epoch
        axes.xaxis.get_major_locator().set_params(integer=True)
    if len(curves) > 1:
        label_ends(axes, ends)
    return figure


def plot_history(history: pd.DataFrame, title: str, clip: float = 1.0) -> Figure:
    """Training and held-out bits per character over the epochs, the turn marked; below, the gradient's length.

    clip is the length above which gradients were shortened.
    """
    figure, panels = new_panels(2, 1, (9, 5.4), title, sharex=True, height_ratios=(3, 1))
    axes, below = panels[:, 0]
    curves = (("train_bits", "training text", BLUE), ("valid_bits", "held-out text", VERMILION))
    for column, _, colour in curves:
        axes.plot(history["epoch"], history[column], color=colour, linewidth=2.5)
    best = history.loc[history["valid_bits"].idxmin()]
    axes.axvline(best["epoch"], color=GREY, linewidth=1, linestyle=":")
    axes.plot(best["epoch"], best["valid_bits"], "o", color=VERMILION, markersize=10)
    turn = f"the turn: {best['valid_bits']:.2f} bits\nafter epoch {best['epoch']:.0f}"
    look = {"xytext": (6, 22), "textcoords": "offset points", "color": for_words(VERMILION)}
    axes.annotate(turn, (best["epoch"], best["valid_bits"]), **look)
    axes.set(ylabel="bits per character")
    axes.set_ylim(0, 1.05 * history[["train_bits", "valid_bits"]].to_numpy().max())
    below.plot(history["epoch"], history["grad_norm"], color=INK, linewidth=2)
    below.axhline(clip, color=GREY, linewidth=1.2, linestyle="--")
    below.set(xlabel="epoch", ylabel="length of\nthe gradient", ylim=(0, 1.15 * max(clip, history["grad_norm"].max())))
    label_ends(axes, [(name, history[column].iloc[-1], colour) for column, name, colour in curves])
    label_ends(below, [("before clipping", history["grad_norm"].iloc[-1], INK), ("clipped above", clip, GREY)])
    return figure


def plot_scores(scores: Mapping[str, Mapping[str, float]], highlight: str, title: str) -> Figure:
    """Bits per character of several models, {panel: {model: bits}}, as bars; the models named `highlight` stand out."""
    figure, panels = new_panels(1, len(scores), (10, 3.6), title, sharex=True)
    for axes, (name, bits) in zip(panels.flat, scores.items()):
        models = list(bits)[::-1]
        colours = [VERMILION if model == highlight else GREY for model in models]
        bars = axes.barh(models, [bits[model] for model in models], color=colours)
        axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=10, color=INK)
        axes.tick_params(axis="y", length=0)
        axes.set_title(name, loc="left", fontsize=12, color=INK)
        axes.set_xlabel("held-out bits per character")
        axes.margins(x=0.12)
    return figure


def plot_answers(answers: Mapping[str, tuple[Sequence[float], Sequence[float]]], title: str) -> Figure:
    """What a model answered against what would have been right, and the line of truth.

    answers has at most three groups: {name: (right, answered)}.
    """
    figure, axes = new_axes(9, 5, title)
    # later marks are smaller, so that those below them can still be seen
    looks = ((GREY, "o", 6), (BLUE, "s", 3), (VERMILION, "^", 6))
    for (name, (right, answered)), (colour, marker, size) in zip(answers.items(), looks):
        axes.plot(right, answered, marker, color=colour, markersize=size, label=name)
    ends = [end(end(right) for right, _ in answers.values()) for end in (min, max)]
    axes.plot(ends, ends, color=INK, linewidth=1.2, label="right answer")
    axes.set(xlabel="right answer", ylabel="model's answer")
    axes.legend(frameon=False)
    return figure


def plot_gradient_errors(errors: Mapping[str, float], title: str, limit: float = 1e-6) -> Figure:
    """The largest relative error of each array in a gradient check, on a logarithmic scale, and the limit."""
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


def plot_contexts(
    scores: Mapping[str, Mapping[str, tuple[Sequence[int], Sequence[float]]]], title: str, floor: float = 0.0
) -> Figure:
    """Bits per character over the number of characters that may be seen: a panel each, curves {name: (x, y)}.

    The horizontal axis is logarithmic; panels share the vertical one, which begins at `floor`. A panel has room for two
    curves.
    """
    figure, panels = new_panels(1, len(scores), (10, 4.2), title, sharey=True)
    looks = ((INK, "o-"), (BROWN, "s--"))
    for axes, (name, curves) in zip(panels.flat, scores.items()):
        for (label, (contexts, bits)), (colour, style) in zip(curves.items(), looks):
            axes.plot(contexts, bits, style, color=colour, linewidth=2.2, markersize=6, label=label)
        ticks = sorted({context for contexts, _ in curves.values() for context in contexts if is_power_of_2(context)})
        axes.set_xscale("log", base=2)
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.set_title(name, loc="left", fontsize=12, color=INK)
        axes.set(xlabel="characters seen before")
        axes.legend(frameon=False)
    panels[0, 0].set(ylabel="bits per character", ylim=(floor, None))
    return figure


def is_power_of_2(number: int) -> bool:
    """Whether a whole number is 1, 2, 4, 8 ..."""
    return math.log2(number).is_integer()
