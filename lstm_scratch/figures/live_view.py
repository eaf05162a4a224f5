"""The live view: type, and watch a character model read.

Each character is coloured by the model's surprise at it or by one memory cell, the likeliest next characters are
listed next to the text as bars, and a button lets the model continue the text.
"""

import html
import textwrap
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.colors import to_hex

from lstm_scratch.activations import softmax
from lstm_scratch.char_model import CharLM
from lstm_scratch.figures.inside import GROWING, SIGNED, draw_character
from lstm_scratch.figures.style import BLUE, INK, DescribedFigure, in_words, new_panels, to_png, visible
from lstm_scratch.figures.texts import in_order
from lstm_scratch.layer import Rng

START = "It was the best of times, it was the worst of times"
# surprise is white at 0 bits and deepest from this many bits on; a cell's colour is that of tanh(c). Both scales are
# fixed, so that a colour always means the same
MOST_BITS = 8
LIKELIEST = 10
WRITTEN = 100
COLUMNS = 74
PAPER = f"background: white; color: {INK}; padding: 6px; font: 15px/1.5 monospace; white-space: pre-wrap"
# the page is at least this many lines high, so that nothing below it jumps when the box is emptied
LEAST_LINES = 12
BAR = f"display: inline-block; height: 0.8em; margin: 0 6px; background: {BLUE}"


class Reading(NamedTuple):
    """What a model computes from a text of N characters, with NaN for every character that it does not know."""

    text: str
    bits: np.ndarray  # (N,): -log₂ p, the surprise at each character; NaN for the first, which nothing precedes
    cells: np.ndarray  # (N, H): every memory cell c after each character
    likeliest: list[tuple[str, float]]  # the likeliest next characters and their probabilities


def read(model: CharLM, text: str) -> Reading:
    """Let the model read a text, from an empty memory on, passing over characters that it does not know."""
    known = np.flatnonzero([char in model.vocabulary.index for char in text])
    bits = np.full(len(text), np.nan)
    cells = np.full((len(text), model.hidden_size), np.nan)
    if not len(known):
        return Reading(text, bits, cells, [])
    ids = model.vocabulary.encode("".join(text[place] for place in known))
    trace = model.trace(ids[:, None])
    p = softmax(model.output(trace["h"][:, 0]))
    bits[known[1:]] = -np.log2(p[np.arange(len(ids) - 1), ids[1:]])
    cells[known] = trace["c"][:, 0]
    likeliest = [(model.vocabulary.characters[k], float(p[-1, k])) for k in np.argsort(-p[-1])[:LIKELIEST]]
    return Reading(text, bits, cells, likeliest)


def colours(reading: Reading, cell: int | None) -> list[str]:
    """The colours of the characters, as "#rrggbb": by surprise or by the cell of this number; white without a value."""
    shades = GROWING(reading.bits / MOST_BITS) if cell is None else SIGNED(0.5 + 0.5 * np.tanh(reading.cells[:, cell]))
    return [to_hex(shade) if shade[3] else "#ffffff" for shade in shades]


def sign(char: str) -> str:
    """A character in a form that can be seen: all invisible ones but the space become a sign or their code point."""
    if char == "\n":
        return "⏎\n"
    if char == "\t":
        return "⇥\t"
    # separators, control and format characters, such as a no-break space or a zero-width joiner
    if char != " " and unicodedata.category(char)[0] in "ZC":
        return f"[U+{ord(char):04X}]"
    return char


def value_in_words(reading: Reading, place: int, cell: int | None) -> str:
    """The value that the colour of a character stands for, in words: "3.1 bits, p = 0.12", or "c = -0.53"."""
    if np.isnan(reading.cells[place, 0]):
        return "unknown"
    if cell is not None:
        return f"c = {reading.cells[place, cell]:.2f}"
    bits = reading.bits[place]
    if np.isnan(bits):
        return "the first character"
    return f"{bits:.1f} bits, p = {2.0**-bits:.2g}"


def legend(reading: Reading, cell: int | None) -> str:
    """What the colours mean, and which characters the model does not know, in words."""
    words = f"memory cell {cell}: blue below zero, orange above"
    if cell is None:
        words = f"surprise: white 0 bits, deep orange {MOST_BITS} or more"
        if np.isfinite(reading.bits).any():
            words += f", {np.nanmean(reading.bits):.1f} on average"
    unknown = dict.fromkeys(char for char, c in zip(reading.text, reading.cells[:, 0]) if np.isnan(c))
    names = [f"{sign(char)} (U+{ord(char):04X}, {unicodedata.name(char, 'no name').lower()})" for char in unknown]
    if names:
        words += f". Unknown to this model, and passed over: {', '.join(names)}"
    return words


def in_sentences(reading: Reading, cell: int | None) -> str:
    """The view in words, for those who do not see it."""
    start = textwrap.shorten(reading.text, 60, placeholder=" ...")
    words = f"The text {start!r}. Colours: {legend(reading, cell)}."
    if reading.likeliest:
        words += f" The likeliest next characters: {in_order(*zip(*reading.likeliest), 3)}."
    return words


def coloured_html(reading: Reading, cell: int | None, written: Sequence[bool] = ()) -> str:
    """The text as HTML, with each character on a background of its colour.

    Unknown characters are framed, and those that the model has written, where `written` is True, are underlined.
    """
    spans = []
    for place, (char, colour) in enumerate(zip(reading.text, colours(reading, cell))):
        style = f"background: {colour}"
        if np.isnan(reading.cells[place, 0]):
            style += "; outline: 2px dashed"
        if place < len(written) and written[place]:
            style += f"; border-bottom: 2px solid {BLUE}"
        words = value_in_words(reading, place, cell)
        spans.append(f'<span style="{style}" title="{words}">{html.escape(sign(char))}</span>')
    paper = f"{PAPER}; min-height: {1.5 * LEAST_LINES}em"
    return f'<div style="{paper}">{"".join(spans)}</div>'


def legend_html(reading: Reading, cell: int | None, written: Sequence[bool] = ()) -> str:
    """What colours and lines mean, as HTML: a box that is two lines high, even if one line is enough."""
    explained = legend(reading, cell)
    if any(written):
        explained += ". Underlined: written by the model"
    return f'<div style="line-height: 1.4; min-height: 2.8em">{html.escape(explained)}</div>'


def bars_html(likeliest: list[tuple[str, float]]) -> str:
    """The likeliest next characters as bars, as HTML: a box that stays as high when there are none."""
    rows = []
    for char, p in likeliest:
        name = html.escape(sign(char).strip("\n\t") if char != " " else visible(char))
        rows.append(f'{name}<span style="{BAR}; width: {5 * p:.2f}em"></span>{p:.2f}')
    paper = f"{PAPER}; min-height: {1.5 * LEAST_LINES}em; white-space: pre"
    return f'<div style="{paper}">next:\n{chr(10).join(rows)}</div>'


def carried_marks(old_text: str, marks: Sequence[bool], new_text: str) -> list[bool]:
    """Which characters the model has written, after an edit: untouched ones keep their mark, and new ones have none."""
    shorter = min(len(old_text), len(new_text))
    before = 0
    while before < shorter and old_text[before] == new_text[before]:
        before += 1
    after = 0
    while after < shorter - before and old_text[-1 - after] == new_text[-1 - after]:
        after += 1
    typed = len(new_text) - before - after
    return [*marks[:before], *typed * [False], *marks[len(marks) - after :]]


def plot_reading(reading: Reading, cell: int | None, title: str) -> DescribedFigure:
    """The live view as a picture: the text, each character on its colour, and the likeliest next ones as bars."""
    figure, panels = new_panels(1, 2, (11, 2.6), title, width_ratios=(4, 1))
    page, bars = panels[0]
    row = column = 0
    for char, colour in zip(reading.text, colours(reading, cell)):
        draw_character(page, column, row, char, colour)
        row, column = (row + 1, 0) if char == "\n" or column == COLUMNS else (row, column + 1)
    page.set(xlim=(0, COLUMNS + 2), ylim=(max(row + 4, 7.5), -0.2))
    explained = textwrap.fill(legend(reading, cell), 90)
    page.text(0, row + 1.6, explained, va="top", color=INK, fontsize=11, in_layout=False)
    page.set_axis_off()
    bars.barh([visible(char) for char, _ in reading.likeliest], [p for _, p in reading.likeliest], color=BLUE)
    bars.invert_yaxis()
    bars.tick_params(axis="y", length=0)
    bars.set_xlabel("probability")
    bars.set_title("next character", loc="left", fontsize=12, color=INK)
    return figure.describe(in_sentences(reading, cell))


def widgets(
    model: CharLM,
    text: str = START,
    cells: Mapping[str, int] | None = None,
    rng: Rng | None = None,
    say: Callable[[str], object] | None = None,
) -> Any:
    """The widgets of `watch`, in one box (ipywidgets.VBox).

    rng draws the characters that the button writes. say, if given, is called with the view in words, first at once and
    then after each change.
    """
    import ipywidgets

    rng = np.random.default_rng(rng)
    named_cells = dict(cells or {})
    other = "the cell with this number:"
    # labels take the room that they need, so that none is cut off
    whole = {"description_width": "initial"}
    box = ipywidgets.Textarea(text, rows=4, layout={"width": "98%"})
    chosen = ipywidgets.Dropdown(
        options=["surprise", *named_cells, other], description="colour by", style=whole, layout={"width": "21em"}
    )
    number = ipywidgets.BoundedIntText(0, min=0, max=model.hidden_size - 1, layout={"width": "6em"})
    heat = ipywidgets.FloatSlider(
        0.7, min=0.1, max=1.5, step=0.1, description="temperature", style=whole, layout={"width": "21em"}
    )
    # where a sidebar leaves little room, the slider becomes shorter, not the button
    heat.layout.min_width = "15em"
    button = ipywidgets.Button(description=f"Write {WRITTEN} characters", layout={"width": "12em", "flex": "0 0 auto"})
    page = ipywidgets.HTML(layout={"width": "72%"})
    bars = ipywidgets.HTML(layout={"width": "26%", "min_width": "10em"})
    key = ipywidgets.HTML(layout={"width": "98%"})
    # the text as it was last shown, and which of its characters the model has written
    shown_text = box.value
    marks = len(shown_text) * [False]

    def chosen_cell() -> int | None:
        """The number of the cell whose colours are shown; None for the model's surprise."""
        if chosen.value == "surprise":
            return None
        if chosen.value == other:
            return number.value
        return named_cells[chosen.value]

    def show(change: object = None) -> None:
        nonlocal shown_text, marks
        marks = carried_marks(shown_text, marks, box.value)
        shown_text = box.value
        reading = read(model, box.value)
        page.value = coloured_html(reading, chosen_cell(), marks)
        bars.value = bars_html(reading.likeliest)
        key.value = legend_html(reading, chosen_cell(), marks)
        number.disabled = chosen.value != other
        button.disabled = not reading.likeliest
        if say is not None:
            say(in_sentences(reading, chosen_cell()))

    def write(_: object) -> None:
        nonlocal shown_text, marks
        prompt = "".join(char for char in box.value if char in model.vocabulary.index)
        written = model.sample(prompt, WRITTEN, temperature=heat.value, rng=rng)
        marks = [*marks, *len(written) * [True]]
        shown_text = box.value + written
        # this calls show, which finds that nothing was typed
        box.value = shown_text

    for widget in (box, chosen, number):
        widget.observe(show, "value")
    button.on_click(write)
    show()
    # two short rows, which also fit next to a sidebar
    colouring = ipywidgets.HBox([chosen, number])
    writing = ipywidgets.HBox([heat, button])
    return ipywidgets.VBox([box, colouring, writing, ipywidgets.HBox([page, bars]), key])


def watch(model: CharLM, text: str = START, cells: Mapping[str, int] | None = None) -> None:
    """Show a text box, and below it what is typed, in the colours of the model's surprise or of one memory cell.

    The model can be any CharLM, and text is what the box contains at first. cells gives names to some memory cells,
    {name: number}. Where nothing can be typed, as in a saved copy, a picture of the view is shown instead. The words
    folded below follow what is typed.
    """
    from IPython.display import display

    picture = plot_reading(read(model, text), None, "Run this cell to type here, and watch the model read")
    fold: Any = None

    def say(words: str) -> None:
        if fold is not None:
            fold.update({"text/html": in_words(words)}, raw=True)

    view = {**widgets(model, text, cells, say=say)._repr_mimebundle_(), "text/plain": picture.words}
    display(
        {**view, "image/png": to_png(picture)}, metadata={"image/png": {"alt": picture.words, "width": 880}}, raw=True
    )
    fold = display({"text/html": in_words(picture.words)}, raw=True, display_id=True)
