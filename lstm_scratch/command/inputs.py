"""Is a file what the user holds it for: a text, a model, a checkpoint? Its first bytes tell."""

import os
import re
import zipfile

SAVE_AS_TEXT = "save it as plain text (.txt) first"
UNPACK = "unpack it first"
# how files of other kinds begin, what they are, and what to do about it
FORMATS = (
    (rb"%PDF-", "a PDF file", SAVE_AS_TEXT),
    (rb"\{\\rtf", "a rich-text file (RTF)", SAVE_AS_TEXT),
    (rb"\xd0\xcf\x11\xe0", "a file of an old Word or Excel", SAVE_AS_TEXT),
    (rb"\x1f\x8b|BZh[1-9]1AY&SY|\xfd7zXZ\x00|\x28\xb5\x2f\xfd|7z\xbc\xaf\x27|Rar!\x1a", "a compressed file", UNPACK),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP|II\*\x00|MM\x00\*", "a picture", "name a text file"),
    (rb"SQLite format 3\x00|\x7fELF|MZ\x90\x00|\x00asm|ID3|OggS|fLaC", "no text", "name a text file"),
)
# a zip archive is told by what is in it
DOCUMENTS = {"word/document.xml": "Word", "content.xml": "LibreOffice", "xl/workbook.xml": "Excel"}


def check_text_file(path: str) -> None:
    """Raise OSError or ValueError, with a remedy, unless this may be a text."""
    check_there(path, "TEXT")
    if os.path.isfile(path) and os.path.getsize(path) == 0:
        raise ValueError(f"{path} is empty: name a file with a text in it")
    what, remedy = what_it_is(path)
    if what:
        raise ValueError(f"{path} is {what}, so there is no text to read in it: {remedy}")


def check_model_file(path: str) -> None:
    """Raise OSError or ValueError, with a remedy, unless this may be a model that `train` has written."""
    check_there(path, "MODEL")
    what, _ = what_it_is(path)
    if what == "a checkpoint":
        raise ValueError(f"{path} is the checkpoint of a run, not its model: {model_beside(path)}")
    if what != "a model":
        remedy = "name the .npz file that `train` has written"
        raise ValueError(f"{path} is {what or 'no .npz file'}, so it is not a model: {remedy}")


def check_checkpoint_file(path: str) -> None:
    """Raise ValueError unless this may be the checkpoint of a run."""
    what, _ = what_it_is(path)
    if what != "a checkpoint":
        raise ValueError(f"{path} is {what or 'no .npz file'}, not the checkpoint of a run: name one with --checkpoint")


def check_there(path: str, meaning: str) -> None:
    """Raise OSError, which says what the path was given as, unless there is such a file."""
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path} is a folder, and {meaning} must be a file: name one in it")
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no file {path}: {meaning} must be a file that exists")


def what_it_is(path: str) -> tuple[str, str]:
    """What the file is, and what to do where another one is wanted; two empty strings if it may be a text."""
    # a pipe can be read only once
    if not os.path.isfile(path):
        return "", ""
    with open(path, "rb") as file:
        start = file.read(64)
    if start.startswith(b"PK\x03\x04") and zipfile.is_zipfile(path):
        return what_the_archive_is(path)
    for begins, what, remedy in FORMATS:
        if re.match(begins, start, re.DOTALL):
            return what, remedy
    return "", ""


def what_the_archive_is(path: str) -> tuple[str, str]:
    """What a zip archive is, and what to do where another file is wanted."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    if "about.npy" in names:
        return "a checkpoint", "name the text that its run has read"
    if any(name.endswith(".npy") for name in names):
        return "a model", "name a text file"
    for name, program in DOCUMENTS.items():
        if name in names:
            return f"a document of {program}", SAVE_AS_TEXT
    return "a zip archive", UNPACK


def model_beside(checkpoint: str) -> str:
    """Where the model of a checkpoint's run is, as far as its name tells."""
    model = checkpoint.replace(".checkpoint.npz", ".npz")
    if model != checkpoint and os.path.exists(model):
        return f"the model is in {model}"
    return "`train TEXT --resume` ends the run and writes its model"
