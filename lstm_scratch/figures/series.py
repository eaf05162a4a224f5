"""Figures of a series that is forecast: the forecast with its band, and the typical miss by how far ahead."""

from collections.abc import Mapping, Sequence

import numpy as np

from lstm_scratch.figures.style import BLUE, BROWN, GREY, INK, VERMILION, DescribedFigure, label_ends, new_axes


def plot_band(
    times: Sequence,
    values: Sequence[float],
    forecasts: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    title: str,
    *,
    ylabel: str,
    coverage: float,
) -> DescribedFigure:
    """A series, its one-step forecasts with their band, and the last value in grey, one number per time each."""
    values = np.asarray(values, float)
    last = np.append(np.nan, values[:-1])
    inside = (values >= low) & (values <= high)
    share = inside[np.isfinite(values)].mean()
    figure, axes = new_axes(9, 4.2, title)
    axes.fill_between(
        times, low, high, color=BLUE, alpha=0.18, linewidth=0, label=f"band that is to hold {coverage:.0%}"
    )
    axes.step(times, last, where="mid", color=GREY, linewidth=1, label="last value")
    axes.plot(times, forecasts, color=BLUE, linewidth=2.2, label="forecast")
    axes.plot(times, values, "o", color=INK, markersize=3.5, label="measured")
    axes.set(ylabel=ylabel)
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    return figure.describe(
        f"{len(values)} values of {ylabel} with one-step forecasts in a band, and the last value as grey steps; "
        f"{inside.sum()} values, {share:.0%}, lie in the band that is to hold {coverage:.0%}."
    )


def plot_horizons(misses: Mapping[str, Sequence[float]], title: str, *, ylabel: str) -> DescribedFigure:
    """The typical miss of several forecasts, {name: misses}, 1, 2, 3 … steps ahead; "last value" is grey."""
    figure, axes = new_axes(9, 4.2, title)
    colours = iter((BLUE, BROWN, VERMILION, INK))
    ends = []
    for name, miss in misses.items():
        colour = GREY if name == "last value" else next(colours)
        axes.plot(range(1, len(miss) + 1), miss, "o-", color=colour, linewidth=2.2, markersize=5)
        ends.append((name, miss[-1], colour))
    axes.set(xlabel="steps ahead", ylabel=ylabel, ylim=(0, None))
    label_ends(axes, ends)
    words = "; ".join(
        f"{name} {miss[0]:.1f} one step ahead, {miss[-1]:.1f} {len(miss)} ahead" for name, miss in misses.items()
    )
    return figure.describe(f"Typical misses by the number of steps ahead: {words}.")
