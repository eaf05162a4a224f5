"""What all figures share: the colours, the frame of a chart, and how a figure gets into a notebook.

The four main colours are those of Okabe and Ito (*Color Universal Design*, 2008), and each gate has the same one of
them in every figure. All seven colours can be told apart with the common colour-vision deficiencies. Every figure is
drawn on white. Marks have a contrast of at least 3 to 1 with it, and words, some of which are in darker shades, of at
least 4.5 to 1 (WCAG 2.2, level AA).
"""

import html
import io
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
INK = "#222222"
GREY = "#6E7780"
BROWN = "#985038"
SHADES_FOR_WORDS = {VERMILION: "#B34E00", GREEN: "#007A59", PURPLE: "#A0527F"}
GATE_COLOURS = {"i": BLUE, "f": VERMILION, "g": GREEN, "o": PURPLE}
GATE_NAMES = {"i": "input gate i", "f": "forget gate f", "g": "candidate g", "o": "output gate o"}
DOTS_PER_INCH = 160


class DescribedFigure(Figure):
    """A figure that shows itself as the last line of a cell: a PNG with words, as its alt text and folded below.

    A plotting function makes these words, with `describe`, from the data that it has drawn.
    """

    words = ""

    def describe(self, words: str) -> "DescribedFigure":
        """Set the figure's text for those who cannot see it: its title, then these words. Returns the figure."""
        titles = [self.get_suptitle(), *(axes.get_title(loc="left") for axes in self.axes)]
        self.words = f"{next(filter(None, titles), '')}. {words}"
        return self

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


def new_panels(rows: int, columns: int, size: tuple[float, float], title: str, **options: object) -> tuple:
    """A figure of this size in inches with plots under one title; returns the figure and its axes, (rows, columns)."""
    figure = DescribedFigure(figsize=size, layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, color=INK)
    panels = figure.subplots(rows, columns, squeeze=False, **options)
    for axes in panels.flat:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, panels


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
    for (name, _, colour), height in zip(ends, heights):
        axes.text(1.01, height, name, transform=axes.transAxes, va="center", color=for_words(colour))


def new_axes(width: float, height: float, title: str) -> tuple[DescribedFigure, Axes]:
    """A figure of this size in inches with one plot, titled at the left; returns the figure and its axes."""
    figure = DescribedFigure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=13, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def listed(table: pd.DataFrame, digits: int) -> str:
    """The columns of a table in words: "i 0.99, 1.00; f 0.98, 1.00"."""
    return "; ".join(f"{name} {', '.join(f'{value:.{digits}f}' for value in table[name])}" for name in table)


def visible(char: str) -> str:
    """A character as it can be printed on an axis: spaces, line ends and tabs become their usual signs."""
    return {" ": "␣", "\n": "⏎", "\t": "⇥"}.get(char, char)
