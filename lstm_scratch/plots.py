"""Every figure of the notebooks: a function that takes data and returns a matplotlib Figure.

The four main colours are those of Okabe and Ito (*Color Universal Design*, 2008), told apart under the
common colour-vision deficiencies, and the four gates wear the same ones everywhere. A title states what
the figure shows, so every function takes it from the caller, who knows the numbers.
"""

import io
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image
from wordcloud import WordCloud

BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
INK, GREY, BROWN = "#222222", "#6E7780", "#946A00"
GATE_COLOURS = {"i": BLUE, "f": VERMILION, "g": GREEN, "o": PURPLE}
GATE_NAMES = {"i": "input gate i", "f": "forget gate f", "g": "candidate g", "o": "output gate o"}
DOTS_PER_INCH = 160


def show(figure: Figure, alt: str) -> None:
    """Display a figure in a notebook, with a text that says what a sighted reader would take away from it.

    Raises ValueError if that text is empty.
    """
    from IPython.display import display

    if not alt.strip():
        raise ValueError("alt is empty: say in words what the figure shows")
    # twice as many dots as it is shown with: sharp on a fine screen
    width = round(figure.get_figwidth() * DOTS_PER_INCH / 2)
    data = {"image/png": to_png(figure), "text/plain": alt}
    display(data, metadata={"image/png": {"alt": alt, "width": width}}, raw=True)


def to_png(figure: Figure) -> bytes:
    """The figure as a PNG of 128 colours: plenty for a chart, and a third of the bytes."""
    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", dpi=DOTS_PER_INCH, facecolor="white")
    image = Image.open(full).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    image.save(small, format="png", optimize=True)
    return small.getvalue()


def new_axes(width: float, height: float, title: str) -> tuple[Figure, Axes]:
    """A figure of this size in inches with one plot: title at the left, no frame where there is no axis."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=13, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


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


def plot_frequencies(table: pd.DataFrame, title: str) -> Figure:
    """Bars of how often each character occurs: a table with the columns character and count."""
    figure, axes = new_axes(9, 3.6, title)
    names = table["character"].map(visible)
    axes.bar(names, table["count"], color=BLUE)
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel="character", ylabel="times in the text")
    axes.margins(x=0.01)
    return figure


def plot_word_cloud(text: str, title: str) -> Figure:
    """The words of a text, drawn the larger the more often they occur; the same picture every time."""
    palette = [BLUE, VERMILION, GREEN, INK]
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
    axes.text(1.5 * seq_length, above, "window 2: inputs, memory carried over", ha="center", color=GREEN, fontsize=11)
    axes.text(1, 0.3, "framed: the targets of window 1, one character later", color=VERMILION, fontsize=11)
    axes.set(xlim=(-3, 2 * seq_length + 0.2), ylim=(0.15, batch_size + 0.85))
    axes.set_axis_off()
    return figure


def plot_probabilities(characters: Sequence[str], probabilities: Sequence[float], title: str) -> Figure:
    """What a model expects next: one bar a character, and the line at which all would be equally likely."""
    figure, axes = new_axes(9, 3.4, title)
    axes.bar([visible(char) for char in characters], probabilities, color=BLUE)
    uniform = 1 / len(characters)
    axes.axhline(uniform, color=VERMILION, linewidth=2, linestyle="--")
    axes.annotate(
        f"1/V = {uniform:.3f}",
        (1, uniform),
        xycoords=("axes fraction", "data"),
        xytext=(0, 5),
        textcoords="offset points",
        ha="right",
        color=VERMILION,
    )
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel="next character", ylabel="probability")
    axes.set_ylim(0, 1.3 * max(*probabilities, uniform))
    axes.margins(x=0.01)
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


def plot_history(history: pd.DataFrame, title: str) -> Figure:
    """Training and held-out bits per character over the epochs; the best held-out epoch is marked."""
    figure, axes = new_axes(9, 4.4, title)
    for column, name, colour in (("train_bits", "training text", BLUE), ("valid_bits", "held-out text", VERMILION)):
        axes.plot(history["epoch"], history[column], color=colour, linewidth=2.5)
        axes.annotate(
            name,
            (history["epoch"].iloc[-1], history[column].iloc[-1]),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=colour,
        )
    best = history.loc[history["valid_bits"].idxmin()]
    axes.plot(best["epoch"], best["valid_bits"], "o", color=VERMILION, markersize=10)
    axes.annotate(
        f"best: {best['valid_bits']:.2f} bits\nafter epoch {best['epoch']:.0f}",
        (best["epoch"], best["valid_bits"]),
        xytext=(0, 22),
        textcoords="offset points",
        ha="center",
        color=VERMILION,
    )
    axes.set(xlabel="epoch", ylabel="bits per character")
    axes.set_ylim(0, 1.05 * history[["train_bits", "valid_bits"]].to_numpy().max())
    return figure


def visible(char: str) -> str:
    """A character as it can be printed on an axis: spaces and line ends get their usual signs."""
    return {" ": "␣", "\n": "⏎", "\t": "⇥"}.get(char, char)
