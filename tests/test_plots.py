"""What the figures draw: bars as high as the data, lines through the data. Pixels are for eyes."""

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from lstm_scratch import plots, style, text_plots

GATES = {"i": [0.1, 0.2], "f": [0.3, 0.4], "g": [-0.5, 0.6], "o": [0.7, 0.8]}


def texts(figure):
    axes = figure.axes[0]
    return " ".join(text.get_text() for text in axes.texts)


def test_gate_bars_have_the_heights_and_colours_of_the_gates():
    figure = plots.plot_gates(GATES, "title")
    axes = figure.axes[0]
    assert axes.get_title(loc="left") == "title"
    assert axes.get_xlabel() == "time step" and axes.get_ylabel() == "activation"
    for bars, (name, values) in zip(axes.containers, GATES.items()):
        assert [bar.get_height() for bar in bars] == values
        assert {to_hex(bar.get_facecolor()).upper() for bar in bars} == {style.GATE_COLOURS[name]}
    assert [text.get_text() for text in figure.legends[0].texts] == list(style.GATE_NAMES.values())
    assert axes.get_ylim()[0] < -0.5
    assert "-0.500" in texts(figure) and "0.800" in texts(figure)


def test_bars_of_one_step_do_not_overlap():
    bars = [bar for container in plots.plot_gates(GATES, "t").axes[0].containers for bar in container]
    spans = sorted((bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars)
    assert all(right <= left for (_, right), (left, _) in zip(spans, spans[1:]))


def test_state_lines_go_through_the_states():
    c, h = [0.0, 0.9, 2.0], [0.0, 0.7, 0.95]
    figure = plots.plot_states(c, h, "title")
    lines = figure.axes[0].lines
    assert [list(line.get_ydata()) for line in lines] == [c, h]
    assert "cell state c" in texts(figure) and "2.000" in texts(figure) and "0.950" in texts(figure)


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


def test_history_curves_and_the_best_epoch():
    history = pd.DataFrame({"epoch": [1, 2, 3], "train_bits": [4.0, 3.0, 2.0], "valid_bits": [4.1, 3.3, 3.6]})
    figure = text_plots.plot_history(history, "title")
    train, valid, best = figure.axes[0].lines
    assert list(train.get_ydata()) == [4.0, 3.0, 2.0]
    assert list(valid.get_ydata()) == [4.1, 3.3, 3.6]
    assert (best.get_xdata()[0], best.get_ydata()[0]) == (2, 3.3)
    assert "best: 3.30 bits" in texts(figure) and "after epoch 2" in texts(figure)
    assert figure.axes[0].get_ylabel() == "bits per character"


def test_show_stores_the_picture_with_its_alt_text(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, metadata, raw: shown.append((data, metadata, raw)))
    style.show(plots.plot_gates(GATES, "t"), alt="four gates")
    ((data, metadata, raw),) = shown
    assert raw and data["text/plain"] == "four gates"
    assert metadata["image/png"]["alt"] == "four gates"
    image = Image.open(io.BytesIO(data["image/png"]))
    assert image.width == 2 * metadata["image/png"]["width"]
    with pytest.raises(ValueError, match="alt is empty"):
        style.show(plots.plot_gates(GATES, "t"), alt=" ")


def test_gate_colours_are_four_different_ones():
    assert set(style.GATE_COLOURS) == set(style.GATE_NAMES) == set("ifgo")
    assert len(set(style.GATE_COLOURS.values())) == 4
