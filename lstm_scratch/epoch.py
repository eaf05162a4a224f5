"""One epoch of training: once through the text, window by window, and a score on the held-out text."""

from typing import Any

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.optimizers import SGD, Adam, clip_by_global_norm, dropout_mask
from lstm_scratch.text import batches


def train_epoch(
    model: CharLM,
    optimizer: SGD | Adam,
    rng: np.random.Generator,
    epoch: int,
    ids: np.ndarray,
    valid_text: str,
    settings: dict[str, Any],
) -> list[float]:
    """Train on all ids (N,) once, in place, and return the row of the history: see `training.train`.

    epoch counts from 0. Raises FloatingPointError, which names the step, if something is no longer finite.
    """
    batch_size, seq_length, epochs = settings["batch_size"], settings["seq_length"], settings["epochs"]
    start_rate, final_rate = settings["learning_rate"], settings["final_learning_rate"]
    losses, norms, state = [], [], None
    last_start = min(seq_length, len(ids) - batch_size * seq_length)
    windows = list(batches(ids[rng.integers(last_start) :], batch_size, seq_length))
    where = ""
    try:
        # numbers that grow too large show in the loss, which is looked at: no need for a warning on the way
        with np.errstate(over="ignore", invalid="ignore"):
            for number, (inputs, targets) in enumerate(windows, start=1):
                where = f"step {number} of {len(windows)}"
                masks = draw_masks(rng, model, inputs.shape, settings["dropout"], settings["weight_drop"])
                loss, grads, state = model.loss_and_grads(inputs, targets, state, **masks)
                norms.append(clip_by_global_norm(grads, settings["clip"]))
                done = (epoch + number / len(windows)) / epochs
                optimizer.learning_rate = start_rate + (final_rate - start_rate) * done
                optimizer.step(grads)
                losses.append(loss)
            where = "after its last step"
            for name, array in {**model.params, **optimizer.state()}.items():
                if not np.isfinite(array).all():
                    raise FloatingPointError(f"{name} is not finite: the steps were too large")
            where = "held-out text"
            valid_bits = model.bits_per_char(valid_text)
    except FloatingPointError as error:
        raise FloatingPointError(f"epoch {epoch + 1}, {where}: {error}") from error
    train_bits = float(np.mean(losses) / np.log(2))
    return [epoch + 1, train_bits, valid_bits, float(np.mean(norms)), optimizer.learning_rate]


def draw_masks(
    rng: np.random.Generator, model: CharLM, shape: tuple[int, int], dropout: float, weight_drop: float
) -> dict[str, np.ndarray]:
    """The masks of one window of this shape (T, B), for `CharLM.loss_and_grads`: none at a rate of 0."""
    masks, H, dtype = {}, model.lstm.hidden_size, model.lstm.dtype
    if dropout:
        masks["h_mask"] = dropout_mask(rng, (*shape, H), dropout, dtype)
    if weight_drop:
        masks["U_mask"] = dropout_mask(rng, (4 * H, H), weight_drop, dtype)
    return masks
