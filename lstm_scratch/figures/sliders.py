"""A figure with sliders: it is drawn anew whenever one of them moves."""

import io
from collections.abc import Callable

from matplotlib.figure import Figure

from lstm_scratch.figures.style import DOTS_PER_INCH, in_words


def show_sliders(draw: Callable[..., Figure], alt: str, **ranges: tuple[float, float, float]) -> None:
    """Sliders above a figure that is drawn anew whenever one moves: draw(**values) → Figure.

    ranges gives (lowest, highest, start) of each. alt is what is read where nothing can be moved.
    """
    import ipywidgets
    from IPython.display import display

    look = {"readout_format": ".2f", "continuous_update": True, "style": {"description_width": "3em"}}
    sliders = {
        name: ipywidgets.FloatSlider(start, min=low, max=high, step=(high - low) / 200, description=name, **look)
        for name, (low, high, start) in ranges.items()
    }
    picture = ipywidgets.Image(format="png", width=800)

    def redraw(change: object = None) -> None:
        drawn = io.BytesIO()
        figure = draw(**{name: slider.value for name, slider in sliders.items()})
        # fewer dots than in `to_png`, and no search for the smallest file: it must follow the hand
        figure.savefig(drawn, format="png", dpi=DOTS_PER_INCH / 2, facecolor="white")
        picture.value = drawn.getvalue()

    for slider in sliders.values():
        slider.observe(redraw, "value")
    redraw()
    words = ipywidgets.HTML(in_words(alt))
    view = ipywidgets.VBox([*sliders.values(), picture, words])._repr_mimebundle_()
    display({**view, "text/plain": alt}, raw=True)
