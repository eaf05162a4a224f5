"""The wheel holds all that the notebooks need: they run with it alone, in another folder than the repository's."""

import shutil
import subprocess
import sys

import nbformat
import pytest
from helpers import ROOT, shorten
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder into which the wheel is installed, without what it depends on: that is there."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("lstm_scratch", "data"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, source], check=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", folder / "site", wheel], check=True, timeout=300)
    return folder / "site"


@pytest.mark.parametrize("name", ["Numeric", "Text"])
def test_a_notebook_runs_with_the_wheel_alone(name, installed, tmp_path, monkeypatch):
    notebook = nbformat.read(ROOT / "notebooks" / f"LSTM_{name}_Example.ipynb", as_version=4)
    shorten(notebook)
    notebook.cells.append(new_code_cell("import lstm_scratch; print(lstm_scratch.__file__)"))
    monkeypatch.setenv("PYTHONPATH", str(installed))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(elsewhere)}}).execute()
    assert notebook.cells[-1].outputs[0].text.strip() == str(installed / "lstm_scratch" / "__init__.py")
