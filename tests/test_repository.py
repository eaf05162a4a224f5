"""The repository's own promises: what imports what, and that its files agree with each other."""

import ast
import base64
import json
import re
import statistics
import subprocess
import sys

import pytest
from helpers import ROOT

FLOORS = {
    "checks": 0,
    "activations": 1,
    "storage": 1,
    "kaggle_metadata": 1,
    "figure_checks": 1,
    "workspace": 1,
    "fused": 1,
    "hints": 1,
    "frameworks": 1,
    "text": 2,
    "optimizers": 2,
    "cell": 2,
    "layer": 2,
    "rnn": 2,
    "gradient_check": 2,
    "baselines": 3,
    "char_model": 3,
    "checkpoint": 3,
    "probes": 4,
    "onnx_file": 4,
    "epoch": 4,
    "training": 5,
    "exchange": 5,
    "many_machines": 6,
    "command": 6,
    "style": 4,
    "plots": 5,
    "text_plots": 5,
    "diagram": 5,
    "bug_hunt": 5,
    "probe_plots": 5,
    "cell_exercises": 5,
    "text_exercises": 5,
    "exercises": 6,
    "benchmark": 5,
    "kaggle": 5,
    "pictures": 6,
}


def imported_rooms(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {module.split(".")[1] for module in modules if module.startswith("lstm_scratch.")}


def test_a_room_imports_only_from_lower_floors():
    rooms = {path.stem: path for path in (ROOT / "lstm_scratch").glob("*.py") if path.stem != "__init__"}
    assert set(rooms) == set(FLOORS)
    for name, path in rooms.items():
        assert all(FLOORS[other] < FLOORS[name] for other in imported_rooms(path)), name


def test_importing_the_package_loads_numpy_and_no_plotting():
    code = "import sys, lstm_scratch; print(*sorted({'matplotlib', 'pandas', 'tqdm', 'wordcloud'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""


def test_importing_the_package_takes_little_longer_than_importing_numpy():
    # the processor's time of the import itself, in turns and in fresh interpreters: other programs do not count
    def seconds(module):
        code = f"import time; start = time.process_time(); import {module}; print(time.process_time() - start)"
        result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        return float(result.stdout)

    def ratio():
        # pair by pair, so that a machine that slows down for a while slows down both
        return statistics.median(seconds("lstm_scratch") / seconds("numpy") for _ in range(9))

    # typically 1.1; a machine in a bad moment gets two more chances
    assert any(ratio() <= 1.3 for _ in range(3))


def test_every_public_name_is_there():
    import lstm_scratch

    for name in lstm_scratch.__all__:
        assert callable(getattr(lstm_scratch, name)) and getattr(lstm_scratch, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = lstm_scratch.nothing


def test_requirements_are_those_of_the_package_and_are_ranges():
    lines = (ROOT / "requirements.txt").read_text().split()
    project = (ROOT / "pyproject.toml").read_text()
    # the engines of lstm_scratch.exchange are nobody's requirement
    wanted = project.split("[project]")[1].split("# larger engines")[0]
    named = re.findall(r'"([a-z]+>=[^"]+)"', wanted)
    assert sorted(lines) == sorted(named)
    assert all(re.fullmatch(r"[a-z]+>=[\d.]+,<[\d.]+", line) for line in lines)


def test_kaggle_metadata_names_what_is_there():
    metadata = json.loads((ROOT / "kaggle_metadata.json").read_text(encoding="utf-8"))
    dataset, kernels = metadata["dataset"], metadata["kernels"]
    assert 6 <= len(dataset["title"]) <= 50 and 20 <= len(dataset["subtitle"]) <= 80
    assert all((ROOT / folder).is_dir() for folder in dataset["contents"])
    assert {kernel["notebook"] for kernel in kernels} == {
        f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")
    }
    for entry in [dataset, *kernels]:
        assert entry["slug"] == re.sub(r"[^a-z0-9]+", "-", entry["title"].lower()).strip("-")


@pytest.mark.parametrize(
    ("picture", "notebook"), [("cell", "LSTM_Numeric_Example"), ("held_out_turns_up", "LSTM_Text_Example")]
)
def test_the_readme_shows_figures_of_the_notebooks(picture, notebook):
    assert f".github/images/{picture}.png" in (ROOT / "README.md").read_text(encoding="utf-8")
    picture = (ROOT / ".github" / "images" / f"{picture}.png").read_bytes()
    notebook = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))
    figures = [
        base64.b64decode(output["data"]["image/png"])
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert picture in figures


def test_ruff_finds_nothing():
    for arguments in (["check"], ["format", "--check"]):
        result = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "."], cwd=ROOT, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stdout + result.stderr
