"""The first cell of the notebooks, alone, in each situation in which it has to find the package and the data.

It runs in an interpreter of its own in which nothing is installed; two constants in it are replaced, so that
no test needs a folder at the root of the disk or the internet.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys

import pytest
from helpers import ROOT
from kaggle_helpers import first_cell

SHOW = "\nimport lstm_scratch\nprint(lstm_scratch.__file__, data.resolve(), sep='\\n')"


@pytest.fixture
def elsewhere(tmp_path):
    folder = tmp_path / "kaggle" / "working"
    folder.mkdir(parents=True)
    return folder


def make_place(folder):
    """A folder like the repository: just enough of it to be found."""
    (folder / "lstm_scratch").mkdir(parents=True)
    (folder / "lstm_scratch" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "chapter.txt").write_text("It was", encoding="utf-8")
    return folder


def run(cwd, inputs, repository="", installed=None):
    """Run the cell; return what it has found, or the last line of its error."""
    source = first_cell(ROOT / "notebooks" / "LSTM_Text_Example.ipynb", inputs, repository)
    keep = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # pip may fetch from this disk and from nowhere else: it gets no further than the copy of the repository
    env = {**keep, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "GIT_ALLOW_PROTOCOL": "file", "TMPDIR": str(cwd)}
    if installed:
        env["PYTHONPATH"] = str(installed)
    result = subprocess.run(
        [sys.executable, "-S", "-c", source + SHOW], cwd=cwd, env=env, capture_output=True, text=True
    )
    if result.returncode:
        return result.stderr.splitlines()[-1]
    return result.stdout.splitlines()


def in_place(folder):
    return [str(folder.resolve() / "lstm_scratch" / "__init__.py"), str(folder.resolve() / "data")]


def test_in_a_clone(tmp_path):
    clone = make_place(tmp_path / "clone")
    (clone / "notebooks").mkdir()
    assert run(clone / "notebooks", tmp_path / "none") == in_place(clone)
    assert run(clone, tmp_path / "none") == in_place(clone)


@pytest.mark.parametrize("mount", ["lstm-from-scratch", "datasets/jane/lstm-from-scratch"])
def test_in_an_attached_dataset(tmp_path, elsewhere, mount):
    inputs = tmp_path / "kaggle" / "input"
    (inputs / "another" / "data").mkdir(parents=True)
    place = make_place(inputs / mount)
    assert run(elsewhere, inputs) == in_place(place)


def test_installed_from_a_clone(tmp_path, elsewhere):
    clone = make_place(tmp_path / "clone")
    assert run(elsewhere, tmp_path / "none", installed=clone) == in_place(clone)


def test_installed_with_the_data_inside_the_package(tmp_path, elsewhere):
    installed = make_place(tmp_path / "site-packages")
    shutil.move(installed / "data", installed / "lstm_scratch" / "data")
    package, data = run(elsewhere, tmp_path / "none", installed=installed)
    assert package == in_place(installed)[0] and data == str(installed.resolve() / "lstm_scratch" / "data")


def test_what_lies_around_the_notebook_comes_before_what_is_attached_or_installed(tmp_path, elsewhere):
    clone, inputs = make_place(tmp_path / "clone"), tmp_path / "input"
    attached, installed = make_place(inputs / "lstm-from-scratch"), make_place(tmp_path / "site-packages")
    assert run(clone, inputs, installed=installed) == in_place(clone)
    assert run(elsewhere, inputs, installed=installed) == in_place(attached)


@pytest.fixture
def remote(tmp_path):
    """A repository with a pyproject.toml of its own, as git serves it."""
    if not shutil.which("git"):
        pytest.skip("git is not installed: there is nothing that pip could fetch with")
    if not importlib.util.find_spec("pip"):
        pytest.skip("pip is not installed in this environment")
    folder = make_place(tmp_path / "remote")
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org", "-C", str(folder)]
    for arguments in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "all"]):
        subprocess.run([*git, *arguments], check=True, capture_output=True)
    return folder


def test_pip_fetches_package_and_data_from_the_repositorys_address(tmp_path, elsewhere, remote):
    package, data = run(elsewhere, tmp_path / "none", repository=remote.as_uri())
    assert package.endswith("lstm-scratch/lstm_scratch/__init__.py".replace("/", os.sep))
    assert str(remote) not in package
    fetched = os.path.dirname(os.path.dirname(package))
    assert data == os.path.join(fetched, "data") and os.listdir(data) == ["chapter.txt"]


def test_pip_is_not_asked_when_all_is_there(tmp_path, remote):
    clone = make_place(tmp_path / "clone")
    assert run(clone, tmp_path / "none", repository=remote.as_uri()) == in_place(clone)


@pytest.mark.parametrize("repository", ["", "https://github.com/jane/lstm"])
def test_where_nothing_is_found_one_sentence_says_what_to_attach(tmp_path, elsewhere, repository):
    # folders of those names that are not the package change nothing; nor does an address that cannot be reached
    (elsewhere / "lstm_scratch").mkdir()
    (elsewhere / "data").mkdir()
    error = run(elsewhere, tmp_path / "none", repository=repository)
    title = json.loads((ROOT / "kaggle_metadata.json").read_text(encoding="utf-8"))["dataset"]["title"]
    assert error.startswith("FileNotFoundError: lstm_scratch and data are not here: on Kaggle, add the dataset")
    asked = len(os.listdir(elsewhere)) > 2  # pip was given a folder to fetch into
    assert asked is bool(repository)
    assert f"'{title}'" in error and error.endswith("elsewhere, put both beside this notebook")
