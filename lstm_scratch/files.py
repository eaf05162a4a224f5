"""Atomic writes, and safe loading of untrusted files: named arrays to and from .npz, a zip of .npy files.

Nothing is ever unpickled. Compressed arrays are refused, so the arrays that are read fill no more bytes of memory than
their file has, or twice that number in half precision. A forged header can make NumPy reserve more memory, but nothing
is written into it.
"""

import contextlib
import io
import os
import stat
import threading
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

Arrays = dict[str, np.ndarray]
FilePath = str | os.PathLike
# how long to wait, in seconds, before a refused move is tried again
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
# of the name of a file, its temporary name has at most this many letters, each of at most four bytes
MOST_LETTERS = 40


def write_arrays(path: FilePath, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays to an .npz file, atomically. Raises OSError as `write_file` does."""
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    write_file(path, content.getvalue())


def write_file(path: FilePath, content: bytes) -> None:
    """Write to a temporary file next to path, then move it into place in one step.

    A reader finds the old file or the new one, never half of one. The new file has the permissions of the one that it
    replaces, and a symbolic link stays a link, whose target is replaced. Raises OSError, which names path, if the file
    cannot be written; the old file is then unchanged.
    """
    target = os.path.realpath(path)
    with temporary_beside(target) as temporary:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(target):
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        replace_patiently(temporary, target)


def replace_patiently(temporary: str, target: str) -> None:
    """Move a file into place; try again for a second or two if the operating system refuses.

    A virus scanner or a program that synchronises folders may hold a file for a moment. Raises OSError if it is still
    refused at the end.
    """
    for pause in PAUSES:
        try:
            os.replace(temporary, target)
            return
        except PermissionError:
            time.sleep(pause)
    os.replace(temporary, target)


def check_writable(path: FilePath) -> None:
    """Raise OSError unless a file can be written at this path. Call it before long work, not after it."""
    if not os.path.basename(path) or os.path.exists(path) and not os.path.isfile(path):
        raise IsADirectoryError(f"{path} is a folder: a file was expected")
    with temporary_beside(path) as temporary, open(temporary, "wb"):
        pass


@contextlib.contextmanager
def temporary_beside(path: FilePath) -> Iterator[str]:
    """Yield a path in the same folder for a file that is removed afterwards. An OSError in this context names path."""
    folder, name = os.path.split(os.fspath(path))
    # the name is cut, because a longer one than the system allows would be refused; a thread may write at the same time
    number = f"{os.getpid()}.{threading.get_ident()}"
    temporary = os.path.join(folder, f".{name[:MOST_LETTERS]}.{number}.part")
    try:
        yield temporary
    except OSError as error:
        reason = f"{error.strerror}: the file could not be written, and is as it was before"
        raise OSError(error.errno, reason, os.fspath(path)) from error
    finally:
        remove_if_there(temporary)


def remove_if_there(path: FilePath) -> None:
    """Remove a file if it is there and the operating system allows it."""
    with contextlib.suppress(OSError):
        os.unlink(path)


def read_arrays(path: FilePath, names: Iterable[str] | None = None, *, among_others: bool = False) -> Arrays:
    """The arrays of an .npz file, all of them or those of these names. Half precision is returned as float32.

    If names are given, other arrays in the file are refused, because their meaning would be lost; with among_others,
    they are allowed and not read. Raises ValueError if the file is damaged or its arrays have the wrong names, and
    OSError if it cannot be opened.
    """
    with open(path, "rb") as file, naming(path):
        if not zipfile.is_zipfile(file):
            raise ValueError("it is not an .npz file")
        file.seek(0)
        with np.load(file, allow_pickle=False) as archive:
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.zip.infolist()):
                raise ValueError("its arrays are compressed")
            names = list(archive.files if names is None else names)
            unknown = [name for name in archive.files if name not in names]
            if unknown and not among_others:
                raise ValueError(f"it also has arrays of unknown meaning: {', '.join(unknown)}")
            arrays = {name: archive[name] for name in names if name in archive}
        # for something that is not an array, NumPy returns its bytes
        missing = [name for name in names if not isinstance(arrays.get(name), np.ndarray)]
        if missing:
            raise ValueError(f"it has no array named {', '.join(missing)}")
    # half precision is only for files, because arithmetic needs float32
    return {name: array.astype("f4") if array.dtype == "f2" else array for name, array in arrays.items()}


@contextlib.contextmanager
def naming(path: FilePath) -> Iterator[None]:
    """Turn any error about the contents of a file into a ValueError that names the file."""
    try:
        yield
    except Exception as error:
        raise ValueError(f"{path} cannot be used: {error}") from error
