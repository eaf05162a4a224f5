"""The site has a page for every notebook, guide and file that is linked, and all its links hold."""

import re
import shutil

import nbformat
import pytest
import to_site
from helpers import ROOT, refuses_in_a_sentence
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

FRAME = '<iframe class="lstm-view" srcdoc="&lt;p&gt;alive $x$&lt;/p&gt;"></iframe>'


def fake_run(notebook):
    """In place of a run: the last cell shows a figure and a view."""
    picture = {"image/png": "iVBORw0KGgo=", "text/plain": "words"}
    alt = {"image/png": {"alt": 'A "figure" in words'}}
    outputs = [new_output("display_data", picture, metadata=alt)]
    outputs.append(new_output("display_data", {**picture, "text/html": FRAME}, metadata=alt))
    notebook.cells[-1].outputs = outputs


@pytest.fixture
def repository(tmp_path):
    """A small repository with a notebook, a guide and a page of code."""
    (tmp_path / "notebooks" / "guides").mkdir(parents=True)
    (tmp_path / "lstm_scratch").mkdir()
    shutil.copy(ROOT / "lstm_scratch" / "cell.py", tmp_path / "lstm_scratch")
    (tmp_path / "lstm_scratch" / "__pycache__").mkdir()
    guide = "# A guide\n\n## What *it* says, & more\n\n[code](../../lstm_scratch/cell.py), [folder](../../lstm_scratch)"
    (tmp_path / "notebooks" / "guides" / "GUIDE.md").write_text(guide, encoding="utf-8")
    text = "# A title\n\nFirst words.\n\nThen $x^2$.\n\n[there](guides/GUIDE.md#what-it-says--more), [out](https://example.org)"
    notebook = new_notebook(cells=[new_markdown_cell(text), new_code_cell("1 + 1")])
    nbformat.write(notebook, tmp_path / "notebooks" / "LSTM_One.ipynb")
    return tmp_path


def test_pages_are_built_for_all_that_is_linked(repository):
    site = to_site.build(repository, fake_run)
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html") if "mathjax" not in path.parts}
    assert pages == {
        "index.html",
        "tale_of_two_cities.html",
        "notebooks/LSTM_One.html",
        "notebooks/guides/index.html",
        "notebooks/guides/GUIDE.html",
        "lstm_scratch/index.html",
        "lstm_scratch/cell.py.html",
    }
    one = (site / "notebooks" / "LSTM_One.html").read_text(encoding="utf-8")
    assert 'href="guides/GUIDE.html#what-it-says--more"' in one and 'href="https://example.org"' in one
    assert FRAME in one and "alt='A \"figure\" in words'" in one and "MathJax" in one
    first = (site / "index.html").read_text(encoding="utf-8")
    assert 'href="notebooks/LSTM_One.html">A title</a><p>First words' in first and "MathJax" not in first
    assert "cell.py.html" in (site / "lstm_scratch" / "index.html").read_text(encoding="utf-8")


def test_a_link_that_leads_nowhere_is_refused_and_the_earlier_site_stays(repository):
    site = to_site.build(repository, fake_run)
    before = (site / "index.html").read_bytes()
    guide = repository / "notebooks" / "guides" / "GUIDE.md"
    guide.write_text(guide.read_text(encoding="utf-8") + " [gone](GONE.md)", encoding="utf-8")
    refuses_in_a_sentence(lambda: to_site.build(repository, fake_run), "links to GONE.md, which does not exist")
    guide.write_text("# A guide", encoding="utf-8")
    refuses_in_a_sentence(lambda: to_site.build(repository, fake_run), "and there is no such place")
    assert (site / "index.html").read_bytes() == before and [*site.parent.iterdir()] == [site]


@pytest.mark.slow
def test_every_link_of_the_repository_holds_and_only_formulas_may_need_a_network():
    site = to_site.Site(ROOT, lambda notebook: None)
    for path in [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / name for name, *_ in to_site.SHELF)]:
        site.add(path)
    site.check_anchors()
    assert len(site.pages) > 50
    for name, page in site.pages.items():
        loaded = re.findall(r'<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="([^"]+)"', page)
        outside = {address for address in loaded if re.match("(https?:)?//", address)}
        assert outside <= {to_site.html.escape(to_site.MATHJAX)}, name
