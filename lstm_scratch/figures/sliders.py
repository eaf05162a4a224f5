"""The gates and states of a cell under sliders, on axes that stand still, so that the states are seen to move."""

import asyncio
import io
import itertools
from collections.abc import Callable

import pandas as pd

from lstm_scratch.figures.gates import GATES, STATE_LOOKS, STATES, draw_gates, draw_states
from lstm_scratch.figures.style import DOTS_PER_INCH, listed, name_gates, new_panels, render

# lowest, highest and first value of a slider
Range = tuple[float, float, float]
# while a slider moves, the picture has half the dots; when it has rested for so many seconds, all of them
SECONDS_OF_REST = 0.3


def sliding_figure(
    table_of: Callable[..., pd.DataFrame], title: str, **ranges: Range
) -> Callable[[pd.DataFrame, float], bytes]:
    """A function draw(table, dots_per_inch) → PNG, for tables of table_of(**values); arguments as in `show_sliders`.

    The figure is laid out once, and its axes reach as far as the tables at all ends of the sliders do.
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
        # no search for the smallest file: it must follow the hand
        render(figure, dots_per_inch).save(png, format="png", compress_level=1)
        return png.getvalue()

    fill(tables[0])
    name_gates(figure, left)
    right.legend(right.lines, [label for label, *_ in STATE_LOOKS.values()], loc="upper left", frameon=False)
    for axes in (left, right):
        axes.set_xlabel("time step")
    # to find the layout takes longer than to draw
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return draw


def show_sliders(table_of: Callable[..., pd.DataFrame], title: str, **ranges: Range) -> None:
    """Sliders above a figure that is drawn anew whenever one moves: table_of(**values) → a table of steps.

    ranges gives (lowest, highest, first value) of each. Where no kernel runs, as in a saved copy, the first picture is
    shown.
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
    # a fold of its own: one inside the words would close whenever they change
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
    """Calls a function when nothing has happened for some seconds, where an event loop runs, as in a notebook."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.waiting: asyncio.TimerHandle | None = None

    def then(self, call: Callable[[], None]) -> None:
        """Call it after the seconds, unless this is called again before."""
        if self.waiting is not None:
            self.waiting.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self.waiting = loop.call_later(self.seconds, call)
