"""Draw the picture of the README from the shipped model.

python .github/images/draw.py        writes .github/images/quotes.png, the same bytes each time
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
# the package need not be installed: it lies at the top of the repository
sys.path.insert(0, str(ROOT))

from lstm_scratch import DATA, CharLM, read_text
from lstm_scratch.figures.inside import plot_coloured_text
from lstm_scratch.figures.style import to_png
from lstm_scratch.files import write_file
from lstm_scratch.study.probes import correlations, inside_quotes


def draw_quotes() -> Figure:
    """Six lines near the end of the novel in the colours of the memory cell that follows quotation marks best."""
    model = CharLM.load(DATA / "tale_of_two_cities_lstm.npz")
    pages = read_text(DATA / "a_tale_of_two_cities_last_pages.txt")
    # chosen on the first half of the pages, as in the text notebook
    half = pages[: len(pages) // 2]
    cells = model.trace(model.vocabulary.encode(half)[:, None])["c"][:, 0]
    cell = int(np.abs(correlations(cells, inside_quotes(half))).argmax())
    start, stop = half.index("“She never missed"), half.index("\nlingering")
    title = f"One of {cells.shape[1]} memory cells has learned to follow quotation marks"
    return plot_coloured_text(half[start:stop], cells[start:stop, cell].tolist(), title)


if __name__ == "__main__":
    write_file(ROOT / ".github" / "images" / "quotes.png", to_png(draw_quotes()))
