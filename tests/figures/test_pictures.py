"""The pictures of the README are those that .github/images/draw.py draws from the shipped model."""

import io
import shutil
from concurrent.futures import ThreadPoolExecutor

import draw
import numpy as np
import pytest
from helpers import ROOT
from PIL import Image, ImageSequence

from lstm_scratch.figures.style import to_png

pytestmark = pytest.mark.slow
IMAGES = ROOT / ".github" / "images"
MOVING = IMAGES / "live_view.gif"


def frames(picture):
    """All frames of a picture in shades of grey; the picture is closed afterwards."""
    with Image.open(picture) as image:
        return [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(image)]


def in_few_greys(frame):
    """The frame as 24 times 12 grey squares, so coarse that letters may move a little with another matplotlib."""
    small = Image.fromarray(frame).resize((24, 12), Image.Resampling.BOX)
    return np.asarray(small, dtype=float).ravel()


@pytest.mark.parametrize("name", ["quotes", "gates"])
def test_the_committed_picture_is_the_one_that_is_drawn(name):
    (drawn,) = frames(io.BytesIO(to_png(getattr(draw, f"draw_{name}")())))
    (committed,) = frames(IMAGES / f"{name}.png")
    assert np.corrcoef(in_few_greys(drawn), in_few_greys(committed))[0, 1] > 0.85


def test_the_title_of_the_gates_is_true():
    half, trace, cell = draw.watched_cell()
    start = half.index("“Louder,” the")
    f, i = (trace[gate][start : start + len("“Louder,” the"), cell] for gate in "fi")
    # the characters after the two marks, and those after which nothing is written
    assert max(f[1], f[9]) < 0.15 < 0.9 < min(i[1], i[9])
    assert min(*f[2:8], *f[10:]) > 0.9


def test_quotations_are_orange_and_the_rest_is_not():
    axes = draw.draw_quotes().axes[0]
    # the first line, from left to right: its letters and their backgrounds
    line = "".join(
        text.get_text() for text in sorted(axes.texts, key=lambda t: t.get_position()) if text.get_position()[1] < 1
    )
    grounds = sorted((patch.get_x(), patch.get_facecolor()) for patch in axes.patches if patch.get_y() == 0)
    orange, closing = [red > blue for _, (red, _, blue, _) in grounds], line.index("”")
    assert line.startswith("“She never missed before,”") and len(orange) == len(line) > closing + 20
    assert all(orange[1:closing]) and not any(orange[closing + 2 :])


def test_the_moving_picture_types_a_sentence_and_is_small():
    assert MOVING.stat().st_size < 400_000
    committed = frames(MOVING)
    assert len(committed) > 20 and {frame.shape[1] for frame in committed} == {600}
    # more is typed at the end than at first, and the axis of the bars, at the bottom, stands still
    assert (committed[-1] < 128).sum() > (committed[0] < 128).sum()
    assert all((frame[-60:-10] == committed[0][-60:-10]).all() for frame in committed)


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_the_moving_picture_is_the_one_that_is_drawn():
    pytest.importorskip("playwright")
    # in a thread of its own, because no second browser can be driven from a thread in which one is open
    with ThreadPoolExecutor(1) as thread:
        drawn = frames(io.BytesIO(thread.submit(draw.draw_live_view).result()))
    committed = frames(MOVING)
    assert len(drawn) == len(committed)
    assert np.corrcoef(in_few_greys(drawn[-1]), in_few_greys(committed[-1]))[0, 1] > 0.85
