"""The pictures of the README: made by one command, from the real models, and the same each time."""

import io
import re

import draw as pictures
import numpy as np
import pytest
from helpers import ROOT
from PIL import Image

from lstm_scratch.figures.style import to_png

IMAGES = ROOT / ".github" / "images"


def thumbnail(png):
    """The picture in 24 times 12 greys: another version of matplotlib moves its letters and lines by less."""
    small = Image.open(io.BytesIO(png)).convert("L").resize((24, 12), Image.Resampling.BOX)
    return np.asarray(small, dtype=float).ravel()


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    pictures.main(["--into", str(folder)])
    return {path.stem: path.read_bytes() for path in folder.iterdir()}


def test_the_command_draws_what_the_readme_shows_and_nothing_else_lies_there(drawn):
    shown = re.findall(r"\.github/images/(\w+)\.png", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(drawn) == sorted(path.stem for path in IMAGES.iterdir())


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_the_committed_picture_is_the_one_that_is_drawn(name, drawn):
    committed = {path.stem: path.read_bytes() for path in IMAGES.glob("*.png")}
    likeness = {other: np.corrcoef(thumbnail(drawn[name]), thumbnail(png))[0, 1] for other, png in committed.items()}
    assert likeness.pop(name) > 0.85
    # and a likeness of that kind means something: no other picture has it
    assert max(likeness.values()) < 0.5


@pytest.mark.parametrize("name", ["cell", "quotes"])
def test_drawn_again_a_picture_has_the_same_bytes(name, drawn):
    # how a training run repeats itself bit for bit is tested with the training
    assert to_png(pictures.PICTURES[name]()) == drawn[name]


def test_the_picture_of_quotations_is_orange_inside_of_them():
    axes = pictures.draw_quotes().axes[0]
    # the first row, from left to right: letters and the grounds they stand on
    letters = sorted((x, text.get_text()) for text in axes.texts for x, y in [text.get_position()] if y < 1)
    grounds = sorted((patch.get_x(), patch.get_facecolor()) for patch in axes.patches if patch.get_y() == 0)
    line = "".join(letter for _, letter in letters)
    orange = [red > blue for _, (red, _, blue, _) in grounds]
    closing = line.index("”")
    assert line.startswith("“She never missed before,”") and all(orange[1:closing])
    assert len(orange) == len(line) > closing + 20 and not any(orange[closing + 2 :])
