"""The pictures of the README, made from the real models.

python .github/images/draw.py        writes them to .github/images, the same bytes each time
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
# the package need not be installed: it lies at the top of the repository
sys.path.insert(0, str(ROOT))

from lstm_scratch.cell import LSTMCell
from lstm_scratch.char_model import CharLM
from lstm_scratch.figures.diagram import plot_cell
from lstm_scratch.figures.inside import plot_coloured_text
from lstm_scratch.figures.style import to_png
from lstm_scratch.figures.texts import plot_history
from lstm_scratch.files import write_file
from lstm_scratch.study.probes import correlations, inside_quotes
from lstm_scratch.text import Vocabulary, clean_text, read_text, split_text
from lstm_scratch.training import train

DATA, IMAGES = ROOT / "data", ROOT / ".github" / "images"


def draw_cell() -> Figure:
    """The first step of [10, 20, 30] in the numeric notebook, with its numbers on the wires."""
    # the notebook's weights, gates in the order i, f, g, o
    W, U, b = np.array([[0.5], [0.4], [0.6], [0.7]]), np.array([[0.15], [0.1], [0.2], [0.25]]), np.zeros(4)
    step = LSTMCell(W, U, b).forward(np.array([10.0]), np.zeros(1), np.zeros(1))
    title = (
        f"Step 1, complete: 10 went in, h = {step.h.item():.3f} comes out, and c = {step.c.item():.3f} is remembered"
    )
    return plot_cell(title, **step._asdict())


def draw_quotes() -> Figure:
    """Six lines near the end of the novel in the colours of the memory cell that follows quotation marks best."""
    model = CharLM.load(DATA / "tale_of_two_cities_lstm.npz")
    pages = read_text(DATA / "a_tale_of_two_cities_last_pages.txt")
    # chosen on the first half of the pages, as in the text notebook
    half = pages[: len(pages) // 2]
    cells = model.lstm.trace(model.vocabulary.encode(half)[:, None])["c"][:, 0]
    follows = correlations(cells, inside_quotes(half))
    cell = int(np.abs(follows).argmax())
    start, stop = half.index("“She never missed"), half.index("\nlingering")
    title = f"One of {cells.shape[1]} memory cells has learned to follow quotation marks"
    return plot_coloured_text(half[start:stop], cells[start:stop, cell].tolist(), title)


def draw_history() -> Figure:
    """The training run of the text notebook: one chapter, learned by heart."""
    text = clean_text(read_text(DATA / "a_tale_of_two_cities_chapter_1.txt"))
    learned, held_out = split_text(text, held_out=0.1)
    model = CharLM(Vocabulary.from_text(text), hidden_size=128, dtype=np.float64, rng=1859)
    history = train(
        model,
        learned,
        held_out,
        epochs=75,
        batch_size=16,
        seq_length=32,
        learning_rate=0.012,
        final_learning_rate=1e-6,
        progress=False,
    )
    turn = history["epoch"][history["valid_bits"].idxmin()]
    return plot_history(history, title=f"Training keeps falling, but from epoch {turn} on the held-out curve turns up")


PICTURES: dict[str, Callable[[], Figure]] = {
    "cell": draw_cell,
    "quotes": draw_quotes,
    "held_out_turns_up": draw_history,
}


def main(arguments: list[str] | None = None) -> None:
    """Draw every picture and write it as a PNG."""
    parser = argparse.ArgumentParser(prog="python .github/images/draw.py", description="The pictures of the README.")
    parser.add_argument("--into", type=Path, default=IMAGES, metavar="FOLDER", help="default: .github/images")
    into = parser.parse_args(arguments).into
    into.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        write_file(into / f"{name}.png", to_png(draw()))
        print(into / f"{name}.png")


if __name__ == "__main__":
    main()
