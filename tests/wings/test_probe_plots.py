"""What the figures of the inside draw: characters in their places, colours that mean the values."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from lstm_scratch.figures import inside as probe_plots
from lstm_scratch.figures import style
from lstm_scratch.figures import texts as text_plots


def letters(axes):
    """The characters on a page by (column, row)."""
    found = {}
    for text in axes.texts:
        if text.get_fontfamily() == ["monospace"]:
            x, y = text.get_position()
            found[round(x - 0.5, 2), round(y - 0.5, 2)] = text.get_text()
    return found


def grounds(axes):
    return {(round(patch.get_x(), 2), round(patch.get_y(), 2)): patch.get_facecolor() for patch in axes.patches}


def test_a_coloured_text_stands_in_lines_and_wears_the_sign_of_its_values():
    axes = probe_plots.plot_coloured_text("ab\nc d", [2.0, -1.0, 0.0, 1.0, 0.0, -2.0], "title").axes[0]
    assert axes.get_title(loc="left") == "title"
    assert letters(axes) == {(0, 0): "a", (1, 0): "b", (2, 0): "⏎", (0, 1): "c", (1, 1): " ", (2, 1): "d"}
    colours = grounds(axes)
    red = {place: colour[0] for place, colour in colours.items()}
    assert colours[2, 0][:3] == colours[1, 1][:3] == pytest.approx(to_rgb("white"), abs=0.02)
    # positive: more red than blue; negative: the other way round; and the stronger, the further from white
    assert all(colours[place][0] > colours[place][2] for place in ((0, 0), (0, 1)))
    assert all(colours[place][0] < colours[place][2] for place in ((1, 0), (2, 1)))
    assert colours[0, 0][2] < colours[0, 1][2] and red[2, 1] < red[1, 0]


def test_guesses_stand_below_the_place_that_they_guess():
    guesses = {1: [("x", 0.9), (" ", 0.05), ("y", 0.01), ("z", 0.01), ("u", 0.01), ("v", 0.01)]}
    axes = probe_plots.plot_coloured_text("abc\nd", np.zeros(5), "title", guesses).axes[0]
    column = {place: char for place, char in letters(axes).items() if place[0] == 2 and place[1] > 0}
    assert list(column.values()) == ["x", "␣", "y", "z", "u"]
    shades = [grounds(axes)[place][2] for place in column]
    assert shades[0] < shades[1] < shades[2]
    # the next line makes room for them
    assert letters(axes)[0, 6.6] == "d"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: probe_plots.plot_coloured_text("abc", [1.0, 2.0], "title"), "one value a character .*: 3, not 2"),
        (lambda: probe_plots.plot_coloured_text("", [], "title"), "at least one: 0, not 0"),
        (lambda: probe_plots.plot_coloured_text("abc", np.ones(3), "title", {3: []}), "from 0 to 2, not at 3"),
        (lambda: probe_plots.plot_influence({"x": ("abc", [1, 2])}, "title"), "is needed for 'x'"),
        (lambda: probe_plots.plot_influence({"x": ("ab", [0, 0])}, "title"), "is needed for 'x'"),
        (lambda: probe_plots.plot_influence({"x": ("ab", [-1, 2])}, "title"), "is needed for 'x'"),
        (
            lambda: probe_plots.plot_contexts({"panel": dict.fromkeys("abc", ([1], [1]))}, "title"),
            "at most 2 curves a panel can be told apart, not 3",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_influence_is_darkest_where_it_is_strongest_in_each_line():
    axes = probe_plots.plot_influence({"one": ("ab", [1.0, 4.0]), "two": ("cd", [0.02, 0.0])}, "title").axes[0]
    assert [text.get_text() for text in axes.texts if text.get_text() in ("one", "two")] == ["one", "two"]
    first, second, third, fourth = (1 - patch.get_facecolor()[2] for patch in axes.patches)
    assert second == pytest.approx(third) and fourth == pytest.approx(0, abs=0.01)
    # by the square root: a quarter of the influence is half as dark
    assert first == pytest.approx(second / 2, rel=0.02)
    assert "".join(letters(axes).values()) == "abcd"


def test_temperatures_share_their_order_and_their_scale():
    heats = {0.5: np.array([0.9, 0.1]), 2.0: np.array([0.6, 0.4])}
    figure = probe_plots.plot_temperatures(["a", " "], heats, "title")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["temperature 0.5", "temperature 2"]
    assert [[bar.get_height() for bar in axes.patches] for axes in figure.axes] == [[0.9, 0.1], [0.6, 0.4]]
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["a", "␣"]
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def test_gate_use_has_one_point_a_cell_in_the_gate_s_colour():
    shares = {gate: pd.DataFrame({"shut": [0.1, 0.2], "open": [0.3, 0.8]}) for gate in ("i", "f")}
    figure = probe_plots.plot_gate_use(shares, "title")
    for axes, gate in zip(figure.axes, shares):
        points = axes.lines[1]
        assert points.get_color() == style.GATE_COLOURS[gate]
        assert list(points.get_xdata()) == [0.1, 0.2] and list(points.get_ydata()) == [0.3, 0.8]
        assert axes.get_title(loc="left") == style.GATE_NAMES[gate]
        assert axes.get_xlabel() == "share of the time shut" and axes.get_xlim() == axes.get_ylim() == (0, 1)
        assert list(axes.lines[0].get_xdata()) == [0, 1] and list(axes.lines[0].get_ydata()) == [1, 0]
    assert figure.axes[0].get_ylabel() == "share of the time open"


def test_contexts_lie_on_a_doubling_scale_and_panels_share_the_other():
    curves = {"LSTM": ([1, 2, 4], [4.0, 3.0, 2.5]), "n-grams": (range(1, 4), [3.0, 2.8, 2.9])}
    figure = probe_plots.plot_contexts({"small": curves, "large": curves}, "title", floor=1.0)
    for axes in figure.axes:
        assert axes.get_xscale() == "log" and axes.get_ylim()[0] == 1.0
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "2", "4"]
        assert [list(line.get_ydata()) for line in axes.lines] == [[4.0, 3.0, 2.5], [3.0, 2.8, 2.9]]
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["LSTM", "n-grams"]


def test_scores_are_bars_from_the_top_and_one_stands_out():
    figure = text_plots.plot_scores({"panel": {"uniform": 4.75, "LSTM": 2.81}}, "LSTM", "title")
    axes = figure.axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["LSTM", "uniform"]
    assert [bar.get_width() for bar in axes.patches] == [2.81, 4.75]
    colours = [bar.get_facecolor()[:3] for bar in axes.patches]
    assert colours == [to_rgb(style.VERMILION), to_rgb(style.GREY)]
    assert {text.get_text() for text in axes.texts} == {"2.81", "4.75"}
