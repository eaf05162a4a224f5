"""What the figures draw: bars as high as the data, lines through the data. Pixels are for eyes."""

import io

import ipywidgets
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from lstm_scratch.figures import gates as plots
from lstm_scratch.figures import style
from lstm_scratch.figures import texts as text_plots

WALK = pd.DataFrame(
    {"i": [0.1, 0.2], "f": [0.3, 0.4], "g": [-0.5, 0.6], "o": [0.7, 0.8], "c": [0.9, 2.0], "h": [0.7, 0.95]},
    index=[1, 2],
)


def texts(figure, place=0):
    axes = figure.axes[place]
    return " ".join(text.get_text() for text in axes.texts)


def test_gate_bars_have_the_heights_and_colours_of_the_gates():
    figure = plots.plot_gates(WALK, "title")
    axes = figure.axes[0]
    assert axes.get_title(loc="left") == "title"
    assert axes.get_xlabel() == "time step" and axes.get_ylabel() == "activation"
    for bars, name in zip(axes.containers, "ifgo"):
        assert [bar.get_height() for bar in bars] == WALK[name].tolist()
        assert {to_hex(bar.get_facecolor()).upper() for bar in bars} == {style.GATE_COLOURS[name]}
    assert [text.get_text() for text in figure.legends[0].texts] == list(style.GATE_NAMES.values())
    assert axes.get_ylim()[0] < -0.5
    assert "-0.500" in texts(figure) and "0.800" in texts(figure)


def test_bars_of_one_step_do_not_overlap():
    bars = [bar for container in plots.plot_gates(WALK, "t").axes[0].containers for bar in container]
    spans = sorted((bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars)
    assert all(right <= left for (_, right), (left, _) in zip(spans, spans[1:]))


def test_state_lines_go_through_the_states_from_the_empty_start():
    figure = plots.plot_states(WALK, "title")
    lines = figure.axes[0].lines
    assert [list(line.get_ydata()) for line in lines] == [[0, 0.9, 2.0], [0, 0.7, 0.95]]
    assert "cell state c" in texts(figure) and "2.000" in texts(figure) and "0.950" in texts(figure)


def test_walks_stand_below_each_other_under_their_names_and_on_the_same_scale():
    figure = plots.plot_walks({"first": WALK, "second": 2 * WALK}, "title")
    assert figure.get_suptitle() == "title"
    assert [axes.get_ylabel() for axes in figure.axes[::2]] == ["first", "second"]
    assert list(figure.axes[3].lines[0].get_ydata()) == [0, 1.8, 4.0]
    assert list(figure.axes[3].lines[0].get_xdata()) == [0, 1, 2]
    assert "cell state c" in texts(figure, 1) and "hidden state h" in texts(figure, 3)
    assert figure.axes[1].get_ylim() == figure.axes[3].get_ylim()
    assert [bar.get_height() for bar in figure.axes[2].containers[0]] == [0.2, 0.4]


def test_names_at_the_ends_of_lines_never_touch():
    figure = plots.plot_curves({"one": ([0, 1], [0, 5]), "two": ([0, 1], [9, 5])}, "t", xlabel="x", ylabel="y")
    low, high = sorted(text.get_position()[1] for text in figure.axes[0].texts)
    assert high - low > 0.04
    figure = plots.plot_curves(
        {"far": ([0, 1], [1, 10]), "near": ([0, 1], [1, 1])}, "t", xlabel="x", ylabel="y", log=True
    )
    low, high = sorted(text.get_position()[1] for text in figure.axes[0].texts)
    assert low == pytest.approx(0.045, abs=0.01) and high == pytest.approx(0.955, abs=0.01)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_names_of_c_and_h_do_not_overlap_however_small_the_chart(count):
    flat = pd.DataFrame({name: [0.5, 0.5] for name in "ifgo"} | {"c": [0.01, 0.01], "h": [0.01, 0.01]})
    figure = plots.plot_walks({str(number): flat for number in range(count)}, "t")
    figure.draw_without_rendering()
    for axes in figure.axes[1::2]:
        first, second = (text.get_window_extent() for text in axes.texts if "state" in text.get_text())
        assert not first.overlaps(second)


def test_names_pushed_up_at_the_top_come_back_down():
    curves = {str(number): ([0, 1], [0, 9]) for number in range(5)}
    heights = [text.get_position()[1] for text in plots.plot_curves(curves, "t", xlabel="x", ylabel="y").axes[0].texts]
    assert max(heights) <= 1 and len({round(height, 3) for height in heights}) == 5


def test_no_bar_and_no_mark_falls_out_of_the_picture():
    for order in (1, -1):
        figure = plots.plot_walks({"one": WALK * order, "two": -WALK * order}, "t")
        for axes in figure.axes[::2]:
            low, high = axes.get_ylim()
            assert all(low < bar.get_height() < high for bar in axes.patches)
    z = pd.DataFrame({"i": [-5.0], "f": [0.0], "g": [-3.0], "o": [9.0]})
    (axes,) = plots.plot_saturation({"z": z}, "t").axes
    for line in axes.lines[2:]:
        (x, y) = line.get_xydata()[0]
        assert axes.get_ylim()[0] < y < axes.get_ylim()[1]
        # and the curve is drawn where the mark is
        assert axes.lines[0].get_xdata().min() < x < axes.lines[0].get_xdata().max()


def test_the_larger_of_two_states_has_its_numbers_above():
    low = pd.DataFrame({name: [0.5] for name in "ifgo"} | {"c": [-0.5], "h": [-0.3]}, index=[1])
    written = {text.get_text(): text.get_verticalalignment() for text in plots.plot_states(low, "t").axes[0].texts}
    assert written["-0.300"] == "bottom" and written["-0.500"] == "top"


def test_curves_go_through_their_points_and_look_different():
    curves = {str(n): ([1, 2], [n, n + 1]) for n in range(1, 6)}
    axes = plots.plot_curves(curves, "t", xlabel="distance", ylabel="norm", log=True).axes[0]
    assert [list(line.get_ydata()) for line in axes.lines] == [[n, n + 1] for n in range(1, 6)]
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines}) == 5
    assert axes.get_yscale() == "log" and (axes.get_xlabel(), axes.get_ylabel()) == ("distance", "norm")
    with pytest.raises(ValueError, match="at most 5 lines can be told apart, not 6"):
        plots.plot_curves({**curves, "6": ([1], [1])}, "t", xlabel="x", ylabel="y")


def test_a_family_of_names_looks_the_same_in_every_figure():
    family, points = ["a", "b", "c"], ([0, 1], [1, 2])
    whole = plots.plot_curves(dict.fromkeys(family, points), "t", xlabel="x", ylabel="y", family=family).axes[0].lines
    part = plots.plot_curves({"c": points, "a": points}, "t", xlabel="x", ylabel="y", family=family).axes[0].lines
    assert [line.get_color() for line in part] == [whole[2].get_color(), whole[0].get_color()]


def test_a_single_curve_needs_no_name():
    assert not texts(plots.plot_curves({"loss": ([0, 1], [1, 2])}, "t", xlabel="x", ylabel="y"))


def test_gates_are_marked_on_the_curve_they_use():
    z = pd.DataFrame({"i": [5.0, 10.0], "f": [4.0, 8.0], "g": [6.0, -1.0], "o": [7.0, 14.0]})
    figure = plots.plot_saturation({"one": z, "two": z / 10}, "title")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["one", "two"]
    marks = {line.get_label(): line.get_xydata() for line in figure.axes[1].lines[2:]}
    np.testing.assert_allclose(marks["candidate g"], [[0.6, np.tanh(0.6)], [-0.1, np.tanh(-0.1)]])
    np.testing.assert_allclose(marks["forget gate f"][1], [0.8, 1 / (1 + np.exp(-0.8))])


def test_answers_stand_against_what_is_right():
    axes = plots.plot_answers({"seen": ([1, 2], [1.1, 2.2]), "unseen": ([3], [5])}, "t").axes[0]
    assert [list(line.get_ydata()) for line in axes.lines] == [[1.1, 2.2], [5], [1, 3]]
    assert [text.get_text() for text in axes.get_legend().texts] == ["seen", "unseen", "right answer"]
    with pytest.raises(ValueError, match="at most 3 groups of answers can be told apart, not 4"):
        plots.plot_answers({name: ([1], [1]) for name in "abcd"}, "t")


def test_frequency_bars_are_the_counts():
    table = pd.DataFrame({"character": [" ", "e", "\n"], "count": [9, 4, 1]})
    axes = text_plots.plot_frequencies(table, "title").axes[0]
    assert [bar.get_height() for bar in axes.patches] == [9, 4, 1]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["␣", "e", "⏎"]


def test_the_word_cloud_is_the_same_every_time_and_depends_on_the_text():
    def pixels(text):
        return text_plots.plot_word_cloud(text, "t").axes[0].images[0].get_array()

    first = pixels("wisdom wisdom foolishness belief")
    np.testing.assert_array_equal(first, pixels("wisdom wisdom foolishness belief"))
    assert (first != pixels("light darkness hope despair")).any()


def test_windows_show_the_characters_and_frame_the_targets():
    text = "abcdefghijklmnopqrstuvwxyz0123456789"
    figure = text_plots.plot_windows(text, 2, 4, "title")
    axes = figure.axes[0]
    letters = [text.get_text() for text in axes.texts if len(text.get_text()) == 1]
    # two streams of 17 characters, two windows of four from each
    assert "".join(letters) == "abcdefgh" + "rstuvwxy"
    frames = [patch for patch in axes.patches if not patch.get_fill()]
    assert [(frame.get_x(), frame.get_width()) for frame in frames] == [(1, 4), (1, 4)]


def test_probability_bars_and_the_uniform_line():
    axes = text_plots.plot_probabilities(list("ab c"), [0.1, 0.2, 0.3, 0.4], "t").axes[0]
    assert [bar.get_height() for bar in axes.patches] == [0.1, 0.2, 0.3, 0.4]
    assert list(axes.lines[0].get_ydata()) == [0.25, 0.25]


def test_gradient_errors_are_drawn_where_they_are():
    axes = plots.plot_gradient_errors({"W": 1e-9, "U": 3e-8, "b": 0.0}, "t").axes[0]
    assert list(axes.lines[0].get_xdata()) == [1e-13, 3e-8, 1e-9]
    assert axes.get_xscale() == "log"
    assert list(axes.lines[1].get_xdata()) == [1e-6, 1e-6]


def test_errors_off_the_scale_stay_in_the_picture():
    axes = plots.plot_gradient_errors({"W": 2.0, "U": np.inf}, "t").axes[0]
    assert max(axes.lines[0].get_xdata()) <= axes.get_xlim()[1]


def test_windows_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="two windows of 4 do not fit into streams of 7 characters"):
        text_plots.plot_windows("abcdefghijklmno", 2, 4, "t")


def test_whole_numbers_get_whole_ticks():
    figure = plots.plot_curves({"one": (range(1, 21), range(20))}, "title", xlabel="epoch", ylabel="y")
    assert all(tick == round(tick) for tick in figure.axes[0].get_xticks())
    figure = plots.plot_curves({"one": ([0.0, 1.0], [0, 1])}, "title", xlabel="rate", ylabel="y")
    assert any(tick != round(tick) for tick in figure.axes[0].get_xticks())


def test_history_curves_the_turn_and_the_gradient_below():
    history = pd.DataFrame({"epoch": [1, 2, 3], "train_bits": [4.0, 3.0, 2.0], "valid_bits": [4.1, 3.3, 3.6]})
    figure = text_plots.plot_history(history.assign(grad_norm=[0.5, 2.0, 1.5]), "title", clip=1.2)
    train, valid, turn, best = figure.axes[0].lines
    assert list(train.get_ydata()) == [4.0, 3.0, 2.0]
    assert list(valid.get_ydata()) == [4.1, 3.3, 3.6]
    assert list(turn.get_xdata()) == [2, 2]
    assert (best.get_xdata()[0], best.get_ydata()[0]) == (2, 3.3)
    assert "the turn: 3.30 bits" in texts(figure) and "after epoch 2" in texts(figure)
    assert figure.axes[0].get_ylabel() == "bits per character"
    norm, limit = figure.axes[1].lines
    assert list(norm.get_ydata()) == [0.5, 2.0, 1.5] and list(limit.get_ydata()) == [1.2, 1.2]
    heights = {text.get_text(): text.get_position()[1] for text in figure.axes[1].texts}
    assert heights["clipped above"] < heights["before clipping"]
    assert figure.axes[1].get_ylim()[1] > 2.0 and figure.axes[1].get_xlabel() == "epoch"


def test_show_stores_the_picture_with_its_alt_text(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw, metadata=None: shown.append((data, metadata, raw)))
    style.show(plots.plot_gates(WALK, "t"), alt="four gates")
    (data, metadata, raw), (below, _, raw_below) = shown
    assert raw and raw_below and data["text/plain"] == "four gates"
    assert metadata["image/png"]["alt"] == "four gates"
    assert below == {"text/html": style.in_words("four gates")}
    image = Image.open(io.BytesIO(data["image/png"]))
    assert image.width == 2 * metadata["image/png"]["width"]
    with pytest.raises(ValueError, match="alt is empty"):
        style.show(plots.plot_gates(WALK, "t"), alt=" ")


def test_the_words_of_a_figure_are_text_not_markup():
    summary = "<summary>This figure in words</summary>"
    assert style.in_words('0 < f & f < "1"') == f'<details>{summary}0 &lt; f &amp; f &lt; "1"</details>'


def test_gate_colours_are_four_different_ones():
    assert set(style.GATE_COLOURS) == set(style.GATE_NAMES) == set("ifgo")
    assert len(set(style.GATE_COLOURS.values())) == 4


def test_sliders_draw_anew_when_one_is_moved(monkeypatch):
    shown, drawn = [], []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    boxes = []
    box = ipywidgets.VBox
    monkeypatch.setattr("ipywidgets.VBox", lambda children: boxes.append(children) or box(children))

    def draw(**values):
        drawn.append(values)
        return plots.plot_gates(WALK * values["a"], "t")

    style.show_sliders(draw, "two sliders", a=(0, 1, 0.5), b=(-2, 2, 0))
    first, second, picture, words = boxes[0]
    before = picture.value
    first.value = 0.25
    assert drawn == [{"a": 0.5, "b": 0}, {"a": 0.25, "b": 0}]
    assert picture.value != before and bytes(picture.value[:4]) == b"\x89PNG"
    assert (second.min, second.max, second.description) == (-2, 2, "b")
    assert words.value == style.in_words("two sliders")
    # without a running kernel, the words are shown
    assert shown[0]["text/plain"] == "two sliders" and "application/vnd.jupyter.widget-view+json" in shown[0]
    with pytest.raises(ValueError, match="alt is empty"):
        style.show_sliders(draw, "", a=(0, 1, 0.5))
