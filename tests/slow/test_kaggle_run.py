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
import to_kaggle as kaggle
from kaggle_helpers import copy_repository, first_cell

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


MOUNTS = {
    "numeric": "lstm-from-scratch-package-and-text",
    "text": "datasets/jane/lstm-from-scratch-package-and-text",
}


def start(folder, machine, copy):
    """Lay out a machine with one of the built notebooks, the dataset mounted; start running the notebook there."""
    dataset, working = machine / "kaggle" / "input" / MOUNTS[folder], machine / "kaggle" / "working"
    shutil.copytree(copy / "build" / "kaggle" / "dataset", dataset)
    working.mkdir()
    (path,) = (copy / "build" / "kaggle" / folder).glob("*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[0].source = first_cell(path, inputs=machine / "kaggle" / "input")
    for cell in code:
        cell.outputs, cell.execution_count = [], None
    notebook.cells.append(nbformat.v4.new_code_cell(LAST_CELL))
    nbformat.write(notebook, working / "notebook.ipynb")

    startup = machine / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "no_network.py").write_text(NO_NETWORK, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env |= {"IPYTHONDIR": str(machine / "ipython"), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb"]
    with open(machine / "log", "w") as log:
        return subprocess.Popen([*command, "notebook.ipynb"], cwd=working, env=env, stdout=log, stderr=log)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Both notebooks, each on a machine of its own, at the same time."""
    copy = copy_repository(tmp_path_factory.mktemp("copy"))
    kaggle.build("jane", copy)
    machines = {folder: tmp_path_factory.mktemp(folder) for folder in MOUNTS}
    processes = {folder: start(folder, machine, copy) for folder, machine in machines.items()}
    shutil.rmtree(copy)
    yield {folder: (machines[folder], process) for folder, process in processes.items()}
    for process in processes.values():
        process.kill()
        process.wait()


@pytest.mark.parametrize("folder", MOUNTS)
def test_a_notebook_runs_from_top_to_bottom(runs, folder):
    machine, process = runs[folder]
    assert process.wait() == 0, (machine / "log").read_text()[-3000:]
    done = nbformat.read(machine / "kaggle" / "working" / "done.ipynb", as_version=4)
    code = [cell for cell in done.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [output for cell in code for output in cell.outputs if output.output_type == "error"]
    package, data, network = json.loads(code[-1].outputs[0].text)
    dataset = machine / "kaggle" / "input" / MOUNTS[folder]
    assert package == str(dataset / "lstm_scratch" / "__init__.py") and data == str(dataset / "data")
    assert network == "there is no network here"
