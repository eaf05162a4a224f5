"""Is a file what the user holds it for: a text, a model, or the checkpoint of a run?"""

import difflib
import os
import zipfile

from lstm_scratch.text import check_plain

MODEL = "a model"
CHECKPOINT = "the checkpoint of a run"


def check_text_file(path: str) -> None:
    """Raise OSError or ValueError, with a remedy, unless this may be a text."""
    check_there(path, "TEXT")
    if os.path.isfile(path) and os.path.getsize(path) == 0:
        raise ValueError(f"{path} is empty: name a file with a text in it")
    what = what_it_is(path)
    if what:
        raise ValueError(f"{path} is {what}, so there is no text to read in it: name a text file")
    check_plain(path)


def check_model_file(path: str) -> None:
    """Raise OSError or ValueError, with a remedy, unless this may be a model or a checkpoint of `train`."""
    check_there(path, "MODEL")
    # a checkpoint contains the model of its best epoch
    if what_it_is(path) not in (MODEL, CHECKPOINT):
        raise ValueError(f"{path} is not a model: name the .npz file that `train` has written")


def check_checkpoint_file(path: str) -> None:
    """Raise ValueError unless this may be the checkpoint of a run."""
    what = what_it_is(path)
    if what != CHECKPOINT:
        raise ValueError(f"{path} is {what or 'no .npz file'}, not the checkpoint of a run: name one with --checkpoint")


def check_there(path: str, meaning: str) -> None:
    """Raise OSError, which says what the path was given as, unless there is such a file."""
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path} is a folder, and {meaning} must be a file: name one in it")
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"there is no file {path}: {alike_beside(path) or f'{meaning} must be a file that exists'}"
        )


def alike_beside(path: str) -> str:
    """A question that names the file of the folder whose name is most like a mistyped one, or nothing."""
    folder, name = os.path.split(path)
    try:
        found = difflib.get_close_matches(name, os.listdir(folder or "."), n=1)
    except OSError:
        return ""
    return f"did you mean {os.path.join(folder, found[0])}?" if found else ""


def what_it_is(path: str) -> str:
    """Which of the files that `train` writes this is, told by the names of its arrays; empty if it is neither."""
    # a pipe can be read only once
    if not os.path.isfile(path) or not zipfile.is_zipfile(path):
        return ""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if "about.npy" in names:
        return CHECKPOINT
    return MODEL if "characters.npy" in names else ""
