"""The committed notebooks are executed from top to bottom, without errors, and readable without seeing the figures."""

import html
import itertools
import json
import re

import pytest
from helpers import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path, kind):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def source(cell):
    return "".join(cell["source"])


def test_every_code_cell_was_executed_in_order_without_errors_or_warnings(path):
    code = cells(path, "code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]


def test_nothing_is_hidden_from_comparison(path):
    for cell in cells(path, "code"):
        assert "NBVAL" not in source(cell)
        assert not [tag for tag in cell["metadata"].get("tags", []) if tag.startswith("nbval")]


def test_every_figure_has_an_alt_text_and_the_same_words_folded_below(path):
    alts = []
    for cell in cells(path, "code"):
        for output, below in itertools.pairwise([*cell["outputs"], {}]):
            if "image/png" in output.get("data", {}):
                alts.append(output["metadata"]["image/png"]["alt"])
                # the fold is needed because JupyterLab leaves alt texts out
                assert html.escape(alts[-1], quote=False) in "".join(below["data"]["text/html"])
    assert len(alts) >= 2 and min(map(len, alts)) > 40


def test_headings_are_in_order(path):
    text = "\n".join(source(cell) for cell in cells(path, "markdown"))
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, flags=re.MULTILINE)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_a_committed_copy_holds_a_picture_in_place_of_each_view_and_is_small(path):
    for cell in cells(path, "code"):
        has_view = re.search(r"figures\.watch\(|show_sliders\(", source(cell)) is not None
        texts = ["".join(output["data"].get("text/html", "")) for output in cell["outputs"] if "data" in output]
        assert not [text for text in texts if "<iframe" in text]
        assert sum(text.startswith('<div class="lstm-view">Run this cell') for text in texts) == has_view
        assert not has_view or sum("image/png" in output.get("data", {}) for output in cell["outputs"]) == 1
    assert path.stat().st_size < 1_000_000
