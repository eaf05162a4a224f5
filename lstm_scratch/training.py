"""The training loop: windows of text in, a better model and the history of how it got there out.

python -m lstm_scratch.training TEXT        trains on any text file: see --help
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from lstm_scratch.char_model import CharLM
from lstm_scratch.checkpoint import load_checkpoint, run_arrays, save_checkpoint
from lstm_scratch.checks import check_positive, check_rates, check_sizes
from lstm_scratch.optimizers import SGD, Adam, clip_by_global_norm, dropout_mask
from lstm_scratch.text import Vocabulary, batches, check_window, read_text, split_text, without_gutenberg_notices

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
    training goes on from it as if it had never stopped. Raises ValueError for a text shorter than one
    window, an unknown character, a size or rate that is not positive, or a checkpoint of another run;
    FloatingPointError if the loss or the gradients are no longer finite, which a smaller learning_rate may
    prevent; FileNotFoundError if the checkpoint's folder does not exist.
    """
    check_sizes(epochs=epochs)
    final = learning_rate if final_learning_rate is None else final_learning_rate
    check_positive(learning_rate=learning_rate, final_learning_rate=final, clip=clip)
    check_rates(dropout=dropout, weight_drop=weight_drop)
    if patience is not None:
        check_sizes(patience=patience)
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
        "dropout": float(dropout),
        "weight_drop": float(weight_drop),
        "patience": None if patience is None else int(patience),
    }
    best = {} if patience is None else {name: param.copy() for name, param in model.params.items()}
    rows = []
    if resume and checkpoint is not None and Path(checkpoint).exists():
        rows, saved = load_checkpoint(checkpoint, settings, rng, run_arrays(model.params, run, best))
        for part, arrays in (("param", model.params), ("best", best)):
            for name, array in arrays.items():
                array[...] = saved[f"{part}.{name}"]
        run.restore({name: saved[f"optimizer.{name}"] for name in run.state()})

    bar = tqdm(range(len(rows), epochs), initial=len(rows), total=epochs, unit="epoch", disable=not progress)
    for epoch in bar:
        if patience is not None and epochs_since_best(rows) >= patience:
            break
        losses, norms, state = [], [], None
        last_start = min(seq_length, len(ids) - batch_size * seq_length)
        windows = list(batches(ids[rng.integers(last_start) :], batch_size, seq_length))
        for number, (inputs, targets) in enumerate(windows, start=1):
            loss, grads, state = model.loss_and_grads(
                inputs, targets, state, **draw_masks(rng, model, inputs.shape, dropout, weight_drop)
            )
            norms.append(clip_by_global_norm(grads, clip))
            done = (epoch + number / len(windows)) / epochs
            run.learning_rate = learning_rate + (final - learning_rate) * done
            run.step(grads)
            losses.append(loss)
        train_bits = float(np.mean(losses) / np.log(2))
        valid_bits = model.bits_per_char(valid_text)
        rows.append([epoch + 1, train_bits, valid_bits, float(np.mean(norms)), run.learning_rate])
        bar.set_postfix(train=f"{train_bits:.3f}", held_out=f"{valid_bits:.3f}")
        if epochs_since_best(rows) == 0:
            for name, array in best.items():
                array[...] = model.params[name]
        if checkpoint is not None:
            save_checkpoint(checkpoint, settings, rows, rng, run_arrays(model.params, run, best))
        if after_epoch is not None:
            after_epoch(epoch + 1, model)
    bar.close()
    for name, array in best.items():
        model.params[name][...] = array
    return pd.DataFrame(rows, columns=COLUMNS)


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


def epochs_since_best(rows: list[list[float]]) -> int:
    """How many epochs ago the held-out score was at its best."""
    scores = [row[COLUMNS.index("valid_bits")] for row in rows]
    return len(scores) - 1 - scores.index(min(scores)) if scores else 0


def main(arguments: list[str] | None = None) -> None:
    """Train on a text file: the command `python -m lstm_scratch.training`."""
    parser = argparse.ArgumentParser(prog="python -m lstm_scratch.training", description=main.__doc__.split(":")[0])
    parser.add_argument("text", help="a UTF-8 text file; Project Gutenberg's own header and footer are cut off")
    for name, default, meaning in (
        ("hidden-size", 128, "number of hidden units"),
        ("epochs", 30, "times to go through the text"),
        ("batch-size", 32, "streams the text is cut into"),
        ("seq-length", 64, "characters in a window"),
        ("seed", 0, "seed of the random numbers"),
        ("sample", 300, "characters to write at the end"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{meaning} (%(default)s)")
    for name, default, meaning in (
        ("learning-rate", 3e-3, "learning rate at the start"),
        ("final-learning-rate", 1e-5, "and at the end"),
        ("dropout", 0.0, "share of h hidden from the output layer while learning"),
        ("weight-drop", 0.0, "share of U left out while learning"),
        ("held-out", 0.05, "share of the text, its end, that is kept for scoring"),
    ):
        parser.add_argument(f"--{name}", type=float, default=default, help=f"{meaning} (%(default)s)")
    parser.add_argument("--patience", type=int, help="stop after so many epochs without a better held-out score")
    parser.add_argument("--model", default="model.npz", help="file to write the best model to (%(default)s)")
    parser.add_argument("--float16", action="store_true", help="write it with half the digits, in half the space")
    parser.add_argument("--checkpoint", help="file to keep the run in after each epoch")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint, if there is one")
    options = parser.parse_args(arguments)
    try:
        run_command(options)
    except (ValueError, OSError, FloatingPointError) as error:
        parser.exit(1, f"{error}\n")


def run_command(options: argparse.Namespace) -> None:
    """What the command does, once its options are read."""
    if options.resume and options.checkpoint is None:
        raise ValueError("--resume needs to know from where: name the file with --checkpoint")
    if not Path(options.model).parent.is_dir():
        raise FileNotFoundError(f"there is no folder {Path(options.model).parent} to write the model to")
    text = without_gutenberg_notices(read_text(options.text))
    train_text, valid_text = split_text(text, options.held_out)
    model = CharLM(Vocabulary.from_text(text), options.hidden_size, rng=options.seed)
    numbers = sum(param.size for param in model.params.values())
    print(
        f"{len(train_text):,} characters to learn from, {len(valid_text):,} held out, {len(model.vocabulary)} different"
    )
    print(f"{numbers:,} parameters")
    names = ("epochs", "batch_size", "seq_length", "learning_rate", "final_learning_rate")
    settings = {name: getattr(options, name) for name in (*names, "dropout", "weight_drop", "checkpoint", "resume")}
    patience = options.epochs if options.patience is None else options.patience
    history = train(model, train_text, valid_text, **settings, patience=patience, rng=options.seed)
    model.save(options.model, dtype=np.float16 if options.float16 else None)
    best = history.loc[history["valid_bits"].idxmin()]
    print(f"best after epoch {best['epoch']:.0f}: {best['valid_bits']:.4f} bits per character, held out")
    print(f"written to {options.model}; a sample:\n")
    prompt = valid_text[:100]
    print(prompt + "|" + CharLM.load(options.model).sample(prompt, options.sample, temperature=0.7, rng=options.seed))


if __name__ == "__main__":
    main()
