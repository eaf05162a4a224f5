"""The notebooks run as on Kaggle: from a mounted dataset, in another folder, with no installed package and no network.

Kaggle mounts a dataset in one of two ways. Each notebook is run with one of them here, and tests/kaggle/test_folders.py
runs the first cell of each notebook with either. A folder of this test takes the place of /kaggle/input.
"""

import nbformat
import pytest
import to_kaggle
from helpers import ROOT, shorten
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

NO_NETWORK = """
import socket

def refuse(*arguments, **options):
    raise OSError("there is no network here")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""
LAST_CELL = "import lstm_scratch; print(lstm_scratch.__file__, lstm_scratch.DATA, sep='\\n')"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "mount"), [("Numeric_Example", "lstm"), ("Text_Example", "datasets/jane/lstm"), ("Own_Numbers", "lstm")]
)
def test_a_notebook_runs_from_top_to_bottom(name, mount, tmp_path, monkeypatch):
    dataset, working = tmp_path / "input" / mount, tmp_path / "working"
    working.mkdir()
    to_kaggle.write_dataset(dataset, "jane", to_kaggle.read_metadata(ROOT)["dataset"], ROOT)
    notebook = nbformat.read(ROOT / "notebooks" / f"LSTM_{name}.ipynb", as_version=4)
    shorten(notebook)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    first.source = first.source.replace("/kaggle/input", str(tmp_path / "input"))
    notebook.cells = [new_code_cell(NO_NETWORK), *notebook.cells, new_code_cell(LAST_CELL)]
    monkeypatch.delenv("PYTHONPATH", raising=False)
    # the first cell that fails raises, with its traceback
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(working)}}).execute()
    package, data = notebook.cells[-1].outputs[0].text.split()
    assert package == str(dataset / "lstm_scratch" / "__init__.py") and data == str(dataset / "data")
