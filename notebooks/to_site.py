"""Build the site: a first page, every notebook with its living views, a model to type into, the guides and the code.

python notebooks/to_site.py        runs all notebooks, which takes a few minutes, and writes build/site

Every page is a file that opens with a double click, and no link leads nowhere. The only thing from a network is
MathJax, which sets the formulas, and not even that if `pip install jupyter_server_mathjax` has brought it here.
"""

import html
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound

ROOT = Path(__file__).resolve().parent.parent
# the package need not be installed, because it is at the top of the repository
sys.path.insert(0, str(ROOT))

from lstm_scratch import DATA, CharLM
from lstm_scratch.figures.live_view import HEIGHT, START, model_page
from lstm_scratch.figures.pages import asset, colours_css, frame

MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.7/latest.js?config=TeX-MML-AM_CHTML-full,Safe"
CONFIG = "?config=TeX-AMS-MML_HTMLorMML-full,Safe"
MATH = """<script type="text/x-mathjax-config">
MathJax.Hub.Config({tex2jax: {inlineMath: [["$", "$"]], processEscapes: true}, messageStyle: "none",
    "HTML-CSS": {availableFonts: [], preferredFont: null, webFont: "STIX-Web", linebreaks: {automatic: true}}});
</script>
"""
PICTURES = {".png", ".gif", ".svg", ".jpg"}
# what the first page links to, besides the notebooks: file, title, what one finds there
SHELF = [
    ("lstm_scratch/cell.py", "The whole LSTM", "Six equations, each above the line that computes it."),
    ("lstm_scratch/README.md", "The package", "What to read next, and everybody's names for the same things."),
    ("notebooks/guides", "Guides", "Kaggle, Colab, your own numbers, peepholes."),
    ("notebooks/LESSON_PLANS.md", "Lesson plans", "For teachers."),
    ("tests/README.md", "The tests", "What we claim, and the command that shows it."),
    ("README.md", "The repository", "How to install it, and how to train it on a text of yours."),
]


def run_notebook(notebook: NotebookNode) -> None:
    """Run a notebook from top to bottom, in its own folder and with the Python that runs this."""
    folder = {"metadata": {"path": str(ROOT / "notebooks")}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", coalesce_streams=True, resources=folder).execute()


class Site:
    """The pages of a site, by their names in it, made from the files of the repository that they link to."""

    def __init__(self, root: Path, run: Callable[[NotebookNode], None]) -> None:
        self.root = root
        self.run = run
        self.pages: dict[str, str] = {}
        self.pictures: dict[str, Path] = {}

    def name_of(self, path: Path) -> str:
        """The place of a file of the repository in the site: pages end in .html, and a folder has a page in it."""
        name = path.relative_to(self.root).as_posix()
        if path.is_dir():
            return f"{name}/index.html"
        if path.suffix in PICTURES:
            return name
        return str(Path(name).with_suffix(".html").as_posix()) if path.suffix in (".md", ".ipynb") else f"{name}.html"

    def add(self, path: Path) -> str:
        """Add the page of a file or a folder, and all that it links to. Returns the name of the page."""
        name = self.name_of(path)
        if path.suffix in PICTURES:
            self.pictures[name] = path
        elif name not in self.pages:
            # known from here on, so that pages may link to each other
            self.pages[name] = ""
            self.pages[name] = self.page(name, path.name, self.with_links(self.body_of(path), path, name))
        return name

    def body_of(self, path: Path) -> str:
        """The contents of the page of a file or a folder."""
        if path.is_dir():
            return f"<h1>{path.name}</h1>\n<ul>{''.join(map(listed, files_in(path)))}</ul>"
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".md":
            return with_anchors(markdown2html_mistune(text))
        if path.suffix == ".ipynb":
            return self.notebook(nbformat.reads(text, as_version=4))
        try:
            lexer = get_lexer_for_filename(path.name)
        except ClassNotFound:
            lexer = TextLexer()
        return f"<h1>{path.name}</h1>\n{highlight(text, lexer, HtmlFormatter())}"

    def notebook(self, notebook: NotebookNode) -> str:
        """A notebook that has just run, with its living views."""
        self.run(notebook)
        exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
        body, _ = exporter.from_notebook_node(notebook)
        return with_anchors(body)

    def with_links(self, body: str, path: Path, name: str) -> str:
        """The contents of a page, with each link to a file of the repository turned into one to its page."""

        def link(found: re.Match) -> str:
            target = html.unescape(found[2])
            place = urlsplit(target)
            if place.scheme or not place.path:
                return found[0]
            base = path if path.is_dir() else path.parent
            file = (base / unquote(place.path)).resolve()
            if not file.exists() or self.root not in file.parents:
                raise ValueError(f"{path.relative_to(self.root)} links to {target}, which does not exist")
            there = os.path.relpath(self.add(file), Path(name).parent).replace(os.sep, "/")
            anchor = f"#{place.fragment}" if place.fragment else ""
            return f'{found[1]}="{html.escape(there + anchor)}"'

        return re.sub(r'(<(?:a|img)\b[^>]*?\b(?:href|src))="([^"]*)"', link, body)

    def page(self, name: str, title: str, body: str) -> str:
        """A page of the site: one style for all, a way back to the first page, and formulas if it has some."""
        up = "../" * name.count("/")
        math = ""
        prose = re.sub(r"<(iframe|pre|code)\b.*?</\1>", "", body, flags=re.DOTALL)
        if re.search(r"\$[^$\n]+\$|\\begin\{", prose):
            ours = find_spec("jupyter_server_mathjax") is not None
            source = f"{up}mathjax/MathJax.js{CONFIG}" if ours else MATHJAX
            math = f'{MATH}<script async src="{html.escape(source)}"></script>'
        return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<link rel="stylesheet" href="{up}site.css">
{math}
</head>
<body>
<header><a href="{up}index.html">LSTM From Scratch</a></header>
<main>
{body}
</main>
</body>
</html>
"""

    def write(self, folder: Path) -> None:
        """Write all pages, pictures and styles into a folder. Raises ValueError if an anchor leads nowhere."""
        self.check_anchors()
        for name, text in self.pages.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        for name, path in self.pictures.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / name)
        (folder / "site.css").write_text(styles(), encoding="utf-8")
        mathjax = find_spec("jupyter_server_mathjax")
        if mathjax is not None and mathjax.origin:
            shutil.copytree(Path(mathjax.origin).parent / "static", folder / "mathjax")

    def check_anchors(self) -> None:
        """Raise ValueError if a link leads to a place in a page that is not there."""
        for name, text in self.pages.items():
            for place, anchor in re.findall(r'<a\b[^>]*?\bhref="([^":#]*)#([^"]+)"', text):
                target = os.path.normpath(Path(name).parent / place).replace(os.sep, "/") if place else name
                if f'id="{anchor}"' not in self.pages[target]:
                    raise ValueError(f"{name} links to {place}#{anchor}, and there is no such place")


def files_in(folder: Path) -> list[Path]:
    """What lies in a folder, but nothing hidden or made by running it."""
    return sorted(path for path in folder.iterdir() if path.name[0] not in "._" or path.name == "__init__.py")


def listed(path: Path) -> str:
    """A line of the page of a folder."""
    return f'<li><a href="{html.escape(path.name)}">{html.escape(path.name)}</a></li>\n'


def with_anchors(body: str) -> str:
    """The contents of a page, with the headings named as GitHub names them: lower case, with - for each space."""

    def named(found: re.Match) -> str:
        words = re.sub(r'<a class="anchor-link".*?</a>', "", found[3], flags=re.DOTALL)
        plain = html.unescape(re.sub(r"<[^>]+>", "", words)).lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        return f'<h{found[1]} id="{name}">{words}</h{found[1]}>'

    return re.sub(r"<h([1-6])([^>]*)>(.*?)</h\1>", named, body, flags=re.DOTALL)


def styles() -> str:
    """The look of all pages: the colours of the figures, and code in light and in dark."""
    light = HtmlFormatter(style="default").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".highlight")
    code = f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
    return colours_css() + asset("view.css") + code + (ROOT / "notebooks" / "site.css").read_text(encoding="utf-8")


def first_page(site: Site, notebooks: list[Path], view: str) -> str:
    """What a visitor sees first: a model to type into, then the notebooks and the shelf."""
    cards = []
    for path in notebooks:
        cells = nbformat.read(path, as_version=4).cells
        title, _, about = next(cell.source for cell in cells if cell.cell_type == "markdown").partition("\n")
        # its first two sentences
        about = " ".join(re.split(r"(?<=[.?]) ", about.strip().split("\n\n")[0])[:2])
        cards.append((path, re.sub(r"[#*`]", "", title).strip(), re.sub(r"[*`]", "", about)))
    cards += [(site.root / name, title, about) for name, title, about in SHELF if (site.root / name).exists()]
    items = "".join(
        f'<li><a href="{site.name_of(path)}">{html.escape(title)}</a><p>{html.escape(about)}</p></li>\n'
        for path, title, about in cards
    )
    return f"""<h1>An LSTM that you can read, and watch while it reads</h1>
<p>This one has read <em>A Tale of Two Cities</em>, one character at a time. Type into the box. The more a character
surprises the model, the deeper is its colour. Then hold one of its 512 memory cells at a value, or shut one of its
gates, and find out what the cell is for.</p>
{view}
<p><a href="tale_of_two_cities.html">The same on a page of its own</a>: one file, which works without a network. You can
make such a page from a text of yours.</p>
<h2>Read on</h2>
<ul class="cards">
{items}</ul>
"""


def build(root: Path = ROOT, run: Callable[[NotebookNode], None] = run_notebook) -> Path:
    """Build the site in build/site, in place of an earlier one. Returns its folder.

    Raises ValueError if a link leads nowhere, and OSError if a file cannot be written; an earlier site then stays.
    """
    site = Site(root, run)
    notebooks = sorted((root / "notebooks").glob("*.ipynb"))
    named = {"inside quotation marks": 95, "place in the line": 480}
    model = CharLM.load(DATA / "tale_of_two_cities_lstm.npz")
    novel = model_page(model, START, named, "A Tale of Two Cities, character by character", 8)
    site.pages["tale_of_two_cities.html"] = novel
    for path in [*notebooks, *(root / name for name, *_ in SHELF if (root / name).exists())]:
        site.add(path)
    view = frame(model_page(model, START, named, "", 8), "Type, and watch the model read", HEIGHT)
    site.pages["index.html"] = site.page("index.html", "LSTM From Scratch", first_page(site, notebooks, view))
    target = root / "build" / "site"
    target.parent.mkdir(exist_ok=True)
    # the site is complete, or it is not there at all
    with tempfile.TemporaryDirectory(prefix=".site.", dir=target.parent) as temporary:
        new = Path(temporary) / "site"
        new.mkdir()
        site.write(new)
        if target.exists():
            target.rename(Path(temporary) / "old")
        new.rename(target)
    return target


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    print(f"{build() / 'index.html'} is ready")
