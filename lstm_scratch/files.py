"""Atomic writes, locks, and safe loading of untrusted files: named arrays to and from .npz, a zip of .npy files.

Nothing is ever unpickled. Compressed arrays are refused, so the arrays that are read fill no more bytes of memory than
their file has, or twice that number in half precision. A forged header can make NumPy reserve more memory, but nothing
is written into it.
"""

import contextlib
import errno
import io
import os
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

Arrays = dict[str, np.ndarray]
FilePath = str | os.PathLike
# the errors of a file system that has no locks
NO_LOCKS = errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP


def write_arrays(path: FilePath, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays to an .npz file, atomically. Raises OSError as `write_file` does."""
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    write_file(path, content.getvalue())


def write_file(path: FilePath, content: bytes) -> None:
    """Write to a temporary file next to path, then move it into place in one step.

    A reader finds the old file or the new one, never half of one. Raises OSError, which names path, if the file cannot
    be written; the old file is then unchanged.
    """
    with temporary_beside(path) as temporary:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)


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
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.part")
    try:
        yield temporary
    except OSError as error:
        reason = f"{error.strerror}: the file could not be written, and is as it was before"
        raise OSError(error.errno, reason, os.fspath(path)) from error
    finally:
        remove_if_there(temporary)


@contextlib.contextmanager
def locked(path: FilePath) -> Iterator[None]:
    """Within this context, no other process holds the lock of this file; if two wrote to it, work would be lost.

    The lock is on a small file next to path, which is removed afterwards. It is a lock of the operating system, so it
    ends with the process that holds it, even if that process is killed; the small file that is then left behind locks
    nothing. Raises BlockingIOError at once if another process holds the lock. On a file system that has no locks,
    nothing is locked.
    """
    folder, name = os.path.split(os.path.realpath(path))
    beside = os.path.join(folder, f".{name}.lock")
    try:
        descriptor = open_and_lock(beside)
    except BlockingIOError as error:
        reason = "another run is writing to this file: wait until it has ended, or name another file"
        raise BlockingIOError(error.errno, reason, os.fspath(path)) from error
    try:
        yield
    finally:
        # removed while we hold the lock, so that we never remove somebody else's; Windows cannot remove an open file
        if sys.platform != "win32":
            remove_if_there(beside)
        os.close(descriptor)
        if sys.platform == "win32":
            remove_if_there(beside)


def open_and_lock(path: FilePath) -> int:
    """Open and lock a file; return its descriptor. The file is locked until the descriptor is closed.

    Raises BlockingIOError if another process has locked the file.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            lock_descriptor(descriptor)
            # whoever held the lock before may have removed the file that we opened, and then our lock keeps nobody out
            if is_open_file(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def lock_descriptor(descriptor: int) -> None:
    """Lock an open file, without waiting. Raises BlockingIOError if another process has locked it."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except PermissionError as error:
        # Windows raises this for a file that is locked
        raise BlockingIOError(*error.args) from error
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise


def is_open_file(descriptor: int, path: FilePath) -> bool:
    """Whether the file at this path is the one that is open as this descriptor."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def remove_if_there(path: FilePath) -> None:
    """Remove a file if it is there and the operating system allows it."""
    with contextlib.suppress(OSError):
        os.unlink(path)


def read_arrays(path: FilePath, names: Iterable[str], *, among_others: bool = False) -> Arrays:
    """The arrays of an .npz file, which must have these names. Half precision is returned as float32.

    Other arrays in the file are refused, because their meaning would be lost; with among_others, they are allowed and
    not read. Raises ValueError if the file is damaged or its arrays have the wrong names, and OSError if it cannot be
    opened.
    """
    names = list(names)
    with open(path, "rb") as file, naming(path):
        if not zipfile.is_zipfile(file):
            raise ValueError("it is not an .npz file")
        file.seek(0)
        with np.load(file, allow_pickle=False) as archive:
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.zip.infolist()):
                raise ValueError("its arrays are compressed")
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
