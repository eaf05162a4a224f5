"""The figures that look inside a character model: functions from data to a matplotlib Figure.

A title states what the figure shows, so every function takes it from the caller, who knows the numbers. Every function
raises ValueError for data that it cannot draw, numbers that are not finite among them.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lstm_scratch.checks import check_choice, check_positive, check_text, shorten
from lstm_scratch.figures.figure_checks import (
    check_named,
    check_points,
    check_row,
    check_shares,
    check_table,
    check_texts,
)
from lstm_scratch.figures.style import (
    BLUE,
    BROWN,
    GATE_COLOURS,
    GATE_NAMES,
    GREY,
    INK,
    new_axes,
    new_panels,
    visible,
)

# negative blue, zero white, positive orange; light enough at both ends for dark letters to be read on them
SIGNED = LinearSegmentedColormap.from_list("signed", ["#5FA8DC", "#FFFFFF", "#F08A4B"])
GROWING = LinearSegmentedColormap.from_list("growing", ["#FFFFFF", "#F08A4B"])
# a character of the page takes this many inches, so that every figure of text has letters of one size
CHARACTER, LINE = 0.125, 0.235
# and a page has room for so many in a line, and so for its title
SHORTEST_LINE = 70
GUESSES = 5

Guesses = Mapping[int, Sequence[tuple[str, float]]]


def plot_temperatures(characters: Sequence[str], by_temperature: Mapping[float, np.ndarray], title: str) -> Figure:
    """The probabilities of the likeliest next characters, one panel a temperature, in the same order."""
    check_named("by_temperature", by_temperature)
    check_texts("characters", characters)
    for temperature, p in by_temperature.items():
        check_positive(temperature=temperature)
        check_shares(f"probabilities at temperature {temperature:g}", p, len(characters))
    figure, panels = new_panels(1, len(by_temperature), (10, 3.2), title, sharey=True)
    names = [visible(char) for char in characters]
    for axes, (temperature, p) in zip(panels.flat, by_temperature.items()):
        axes.bar(names, p, color=BLUE)
        axes.set_title(f"temperature {temperature:g}", loc="left", fontsize=12, color=INK)
        axes.set_xlabel("next character")
        axes.tick_params(axis="x", length=0)
    panels[0, 0].set_ylabel("probability")
    return figure


def plot_coloured_text(text: str, values: Sequence[float], title: str, guesses: Guesses | None = None) -> Figure:
    """A text in which every character wears the colour of its value: blue below zero, orange above.

    guesses gives, for some places in the text, the likeliest next characters and their probabilities: up to five
    of them are written below that place, the likeliest first, the darker the likelier. Raises ValueError unless
    there is a text, with one value a character, and every guess has its place in it.
    """
    check_text("text", text)
    if not text or np.shape(values) != (len(text),):
        raise ValueError(f"one value a character is needed, at least one: {len(text)}, not {np.size(values)}")
    numbers, guesses = check_row("values", values), guesses or {}
    check_guesses(text, guesses)
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
            draw_character(axes, place, row, visible(char) if char != " " else char, colour)
            for rank, (guess, p) in enumerate(guesses.get(start + place, ())[:GUESSES]):
                # the character after this one is guessed, so the guesses stand below the next place
                draw_character(axes, place + 1, row + 1.15 + rank, visible(guess), GROWING(float(p)), size=9)
    return figure


def check_guesses(text: str, guesses: Guesses) -> None:
    """Raise ValueError unless every guess stands at a place in the text, and is a character with its probability."""
    for place, likeliest in guesses.items():
        if not isinstance(place, (int, np.integer)) or not 0 <= place < len(text):
            raise ValueError(f"guesses must stand at places from 0 to {len(text) - 1}, not at {shorten(place)}")
        try:
            chars, p = zip(*likeliest)
        except (TypeError, ValueError) as error:
            wanted = "pairs of a character and its probability"
            raise ValueError(f"the guesses at {place} must be {wanted}, not {shorten(likeliest)}") from error
        check_texts(f"the characters guessed at {place}", chars)
        check_shares(f"the probabilities guessed at {place}", p, len(chars))


def plot_influence(texts: Mapping[str, tuple[str, Sequence[float]]], title: str) -> Figure:
    """Lines of text, {what is predicted: (text before it, influence of each character)}: the darker, the stronger.

    Every line is shaded on its own, from 0 to its strongest character, by the square root. Raises ValueError unless
    each line has one influence a character, none of them negative and not all of them zero.
    """
    check_named("texts", texts)
    for name, pair in texts.items():
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise ValueError(f"{name!r} must have a pair of a text and its influences, not {shorten(pair)}")
        text, values = pair
        check_text(f"the text before {name!r}", text)
        strengths = check_row(f"the influences on {name!r}", values)
        if len(strengths) != len(text) or strengths.min() < 0 or strengths.max() <= 0:
            raise ValueError(f"one influence a character, from 0 up and not all of them 0, is needed for {name!r}")
    widest = max(len(text) for text, _ in texts.values())
    figure, axes = new_page(widest, 2.6 * len(texts), title)
    for number, (name, (text, values)) in enumerate(texts.items()):
        row, strongest = 2.6 * number, float(np.max(values))
        axes.text(0, row + 0.45, name, va="center", fontsize=10, color=INK)
        for place, (char, value) in enumerate(zip(text, values)):
            # the square root lets weak influences be seen at all
            draw_character(
                axes,
                place,
                row + 1.1,
                visible(char) if char != " " else char,
                GROWING(float(np.sqrt(value / strongest))),
            )
    return figure


def new_page(columns: int, rows: float, title: str) -> tuple[Figure, Axes]:
    """A figure without axes on which characters are laid out in columns and rows, the first row at the top."""
    columns = max(columns, SHORTEST_LINE)
    figure, axes = new_axes(CHARACTER * (columns + 2), LINE * (rows + 1.4) + 0.25, title)
    axes.set(xlim=(-0.3, columns + 1.7), ylim=(rows + 0.3, -0.3))
    axes.set_axis_off()
    return figure, axes


def draw_character(axes: Axes, column: float, row: float, char: str, colour: object, size: int = 10) -> None:
    """One character on its coloured ground."""
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, edgecolor="none"))
    look = {"ha": "center", "va": "center", "family": "monospace", "fontsize": size}
    axes.text(column + 0.5, row + 0.5, char, color=INK, **look)


def plot_gate_use(shares: Mapping[str, pd.DataFrame], title: str) -> Figure:
    """How often each cell's gate is shut and open: for each gate, a table with a row a cell, columns shut and open.

    One point a cell; a gate that mostly weighs lies near the corner at the bottom left, one that is always shut or
    open on the line from corner to corner.
    """
    check_named("shares", shares)
    for gate, table in shares.items():
        check_choice("a gate is one of", gate, GATE_NAMES)
        check_table(f"shares of {gate!r}", table, ["shut", "open"])
    figure, panels = new_panels(1, len(shares), (10, 3.9), title, sharex=True, sharey=True)
    for axes, (gate, table) in zip(panels.flat, shares.items()):
        axes.plot([0, 1], [1, 0], color=GREY, linewidth=1, linestyle="--")
        # hollow, so that points below others can still be seen
        look = {"color": GATE_COLOURS[gate], "markersize": 4, "markerfacecolor": "none"}
        axes.plot(table["shut"], table["open"], "o", clip_on=False, **look)
        axes.set_title(GATE_NAMES[gate], loc="left", fontsize=12, color=INK)
        axes.set(xlabel="share of the time shut", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    panels[0, 0].set_ylabel("share of the time open")
    return figure


def plot_contexts(
    scores: Mapping[str, Mapping[str, tuple[Sequence[int], Sequence[float]]]], title: str, floor: float = 0.0
) -> Figure:
    """Bits per character over the number of characters that may be seen: a panel each, curves {name: (x, y)}.

    The horizontal axis is logarithmic; panels share the vertical one, which begins at `floor`. Raises ValueError for
    more than two curves in a panel: no more can be told apart.
    """
    check_named("scores", scores)
    for name, curves in scores.items():
        check_named(f"scores of {name!r}", curves)
        for label, points in curves.items():
            contexts, _ = check_points(label, points)
            if contexts.dtype.kind not in "iu" or contexts.min() < 1:
                raise ValueError(f"characters seen before must be whole numbers from 1 up, not {shorten(points[0])}")
    if max(map(len, scores.values())) > 2:
        raise ValueError(f"at most 2 curves a panel can be told apart, not {max(map(len, scores.values()))}")
    figure, panels = new_panels(1, len(scores), (10, 4.2), title, sharey=True)
    looks = ((INK, "o-"), (BROWN, "s--"))
    for axes, (name, curves) in zip(panels.flat, scores.items()):
        for (label, (contexts, bits)), (colour, style) in zip(curves.items(), looks):
            axes.plot(contexts, bits, style, color=colour, linewidth=2.2, markersize=6, label=label)
        ticks = sorted(
            {context for contexts, _ in curves.values() for context in contexts if context & -context == context}
        )
        axes.set_xscale("log", base=2)
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.set_title(name, loc="left", fontsize=12, color=INK)
        axes.set(xlabel="characters seen before")
        axes.legend(frameon=False)
    panels[0, 0].set(ylabel="bits per character", ylim=(floor, None))
    return figure
