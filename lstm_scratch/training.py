"""The training loop: windows of text in, a better model and the history of how it got there out."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from lstm_scratch.char_model import CharLM
from lstm_scratch.checks import check_array, check_positive, check_sizes
from lstm_scratch.optimizers import SGD, Adam, clip_by_global_norm
from lstm_scratch.storage import read_arrays, write_arrays
from lstm_scratch.text import batches, check_window

OPTIMIZERS = {"adam": Adam, "sgd": SGD}
COLUMNS = ["epoch", "train_bits", "valid_bits", "grad_norm", "learning_rate"]


def train(
    model: CharLM,
    train_text: str,
    valid_text: str,
    *,
    epochs: int,
    batch_size: int,
    seq_length: int,
    learning_rate: float,
    final_learning_rate: float | None = None,
    optimizer: str = "adam",
    clip: float = 1.0,
    rng: int | np.random.Generator = 0,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: bool = True,
    after_epoch: Callable[[int, CharLM], None] | None = None,
) -> pd.DataFrame:
    """Train the model in place; return its history, one row an epoch.

    The text is cut into batch_size contiguous streams, read in windows of seq_length characters, in order:
    the state is carried from window to window and starts empty each epoch. Each epoch begins at a random
    place among the first seq_length characters, so that the windows are cut elsewhere every time.

    optimizer is "adam" or "sgd"; the learning rate falls from learning_rate in a straight line, window by
    window, and reaches final_learning_rate with the last; without one, it stays where it is. Gradients are
    clipped to the global norm `clip`. after_epoch(epoch, model) is called after each epoch, for samples
    along the way.

    The columns: train_bits, the loss while learning, and valid_bits, of the held-out text after the epoch,
    both in bits per character; grad_norm, the mean norm before clipping; learning_rate, at the epoch's end.

    With a checkpoint path, everything is saved after each epoch; with resume=True and the file there,
    training goes on from it as if it had never stopped. Raises ValueError for a text shorter than one
    window, an unknown character, a size or rate that is not positive, or a checkpoint of another run;
    FloatingPointError if the loss or the gradients are no longer finite, which a smaller learning_rate may
    prevent; FileNotFoundError if the checkpoint's folder does not exist.
    """
    check_sizes(epochs=epochs)
    final = learning_rate if final_learning_rate is None else final_learning_rate
    check_positive(learning_rate=learning_rate, final_learning_rate=final, clip=clip)
    learning_rate, final = float(learning_rate), float(final)
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"optimizer must be one of {', '.join(OPTIMIZERS)}, not {optimizer!r}")
    ids = model.vocabulary.encode(train_text)
    model.vocabulary.encode(valid_text)
    if len(valid_text) < 2:
        raise ValueError(f"a held-out text of at least 2 characters is needed, not {len(valid_text)}")
    check_window(len(ids), batch_size, seq_length)
    if checkpoint is not None and not Path(checkpoint).parent.is_dir():
        raise FileNotFoundError(f"there is no folder {Path(checkpoint).parent} to write the checkpoint to")
    rng = np.random.default_rng(rng)
    run = OPTIMIZERS[optimizer](model.params, learning_rate)
    settings = {
        "characters": "".join(model.vocabulary.characters),
        "hidden_size": model.lstm.hidden_size,
        "dtype": str(model.lstm.dtype),
        "train_text": zlib.crc32(train_text.encode("utf-8", "surrogatepass")),
        "valid_text": zlib.crc32(valid_text.encode("utf-8", "surrogatepass")),
        "epochs": int(epochs),
        "batch_size": int(batch_size),
        "seq_length": int(seq_length),
        "learning_rate": learning_rate,
        "final_learning_rate": final,
        "optimizer": optimizer,
        "clip": float(clip),
    }
    rows = []
    if resume and checkpoint is not None and Path(checkpoint).exists():
        rows = load_checkpoint(checkpoint, settings, model, run, rng)

    bar = tqdm(range(len(rows), epochs), initial=len(rows), total=epochs, unit="epoch", disable=not progress)
    for epoch in bar:
        losses, norms, state = [], [], None
        last_start = min(seq_length, len(ids) - batch_size * seq_length)
        windows = list(batches(ids[rng.integers(last_start) :], batch_size, seq_length))
        for number, (inputs, targets) in enumerate(windows, start=1):
            loss, grads, state = model.loss_and_grads(inputs, targets, state)
            norms.append(clip_by_global_norm(grads, clip))
            done = (epoch + number / len(windows)) / epochs
            run.learning_rate = learning_rate + (final - learning_rate) * done
            run.step(grads)
            losses.append(loss)
        train_bits = float(np.mean(losses) / np.log(2))
        valid_bits = model.bits_per_char(valid_text)
        rows.append([epoch + 1, train_bits, valid_bits, float(np.mean(norms)), run.learning_rate])
        bar.set_postfix(train=f"{train_bits:.3f}", held_out=f"{valid_bits:.3f}")
        if checkpoint is not None:
            save_checkpoint(checkpoint, settings, model, run, rng, rows)
        if after_epoch is not None:
            after_epoch(epoch + 1, model)
    return pd.DataFrame(rows, columns=COLUMNS)


def save_checkpoint(path, settings, model, run, rng, rows) -> None:
    """Write all that the rest of the run depends on, whole or not at all."""
    text = json.dumps(
        {"settings": settings, "rows": rows, "rng": rng.bit_generator.state}, default=lambda array: array.tolist()
    )
    write_arrays(path, {"run": np.frombuffer(text.encode(), dtype=np.uint8), **run_arrays(model, run)})


def load_checkpoint(path, settings, model, run, rng) -> list[list[float]]:
    """Put model, optimizer and random generator back where they were; return the history so far.

    Everything is looked at before anything is changed. Raises ValueError if the file is no checkpoint of
    this run.
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
    wanted = run_arrays(model, run)
    if set(arrays) != set(wanted):
        raise ValueError(f"{path} is damaged: {', '.join(sorted(set(arrays) ^ set(wanted)))} missing or unknown")
    for name, array in wanted.items():
        check_array(f"{name} in {path}", arrays[name], array.shape)
    for name, param in model.params.items():
        param[...] = arrays[f"param.{name}"]
    run.restore({name: arrays[f"optimizer.{name}"] for name in run.state()})
    rng.bit_generator.state = rng_state
    return rows


def run_arrays(model, run) -> dict[str, np.ndarray]:
    """The arrays a checkpoint holds: the parameters, and what the optimizer remembers."""
    arrays = {f"param.{name}": param for name, param in model.params.items()}
    return arrays | {f"optimizer.{name}": array for name, array in run.state().items()}
