"""The script that runs all environments, the workflow and the stated dependencies agree with each other."""

import re

from helpers import ROOT

SCRIPT = (ROOT / "tests" / "matrix.sh").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
ROWS = re.findall(r"^([a-z0-9.-]+) +(3\.\d+) +(newest|oldest) +(\d) +(\S+)$", SCRIPT, flags=re.MULTILINE)


def test_the_matrix_has_every_promised_environment():
    assert {python for _, python, *_ in ROWS} == {"3.10", "3.11", "3.12", "3.13"}
    assert {dependencies for _, _, dependencies, *_ in ROWS} == {"newest", "oldest"}
    assert {threads for _, _, _, threads, _ in ROWS} == {"1", "2"}
    assert {kernels for *_, kernels in ROWS} == {"-", "Haswell", "SkylakeX", "Prescott"}


def test_the_oldest_python_is_the_one_that_the_project_names():
    oldest = re.search(r'requires-python = ">=([\d.]+)"', PROJECT)[1]
    assert {python for _, python, dependencies, *_ in ROWS if dependencies == "oldest"} == {oldest}
    assert f'python_version = "{oldest}"' in PROJECT


def test_the_workflow_runs_rows_that_there_are_and_every_python():
    names = re.search(r"row: \[(.*)\]", WORKFLOW)[1].split(", ")
    assert set(names) == {name for name, *_ in ROWS if not name.startswith("python-")}
    pythons = re.search(r"python: \[(.*)\]", WORKFLOW)[1].replace('"', "").split(", ")
    assert {f"python-{python}" for python in pythons} == {name for name, *_ in ROWS if name.startswith("python-")}


def test_every_dependency_of_the_package_is_held_at_its_oldest():
    named = re.findall(r'^    "([a-z]+)>=[\d.]+,', PROJECT, flags=re.MULTILINE)
    held = re.search(r"\\\((numpy.*?)\\\)", SCRIPT)[1].split(r"\|")
    assert sorted(named) == sorted(held)
