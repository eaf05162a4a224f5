"""Draw the pictures of the README from the shipped model.

python .github/images/draw.py        writes quotes.png and live_view.gif in .github/images, the same bytes each time
"""

import io
import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
# the package need not be installed, because it is at the top of the repository
sys.path.insert(0, str(ROOT))

from lstm_scratch import DATA, CharLM, read_text
from lstm_scratch.figures.inside import plot_coloured_text
from lstm_scratch.figures.live_view import plot_reading, read
from lstm_scratch.figures.style import render, to_png
from lstm_scratch.files import write_file
from lstm_scratch.study.probes import correlations, inside_quotes


def draw_quotes() -> Figure:
    """Six lines near the end of the novel in the colours of the memory cell that follows quotation marks best."""
    model = CharLM.load(DATA / "tale_of_two_cities_lstm.npz")
    pages = read_text(DATA / "a_tale_of_two_cities_last_pages.txt")
    # the cell is chosen on the first half of the pages, as in the text notebook
    half = pages[: len(pages) // 2]
    cells = model.trace(model.vocabulary.encode(half)[:, None])["c"][:, 0]
    cell = int(np.abs(correlations(cells, inside_quotes(half))).argmax())
    start, stop = half.index("“She never missed"), half.index("\nlingering")
    title = f"One of {cells.shape[1]} memory cells has learned to follow quotation marks"
    return plot_coloured_text(half[start:stop], cells[start:stop, cell].tolist(), title)


# what is typed in the moving picture, and how many characters each frame adds
TYPED = "“It is a far, far better thing that I do,” said Mr. Lorry"
CHARACTERS_A_FRAME = 2
MILLISECONDS_A_FRAME = 180
MILLISECONDS_AT_THE_END = 3000


def draw_live_view() -> bytes:
    """The live view of the text notebook while somebody types, as an animated GIF."""
    model = CharLM.load(DATA / "tale_of_two_cities_lstm.npz")
    lengths = [*range(2, len(TYPED), CHARACTERS_A_FRAME), len(TYPED)]
    frames = []
    for length in lengths:
        comes = TYPED[length : length + 1]
        figure = plot_reading(read(model, TYPED[:length]), "Type, and watch the model read", comes)
        frames.append(render(figure, 80).quantize(64, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE))
    times = [MILLISECONDS_A_FRAME] * (len(frames) - 1) + [MILLISECONDS_AT_THE_END]
    gif = io.BytesIO()
    frames[0].save(gif, format="gif", save_all=True, append_images=frames[1:], duration=times, loop=0)
    return gif.getvalue()


if __name__ == "__main__":
    folder = ROOT / ".github" / "images"
    write_file(folder / "quotes.png", to_png(draw_quotes()))
    write_file(folder / "live_view.gif", draw_live_view())
