"""Atomic writes, and safe loading of untrusted files: named arrays to and from .npz, a zip of .npy files.

Nothing is ever unpickled. Compressed arrays are refused, so the arrays that are read fill no more bytes of memory than
their file has, or twice that number in half precision. A forged header can make NumPy reserve more memory, but nothing
is written into it.
"""

import contextlib
import errno
import io
import json
import os
import stat
import threading
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
FilePath = str | os.PathLike
# these refusals may pass: a virus scanner holds the file, somebody is making room on the disk, a network drive stalls
MAY_PASS = errno.EACCES, errno.EPERM, errno.EBUSY, errno.EAGAIN, errno.ENOSPC, errno.EIO
# how long to wait before each new try, in seconds
PAUSES = 0.05, 0.2, 0.5, 1.0, 2.0


def write_arrays(path: FilePath, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays to an .npz file, atomically.

    Raises ValueError for an array of Python objects, which `read_arrays` would refuse, and OSError as `write_file`.
    """
    for name, array in arrays.items():
        if np.asarray(array).dtype.hasobject:
            raise ValueError(f"{name} contains Python objects, which are not written, because reading them is not safe")
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    write_file(path, content.getvalue())


def write_file(path: FilePath, content: bytes) -> None:
    """Write to a temporary file next to path, then move it into place in one step.

    A reader finds the old file or the new one, never half of one. A new file has the permissions of the one that it
    replaces, and a symbolic link stays a link: the file that it leads to is replaced. Raises OSError, which names path,
    if the file still cannot be written after several tries; the old file is then unchanged.
    """
    with temporary_beside(path) as temporary:
        for pause in PAUSES:
            try:
                write_and_move(path, content, temporary)
                return
            except OSError as error:
                if error.errno not in MAY_PASS:
                    raise
                remove_if_there(temporary)
                time.sleep(pause)
        write_and_move(path, content, temporary)


def write_and_move(path: FilePath, content: bytes, temporary: str) -> None:
    """Write all of a temporary file, then move it to path, or to the file that path is a link to."""
    with open(temporary, "wb") as file:
        copy_permissions(path, temporary)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, os.path.realpath(path))


def check_writable(path: FilePath) -> None:
    """Raise OSError unless a file can be written at this path. Call it before long work, not after it."""
    with temporary_beside(path) as temporary, open(temporary, "wb"):
        pass


@contextlib.contextmanager
def temporary_beside(path: FilePath) -> Iterator[str]:
    """Yield a path in the folder of this file, or of the one that it is a link to, for a file that is removed later.

    An OSError in this context names path. Raises OSError if path is a folder or a device, or if it is in no folder.
    """
    folder, name = os.path.split(os.path.realpath(path))
    if not os.path.basename(path) or os.path.isdir(path):
        raise IsADirectoryError(f"{path} is a folder: a file was expected")
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{path} cannot be written: there is no folder {folder}")
    # only the beginning of the name, because a longer one than that of the file might not be allowed
    temporary = os.path.join(folder, f".{name[:20]}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        check_ordinary(path)
        yield temporary
    except OSError as error:
        kept = ", and is as it was before" if os.path.exists(path) else ""
        reason = f"{error.strerror}: the file could not be written{kept}"
        raise OSError(error.errno, reason, os.fspath(path)) from error
    finally:
        remove_if_there(temporary)


def check_ordinary(path: FilePath) -> None:
    """Raise OSError for a path that is not allowed, such as a name that is too long, or one of a device or a pipe."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise OSError(errno.EINVAL, "it is a device or a pipe")


def copy_permissions(path: FilePath, temporary: str) -> None:
    """Give a temporary file the permissions of the file at path, if there is one; some file systems have none."""
    with contextlib.suppress(OSError):
        os.chmod(temporary, stat.S_IMODE(os.stat(path).st_mode))


def remove_if_there(path: FilePath) -> None:
    """Remove a file if it is there and the operating system allows it."""
    with contextlib.suppress(OSError):
        os.unlink(path)


def read_arrays(path: FilePath, names: Iterable[str] | None = None, *, among_others: bool = False) -> Arrays:
    """The arrays of an .npz file that have these names, by default all. Half precision is returned as float32.

    Other arrays in the file are refused, because their meaning would be lost; with among_others, they are allowed and
    not read. Raises ValueError if the file is damaged or its arrays have the wrong names, and OSError if it cannot be
    opened.
    """
    with opened(path) as archive:
        names = archive.files if names is None else list(names)
        check_names(archive.files, names, among_others=among_others)
        arrays = {name: archive[name] for name in names}
        # for something that is not an array, NumPy returns its bytes
        check_names([name for name in arrays if isinstance(arrays[name], np.ndarray)], names)
    # half precision is only for files, because arithmetic needs float32
    return {name: array.astype("f4") if array.dtype == "f2" else array for name, array in arrays.items()}


def check_names(found: Iterable[str], names: Iterable[str], *, among_others: bool = False) -> None:
    """Raise ValueError unless arrays of all these names were found, and, unless they are among others, no more."""
    found = list(found)
    names = list(names)
    unknown = [name for name in found if name not in names]
    if unknown and not among_others:
        raise ValueError(f"it also has arrays of unknown meaning: {listed(unknown)}")
    missing = [name for name in names if name not in found]
    if missing:
        raise ValueError(f"it has no array named {listed(missing)}")


def listed(names: list[str]) -> str:
    """The names, or the first few of many."""
    more = [f"and {len(names) - 5} others"] if len(names) > 6 else []
    return ", ".join(names[: 5 if more else None] + more)


def array_names(path: FilePath) -> list[str]:
    """The names of all arrays of an .npz file. Raises ValueError and OSError as `read_arrays` does."""
    with opened(path) as archive:
        return list(archive.files)


@contextlib.contextmanager
def opened(path: FilePath) -> Iterator[np.lib.npyio.NpzFile]:
    """An .npz file that is open for reading. Any error about its contents becomes a ValueError that names it."""
    with open(path, "rb") as file, naming(path):
        if not zipfile.is_zipfile(file):
            raise ValueError("it is not an .npz file")
        file.seek(0)
        with np.load(file, allow_pickle=False) as archive:
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.zip.infolist()):
                raise ValueError("its arrays are compressed")
            yield archive


def packed(description: Mapping[str, Any]) -> np.ndarray:
    """A description that JSON can hold, as an array of bytes that stands beside other arrays in a file.

    Raises ValueError for one that JSON cannot hold, or that would come back from the file as something else.
    """
    try:
        text = json.dumps(description, allow_nan=False)
        comes_back = json.loads(text) == description
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"JSON cannot hold it: {error}") from error
    if not comes_back:
        raise ValueError("JSON would change it: keys must be text, and lists must be lists")
    return np.frombuffer(text.encode(), np.uint8)


def unpacked(array: np.ndarray) -> dict[str, Any]:
    """The description that `packed` made into an array. Raises ValueError if the array is not one."""
    description = json.loads(array.tobytes())
    if not isinstance(description, dict):
        raise ValueError("its description is not a table of names and values")
    return description


@contextlib.contextmanager
def naming(path: FilePath) -> Iterator[None]:
    """Turn any error about the contents of a file into a ValueError that names the file."""
    try:
        yield
    except Exception as error:
        raise ValueError(f"{path} cannot be used: {error}") from error
