"""A lock on a file, so that no two runs write to it."""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator

from lstm_scratch.files import FilePath, remove_if_there

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# the errors of a file system that has no locks
NO_LOCKS = errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP


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
