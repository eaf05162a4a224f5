"""The figures of a character model's scores: while it learns, compared with other models, and by context length."""

import math
from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from lstm_scratch.figures.style import (
    BLUE,
    BROWN,
    GREY,
    INK,
    VERMILION,
    DescribedFigure,
    for_words,
    label_ends,
    new_panels,
)


def plot_history(history: pd.DataFrame, title: str, clip: float = 1.0) -> DescribedFigure:
    """Training and held-out bits per character over the epochs, and below them the length of the gradient.

    history is what `train` returns; the lowest held-out score is marked. clip is the length above which gradients were
    shortened.
    """
    figure, panels = new_panels(2, 1, (9, 5.4), title, sharex=True, height_ratios=(3, 1))
    axes, below = panels[:, 0]
    curves = (("train_bits", "training text", BLUE), ("valid_bits", "held-out text", VERMILION))
    for column, _, colour in curves:
        axes.plot(history["epoch"], history[column], color=colour, linewidth=2.5)
    best = history.loc[history["valid_bits"].idxmin()]
    axes.axvline(best["epoch"], color=GREY, linewidth=1, linestyle=":")
    axes.plot(best["epoch"], best["valid_bits"], "o", color=VERMILION, markersize=10)
    turn = f"the lowest: {best['valid_bits']:.2f} bits\nafter epoch {best['epoch']:.0f}"
    late = best["epoch"] > 0.7 * history["epoch"].max()
    look = {"xytext": (-6 if late else 6, 44), "textcoords": "offset points", "ha": "right" if late else "left"}
    look["color"] = for_words(VERMILION)
    axes.annotate(turn, (best["epoch"], best["valid_bits"]), **look)
    axes.set(ylabel="bits per character")
    axes.set_ylim(0, 1.05 * history[["train_bits", "valid_bits"]].to_numpy().max())
    below.plot(history["epoch"], history["grad_norm"], color=INK, linewidth=2)
    below.axhline(clip, color=GREY, linewidth=1.2, linestyle="--")
    below.set(xlabel="epoch", ylabel="length of\nthe gradient", ylim=(0, 1.15 * max(clip, history["grad_norm"].max())))
    label_ends(axes, [(name, history[column].iloc[-1], colour) for column, name, colour in curves])
    label_ends(below, [("before clipping", history["grad_norm"].iloc[-1], INK), ("clipped above", clip, GREY)])
    first, last = history.iloc[0], history.iloc[-1]
    words = [
        f"{name} from {first[column]:.2f} to {last[column]:.2f}, lowest {history[column].min():.2f}"
        for column, name, _ in curves
    ]
    longest = f"the gradient's length is at most {history['grad_norm'].max():.2f}, clipped above {clip:g}"
    return figure.describe(f"Bits per character over {len(history)} epochs: {'; '.join(words)}; below, {longest}.")


def plot_scores(scores: Mapping[str, Mapping[str, float]], networks: Collection[str], title: str) -> DescribedFigure:
    """Held-out bits per character of several models, {panel: {model: bits}}, as bars.

    The models named in `networks` are blue, the others grey, and the lowest score of each panel is marked.
    """
    rows = max(map(len, scores.values()))
    figure, panels = new_panels(1, len(scores), (10, 1.3 + 0.26 * rows), title, sharex=True)
    words = []
    for axes, (name, bits) in zip(panels.flat, scores.items()):
        models = list(bits)[::-1]
        winner = min(bits, key=lambda model: bits[model])
        colours = [BLUE if model in networks else GREY for model in models]
        axes.barh(models, [bits[model] for model in models], color=colours)
        for row, model in enumerate(models):
            label = f"{bits[model]:.2f}"
            weight = "normal"
            if model == winner:
                label += "  the lowest"
                weight = "bold"
            axes.annotate(
                label, (bits[model], row), (4, 0), textcoords="offset points", va="center", color=INK, weight=weight
            )
        axes.tick_params(axis="y", length=0)
        axes.set_title(name, loc="left", fontsize=12, color=INK)
        axes.set_xlabel("held-out bits per character")
        axes.set_xlim(0, 1.15 * max(bits.values()))
        said = ", ".join(f"{model} {value:.2f}" for model, value in bits.items())
        words.append(f"{name}: {said}; the lowest is {winner}")
    return figure.describe(f"Bars of held-out bits per character. {'. '.join(words)}.")


def plot_contexts(
    scores: Mapping[str, Mapping[str, tuple[Sequence[int], Sequence[float]]]], title: str, floor: float = 0.0
) -> DescribedFigure:
    """Bits per character against the number of characters that a model may see before the one that it predicts.

    scores is {panel: {model: (numbers of characters, bits per character)}}, with at most two models per panel. The
    horizontal axes are logarithmic; the panels share the vertical one, which begins at `floor`.
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
    # both panels have the same curves, so one of them names them
    panels[0, 0].legend(frameon=False)
    panels[0, 0].set(ylabel="bits per character", ylim=(floor, None))
    words = [
        f"{name}, {label}: " + ", ".join(f"{y:.2f} from {x}" for x, y in zip(*curve))
        for name, curves in scores.items()
        for label, curve in curves.items()
    ]
    return figure.describe(f"Bits per character by the number of characters seen. {'; '.join(words)}.")


def is_power_of_2(number: int) -> bool:
    """Whether a whole number is 1, 2, 4, 8 ..."""
    return math.log2(number).is_integer()
