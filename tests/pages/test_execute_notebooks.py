"""The notebooks are written in one form: what differs from run to run goes, what readers see stays."""

import subprocess
import sys

import nbformat
import pytest
from execute_notebooks import METADATA, NOTEBOOKS, clean, write
from nbformat.v4 import new_code_cell, new_notebook, new_output

SLIDER = {"application/vnd.jupyter.widget-view+json": {"model_id": "0c"}, "text/plain": "a slider"}


def test_pieces_of_one_stream_become_one_and_only_what_readers_see_stays():
    outputs = [new_output("stream", text="1\n"), new_output("stream", text="2\n"), new_output("display_data", SLIDER)]
    cell = new_code_cell("f()", id="a", outputs=outputs, metadata={"execution": {"shell": "0:01"}})
    notebook = new_notebook(cells=[cell], metadata={"widgets": {}})
    clean(notebook)
    assert notebook.metadata == METADATA and cell.metadata == {}
    assert [output.get("text") or output.data for output in cell.outputs] == ["1\n2\n", {"text/plain": "a slider"}]


def test_a_notebook_runs_in_its_folder_and_one_that_fails_stays_as_it_was(tmp_path):
    paths = good, bad = tmp_path / "good.ipynb", tmp_path / "bad.ipynb"
    write(new_notebook(cells=[new_code_cell("import os; sorted(os.listdir())", id="a")]), good)
    write(new_notebook(cells=[new_code_cell("1 / 0", id="a")]), bad)
    before, command = bad.read_bytes(), [sys.executable, NOTEBOOKS.parent / "tests" / "execute_notebooks.py", *paths]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert result.returncode != 0 and "ZeroDivisionError" in result.stderr and "good.ipynb: exec" in result.stdout
    assert bad.read_bytes() == before and sorted(tmp_path.iterdir()) == [bad, good]
    (cell,) = nbformat.read(good, as_version=4).cells
    assert cell.execution_count == 1 and cell.outputs[0].data["text/plain"] == "['bad.ipynb', 'good.ipynb']"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_committed_notebooks_have_this_form(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    clean(notebook)
    write(notebook, tmp_path / path.name)
    assert (tmp_path / path.name).read_bytes() == path.read_bytes()
