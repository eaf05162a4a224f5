"""Can everybody read the figures? Contrast after WCAG 2.2, and the palette through other eyes.

Criteria: 1.4.3 (words, 4.5 to 1) and 1.4.11 (marks, 3 to 1), with the relative luminance that WCAG defines. Colour
vision after Machado, Oliveira and Fernandes (2009), distances in CAM02-UCS (Luo, Cui and Li, 2006): 1 is about as
much as can just be seen.
"""

import io
import itertools
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from colorspacious import cspace_convert, deltaE
from matplotlib.colors import to_hex, to_rgb
from matplotlib.image import imread
from matplotlib.text import Text
from PIL import Image

from lstm_scratch import LSTMCell
from lstm_scratch.figures import style
from lstm_scratch.figures.diagram import plot_cell
from lstm_scratch.figures.gates import (
    plot_answers,
    plot_curves,
    plot_gates,
    plot_gradient_errors,
    plot_saturation,
    plot_states,
    plot_walks,
)
from lstm_scratch.figures.inside import (
    plot_coloured_text,
    plot_contexts,
    plot_gate_use,
    plot_influence,
    plot_temperatures,
)
from lstm_scratch.figures.texts import plot_frequencies, plot_history, plot_probabilities, plot_scores, plot_windows

PALETTE = {name: getattr(style, name) for name in ("BLUE", "VERMILION", "GREEN", "PURPLE", "INK", "GREY", "BROWN")}
WHITE = "#FFFFFF"
# the grounds of JupyterLab's dark theme and of GitHub's
DARK = ("#111111", "#0D1117")

WALK = pd.DataFrame(np.linspace(-0.9, 0.9, 18).reshape(3, 6), columns=list("ifgoch"))
HISTORY = pd.DataFrame({"epoch": [1, 2, 3], "train_bits": [4, 2, 1], "valid_bits": [4, 3, 3.5], "grad_norm": [3, 1, 2]})
TEXT = "It was the best of times,\nit was the worst of times"
STEP = LSTMCell(np.ones((4, 1)), np.ones((4, 1)), np.ones(4)).forward(np.ones(1), np.ones(1), np.ones(1))
USE = pd.DataFrame({"shut": [0.1, 0.4], "open": [0.5, 0.2]})
FIGURES = {
    "answers": lambda: plot_answers({"a": ([1, 2], [1, 3]), "b": ([1, 2], [2, 3])}, "t"),
    "cell": lambda: plot_cell("t", STEP),
    "coloured text": lambda: plot_coloured_text(
        TEXT, np.linspace(-1, 1, len(TEXT)), "t", {3: [("a", 1.0), ("b", 0.1)]}
    ),
    "contexts": lambda: plot_contexts({"p": {"LSTM": ([1, 2], [4, 3]), "n-gram": ([1, 2], [4, 2])}}, "t"),
    "curves": lambda: plot_curves({n: ([0, 1], [k, k]) for k, n in enumerate("abcde")}, "t", xlabel="x", ylabel="y"),
    "errors": lambda: plot_gradient_errors({"W": 1e-9, "U": 1e-5}, "t"),
    "frequencies": lambda: plot_frequencies(pd.DataFrame({"character": ["a", " "], "count": [3, 5]}), "t"),
    "gate use": lambda: plot_gate_use({gate: USE for gate in "ifo"}, "t"),
    "gates": lambda: plot_gates(WALK, "t"),
    "history": lambda: plot_history(HISTORY, "t"),
    "influence": lambda: plot_influence({"e": (TEXT[:25], np.linspace(0, 1, 25))}, "t"),
    "probabilities": lambda: plot_probabilities("abc", [0.2, 0.3, 0.5], "t"),
    "saturation": lambda: plot_saturation({"a": WALK, "b": 3 * WALK}, "t"),
    "scores": lambda: plot_scores({"p": {"LSTM": 2.0, "n-gram": 3.0}}, "LSTM", "t"),
    "states": lambda: plot_states(WALK, "t"),
    "temperatures": lambda: plot_temperatures("abc", {0.5: [0.1, 0.2, 0.7], 1.0: [0.2, 0.3, 0.5]}, "t"),
    "walks": lambda: plot_walks({"a": WALK, "b": WALK}, "t"),
    "windows": lambda: plot_windows(TEXT, 2, 8, "t"),
}


def luminance(colour):
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def through_the_eyes(colour, deficiency):
    if deficiency is None:
        return np.array(to_rgb(colour))
    space = {"name": "sRGB1+CVD", "cvd_type": deficiency, "severity": 100}
    return np.clip(cspace_convert(to_rgb(colour), space, "sRGB1"), 0, 1)


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", WHITE) == pytest.approx(21)
    # the grey that WCAG's own techniques name as just enough
    assert 4.5 < contrast("#767676", WHITE) < 4.6 and contrast("#777777", WHITE) < 4.5


@pytest.mark.parametrize("name", PALETTE)
def test_every_mark_stands_out_from_white_and_from_a_dark_page(name):
    assert contrast(PALETTE[name], WHITE) >= 3
    # ink is nearly black: it needs the white ground that every figure brings along
    assert name == "INK" or all(contrast(PALETTE[name], dark) >= 3 for dark in DARK)


def test_every_figure_brings_its_white_ground():
    picture = Image.open(io.BytesIO(style.to_png(plot_gates(WALK, "t")))).convert("RGBA")
    corners = [(0, 0), (0, picture.height - 1), (picture.width - 1, 0), (picture.width - 1, picture.height - 1)]
    assert {picture.getpixel(corner) for corner in corners} == {(255, 255, 255, 255)}


@pytest.mark.parametrize("name", PALETTE)
def test_words_in_every_colour_can_be_read(name):
    words = style.for_words(PALETTE[name])
    assert contrast(words, WHITE) >= 4.5
    # a shade of the mark's own colour: nearer to it than to any other mark
    distances = {other: deltaE(to_rgb(words), to_rgb(colour), input_space="sRGB1") for other, colour in PALETTE.items()}
    assert min(distances, key=distances.get) == name


@pytest.mark.parametrize("deficiency", [None, "protanomaly", "deuteranomaly", "tritanomaly"])
def test_any_two_colours_are_told_apart(deficiency):
    seen = {name: through_the_eyes(colour, deficiency) for name, colour in PALETTE.items()}
    for one, other in itertools.combinations(seen, 2):
        assert deltaE(seen[one], seen[other], input_space="sRGB1") > 10, (one, other)


@pytest.mark.parametrize("deficiency", [None, "protanomaly", "deuteranomaly", "tritanomaly"])
def test_the_signs_of_coloured_text_are_told_apart(deficiency):
    from lstm_scratch.figures.inside import SIGNED

    below, zero, above = (through_the_eyes(SIGNED(value)[:3], deficiency) for value in (0.0, 0.5, 1.0))
    assert deltaE(below, above, input_space="sRGB1") > 30
    assert min(deltaE(end, zero, input_space="sRGB1") for end in (below, above)) > 20


def words_and_grounds(figure):
    """Every piece of text of a figure: its words, its colour, and the colour that most of its place has without it."""
    figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    boxes = [text.get_window_extent() for text in texts]
    colours = [to_hex(text.get_color()) for text in texts]
    for text in texts:
        text.set_alpha(0)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=figure.dpi, facecolor="white")
    drawn.seek(0)
    pixels = imread(drawn)
    for text, box, colour in zip(texts, boxes, colours):
        rows = pixels[max(0, len(pixels) - round(box.y1)) : len(pixels) - round(box.y0)]
        place = rows[:, max(0, round(box.x0)) : round(box.x1), :3].reshape(-1, 3)
        # matplotlib keeps labels of ticks outside of the picture as well
        if place.size:
            ground, _ = Counter(map(tuple, place)).most_common(1)[0]
            yield text.get_text(), colour, ground


@pytest.mark.parametrize("name", FIGURES)
def test_every_word_in_every_figure_can_be_read(name):
    found = list(words_and_grounds(FIGURES[name]()))
    assert len(found) > 3
    for words, colour, ground in found:
        assert contrast(colour, ground) >= 4.5, (words, colour, to_hex(ground))


def test_no_figure_is_forgotten():
    from lstm_scratch.figures import diagram, gates, inside, texts

    rooms = (diagram, gates, inside, texts)
    drawn = {name for room in rooms for name in vars(room) if name.startswith("plot_")}
    # the words of a cloud are made of pixels; their colours are those of the palette
    assert drawn - {"plot_word_cloud"} == {name for name in drawn if name in globals()}
    assert len(FIGURES) == len(drawn) - 1
