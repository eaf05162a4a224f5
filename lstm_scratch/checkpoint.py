"""A checkpoint: what a run is, how far it has come, and the arrays it continues from."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lstm_scratch.files import Arrays, FilePath, naming, read_arrays, write_arrays


def write_checkpoint(
    path: FilePath, identity: Mapping[str, Any], progress: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> None:
    """Write a checkpoint to an .npz file, atomically. identity and progress consist of what JSON can hold.

    Raises OSError if the file cannot be written; an older one is then unchanged.
    """
    about = {"run": dict(identity), **progress}
    # some generators hold arrays
    text = json.dumps(about, default=lambda array: array.tolist())
    write_arrays(path, {"about": np.frombuffer(text.encode(), np.uint8), **arrays})


def read_checkpoint(path: FilePath, identity: Mapping[str, Any], names: Iterable[str]) -> tuple[dict[str, Any], Arrays]:
    """The progress and the arrays of these names that `write_checkpoint` wrote for a run of the same identity.

    Raises ValueError if the file is damaged or belongs to another run, OSError if it cannot be opened.
    """
    arrays = read_arrays(path, ["about", *names])
    with naming(path):
        progress = json.loads(arrays.pop("about").tobytes())
        saved = progress.pop("run")
        differing = [name for name in {**identity, **saved} if identity.get(name) != saved.get(name)]
        if differing:
            raise ValueError(f"it belongs to another run, whose {', '.join(differing)} differ from this one's")
    return progress, arrays


def read_about(path: FilePath) -> dict[str, Any]:
    """What a checkpoint says about its run, without its arrays: its identity as "run", its note and its progress.

    Raises ValueError if the file is no checkpoint or damaged, OSError if it cannot be opened.
    """
    arrays = read_arrays(path, ["about"], among_others=True)
    with naming(path):
        about = json.loads(arrays["about"].tobytes())
        if not isinstance(about, dict):
            raise ValueError("it says nothing about a run")
    return about
