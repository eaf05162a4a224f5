"""The figures of texts: what is in them, how they become windows, and what may come next."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from matplotlib.patches import Rectangle
from wordcloud import WordCloud

from lstm_scratch.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    VERMILION,
    DescribedFigure,
    for_words,
    label_ends,
    new_axes,
    new_panels,
    our_style,
    visible,
)

# more bars than this cannot be told apart
MOST_BARS = 90


@our_style()
def plot_frequencies(counts: Mapping[str, int], title: str, rare: int = 10) -> DescribedFigure:
    """Bars of how often each character occurs, {character: times}, the commonest first.

    The vertical axis is logarithmic, because otherwise most bars would be too low to be seen. Characters that occur
    fewer than `rare` times have a colour of their own.
    """
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_BARS]
    figure, axes = new_axes(9, 3.6, title)
    times = [number for _, number in ranked]
    colours = [VERMILION if number < rare else BLUE for number in times]
    # bars begin below 1, so that a character that occurs only once has a bar, too
    axes.bar([visible(char) for char, _ in ranked], times, color=colours, bottom=0)
    axes.axhline(rare, color=VERMILION, linewidth=1.5, linestyle="--")
    axes.set(xlabel="character", ylabel="times in the text", yscale="log")
    axes.set_ylim(0.6, 1.5 * times[0])
    ticks = [10**power for power in range(len(str(times[0])))]
    axes.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.tick_params(axis="x", length=0)
    axes.margins(x=0.01)
    label_ends(axes, [(f"{rare} times", rare, VERMILION)])
    common = ", ".join(f"{visible(char)} {number:,}" for char, number in ranked[:5])
    few = sum(number < rare for number in times)
    words = f"{len(ranked)} bars, from the commonest ({common}) down to {times[-1]}"
    return figure.describe(f"{words}; {few} of them stay below {rare}.")


@our_style()
def plot_word_cloud(text: str, title: str, marked: Collection[str] = (), font: str | None = None) -> DescribedFigure:
    """The words of a text, each drawn larger the more often it occurs; the same text gives the same picture.

    The words in `marked` have a second colour. font is the path of a font with the letters of the text's script; the
    default font has the Latin, Greek and Cyrillic letters. Raises OSError if the font cannot be read.
    """

    def colour(word: str, **_: object) -> str:
        return for_words(VERMILION) if word in marked else for_words(BLUE)

    cloud = WordCloud(
        width=550,
        height=225,
        scale=2,
        # no two words touch
        margin=8,
        background_color="white",
        random_state=1859,
        collocations=False,
        max_words=45,
        prefer_horizontal=0.95,
        color_func=colour,
        font_path=font,
    ).generate(text.replace("’", "'"))
    figure, axes = new_axes(7, 3.2, title)
    axes.imshow(cloud.to_array(), interpolation="nearest")
    axes.set_axis_off()
    drawn = [*cloud.words_]
    words = f"A word cloud of {len(drawn)} words; largest are {', '.join(drawn[:8])}"
    orange = [word for word in drawn if word in marked]
    if orange:
        words += f"; orange are {', '.join(orange)}"
    return figure.describe(words + ".")


@our_style()
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
        axes.text(-0.3, row, label, ha="right", va="center", fontsize=11, color=INK)
    above = batch_size + 0.55
    axes.text(seq_length / 2, above, "window 1: inputs", ha="center", color=BLUE, fontsize=11)
    second = "window 2: inputs, memory carried over"
    axes.text(1.5 * seq_length, above, second, ha="center", color=for_words(GREEN), fontsize=11)
    axes.text(1, 0.3, "framed: the targets of window 1, one character later", color=for_words(VERMILION), fontsize=11)
    axes.set(xlim=(-0.16 * 2 * seq_length, 2 * seq_length + 0.2), ylim=(0.15, batch_size + 0.85))
    axes.set_axis_off()
    first = [text[stream * length :][: seq_length + 1] for stream in range(batch_size)]
    pairs = "; ".join(f"inputs {window[:-1]!r}, targets {window[1:]!r}" for window in first)
    return figure.describe(f"Window 1 of each stream: {pairs}. Window 2 begins where window 1 ends.")


@our_style()
def plot_probabilities(
    characters: Sequence[str], panels: Mapping[str, Sequence[float]], title: str, true: str | None = None
) -> DescribedFigure:
    """The probabilities of the next character, {panel: probabilities}: a bar per character, all panels on one scale.

    A line shows 1/V, the probability of each of the V characters if all were equally likely. The bar of the character
    `true`, the one that does come next, has a colour of its own.
    """
    figure, plots = new_panels(len(panels), 1, (9, 1.2 + 2 * len(panels)), title, sharex=True, sharey=True)
    uniform = 1 / len(characters)
    highest = max(uniform, *(max(p) for p in panels.values()))
    colours = [VERMILION if char == true else BLUE for char in characters]
    for axes, (name, p) in zip(plots.flat, panels.items()):
        axes.bar([visible(char) for char in characters], p, color=colours)
        axes.axhline(uniform, color=GREY, linewidth=2, linestyle="--")
        axes.tick_params(axis="x", length=0)
        axes.set_title(name, loc="left", fontsize=12, color=INK)
        axes.set_ylabel("probability")
        axes.set_ylim(0, 1.1 * highest)
        axes.margins(x=0.01)
    plots[-1, 0].set_xlabel("next character")
    for axes in plots.flat:
        label_ends(axes, [(f"1/V = {uniform:.3f}", uniform, GREY)])
    words = []
    for name, p in panels.items():
        said = f"{name}: bars from {min(p):.3f} to {max(p):.3f}"
        if true is not None:
            said += f", and {p[list(characters).index(true)]:.3f} for {visible(true)}, which is right"
        words.append(said)
    return figure.describe(f"{len(characters)} characters, a line at 1/V = {uniform:.3f}. {'; '.join(words)}.")


@our_style()
def plot_temperatures(
    characters: Sequence[str], by_temperature: Mapping[float, np.ndarray], title: str, others: int
) -> DescribedFigure:
    """The probabilities of the likeliest next characters, with one panel per temperature, all in the same order.

    Each panel says how much probability is left for the symbols that are not drawn; `others` is their number.
    """
    figure, panels = new_panels(1, len(by_temperature), (10, 3.4), title, sharey=True)
    names = [visible(char) for char in characters]
    words = []
    for axes, (temperature, p) in zip(panels.flat, by_temperature.items()):
        rest = f"the other {others} symbols: {1 - np.sum(p):.0%}"
        axes.bar(names, p, color=BLUE)
        axes.set_title(f"temperature {temperature:g}", loc="left", fontsize=12, color=INK)
        axes.text(1, 0.97, rest.replace(": ", ":\n"), transform=axes.transAxes, ha="right", va="top", color=INK)
        axes.set_xlabel("next character")
        axes.tick_params(axis="x", length=0)
        words.append(f"at {temperature:g}: {in_order(names, p, 3)}; {rest}")
    panels[0, 0].set_ylabel("probability")
    return figure.describe(f"A panel for each temperature. {'. '.join(words)}.")


def in_order(characters: Sequence[str], probabilities: Sequence[float], count: int) -> str:
    """The first few characters and their probabilities in words: "e 0.51, a 0.20"."""
    return ", ".join(f"{visible(char)} {p:.2f}" for char, p in [*zip(characters, probabilities)][:count])
