"""A finished run, which several tests look at."""

import pytest
from running import SMALL, TEXT, finish, start


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A folder with a text and the files of a run of three epochs, made by a process; and what the run wrote."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "book.txt").write_text(TEXT, encoding="utf-8")
    return folder, *finish(start(folder, "train", "book.txt", *SMALL, "--epochs", 3))
