"""The teachers' page names headings that are in the notebooks, and its sums are right."""

import json
import math
import re

import pytest
from helpers import ROOT

PAGE = (ROOT / "notebooks" / "LESSON_PLANS.md").read_text(encoding="utf-8")
# such as: numeric, *Step 1: what happens to the 10?*
REFERENCES = re.findall(r"(numeric|text),\s\*([^*]+)\*", PAGE)
# such as: `2**2` = 4
SUMS = re.findall(r"`([^`]+)`\s=\s(\d+(?:,\d{3})*(?:\.\d+)?)", PAGE)


def headings(name):
    """All headings of a notebook."""
    path = ROOT / "notebooks" / f"LSTM_{name.title()}_Example.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return set(re.findall(r"^#+ (.+)$", prose, re.MULTILINE))


HEADINGS = {name: headings(name) for name in ("numeric", "text")}


def test_the_page_refers_to_both_notebooks():
    assert {name for name, _ in REFERENCES} == set(HEADINGS)


@pytest.mark.parametrize(("name", "heading"), sorted(set(REFERENCES)))
def test_a_heading_that_is_named_is_in_the_notebook(name, heading):
    # on the page, a heading may be broken into two lines
    assert " ".join(heading.split()) in HEADINGS[name]


@pytest.mark.parametrize(("expression", "result"), SUMS)
def test_a_sum_is_right(expression, result):
    digits = len(result.partition(".")[2])
    assert f"{eval(expression, {'log2': math.log2}):,.{digits}f}" == result
