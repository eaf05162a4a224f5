"""Named arrays to and from an .npz file: written whole or not at all, and never unpickled."""

import io
import os

import numpy as np


def write_arrays(path: str | os.PathLike, arrays: dict[str, np.ndarray]) -> None:
    """Write named arrays to an .npz file, as `write_file` does."""
    content = io.BytesIO()
    np.savez(content, **arrays)
    write_file(path, content.getbuffer())


def write_file(path: str | os.PathLike, content: bytes | memoryview) -> None:
    """Write to a temporary file beside path, then move it into place in one step.

    Whoever reads path finds the old file or the new one, never half of one. Raises OSError if the folder
    cannot be written to.
    """
    folder, name = os.path.split(os.fspath(path))
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.part")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def read_arrays(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """The arrays of an .npz file. Raises ValueError if it is anything else, FileNotFoundError if absent."""
    from zipfile import BadZipFile
    from zlib import error as zlib_error

    with open(path, "rb") as file:
        try:
            archive = np.load(file, allow_pickle=False)
            if isinstance(archive, np.lib.npyio.NpzFile):
                return {name: archive[name] for name in archive.files}
        except (ValueError, OSError, EOFError, RuntimeError, BadZipFile, zlib_error) as error:
            raise ValueError(f"{path} is not a file of arrays (.npz) that can be read") from error
    raise ValueError(f"{path} holds a single array: a file of named arrays (.npz) was expected")
