"""What the figures of texts, scores and the inside draw: characters in their places, bars and colours as the values."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from lstm_scratch import figures
from lstm_scratch.figures import style


def letters(axes):
    """The characters on a page by (column, row)."""
    monospace = [text for text in axes.texts if text.get_fontfamily() == ["monospace"]]
    places = [(round(text.get_position()[0] - 0.5, 2), round(text.get_position()[1] - 0.5, 2)) for text in monospace]
    return dict(zip(places, (text.get_text() for text in monospace)))


def grounds(axes):
    return {(round(patch.get_x(), 2), round(patch.get_y(), 2)): patch.get_facecolor() for patch in axes.patches}


def heights(axes):
    return [bar.get_height() for bar in axes.patches]


def ticks(labels):
    return [label.get_text() for label in labels]


def test_frequency_bars_are_the_counts_the_commonest_first():
    figure = figures.plot_frequencies(Counter("e\ne  e    "), "title")
    assert heights(figure.axes[0]) == [6, 3, 1] and ticks(figure.axes[0].get_xticklabels()) == ["␣", "e", "⏎"]
    assert figure.words == "title. 3 bars, from the commonest (␣ 6, e 3, ⏎ 1) down to 1."


def test_the_word_cloud_is_the_same_every_time_and_names_its_largest_words():
    first, second = (figures.plot_word_cloud("year lord year five year lord", "title") for _ in range(2))
    assert first.words == second.words and "largest are year, lord, five" in first.words
    np.testing.assert_array_equal(first.axes[0].images[0].get_array(), second.axes[0].images[0].get_array())


def test_windows_show_each_stream_and_its_targets_one_character_later():
    figure = figures.plot_windows("abcdefghijklmnop q", 2, 3, "title")
    assert "".join(letters(figure.axes[0]).values()) == "abcdefijklmn"
    assert "inputs 'abc', targets 'bcd'; inputs 'ijk', targets 'jkl'" in figure.words


def test_probabilities_are_bars_beside_the_line_of_knowing_nothing():
    figure = figures.plot_probabilities("ab", [0.3, 0.7], "title")
    assert heights(figure.axes[0]) == [0.3, 0.7] and list(figure.axes[0].lines[0].get_ydata()) == [0.5, 0.5]
    assert figure.words == "title. 2 bars from 0.300 to 0.700, and a line at 1/V = 0.500."


def test_temperatures_share_their_order_and_their_scale():
    heats = {0.5: np.array([0.9, 0.1]), 2.0: np.array([0.6, 0.4])}
    figure = figures.plot_temperatures(["a", " "], heats, "title")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["temperature 0.5", "temperature 2"]
    assert [heights(axes) for axes in figure.axes] == [[0.9, 0.1], [0.6, 0.4]]
    assert ticks(figure.axes[0].get_xticklabels()) == ["a", "␣"]
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    assert "at 0.5: a 0.90, ␣ 0.10; at 2: a 0.60, ␣ 0.40" in figure.words


def test_the_history_marks_its_turn_wherever_it_lies():
    for best in (2, 10):
        valid = [3.0 + abs(epoch - best) / 10 for epoch in range(1, 11)]
        columns = {"epoch": range(1, 11), "train_bits": valid[::-1], "valid_bits": valid, "grad_norm": valid}
        figure = figures.plot_history(pd.DataFrame(columns), "title")
        turn = next(text for text in figure.axes[0].texts if text.get_text().startswith("the turn: 3.00"))
        assert f"after epoch {best}" in turn.get_text() and turn.get_ha() == ("left" if best == 2 else "right")
        assert "held-out text from" in figure.words and "lowest 3.00" in figure.words


def test_scores_are_bars_from_the_top_and_one_stands_out():
    figure = figures.plot_scores({"panel": {"uniform": 4.75, "LSTM": 2.81}}, "LSTM", "title")
    axes = figure.axes[0]
    assert ticks(axes.get_yticklabels()) == ["LSTM", "uniform"]
    assert [bar.get_width() for bar in axes.patches] == [2.81, 4.75]
    assert [bar.get_facecolor()[:3] for bar in axes.patches] == [to_rgb(style.VERMILION), to_rgb(style.GREY)]
    assert "panel: uniform 4.75, LSTM 2.81" in figure.words


def test_contexts_lie_on_a_doubling_scale_and_panels_share_the_other():
    curves = {"LSTM": ([1, 2, 4], [4.0, 3.0, 2.5]), "n-grams": (range(1, 4), [3.0, 2.8, 2.9])}
    figure = figures.plot_contexts({"small": curves, "large": curves}, "title", floor=1.0)
    for axes in figure.axes:
        assert axes.get_xscale() == "log" and axes.get_ylim()[0] == 1.0
        assert ticks(axes.get_xticklabels()) == ["1", "2", "4"]
        assert [list(line.get_ydata()) for line in axes.lines] == [[4.0, 3.0, 2.5], [3.0, 2.8, 2.9]]
    assert "large, n-grams: 3.00 from 1, 2.80 from 2, 2.90 from 3" in figure.words


def test_a_coloured_text_stands_in_lines_and_wears_the_sign_of_its_values():
    figure = figures.plot_coloured_text("ab\nc d", [2.0, -1.0, 0.0, 1.0, 0.0, -2.0], "title")
    found, colours = letters(figure.axes[0]), grounds(figure.axes[0])
    assert found == {(0, 0): "a", (1, 0): "b", (2, 0): "⏎", (0, 1): "c", (1, 1): " ", (2, 1): "d"}
    assert colours[2, 0][:3] == colours[1, 1][:3] == pytest.approx(to_rgb("white"), abs=0.02)
    # positive: more red than blue; negative: the other way round; and the stronger, the further from white
    assert all(colours[place][0] > colours[place][2] for place in ((0, 0), (0, 1)))
    assert all(colours[place][0] < colours[place][2] for place in ((1, 0), (2, 1)))
    assert colours[0, 0][2] < colours[0, 1][2] and colours[2, 1][0] < colours[1, 0][0]
    assert "the deepest blue is at 'd' after 'ab\\nc '" in figure.words and "33% of the characters" in figure.words


def test_guesses_stand_below_the_place_that_they_guess():
    guesses = {1: [("x", 0.9), (" ", 0.05), ("y", 0.01), ("z", 0.01), ("u", 0.01), ("v", 0.01)]}
    figure = figures.plot_coloured_text("abc\nd", np.zeros(5), "title", guesses)
    column = {place: char for place, char in letters(figure.axes[0]).items() if place[0] == 2 and place[1] > 0}
    assert list(column.values()) == ["x", "␣", "y", "z", "u"]
    shades = [grounds(figure.axes[0])[place][2] for place in column]
    assert shades[0] < shades[1] < shades[2]
    # the next line makes room for them
    assert letters(figure.axes[0])[0, 6.6] == "d" and "after 'ab' come x 0.90, ␣ 0.05" in figure.words


def test_influence_is_darkest_where_it_is_strongest_in_each_line():
    figure = figures.plot_influence({"one": ("ab", [1.0, 4.0]), "two": ("cd", [0.02, 0.0])}, "title")
    first, second, third, fourth = (1 - patch.get_facecolor()[2] for patch in figure.axes[0].patches)
    assert second == pytest.approx(third) and fourth == pytest.approx(0, abs=0.01)
    # by the square root: a quarter of the influence is half as dark
    assert first == pytest.approx(second / 2, rel=0.02)
    assert "".join(letters(figure.axes[0]).values()) == "abcd" and "one: strongest are 'b' after 'a'" in figure.words
