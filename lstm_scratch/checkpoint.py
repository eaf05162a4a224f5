"""A training run in progress: its settings, its windows and epochs, and the checkpoint it goes on from."""

import json
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.checks import check_array, check_positive
from lstm_scratch.files import FilePath, check_writable, naming, read_arrays, write_arrays
from lstm_scratch.optimizers import SGD, Adam, clip_by_global_norm
from lstm_scratch.parameters import Parameters
from lstm_scratch.text import batches, count_windows

COLUMNS = ["epoch", "train_bits", "valid_bits", "grad_norm", "learning_rate"]
OPTIMIZERS: dict[str, type[SGD] | type[Adam]] = {"adam": Adam, "sgd": SGD}


@dataclass(frozen=True)
class Run:
    """The settings of a training run. A checkpoint keeps them: only epochs and patience may differ when it is resumed.

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
        given = {name: value for name, value in asdict(self).items() if value is not None}
        check_positive(**{name: given[name] for name in given if name not in ("optimizer", "dropout", "weight_drop")})


class Trainer:
    """A run in progress. latest and best are copies of the parameters after the last and the best finished epoch."""

    def __init__(
        self, model: CharLM, texts: tuple[str, str], run: Run, rng: np.random.Generator, checkpoint: FilePath | None
    ) -> None:
        self.model, self.valid_text, self.run, self.rng, self.checkpoint = model, texts[1], run, rng, checkpoint
        # a text may be long, so its indices are as small as they can be
        small = np.min_scalar_type(len(model.vocabulary))
        self.ids, valid_ids = (model.vocabulary.encode(text, small) for text in texts)
        self.windows = count_windows(len(self.ids), run.batch_size, run.seq_length)
        count_windows(len(valid_ids), batch_size=1, seq_length=1)
        if checkpoint is not None:
            check_writable(checkpoint)
        self.optimizer = OPTIMIZERS[run.optimizer](model.params, run.learning_rate)
        self.start, self.saved_at = 0, time.monotonic()
        self.history: list[dict[str, float]] = []
        self.losses: list[float] = []
        self.norms: list[float] = []
        self.state = np.zeros((2, run.batch_size, model.lstm.hidden_size), model.lstm.dtype)
        self.latest, self.best = model.params.copies(), model.params.copies()
        # what a checkpoint must agree with: all but epochs and patience
        sums = {"text": zlib.crc32(self.ids.data), "held-out text": zlib.crc32(valid_ids.data)}
        self.identity = {**asdict(run), "model": repr(model), **sums, "epochs": None, "patience": None}

    def place(self) -> str:
        """How far the run has come."""
        return f"after epoch {len(self.history)} of {self.run.epochs}, window {len(self.losses)} of {self.windows}"

    def windows_to_come(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """What is left of the epoch; a new one begins at a random place, with an empty state."""
        B, T = self.run.batch_size, self.run.seq_length
        if not self.losses:
            self.start = int(self.rng.integers(min(T, len(self.ids) - B * T)))
            self.state[...] = 0
        self.windows = count_windows(len(self.ids) - self.start, B, T)
        return islice(batches(self.ids[self.start :], B, T), len(self.losses), None)

    def train_window(self, inputs: np.ndarray, targets: np.ndarray) -> None:
        """Take one step of the optimizer."""
        run, first = self.run, self.run.learning_rate
        masks: dict[str, Any] = {"dropout": run.dropout, "weight_drop": run.weight_drop, "rng": self.rng}
        loss, grads, self.state[...] = self.model.loss_and_grads(inputs, targets, tuple(self.state), **masks)
        self.norms.append(clip_by_global_norm(grads, run.clip))
        self.losses.append(loss)
        self.check_progress(sum(self.losses) / len(self.losses) / np.log(2))
        # the learning rate falls in a straight line
        final, epochs = run.final_learning_rate or first, len(self.history) + len(self.losses) / self.windows
        self.optimizer.learning_rate = first + (final - first) * (epochs / run.epochs)
        self.optimizer.step(grads)

    def check_progress(self, bits: float) -> None:
        """Raise FloatingPointError if a score is far above log₂ V, which knowing nothing gives."""
        limit = np.log2(len(self.model.vocabulary))
        if bits > 2 * limit + 1:
            raise FloatingPointError(
                f"training diverges: {bits:.3g} bits per character; knowing nothing gives {limit:.3g}"
            )

    def finish_epoch(self) -> dict[str, float]:
        """Score the held-out text, and return the row of the history."""
        scores, valid_bits = [row["valid_bits"] for row in self.history], self.model.bits_per_char(self.valid_text)
        # the best score, for a text learned by heart may score badly in the end: that is no divergence
        self.check_progress(min([*scores, valid_bits]))
        train_bits, grad_norm = float(np.mean(self.losses) / np.log(2)), float(np.mean(self.norms))
        values = (len(self.history) + 1, train_bits, valid_bits, grad_norm, self.optimizer.learning_rate)
        latest = self.model.params.copies()
        best = latest if valid_bits < min(scores, default=np.inf) else self.best
        history = [*self.history, dict(zip(COLUMNS, values))]
        # in one statement: an interruption finds the epoch finished or not begun
        self.history, self.latest, self.best, self.losses, self.norms = history, latest, best, [], []
        return history[-1]

    def kept_epoch(self) -> int:
        """The epoch whose parameters the model ends with: the best one with patience, the latest without."""
        scores = [row["valid_bits"] for row in self.history]
        return scores.index(min(scores)) + 1 if scores and self.run.patience else len(scores)

    def is_out_of_patience(self) -> bool:
        """Whether early stopping ends the run here."""
        return self.run.patience is not None and len(self.history) - self.kept_epoch() >= self.run.patience

    def arrays(self) -> Parameters:
        """All arrays that the run goes on from."""
        parts = {"params": self.model.params, "latest": self.latest, "best": self.best}
        parts |= {"optimizer": self.optimizer.state, "carried": Parameters(state=self.state)}
        return Parameters({f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()})

    def save(self, if_older_than: float = 0.0) -> None:
        """Write the checkpoint, if there is to be one: what the run is, how far it has come, all it goes on from."""
        if self.checkpoint is None or time.monotonic() - self.saved_at < if_older_than:
            return
        place = {"history": self.history, "start": self.start, "losses": self.losses, "norms": self.norms}
        about = {"run": self.identity, **place, "rng": self.rng.bit_generator.state}
        text = json.dumps(about, default=lambda array: array.tolist()).encode()
        write_arrays(self.checkpoint, {"about": np.frombuffer(text, np.uint8), **self.arrays()})
        self.saved_at = time.monotonic()

    def resume(self) -> None:
        """Go back to where the checkpoint was written. Raises ValueError if it is damaged or of another run."""
        if self.checkpoint is None:
            raise ValueError("to resume, the path of a checkpoint is needed")
        arrays = self.arrays()
        saved = read_arrays(self.checkpoint, ["about", *arrays])
        with naming(self.checkpoint):
            about = json.loads(saved["about"].tobytes())
            differ = [name for name, value in self.identity.items() if about["run"][name] != value]
            if differ:
                raise ValueError(f"it belongs to another run, whose {', '.join(differ)} differ from this one's")
            self.history = [{name: row[name] for name in COLUMNS} for row in about["history"]]
            for row in self.history:
                check_array("a row of its history", list(row.values()), (len(COLUMNS),))
            self.start, self.losses, self.norms = int(about["start"]), about["losses"], about["norms"]
            check_array("its losses and norms", [self.losses, self.norms], (2, len(self.losses)))
            self.rng.bit_generator.state = about["rng"]
            arrays.update({name: saved[name] for name in arrays})
