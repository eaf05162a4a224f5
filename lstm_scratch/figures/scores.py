"""The figures of a character model's scores: while it learns, compared with other models, and by context length."""

import math
from collections.abc import Collection, Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from lstm_scratch.figures.style import (
    GREY,
    INK,
    MARK,
    MODEL,
    OTHERS,
    WIDTH,
    DescribedFigure,
    for_words,
    label_ends,
    new_panels,
    our_style,
    wrapped,
)


@our_style()
def plot_history(
    history: pd.DataFrame, title: str, clip: float | None = 1.0, *, beside: Mapping[str, pd.DataFrame] | None = None
) -> DescribedFigure:
    """Training and held-out bits per character over the epochs, and below them the length of the gradient.

    history is what `train` returns; the lowest held-out score is marked. clip is the length above which gradients were
    shortened; None leaves the panel of the gradients out. beside is another run, {name: history}, whose held-out text
    is drawn as a thin grey line.
    """
    rows = 1 if clip is None else 2
    ratios = (3, 1)[:rows]
    figure, panels = new_panels(rows, 1, (WIDTH, 2.3 + 1.3 * rows), title, sharex=True, height_ratios=ratios)
    axes = panels[0, 0]
    curves = [("train_bits", "training text", OTHERS, "--"), ("valid_bits", "held-out text", MARK, "-")]
    ends = []
    for column, name, colour, dashes in curves:
        axes.plot(history["epoch"], history[column], dashes, color=colour, linewidth=2.5)
        ends.append((name, history[column].iloc[-1], colour))
    others = {} if beside is None else beside
    for name, other in others.items():
        axes.plot(other["epoch"], other["valid_bits"], color=OTHERS, linewidth=1.5)
        ends.append((name, other["valid_bits"].iloc[-1], OTHERS))
    best = history.loc[history["valid_bits"].idxmin()]
    axes.axvline(best["epoch"], color=GREY, linewidth=1, linestyle=":")
    axes.plot(best["epoch"], best["valid_bits"], "o", color=MARK, markersize=9)
    turn = f"the lowest: {best['valid_bits']:.2f} bits\nafter epoch {best['epoch']:.0f}"
    late = best["epoch"] > 0.6 * history["epoch"].max()
    look = {"xytext": (-6 if late else 6, 34), "textcoords": "offset points", "ha": "right" if late else "left"}
    look["color"] = for_words(MARK)
    axes.annotate(turn, (best["epoch"], best["valid_bits"]), **look)
    highest = max(run[["train_bits", "valid_bits"]].to_numpy().max() for run in (history, *others.values()))
    axes.set(ylabel="bits per character", ylim=(0, 1.05 * highest))
    panels[-1, 0].set_xlabel("epoch")
    first, last = history.iloc[0], history.iloc[-1]
    words = [
        f"{name} from {first[column]:.2f} to {last[column]:.2f}, lowest {history[column].min():.2f}"
        for column, name, *_ in curves
    ]
    words += [f"{name}, lowest {other['valid_bits'].min():.2f}" for name, other in others.items()]
    if clip is not None:
        words.append(draw_lengths(panels[1, 0], history, clip))
    label_ends(axes, ends)
    return figure.describe(f"Bits per character over {len(history)} epochs: {'; '.join(words)}.")


def draw_lengths(axes: Axes, history: pd.DataFrame, clip: float) -> str:
    """Draw the length of the gradient over the epochs, and the length above which it was shortened; returns words."""
    longest = history["grad_norm"].max()
    axes.plot(history["epoch"], history["grad_norm"], color=INK, linewidth=2)
    axes.axhline(clip, color=GREY, linewidth=1.2, linestyle="--")
    axes.set(ylabel="length of\nthe gradient", ylim=(0, 1.15 * max(clip, longest)))
    label_ends(axes, [("before clipping", history["grad_norm"].iloc[-1], INK), ("clipped above", clip, GREY)])
    return f"below, the gradient's length is at most {longest:.2f}, clipped above {clip:g}"


@our_style()
def plot_scores(
    scores: Mapping[str, Mapping[str, float]], networks: Collection[str], title: str, *, level: float = 0.05
) -> DescribedFigure:
    """Held-out bits per character of several models, {panel: {model: bits}}, as bars.

    The models named in `networks` are blue, the others grey, and the lowest score of each panel is marked. Scores that
    are less than `level` bits above it are marked as well: they are about level.
    """
    rows = max(map(len, scores.values()))
    figure, panels = new_panels(1, len(scores), (WIDTH, 1.5 + 0.24 * rows), title, sharex=True)
    words = []
    for axes, (name, bits) in zip(panels.flat, scores.items(), strict=True):
        models = list(bits)[::-1]
        winner = min(bits, key=lambda model: bits[model])
        near = [model for model in bits if bits[model] - bits[winner] < level]
        colours = [MODEL if model in networks else OTHERS for model in models]
        axes.barh(models, [bits[model] for model in models], color=colours)
        for row, model in enumerate(models):
            label = f"{bits[model]:.2f}"
            weight = "normal"
            if model in near:
                label += " lowest" if near == [winner] else " level"
                weight = "bold"
            axes.annotate(
                label, (bits[model], row), (4, 0), textcoords="offset points", va="center", color=INK, weight=weight
            )
        axes.tick_params(axis="y", length=0)
        # names of models take about half of the width
        room = (WIDTH - 0.4) / len(scores) / 2
        axes.set_title(wrapped(name, room, 11), loc="left", fontsize=11, color=INK)
        axes.set_xlabel("held-out bits per character")
        axes.set_xlim(0, 1.35 * max(bits.values()))
        said = ", ".join(f"{model} {value:.2f}" for model, value in bits.items())
        found = f"the lowest is {winner}" if near == [winner] else f"about level are {' and '.join(near)}"
        words.append(f"{name}: {said}; {found}")
    return figure.describe(f"Bars of held-out bits per character. {'. '.join(words)}.")


@our_style()
def plot_contexts(
    scores: Mapping[str, Mapping[str, tuple[Sequence[int], Sequence[float]]]], title: str, floor: float = 0.0
) -> DescribedFigure:
    """Bits per character against the number of characters that a model may see before the one that it predicts.

    scores is {panel: {model: (numbers of characters, bits per character)}}, with at most two models per panel. The
    horizontal axes are logarithmic; the panels share the vertical one, which begins at `floor`.
    """
    figure, panels = new_panels(1, len(scores), (WIDTH, 3.7), title, sharey=True)
    looks = ((MODEL, "o-"), (OTHERS, "s--"))
    for axes, (name, curves) in zip(panels.flat, scores.items(), strict=True):
        for (label, (contexts, bits)), (colour, style) in zip(curves.items(), looks, strict=False):
            axes.plot(contexts, bits, style, color=colour, linewidth=2.2, markersize=6, label=label)
        ticks = sorted({context for contexts, _ in curves.values() for context in contexts if is_power_of_2(context)})
        axes.set_xscale("log", base=2)
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.set_title(name, loc="left", fontsize=11, color=INK)
        axes.set(xlabel="characters seen before")
    # both panels have the same curves, so one of them names them
    panels[0, 0].legend(frameon=False)
    panels[0, 0].set(ylabel="bits per character", ylim=(floor, None))
    words = [
        f"{name}, {label}: " + ", ".join(f"{y:.2f} from {x}" for x, y in zip(*curve, strict=True))
        for name, curves in scores.items()
        for label, curve in curves.items()
    ]
    return figure.describe(f"Bits per character by the number of characters seen. {'; '.join(words)}.")


def is_power_of_2(number: int) -> bool:
    """Whether a whole number is 1, 2, 4, 8 ..."""
    return math.log2(number).is_integer()
