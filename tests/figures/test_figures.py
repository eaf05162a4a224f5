"""The figures of the numeric notebook: what each draws, and that it says in words what it has drawn."""

import io
import time

import ipywidgets
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from lstm_scratch import LSTMCell
from lstm_scratch.cell import Step, unroll
from lstm_scratch.figures import curves, diagram, gates, sliders, style, tables

WALK = pd.DataFrame(
    {"i": [0.1, 0.2], "f": [0.3, 0.4], "g": [-0.5, 0.6], "o": [0.7, 0.8], "c": [0.9, 2.0], "h": [0.7, 0.95]},
    index=[1, 2],
)
WEIGHTS = pd.DataFrame({"W": [0.5, 0.4, 0.6, 0.7], "U": [0.15, 0.1, 0.2, 0.25], "b": 0.0}, index=list("ifgo"))
STEP = Step(10, 0.0, 0.0, 0.993, 0.982, 1.0, 0.999, 0.993, 0.758)
USE = pd.DataFrame({"shut": [0.1, 0.3], "open": [0.5, 0.5]})
AXES = {"xlabel": "step", "ylabel": "loss"}

# the figure, and what its words must say
SAID = {
    "gates": (lambda: gates.plot_gates(WALK, "t"), "i 0.100, 0.200; f 0.300, 0.400; g -0.500, 0.600"),
    "states": (lambda: gates.plot_states(WALK, "t"), "c 0.900, 2.000; h 0.700, 0.950"),
    "walks": (lambda: gates.plot_walks({"one": WALK, "two": -WALK}, "t"), "two: i -0.10, -0.20; f -0.30"),
    "saturation": (lambda: gates.plot_saturation({"one": WALK}, "t"), "one: i 0.10, 0.20"),
    "gate use": (lambda: gates.plot_gate_use({"i": USE}, "t"), "input gate i 20% and 50%"),
    "curves": (lambda: curves.plot_curves({"a": ([0, 9], [1, 0.5])}, "t", **AXES), "a from 1 at 0 to 0.5 at 9"),
    "answers": (lambda: curves.plot_answers({"seen": ([1, 2], [1, 4])}, "t"), "seen, 2 points, off by 1.0"),
    "errors": (lambda: curves.plot_gradient_errors({"W": 1e-9, "U": 2e-5}, "t"), "below the limit of 1e-06: W."),
    "the cell": (lambda: diagram.plot_cell("t"), "the forget gate f multiplies it"),
    "a step": (lambda: diagram.plot_cell("t", **STEP._asdict()), "x = 10, h₋₁ = 0, c₋₁ = 0, i = 0.993"),
    "two cells": (lambda: diagram.plot_two_cells("t"), "connected to all three"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_a_figure_says_its_title_and_what_it_has_drawn(name, monkeypatch):
    draw, said = SAID[name]
    figure, shown = draw(), []
    assert figure.words.startswith("t. ") and said in figure.words
    monkeypatch.setattr("IPython.display.display", lambda data, raw, metadata=None: shown.append((data, metadata)))
    figure._ipython_display_()
    (picture, metadata), (below, _) = shown
    assert metadata["image/png"]["alt"] == picture["text/plain"] == figure.words
    assert below == {"text/html": style.in_words(figure.words)}
    image = Image.open(io.BytesIO(picture["image/png"])).convert("RGB")
    # sharp on a fine screen, and on white ground whatever the page's theme
    assert image.width == 2 * metadata["image/png"]["width"] and image.getpixel((0, 0)) == (255, 255, 255)


def test_bars_have_the_heights_and_colours_of_the_gates_and_stay_in_the_picture():
    for walk in (WALK, -WALK):
        axes = gates.plot_gates(walk, "t").axes[0]
        for bars, name in zip(axes.containers, "ifgo"):
            assert [bar.get_height() for bar in bars] == walk[name].tolist()
            assert {to_hex(bar.get_facecolor()).upper() for bar in bars} == {style.GATE_COLOURS[name]}
        assert axes.get_ylim()[0] < walk[list("ifgo")].min(axis=None)


def test_lines_go_through_the_states_from_the_empty_start():
    lines = gates.plot_walks({"first": WALK, "second": 2 * WALK}, "t").axes[3].lines
    assert [list(line.get_ydata()) for line in lines] == [[0, 1.8, 4.0], [0, 1.4, 1.9]]


def test_gates_are_marked_on_the_curve_they_use():
    axes = gates.plot_saturation({"one": WALK}, "t").axes[0]
    marks = {line.get_label(): line.get_ydata() for line in axes.lines[2:]}
    np.testing.assert_allclose(marks["candidate g"], np.tanh([-0.5, 0.6]))
    np.testing.assert_allclose(marks["forget gate f"], 1 / (1 + np.exp([-0.3, -0.4])))


def test_names_at_the_ends_of_lines_never_touch():
    five = {str(number): ([0, 1], [0, 9]) for number in range(5)}
    heights = sorted(text.get_position()[1] for text in curves.plot_curves(five, "t", **AXES).axes[0].texts)
    assert min(np.diff(heights)) > 0.04 and heights[-1] <= 1


def test_curves_go_through_their_points_and_each_has_a_look_of_its_own():
    lines = curves.plot_curves(dict.fromkeys("abc", ([0, 1], [1, 2])), "t", **AXES).axes[0].lines
    assert list(lines[0].get_ydata()) == [1, 2]
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 3


def test_parts_of_the_cell_without_numbers_are_faint():
    known = {name: getattr(STEP, name) for name in ("x", "h_prev", "c_prev", "i", "f", "g", "c")}
    written = " ".join(text.get_text() for text in diagram.plot_cell("t", **known).axes[0].texts)
    assert "c = 0.993" in written and "i · g = 0.993" in written and "o" not in written.split()
    assert "h = 0.758" in " ".join(text.get_text() for text in diagram.plot_cell("t", **STEP._asdict()).axes[0].texts)


def test_every_gate_of_two_cells_is_connected_to_x_and_to_both_hidden_values():
    dots = [line for line in diagram.plot_two_cells("t").axes[0].lines if line.get_marker() == "o"]
    assert len(dots) == 8 and all(len(line.get_ydata()) == 3 for line in dots)


def test_tables_hold_what_the_cell_computed():
    cell = LSTMCell(WEIGHTS[["W"]], WEIGHTS[["U"]], WEIGHTS["b"])
    steps = unroll(cell, [[10], [20], [30]])
    assert tables.walk(steps)["h"].round(3).tolist() == [0.758, 0.964, 0.995]
    assert tables.pre_activations(steps, WEIGHTS).loc[1].tolist() == [5, 4, 6, 7]
    rows = tables.step_table(steps[1], WEIGHTS)
    assert (
        rows.loc["f", "numbers in"] == "σ(0.4 · 20 + 0.1 · 0.758 + 0)" and rows.loc["f", "pre-activation z"] == "8.076"
    )
    assert rows.loc["c", "result"] == steps[1].c.item() and list(rows.index) == list("ifgoch")
    two = tables.weights_table(LSTMCell(np.ones((8, 1)), np.ones((8, 2)), np.ones(8)))
    assert list(two.columns) == ["W: x", "U: h₁", "U: h₂", "b"] and list(two.index[:3]) == ["i₁", "i₂", "f₁"]
    assert tables.powers_of_ten(pd.DataFrame({"a": [0.0012, -0.0]}))["a"].tolist() == ["1.20e-03", "0"]
    assert list(tables.factor_table([[0] * 6, [1] * 6]).index) == ["step 2", "step 1"]
    assert tables.share_table({("plain", 10): [0.5, 1]}).loc["plain", 10] == "50%, 100%"


def test_sliders_move_the_states_on_axes_that_stand_still(monkeypatch):
    shown, boxes, box = [], [], ipywidgets.VBox
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    monkeypatch.setattr("ipywidgets.VBox", lambda children: boxes.append(children) or box(children))
    sliders.show_sliders(lambda a, b: WALK * a + b, "t", a=(-1, 1, 0.5), b=(-2, 2, 0))
    first, second, picture, words = boxes[0]
    before = picture.value
    first.value = -0.5
    assert picture.value != before and "c -0.45, -1.00" in words.value
    assert (second.min, second.max, second.description) == (-2, 2, "b") and "Sliders for a, b" in shown[0]["text/plain"]
    first.value = 0.5
    assert picture.value == before


def test_a_slider_is_followed_within_150_milliseconds():
    draw = sliders.sliding_walk(lambda a: WALK * a, "t", a=(0, 1, 0.5))
    seconds = []
    for _ in range(5):
        start = time.process_time()
        draw(WALK)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.15
