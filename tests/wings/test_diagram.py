"""The picture of the cell: what is written on its wires, and what is revealed when."""

import numpy as np
import pytest
from matplotlib.patches import Circle

from lstm_scratch import LSTMCell
from lstm_scratch.cell import Step
from lstm_scratch.figures.diagram import BELT, COLUMNS, FAINT, GATES, PRODUCT, RAIL, STAGES, plot_cell
from lstm_scratch.figures.style import GATE_COLOURS

STEP = LSTMCell(np.array([[0.5], [0.4], [0.6], [0.7]]), np.ones((4, 1)), np.zeros(4)).forward(
    np.array([10.0]), np.zeros(1), np.zeros(1)
)


# every number different, so that none can stand on the wrong wire unnoticed
OTHER = Step(*(np.array([value]) for value in (2.5, 0.1, 0.7, 0.2, 0.3, -0.4, 0.6, 0.13, 0.08)))


def words(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def colours(figure):
    return [line.get_color() for line in figure.axes[0].lines]


def test_the_numbers_of_the_step_stand_on_the_wires():
    written = words(plot_cell("t", STEP))
    for label in (
        "c₋₁ = 0",
        "h₋₁ = 0",
        "x = 10",
        "f = 0.982",
        "f · c₋₁ = 0",
        "i = 0.993",
        "g = 1.000",
        "i · g = 0.993",
    ):
        assert label in written
    for label in ("c = 0.993", "tanh c = 0.759", "o = 0.999", "h = 0.758"):
        assert label in written


def test_every_number_stands_on_its_own_wire():
    axes = plot_cell("t", OTHER).axes[0]
    places = {text.get_text(): text.get_position() for text in axes.texts}
    expected = {"x = 2.500", "h₋₁ = 0.100", "c₋₁ = 0.700", "f = 0.300", "f · c₋₁ = 0.210", "i = 0.200", "g = -0.400"}
    expected |= {"i · g = -0.080", "c = 0.130", "tanh c = 0.129", "o = 0.600", "h = 0.080"}
    assert expected <= set(places)
    for name, column in COLUMNS.items():
        label = next(word for word in places if word.startswith(f"{name} = "))
        assert 0 < places[label][0] - column < 1
    assert places["c₋₁ = 0.700"][1] > BELT and places["c = 0.130"][1] > BELT > places["i · g = -0.080"][1]
    assert RAIL < places["h₋₁ = 0.100"][1] < GATES and places["x = 2.500"][1] < RAIL


def test_the_gates_have_their_functions_and_the_nodes_their_signs():
    axes = plot_cell("t").axes[0]
    functions = {
        (round(text.get_position()[0], 1)): text.get_text() for text in axes.texts if text.get_text() in ("σ", "tanh")
    }
    assert functions == {2.4: "σ", 4.6: "σ", 6.8: "tanh", 9.0: "σ", 11.2: "tanh"}
    centres = {circle.center for circle in axes.patches if isinstance(circle, Circle)}
    assert centres == {(2.4, BELT), (6.8, PRODUCT), (6.8, BELT), (11.2, GATES)}
    # a plus has an upright arm through its middle, a times has none
    upright = {
        (line.get_xdata()[0], np.mean(line.get_ydata()).round(2))
        for line in axes.lines
        if len(line.get_xdata()) == 2 and line.get_xdata()[0] == line.get_xdata()[1] and np.ptp(line.get_ydata()) < 0.4
    }
    assert upright & centres == {(6.8, BELT)}


def test_without_a_step_the_symbols_stand_alone():
    written = words(plot_cell("t"))
    assert {"x", "f", "i", "g", "o", "c", "h", "c₋₁", "h₋₁"} <= set(written)
    assert not [word for word in written if "=" in word]


@pytest.mark.parametrize("place", range(len(STAGES)))
def test_what_comes_later_is_faint_and_unnamed(place):
    figure = plot_cell("t", STEP, upto=STAGES[place])
    written, drawn = words(figure), set(colours(figure))
    for stage in "figo":
        revealed = STAGES.index(stage) <= place
        assert (GATE_COLOURS[stage] in drawn) == revealed
        assert any(word.startswith(f"{stage} = ") for word in written) == revealed
    assert (FAINT in drawn) == (place < len(STAGES) - 1)


def test_a_cell_of_more_than_one_number_is_refused():
    step = LSTMCell(np.ones((8, 1)), np.ones((8, 2)), np.zeros(8)).forward(np.ones(1), np.zeros(2), np.zeros(2))
    with pytest.raises(ValueError, match="one input and one hidden unit"):
        plot_cell("t", step)
    with pytest.raises(ValueError, match="upto must be one of inputs, f, i, g, c, o, h, not 'z'"):
        plot_cell("t", STEP, upto="z")
