"""All that the rest of a training run depends on, to and from a file: whole or not at all, never unpickled."""

import json
from pathlib import Path

import numpy as np

from lstm_scratch.checks import check_array
from lstm_scratch.optimizers import SGD, Adam, Arrays
from lstm_scratch.storage import read_arrays, write_arrays


def save_checkpoint(
    path: str | Path, settings: dict, rows: list[list[float]], rng: np.random.Generator, arrays: Arrays
) -> None:
    """Write the settings of a run, its history so far, its random generator and its arrays."""
    saved = {"settings": settings, "rows": rows, "rng": rng.bit_generator.state}
    text = json.dumps(saved, default=lambda array: array.tolist())
    write_arrays(path, {"run": np.frombuffer(text.encode(), dtype=np.uint8), **arrays})


def load_checkpoint(
    path: str | Path, settings: dict, rng: np.random.Generator, wanted: Arrays
) -> tuple[list[list[float]], Arrays]:
    """The history and the arrays that were saved; the generator is put back where it was.

    Everything is looked at before anything is changed. Raises ValueError if the file is no checkpoint of
    this run, or its arrays are not of the shapes of those wanted.
    """
    arrays = read_arrays(path)
    try:
        saved = json.loads(arrays.pop("run").tobytes().decode())
        found, rows, rng_state = saved["settings"], saved["rows"], saved["rng"]
    except (KeyError, ValueError, TypeError) as error:
        raise ValueError(f"{path} is not a checkpoint of a training run") from error
    changed = [key for key in settings if found.get(key) != settings[key]]
    if changed:
        raise ValueError(f"{path} belongs to another run: its {', '.join(changed)} differ from this one's")
    if set(arrays) != set(wanted):
        raise ValueError(f"{path} is damaged: {', '.join(sorted(set(arrays) ^ set(wanted)))} missing or unknown")
    for name, array in wanted.items():
        check_array(f"{name} in {path}", arrays[name], array.shape)
    rng.bit_generator.state = rng_state
    return rows, arrays


def run_arrays(params: Arrays, optimizer: SGD | Adam, best: Arrays) -> Arrays:
    """The arrays of a run: the parameters, what the optimizer remembers, and the best parameters so far."""
    parts = {"param": params, "optimizer": optimizer.state(), "best": best}
    return {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}
