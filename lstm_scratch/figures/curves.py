"""The figures of curves and scores: learning, answers, forecasts, gradient checks."""

from collections.abc import Mapping, Sequence

import numpy as np

from lstm_scratch.figures.style import (
    BROWN,
    GREY,
    INK,
    MARK,
    MODEL,
    OTHERS,
    TRUTH,
    WIDTH,
    DescribedFigure,
    for_words,
    label_ends,
    new_axes,
    our_style,
)

# lines differ in colour and in dashes, and each has its name at its end; none has a colour that means something else
LINE_LOOKS = [(INK, "-"), (GREY, "--"), (BROWN, "-."), (INK, ":"), (GREY, (0, (5, 1, 1, 1, 1, 1)))]

# the name of the forecast that every other one must beat
LAST_VALUE = "last value"


@our_style()
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
    figure, axes = new_axes(WIDTH, 3.8, title)
    ends = []
    for (name, (x, y)), (colour, dashes) in zip(arrays.items(), LINE_LOOKS, strict=False):
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


@our_style()
def plot_learning(
    answers: Mapping[str, Sequence[float]], right: Mapping[str, float], title: str, *, trained_on: str
) -> DescribedFigure:
    """A cell's answers to several sequences while it is trained on one of them, and the right answers as rings.

    answers is {sequence: answers}: the answer before the first step of gradient descent, then one after each step.
    right is {sequence: right answer}, and trained_on is the name of the sequence that the cell is trained on.
    """
    figure, axes = new_axes(WIDTH, 4.2, title)
    ends = []
    for name, line in answers.items():
        colour = MARK if name == trained_on else OTHERS
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


@our_style()
def plot_answers(
    answers: Mapping[str, tuple[Sequence[float], Sequence[float]]], title: str, *, ceiling: float | None = None
) -> DescribedFigure:
    """A model's answers against the right answers, with the line on which the two are equal.

    answers has at most three groups, {name: (right, answered)}. ceiling is the largest answer that the model can give;
    a dashed line shows it.
    """
    figure, axes = new_axes(WIDTH, 4.4, title)
    looks = ((OTHERS, "o", 4), (MODEL, "s", 5), (MARK, "^", 6))
    for (name, (right, answered)), (colour, marker, size) in zip(answers.items(), looks, strict=False):
        # hollow, so that marks below others can still be seen
        look = {"markerfacecolor": "none", "markersize": size, "linestyle": "none"}
        axes.plot(right, answered, marker=marker, color=colour, label=name, **look)
    if ceiling is not None:
        axes.axhline(ceiling, color=INK, linewidth=1.5, linestyle="--", label=f"no answer can pass {ceiling:.0f}")
    right_answers = np.concatenate([right for right, _ in answers.values()])
    ends = [right_answers.min(), right_answers.max()]
    axes.plot(ends, ends, color=TRUTH, linewidth=1.2, label="right answer")
    axes.set(xlabel="right answer", ylabel="model's answer")
    axes.legend(frameon=False)
    misses = {name: np.mean(np.abs(np.subtract(given, right))) for name, (right, given) in answers.items()}
    words = [f"{name}, {len(answers[name][0])} points, off by {miss:.1f} on average" for name, miss in misses.items()]
    if ceiling is not None:
        words.append(f"no answer can pass {ceiling:.0f}")
    return figure.describe(f"Answers against the line of right answers: {'; '.join(words)}.")


@our_style()
def plot_horizons(
    errors: Mapping[str, Sequence[float]], title: str, *, ylabel: str, network: str = "LSTM"
) -> DescribedFigure:
    """The typical error against how far ahead a forecast looks: {forecaster: error 1, 2, 3 ... steps ahead}.

    The line of the forecaster `network` is blue, and the others are grey and dashed.
    """
    figure, axes = new_axes(WIDTH, 3.6, title)
    ends = []
    others = iter(("--", ":", "-.", (0, (5, 1, 1, 1, 1, 1))))
    for name, by_step in errors.items():
        colour, dashes = (MODEL, "-") if name == network else (OTHERS, next(others))
        ahead = range(1, len(by_step) + 1)
        axes.plot(ahead, by_step, marker="o", color=colour, linestyle=dashes, linewidth=2.2, markersize=4)
        ends.append((name, by_step[-1], colour))
    axes.set(xlabel="steps ahead", ylabel=ylabel)
    axes.set_ylim(0, 1.08 * max(max(by_step) for by_step in errors.values()))
    axes.xaxis.get_major_locator().set_params(integer=True)
    label_ends(axes, ends)
    words = [f"{n}: {', '.join(f'{error:.3g}' for error in by_step)}" for n, by_step in errors.items()]
    return figure.describe(f"{ylabel} 1, 2, 3 ... steps ahead. {'; '.join(words)}.")


@our_style()
def plot_seeds(
    curves: Mapping[str, tuple[Sequence[float], Sequence[Sequence[float]]]],
    title: str,
    *,
    xlabel: str,
    ylabel: str,
    chance: float | None = None,
) -> DescribedFigure:
    """Learning curves of at most two networks over several seeds, {name: (x, a curve for each seed)}.

    Every seed is a thin line, and the median of all seeds is a thick one. chance is the value that guessing has.
    """
    figure, axes = new_axes(WIDTH, 3.8, title)
    ends = []
    words = []
    for (name, (x, of_seeds)), (colour, dashes) in zip(curves.items(), ((MODEL, "-"), (MARK, "--")), strict=False):
        values = np.asarray(of_seeds, dtype=float)
        axes.plot(x, values.T, color=colour, linewidth=1, alpha=0.45)
        middle = np.median(values, axis=0)
        axes.plot(x, middle, color=colour, linestyle=dashes, linewidth=3)
        ends.append((name, middle[-1], colour))
        low, high = values[:, -1].min(), values[:, -1].max()
        words.append(f"{name}: {len(values)} seeds, at {x[-1]:g} between {low:.3g} and {high:.3g}")
    if chance is not None:
        axes.axhline(chance, color=GREY, linewidth=1.2, linestyle=":")
        ends.append(("chance", chance, GREY))
        words.append(f"chance is {chance:g}")
    axes.set(xlabel=xlabel, ylabel=ylabel)
    label_ends(axes, ends)
    return figure.describe(f"{ylabel} against {xlabel}. {'; '.join(words)}.")


@our_style()
def plot_mixture(
    shares: Sequence[float], bits: Sequence[float], title: str, *, names: tuple[str, str] = ("counting", "LSTM")
) -> DescribedFigure:
    """The bits per character of a mixture of two models, against the share that the second one has in it.

    shares go from 0, the first model alone, to 1, the second one alone. Both ends and the lowest point are marked.
    """
    share = np.asarray(shares, dtype=float)
    score = np.asarray(bits, dtype=float)
    best = int(score.argmin())
    figure, axes = new_axes(WIDTH, 3.6, title)
    axes.plot(share, score, color=INK, linewidth=2)
    marks = [(0, OTHERS, f"{names[0]} alone"), (len(share) - 1, MODEL, f"{names[1]} alone")]
    if 0 < best < len(share) - 1:
        marks.append((best, MARK, f"{share[best]:.0%} {names[1]}"))
    for place, colour, name in marks:
        axes.plot(share[place], score[place], "o", color=colour, markersize=9, clip_on=False, zorder=3)
        below = place == best
        sideways = 8 if place == 0 else -8 if place == len(share) - 1 else 0
        look = {"xytext": (sideways, -12 if below else 12), "va": "top" if below else "bottom"}
        look |= {"ha": "left" if place == 0 else "right" if place == len(share) - 1 else "center"}
        look |= {"textcoords": "offset points", "color": for_words(colour)}
        axes.annotate(f"{name}: {score[place]:.2f}", (share[place], score[place]), **look)
    axes.set(xlabel=f"share of the {names[1]} in the mixture", ylabel="bits per character", xlim=(0, 1))
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.margins(y=0.25)
    words = f"{names[0]} alone {score[0]:.3f}, {names[1]} alone {score[-1]:.3f}"
    return figure.describe(
        f"Bits per character: {words}, the lowest {score[best]:.3f} at a share of {share[best]:.0%}."
    )
