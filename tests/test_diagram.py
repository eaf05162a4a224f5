"""The picture of the cell: what is written on its wires, and what is revealed when."""

import numpy as np
import pytest

from lstm_scratch import LSTMCell
from lstm_scratch.diagram import FAINT, STAGES, plot_cell
from lstm_scratch.style import GATE_COLOURS

STEP = LSTMCell(np.array([[0.5], [0.4], [0.6], [0.7]]), np.ones((4, 1)), np.zeros(4)).forward(
    np.array([10.0]), np.zeros(1), np.zeros(1)
)


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
