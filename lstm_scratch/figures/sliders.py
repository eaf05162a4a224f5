"""Sliders that change the gates and states of a cell, on axes that stay fixed, so that the states are seen to move."""

import asyncio
import io
import itertools
from collections.abc import Callable

import pandas as pd

from lstm_scratch.figures.gates import GATES, STATE_LOOKS, STATES, draw_gates, draw_states
from lstm_scratch.figures.style import DOTS_PER_INCH, listed, name_gates, new_panels, render

# lowest, highest and first value of a slider
Range = tuple[float, float, float]
# while a slider moves, the picture has half the dots per inch; it has all of them once the slider has rested this long
SECONDS_OF_REST = 0.3


def sliding_figure(
    table_of: Callable[..., pd.DataFrame], title: str, **ranges: Range
) -> Callable[[pd.DataFrame, float], bytes]:
    """A function draw(table, dots_per_inch) → PNG, for tables of table_of(**values); arguments as in `show_sliders`.

    The figure is laid out once, and its axes have room for the tables at all ends of the sliders.
    """
    figure, ((left, right),) = new_panels(1, 2, (10, 3.4), title, width_ratios=(3, 2))
    ends = itertools.product(*((low, high) for low, high, _ in ranges.values()))
    tables = [table_of(**dict(zip(ranges, each))) for each in ends]
    everywhere = pd.concat(tables)
    lowest_gate = min(0, *everywhere[GATES].min())
    lowest_state = min(0, *everywhere[STATES].min())
    highest_state = max(1, *everywhere[STATES].max())
    reach = (lowest_state - 0.25, highest_state + 0.25)

    def fill(table: pd.DataFrame) -> None:
        for artist in [*left.patches, *left.lines, *left.texts, *right.lines, *right.texts]:
            artist.remove()
        draw_gates(left, table, digits=2, lowest=lowest_gate)
        draw_states(right, table, digits=2)
        right.set_ylim(reach)

    def draw(table: pd.DataFrame, dots_per_inch: float) -> bytes:
        fill(table)
        png = io.BytesIO()
        # little compression, because the picture must keep up with the hand
        render(figure, dots_per_inch).save(png, format="png", compress_level=1)
        return png.getvalue()

    fill(tables[0])
    name_gates(figure, left)
    right.legend(right.lines, [label for label, *_ in STATE_LOOKS.values()], loc="upper left", frameon=False)
    for axes in (left, right):
        axes.set_xlabel("time step")
    # the layout is found once and then kept, because finding it takes longer than drawing
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return draw


def show_sliders(table_of: Callable[..., pd.DataFrame], title: str, **ranges: Range) -> None:
    """Show sliders above a figure of gates and states that is drawn anew whenever one of them moves.

    table_of(**values) returns the table of steps for the values of the sliders; ranges gives (lowest, highest, first
    value) of each slider by its name. Where no kernel runs, as in a saved copy, the first picture is shown.
    """
    import ipywidgets
    from IPython.display import display

    look = {"readout_format": ".2f", "continuous_update": True, "style": {"description_width": "3em"}}
    sliders = {
        name: ipywidgets.FloatSlider(first, min=low, max=high, step=(high - low) / 200, description=name, **look)
        for name, (low, high, first) in ranges.items()
    }
    draw = sliding_figure(table_of, title, **ranges)
    picture = ipywidgets.Image(format="png", width=800)
    words = ipywidgets.HTML()
    # the fold is a widget of its own, because one inside the words would close whenever they change
    fold = ipywidgets.Accordion([words], titles=["This figure in words"], selected_index=None)
    rest = Rest(SECONDS_OF_REST)

    def draw_now(dots_per_inch: float) -> None:
        table = table_of(**{name: slider.value for name, slider in sliders.items()})
        picture.value = draw(table, dots_per_inch)
        words.value = f"{title}. {listed(table, 2)}."

    def moved(change: object) -> None:
        draw_now(DOTS_PER_INCH / 2)
        rest.then(lambda: draw_now(DOTS_PER_INCH))

    for slider in sliders.values():
        slider.observe(moved, "value")
    draw_now(DOTS_PER_INCH)
    view = ipywidgets.VBox([*sliders.values(), picture, fold])._repr_mimebundle_()
    alt = f"Sliders for {', '.join(sliders)} are here when the notebook runs, above this figure. {words.value}"
    still = {"image/png": bytes(picture.value), "text/plain": alt}
    display({**view, **still}, metadata={"image/png": {"alt": alt, "width": 800}}, raw=True)


class Rest:
    """Calls a function once nothing has happened for some seconds.

    This needs a running event loop, as in a notebook. Where there is none, the function is not called.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.waiting: asyncio.TimerHandle | None = None

    def then(self, call: Callable[[], None]) -> None:
        """Call the function after the seconds, unless `then` is called again before they are over."""
        if self.waiting is not None:
            self.waiting.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self.waiting = loop.call_later(self.seconds, call)
