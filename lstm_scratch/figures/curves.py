"""The figures of curves and scores: learning, answers, forecasts, gradient checks."""

from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np

from lstm_scratch.figures.style import (
    BLUE,
    BROWN,
    GREY,
    INK,
    VERMILION,
    DescribedFigure,
    for_words,
    label_ends,
    new_axes,
    new_panels,
)

# lines differ in colour and in dashes, and each has its name at its end; the colours that no gate has come first
LINE_LOOKS = [(INK, "-"), (BROWN, "--"), (GREY, "-."), (BLUE, ":"), (VERMILION, (0, (5, 1, 1, 1, 1, 1)))]


def plot_curves(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    title: str,
    *,
    xlabel: str,
    ylabel: str,
    log: bool = False,
) -> DescribedFigure:
    """At most five curves, {name: (x, y)}, each with its name at its right end.

    xlabel and ylabel name the axes; log=True makes the vertical axis logarithmic.
    """
    arrays = {name: (np.asarray(x), np.asarray(y)) for name, (x, y) in curves.items()}
    figure, axes = new_axes(9, 4.4, title)
    ends = []
    for (name, (x, y)), (colour, dashes) in zip(arrays.items(), LINE_LOOKS):
        axes.plot(x, y, color=colour, linestyle=dashes, linewidth=2.5)
        ends.append((name, y[-1], colour))
    axes.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
    if all(x.dtype.kind in "iu" for x, _ in arrays.values()):
        # no ticks between whole numbers: there is no half epoch
        axes.xaxis.get_major_locator().set_params(integer=True)
    if len(curves) > 1:
        label_ends(axes, ends)
    words = [f"{name} from {y[0]:.3g} at {x[0]:g} to {y[-1]:.3g} at {x[-1]:g}" for name, (x, y) in arrays.items()]
    return figure.describe(f"{ylabel} against {xlabel}: {'; '.join(words)}.")


def plot_learning(
    answers: Mapping[str, Sequence[float]], right: Mapping[str, float], title: str, *, trained_on: str
) -> DescribedFigure:
    """A cell's answers to several sequences while it is trained on one of them, and the right answers as rings.

    answers is {sequence: answers}: the answer before the first step of gradient descent, then one after each step.
    right is {sequence: right answer}, and trained_on is the name of the sequence that the cell is trained on.
    """
    figure, axes = new_axes(10, 5, title)
    ends = []
    for name, line in answers.items():
        colour = VERMILION if name == trained_on else GREY
        steps = len(line) - 1
        ring = steps * 1.04
        axes.plot(line, color=colour, linewidth=4 if name == trained_on else 2)
        axes.plot([steps, ring], [line[-1], right[name]], ":", color=colour, linewidth=1)
        axes.plot(ring, right[name], "o", color=colour, markerfacecolor="white", markersize=9, markeredgewidth=2.2)
        ends.append((f"{name}: says {line[-1]:.0f}, right {right[name]:g}", line[-1], colour))
    axes.set(xlabel=f"steps of gradient descent, on {trained_on} alone", ylabel="its answer")
    axes.xaxis.get_major_locator().set_params(integer=True)
    label_ends(axes, ends)
    words = [f"{name} from {line[0]:.1f} to {line[-1]:.1f}, right {right[name]:g}" for name, line in answers.items()]
    return figure.describe(f"Answers while it learns {trained_on}: {'; '.join(words)}.")


def plot_answers(
    answers: Mapping[str, tuple[Sequence[float], Sequence[float]]], title: str, *, ceiling: float | None = None
) -> DescribedFigure:
    """A model's answers against the right answers, with the line on which the two are equal.

    answers has at most three groups, {name: (right, answered)}. ceiling is the largest answer that the model can give;
    a dashed line shows it.
    """
    figure, axes = new_axes(9, 5, title)
    looks = ((GREY, "o", 4), (BLUE, "s", 5), (VERMILION, "^", 6))
    for (name, (right, answered)), (colour, marker, size) in zip(answers.items(), looks):
        # hollow, so that marks below others can still be seen
        look = {"markerfacecolor": "none", "markersize": size, "linestyle": "none"}
        axes.plot(right, answered, marker=marker, color=colour, label=name, **look)
    if ceiling is not None:
        axes.axhline(ceiling, color=BROWN, linewidth=1.5, linestyle="--", label=f"no answer can pass {ceiling:.0f}")
    right_answers = np.concatenate([right for right, _ in answers.values()])
    ends = [right_answers.min(), right_answers.max()]
    axes.plot(ends, ends, color=INK, linewidth=1.2, label="right answer")
    axes.set(xlabel="right answer", ylabel="model's answer")
    axes.legend(frameon=False)
    misses = {name: np.mean(np.abs(np.subtract(given, right))) for name, (right, given) in answers.items()}
    words = [f"{name}, {len(answers[name][0])} points, off by {miss:.1f} on average" for name, miss in misses.items()]
    if ceiling is not None:
        words.append(f"no answer can pass {ceiling:.0f}")
    return figure.describe(f"Answers against the line of right answers: {'; '.join(words)}.")


def plot_forecasts(
    times: Sequence[float],
    values: Sequence[float],
    forecasts: Mapping[str, Sequence[float]],
    title: str,
    *,
    ylabel: str,
) -> DescribedFigure:
    """A series, and at most four forecasts of it, {name: forecast}, each in a panel of its own with its typical miss.

    The typical miss is the root of the mean squared error (RMSE). All panels have the same axes. times are numbers or
    dates; values and each forecast have one number per time.
    """
    rows = len(forecasts)
    figure, panels = new_panels(rows, 1, (9, 1.7 * rows + 0.9), title, sharex=True, sharey=True)
    misses = {name: np.sqrt(np.mean(np.subtract(forecast, values) ** 2)) for name, forecast in forecasts.items()}
    colours = (BLUE, BROWN, VERMILION, INK)
    for axes, (name, forecast), colour in zip(panels[:, 0], forecasts.items(), colours):
        axes.plot(times, values, "o-", color=GREY, linewidth=1, markersize=3.5, label="measured")
        axes.plot(times, forecast, color=colour, linewidth=2.2, label="forecast")
        axes.set_title(f"{name}: off by {misses[name]:.1f}", loc="left", fontsize=11, color=for_words(colour))
        axes.set(ylabel=ylabel)
    panels[0, 0].legend(frameon=False, ncols=2, loc="lower right", bbox_to_anchor=(1, 0.97))
    words = "; ".join(f"{name}, off by {miss:.1f} (RMSE)" for name, miss in misses.items())
    ends = [in_words(time) for time in np.asarray(times)[[0, -1]].tolist()]
    span = f"{len(times)} values of {ylabel} from {ends[0]} to {ends[1]}, {min(values):g} to {max(values):g}"
    return figure.describe(f"{span}, and forecasts of them: {words}.")


def in_words(time: object) -> str:
    """A time as it is written in a figure's words: a number without needless zeros, or a date."""
    return f"{time:g}" if isinstance(time, Real) else str(time)


def plot_gradient_errors(errors: Mapping[str, float], title: str) -> DescribedFigure:
    """The largest relative error of each array in a gradient check, on a logarithmic scale, and the limit of 1e-6.

    errors is {array: error}, as `gradient_check` returns it.
    """
    limit = 1e-6
    figure, axes = new_axes(9, 0.38 * len(errors) + 1.5, title)
    names = list(errors)[::-1]
    # errors beyond the axis are drawn at its edge: an exact zero at the left, an infinite error at the right
    values = [min(max(errors[name], 1e-13), 10) for name in names]
    axes.hlines(names, 1e-13, values, color=GREY, linewidth=1.5)
    axes.plot(values, names, "o", color=BLUE, markersize=9)
    axes.axvline(limit, color=VERMILION, linewidth=2, linestyle="--")
    axes.annotate(f"limit {limit:g} ", (limit, len(names) - 0.6), ha="right", color=for_words(VERMILION))
    axes.set(xscale="log", xlim=(1e-13, 10), xlabel="largest relative error", ylabel="gradient of")
    axes.set_ylim(-0.6, len(names) - 0.2)
    # the words leave out the errors themselves, which are round-off and differ from machine to machine
    below = ", ".join(name for name, error in errors.items() if error < limit) or "none"
    return figure.describe(f"Of {len(errors)} arrays these lie below the limit of {limit:.0e}: {below}.")
