"""The figures of texts: what is in them, how they become windows, and what may come next."""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from wordcloud import WordCloud

from lstm_scratch.figures.style import (
    GREY,
    INK,
    MARK,
    MODEL,
    OTHERS,
    WIDTH,
    DescribedFigure,
    fade,
    for_words,
    label_ends,
    new_axes,
    new_panels,
    our_style,
    visible,
)

# more characters than this cannot be told apart on an axis
MOST_CHARACTERS = 70
# the list beside a word cloud has this many words
LISTED_WORDS = 10


@our_style()
def plot_frequencies(counts: Mapping[str, int], title: str, rare: int = 10) -> DescribedFigure:
    """Dots at how often each character occurs, {character: times}, the commonest first.

    The vertical axis is logarithmic, because otherwise most dots would lie at its bottom. Characters that occur
    fewer than `rare` times have a colour of their own.
    """
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_CHARACTERS]
    figure, axes = new_axes(WIDTH, 3.4, title)
    times = [number for _, number in ranked]
    colours = [MARK if number < rare else INK for number in times]
    places = range(len(ranked))
    axes.scatter(places, times, 30, colours, zorder=3)
    # with many characters every other name stands lower, so that no two touch
    names = [("\n" if len(ranked) > 40 and place % 2 else "") + visible(char) for place, (char, _) in enumerate(ranked)]
    axes.set_xticks(places, names)
    axes.axhline(rare, color=MARK, linewidth=1.5, linestyle="--")
    axes.set(xlabel="character", ylabel="times in the text", yscale="log")
    axes.set_ylim(0.6, 1.5 * times[0])
    ticks = [10**power for power in range(len(str(times[0])))]
    axes.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.tick_params(axis="x", length=0)
    axes.margins(x=0.02)
    axes.grid(axis="y", color=GREY, alpha=0.2)
    label_ends(axes, [(f"{rare} times", rare, MARK)])
    common = ", ".join(f"{visible(char)} {number:,}" for char, number in ranked[:5])
    few = sum(number < rare for number in times)
    words = f"{len(ranked)} dots, from the commonest ({common}) down to {times[-1]}"
    return figure.describe(f"{words}; {few} of them stay below {rare}.")


@our_style()
def plot_word_cloud(text: str, title: str, marked: Collection[str] = (), font: str | None = None) -> DescribedFigure:
    """The words of a text, each drawn larger the more often it occurs; the same text gives the same picture.

    The words in `marked` are orange; the title should say what they are. The list beside the cloud counts all words,
    also those that a word cloud leaves out because every text has many of them, such as *the*: these are grey. font is
    the path of a font with the letters of the text's script; the default font has the Latin, Greek and Cyrillic
    letters. Raises OSError if the font cannot be read.
    """

    def colour(word: str, **_: object) -> str:
        return for_words(MARK) if word in marked else INK

    cloud = WordCloud(
        width=440,
        height=290,
        scale=2,
        # no two words touch
        margin=6,
        background_color="white",
        random_state=1859,
        collocations=False,
        max_words=40,
        prefer_horizontal=0.95,
        color_func=colour,
        font_path=font,
    )
    # a writing without spaces has words as long as a sentence, for which there is no room
    text = re.sub(r"\w{15,}", lambda found: found[0][:14], text)
    cloud.generate(text.replace("’", "'"))
    figure, panels = new_panels(1, 2, (WIDTH, 3.5), title, width_ratios=(3, 1))
    page, ranking = panels[0]
    page.imshow(cloud.to_array(), interpolation="nearest")
    page.set_axis_off()
    drawn = [*cloud.words_]
    ranked = Counter(word.lower() for word in re.findall(r"\w+", text)).most_common(LISTED_WORDS)
    rank_words(ranking, ranked, drawn, marked)
    words = f"A word cloud of {len(drawn)} words; largest are {', '.join(drawn[:8])}"
    orange = [word for word in drawn if word in marked]
    if orange:
        words += f"; orange are {', '.join(orange)}"
    counted = ", ".join(f"{word} {times}" for word, times in ranked)
    return figure.describe(f"{words}. The commonest of all words: {counted}.")


def rank_words(axes: Axes, ranked: Sequence[tuple[str, int]], drawn: Collection[str], marked: Collection[str]) -> None:
    """Write a list of words and how often they occur: in the colour of the cloud, and grey if they are not in it."""
    in_cloud = {word.lower() for word in drawn}
    orange = {word.lower() for word in marked}
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(LISTED_WORDS + 2.6, -0.6))
    axes.text(0, 0, "all words, counted", va="center", color=INK, fontsize=10)
    for row, (word, times) in enumerate(ranked, start=1):
        colour = OTHERS
        if word in in_cloud:
            colour = for_words(MARK) if word in orange else INK
        axes.text(0, row + 0.2, word, va="center", color=colour, fontsize=10)
        axes.text(0.95, row + 0.2, f"{times:,}", ha="right", va="center", color=colour, fontsize=10)
    axes.text(0, LISTED_WORDS + 1.7, "grey: not in the cloud", va="center", color=OTHERS, fontsize=9.5)


@our_style()
def plot_windows(text: str, batch_size: int, seq_length: int, title: str) -> DescribedFigure:
    """How a text becomes batches: the first two windows of every stream, character by character."""
    length = (len(text) - 1) // batch_size
    figure, axes = new_axes(WIDTH, 0.6 * batch_size + 1.3, title)
    for stream in range(batch_size):
        row = batch_size - stream
        for place in range(2 * seq_length):
            colour = fade(MODEL, 0.2) if place < seq_length else fade(OTHERS, 0.25)
            axes.add_patch(Rectangle((place, row - 0.3), 1, 0.6, facecolor=colour, edgecolor="white"))
            char = visible(text[stream * length + place])
            axes.text(place + 0.5, row, char, ha="center", va="center", family="monospace", fontsize=12, color=INK)
        # the targets of the first window: the same characters, one place further
        axes.add_patch(Rectangle((1, row - 0.36), seq_length, 0.72, fill=False, edgecolor=MARK, linewidth=1.8))
        label = f"stream {stream + 1}, from\ncharacter {stream * length}"
        axes.text(-0.3, row, label, ha="right", va="center", fontsize=10, color=INK)
    above = batch_size + 0.55
    axes.text(seq_length / 2, above, "window 1: inputs", ha="center", color=for_words(MODEL), fontsize=10)
    second = "window 2: memory carried over"
    axes.text(1.5 * seq_length, above, second, ha="center", color=for_words(OTHERS), fontsize=10)
    axes.text(1, 0.3, "framed: the targets of window 1, one character later", color=for_words(MARK), fontsize=10)
    axes.set(xlim=(-0.22 * 2 * seq_length, 2 * seq_length + 0.2), ylim=(0.15, batch_size + 0.85))
    axes.set_axis_off()
    first = [text[stream * length :][: seq_length + 1] for stream in range(batch_size)]
    pairs = "; ".join(f"inputs {window[:-1]!r}, targets {window[1:]!r}" for window in first)
    return figure.describe(f"Window 1 of each stream: {pairs}. Window 2 begins where window 1 ends.")


@our_style()
def plot_probabilities(
    characters: Sequence[str],
    panels: Mapping[str, Sequence[float]],
    title: str,
    true: str | None = None,
    *,
    up_to: float = 1.0,
) -> DescribedFigure:
    """The probabilities of the next character, {panel: probabilities}: a bar per character, all panels on one scale.

    A line shows 1/V, the probability of each of the V characters if all were equally likely. The bar of the character
    `true`, the one that does come next, has a colour of its own. The axis always goes from 0 to `up_to`, so that two
    such figures can be compared.
    """
    figure, plots = new_panels(len(panels), 1, (WIDTH, 1.2 + 1.6 * len(panels)), title, sharex=True, sharey=True)
    uniform = 1 / len(characters)
    colours = [MARK if char == true else MODEL for char in characters]
    for axes, (name, p) in zip(plots.flat, panels.items(), strict=True):
        axes.bar([visible(char) for char in characters], p, color=colours)
        axes.axhline(uniform, color=GREY, linewidth=2, linestyle="--")
        axes.tick_params(axis="x", length=0)
        axes.set_title(name, loc="left", fontsize=11, color=INK)
        axes.set_ylabel("probability")
        axes.set_ylim(0, up_to)
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
    rows = math.ceil(len(by_temperature) / 2)
    figure, panels = new_panels(rows, min(2, len(by_temperature)), (WIDTH, 0.8 + 2 * rows), title, sharey=True)
    for axes in panels.flat[len(by_temperature) :]:
        axes.set_axis_off()
    names = [visible(char) for char in characters]
    words = []
    for axes, (temperature, p) in zip(panels.flat, by_temperature.items(), strict=True):
        rest = f"the other {others} symbols: {1 - np.sum(p):.0%}"
        axes.bar(names, p, color=MODEL)
        axes.set_title(f"temperature {temperature:g}", loc="left", fontsize=11, color=INK)
        axes.text(1, 0.97, rest.replace(": ", ":\n"), transform=axes.transAxes, ha="right", va="top", color=INK)
        axes.tick_params(axis="x", length=0)
        words.append(f"at {temperature:g}: {in_order(names, p, 3)}; {rest}")
    for axes in panels[:, 0]:
        axes.set_ylabel("probability")
    for axes in panels[-1]:
        axes.set_xlabel("next character")
    return figure.describe(f"A panel for each temperature. {'. '.join(words)}.")


def in_order(characters: Sequence[str], probabilities: Sequence[float], count: int) -> str:
    """The first few characters and their probabilities in words: "e 0.51, a 0.20"."""
    return ", ".join(f"{visible(char)} {p:.2f}" for char, p in [*zip(characters, probabilities, strict=True)][:count])
