"""A walk through the gates under sliders, on axes that stand still, so that the states are seen to move."""

import io
import itertools
from collections.abc import Callable

import pandas as pd

from lstm_scratch.figures.gates import GATES, STATE_LOOKS, STATES, draw_gates, draw_states
from lstm_scratch.figures.style import DOTS_PER_INCH, in_words, listed, name_gates, new_panels, render

Range = tuple[float, float, float]


def sliding_walk(walk_of: Callable[..., pd.DataFrame], title: str, **ranges: Range) -> Callable[[pd.DataFrame], bytes]:
    """A function draw(walk) → PNG, for walks of walk_of(**values); the arguments are those of `show_sliders`.

    The figure is laid out once, and its axes reach as far as the walks at all ends of the sliders do.
    """
    figure, ((left, right),) = new_panels(1, 2, (10, 3.4), title, width_ratios=(3, 2))
    ends = itertools.product(*((low, high) for low, high, _ in ranges.values()))
    walks = [walk_of(**dict(zip(ranges, each))) for each in ends]
    everywhere = pd.concat(walks)
    lowest_gate = min(0, *everywhere[GATES].min())
    lowest_state = min(0, *everywhere[STATES].min())
    highest_state = max(1, *everywhere[STATES].max())
    reach = (lowest_state - 0.25, highest_state + 0.25)

    def fill(walk: pd.DataFrame) -> None:
        for artist in [*left.patches, *left.lines, *left.texts, *right.lines, *right.texts]:
            artist.remove()
        draw_gates(left, walk, digits=2, lowest=lowest_gate)
        draw_states(right, walk, digits=2)
        right.set_ylim(reach)

    def draw(walk: pd.DataFrame) -> bytes:
        fill(walk)
        png = io.BytesIO()
        # half the dots of other figures, and no search for the smallest file: it must follow the hand
        render(figure, DOTS_PER_INCH / 2).save(png, format="png", compress_level=1)
        return png.getvalue()

    fill(walks[0])
    name_gates(figure, left)
    right.legend(right.lines, [label for label, *_ in STATE_LOOKS.values()], loc="upper left", frameon=False)
    for axes in (left, right):
        axes.set_xlabel("time step")
    # to find the layout takes longer than to draw
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return draw


def show_sliders(walk_of: Callable[..., pd.DataFrame], title: str, **ranges: Range) -> None:
    """Sliders above a figure of a walk that is drawn anew whenever one moves: walk_of(**values) → walk.

    ranges gives (lowest, highest, first value) of each.
    """
    import ipywidgets
    from IPython.display import display

    look = {"readout_format": ".2f", "continuous_update": True, "style": {"description_width": "3em"}}
    sliders = {
        name: ipywidgets.FloatSlider(first, min=low, max=high, step=(high - low) / 200, description=name, **look)
        for name, (low, high, first) in ranges.items()
    }
    draw = sliding_walk(walk_of, title, **ranges)
    picture = ipywidgets.Image(format="png", width=800)
    words = ipywidgets.HTML()

    def redraw(change: object = None) -> None:
        walk = walk_of(**{name: slider.value for name, slider in sliders.items()})
        picture.value = draw(walk)
        words.value = in_words(f"{title}. {listed(walk, 2)}.")

    for slider in sliders.values():
        slider.observe(redraw, "value")
    redraw()
    view = ipywidgets.VBox([*sliders.values(), picture, words])._repr_mimebundle_()
    alt = f"Sliders for {', '.join(sliders)} stand here when the notebook runs, above the gates and states."
    display({**view, "text/plain": alt}, raw=True)
