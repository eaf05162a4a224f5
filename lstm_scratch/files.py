"""Atomic writes, and safe loading of untrusted files: arrays to and from .npz, and checkpoints.

An .npz file is a zip archive of .npy files. Nothing in it is ever unpickled. Reading one asks for at most LARGEST_EXPANSION
times the size of the file, and for what an array's header claims: memory that no data fills is not touched.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from lstm_scratch.checks import fit

Arrays = dict[str, np.ndarray]

# A file whose arrays would take more than so many times its own size is refused: ours are not even compressed.
LARGEST_EXPANSION = 10
# how an archive may keep what it holds: as it is, or deflated
COMPRESSIONS = (0, 8)


def write_arrays(path: str | os.PathLike, arrays: Arrays) -> None:
    """Write named arrays to an .npz file, as `write_file` does."""
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    write_file(path, content.getvalue())


def write_file(path: str | os.PathLike, content: bytes) -> None:
    """Write to a temporary file beside path, then move it into place in one step.

    A reader of path finds the old file or the new one, never half of one. Raises OSError, which names path, if the
    disk is full or the folder cannot be written to: the old file is then as it was.
    """
    folder, name = os.path.split(os.fspath(path))
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.part")
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


def read_arrays(path: str | os.PathLike) -> Arrays:
    """All arrays of an .npz file. Raises ValueError if it is damaged or no such file, OSError if it cannot be opened."""
    with open(path, "rb") as file, naming(path):
        with np.load(file, allow_pickle=False) as archive:
            members = archive.zip.infolist()
            claimed = sum(member.file_size for member in members)
            if claimed > LARGEST_EXPANSION * os.fstat(file.fileno()).st_size:
                raise ValueError(f"it claims to hold {claimed:,} bytes, too many for its size")
            if any(member.compress_type not in COMPRESSIONS for member in members):
                raise ValueError("its arrays are neither stored nor deflated, as NumPy does it")
            # half precision is for files: arithmetic needs float32
            return {name: array.astype("f4") if array.dtype == "f2" else array for name, array in archive.items()}


@contextlib.contextmanager
def naming(path: str | os.PathLike) -> Iterator[None]:
    """Turn whatever is wrong with what a file holds into a ValueError that names the file."""
    try:
        yield
    except Exception as error:
        raise ValueError(f"{path} cannot be used: {error}") from error


def check_writable(path: str | os.PathLike) -> None:
    """Raise OSError unless a file can be written at this path: better before the work than after it."""
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path} is a folder: a file was expected")
    with tempfile.TemporaryFile(dir=os.path.dirname(path) or "."):
        pass


def save_checkpoint(
    path: str | os.PathLike, run: dict[str, Any], history: list, rng: np.random.Generator, parts: dict[str, Arrays]
) -> None:
    """Write what a run is, its history, the state of its random generator and its arrays to an .npz file."""
    saved = {"run": run, "history": history, "rng": rng.bit_generator.state}
    text = json.dumps(saved, default=lambda array: array.tolist())
    arrays = {f"{part}.{name}": array for part, of_part in parts.items() for name, array in of_part.items()}
    write_arrays(path, {"saved": np.frombuffer(text.encode(), np.uint8), **arrays})


def load_checkpoint(
    path: str | os.PathLike, run: dict[str, Any], rng: np.random.Generator, like: dict[str, Arrays]
) -> tuple[list, dict[str, Arrays]]:
    """The history and the arrays of a checkpoint, with the shapes and dtypes of those in `like`; sets the generator.

    Raises ValueError if the file is damaged, no checkpoint, or the checkpoint of another run.
    """
    arrays = read_arrays(path)
    with naming(path):
        saved = json.loads(arrays["saved"].tobytes())
        differ = [name for name in run if saved["run"][name] != run[name]]
        if differ:
            raise ValueError(f"it belongs to another run, whose {', '.join(differ)} differ from this one's")
        fit("its history", saved["history"], (len(saved["history"]), 4))
        parts = {
            part: {
                name: fit(name, arrays[f"{part}.{name}"], array.shape, array.dtype) for name, array in of_part.items()
            }
            for part, of_part in like.items()
        }
        rng.bit_generator.state = saved["rng"]
    return saved["history"], parts
