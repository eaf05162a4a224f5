"""The repository's own promises: what imports what, how large it is, and that its files agree with each other."""

import ast
import re
import subprocess
import sys

import pytest
from helpers import ROOT

PACKAGE = ROOT / "lstm_scratch"
CORE = sorted(PACKAGE.glob("*.py"))
WINGS = {"figures", "lessons", "study", "exchange"}


def lines(paths):
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def imported_wings(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {module.split(".")[1] for module in modules if module.startswith("lstm_scratch.")} & WINGS


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_core_imports_no_wing_and_a_wing_only_the_core_and_itself(path):
    allowed = WINGS if path.name == "__main__.py" else {path.parent.name}
    assert imported_wings(path) <= allowed


def test_the_package_is_small():
    assert {path.name for path in PACKAGE.iterdir() if path.is_dir()} - {"__pycache__"} == WINGS
    assert lines(CORE) <= 1400 and lines(PACKAGE.rglob("*.py")) <= 3200
    assert all(lines([path]) <= 200 for path in PACKAGE.rglob("*.py"))


def test_importing_the_package_loads_numpy_and_nothing_that_draws():
    code = "import sys, lstm_scratch; print(*{'matplotlib', 'pandas', 'tqdm', 'wordcloud'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""


def test_requirements_are_those_of_the_package_and_are_ranges():
    required = (ROOT / "requirements.txt").read_text(encoding="utf-8").split()
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    # the engines of lstm_scratch.exchange are optional
    wanted = project.split("[project]")[1].split("# larger engines")[0]
    assert sorted(required) == sorted(re.findall(r'"([a-z]+>=[^"]+)"', wanted))
    assert all(re.fullmatch(r"[a-z]+>=[\d.]+,<[\d.]+", line) for line in required)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_finds_nothing(arguments):
    result = subprocess.run([sys.executable, "-m", "ruff", *arguments, "."], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
