"""The figures that look inside a character model: text whose characters are coloured."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from lstm_scratch.figures.style import INK, DescribedFigure, new_axes, visible
from lstm_scratch.figures.texts import in_order

# negative blue, zero white, positive orange; light enough at both ends for dark letters to be read on them
SIGNED = LinearSegmentedColormap.from_list("signed", ["#5FA8DC", "#FFFFFF", "#F08A4B"])
GROWING = LinearSegmentedColormap.from_list("growing", ["#FFFFFF", "#F08A4B"])
# a character takes this many inches, so that every figure of text has letters of one size
CHARACTER = 0.125
LINE = 0.235
# a page has room for so many characters in a line, and so for its title
SHORTEST_LINE = 70
GUESSES = 5

Guesses = Mapping[int, Sequence[tuple[str, float]]]


def plot_coloured_text(
    text: str, values: Sequence[float], title: str, guesses: Guesses | None = None
) -> DescribedFigure:
    """A text in which every character wears the colour of its value: blue below zero, orange above.

    guesses gives, for some places in the text, the likeliest next characters and their probabilities: up to five
    of them are written below that place, the likeliest first, the darker the likelier.
    """
    numbers = np.asarray(values)
    guesses = guesses or {}
    reach = max(float(np.abs(numbers).max()), 1e-12)
    lines = text.split("\n")
    starts = np.cumsum([0, *(len(line) + 1 for line in lines)])
    rows = [0]
    for line, start in zip(lines, starts):
        below = any(start <= place <= start + len(line) for place in guesses)
        rows.append(rows[-1] + 1 + (GUESSES + 0.6) * below)
    figure, axes = new_page(max(map(len, lines)), rows[-1], title)
    for line, start, row in zip(lines, starts, rows):
        for place, char in enumerate((line + "\n")[: len(text) - start]):
            colour = SIGNED(0.5 + 0.5 * float(numbers[start + place]) / reach)
            draw_character(axes, place, row, char, colour)
            for rank, (guess, p) in enumerate(guesses.get(start + place, ())[:GUESSES]):
                # the character after this one is guessed, so the guesses stand below the next place
                draw_character(axes, place + 1, row + 1.15 + rank, guess.replace(" ", "␣"), GROWING(float(p)), size=9)
    low, high = int(numbers.argmin()), int(numbers.argmax())
    words = f"{len(lines)} lines; {np.mean(numbers > 0):.0%} of the characters are orange"
    words += f"; the deepest blue is at {around(text, low)}, the deepest orange at {around(text, high)}"
    for place, likeliest in guesses.items():
        words += f"; after {text[max(0, place - 12) : place + 1]!r} come {in_order(*zip(*likeliest), GUESSES)}"
    return figure.describe(words + ".")


def plot_influence(texts: Mapping[str, tuple[str, Sequence[float]]], title: str) -> DescribedFigure:
    """Lines of text, {what is predicted: (text before it, influence of each character)}: the darker, the stronger.

    Every line is shaded on its own, from 0 to its strongest character, by the square root.
    """
    widest = max(len(text) for text, _ in texts.values())
    figure, axes = new_page(widest, 2.6 * len(texts), title)
    words = []
    for number, (name, (text, values)) in enumerate(texts.items()):
        row = 2.6 * number
        strongest = float(np.max(values))
        axes.text(0, row + 0.45, name, va="center", fontsize=10, color=INK)
        for place, (char, value) in enumerate(zip(text, values)):
            # the square root lets weak influences be seen at all
            draw_character(axes, place, row + 1.1, char, GROWING(float(np.sqrt(value / strongest))))
        ranked = [around(text, int(place)) for place in np.argsort(-np.asarray(values))[:3]]
        words.append(f"{name}: strongest are {', '.join(ranked)}")
    return figure.describe(f"{'; '.join(words)}.")


def around(text: str, place: int) -> str:
    """A character in words, with what stands before it: "'s' after 'it i'"."""
    return f"{text[place]!r} after {text[max(0, place - 8) : place]!r}"


def new_page(columns: int, rows: float, title: str) -> tuple[DescribedFigure, Axes]:
    """A figure without axes on which characters are laid out in columns and rows, the first row at the top."""
    columns = max(columns, SHORTEST_LINE)
    figure, axes = new_axes(CHARACTER * (columns + 2), LINE * (rows + 1.4) + 0.25, title)
    axes.set(xlim=(-0.3, columns + 1.7), ylim=(rows + 0.3, -0.3))
    axes.set_axis_off()
    return figure, axes


def draw_character(axes: Axes, column: float, row: float, char: str, colour: object, size: int = 10) -> None:
    """One character on its coloured ground; a line end gets its usual sign."""
    # the layout need not measure each of them: that would take as long as to draw them
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, edgecolor="none", in_layout=False))
    look = {"ha": "center", "va": "center", "family": "monospace", "fontsize": size, "in_layout": False}
    axes.text(column + 0.5, row + 0.5, char if char == " " else visible(char), color=INK, **look)
