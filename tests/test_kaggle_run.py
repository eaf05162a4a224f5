"""A copy of Kaggle on this disk: the dataset mounted, the package not installed, no network, a folder to work in.

Kaggle mounts a dataset in one of two ways. Each notebook runs in one of them; the first cell alone is tested in both.
The place of the mount, /kaggle/input, is replaced in the first cell, so that this needs no folder at the disk's root.
"""

import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from kaggle_helpers import copy_repository, first_cell

from lstm_scratch import kaggle

NO_NETWORK = """
import socket

def refuse(*arguments, **options):
    raise OSError("there is no network here")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""
LAST_CELL = """
import json, lstm_scratch, socket
try:
    socket.create_connection(("127.0.0.1", 9))
except OSError as error:
    network = str(error)
print(json.dumps([lstm_scratch.__file__, str(data), network]))
"""


@pytest.mark.parametrize(
    ("folder", "mount"),
    [
        ("numeric", "lstm-from-scratch-package-and-text"),
        ("text", "datasets/jane/lstm-from-scratch-package-and-text"),
    ],
)
def test_a_notebook_runs_from_top_to_bottom(tmp_path, folder, mount):
    copy = tmp_path / "copy"
    copy.mkdir()
    kaggle.build("jane", copy_repository(copy))
    dataset, working = tmp_path / "kaggle" / "input" / mount, tmp_path / "kaggle" / "working"
    dataset.parent.mkdir(parents=True)
    working.mkdir()
    shutil.move(copy / "build/kaggle/dataset", dataset)
    (path,) = (copy / "build/kaggle" / folder).glob("*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[0].source = first_cell(path, inputs=tmp_path / "kaggle" / "input")
    notebook.cells.append(nbformat.v4.new_code_cell(LAST_CELL))
    nbformat.write(notebook, working / "notebook.ipynb")
    shutil.rmtree(copy)

    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "no_network.py").write_text(NO_NETWORK, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env["IPYTHONDIR"] = str(tmp_path / "ipython")
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb"]
    result = subprocess.run([*command, "notebook.ipynb"], cwd=working, env=env, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-3000:]

    done = nbformat.read(working / "done.ipynb", as_version=4)
    outputs = [cell.outputs for cell in done.cells if cell.cell_type == "code"]
    assert len(outputs) == len(code) + 1
    assert not [output for cell in outputs for output in cell if output.output_type == "error"]
    package, data, network = json.loads(outputs[-1][0].text)
    assert package == str(dataset / "lstm_scratch" / "__init__.py") and data == str(dataset / "data")
    assert network == "there is no network here"
