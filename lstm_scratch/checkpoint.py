"""A checkpoint: what a run is, how far it has come, and the arrays it continues from."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lstm_scratch.files import Arrays, FilePath, naming, read_arrays, write_arrays


def write_checkpoint(
    path: FilePath, identity: Mapping[str, Any], progress: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> None:
    """Write a checkpoint to an .npz file, atomically. identity and progress may contain all that JSON can hold.

    Raises OSError if the file cannot be written; an older file is then unchanged.
    """
    about = {"run": dict(identity), **progress}
    # the state of some random generators contains arrays
    text = json.dumps(about, default=lambda array: array.tolist())
    write_arrays(path, {"about": np.frombuffer(text.encode(), np.uint8), **arrays})


def read_checkpoint(path: FilePath, identity: Mapping[str, Any], names: Iterable[str]) -> tuple[dict[str, Any], Arrays]:
    """The progress and the arrays of these names that `write_checkpoint` wrote for a run of the same identity.

    Raises ValueError if the file is damaged or belongs to another run, and OSError if it cannot be opened.
    """
    arrays = read_arrays(path, ["about", *names])
    with naming(path):
        progress = json.loads(arrays.pop("about").tobytes())
        saved = progress.pop("run")
        differing = [name for name in {**identity, **saved} if identity.get(name) != saved.get(name)]
        if differing:
            raise ValueError(f"it belongs to another run, which differs from this one in {', '.join(differing)}")
    return progress, arrays


def read_about(path: FilePath) -> dict[str, Any]:
    """A checkpoint's description of its run, without the arrays: its identity under "run", its note and its progress.

    Raises ValueError if the file is damaged or not a checkpoint, and OSError if it cannot be opened.
    """
    arrays = read_arrays(path, ["about"], among_others=True)
    with naming(path):
        about = json.loads(arrays["about"].tobytes())
        if not isinstance(about, dict):
            raise ValueError("it does not describe a training run")
    return about
