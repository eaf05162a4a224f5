"""The figure of a series and its one-step forecasts, with their band."""

from collections.abc import Sequence

import numpy as np

from lstm_scratch.figures.style import MODEL, OTHERS, TRUTH, WIDTH, DescribedFigure, fade, new_axes, our_style


@our_style()
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
    figure, axes = new_axes(WIDTH, 3.6, title)
    axes.fill_between(
        times, low, high, color=fade(MODEL, 0.25), linewidth=0, label=f"band that is to hold {coverage:.0%}"
    )
    axes.step(times, last, where="mid", color=OTHERS, linewidth=1, label="last value")
    axes.plot(times, forecasts, color=MODEL, linewidth=2.2, label="forecast")
    axes.plot(times, values, "o", color=TRUTH, markersize=3.5, label="measured")
    axes.set(ylabel=ylabel)
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    return figure.describe(
        f"{len(values)} values of {ylabel} with one-step forecasts in a band, and the last value as grey steps; "
        f"{inside.sum()} values, {share:.0%}, lie in the band that is to hold {coverage:.0%}."
    )
