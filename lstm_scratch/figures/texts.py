"""The figures of texts, scores and training: a function that takes data and returns a matplotlib Figure.

A title states what the figure shows, so every function takes it from the caller, who knows the numbers. Every function
raises ValueError for data that it cannot draw, numbers that are not finite among them.
"""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from wordcloud import WordCloud

from lstm_scratch.checks import check_choice, check_positive, check_sizes, check_text
from lstm_scratch.figures.figure_checks import check_named, check_row, check_shares, check_table, check_texts
from lstm_scratch.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    VERMILION,
    for_words,
    label_ends,
    new_axes,
    new_panels,
    visible,
)


def plot_frequencies(table: pd.DataFrame, title: str) -> Figure:
    """Bars of how often each character occurs: a table with the columns character and count."""
    check_table("table", table, numbers=["count"], texts=["character"])
    figure, axes = new_axes(9, 3.6, title)
    names = table["character"].map(visible)
    axes.bar(names, table["count"], color=BLUE)
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel="character", ylabel="times in the text")
    axes.margins(x=0.01)
    return figure


def plot_word_cloud(text: str, title: str) -> Figure:
    """The words of a text, drawn the larger the more often they occur; the same picture every time."""
    check_text("text", text)
    palette = [for_words(colour) for colour in (BLUE, VERMILION, GREEN, INK)]
    cloud = WordCloud(
        width=1300,
        height=620,
        background_color="white",
        random_state=1859,
        collocations=False,
        max_words=120,
        prefer_horizontal=0.95,
        color_func=lambda word, random_state, **_: palette[random_state.randrange(len(palette))],
    ).generate(text.replace("’", "'"))
    figure, axes = new_axes(9, 4.7, title)
    axes.imshow(cloud.to_array(), interpolation="bilinear")
    axes.set_axis_off()
    return figure


def plot_windows(text: str, batch_size: int, seq_length: int, title: str) -> Figure:
    """How a text becomes batches: the first two windows of every stream, character by character.

    Raises ValueError if two windows do not fit into a stream.
    """
    check_text("text", text)
    check_sizes(batch_size=batch_size, seq_length=seq_length)
    length = (len(text) - 1) // batch_size
    if length < 2 * seq_length:
        raise ValueError(f"two windows of {seq_length} do not fit into streams of {length} characters")
    figure, axes = new_axes(10, 0.75 * batch_size + 1.5, title)
    for stream in range(batch_size):
        row = batch_size - stream
        for place in range(2 * seq_length):
            colour = BLUE if place < seq_length else GREEN
            axes.add_patch(Rectangle((place, row - 0.3), 1, 0.6, facecolor=colour, alpha=0.16, edgecolor="white"))
            char = visible(text[stream * length + place])
            axes.text(place + 0.5, row, char, ha="center", va="center", family="monospace", fontsize=14, color=INK)
        # the targets of the first window: the same characters, one place further
        axes.add_patch(Rectangle((1, row - 0.36), seq_length, 0.72, fill=False, edgecolor=VERMILION, linewidth=1.8))
        label = f"stream {stream + 1}, from\ncharacter {stream * length}"
        axes.text(-0.3, row, label, ha="right", va="center", fontsize=9, color=INK)
    above = batch_size + 0.55
    axes.text(seq_length / 2, above, "window 1: inputs", ha="center", color=BLUE, fontsize=11)
    axes.text(
        1.5 * seq_length,
        above,
        "window 2: inputs, memory carried over",
        ha="center",
        color=for_words(GREEN),
        fontsize=11,
    )
    axes.text(1, 0.3, "framed: the targets of window 1, one character later", color=for_words(VERMILION), fontsize=11)
    axes.set(xlim=(-3, 2 * seq_length + 0.2), ylim=(0.15, batch_size + 0.85))
    axes.set_axis_off()
    return figure


def plot_probabilities(characters: Sequence[str], probabilities: Sequence[float], title: str) -> Figure:
    """What a model expects next: one bar a character, and the line at which all would be equally likely."""
    check_texts("characters", characters)
    p = check_shares("probabilities", probabilities, len(characters))
    figure, axes = new_axes(9, 3.4, title)
    axes.bar([visible(char) for char in characters], p, color=BLUE)
    uniform = 1 / len(characters)
    axes.axhline(uniform, color=VERMILION, linewidth=2, linestyle="--")
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel="next character", ylabel="probability")
    axes.set_ylim(0, 1.1 * max(p.max(), uniform))
    axes.margins(x=0.01)
    label_ends(axes, [(f"1/V = {uniform:.3f}", uniform, VERMILION)])
    return figure


def plot_scores(scores: Mapping[str, Mapping[str, float]], highlight: str, title: str) -> Figure:
    """Bits per character of several models, {panel: {model: bits}}, as bars; the models named `highlight` stand out."""
    check_named("scores", scores)
    for name, bits in scores.items():
        check_named(f"scores of {name!r}", bits)
        check_row(f"scores of {name!r}", list(bits.values()))
    names = dict.fromkeys(model for bits in scores.values() for model in bits)
    check_choice("highlight must be one of", highlight, names)
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


def plot_history(history: pd.DataFrame, title: str, clip: float = 1.0) -> Figure:
    """Training and held-out bits per character over the epochs, the turn marked; below, the gradient's length.

    clip is the length above which gradients were shortened.
    """
    check_table("history", history, ["epoch", "train_bits", "valid_bits", "grad_norm"])
    check_positive(clip=clip)
    figure, panels = new_panels(2, 1, (9, 5.4), title, sharex=True, height_ratios=(3, 1))
    axes, below = panels[:, 0]
    curves = (("train_bits", "training text", BLUE), ("valid_bits", "held-out text", VERMILION))
    for column, _, colour in curves:
        axes.plot(history["epoch"], history[column], color=colour, linewidth=2.5)
    best = history.loc[history["valid_bits"].idxmin()]
    axes.axvline(best["epoch"], color=GREY, linewidth=1, linestyle=":")
    axes.plot(best["epoch"], best["valid_bits"], "o", color=VERMILION, markersize=10)
    axes.annotate(
        f"the turn: {best['valid_bits']:.2f} bits\nafter epoch {best['epoch']:.0f}",
        (best["epoch"], best["valid_bits"]),
        xytext=(6, 22),
        textcoords="offset points",
        color=for_words(VERMILION),
    )
    axes.set(ylabel="bits per character")
    axes.set_ylim(0, 1.05 * history[["train_bits", "valid_bits"]].to_numpy().max())
    below.plot(history["epoch"], history["grad_norm"], color=INK, linewidth=2)
    below.axhline(clip, color=GREY, linewidth=1.2, linestyle="--")
    below.set(xlabel="epoch", ylabel="length of\nthe gradient", ylim=(0, 1.15 * max(clip, history["grad_norm"].max())))
    label_ends(axes, [(name, history[column].iloc[-1], colour) for column, name, colour in curves])
    label_ends(below, [("before clipping", history["grad_norm"].iloc[-1], INK), ("clipped above", clip, GREY)])
    return figure
