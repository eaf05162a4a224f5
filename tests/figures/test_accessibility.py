"""Everybody can read the figures: contrasts are high enough, and colour-blind eyes tell the colours apart.

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
    "forecasts": ([1, 2, 3], [1, 3, 2], {"a": [1, 2, 3], "b": [2, 2, 2], "c": [3, 3, 3], "d": [0, 1, 1]}, "t"),
    "frequencies": ({"a": 3, " ": 5}, "t"),
    "gate_use": ({gate: USE for gate in "ifo"}, "t"),
    "gates": (TABLE, "t"),
    "gating": ({"a": TABLE, "b": TABLE}, [1, 0, 1], "t"),
    "gradient_errors": ({"W": 1e-9, "U": 1e-5}, "t"),
    "history": (HISTORY, "t"),
    "learning": ({"a": [0.0, 1.0], "b": [1.0, 2.0]}, {"a": 1, "b": 3}, "t"),
    "influence": ({"e": (TEXT[:25], np.linspace(0, 1, 25))}, "t"),
    "probabilities": ("abc", {"p": [0.2, 0.3, 0.5]}, "t", "a"),
    "saturation": ({"a": TABLE["f"], "b": 3 * TABLE["f"]}, "t"),
    "scores": ({"p": {"LSTM": 2.0, "n-gram": 3.0}}, ["LSTM"], "t"),
    "states": (TABLE, "t"),
    "sums": ({"a": TABLE, "b": TABLE}, "t"),
    "temperatures": ("abc", {0.5: [0.1, 0.2, 0.7], 1.0: [0.2, 0.3, 0.4]}, "t", 5),
    "two_cells": ("t",),
    "unrolled": (TABLE, [1, 2, 3], "t"),
    "way_back": (TABLE, TABLE.rename(columns={"c": "dc", "h": "dh"}), "t"),
    "windows": (TEXT, 2, 8, "t"),
}
OPTIONS = {"curves": {"xlabel": "x", "ylabel": "y"}, "forecasts": {"ylabel": "y"}, "learning": {"trained_on": "a"}}


def contrast(one, other):
    """(L₁ + 0.05) / (L₂ + 0.05) of two colours, with the relative luminance L that WCAG defines."""
    channels = np.array([to_rgb(one), to_rgb(other)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    low, high = sorted(linear @ [0.2126, 0.7152, 0.0722])
    return (high + 0.05) / (low + 0.05)


def through_the_eyes(colour, deficiency):
    """A colour as it looks to people with this deficiency at its full severity: three numbers from 0 to 1."""
    space = {"name": "sRGB1+CVD", "cvd_type": deficiency, "severity": 100}
    return np.clip(cspace_convert(to_rgb(colour[:3] if isinstance(colour, tuple) else colour), space, "sRGB1"), 0, 1)


@pytest.mark.parametrize("name", PALETTE)
def test_marks_and_words_stand_out_from_white(name):
    assert contrast("#000000", "white") == pytest.approx(21)
    assert contrast(PALETTE[name], "white") >= 3
    assert contrast(style.for_words(PALETTE[name]), "white") >= 4.5


@pytest.mark.parametrize("deficiency", ["protanomaly", "deuteranomaly", "tritanomaly"])
def test_any_two_colours_are_told_apart(deficiency):
    seen = [through_the_eyes(colour, deficiency) for colour in PALETTE.values()]
    assert min(deltaE(*pair, input_space="sRGB1") for pair in itertools.combinations(seen, 2)) > 10
    below, zero, above = (through_the_eyes(SIGNED(value), deficiency) for value in (0.0, 0.5, 1.0))
    assert deltaE(below, above, input_space="sRGB1") > 30
    assert min(deltaE(end, zero, input_space="sRGB1") for end in (below, above)) > 20


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_words_and_its_letters_can_be_read(name):
    figure = getattr(figures, f"plot_{name}")(*FIGURES[name], **OPTIONS.get(name, {}))
    assert len(figure.words) > 40
    if name != "coloured_text":  # its letters are on coloured backgrounds
        letters = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
        assert len(letters) >= 3 and min(contrast(text.get_color(), "white") for text in letters) >= 4.5


def test_no_figure_is_forgotten():
    drawn = {name for name in vars(figures) if name.startswith("plot_")}
    assert drawn - {"plot_word_cloud"} == {f"plot_{name}" for name in FIGURES}
