"""What imports what: the core imports no sub-package, and `import lstm_scratch` loads NumPy alone."""

import ast
import sys

import pytest
from helpers import ROOT, run_python

PACKAGE = ROOT / "lstm_scratch"
SUB_PACKAGES = {"command", "figures", "lessons", "study", "exchange"}


def imported_sub_packages(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    froms = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return {name.split(".")[1] for name in froms + names if name.startswith("lstm_scratch.")} & SUB_PACKAGES


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_core_imports_no_sub_package_and_a_sub_package_only_the_core_and_itself(path):
    allowed = {path.parent.name}
    if path.name == "__main__.py":
        allowed = {"command"}
    elif path.parent.name == "command":
        # it prints what study measures, draws a curve as the notebooks do, and checks an LSTM as lessons does
        allowed = {"command", "study", "figures", "lessons"}
    assert imported_sub_packages(path) <= allowed


@pytest.mark.parametrize("module", ["lstm_scratch", "lstm_scratch.study", "lstm_scratch.exchange"])
def test_importing_the_package_loads_numpy_and_nothing_else(module):
    result = run_python(
        "-c", f"import sys; before = set(sys.modules); import {module}; print(*set(sys.modules) - before)"
    )
    loaded = {name.split(".")[0] for name in result.stdout.split()} - sys.stdlib_module_names
    # what Cython has compiled for NumPy brings names of its own
    assert {name for name in loaded if "cython" not in name} == {"lstm_scratch", "numpy"}, result.stderr
