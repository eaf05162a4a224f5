"""Trains a model on windows of text and returns its history."""

import json
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.checks import Parameters, check_positive, fit
from lstm_scratch.files import FilePath, check_writable, naming, read_arrays, write_arrays
from lstm_scratch.layer import Rng
from lstm_scratch.optimizers import SGD, Adam, clip_by_global_norm
from lstm_scratch.text import batches, check_window

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["epoch", "train_bits", "valid_bits", "grad_norm", "learning_rate"]
OPTIMIZERS: dict[str, type[SGD] | type[Adam]] = {"adam": Adam, "sgd": SGD}


@dataclass(frozen=True)
class Run:
    """What a training run is. A checkpoint remembers it: only epochs and patience may differ when it is resumed.

    The learning rate falls in a straight line to final_learning_rate, if there is one; gradients are clipped to the
    norm `clip`. With patience, training stops after that many epochs without a better held-out score.
    """

    epochs: int
    batch_size: int
    seq_length: int
    learning_rate: float
    final_learning_rate: float | None = None
    optimizer: str = "adam"
    clip: float = 1.0
    dropout: float = 0.0
    weight_drop: float = 0.0
    patience: int | None = None

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "seq_length", "learning_rate", "final_learning_rate", "clip", "patience"):
            if getattr(self, name) is not None:
                check_positive(**{name: getattr(self, name)})

    def learning_rate_after(self, epochs: float) -> float:
        """The learning rate after so many epochs, fractions included."""
        final = self.learning_rate if self.final_learning_rate is None else self.final_learning_rate
        return self.learning_rate + (final - self.learning_rate) * (epochs / self.epochs)


def train(
    model: CharLM,
    train_text: str,
    valid_text: str,
    *,
    rng: Rng = 0,
    checkpoint: FilePath | None = None,
    resume: bool = False,
    progress: bool = True,
    after_epoch: Callable[[int, CharLM], None] | None = None,
    **settings: Any,
) -> "pd.DataFrame":
    """Train the model in place; return its history, one row an epoch.

    settings are the fields of `Run`: epochs, batch_size, seq_length and learning_rate are required.

    The text is cut into batch_size contiguous streams, read in order in windows of seq_length characters. The state
    is carried from window to window and starts empty each epoch. Each epoch begins at a random place among the first
    seq_length characters, so that the windows differ. after_epoch(epoch, model) is called after each epoch.

    The columns: train_bits, the loss while learning (dropout included), and valid_bits, of the held-out text, both in
    bits per character; grad_norm, the mean norm before clipping; learning_rate, at the end of the epoch.

    With a checkpoint path, everything is saved after each epoch; with resume=True, training goes on from there as if
    it had never stopped, also to more epochs than at first. Ctrl-C ends the run early, with
    history.attrs["interrupted"] True. However it ends, the model is as a finished epoch left it: the best one with
    patience, the latest without.

    Raises ValueError for a text shorter than one window, an unknown character, a setting out of range, or a
    checkpoint that is damaged or of another run; FloatingPointError if the loss, the gradients or the score are no
    longer finite; OSError if the checkpoint cannot be read or written.
    """
    # imported here: `import lstm_scratch` loads NumPy alone
    import pandas as pd
    from tqdm.auto import tqdm

    trainer = Trainer(model, train_text, valid_text, Run(**settings), np.random.default_rng(rng))
    if resume:
        if checkpoint is None:
            raise ValueError("to resume, the path of a checkpoint is needed")
        trainer.resume(checkpoint)
    if checkpoint is not None:
        check_writable(checkpoint)
    first, epochs, interrupted = len(trainer.history), trainer.run.epochs, False
    bar = tqdm(range(first, epochs), initial=first, total=epochs, unit="epoch", disable=not progress)
    try:
        for epoch in bar:
            if trainer.is_out_of_patience():
                break
            row = trainer.train_epoch(epoch)
            if checkpoint is not None:
                trainer.save(checkpoint)
            bar.set_postfix(train=f"{row['train_bits']:.3f}", held_out=f"{row['valid_bits']:.3f}")
            if after_epoch is not None:
                after_epoch(epoch + 1, model)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        bar.close()
        model.params.update(trainer.best if trainer.run.patience else trainer.latest)
    if interrupted:
        print(f"interrupted: the model is as epoch {trainer.kept_epoch()} of {epochs} left it")
    history = pd.DataFrame(trainer.history, columns=COLUMNS)
    history.attrs["interrupted"] = interrupted
    return history


class Trainer:
    """A training run in progress. latest and best are copies of the parameters after the last and the best epoch."""

    def __init__(self, model: CharLM, train_text: str, valid_text: str, run: Run, rng: np.random.Generator) -> None:
        self.model, self.valid_text, self.run, self.rng = model, valid_text, run, rng
        self.ids, valid_ids = model.vocabulary.encode(train_text), model.vocabulary.encode(valid_text)
        check_window(len(self.ids), run.batch_size, run.seq_length)
        check_window(len(valid_ids), batch_size=1, seq_length=1)
        self.optimizer = OPTIMIZERS[run.optimizer](model.params, run.learning_rate)
        self.history: list[dict[str, float]] = []
        self.latest, self.best = model.params.copies(), model.params.copies()
        # what a checkpoint must agree with: all but epochs and patience
        texts = {"text": zlib.crc32(self.ids.tobytes()), "held-out text": zlib.crc32(valid_ids.tobytes())}
        self.identity = {**asdict(run), "model": repr(model), **texts, "epochs": None, "patience": None}

    # numbers that grow too large show in the loss, which is checked: no warning is needed on the way
    @np.errstate(over="ignore", invalid="ignore")
    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Train on the whole text once, score the held-out text, and return the row of the history."""
        run, losses, norms, state = self.run, [], [], None
        last_start = min(run.seq_length, len(self.ids) - run.batch_size * run.seq_length)
        windows = list(batches(self.ids[self.rng.integers(last_start) :], run.batch_size, run.seq_length))
        dropout: dict[str, Any] = {"dropout": run.dropout, "weight_drop": run.weight_drop, "rng": self.rng}
        try:
            for number, (inputs, targets) in enumerate(windows, start=1):
                loss, grads, state = self.model.loss_and_grads(inputs, targets, state, **dropout)
                norms.append(clip_by_global_norm(grads, run.clip))
                self.optimizer.learning_rate = run.learning_rate_after(epoch + number / len(windows))
                self.optimizer.step(grads)
                losses.append(loss)
            valid_bits = self.model.bits_per_char(self.valid_text)
        except FloatingPointError as error:
            advice = f"a learning_rate below {run.learning_rate:g} or a clip below {run.clip:g} may help"
            raise FloatingPointError(f"epoch {epoch + 1}: {error}; {advice}") from error
        train_bits, grad_norm = float(np.mean(losses) / np.log(2)), float(np.mean(norms))
        row = dict(zip(COLUMNS, (epoch + 1, train_bits, valid_bits, grad_norm, self.optimizer.learning_rate)))
        latest = self.model.params.copies()
        best = latest if all(valid_bits < earlier["valid_bits"] for earlier in self.history) else self.best
        # in one statement: an interruption finds the epoch finished or not begun
        self.history, self.latest, self.best = [*self.history, row], latest, best
        return row

    def kept_epoch(self) -> int:
        """The epoch whose parameters the model ends with: the best one with patience, the latest without."""
        scores = [row["valid_bits"] for row in self.history]
        return scores.index(min(scores)) + 1 if scores and self.run.patience else len(scores)

    def is_out_of_patience(self) -> bool:
        """Whether early stopping ends the run here."""
        return self.run.patience is not None and len(self.history) - self.kept_epoch() >= self.run.patience

    def arrays(self) -> "Parameters":
        """All arrays that the run goes on from."""
        parts = {"latest": self.latest, "best": self.best, "optimizer": self.optimizer.state}
        return Parameters({f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()})

    def save(self, path: FilePath) -> None:
        """Write a checkpoint: what the run is, its history, the state of its random generator, and all arrays."""
        about = {"run": self.identity, "history": self.history, "rng": self.rng.bit_generator.state}
        text = json.dumps(about, default=lambda array: array.tolist()).encode()
        write_arrays(path, {"about": np.frombuffer(text, np.uint8), **self.arrays()})

    def resume(self, path: FilePath) -> None:
        """Go back to where a checkpoint was written. Raises ValueError if it is damaged or of another run."""
        arrays = self.arrays()
        saved = read_arrays(path, ["about", *arrays])
        with naming(path):
            about = json.loads(saved["about"].tobytes())
            differ = [name for name, value in self.identity.items() if about["run"][name] != value]
            if differ:
                raise ValueError(f"it belongs to another run, whose {', '.join(differ)} differ from this one's")
            self.history = [{name: row[name] for name in COLUMNS} for row in about["history"]]
            fit("its history", [list(row.values()) for row in self.history], (len(self.history), len(COLUMNS)))
            arrays.update({name: saved[name] for name in arrays})
            self.rng.bit_generator.state = about["rng"]
        self.model.params.update(self.latest)
