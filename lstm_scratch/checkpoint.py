"""All that the rest of a training run depends on, to and from a file: whole or not at all, never unpickled."""

import copy
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from lstm_scratch.files import ArrayFile, Arrays, Header, write_arrays
from lstm_scratch.optimizers import SGD, Adam

# the columns of a history, one row an epoch
COLUMNS = ["epoch", "train_bits", "valid_bits", "grad_norm", "learning_rate"]
Rows = list[list[float]]


def save_checkpoint(
    path: str | Path,
    settings: dict[str, Any],
    rows: Rows,
    rng: np.random.Generator,
    params: Arrays,
    optimizer: SGD | Adam,
    best: Arrays,
) -> None:
    """Write the settings of a run, its history so far, its random generator and its arrays."""
    saved = {"settings": settings, "rows": rows, "rng": rng.bit_generator.state}
    text = json.dumps(saved, default=lambda array: array.tolist())
    write_arrays(path, {"run": np.frombuffer(text.encode(), dtype=np.uint8), **run_arrays(params, optimizer, best)})


def load_checkpoint(
    path: str | Path,
    settings: dict[str, Any],
    rng: np.random.Generator,
    params: Arrays,
    optimizer: SGD | Adam,
    best: Arrays,
) -> Rows:
    """Put generator, parameters, optimizer and best parameters back to where they were; return the history.

    Everything is looked at before anything is changed. Raises ValueError if the file is no checkpoint, belongs to
    a run with other settings, or holds anything but what this run would have written.
    """
    with ArrayFile(path, "a checkpoint of a training run") as file:
        found, rows, rng_state = read_run(file)
        changed = [key for key in settings if found.get(key) != settings[key]]
        if changed:
            raise ValueError(f"{path} belongs to another run: its {', '.join(changed)} differ from this one's")
        check_rows(path, rows, settings["epochs"])
        wanted = {name: Header(array.shape, array.dtype) for name, array in run_arrays(params, optimizer, best).items()}
        file.check_names(["run", *wanted])
        arrays = file.read(wanted)
    try:
        copy.deepcopy(rng).bit_generator.state = rng_state
        optimizer.restore({name: arrays[f"optimizer.{name}"] for name in optimizer.state()})
    except Exception as error:
        raise ValueError(f"{path} is not a checkpoint of this run: {error}") from error
    for part, targets in (("param", params), ("best", best)):
        for name, array in targets.items():
            array[...] = arrays[f"{part}.{name}"]
    rng.bit_generator.state = rng_state
    return rows


def read_run(file: ArrayFile) -> tuple[dict[str, Any], Any, Any]:
    """Settings, history and state of the generator, as they stand in the file."""
    try:
        text = file.read({"run": Header(file.headers["run"].shape, np.dtype(np.uint8))})["run"].tobytes()
        saved = json.loads(text.decode())
        return dict(saved["settings"]), saved["rows"], saved["rng"]
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"{file.path} is not a checkpoint of a training run") from error


def check_rows(path: str | Path, rows: Any, epochs: int) -> None:
    """Raise ValueError unless the rows are those of epochs 1, 2, 3 ..., no more than epochs, in finite numbers."""
    kinds = [int] + [float] * (len(COLUMNS) - 1)
    if not isinstance(rows, list) or len(rows) > epochs:
        raise ValueError(f"{path} is damaged: its history must have at most {epochs} rows, one an epoch")
    for number, row in enumerate(rows, start=1):
        fits = isinstance(row, list) and [type(value) for value in row] == kinds
        if not fits or row[0] != number or not all(map(math.isfinite, row)):
            raise ValueError(f"{path} is damaged: row {number} of its history must hold {', '.join(COLUMNS)}")


def run_arrays(params: Arrays, optimizer: SGD | Adam, best: Arrays) -> Arrays:
    """The arrays of a run: the parameters, what the optimizer remembers, and the best parameters so far."""
    parts = {"param": params, "optimizer": optimizer.state(), "best": best}
    return {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}
