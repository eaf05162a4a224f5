"""The folders for Kaggle hold what they should, nothing else is touched, and the first cell finds the package."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
import to_kaggle
from helpers import ROOT

NOTEBOOKS = {
    "numeric": "LSTM_Numeric_Example.ipynb",
    "text": "LSTM_Text_Example.ipynb",
    "own-numbers": "LSTM_Own_Numbers.ipynb",
}


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def copy(tmp_path):
    for name in ("lstm_scratch", "data", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "kaggle_metadata.json", tmp_path)
    return tmp_path


def test_a_folder_for_the_dataset_and_each_notebook_is_built_from_the_metadata_and_nothing_else_is_touched(copy):
    before = contents(copy)
    (copy / "lstm_scratch" / "__pycache__").mkdir()
    (copy / "lstm_scratch" / "__pycache__" / "cell.pyc").touch()
    to_kaggle.build("jane", copy)
    after = contents(copy)
    built = {name.removeprefix("build/kaggle/"): data for name, data in after.items() if name.startswith("build/")}
    assert {name: data for name, data in after.items() if name in before} == before
    parts = {f"dataset/{name}": data for name, data in before.items() if name.startswith(("lstm_scratch/", "data/"))}
    for folder, notebook in NOTEBOOKS.items():
        parts[f"{folder}/{notebook}"] = before[f"notebooks/{notebook}"]
    assert {name: data for name, data in built.items() if not name.endswith("-metadata.json")} == parts
    dataset = json.loads(built["dataset/dataset-metadata.json"])
    assert dataset["id"] == "jane/lstm-from-scratch-package-and-text" and dataset["licenses"] == [{"name": "MIT"}]
    for folder, notebook in NOTEBOOKS.items():
        kernel = json.loads(built[f"{folder}/kernel-metadata.json"])
        assert kernel["id"] == f"jane/{notebook[:-6].lower().replace('_', '-')}" and kernel["dataset_sources"] == [
            dataset["id"]
        ]
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


@pytest.mark.parametrize("notebook", NOTEBOOKS.values(), ids=NOTEBOOKS)
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
    cells = json.loads((ROOT / "notebooks" / notebook).read_text(encoding="utf-8"))["cells"]
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


@pytest.mark.parametrize("notebook", NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_without_the_package_the_first_cell_says_what_to_add(notebook, tmp_path):
    cells = json.loads((ROOT / "notebooks" / notebook).read_text(encoding="utf-8"))["cells"]
    source = "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))
    source = source.replace("/kaggle/input", (tmp_path / "input").as_posix())
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run([sys.executable, "-S", "-c", source], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert "use Add Input to add the dataset 'LSTM From Scratch: package and text'" in result.stderr
    assert "On Colab, first run %pip install" in result.stderr


@pytest.mark.parametrize(
    "owner", ["Jane Doe", "", " jane", "jane/lstm", "-jane", "jäne", "https://www.kaggle.com/jane"]
)
def test_what_cannot_be_a_name_on_kaggle_is_refused(owner, copy):
    with pytest.raises(ValueError, match="is not a Kaggle name: give the last part of your profile's address"):
        to_kaggle.build(owner, copy)
    assert not (copy / "build").exists()


@pytest.mark.parametrize("mount", ["a/b/c/d/e", "packed", "twice"])
def test_the_notebook_on_own_numbers_finds_a_dataset_that_is_deep_or_still_packed(mount, tmp_path):
    folder = tmp_path / "input" / "lstm" / mount
    folder.mkdir(parents=True)
    files = {"lstm_scratch/__init__.py": "from pathlib import Path\nDATA = Path(__file__).parent.parent / 'data'\n"}
    files["data/sunspots.csv"] = "year,sunspots\n"
    archives = {"packed": [("all.zip", "repository-main/", files)], "twice": []}
    for name in ("lstm_scratch", "data"):
        # as Kaggle packs each folder
        part = {path.split("/")[1]: text for path, text in files.items() if path.startswith(name)}
        archives["twice"].append((f"{name}.zip", "", part))
    for archive, inside, part in archives.get(mount, []):
        with zipfile.ZipFile(folder / archive, "w") as file:
            for path, text in part.items():
                file.writestr(inside + path, text)
    for path, text in files.items() if mount not in archives else ():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (tmp_path / "working").mkdir()
    source = first_cell(tmp_path) + "\nprint(DATA)"
    result = run_cell(source, tmp_path / "working")
    assert "sunspots" not in result.stderr and result.stdout, result.stderr


def test_the_package_without_its_data_is_noticed_in_the_first_cell(tmp_path):
    folder = tmp_path / "input" / "lstm" / "lstm_scratch"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("from pathlib import Path\nDATA = Path(__file__).parent.parent / 'data'\n")
    (tmp_path / "working").mkdir()
    assert "Add the folder data of the repository" in run_cell(first_cell(tmp_path), tmp_path / "working").stderr


def first_cell(folder):
    cells = json.loads((ROOT / "notebooks/LSTM_Own_Numbers.ipynb").read_text(encoding="utf-8"))["cells"]
    source = "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))
    return source.replace("/kaggle/input", (folder / "input").as_posix())


def run_cell(source, folder):
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([sys.executable, "-S", "-c", source], cwd=folder, env=env, capture_output=True, text=True)
