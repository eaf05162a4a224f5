"""The pictures of the README are those that its command draws from the shipped model."""

import io

import draw
import numpy as np
import pytest
from helpers import ROOT
from PIL import Image

from lstm_scratch.figures.style import to_png

pytestmark = pytest.mark.slow
COMMITTED = ROOT / ".github" / "images" / "quotes.png"
MOVING = ROOT / ".github" / "images" / "live_view.gif"


def greys(picture):
    """The picture in 24 times 12 greys: another version of matplotlib moves its letters by less."""
    small = Image.open(picture).convert("L").resize((24, 12), Image.Resampling.BOX)
    return np.asarray(small, dtype=float).ravel()


def test_the_committed_picture_is_the_one_that_is_drawn():
    drawn = to_png(draw.draw_quotes())
    assert np.corrcoef(greys(io.BytesIO(drawn)), greys(COMMITTED))[0, 1] > 0.85


def test_quotations_are_orange_and_the_rest_is_not():
    axes = draw.draw_quotes().axes[0]
    # the first line, from left to right: letters and the grounds they stand on
    line = "".join(
        text.get_text() for text in sorted(axes.texts, key=lambda t: t.get_position()) if text.get_position()[1] < 1
    )
    grounds = sorted((patch.get_x(), patch.get_facecolor()) for patch in axes.patches if patch.get_y() == 0)
    orange, closing = [red > blue for _, (red, _, blue, _) in grounds], line.index("”")
    assert line.startswith("“She never missed before,”") and len(orange) == len(line) > closing + 20
    assert all(orange[1:closing]) and not any(orange[closing + 2 :])


def test_the_moving_picture_types_a_sentence_and_is_small():
    drawn = Image.open(io.BytesIO(draw.draw_live_view()))
    committed = Image.open(MOVING)
    assert drawn.n_frames == committed.n_frames > 20
    assert MOVING.stat().st_size < 1_000_000
    committed.seek(0)
    first = np.asarray(committed.convert("L"), dtype=float)
    committed.seek(committed.n_frames - 1)
    drawn.seek(drawn.n_frames - 1)
    last = np.asarray(committed.convert("L"), dtype=float)
    # more has been typed, and it is what would be drawn now
    assert (last < 128).sum() > (first < 128).sum()
    size = (24, 12)
    greys_now = np.asarray(drawn.convert("L").resize(size, Image.Resampling.BOX), dtype=float)
    greys_then = np.asarray(committed.convert("L").resize(size, Image.Resampling.BOX), dtype=float)
    assert np.corrcoef(greys_now.ravel(), greys_then.ravel())[0, 1] > 0.85
