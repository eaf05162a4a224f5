"""The live view: type, and watch a character model read.

Each character is coloured by the model's surprise at it or by one memory cell, the likeliest next characters stand
beside the text as bars, and a button lets the model write on.
"""

import html
import textwrap
import unicodedata
from collections.abc import Mapping
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
BAR = f"display: inline-block; height: 0.8em; margin: 0 6px; background: {BLUE}"


class Reading(NamedTuple):
    """What a model makes of a text of N characters; the places of those that it does not know hold NaN."""

    text: str
    bits: np.ndarray  # (N,): the surprise at each character, NaN for the first, which nothing comes before
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


def legend(reading: Reading, cell: int | None) -> str:
    """What the colours mean, and what the model does not know, in words."""
    words = f"memory cell {cell}: blue below zero, orange above"
    if cell is None:
        mean = f", {np.nanmean(reading.bits):.1f} in the mean" if np.isfinite(reading.bits).any() else ""
        words = f"surprise: white 0 bits, deep orange {MOST_BITS} or more{mean}"
    unknown = dict.fromkeys(char for char, c in zip(reading.text, reading.cells[:, 0]) if np.isnan(c))
    names = [f"{char} (U+{ord(char):04X}, {unicodedata.name(char, 'no name').lower()})" for char in unknown]
    return words + (f". Unknown to this model, and passed over: {', '.join(names)}" if names else "")


def coloured_html(reading: Reading, cell: int | None) -> str:
    """The text with a ground of its colour behind each character, a frame around the unknown ones; and the legend."""
    spans = []
    values = reading.bits if cell is None else reading.cells[:, cell]
    for char, value, colour, c in zip(reading.text, values, colours(reading, cell), reading.cells[:, 0]):
        frame = "; outline: 2px dashed" if np.isnan(c) else ""
        sign = "⏎\n" if char == "\n" else html.escape(char)
        spans.append(f'<span style="background: {colour}{frame}" title="{value:.2f}">{sign}</span>')
    return f'<div style="{PAPER}">{"".join(spans)}</div><div>{html.escape(legend(reading, cell))}</div>'


def bars_html(likeliest: list[tuple[str, float]]) -> str:
    """The likeliest next characters as bars."""
    rows = [f'{html.escape(visible(c))}<span style="{BAR}; width: {8 * p:.2f}em"></span>{p:.2f}' for c, p in likeliest]
    return f'<div style="{PAPER}">next:\n{chr(10).join(rows)}</div>'


def plot_reading(reading: Reading, cell: int | None, title: str) -> DescribedFigure:
    """The same view as a picture: the text, each character on its colour, and the likeliest next ones as bars."""
    figure, panels = new_panels(1, 2, (11, 3.4), title, width_ratios=(4, 1))
    page, bars = panels[0]
    row = column = 0
    for char, colour in zip(reading.text, colours(reading, cell)):
        draw_character(page, column, row, char, colour)
        row, column = (row + 1, 0) if char == "\n" or column == COLUMNS else (row, column + 1)
    page.set(xlim=(0, COLUMNS + 2), ylim=(max(row + 4, 10), 0))
    page.text(0, row + 2, textwrap.fill(legend(reading, cell), 90), va="top", color=INK, in_layout=False)
    page.set_axis_off()
    bars.barh([visible(char) for char, _ in reading.likeliest], [p for _, p in reading.likeliest], color=BLUE)
    bars.invert_yaxis()
    bars.set(xlabel="probability", title="next character")
    start = textwrap.shorten(reading.text, 60, placeholder=" ...")
    return figure.describe(f"The text {start!r}. Colours: {legend(reading, cell)}. {next_in_words(reading)}")


def next_in_words(reading: Reading) -> str:
    """The three likeliest next characters in a sentence."""
    return f"The likeliest next characters: {in_order(*zip(*reading.likeliest), 3)}." if reading.likeliest else ""


def widgets(model: CharLM, text: str = START, cells: Mapping[str, int] | None = None, rng: Rng | None = None) -> Any:
    """The widgets of `watch`, in a box of their own: ipywidgets.VBox."""
    import ipywidgets

    rng = np.random.default_rng(rng)
    named_cells = dict(cells or {})
    other = "the cell with this number:"
    wide = ipywidgets.Layout(width="98%")
    box = ipywidgets.Textarea(text, rows=4, layout=wide)
    chosen = ipywidgets.Dropdown(options=["surprise", *named_cells, other], description="colour by")
    number = ipywidgets.BoundedIntText(0, min=0, max=model.hidden_size - 1, layout={"width": "6em"})
    heat = ipywidgets.FloatSlider(
        0.7, min=0.1, max=1.5, step=0.1, description="temperature", style={"description_width": "6em"}
    )
    button = ipywidgets.Button(description=f"Write {WRITTEN} characters", layout={"width": "12em"})
    page = ipywidgets.HTML(layout={"width": "75%"})
    bars = ipywidgets.HTML(layout={"width": "25%"})

    def chosen_cell() -> int | None:
        """The number of the cell whose colours are shown; None for the model's surprise."""
        if chosen.value == "surprise":
            return None
        if chosen.value == other:
            return number.value
        return named_cells[chosen.value]

    def show(change: object = None) -> None:
        reading = read(model, box.value)
        page.value = coloured_html(reading, chosen_cell())
        bars.value = bars_html(reading.likeliest)
        number.disabled = chosen.value != other
        button.disabled = not reading.likeliest

    def write(_: object) -> None:
        prompt = "".join(char for char in box.value if char in model.vocabulary.index)
        box.value += model.sample(prompt, WRITTEN, temperature=heat.value, rng=rng)

    for widget in (box, chosen, number):
        widget.observe(show, "value")
    button.on_click(write)
    show()
    choices = ipywidgets.HBox([chosen, number, heat, button], layout={"flex_flow": "row wrap"})
    return ipywidgets.VBox([box, choices, ipywidgets.HBox([page, bars])])


def watch(model: CharLM, text: str = START, cells: Mapping[str, int] | None = None) -> None:
    """A text box; below it the text in the colours of the model's surprise or of one memory cell, as one types.

    Any character model will do. cells gives names to some memory cells, {name: number}. Where nothing can be typed, a
    picture of the view stands in its place.
    """
    from IPython.display import display

    picture = plot_reading(read(model, text), None, "Run this cell to type here, and watch the model read")
    view = {**widgets(model, text, cells)._repr_mimebundle_(), "text/plain": picture.words}
    display(
        {**view, "image/png": to_png(picture)}, metadata={"image/png": {"alt": picture.words, "width": 880}}, raw=True
    )
    display({"text/html": in_words(picture.words)}, raw=True)
