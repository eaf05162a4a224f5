"""The training loop: windows of text in, a better model and the history of how it got there out.

python -m lstm_scratch TEXT        trains on any text file: see --help
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.checkpoint import COLUMNS, Rows, load_checkpoint, save_checkpoint
from lstm_scratch.checks import (
    check_choice,
    check_positive,
    check_rates,
    check_sizes,
    check_text,
    check_type,
    new_generator,
    shorten,
)
from lstm_scratch.epoch import train_epoch
from lstm_scratch.files import Arrays
from lstm_scratch.optimizers import SGD, Adam
from lstm_scratch.text import check_window

if TYPE_CHECKING:
    import pandas as pd

OPTIMIZERS: dict[str, type[SGD] | type[Adam]] = {"adam": Adam, "sgd": SGD}


class Finished(NamedTuple):
    """What the last finished epoch left: the history, and the parameters that the model would end with."""

    rows: Rows
    params: Arrays


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
    dropout: float = 0.0,
    weight_drop: float = 0.0,
    patience: int | None = None,
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

    dropout is the share of h that the output layer does not get to see, weight_drop the share of U that is
    left out, both drawn anew for each window: see `CharLM.loss_and_grads`. With patience, early stopping:
    training ends after that many epochs without a better held-out score, and in any case the model ends
    with the parameters of its best epoch.

    The columns: train_bits, the loss while learning (holes included), and valid_bits, of the held-out text
    after the epoch, both in bits per character; grad_norm, the mean norm before clipping; learning_rate, at
    the end of the epoch.

    With a checkpoint path, everything is saved after each epoch; with resume=True and the file there,
    training goes on from it as if it had never stopped.

    Ctrl-C (or a notebook's stop button) ends the run early: the epoch that was under way is undone, the
    history of the finished ones is returned, history.attrs["interrupted"] is True, and the checkpoint can be
    resumed. Whatever ends a run, the model ends as a finished epoch left it: the best one with patience, the
    last one without.

    Raises ValueError for a text shorter than one window, an unknown character, a size or rate that is not
    positive, or a checkpoint that is damaged or of another run; FloatingPointError, naming epoch and step, if
    the loss, the gradients or the score are no longer finite; OSError if the checkpoint cannot be written.
    """
    # imported here: `import lstm_scratch` costs no more than NumPy
    import pandas as pd
    from tqdm.auto import tqdm

    check_type("a CharLM", model, CharLM)
    check_sizes(epochs=epochs)
    final = learning_rate if final_learning_rate is None else final_learning_rate
    check_positive(learning_rate=learning_rate, final_learning_rate=final, clip=clip)
    check_rates(dropout=dropout, weight_drop=weight_drop)
    if patience is not None:
        check_sizes(patience=patience)
    learning_rate, final = float(learning_rate), float(final)
    check_choice("optimizer must be one of", optimizer, OPTIMIZERS)
    if after_epoch is not None and not callable(after_epoch):
        raise ValueError(f"after_epoch must be a function of epoch and model, not {shorten(after_epoch)}")
    check_text("train_text", train_text)
    check_text("valid_text", valid_text)
    ids = model.vocabulary.encode(train_text)
    model.vocabulary.encode(valid_text)
    if len(valid_text) < 2:
        raise ValueError(f"a held-out text of at least 2 characters is needed, not {len(valid_text)}")
    check_window(len(ids), batch_size, seq_length)
    check_checkpoint(checkpoint, resume)
    rng = new_generator(rng)
    run = OPTIMIZERS[optimizer](model.params, learning_rate)
    settings = {
        "characters": list(model.vocabulary.characters),
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
        "dropout": float(dropout),
        "weight_drop": float(weight_drop),
        "patience": None if patience is None else int(patience),
    }
    done = Finished([], copies(model.params))
    if resume and checkpoint is not None and Path(checkpoint).exists():
        best = {} if patience is None else done.params
        rows = load_checkpoint(checkpoint, settings, rng, model.params, run, best)
        done = Finished(rows, best or copies(model.params))

    interrupted, first = False, len(done.rows)
    bar = tqdm(range(first, epochs), initial=first, total=epochs, unit="epoch", disable=not progress)
    try:
        for epoch in bar:
            if patience is not None and epochs_since_best(done.rows) >= patience:
                break
            rows = [*done.rows, train_epoch(model, run, rng, epoch, ids, valid_text, settings)]
            keep = patience is None or epochs_since_best(rows) == 0
            params = copies(model.params) if keep else done.params
            if checkpoint is not None:
                save_checkpoint(checkpoint, settings, rows, rng, model.params, run, {} if patience is None else params)
            # in one go: an interruption finds the epoch finished or not begun
            done = Finished(rows, params)
            bar.set_postfix(train=f"{rows[-1][1]:.3f}", held_out=f"{rows[-1][2]:.3f}")
            if after_epoch is not None:
                after_epoch(epoch + 1, model)
    except KeyboardInterrupt:
        interrupted = True
    except FloatingPointError as error:
        advice = f"a smaller learning_rate than {learning_rate:g}, or a smaller clip than {clip:g}, may help"
        raise FloatingPointError(f"{error}; {advice} (the model is as {name_epoch(done, patience)})") from error
    finally:
        bar.close()
        for name, param in model.params.items():
            param[...] = done.params[name]
    if interrupted:
        print(f"interrupted after {len(done.rows)} of {epochs} epochs: the model is as {name_epoch(done, patience)}")
    history = pd.DataFrame(done.rows, columns=COLUMNS)
    history.attrs["interrupted"] = interrupted
    return history


def copies(arrays: Arrays) -> Arrays:
    """The arrays as they are now."""
    return {name: array.copy() for name, array in arrays.items()}


def name_epoch(done: Finished, patience: int | None) -> str:
    """Which epoch the parameters come from, for a sentence."""
    if not done.rows:
        return "it was given"
    back = 0 if patience is None else epochs_since_best(done.rows)
    return f"epoch {len(done.rows) - back} left it"


def check_checkpoint(checkpoint: str | Path | None, resume: bool) -> None:
    """Raise ValueError or OSError unless the checkpoint can be written later: better now than after an epoch."""
    if checkpoint is None:
        if resume:
            raise ValueError("resume=True needs a checkpoint to go on from: none was named")
        return
    # fspath: its TypeError says the same on every Python
    folder = Path(os.fspath(checkpoint)).parent
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder} to write the checkpoint to")
    if Path(checkpoint).is_dir():
        raise IsADirectoryError(f"the checkpoint {checkpoint} is a folder: a file was expected")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"the folder {folder} cannot be written to: the checkpoint must lie elsewhere")


def epochs_since_best(rows: Rows) -> int:
    """How many epochs ago the held-out score was at its best."""
    scores = [row[COLUMNS.index("valid_bits")] for row in rows]
    return len(scores) - 1 - scores.index(min(scores)) if scores else 0
