"""The folders for Kaggle hold what they should, nothing else is touched, and the first cell finds the package."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import to_kaggle
from helpers import ROOT


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def copy(tmp_path):
    for name in ("lstm_scratch", "data", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "kaggle_metadata.json", tmp_path)
    return tmp_path


def test_three_folders_are_built_from_the_metadata_and_nothing_else_is_touched(copy):
    before = contents(copy)
    (copy / "lstm_scratch" / "__pycache__").mkdir()
    (copy / "lstm_scratch" / "__pycache__" / "cell.pyc").touch()
    to_kaggle.build("jane", copy)
    after = contents(copy)
    built = {name.removeprefix("build/kaggle/"): data for name, data in after.items() if name.startswith("build/")}
    assert {name: data for name, data in after.items() if name in before} == before
    parts = {f"dataset/{name}": data for name, data in before.items() if name.startswith(("lstm_scratch/", "data/"))}
    for name in ("Numeric", "Text"):
        notebook = f"LSTM_{name}_Example.ipynb"
        parts[f"{name.lower()}/{notebook}"] = before[f"notebooks/{notebook}"]
    assert {name: data for name, data in built.items() if not name.endswith("-metadata.json")} == parts
    dataset = json.loads(built["dataset/dataset-metadata.json"])
    assert dataset["id"] == "jane/lstm-from-scratch-package-and-text" and dataset["licenses"] == [{"name": "MIT"}]
    for name in ("numeric", "text"):
        kernel = json.loads(built[f"{name}/kernel-metadata.json"])
        assert kernel["id"] == f"jane/lstm-{name}-example" and kernel["dataset_sources"] == [dataset["id"]]
        assert kernel["enable_internet"] is kernel["enable_gpu"] is kernel["enable_tpu"] is False


def test_a_new_build_replaces_the_last_one_but_no_file_of_the_users(copy):
    metadata = copy / "kaggle_metadata.json"
    metadata.write_text(metadata.read_text(encoding="utf-8").replace("true", "false"), encoding="utf-8")
    assert to_kaggle.build("jane", copy)[0].endswith(" --public")
    to_kaggle.build("joe", copy)
    assert b'"joe/' in (copy / "build/kaggle/text/kernel-metadata.json").read_bytes()
    (copy / "build/kaggle/text/notes.txt").write_text("mine", encoding="utf-8")
    before = contents(copy)
    with pytest.raises(ValueError, match=r"notes\.txt is not written by this command"):
        to_kaggle.build("jane", copy)
    metadata.write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"kaggle_metadata\.json is not valid JSON"):
        to_kaggle.build("jane", copy)
    assert os.listdir(copy / "build") == ["kaggle"]
    assert {**before, "kaggle_metadata.json": b"{"} == contents(copy)


@pytest.mark.parametrize("notebook", ["Numeric", "Text"])
@pytest.mark.parametrize(
    ("package", "cwd"),
    [
        ("input/lstm", "working"),
        ("input/datasets/jane/lstm", "working"),
        # the ZIP file of the repository, unpacked: one folder deeper
        ("input/lstm/repository-main", "working"),
        ("input/datasets/jane/lstm/repository-main", "working"),
        ("clone", "clone"),
        ("clone", "clone/more"),
        # installed
        ("site", "elsewhere"),
    ],
)
def test_the_first_cell_finds_the_package(notebook, package, cwd, tmp_path):
    cells = json.loads((ROOT / f"notebooks/LSTM_{notebook}_Example.ipynb").read_text(encoding="utf-8"))["cells"]
    source = "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))
    assert "/kaggle/input" in source
    source = source.replace("/kaggle/input", (tmp_path / "input").as_posix()) + "\n"
    for folder in (tmp_path / package / "lstm_scratch", tmp_path / cwd):
        folder.mkdir(parents=True, exist_ok=True)
    (tmp_path / package / "lstm_scratch" / "__init__.py").touch()
    # only the lines that find the package, because what follows them needs the whole of it
    end = re.search(r"\n(?=\nfrom lstm_scratch|$)", source).start()
    source = source[:end] + "\nimport lstm_scratch\nprint(lstm_scratch.__file__, os.environ['OPENBLAS_NUM_THREADS'])"
    env = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    env["PYTHONPATH"] = str(tmp_path / "site")
    # -S hides the installed packages
    command = [sys.executable, "-S", "-c", source]
    result = subprocess.run(command, cwd=tmp_path / cwd, env=env, capture_output=True, text=True, check=True)
    path, threads = result.stdout.rsplit(maxsplit=1)
    assert os.path.samefile(path, tmp_path / package / "lstm_scratch" / "__init__.py") and threads == "1"


@pytest.mark.parametrize("notebook", ["Numeric", "Text"])
def test_without_the_package_the_first_cell_says_what_to_add(notebook, tmp_path):
    cells = json.loads((ROOT / f"notebooks/LSTM_{notebook}_Example.ipynb").read_text(encoding="utf-8"))["cells"]
    source = "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))
    source = source.replace("/kaggle/input", (tmp_path / "input").as_posix())
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run([sys.executable, "-S", "-c", source], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert "use Add Input to add the dataset 'LSTM From Scratch: package and text'" in result.stderr
    assert "On Colab, first run %pip install" in result.stderr
