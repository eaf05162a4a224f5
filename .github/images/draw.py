"""Draw the pictures of the README from the shipped model.

python .github/images/draw.py        writes quotes.png, gates.png and live_view.gif in .github/images
"""

import io
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
# the package need not be installed, because it is at the top of the repository
sys.path.insert(0, str(ROOT))

from lstm_scratch import DATA, CharLM, read_text
from lstm_scratch.figures.inside import plot_coloured_text, plot_gates_on_text
from lstm_scratch.figures.live_view import save_page
from lstm_scratch.figures.style import to_png
from lstm_scratch.files import write_file
from lstm_scratch.study.probes import correlations, inside_quotes


def watched_cell() -> tuple[str, dict[str, np.ndarray], int]:
    """The first half of the novel's last pages, all gates and cells on it, and the cell that follows quotations best.

    The cell is chosen on this half, as in the text notebook.
    """
    model = CharLM.load(DATA / "tale_of_two_cities_lstm.npz")
    pages = read_text(DATA / "a_tale_of_two_cities_last_pages.txt")
    half = pages[: len(pages) // 2]
    trace = {name: values[:, 0] for name, values in model.trace(model.vocabulary.encode(half)[:, None]).items()}
    return half, trace, int(np.abs(correlations(trace["c"], inside_quotes(half))).argmax())


def draw_quotes() -> Figure:
    """Six lines near the end of the novel in the colours of the memory cell that follows quotation marks best."""
    half, trace, cell = watched_cell()
    start, stop = half.index("“She never missed"), half.index("\nlingering")
    title = f"One of {trace['c'].shape[1]} memory cells has learned to follow quotation marks"
    return plot_coloured_text(half[start:stop], trace["c"][start:stop, cell].tolist(), title)


def draw_gates() -> Figure:
    """The gates of the same cell while it reads one of these lines."""
    half, trace, cell = watched_cell()
    line = "“Louder,” the woman recommends."
    start = half.index(line)
    gates = {name: trace[name][start : start + len(line), cell] for name in ("i", "f", "o", "c")}
    title = "After a quotation mark the cell forgets and writes anew, and then it holds"
    return plot_gates_on_text(line, gates, title)


# what is typed in the moving picture, and how many characters each frame adds
TYPED = "“It is a far, far better thing that I do,” said Mr. Lorry"
CHARACTERS_A_FRAME = 2
MILLISECONDS_A_FRAME = 180
MILLISECONDS_AT_THE_END = 3000
SIZE = {"width": 600, "height": 596}
COLOURS = 64
# of the page, the picture shows the box and the charts, and the box is one line high
ONLY_THE_VIEW = """
main > :not(h1, .box, .charts) { display: none }
main { padding: 6px 10px }
h1 { font-size: 22px; margin: 0 0 6px }
.box, .box textarea, .box .colours { min-height: 0 !important; height: 44px !important; resize: none }
"""


def draw_live_view() -> bytes:
    """The page of the novel's model while somebody types, as an animated GIF; needs Chromium and playwright."""
    with TemporaryDirectory() as folder:
        page = Path(folder) / "model.html"
        save_page(CharLM.load(DATA / "tale_of_two_cities_lstm.npz"), page)
        frames = photographs(page)
    # one palette for all frames, so that what stands still takes no bytes: that of two frames side by side
    sample = Image.new("RGB", (2 * SIZE["width"], SIZE["height"]))
    sample.paste(frames[len(frames) // 2], (0, 0))
    sample.paste(frames[-1], (SIZE["width"], 0))
    palette = sample.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    times = [MILLISECONDS_A_FRAME] * (len(frames) - 1) + [MILLISECONDS_AT_THE_END]
    gif = io.BytesIO()
    frames[0].save(gif, format="gif", save_all=True, append_images=frames[1:], duration=times, loop=0, optimize=True)
    return gif.getvalue()


def photographs(page: Path) -> list[Image.Image]:
    """The page after every few characters that are typed."""
    from playwright.sync_api import sync_playwright

    frames = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        # the page's own policy would not allow the styles that are added here
        look = {"viewport": SIZE, "color_scheme": "light", "reduced_motion": "reduce", "bypass_csp": True}
        tab = browser.new_context(**look).new_page()
        tab.goto(page.as_uri())
        tab.add_style_tag(content=ONLY_THE_VIEW)
        for length in [*range(2, len(TYPED), CHARACTERS_A_FRAME), len(TYPED)]:
            tab.fill("#text", TYPED[:length])
            # the page reads in the background
            tab.wait_for_timeout(300)
            frames.append(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"))
        browser.close()
    return frames


if __name__ == "__main__":
    folder = ROOT / ".github" / "images"
    write_file(folder / "quotes.png", to_png(draw_quotes()))
    write_file(folder / "gates.png", to_png(draw_gates()))
    write_file(folder / "live_view.gif", draw_live_view())
