"""Everybody can read the figures: contrasts are high enough, and it is measured how far apart the colours are.

Contrast is required as in WCAG 2.2, 4.5 to 1 for words and 3 to 1 for marks. Colour vision is modelled after Machado,
Oliveira and Fernandes (2009). Distances between colours are those of CAM02-UCS (Luo, Cui and Li, 2006), in which a
distance of about 1 can just be seen.
"""

import itertools

import numpy as np
import pandas as pd
import pytest
from colorspacious import cspace_convert, deltaE
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from lstm_scratch import figures
from lstm_scratch.figures import style
from lstm_scratch.figures.curves import LINE_LOOKS
from lstm_scratch.figures.inside import SIGNED

PALETTE = {name: getattr(style, name) for name in ("BLUE", "VERMILION", "GREEN", "PURPLE", "INK", "GREY", "BROWN")}
TABLE = pd.DataFrame(np.linspace(-0.9, 0.9, 18).reshape(3, 6), columns=list("ifgoch"))
HISTORY = pd.DataFrame({"epoch": [1, 2, 3], "train_bits": [4, 2, 1], "valid_bits": [4, 3, 3.5], "grad_norm": [3, 1, 2]})
TEXT = "It was the best of times,\nit was the worst of times"
USE = pd.DataFrame({"shut": [0.1, 0.4], "open": [0.5, 0.2]})
# the arguments of each figure, except the word cloud, whose words are made of pixels in the colours of the palette
FIGURES = {
    "answers": ({"a": ([1, 2], [1, 3]), "b": ([1, 2], [2, 3])}, "t"),
    "cell": ("t",),
    "coloured_text": (TEXT, np.linspace(-1, 1, len(TEXT)), "t", {3: [("a", 1.0), ("b", 0.1)]}),
    "contexts": ({"p": {"LSTM": ([1, 2], [4, 3]), "n-gram": ([1, 2], [4, 2])}}, "t"),
    "curves": ({n: ([0, 1], [k, k]) for k, n in enumerate("abcde")}, "t"),
    "frequencies": ({"a": 3, " ": 5}, "t"),
    "band": (([1, 2, 3], [1, 3, 2], [1, 2, 2], [0, 1, 1], [2, 3, 3], "t")),
    "gate_use": ({gate: USE for gate in "ifo"}, "t"),
    "gates": ({"a": TABLE, "b": TABLE}, "t"),
    "gates_on_text": (TEXT[:18].replace("\n", " "), {name: np.linspace(0, 1, 18) for name in "ifoc"}, "t"),
    "gating": ({"a": TABLE, "b": TABLE}, [1, 0, 1], "t"),
    "guesses": ("ab", [[("a", 1.0), ("b", 0.0)], [("c", 0.6), ("d", 0.1)]], "t"),
    "history": (HISTORY, "t", 1.0),
    "horizons": ({"LSTM": [1, 2], "last value": [1, 3]}, "t"),
    "learning": ({"a": [0.0, 1.0], "b": [1.0, 2.0]}, {"a": 1, "b": 3}, "t"),
    "influence": ({"e": (TEXT[:25], np.linspace(0, 1, 25))}, "t"),
    "mixture": ([0, 0.5, 1], [2, 1, 1.5], "t"),
    "probabilities": ("abc", {"p": [0.2, 0.3, 0.5]}, "t", "a"),
    "saturation": ({"a": TABLE["f"], "b": 3 * TABLE["f"]}, "t"),
    "scores": ({"p": {"LSTM": 2.0, "n-gram": 3.0}}, ["LSTM"], "t"),
    "seeds": ({"a": ([0, 1], [[0, 1], [0, 2]])}, "t"),
    "states": (TABLE, "t"),
    "sums": ({"a": TABLE, "b": TABLE}, "t"),
    "temperatures": ("abc", {0.5: [0.1, 0.2, 0.7], 1.0: [0.2, 0.3, 0.4]}, "t", 5),
    "two_cells": ("t",),
    "unrolled": (TABLE, [1, 2, 3], "t"),
    "way_back": (TABLE, TABLE.rename(columns={"c": "dc", "h": "dh"}), "t"),
    "windows": (TEXT, 2, 8, "t"),
}
OPTIONS = {
    "band": {"ylabel": "y", "coverage": 0.8},
    "curves": {"xlabel": "x", "ylabel": "y"},
    "history": {"beside": {"other": HISTORY}},
    "horizons": {"ylabel": "y"},
    "learning": {"trained_on": "a"},
    "seeds": {"xlabel": "x", "ylabel": "y", "chance": 0.5},
}
# The smallest distance between two of the seven colours, and between two gates, that each kind of eye sees. To most
# eyes the gates are far apart. Without red, green or blue cones some colours come close, so names and shapes tell, too.
CLOSEST = {"none": (18, 31), "protanomaly": (11, 13), "deuteranomaly": (14, 14), "tritanomaly": (11, 11)}


def contrast(one, other):
    """(L₁ + 0.05) / (L₂ + 0.05) of two colours, with the relative luminance L that WCAG defines."""
    channels = np.array([to_rgb(one), to_rgb(other)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    low, high = sorted(linear @ [0.2126, 0.7152, 0.0722])
    return (high + 0.05) / (low + 0.05)


def through_the_eyes(colour, deficiency):
    """A colour as it looks to people with this deficiency at its full severity: three numbers from 0 to 1."""
    seen = to_rgb(colour[:3] if isinstance(colour, tuple) else colour)
    if deficiency == "none":
        return seen
    space = {"name": "sRGB1+CVD", "cvd_type": deficiency, "severity": 100}
    return np.clip(cspace_convert(seen, space, "sRGB1"), 0, 1)


def closest(colours, deficiency):
    """The smallest distance between any two of the colours, as they look to these eyes."""
    seen = [through_the_eyes(colour, deficiency) for colour in colours]
    return min(deltaE(*pair, input_space="sRGB1") for pair in itertools.combinations(seen, 2))


@pytest.mark.parametrize("name", PALETTE)
def test_marks_and_words_stand_out_from_white(name):
    assert contrast("#000000", "white") == pytest.approx(21)
    assert contrast(PALETTE[name], "white") >= 3
    assert contrast(style.for_words(PALETTE[name]), "white") >= 4.5


@pytest.mark.parametrize("deficiency", CLOSEST)
def test_how_far_apart_the_colours_are_for_each_kind_of_eye(deficiency):
    of_all, of_gates = CLOSEST[deficiency]
    assert of_all <= closest(PALETTE.values(), deficiency) < of_all + 1
    assert of_gates <= closest(style.GATE_COLOURS.values(), deficiency)


@pytest.mark.parametrize("deficiency", CLOSEST)
def test_the_two_ends_of_the_shades_behind_letters_are_told_apart(deficiency):
    below, zero, above = (through_the_eyes(SIGNED(value), deficiency) for value in (0.0, 0.5, 1.0))
    assert deltaE(below, above, input_space="sRGB1") > 30
    assert min(deltaE(end, zero, input_space="sRGB1") for end in (below, above)) > 20


def test_lines_that_are_compared_differ_in_more_than_colour():
    assert len({dashes for _, dashes in LINE_LOOKS}) == len(LINE_LOOKS) == 5
    assert len({line.get_marker() for line in figures.plot_states(TABLE, "t").axes[0].lines[1:]}) == 2


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_words_and_its_letters_can_be_read(name):
    figure = getattr(figures, f"plot_{name}")(*FIGURES[name], **OPTIONS.get(name, {}))
    assert len(figure.words) > 40
    # the letters of these are on coloured backgrounds
    if name not in ("coloured_text", "gates_on_text", "guesses"):
        letters = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
        assert len(letters) >= 3 and min(contrast(text.get_color(), "white") for text in letters) >= 4.5


def test_no_figure_is_forgotten():
    drawn = {name for name in vars(figures) if name.startswith("plot_")}
    assert drawn - {"plot_word_cloud"} == {f"plot_{name}" for name in FIGURES}
