"""The live view: type, and watch a character model read.

Each character is coloured by the model's surprise at it or by one memory cell, the likeliest next characters are
listed next to the text as bars, and a button lets the model write on.
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
# surprise is white at 0 bits and deepest from here on; a cell's colour is that of tanh(c): neither scale ever moves
MOST_BITS = 8
LIKELIEST = 10
WRITTEN = 100
COLUMNS = 74
PAPER = f"background: white; color: {INK}; padding: 6px; font: 15px/1.5 monospace; white-space: pre-wrap"
# so many lines high at least, so that nothing below jumps when the box is emptied
LEAST_LINES = 12
BAR = f"display: inline-block; height: 0.8em; margin: 0 6px; background: {BLUE}"


class Reading(NamedTuple):
    """What a model makes of a text of N characters; the places of those that it does not know hold NaN."""

    text: str
    bits: np.ndarray  # (N,): the surprise at each character, NaN for the first character, which nothing comes before
    cells: np.ndarray  # (N, H): every memory cell c after each character
    likeliest: list[tuple[str, float]]  # the likeliest next characters and their probabilities


def read(model: CharLM, text: str) -> Reading:
    """Read a text from an empty memory, passing over characters that the model does not know."""
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
    """The colour of each character: by surprise, or by a memory cell if one is named; white where there is no value."""
    shades = GROWING(reading.bits / MOST_BITS) if cell is None else SIGNED(0.5 + 0.5 * np.tanh(reading.cells[:, cell]))
    return [to_hex(shade) if shade[3] else "#ffffff" for shade in shades]


def sign(char: str) -> str:
    """A character as it can be seen: an invisible one other than the space by its sign or its code point."""
    if char == "\n":
        return "⏎\n"
    if char == "\t":
        return "⇥\t"
    # separators, control and format characters, such as a no-break space or a zero-width joiner
    if char != " " and unicodedata.category(char)[0] in "ZC":
        return f"[U+{ord(char):04X}]"
    return char


def value_in_words(reading: Reading, place: int, cell: int | None) -> str:
    """What the colour of a character means: "3.1 bits, p = 0.12", or "c = -0.53"."""
    if np.isnan(reading.cells[place, 0]):
        return "unknown"
    if cell is not None:
        return f"c = {reading.cells[place, cell]:.2f}"
    bits = reading.bits[place]
    if np.isnan(bits):
        return "the first character"
    return f"{bits:.1f} bits, p = {2.0**-bits:.2g}"


def legend(reading: Reading, cell: int | None) -> str:
    """What the colours mean, and what the model does not know, in words."""
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
    """The text with a ground of its colour behind each character.

    Unknown characters have a frame, and those that the model has written, where `written` is True, a line below them.
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
    """What colours and lines mean, in a box of two lines that is as high with one."""
    explained = legend(reading, cell)
    if any(written):
        explained += ". Underlined: written by the model"
    return f'<div style="line-height: 1.4; min-height: 2.8em">{html.escape(explained)}</div>'


def bars_html(likeliest: list[tuple[str, float]]) -> str:
    """The likeliest next characters as bars, in a box that is as high without any."""
    rows = []
    for char, p in likeliest:
        name = html.escape(sign(char).strip("\n\t") if char != " " else visible(char))
        rows.append(f'{name}<span style="{BAR}; width: {5 * p:.2f}em"></span>{p:.2f}')
    paper = f"{PAPER}; min-height: {1.5 * LEAST_LINES}em; white-space: pre"
    return f'<div style="{paper}">next:\n{chr(10).join(rows)}</div>'


def carried_marks(old_text: str, marks: Sequence[bool], new_text: str) -> list[bool]:
    """Which characters are the model's own after an edit: what was not touched keeps its mark, what is new has none."""
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
    """The same view as a picture: the text, each character on its colour, and the likeliest next ones as bars."""
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
    """The widgets of `watch`, in a box of their own: ipywidgets.VBox. say is called with the view in words."""
    import ipywidgets

    rng = np.random.default_rng(rng)
    named_cells = dict(cells or {})
    other = "the cell with this number:"
    # a label takes the room that it needs, so that none is cut
    whole = {"description_width": "initial"}
    box = ipywidgets.Textarea(text, rows=4, layout={"width": "98%"})
    chosen = ipywidgets.Dropdown(
        options=["surprise", *named_cells, other], description="colour by", style=whole, layout={"width": "21em"}
    )
    number = ipywidgets.BoundedIntText(0, min=0, max=model.hidden_size - 1, layout={"width": "6em"})
    heat = ipywidgets.FloatSlider(
        0.7, min=0.1, max=1.5, step=0.1, description="temperature", style=whole, layout={"width": "21em"}
    )
    # beside a sidebar it is the slider that becomes shorter, not the button
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
        # this calls show, which finds nothing that was typed
        box.value = shown_text

    for widget in (box, chosen, number):
        widget.observe(show, "value")
    button.on_click(write)
    show()
    # two short rows, which fit beside a sidebar, too
    colouring = ipywidgets.HBox([chosen, number])
    writing = ipywidgets.HBox([heat, button])
    return ipywidgets.VBox([box, colouring, writing, ipywidgets.HBox([page, bars]), key])


def watch(model: CharLM, text: str = START, cells: Mapping[str, int] | None = None) -> None:
    """A text box; below it the text in the colours of the model's surprise or of one memory cell, as one types.

    Any character model will do. cells gives names to some memory cells, {name: number}. Where nothing can be typed, a
    picture of the view is in its place. The words folded below follow what is typed.
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
