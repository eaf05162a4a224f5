"""The figures that look inside a character model: text whose characters are coloured."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.patches import Rectangle

from lstm_scratch.figures.style import (
    GATE_COLOURS,
    GATE_NAMES,
    GREY,
    INK,
    MARK,
    MODEL,
    WIDTH,
    DescribedFigure,
    fade,
    for_words,
    new_axes,
    our_style,
    visible,
)
from lstm_scratch.figures.texts import in_order

# negative blue, zero white, positive orange; light enough at both ends for dark letters to be read on them
SIGNED = LinearSegmentedColormap.from_list("signed", ["#5FA8DC", "#FFFFFF", "#F08A4B"])
GROWING = LinearSegmentedColormap.from_list("growing", ["#FFFFFF", "#F08A4B"])
# the width of a character and the height of a line in inches: letters have the same size in all figures of text
CHARACTER = 0.0945
LINE = 0.19
# font sizes in points; a letter is as wide as its place, so that words hold together
LETTER = 10.8
SMALLER = 10.0
# a page has room for at least this many characters per line, so that its title fits
SHORTEST_LINE = 70
GUESSES = 3
# the bar of a guess with a probability of 1 is this many characters long
LONGEST_BAR = 6

Guesses = Mapping[int, Sequence[tuple[str, float]]]


@our_style()
def plot_coloured_text(
    text: str, values: Sequence[float], title: str, guesses: Guesses | None = None
) -> DescribedFigure:
    """A text in which every character has the colour of its value: blue below zero, orange above.

    values has one number per character; the largest of them, in either direction, gets the deepest colour. guesses
    gives, for some places in the text, the likeliest next characters and their probabilities. Up to three of them are
    listed below that place, each with its probability as a bar and as a number.
    """
    numbers = np.asarray(values)
    guesses = guesses or {}
    reach = max(float(np.abs(numbers).max()), 1e-12)
    lines = text.split("\n")
    starts = np.cumsum([0, *(len(line) + 1 for line in lines)])
    rows = [0.0]
    for line, start in zip(lines, starts, strict=False):
        below = any(start <= place <= start + len(line) for place in guesses)
        rows.append(rows[-1] + 1 + (GUESSES + 0.9) * below)
    figure, axes = new_page(max(map(len, lines)), rows[-1] + 1.4, title)
    for line, start, row in zip(lines, starts, rows, strict=False):
        for column, char in enumerate((line + "\n")[: len(text) - start]):
            colour = SIGNED(0.5 + 0.5 * float(numbers[start + column]) / reach)
            draw_character(axes, column, row, char, colour)
            if start + column in guesses:
                # the character after this one is guessed, so the guesses are written below the next place
                draw_guesses(axes, column + 1, row + 1.15, guesses[start + column])
    draw_key(axes, rows[-1] + 0.4, SIGNED, "below zero", "above zero")
    low, high = int(numbers.argmin()), int(numbers.argmax())
    words = f"{len(lines)} lines; {np.mean(numbers > 0):.0%} of the characters are orange"
    words += f"; the deepest blue is at {around(text, low)}, the deepest orange at {around(text, high)}"
    for place, likeliest in guesses.items():
        words += (
            f"; after {text[max(0, place - 12) : place + 1]!r} come {in_order(*zip(*likeliest, strict=True), GUESSES)}"
        )
    return figure.describe(words + ".")


@our_style()
def plot_influence(texts: Mapping[str, tuple[str, Sequence[float]]], title: str) -> DescribedFigure:
    """Lines of text in which a character is darker the more it influences what is predicted.

    texts is {what is predicted: (the text before it, the influence of each of its characters)}. Each line has a scale
    of its own, from 0 to the influence of its strongest character, and shades follow the square root of the influence.
    """
    widest = max(len(text) for text, _ in texts.values())
    height = 2.6
    figure, axes = new_page(widest, height * len(texts) + 1, title)
    words = []
    for number, (name, (text, values)) in enumerate(texts.items()):
        row = height * number
        strongest = float(np.max(values))
        axes.text(0, row + 0.45, name, va="center", fontsize=SMALLER, color=INK)
        for place, (char, value) in enumerate(zip(text, values, strict=True)):
            # the square root lets weak influences be seen at all
            draw_character(axes, place, row + 1.1, char, GROWING(float(np.sqrt(value / strongest))))
        ranked = [around(text, int(place)) for place in np.argsort(-np.asarray(values))[:3]]
        words.append(f"{name}: strongest are {', '.join(ranked)}")
    draw_key(axes, height * len(texts) + 0.2, GROWING, "no influence", "the strongest of its line")
    return figure.describe(f"{'; '.join(words)}.")


@our_style()
def plot_gates_on_text(text: str, gates: Mapping[str, Sequence[float]], title: str) -> DescribedFigure:
    """One cell while it reads a text of one line: its gates i, f and o under each character, and its memory c.

    gates is {"i", "f", "o", "c": a number per character}, as `model.trace` gives them for one cell. A full square is an
    open gate. Dotted lines mark the characters at which the cell is written anew: f is below ½, and i above.
    """
    known = {name: np.asarray(gates[name], dtype=float) for name in ("i", "f", "o", "c")}
    n = len(text)
    # the names of the rows need as much room as this many characters
    margin = max(4.0, n * 0.22)
    figure, axes = new_axes(WIDTH, 3.3, title)
    axes.set(xlim=(-margin, n + 0.1), ylim=(6.9, -0.15))
    axes.set_axis_off()
    c = known["c"]
    colours = SIGNED(0.5 + 0.5 * np.tanh(c))
    size = min(15.0, 380 / n)
    anew = np.flatnonzero((known["f"] < 0.5) & (known["i"] > 0.5))
    for place in anew:
        axes.plot([place + 0.5] * 2, [1.05, 6.7], ":", color=GREY, linewidth=1.2, zorder=0)
    for place, char in enumerate(text):
        draw_character(axes, place, 0, char, colours[place], size)
    names = {"i": 1.35, "f": 2.15, "o": 2.95}
    for gate, top in names.items():
        for place, value in enumerate(known[gate]):
            shade = fade(GATE_COLOURS[gate], float(value))
            axes.add_patch(Rectangle((place + 0.04, top), 0.92, 0.6, facecolor=shade, edgecolor=GREY, linewidth=0.4))
        look = {"ha": "right", "va": "center", "color": for_words(GATE_COLOURS[gate])}
        axes.text(-0.4, top + 0.3, GATE_NAMES[gate], **look)
    zero = 5.35
    scale = 1.3 / max(float(np.abs(c).max()), 1e-9)
    axes.plot([0, n], [zero, zero], "--", color=GREY, linewidth=0.8)
    for place, value in enumerate(c):
        axes.add_patch(Rectangle((place, zero), 1, -scale * value, facecolor=colours[place], linewidth=0))
    axes.step(range(n + 1), zero - scale * np.append(c, c[-1]), where="post", color=INK, linewidth=2)
    look = {"ha": "right", "va": "center", "color": INK}
    axes.text(-0.4, 0.5, "it reads", **look)
    axes.text(-0.4, zero, "cell state c", **look)
    axes.text(-0.4, zero - 0.8, f"{c.max():+.1f}", fontsize=9, **look)
    axes.text(-0.4, zero + 0.8, f"{c.min():+.1f}", fontsize=9, **look)
    means = ", ".join(f"{GATE_NAMES[gate]} {known[gate].mean():.2f}" for gate in names)
    words = f"A cell reads {text!r}. On average: {means}. c goes from {c[0]:.2f} to {c[-1]:.2f}"
    if len(anew):
        words += f"; it is written anew at {', '.join(around(text, int(place)) for place in anew)}"
    return figure.describe(words + ".")


@our_style()
def plot_guesses(
    text: str, guesses: Sequence[Sequence[tuple[str, float]]], title: str, *, count: int = 5
) -> DescribedFigure:
    """The likeliest characters before each character of a text of one line, above each other; the right one is framed.

    guesses gives, for every character of the text, what was expected in its place: (character, probability), the
    likeliest first. The darker its square, the more probable it was. A cross marks a character that is not among them.
    """
    n = len(text)
    margin = max(5.0, n * 0.14)
    bottom = 1.25 + 0.95 * count
    figure, axes = new_axes(WIDTH, 3.2, title)
    axes.set(xlim=(-margin, n + 0.1), ylim=(bottom + 1.7, -0.1))
    axes.set_axis_off()
    size = min(14.0, 400 / n)
    look = {"ha": "center", "va": "center", "family": "monospace"}
    first = 0
    missed = []
    for place, (char, likeliest) in enumerate(zip(text, guesses, strict=True)):
        axes.text(place + 0.5, 0.5, visible(char), fontsize=size, color=INK, **look)
        for rank, (guess, p) in enumerate(likeliest[:count]):
            top = 1.25 + 0.95 * rank
            axes.add_patch(Rectangle((place + 0.03, top), 0.94, 0.89, facecolor=shade_of(p), linewidth=0))
            axes.text(place + 0.5, top + 0.45, visible(guess), fontsize=0.8 * size, color=INK, **look)
            if guess == char:
                frame = {"fill": False, "edgecolor": MARK, "linewidth": 2, "zorder": 4}
                axes.add_patch(Rectangle((place + 0.05, top + 0.02), 0.9, 0.85, **frame))
                first += rank == 0
        if char not in [guess for guess, _ in likeliest[:count]]:
            missed.append(place)
            axes.text(place + 0.5, bottom + 0.25, "×", fontsize=size, color=for_words(MARK), **look)
    look = {"ha": "right", "va": "center"}
    axes.text(-0.4, 0.5, "the text", color=INK, **look)
    axes.text(-0.4, 1.7, "likeliest", color=for_words(MODEL), **look)
    axes.text(-0.4, bottom + 0.25, "missed", color=for_words(MARK), **look)
    draw_shades(axes, n, bottom + 0.85)
    right = f"the first guess is right at {first} of {n} characters"
    axes.text(-margin + 0.3, bottom + 1.2, right, va="center", color=INK)
    average = np.mean([dict(likeliest).get(char, 0.0) for char, likeliest in zip(text, guesses, strict=True)])
    words = f"Before each of {n} characters of {text!r}, {count} guesses: {right}, {len(missed)} are not among them"
    return figure.describe(f"{words}; the right character had a probability of {average:.2f} on average.")


def shade_of(p: float) -> tuple[float, float, float]:
    """The blue for a probability: light enough for dark letters even at 1."""
    return fade(MODEL, 0.7 * p**0.7)


def draw_shades(axes: Axes, right: float, top: float) -> None:
    """Draw the key of the shades of `plot_guesses`, with its end at the right."""
    width = right / 16
    for number, p in enumerate((1.0, 0.6, 0.3, 0.1, 0.02)):
        left = right - (number + 1) * width
        axes.add_patch(Rectangle((left, top), 0.96 * width, 0.7, facecolor=shade_of(p), edgecolor=GREY, linewidth=0.4))
        axes.text(left + 0.48 * width, top + 0.35, f"{p:.0%}", ha="center", va="center", fontsize=8, color=INK)
    axes.text(right - 5.3 * width, top + 0.35, "probability", ha="right", va="center", fontsize=9, color=INK)


def around(text: str, place: int) -> str:
    """A character in words, with what comes before it: "'s' after 'it i'"."""
    return f"{text[place]!r} after {text[max(0, place - 8) : place]!r}"


def new_page(columns: int, rows: float, title: str) -> tuple[DescribedFigure, Axes]:
    """A figure without axes on which characters are laid out in columns and rows, the first row at the top."""
    columns = max(columns, SHORTEST_LINE)
    figure, axes = new_axes(CHARACTER * (columns + 2) + 0.2, LINE * (rows + 1.4) + 0.4, title)
    axes.set(xlim=(-0.3, columns + 1.7), ylim=(rows + 0.3, -0.3))
    axes.set_axis_off()
    return figure, axes


def draw_character(axes: Axes, column: float, row: float, char: str, colour: object, size: float = LETTER) -> None:
    """Draw one character on a background of this colour; a line end is drawn as its usual sign."""
    # the layout need not measure the characters, which would take as long as drawing them
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, edgecolor="none", in_layout=False))
    look = {"ha": "center", "va": "center", "family": "monospace", "fontsize": size, "in_layout": False}
    axes.text(column + 0.5, row + 0.5, char if char == " " else visible(char), color=INK, **look)


def draw_guesses(axes: Axes, column: float, row: float, likeliest: Sequence[tuple[str, float]]) -> None:
    """Draw the likeliest characters for a place, one below the other, with their probabilities as bars and numbers."""
    look = {"va": "center", "fontsize": SMALLER, "color": INK, "in_layout": False}
    # at the end of a long line the guesses move to the left, while the mark stays at the place itself
    left = min(column, axes.get_xlim()[1] - LONGEST_BAR - 7)
    axes.plot(column + 0.5, row + 0.05, "^", color=INK, markersize=4)
    for rank, (char, p) in enumerate(likeliest[:GUESSES]):
        middle = row + 0.75 + rank
        length = LONGEST_BAR * p
        axes.text(left + 0.5, middle, visible(char), ha="center", family="monospace", **look)
        axes.add_patch(Rectangle((left + 1.3, middle - 0.35), length, 0.7, facecolor=MODEL, in_layout=False))
        axes.text(left + 1.6 + length, middle, f"{p:.2f}", **look)


def draw_key(axes: Axes, row: float, colours: Colormap, lowest: str, highest: str) -> None:
    """Draw what the colours mean: a strip from one end of the scale to the other, with words on either side."""
    look = {"va": "center", "fontsize": SMALLER, "color": INK}
    left = 12
    steps = 12
    axes.text(left - 0.6, row + 0.5, lowest, ha="right", **look)
    for step in range(steps):
        colour = colours(step / (steps - 1))
        axes.add_patch(Rectangle((left + step, row + 0.1), 1, 0.8, facecolor=colour, edgecolor="none"))
    axes.text(left + steps + 0.6, row + 0.5, highest, ha="left", **look)
