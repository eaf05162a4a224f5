"""Pages that live in a browser: lstm.js, a view on it, and all its numbers, in one file without a network.

A page has a content security policy that allows its own script and its own styles, and nothing else. What comes from
the outside (a title, a text, the names of cells) travels as data, and lstm.js never reads it as markup.
"""

import base64
import hashlib
import html
import json
from importlib.resources import files

import numpy as np
from matplotlib.colors import to_hex

from lstm_scratch.char_model import CharLM
from lstm_scratch.figures import style
from lstm_scratch.figures.inside import SIGNED
from lstm_scratch.figures.style import DescribedFigure, in_words, to_png

# the matrices of a model, whose rows travel in 8 bits; its biases always travel as float32
MATRICES = ("W", "U", "W_y")
COLOURS = {
    "ink": style.INK,
    "grey": style.GREY,
    "blue": style.BLUE,
    "vermilion": style.VERMILION,
    "green": style.GREEN,
    "purple": style.PURPLE,
    "brown": style.BROWN,
}
# what a saved copy says where scripts do not run
STILL = "Run this cell, and the view comes alive here."


def packed(model: CharLM, bits: int = 8) -> dict[str, object]:
    """A model as it travels in a page, to be written as JSON; `CharLM` in lstm.js unpacks it.

    With bits=8, each row of a matrix is whole numbers from -127 to 127 and a scale, which is the largest entry of the
    row divided by 127. With bits=32, it is float32. Raises ValueError for any other number of bits, and for a
    parameter that is not finite.
    """
    if bits not in (8, 32):
        raise ValueError(f"the weights travel in 8 or in 32 bits, not in {bits}")
    data: dict[str, object] = {"characters": "".join(model.vocabulary.characters)}
    for name, param in model.params.items():
        if not np.isfinite(param).all():
            raise ValueError(f"{name} has NaN or infinite entries: such a model cannot be shown")
        data[name] = in_bytes(param) if bits == 8 and name in MATRICES else {"bytes": to_base64(param, "<f4")}
    return data


def in_bytes(matrix: np.ndarray) -> dict[str, object]:
    """The rows of a matrix as whole numbers from -127 to 127, and the scale of each row."""
    largest = np.abs(matrix).max(axis=1)
    # a row of zeros has any scale
    scale = np.where(largest > 0, largest, 1) / 127
    return {"bytes": to_base64(np.rint(matrix / scale[:, None]), "i1"), "scale": {"bytes": to_base64(scale, "<f4")}}


def to_base64(array: np.ndarray, dtype: str) -> str:
    """The bytes of an array, row after row, as text."""
    return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode()


def asset(name: str) -> str:
    """The text of a file that lies beside this module."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def colours_css() -> str:
    """The colours of the figures as variables of CSS: each, its light form by name, and its shade for words."""
    lines = []
    for name, colour in COLOURS.items():
        lines += [f"--{name}: {colour};", f"--light-{name}: {colour};", f"--{name}-words: {style.for_words(colour)};"]
    # the ends of the scale for letters on coloured ground
    lines += [f"--cold: {to_hex(SIGNED(0.0))};", f"--warm: {to_hex(SIGNED(1.0))};"]
    return f":root {{ {' '.join(lines)} }}\n"


def as_json(data: object) -> str:
    """The data as JSON that may stand inside a script element: no character in it can end the element."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def new_page(title: str, view: str, data: object) -> str:
    """A page with this view, "model_view" or "slider_view", and its data, as one text of HTML."""
    script = "\n".join(asset(name) for name in ("lstm.js", "drawing.js", f"{view}.js"))
    styles = colours_css() + asset("view.css")
    policy = f"default-src 'none'; script-src {hashed(script)}; style-src {hashed(styles)}; base-uri 'none'"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>{styles}</style>
</head>
<body>
{asset(f"{view}.html")}
<script type="application/json" id="data">{as_json(data)}</script>
<script>{script}</script>
</body>
</html>
"""


def hashed(content: str) -> str:
    """How a content security policy names the one script, or the one style, that it allows."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def frame(page: str, title: str, height: int) -> str:
    """The page inside a frame of HTML, apart from the scripts and styles around it. It fits its own height."""
    look = f"width: 100%; height: {height}px; border: 0"
    page, title = html.escape(page), html.escape(title)
    return f'<iframe class="lstm-view" title="{title}" style="{look}" srcdoc="{page}"></iframe>'


def show(page: str, title: str, height: int, picture: DescribedFigure) -> None:
    """Display a page in a notebook, with a picture and its words for where scripts do not run."""
    from IPython.display import display

    data = {"text/html": frame(page, title, height), "image/png": to_png(picture), "text/plain": picture.words}
    width = round(picture.get_figwidth() * style.DOTS_PER_INCH / 2)
    display(data, metadata={"image/png": {"alt": picture.words, "width": width}}, raw=True)


def still(words: str) -> str:
    """What stands below the picture in a committed copy, which has no scripts: one line, and the picture in words."""
    return f'<div class="lstm-view">{STILL}{in_words(words)}</div>'
