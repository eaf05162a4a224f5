"""The repository's own promises: what imports what, and how large it is."""

import ast
import sys

import pytest
from helpers import ROOT, run_python

PACKAGE = ROOT / "lstm_scratch"
WINGS = {"figures", "lessons", "study", "exchange"}


def lines(paths):
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def imported_wings(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    froms = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return {name.split(".")[1] for name in froms + names if name.startswith("lstm_scratch.")} & WINGS


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_core_imports_no_wing_and_a_wing_only_the_core_and_itself(path):
    # only the command may use all
    allowed = WINGS if path.name == "__main__.py" else {path.parent.name}
    assert imported_wings(path) <= allowed


def test_the_package_is_small():
    core, modules = list(PACKAGE.glob("*.py")), list(PACKAGE.rglob("*.py"))
    assert {path.parent.name for path in modules} == {PACKAGE.name, *WINGS}
    assert lines(core) <= 1400
    # all lines of Python, docstrings, comments and blank lines among them
    assert lines(modules) <= 3900
    assert {path.name for path in modules if lines([path]) > 200} == set()


@pytest.mark.parametrize("module", ["lstm_scratch", "lstm_scratch.study", "lstm_scratch.exchange.distributed"])
def test_importing_the_package_loads_numpy_and_nothing_else(module):
    result = run_python(
        "-c", f"import sys; before = set(sys.modules); import {module}; print(*set(sys.modules) - before)"
    )
    loaded = {name.split(".")[0] for name in result.stdout.split()} - sys.stdlib_module_names
    # what Cython has compiled for NumPy brings names of its own
    assert {name for name in loaded if "cython" not in name} == {"lstm_scratch", "numpy"}, result.stderr
