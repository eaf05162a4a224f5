"""Run the notebooks from top to bottom and write them back in the form in which they are committed.

python tests/tools/execute_notebooks.py                                        both
python tests/tools/execute_notebooks.py notebooks/LSTM_Numeric_Example.ipynb   only this one

A cell that fails ends the run with its traceback, and the file stays as it was.
"""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_output

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = ROOT / "notebooks"
# the package need not be installed, because it is at the top of the repository
sys.path.insert(0, str(ROOT))

from lstm_scratch.figures.pages import still

# whoever ran it last, on whichever Python: the file says the same, and holds no state of progress bars
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    # without the extension, nbconvert --to script writes a .txt
    "language_info": {"file_extension": ".py", "name": "python"},
}
# code that a reader may run without reading it is folded, in JupyterLab and on Kaggle
FOLDED = {"jupyter": {"source_hidden": True}, "_kg_hide-input": True}
WIDGET = "application/vnd.jupyter.widget-view+json"


def clean(notebook: NotebookNode) -> None:
    """Leave what readers see and tests compare; take away what differs from run to run and from editor to editor."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        is_setup = cell.cell_type == "code" and cell.source.startswith("# Run this")
        cell.metadata = nbformat.from_dict(FOLDED if is_setup else {})
        if cell.cell_type == "code":
            for output in cell.outputs:
                # its words, text/plain, stay
                output.get("data", {}).pop(WIDGET, None)
            cell.outputs = [part for output in cell.outputs for part in without_scripts(output)]


def without_scripts(output: NotebookNode) -> list[NotebookNode]:
    """An output; in place of a view, which is a page with scripts, its picture, and a line with the same in words.

    GitHub runs no scripts, and the page with a model would make the notebook larger than some sites show. nbval takes
    the page and the line for the same, because tests/tools/nbval_sanitize.cfg replaces both by one word.
    """
    data = output.get("data", {})
    if 'class="lstm-view"' not in data.get("text/html", ""):
        return [output]
    del data["text/html"]
    return [output, new_output("display_data", {"text/html": still(data["text/plain"])})]


def write(notebook: NotebookNode, path: Path) -> None:
    """Write the file whole or not at all: under a temporary name, then moved."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
    temporary.replace(path)


def execute(path: Path) -> None:
    """Run a notebook in its own folder, with the Python that runs this, and write it back."""
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": str(path.parent)}}
    # what was printed arrives in pieces of any length
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", coalesce_streams=True, resources=folder)
    client.execute()
    clean(notebook)
    write(notebook, path)


if __name__ == "__main__":
    # the kernel inherits it: with several threads, sums may be added in another order
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    for path in map(Path, sys.argv[1:] or sorted(NOTEBOOKS.glob("*.ipynb"))):
        execute(path)
        print(f"{path.name}: executed and written")
