"""The figures of gates, states, gradients and learning: functions from data to a matplotlib Figure.

A title states what the figure shows, so every function takes it from the caller, who knows the numbers.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from lstm_scratch.style import BLUE, BROWN, GATE_COLOURS, GATE_NAMES, GREY, INK, VERMILION, new_axes


def plot_gates(gates: Mapping[str, Sequence[float]], title: str) -> Figure:
    """Bars of the gates i, f, g and o at every step: {"i": [value at step 1, ...], ...}."""
    figure, axes = new_axes(9, 4, title)
    steps = np.arange(1, len(next(iter(gates.values()))) + 1)
    width = 0.8 / len(gates)
    for place, (name, values) in enumerate(gates.items()):
        left = steps - 0.4 + (place + 0.5) * width
        bars = axes.bar(left, values, 0.92 * width, color=GATE_COLOURS[name], label=GATE_NAMES[name])
        axes.bar_label(bars, fmt="%.3f", padding=2, fontsize=9, color=INK)
    axes.set(xlabel="time step", ylabel="activation", xticks=steps)
    lowest = min(0.0, *(min(values) for values in gates.values()))
    axes.set_ylim(1.15 * lowest, 1.15)
    axes.axhline(0, color=INK, linewidth=0.8)
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    return figure


def plot_states(c: Sequence[float], h: Sequence[float], title: str) -> Figure:
    """The cell state c and the hidden state h of one unit over time, the start (step 0) included."""
    figure, axes = new_axes(9, 4, title)
    # not in the colours of the gates: these are not gates
    curves = ((c, "cell state c", INK, "s", 9), (h, "hidden state h", BROWN, "o", -18))
    for values, name, colour, marker, shift in curves:
        axes.plot(range(len(values)), values, marker=marker, color=colour, linewidth=2.5, markersize=8)
        axes.annotate(
            name, (len(values) - 1, values[-1]), xytext=(12, 0), textcoords="offset points", va="center", color=colour
        )
        for step, value in enumerate(values[1:], start=1):
            axes.annotate(
                f"{value:.3f}", (step, value), xytext=(0, shift), textcoords="offset points", ha="center", color=INK
            )
    axes.set(xlabel="time step", ylabel="value", xticks=range(len(c)))
    axes.margins(x=0.12, y=0.15)
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
    axes.annotate(f"limit {limit:g} ", (limit, len(names) - 0.6), ha="right", color=VERMILION)
    axes.set(xscale="log", xlim=(1e-13, 10), xlabel="largest relative error", ylabel="gradient of")
    axes.set_ylim(-0.6, len(names) - 0.2)
    return figure
