"""What the script that executes the notebooks leaves in them, on a notebook small enough to see through."""

import json
import subprocess
import sys

import nbformat
import pytest
from execute_notebooks import METADATA, NOTEBOOKS, clean, write
from helpers import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

WIDGET = "application/vnd.jupyter.widget-view+json"


def printed(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def shown(data, **metadata):
    return new_output("display_data", data, metadata=metadata)


def small_notebook():
    """As an editor leaves it: pieces of output, times, the state of a slider, and the Python that ran it."""
    outputs = [
        printed("one\n"),
        printed("two\n"),
        printed("careful\n", name="stderr"),
        printed("three\n"),
        shown({"image/png": "AAAA", "text/plain": "a figure"}, **{"image/png": {"alt": "a line", "width": 800}}),
        shown({WIDGET: {"model_id": "0c", "version_major": 2, "version_minor": 0}, "text/plain": "a slider"}),
        printed("four\n"),
    ]
    cell = new_code_cell("f()", id="b", execution_count=1, outputs=outputs, metadata={"execution": {"shell": "0:01"}})
    metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": "3.12.1"},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
    }
    return new_notebook(
        cells=[new_markdown_cell("# Title", id="a", metadata={"collapsed": True}), cell], metadata=metadata
    )


def test_what_differs_from_run_to_run_goes_and_what_readers_see_stays():
    notebook = small_notebook()
    clean(notebook)
    title, cell = notebook.cells
    assert notebook.metadata == METADATA and title.metadata == cell.metadata == {}
    assert (title.id, title.source, cell.id, cell.source, cell.execution_count) == ("a", "# Title", "b", "f()", 1)
    assert [output.get("text") for output in cell.outputs] == [
        "one\ntwo\n",
        "careful\n",
        "three\n",
        None,
        None,
        "four\n",
    ]
    figure, slider = cell.outputs[3:5]
    assert figure.data == {"image/png": "AAAA", "text/plain": "a figure"}
    assert figure.metadata == {"image/png": {"alt": "a line", "width": 800}}
    assert slider.data == {"text/plain": "a slider"}
    once = nbformat.writes(notebook)
    clean(notebook)
    assert nbformat.writes(notebook) == once


def test_a_notebook_is_executed_in_its_folder_and_written_and_one_that_fails_stays_as_it_was(tmp_path):
    paths = good, bad = tmp_path / "good.ipynb", tmp_path / "bad.ipynb"
    source = "for word in ('one', 'two'):\n    print(word, flush=True)\n"
    source += "import os; sorted(os.listdir()), os.environ['OPENBLAS_NUM_THREADS']"
    write(new_notebook(cells=[new_code_cell(source, id="only")]), good)
    write(new_notebook(cells=[new_code_cell("1 / 0", id="only")]), bad)
    before = bad.read_bytes()
    command = [sys.executable, ROOT / "tests" / "execute_notebooks.py", *paths]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert result.returncode != 0 and "ZeroDivisionError" in result.stderr
    assert result.stdout == "good.ipynb: executed and written\n"
    assert bad.read_bytes() == before and sorted(tmp_path.iterdir()) == sorted(paths)

    content = good.read_bytes()
    assert content.endswith(b"}\n") and b"\r" not in content
    notebook = json.loads(content)
    (cell,) = notebook["cells"]
    assert notebook["metadata"] == METADATA and cell["metadata"] == {} and cell["execution_count"] == 1
    streams, value = cell["outputs"]
    assert streams["text"] == ["one\n", "two\n"]
    assert value["data"] == {"text/plain": ["(['bad.ipynb', 'good.ipynb'], '1')"]}


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_committed_notebooks_have_the_form_that_is_written(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    clean(notebook)
    write(notebook, tmp_path / path.name)
    assert (tmp_path / path.name).read_bytes() == path.read_bytes()
