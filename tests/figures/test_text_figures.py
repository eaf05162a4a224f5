"""The figures of texts, scores and cells draw characters in their places, with bars and colours as the values say."""

import warnings
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
    return dict(zip(places, (text.get_text() for text in monospace), strict=True))


def grounds(axes):
    return {(round(patch.get_x(), 2), round(patch.get_y(), 2)): patch.get_facecolor() for patch in axes.patches}


def heights(axes):
    return [bar.get_height() for bar in axes.patches]


def ticks(labels):
    return [label.get_text() for label in labels]


def dots(axes):
    return axes.collections[0].get_offsets()[:, 1].tolist()


def test_frequency_dots_are_the_counts_the_commonest_first():
    figure = figures.plot_frequencies(Counter("e\ne  e    "), "title", rare=3)
    assert dots(figure.axes[0]) == [6, 3, 1] and ticks(figure.axes[0].get_xticklabels()) == ["␣", "e", "⏎"]
    assert figure.words == "title. 3 dots, from the commonest (␣ 6, e 3, ⏎ 1) down to 1; 1 of them stay below 3."


def test_rare_characters_have_a_colour_of_their_own():
    axes = figures.plot_frequencies({"e": 900, "x": 10, "Q": 1}, "title", rare=10).axes[0]
    assert axes.get_yscale() == "log" and axes.get_ylim()[0] < 1
    colours = [tuple(colour[:3]) for colour in axes.collections[0].get_facecolors()]
    assert colours == [to_rgb(style.INK), to_rgb(style.INK), to_rgb(style.MARK)]
    assert list(axes.lines[0].get_ydata()) == [10, 10]


def test_the_word_cloud_is_the_same_every_time_and_names_its_largest_words():
    first, second = (figures.plot_word_cloud("year lord year five year lord", "title") for _ in range(2))
    assert first.words == second.words and "largest are year, lord, five" in first.words
    np.testing.assert_array_equal(first.axes[0].images[0].get_array(), second.axes[0].images[0].get_array())


def colours_of(figure):
    """How many pixels of a word cloud are clearly more red than blue, and how many are nearly black."""
    pixels = np.asarray(figure.axes[0].images[0].get_array(), dtype=int)
    return (pixels[..., 0] > pixels[..., 2] + 50).sum(), (pixels.max(axis=2) < 60).sum()


def test_marked_words_of_a_cloud_have_a_second_colour():
    text = "year lord year five year lord"
    figure = figures.plot_word_cloud(text, "title", marked={"year", "nothing"})
    assert "; orange are year. The commonest" in figure.words
    assert min(colours_of(figure)) > 100
    assert colours_of(figures.plot_word_cloud(text, "title"))[0] == 0


def test_the_list_beside_a_word_cloud_has_the_words_that_the_cloud_leaves_out():
    figure = figures.plot_word_cloud("The year and the lord and the year", "title", marked={"year"})
    beside = {text.get_text(): text.get_color() for text in figure.axes[1].texts}
    assert beside["the"] == style.OTHERS and beside["year"] == style.for_words(style.MARK)
    assert beside["lord"] == style.INK
    assert figure.words.endswith("The commonest of all words: the 3, year 2, and 2, lord 1.")


def test_a_word_cloud_takes_the_font_that_it_is_given():
    with pytest.raises(OSError):
        figures.plot_word_cloud("year lord", "title", font="no such font.ttf")


def test_windows_show_each_stream_and_its_targets_one_character_later():
    figure = figures.plot_windows("abcdefghijklmnop q", 2, 3, "title")
    assert "".join(letters(figure.axes[0]).values()) == "abcdefijklmn"
    assert "inputs 'abc', targets 'bcd'; inputs 'ijk', targets 'jkl'" in figure.words


def test_probabilities_are_bars_beside_the_line_of_knowing_nothing():
    figure = figures.plot_probabilities("ab", {"before": [0.3, 0.7]}, "title")
    assert heights(figure.axes[0]) == [0.3, 0.7] and list(figure.axes[0].lines[0].get_ydata()) == [0.5, 0.5]
    assert figure.words == "title. 2 characters, a line at 1/V = 0.500. before: bars from 0.300 to 0.700."


def test_panels_of_probabilities_share_their_scale_and_mark_the_right_character():
    figure = figures.plot_probabilities("ab", {"before": [0.5, 0.5], "after": [0.1, 0.9]}, "title", true="b")
    first, second = figure.axes
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["before", "after"]
    assert first.get_ylim() == second.get_ylim() and heights(second) == [0.1, 0.9]
    assert [bar.get_facecolor()[:3] for bar in second.patches] == [to_rgb(style.BLUE), to_rgb(style.VERMILION)]
    assert "after: bars from 0.100 to 0.900, and 0.900 for b, which is right" in figure.words


def test_temperatures_share_their_order_and_their_scale():
    heats = {0.5: np.array([0.9, 0.1]), 2.0: np.array([0.6, 0.4])}
    figure = figures.plot_temperatures(["a", " "], heats, "title", others=3)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["temperature 0.5", "temperature 2"]
    assert [heights(axes) for axes in figure.axes] == [[0.9, 0.1], [0.6, 0.4]]
    assert ticks(figure.axes[0].get_xticklabels()) == ["a", "␣"]
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    assert "at 0.5: a 0.90, ␣ 0.10; the other 3 symbols: 0%" in figure.words


def test_temperatures_say_what_is_left_for_the_symbols_that_are_not_drawn():
    figure = figures.plot_temperatures(["a", "b"], {1.0: np.array([0.5, 0.25])}, "title", others=66)
    assert figure.axes[0].texts[0].get_text() == "the other 66 symbols:\n25%"


def test_the_history_marks_its_turn_wherever_it_lies():
    for best in (2, 10):
        valid = [3.0 + abs(epoch - best) / 10 for epoch in range(1, 11)]
        columns = {"epoch": range(1, 11), "train_bits": valid[::-1], "valid_bits": valid, "grad_norm": valid}
        figure = figures.plot_history(pd.DataFrame(columns), "title")
        turn = next(text for text in figure.axes[0].texts if text.get_text().startswith("the lowest: 3.00"))
        assert f"after epoch {best}" in turn.get_text() and turn.get_ha() == ("left" if best == 2 else "right")
        assert "held-out text from" in figure.words and "lowest 3.00" in figure.words


def test_scores_are_bars_from_the_top_and_networks_have_another_colour():
    figure = figures.plot_scores({"panel": {"uniform": 4.75, "LSTM": 2.81}}, ["LSTM"], "title")
    axes = figure.axes[0]
    assert ticks(axes.get_yticklabels()) == ["LSTM", "uniform"]
    assert [bar.get_width() for bar in axes.patches] == [2.81, 4.75]
    assert [bar.get_facecolor()[:3] for bar in axes.patches] == [to_rgb(style.BLUE), to_rgb(style.GREY)]
    assert "panel: uniform 4.75, LSTM 2.81" in figure.words


@pytest.mark.parametrize("winner", ["counts", "LSTM"])
def test_the_lowest_score_of_each_panel_is_marked_whoever_has_it(winner):
    scores = {"counts": 2.5, "LSTM": 2.6, winner: 2.0}
    figure = figures.plot_scores({"one": scores, "two": {"counts": 1.0}}, ["LSTM"], "title")
    bold = [text.get_text() for axes in figure.axes for text in axes.texts if text.get_weight() == "bold"]
    assert bold == ["2.00 lowest", "1.00 lowest"]
    assert f"the lowest is {winner}" in figure.words


def test_scores_that_lie_close_together_are_called_level():
    figure = figures.plot_scores({"one": {"counts": 2.58, "LSTM": 2.56, "uniform": 4.7}}, ["LSTM"], "title")
    bold = {text.get_text() for text in figure.axes[0].texts if text.get_weight() == "bold"}
    assert bold == {"2.56 level", "2.58 level"} and "about level are counts and LSTM" in figure.words


def test_another_run_is_a_grey_line_and_the_gradients_can_be_left_out():
    run = pd.DataFrame({"epoch": [1, 2], "train_bits": [4.0, 2.0], "valid_bits": [4.0, 3.0], "grad_norm": [1.0, 2.0]})
    other = run.assign(valid_bits=[4.5, 3.5])
    figure = figures.plot_history(run, "title", None, beside={"without dropout": other})
    (axes,) = figure.axes
    grey = [list(line.get_ydata()) for line in axes.lines if line.get_color() == style.OTHERS]
    assert [4.5, 3.5] in grey and "without dropout" in [text.get_text() for text in axes.texts]
    assert "without dropout, lowest 3.50" in figure.words and "gradient" not in figure.words


def test_probabilities_of_two_figures_have_the_same_axis():
    figure = figures.plot_probabilities("ab", {"before": [0.3, 0.7]}, "title")
    assert figure.axes[0].get_ylim() == (0, 1)
    assert figures.plot_probabilities("ab", {"p": [0.3, 0.2]}, "title", up_to=0.5).axes[0].get_ylim() == (0, 0.5)


def test_gates_stand_below_the_characters_and_the_memory_below_the_gates():
    values = {"i": [1.0, 0.0], "f": [0.0, 1.0], "o": [0.5, 0.5], "c": [1.0, -2.0]}
    figure = figures.plot_gates_on_text("“a", values, "title")
    axes = figure.axes[0]
    assert letters(axes) == {(0, 0): "“", (1, 0): "a"}
    squares = grounds(axes)
    assert squares[0.04, 1.35][:3] == pytest.approx(to_rgb(style.GATE_COLOURS["i"]))
    assert squares[1.04, 1.35][:3] == squares[0.04, 2.15][:3] == (1, 1, 1)
    heights_of_c = [patch.get_height() for patch in axes.patches if patch.get_y() == 5.35]
    # upwards on the page is smaller, and the largest of c has a height of 1.3
    assert heights_of_c == pytest.approx([-0.65, 1.3])
    assert "written anew at '“' after ''" in figure.words and "c goes from 1.00 to -2.00" in figure.words


def test_the_guess_that_comes_true_is_framed_and_a_miss_has_a_cross():
    guesses = [[("a", 0.9), ("b", 0.1)], [("a", 0.6), (" ", 0.4)], [("x", 0.5), ("y", 0.4)]]
    figure = figures.plot_guesses("a c", guesses, "title")
    axes = figure.axes[0]
    frames = [(round(p.get_x() - 0.05), round(p.get_y(), 2)) for p in axes.patches if not p.get_fill()]
    # the first guess of the first place, the second of the second, and none of the third
    assert frames == [(0, 1.27), (1, 2.22)]
    assert [t.get_position()[0] for t in axes.texts if t.get_text() == "×"] == [2.5]
    assert "the first guess is right at 1 of 3 characters, 1 are not among them" in figure.words
    assert "a probability of 0.43 on average" in figure.words


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


def bars(axes):
    """The bars of guesses as (left end, middle, length)."""
    blue = [patch for patch in axes.patches if patch.get_facecolor()[:3] == to_rgb(style.BLUE)]
    return [(patch.get_x(), patch.get_y() + patch.get_height() / 2, patch.get_width()) for patch in blue]


def test_guesses_stand_below_the_place_that_they_guess_with_bars_and_numbers():
    guesses = {1: [("x", 0.9), (" ", 0.05), ("y", 0.01), ("z", 0.01)]}
    axes = figures.plot_coloured_text("abc\nd", np.zeros(5), "title", guesses).axes[0]
    below = [text for text in axes.texts if 1.5 < text.get_position()[1] < 4.5]
    assert [text.get_text() for text in below] == ["x", "0.90", "␣", "0.05", "y", "0.01"]
    # the middle of the third column, for the character after "ab"
    assert below[0].get_position()[0] == 2.5
    lefts, middles, lengths = zip(*bars(axes), strict=True)
    assert len(set(lefts)) == 1 and list(middles) == sorted(middles)
    assert np.array(lengths) / lengths[0] == pytest.approx([1, 0.05 / 0.9, 0.01 / 0.9])


def test_a_line_makes_room_for_the_guesses_below_it():
    figure = figures.plot_coloured_text("abc\nd", np.zeros(5), "title", {1: [("x", 0.9), (" ", 0.05)]})
    row = next(place[1] for place, char in letters(figure.axes[0]).items() if char == "d")
    assert row > 3 and "after 'ab' come x 0.90, ␣ 0.05" in figure.words


def test_guesses_at_the_end_of_a_long_line_stay_on_the_page_and_a_mark_stays_at_the_place():
    text = 90 * "a"
    axes = figures.plot_coloured_text(text, np.zeros(90), "title", {88: [("x", 0.9)]}).axes[0]
    ((left, _, length),) = bars(axes)
    assert left + length < axes.get_xlim()[1] - 2
    assert axes.lines[0].get_xdata() == [89.5]


def test_a_coloured_text_says_what_its_colours_mean():
    for figure in (
        figures.plot_coloured_text("ab", [1.0, -1.0], "title"),
        figures.plot_influence({"one": ("ab", [1.0, 4.0])}, "title"),
    ):
        words = {text.get_text() for text in figure.axes[0].texts}
        assert {"below zero", "above zero"} <= words or {"no influence", "the strongest of its line"} <= words


def test_influence_is_darkest_where_it_is_strongest_in_each_line():
    figure = figures.plot_influence({"one": ("ab", [1.0, 4.0]), "two": ("cd", [0.02, 0.0])}, "title")
    first, second, third, fourth = (1 - patch.get_facecolor()[2] for patch in figure.axes[0].patches[:4])
    assert second == pytest.approx(third) and fourth == pytest.approx(0, abs=0.01)
    # shades follow the square root, so a quarter of the influence is half as dark
    assert first == pytest.approx(second / 2, rel=0.02)
    assert "".join(letters(figure.axes[0]).values()) == "abcd" and "one: strongest are 'b' after 'a'" in figure.words


def test_a_text_without_spaces_between_words_leaves_room_for_the_cloud():
    figure = figures.plot_word_cloud("道" * 1000 + " 可道", "without spaces")
    with warnings.catch_warnings():
        # a layout that finds no room warns
        warnings.simplefilter("error")
        style.to_png(figure)
    assert "道" * 14 + " 1" in figure.words
