"""Atomic writes, and safe loading of untrusted files: named arrays to and from .npz, a zip archive of .npy files.

Nothing is ever unpickled. Compressed arrays are refused, so what is read fills no more memory than its file has bytes,
or twice that in half precision. (A forged header can make NumPy reserve more, but nothing is written into it.)
"""

import contextlib
import io
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

Arrays = dict[str, np.ndarray]
FilePath = str | os.PathLike


def write_arrays(path: FilePath, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays to an .npz file, as `write_file` does."""
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
    """Raise OSError unless a file can be written at this path: to be called before long work, not after it."""
    if not os.path.basename(path) or os.path.exists(path) and not os.path.isfile(path):
        raise IsADirectoryError(f"{path} is a folder: a file was expected")
    with temporary_beside(path) as temporary, open(temporary, "wb"):
        pass


@contextlib.contextmanager
def temporary_beside(path: FilePath) -> Iterator[str]:
    """A path in the same folder, for a file that is gone afterwards. An OSError inside the context names path."""
    folder, name = os.path.split(os.fspath(path))
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.part")
    try:
        yield temporary
    except OSError as error:
        reason = f"{error.strerror}: the file could not be written, and is as it was before"
        raise OSError(error.errno, reason, os.fspath(path)) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def read_arrays(path: FilePath, names: Iterable[str]) -> Arrays:
    """The arrays of an .npz file, which must have these names.

    Raises ValueError if it is damaged, or has other names, too, for what they mean would be lost; OSError if it cannot
    be opened.
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
            if unknown:
                raise ValueError(f"it also has arrays of unknown meaning: {', '.join(unknown)}")
            arrays = {name: archive[name] for name in names if name in archive}
        # NumPy returns the bytes of what is not an array
        missing = [name for name in names if not isinstance(arrays.get(name), np.ndarray)]
        if missing:
            raise ValueError(f"it has no array named {', '.join(missing)}")
    # half precision is for files: arithmetic needs float32
    return {name: array.astype("f4") if array.dtype == "f2" else array for name, array in arrays.items()}


@contextlib.contextmanager
def naming(path: FilePath) -> Iterator[None]:
    """Turn any error about the contents of a file into a ValueError that names the file."""
    try:
        yield
    except Exception as error:
        raise ValueError(f"{path} cannot be used: {error}") from error
