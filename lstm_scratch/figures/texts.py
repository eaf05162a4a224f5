"""The figures of texts: what is in them, how they become windows, and what may come next."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.patches import Rectangle
from wordcloud import WordCloud

from lstm_scratch.figures.style import (
    BLUE,
    GREEN,
    INK,
    VERMILION,
    DescribedFigure,
    for_words,
    label_ends,
    new_axes,
    new_panels,
    visible,
)

# more bars than this cannot be told apart
MOST_BARS = 90


def plot_frequencies(counts: Mapping[str, int], title: str) -> DescribedFigure:
    """Bars of how often each character occurs, {character: times}, the commonest first."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_BARS]
    figure, axes = new_axes(9, 3.6, title)
    axes.bar([visible(char) for char, _ in ranked], [times for _, times in ranked], color=BLUE)
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel="character", ylabel="times in the text")
    axes.margins(x=0.01)
    common = ", ".join(f"{visible(char)} {times:,}" for char, times in ranked[:5])
    return figure.describe(f"{len(ranked)} bars, from the commonest ({common}) down to {ranked[-1][1]}.")


def plot_word_cloud(text: str, title: str) -> DescribedFigure:
    """The words of a text, drawn the larger the more often they occur; the same picture every time."""
    palette = [for_words(colour) for colour in (BLUE, VERMILION, GREEN, INK)]
    cloud = WordCloud(
        width=550,
        height=225,
        scale=2,
        background_color="white",
        random_state=1859,
        collocations=False,
        max_words=45,
        prefer_horizontal=0.95,
        color_func=lambda word, random_state, **_: palette[random_state.randrange(len(palette))],
    ).generate(text.replace("’", "'"))
    figure, axes = new_axes(7, 3.2, title)
    axes.imshow(cloud.to_array(), interpolation="nearest")
    axes.set_axis_off()
    return figure.describe(f"A word cloud of {len(cloud.words_)} words; largest are {', '.join([*cloud.words_][:8])}.")


def plot_windows(text: str, batch_size: int, seq_length: int, title: str) -> DescribedFigure:
    """How a text becomes batches: the first two windows of every stream, character by character."""
    length = (len(text) - 1) // batch_size
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
    second = "window 2: inputs, memory carried over"
    axes.text(1.5 * seq_length, above, second, ha="center", color=for_words(GREEN), fontsize=11)
    axes.text(1, 0.3, "framed: the targets of window 1, one character later", color=for_words(VERMILION), fontsize=11)
    axes.set(xlim=(-3, 2 * seq_length + 0.2), ylim=(0.15, batch_size + 0.85))
    axes.set_axis_off()
    first = [text[stream * length :][: seq_length + 1] for stream in range(batch_size)]
    pairs = "; ".join(f"inputs {window[:-1]!r}, targets {window[1:]!r}" for window in first)
    return figure.describe(f"Window 1 of each stream: {pairs}. Window 2 goes on where window 1 ends.")


def plot_probabilities(characters: Sequence[str], probabilities: Sequence[float], title: str) -> DescribedFigure:
    """What a model expects next: one bar a character, and the line at which all would be equally likely."""
    figure, axes = new_axes(9, 3.4, title)
    axes.bar([visible(char) for char in characters], probabilities, color=BLUE)
    uniform = 1 / len(characters)
    axes.axhline(uniform, color=VERMILION, linewidth=2, linestyle="--")
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel="next character", ylabel="probability")
    axes.set_ylim(0, 1.1 * max(*probabilities, uniform))
    axes.margins(x=0.01)
    label_ends(axes, [(f"1/V = {uniform:.3f}", uniform, VERMILION)])
    ends = f"{min(probabilities):.3f} to {max(probabilities):.3f}"
    return figure.describe(f"{len(characters)} bars from {ends}, and a line at 1/V = {uniform:.3f}.")


def plot_temperatures(
    characters: Sequence[str], by_temperature: Mapping[float, np.ndarray], title: str
) -> DescribedFigure:
    """The probabilities of the likeliest next characters, one panel a temperature, in the same order."""
    figure, panels = new_panels(1, len(by_temperature), (10, 3.2), title, sharey=True)
    names = [visible(char) for char in characters]
    for axes, (temperature, p) in zip(panels.flat, by_temperature.items()):
        axes.bar(names, p, color=BLUE)
        axes.set_title(f"temperature {temperature:g}", loc="left", fontsize=12, color=INK)
        axes.set_xlabel("next character")
        axes.tick_params(axis="x", length=0)
    panels[0, 0].set_ylabel("probability")
    words = [f"at {heat:g}: {in_order(names, p, 3)}" for heat, p in by_temperature.items()]
    return figure.describe(f"A panel a temperature; {'; '.join(words)}.")


def in_order(characters: Sequence[str], probabilities: Sequence[float], count: int) -> str:
    """The first few characters and their probabilities in words: "e 0.51, a 0.20"."""
    return ", ".join(f"{visible(char)} {p:.2f}" for char, p in [*zip(characters, probabilities)][:count])
