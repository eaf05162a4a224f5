"""What the tests about Kaggle share."""

import json
import re
import shutil

from helpers import ROOT
from kaggle_metadata import FILE

PARTS = ("lstm_scratch", "data", "notebooks", "README.md", FILE)


def copy_repository(folder):
    """A copy of what the command reads and fills in, so that no test changes the repository itself."""
    for name in PARTS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, folder / name)
    shutil.rmtree(folder / "lstm_scratch" / "__pycache__", ignore_errors=True)
    return folder


def change(folder, edit):
    """Edit the metadata in a copy of the repository, as edit does it."""
    metadata = json.loads((folder / FILE).read_text(encoding="utf-8"))
    edit(metadata)
    (folder / FILE).write_text(json.dumps(metadata), encoding="utf-8")


def first_cell(notebook, inputs="/kaggle/input", repository=""):
    """The source of a notebook's first code cell, with other places in it."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    source = "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))
    assert source.count('"/kaggle/input"') == 1
    source, count = re.subn(r'repository = "[^"]*"', lambda match: f"repository = {repository!r}", source)
    assert count == 1
    return source.replace('"/kaggle/input"', repr(str(inputs)))
