"""Named arrays to and from an .npz file: written whole or not at all, and read with mistrust.

An .npz file is a zip archive of .npy files. Nothing in it is ever unpickled, and no memory is asked for before the
archive's table of contents and the header of every array have been found to be as they should.
"""

import contextlib
import io
import math
import os
import time
import warnings
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from lstm_scratch.checks import check_array

Arrays = dict[str, np.ndarray]

# Arrays that would take more than so many times the space of their file are a trap: ours are not even compressed.
LARGEST_EXPANSION = 10
# The header that NumPy writes is 128 bytes long; for long ones the parser may need a thousand times their length.
LONGEST_HEADER = 500
# how an archive may keep what it holds: as it is, or compressed in the way of gzip
ZIP_STORED, ZIP_DEFLATED = 0, 8
# A temporary file this many seconds old was left behind by a writer that was killed.
LEFT_OVER = 3600


class Header(NamedTuple):
    """What a file says of an array before it is read."""

    shape: tuple[int, ...]
    dtype: np.dtype


def write_arrays(path: str | os.PathLike, arrays: Arrays) -> None:
    """Write named arrays to an .npz file, as `write_file` does."""
    # in memory first: then nothing but the disk can stop the writing of the file
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    # given back at once: an error that lives on would keep the view, and closing what it looks into would fail
    with content.getbuffer() as view:
        write_file(path, view)


def write_file(path: str | os.PathLike, content: bytes | memoryview) -> None:
    """Write to a temporary file beside path, then move it into place in one step.

    Whoever reads path finds the old file or the new one, never half of one. Raises OSError, which names path, if
    the disk is full or the folder cannot be written to: the old file is then as it was.
    """
    folder, name = os.path.split(os.fspath(path))
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.part")
    remove_leftovers(folder or ".", name)
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        reason = f"{error.strerror}: the file could not be written, and is as it was before"
        raise OSError(error.errno, reason, os.fspath(path)) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def remove_leftovers(folder: str, name: str) -> None:
    """Remove the temporary files of writers that were killed. A young one may still be being written."""
    with contextlib.suppress(OSError):
        for other in os.listdir(folder):
            path = os.path.join(folder, other)
            ours = other.startswith(f".{name}.") and other.endswith(".part")
            if ours and time.time() - os.path.getmtime(path) > LEFT_OVER:
                os.unlink(path)


class ArrayFile:
    """An .npz file, open for reading: `headers` holds what it says of its arrays.

    kind, as in "a model", is what the file should be: the sentences name it. Raises OSError if the file cannot be
    opened; ValueError if it is no .npz file, an array is in it twice or does not fit its header, or all of them
    would take more than LARGEST_EXPANSION times the size of the file.
    """

    def __init__(self, path: str | os.PathLike, kind: str) -> None:
        self.path, self.kind = path, kind
        self.headers: dict[str, Header] = {}
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(open(path, "rb"))
            if file.read(6) == b"\x93NUMPY":
                raise ValueError(f"{path} holds a single array: a file of named arrays (.npz) was expected")
            with self._refusing("its table of contents"):
                # not at the top: importing the package should cost no more than NumPy
                from zipfile import ZipFile

                self._archive = stack.enter_context(ZipFile(file))
            self._read_headers(os.fstat(file.fileno()).st_size)
            self._open = stack.pop_all()

    def __enter__(self) -> "ArrayFile":
        return self

    def __exit__(self, *exception: object) -> None:
        self._open.close()

    def _read_headers(self, size: int) -> None:
        """Fill `headers`: look at every array, and let in none."""
        total = 0
        for member in self._archive.infolist():
            name = member.filename.removesuffix(".npy")
            total += member.file_size
            if total > LARGEST_EXPANSION * size:
                claim = f"{name} in {self.path} claims to hold {member.file_size:,} bytes"
                raise ValueError(f"{claim}: that is absurd in a file of {size:,} bytes")
            if name in self.headers or member.filename == name:
                raise ValueError(f"{self.path} is not {self.kind}: {name} is in it twice, or is no array (.npy)")
            if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                # others may ask for gigabytes before they give a single byte
                raise ValueError(f"{name} in {self.path} is neither stored nor deflated, as NumPy does it")
            with self._refusing(name), self._archive.open(member) as array:
                if np.lib.format.read_magic(array) != (1, 0):
                    raise ValueError("not in version 1.0 of NumPy's format")
                shape, _, dtype = np.lib.format.read_array_header_1_0(array, max_header_size=LONGEST_HEADER)
                if dtype.hasobject:
                    raise ValueError("Python objects, which are never unpickled")
                start = array.tell()
            self.headers[name] = Header(shape, dtype.newbyteorder("="))
            claimed = math.prod(shape) * dtype.itemsize
            if min(shape, default=0) < 0 or start + claimed != member.file_size:
                claim = f"{name} in {self.path} claims shape {shape} of {dtype}"
                raise ValueError(f"{claim}: {claimed:,} bytes, but the file has {member.file_size - start:,}")

    def check_names(self, names: Iterable[str]) -> None:
        """Raise ValueError unless the file holds arrays of these names and no others."""
        wanted = list(names)
        missing = [name for name in wanted if name not in self.headers]
        if missing:
            raise ValueError(f"{self.path} is not {self.kind}: it has no array named {', '.join(missing)}")
        unknown = [name for name in self.headers if name not in wanted]
        if unknown:
            raise ValueError(f"{self.path} is not {self.kind}: it has unknown arrays, named {', '.join(unknown)}")

    def read(self, expected: dict[str, Header]) -> Arrays:
        """The arrays of these names. Raises ValueError if one is of another shape or dtype, damaged or not finite."""
        for name, (shape, dtype) in expected.items():
            if self.headers[name].shape != shape:
                raise ValueError(f"{name} in {self.path} must have shape {shape}, not {self.headers[name].shape}")
            if self.headers[name].dtype != dtype:
                raise ValueError(f"{name} in {self.path} must hold {dtype} numbers, not {self.headers[name].dtype}")
        arrays = {}
        for name, (shape, _) in expected.items():
            with self._refusing(name), self._archive.open(f"{name}.npy") as file:
                arrays[name] = np.lib.format.read_array(file, allow_pickle=False, max_header_size=LONGEST_HEADER)
            check_array(f"{name} in {self.path}", arrays[name], shape)
        return arrays

    @contextlib.contextmanager
    def _refusing(self, part: str) -> Iterator[None]:
        """Whatever a damaged file makes zipfile and NumPy raise becomes a ValueError."""
        try:
            with warnings.catch_warnings():
                # what NumPy would only warn of, we have not written
                warnings.simplefilter("error")
                yield
        except Exception as error:
            sentence = f"{self.path} is not a file of arrays (.npz) that can be read: {part} is damaged ({error})"
            raise ValueError(sentence) from error
