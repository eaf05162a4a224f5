"""The figures of the numeric notebook draw what they should, and each says in words what it has drawn."""

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from PIL import Image

from lstm_scratch import LSTMCell
from lstm_scratch.cell import Step, unroll
from lstm_scratch.figures import curves, diagram, gates, style, tables

TABLE = pd.DataFrame(
    {"i": [0.1, 0.2], "f": [0.3, 0.4], "g": [-0.5, 0.6], "o": [0.7, 0.8], "c": [0.9, 2.0], "h": [0.7, 0.95]},
    index=[1, 2],
)
WEIGHTS = pd.DataFrame({"W": [0.5, 0.4, 0.6, 0.7], "U": [0.15, 0.1, 0.2, 0.25], "b": 0.0}, index=list("ifgo"))
STEP = Step(10, 0.0, 0.0, 0.993, 0.982, 1.0, 0.999, 0.993, 0.758)
BACK = pd.DataFrame({"dc": [-1.1, -1.1], "dh": [-4.11e-5, -111.0]}, index=[1, 2])
USE = pd.DataFrame({"shut": [0.1, 0.3], "open": [0.5, 0.5]})
AXES = {"xlabel": "step", "ylabel": "loss"}

# a call that draws the figure, and what its words must contain
SAID = {
    "gates": (lambda: gates.plot_gates(TABLE, "t"), "i 0.100, 0.200; f 0.300, 0.400; g -0.500, 0.600"),
    "states": (lambda: gates.plot_states(TABLE, "t"), "c 0.900, 2.000; h 0.700, 0.950"),
    "gating": (lambda: gates.plot_gating({"one": TABLE, "two": -TABLE}, [1, 0], "t"), "Inputs 1, 0. one: i 0.10, 0.20"),
    "sums": (lambda: gates.plot_sums({"b = 6": TABLE}, "t"), "b = 6: f 0.30, 0.40, c -0.05; -0.02 + 0.12 = 0.10"),
    "saturation": (lambda: gates.plot_saturation({"one": TABLE["f"]}, "t"), "one: 0.30 (slope 0.24), 0.40"),
    "gate use": (lambda: gates.plot_gate_use({"i": USE}, "t"), "input gate i 20% and 50%"),
    "curves": (lambda: curves.plot_curves({"a": ([0, 9], [1, 0.5])}, "t", **AXES), "a from 1 at 0 to 0.5 at 9"),
    "answers": (lambda: curves.plot_answers({"seen": ([1, 2], [1, 4])}, "t"), "seen, 2 points, off by 1.0"),
    "learning": (lambda: curves.plot_learning({"a": [0, 2]}, {"a": 3}, "t", trained_on="a"), "0.0 to 2.0, right 3"),
    "the cell": (lambda: diagram.plot_cell("t"), "the forget gate f multiplies it"),
    "a step": (lambda: diagram.plot_cell("t", **STEP._asdict()), "x = 10, h₋₁ = 0, c₋₁ = 0, i = 0.993"),
    "a question": (lambda: diagram.plot_cell("t", "40?", x=10), "the question: 40?"),
    "steps": (lambda: diagram.plot_unrolled(TABLE, [10, 20], "t"), "step 2: c = 2, h = 0.950"),
    "the way back": (lambda: diagram.plot_way_back(TABLE, BACK, "t"), "step 2: -6.27 on this way, dc = -1.1 in all"),
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
    # it is sharp on a fine screen, and its background is white whatever the page's theme
    assert image.width == 2 * metadata["image/png"]["width"] and image.getpixel((0, 0)) == (255, 255, 255)


def test_bars_have_the_heights_and_colours_of_the_gates_and_stay_in_the_picture():
    for walk in (TABLE, -TABLE):
        axes = gates.plot_gates(walk, "t").axes[0]
        for bars, name in zip(axes.containers, "ifgo", strict=True):
            assert [bar.get_height() for bar in bars] == walk[name].tolist()
            assert {to_hex(bar.get_facecolor()).upper() for bar in bars} == {style.GATE_COLOURS[name]}
        assert axes.get_ylim()[0] < walk[list("ifgo")].min(axis=None)


def test_lines_go_through_the_states_from_the_empty_start():
    limit, *lines = gates.plot_states(TABLE, "t").axes[0].lines
    assert set(limit.get_ydata()) == {1}
    assert [list(line.get_ydata()) for line in lines] == [[0, 0.9, 2.0], [0, 0.7, 0.95]]


def test_a_gate_is_marked_on_its_curve_with_the_slope_there():
    curve, tangent, *_, marks = gates.plot_saturation({"one": TABLE["f"]}, "t").axes[0].lines
    f = 1 / (1 + np.exp([-0.3, -0.4]))
    np.testing.assert_allclose(marks.get_ydata(), f)
    assert np.diff(tangent.get_ydata()) / np.diff(tangent.get_xdata()) == pytest.approx(f[0] * (1 - f[0]))


def test_a_strip_is_white_where_the_gate_is_shut_and_full_where_it_is_open():
    table = TABLE.assign(i=[0.0, 1.0])
    strips = gates.plot_gating({"one": table}, [1, 0], "t").axes[1].patches
    assert [patch.get_facecolor()[3] for patch in strips] == [0, 1, 0.3, 0.4, 0.7, 0.8]
    assert to_hex(strips[0].get_facecolor()).upper() == style.GATE_COLOURS["i"]


def test_two_runs_of_gates_stand_above_each_other_on_the_same_axes():
    figure = gates.plot_gates({"one": TABLE, "two": -TABLE}, "t")
    upper, lower = figure.axes
    assert upper.get_ylim() == lower.get_ylim() and lower.get_ylim()[0] < -0.8
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["one", "two"]
    assert [bar.get_height() for bar in lower.containers[1]] == [-0.3, -0.4]
    assert "one: i 0.100, 0.200" in figure.words and "two: i -0.100, -0.200" in figure.words


def test_a_pile_has_a_bar_for_what_is_left_of_each_step():
    table = pd.DataFrame({"i": 1.0, "f": [0.9, 0.5, 0.5], "g": [0.8, -0.4, 0.6]}, index=[1, 2, 3])
    axes = gates.plot_sums({"half open": table}, "t", inputs=[1, 2, 3]).axes[0]
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    # step by step: 0.8; half of it, and −0.4; a quarter of it, half of −0.4, and 0.6 on top of the quarter
    np.testing.assert_allclose([bar.get_height() for bar in bars], [0.8, 0.4, -0.4, 0.2, -0.2, 0.6])
    np.testing.assert_allclose([bar.get_y() for bar in bars], [0, 0, 0, 0, 0, 0.2], atol=1e-12)
    texts = [text.get_text() for text in axes.texts]
    assert {"c = 0.80", "c = 0.00", "c = 0.60", "×0.50"} <= set(texts)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["reads 1", "reads 2", "reads 3"]


def test_the_slope_is_written_at_each_mark():
    axes = gates.plot_saturation({"one": pd.Series([0.0, 12.1]), "two": pd.Series([-4.0])}, "t").axes[0]
    assert [text.get_text() for text in axes.texts] == ["σ′ = 0.250", "σ′ = 6e-6", "σ′ = 0.018"]


def test_right_answers_are_rings_beside_the_last_answers():
    figure = curves.plot_learning({"a": [0, 1, 2.0], "b": [5, 6, 7.0]}, {"a": 2, "b": 9}, "t", trained_on="a")
    rings = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [ring.get_ydata()[0] for ring in rings] == [2, 9]
    assert "a: says 2, right 2" in [text.get_text() for text in figure.axes[0].texts]


def test_the_ceiling_is_a_line_at_its_height():
    axes = curves.plot_answers({"seen": ([1, 2], [1, 4])}, "t", ceiling=333.0).axes[0]
    assert 333.0 in [line.get_ydata()[0] for line in axes.lines] and axes.get_legend() is not None


def test_the_way_back_is_one_path_with_its_factors_and_one_scale():
    one = pd.DataFrame({"o": 1.0, "f": [0.9, 0.1], "c": [0.5, 3.0]}, index=[1, 2])
    axes = diagram.plot_way_back(one, BACK, "t").axes[0]
    into_belt = 1 - np.tanh(3.0) ** 2
    texts = [text.get_text() for text in axes.texts]
    assert f"×{into_belt:.3f}" in texts and "×0.100" in texts and "dh = -111" in texts
    widths = [line.get_linewidth() for line in axes.lines if line.get_color() == style.MARK]
    # 12 points for the largest, and 3 less for each tenth of it
    path = [12, 12 + 3 * np.log10(into_belt), 12 + 3 * np.log10(into_belt), 9 + 3 * np.log10(into_belt)]
    assert widths[:4] == pytest.approx(path) and widths[-4:] == pytest.approx([12, 9, 6, 3])
    assert diagram.back_width(0.0, 1.0) == diagram.back_width(1e-9, 1.0) == 1.0


def test_errors_by_horizon_begin_one_step_ahead_and_the_network_is_blue():
    axes = curves.plot_horizons({"LSTM": [1, 2], "last value": [2, 4]}, "t", ylabel="miss").axes[0]
    assert [list(line.get_xdata()) for line in axes.lines] == [[1, 2], [1, 2]]
    assert [line.get_color() for line in axes.lines] == [style.MODEL, style.OTHERS] and axes.get_ylim()[0] == 0


def test_every_seed_is_a_thin_line_and_the_median_a_thick_one():
    seeds = [[0.5, 1.0], [0.5, 0.9], [0.5, 0.7]]
    figure = curves.plot_seeds({"LSTM": ([0, 9], seeds)}, "t", xlabel="updates", ylabel="right", chance=0.5)
    *thin, thick, _ = figure.axes[0].lines
    assert [list(line.get_ydata()) for line in thin] == seeds and list(thick.get_ydata()) == [0.5, 0.9]
    assert thick.get_linewidth() > 2 * thin[0].get_linewidth()
    assert "LSTM: 3 seeds, at 9 between 0.7 and 1; chance is 0.5" in figure.words


@pytest.mark.parametrize(("bits", "marks"), [([2.0, 1.5, 1.8], 3), ([1.0, 1.5, 1.8], 2), ([2.0, 1.9, 1.8], 2)])
def test_a_mixture_marks_both_ends_and_its_lowest_point(bits, marks):
    figure = curves.plot_mixture([0, 0.25, 1], bits, "t")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert len(texts) == marks and texts[:2] == [f"counting alone: {bits[0]:.2f}", f"LSTM alone: {bits[2]:.2f}"]
    assert texts[2:] == ["25% LSTM: 1.50"][: marks - 2] and f"the lowest {min(bits):.3f}" in figure.words


def test_of_a_long_sequence_the_last_steps_are_drawn():
    long = pd.concat([TABLE] * 4, ignore_index=True)
    texts = [text.get_text() for text in diagram.plot_unrolled(long, range(8), "t").axes[0].texts]
    assert "step 7" in texts and "step 2" not in texts and "x = 7" in texts


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
    assert tables.as_table(steps)["h"].round(3).tolist() == [0.758, 0.964, 0.995]
    assert tables.pre_activations(steps, WEIGHTS).loc[1].tolist() == [5, 4, 6, 7]
    two = tables.weights_table(LSTMCell(np.ones((8, 1)), np.ones((8, 2)), np.ones(8)))
    assert list(two.columns) == ["W: x", "U: h₁", "U: h₂", "b"] and list(two.index[:3]) == ["i₁", "i₂", "f₁"]
    assert tables.powers_of_ten(pd.DataFrame({"a": [0.0012, -0.0]}))["a"].tolist() == ["1.20e-03", "0"]
    assert list(tables.factor_table([[0] * 6, [1] * 6]).index) == [2, 1]
    assert tables.plain_steps(steps)[1].c == steps[1].c.item()
    assert tables.share_table({("plain", 10): [0.5, 1]}).loc["plain", 10] == "50%, 100%"
