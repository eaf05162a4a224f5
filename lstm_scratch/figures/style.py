"""What all figures share: the colours, the settings, the frame of a chart, and how a figure gets into a notebook.

Every figure is drawn on white, about 7 inches wide, so that its letters can still be read where a phone shrinks it.
Marks have a contrast of at least 3 to 1 with white, and words, some of which are in darker shades, of at least 4.5 to 1
(WCAG 2.2, level AA). How well the colours can be told apart, and by whom, is measured in
`tests/figures/test_accessibility.py`.
"""

import html
import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from PIL import Image

# The four colours of the gates are those of Okabe and Ito (*Color Universal Design*, 2008).
BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
INK = "#222222"
GREY = "#6E7780"
BROWN = "#985038"
SHADES_FOR_WORDS = {VERMILION: "#B34E00", GREEN: "#007A59", PURPLE: "#A0527F"}

# What the colours mean. In a figure of cells, each gate and each state has the same colour everywhere:
GATE_COLOURS = {"i": BLUE, "f": VERMILION, "g": GREEN, "o": PURPLE}
GATE_NAMES = {"i": "input gate i", "f": "forget gate f", "g": "candidate g", "o": "output gate o"}
CELL_STATE = INK
HIDDEN_STATE = BROWN
# There are only seven colours, so in a figure without gates two of them mean something else:
MODEL = BLUE  # what a trained network says: its probabilities, its answers, its forecasts, its score
MARK = VERMILION  # what to look at: the character that does come, the held-out text, a limit
OTHERS = GREY  # what it is compared with: counting, the last value, the training text, a run without dropout
TRUTH = INK  # what was measured, and the right answers

# inches between the edge of a figure and what is drawn, and the width of a figure
PAD = 0.1
WIDTH = 7.0
TITLE = 13.0
POINTS_PER_INCH = 72
DOTS_PER_INCH = 160

# Matplotlib's own settings, whatever a user has set. (The backend is not about how a figure looks.)
SETTINGS: dict[str, Any] = {
    **{name: value for name, value in matplotlib.rcParamsDefault.items() if name not in ("backend", "date.epoch")},
    "timezone": "UTC",
    "axes.spines.top": False,
    "axes.spines.right": False,
}
# the settings belong to the whole program, so only one thread at a time may have changed them
ONE_AT_A_TIME = RLock()


@contextmanager
def our_style() -> Iterator[None]:
    """Draw under our own settings, and give the user's back: for a `with` block, or as a decorator, `@our_style()`.

    Matplotlib reads some settings when a line or a word is made, and others when the figure is drawn. So every figure
    function is decorated with this, and a `DescribedFigure` draws itself under it, whoever asks it to and whenever.
    """
    with ONE_AT_A_TIME, matplotlib.rc_context(SETTINGS), warnings.catch_warnings():
        # a letter of a script that the font doesn't have is drawn as a box, and a warning for each would hide the rest
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


class DescribedFigure(Figure):
    """A figure that shows itself as the last line of a cell: a PNG with words, as its alt text and folded below.

    A plotting function makes these words, with `describe`, from the data that it has drawn.
    """

    words = ""

    def describe(self, words: str) -> "DescribedFigure":
        """Set the figure's text for those who cannot see it: its title, then these words. Returns the figure."""
        self.words = f"{self.get_suptitle()}. {words}".replace("\n", " ")
        return self

    def draw(self, renderer: object) -> None:
        """Draw the figure under our settings, whatever the user's are when it is drawn."""
        with our_style():
            super().draw(renderer)

    def savefig(self, *args: object, **options: object) -> None:
        """Save the figure as any other, under our settings."""
        with our_style():
            super().savefig(*args, **options)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        # the PNG has twice as many dots as it is shown with, so that it is sharp on a fine screen
        width = round(self.get_figwidth() * DOTS_PER_INCH / 2)
        data = {"image/png": to_png(self), "text/plain": self.words}
        display(data, metadata={"image/png": {"alt": self.words, "width": width}}, raw=True)
        # JupyterLab and the HTML pages that it exports leave alt texts out, but a fold reaches every reader
        display({"text/html": in_words(self.words)}, raw=True)


def for_words(colour: str) -> str:
    """The colour in which words that belong to a mark are written: the mark's own, or a darker shade of it."""
    return SHADES_FOR_WORDS.get(colour, colour)


def fade(colour: str, share: float) -> tuple[float, float, float]:
    """A colour mixed with white: 0 is white, and 1 is the colour itself."""
    red, green, blue = to_rgb(colour)
    return 1 - share * (1 - red), 1 - share * (1 - green), 1 - share * (1 - blue)


def in_words(alt: str) -> str:
    """The text of a figure as HTML, in a fold that opens with a click."""
    return f"<details><summary>This figure in words</summary>{html.escape(alt, quote=False)}</details>"


def render(figure: Figure, dots_per_inch: float = DOTS_PER_INCH) -> Image.Image:
    """The figure as pixels. It is drawn only once, while `savefig` would draw everything twice."""
    figure.set_dpi(dots_per_inch)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def to_png(figure: Figure) -> bytes:
    """The figure as a PNG of 128 colours, which are plenty for a chart and need only a third of the bytes."""
    image = render(figure).quantize(128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    png = io.BytesIO()
    # the background was averaged with colours that are nearly white, so make it white again
    palette = image.getpalette()
    ground = image.getpixel((0, 0))
    palette[3 * ground : 3 * ground + 3] = [255] * 3
    image.putpalette(palette)
    image.save(png, format="png")
    return png.getvalue()


def wrapped(words: str, inches: float, size: float) -> str:
    """The words in as many lines as they need, each at most this many inches long in letters of this size in points."""
    font = FontProperties(size=size)
    lines = [""]
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        width, _, _ = text_to_path.get_text_width_height_descent(longer, font, ismath=False)
        if width > inches * POINTS_PER_INCH and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


@our_style()
def new_panels(rows: int, columns: int, size: tuple[float, float], title: str, **options: object) -> tuple:
    """A figure of this size in inches with plots under one title; returns the figure and its axes, (rows, columns).

    A long title gets a second line, and the figure becomes higher by it.
    """
    width, height = size
    lines = wrapped(title, width - 2 * PAD, TITLE)
    height += lines.count("\n") * 1.25 * TITLE / POINTS_PER_INCH
    figure = DescribedFigure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=PAD, h_pad=PAD)
    figure.suptitle(lines, x=PAD / width, ha="left", fontsize=TITLE, color=INK)
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def new_axes(width: float, height: float, title: str) -> tuple[DescribedFigure, Axes]:
    """A figure of this size in inches with one plot and a title; returns the figure and its axes."""
    figure, panels = new_panels(1, 1, (width, height), title)
    return figure, panels[0, 0]


def name_gates(figure: Figure, axes: Axes) -> None:
    """Write a legend below the figure that says which colour each gate has in this plot."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)


def label_ends(axes: Axes, ends: Sequence[tuple[str, float, str]]) -> None:
    """Write each name of (name, height, colour) to the right of a chart at its height, moved where two would touch.

    Call this last, because it needs the final size of the chart.
    """
    axes.figure.draw_without_rendering()
    place_ends(axes, ends)


def place_ends(axes: Axes, ends: Sequence[tuple[str, float, str]]) -> None:
    """Do what `label_ends` does, for a figure that has been drawn already."""
    # heights are fractions of the chart, because its axis may be logarithmic; names are at least 0.17 inches apart
    to_fraction = axes.transData + axes.transAxes.inverted()
    apart = 0.17 * axes.figure.dpi / axes.bbox.height
    ends = sorted(ends, key=lambda end: end[1])
    heights = [to_fraction.transform((axes.get_xlim()[0], value))[1] for _, value, _ in ends]
    for place in range(1, len(heights)):
        heights[place] = max(heights[place], heights[place - 1] + apart)
    # names that were pushed out at the top come back down
    heights[-1] = min(heights[-1], 1.0)
    for place in reversed(range(len(heights) - 1)):
        heights[place] = min(heights[place], heights[place + 1] - apart)
    for (name, _, colour), height in zip(ends, heights, strict=True):
        axes.text(1.01, height, name, transform=axes.transAxes, va="center", color=for_words(colour))


def listed(table: pd.DataFrame, digits: int) -> str:
    """The columns of a table in words: "i 0.99, 1.00; f 0.98, 1.00"."""
    return "; ".join(f"{name} {', '.join(f'{value:.{digits}f}' for value in table[name])}" for name in table)


def visible(char: str) -> str:
    """A character as it can be printed on an axis: spaces, line ends and tabs become their usual signs."""
    return {" ": "␣", "\n": "⏎", "\t": "⇥"}.get(char, char)
