"""Training a model on windows of text: the settings, the loop over epochs and windows, and the run that it drives."""

import contextlib
import os
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.checkpoint import read_checkpoint, write_checkpoint
from lstm_scratch.checks import check_array, check_choice, check_positive, check_share, check_whole
from lstm_scratch.files import FilePath, check_writable, naming, packed
from lstm_scratch.layer import Rng, State
from lstm_scratch.optimizers import SGD, Adam, Optimizer, clip_by_global_norm
from lstm_scratch.parameters import Parameters, joined
from lstm_scratch.text import batches, count_windows

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["epoch", "train_bits", "valid_bits", "grad_norm", "learning_rate"]
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"adam": Adam, "sgd": SGD}
# a checkpoint is written after each epoch, and within an epoch whenever this many seconds have passed
SECONDS_BETWEEN_CHECKPOINTS = 60.0
# when a run is resumed, these settings may have other values than before
MAY_CHANGE = ("epochs", "patience")


@dataclass(frozen=True)
class Settings:
    """The settings of a training run, checked before anything is computed. `train` says what each of them does.

    Raises ValueError for a setting that is out of its range.
    """

    epochs: int
    batch_size: int
    seq_length: int
    learning_rate: float
    final_learning_rate: float | None = None
    optimizer: str | Optimizer = "adam"
    clip: float | None = 1.0
    dropout: float = 0.0
    weight_drop: float = 0.0
    patience: int | None = None

    def __post_init__(self) -> None:
        check_whole(epochs=self.epochs, batch_size=self.batch_size, seq_length=self.seq_length)
        check_positive(learning_rate=self.learning_rate)
        check_share(dropout=self.dropout, weight_drop=self.weight_drop)
        if self.final_learning_rate is not None:
            check_positive(final_learning_rate=self.final_learning_rate)
        if self.clip is not None:
            check_positive(clip=self.clip)
        if self.patience is not None:
            check_whole(patience=self.patience)
        if isinstance(self.optimizer, type):
            made = f"{self.optimizer.__name__}(model.params, learning_rate)"
            raise ValueError(f"optimizer must be made with the parameters of the model: pass {made}, not the class")
        if not hasattr(self.optimizer, "step"):
            check_choice("optimizer", self.optimizer, OPTIMIZERS)


# numbers that grow too large show in the loss, which is checked, so no warning is needed on the way
@np.errstate(over="ignore", invalid="ignore")
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
    optimizer: str | Optimizer = "adam",
    clip: float | None = 1.0,
    dropout: float = 0.0,
    weight_drop: float = 0.0,
    patience: int | None = None,
    rng: Rng = 0,
    checkpoint: FilePath | None = None,
    note: dict[str, Any] | None = None,
    resume: bool | Literal["auto"] = False,
    progress: bool = True,
    after_epoch: Callable[[int, CharLM], None] | None = None,
) -> "pd.DataFrame":
    """Train the model in place; return its history, one row per epoch.

    The text is cut into contiguous streams, which are read in order, window by window. The state is carried from window
    to window and starts empty in each epoch. Each epoch begins at a random place among the first seq_length characters,
    so that the windows differ.

    epochs               how often the whole text is read
    batch_size           the number of streams, B
    seq_length           the number of characters in a window, T: how far backpropagation through time looks back
    learning_rate        the size of a step at the beginning
    final_learning_rate  the size of a step at the end, to which the learning rate falls in a straight line; None: it
                         stays the same
    optimizer            "adam" or "sgd", or an optimizer made with model.params; the learning rate is set by this run
    clip                 the largest norm that the gradients of a window may have together; None switches clipping off
    dropout              the share of h that is hidden from the output layer
    weight_drop          the share of U that is left out
    patience             stop after this many epochs without a better held-out score, and keep the best epoch; None:
                         do not stop early, and keep the latest epoch
    rng                  a seed or a numpy Generator
    checkpoint           a file to which everything is saved after each epoch, and once a minute within an epoch
    note                 anything else that the checkpoint is to contain, as long as JSON can hold it; it has no effect
                         on the run
    resume               False: start a new run, and refuse to overwrite a checkpoint; True: continue from the
                         checkpoint as if the run had never stopped, even to more epochs than were asked for at first;
                         "auto": continue if there is a checkpoint, and otherwise start a new run, so that a cell of a
                         notebook may be run again
    progress             whether to show a progress bar
    after_epoch          a function that is called as after_epoch(epoch, model) at the end of each epoch, before the
                         held-out text is scored: what it changes in the parameters is scored, saved and kept

    The history has the columns epoch; train_bits, the loss while learning (dropout included), and valid_bits, that of
    the held-out text, both in bits per character; grad_norm, the mean norm of the gradients before clipping; and
    learning_rate, its value at the end of the epoch.

    Ctrl+C ends the run early, with history.attrs["interrupted"] True. However the run ends, the model has the
    parameters of a finished epoch: the best one if patience is set, and otherwise the latest.

    Raises ValueError for a setting out of its range, a text shorter than one window, an unknown character, or a
    checkpoint that is damaged or of another run; FileExistsError for a checkpoint that would be overwritten;
    FloatingPointError if the run diverges; OSError if the checkpoint cannot be read or written.
    """
    # imported here: `import lstm_scratch` loads NumPy alone
    import pandas as pd
    from tqdm.auto import tqdm

    settings = Settings(
        epochs=epochs,
        batch_size=batch_size,
        seq_length=seq_length,
        learning_rate=learning_rate,
        final_learning_rate=final_learning_rate,
        optimizer=optimizer,
        clip=clip,
        dropout=dropout,
        weight_drop=weight_drop,
        patience=patience,
    )
    is_resumed = continues(checkpoint, resume)
    run = Run(model, train_text, valid_text, settings, np.random.default_rng(rng), checkpoint, note)
    if is_resumed:
        run.resume()
        if progress:
            print(f"continuing {run.place()}")

    # the bar is full when all epochs are done
    bar = tqdm(
        total=epochs,
        initial=run.epochs_done(),
        bar_format=run.bar_format(),
        mininterval=0.5,
        dynamic_ncols=True,
        disable=not progress,
    )
    interrupted = False
    try:
        while len(run.history) < epochs and not run.is_out_of_patience():
            for inputs, targets in run.windows_to_come():
                run.train_window(inputs, targets)
                run.save_if_due()
                bar.bar_format = run.bar_format()
                bar.update(run.epochs_done() - bar.n)
            if after_epoch is not None:
                after_epoch(len(run.history) + 1, model)
            run.finish_epoch()
            run.save()
            bar.bar_format = run.bar_format()
    except KeyboardInterrupt:
        interrupted = True
    except FloatingPointError as error:
        lower = min(0.003, learning_rate / 10)
        advice = f"try a lower learning rate than {learning_rate:g}, such as {lower:g}"
        raise FloatingPointError(f"epoch {len(run.history) + 1}: {error}; {advice}") from error
    finally:
        bar.close()
        model.params.update(run.best if patience else run.latest)
    if interrupted:
        print(f"interrupted: the model has the parameters from the end of epoch {run.kept_epoch()} of {epochs}")
    history = pd.DataFrame(run.history, columns=COLUMNS)
    history.attrs["interrupted"] = interrupted
    return history


def continues(checkpoint: FilePath | None, resume: bool | str) -> bool:
    """Whether a run continues from its checkpoint.

    Raises ValueError if resume has another value than False, True and "auto", or is set without a checkpoint, and
    FileExistsError if a new run would overwrite a checkpoint.
    """
    check_choice("resume", resume, (False, True, "auto"))
    if checkpoint is None:
        if resume:
            raise ValueError("cannot resume without a checkpoint: pass checkpoint=PATH")
        return False
    exists = os.path.exists(checkpoint)
    if exists and not resume:
        remedy = 'continue its run with resume=True or resume="auto", or name another file'
        raise FileExistsError(f"{os.fspath(checkpoint)} exists and would be overwritten: {remedy}")
    return exists or resume is True


@contextlib.contextmanager
def saying_which(text: str) -> Iterator[None]:
    """Begin the message of a ValueError with the text that it is about."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{text}: {error}") from error


class Run:
    """A run in progress.

    latest and best are copies of the parameters after the last and after the best finished epoch; losses and norms have
    an entry for each window of the epoch that is under way, which began at the character `start`.
    """

    def __init__(
        self,
        model: CharLM,
        train_text: str,
        valid_text: str,
        settings: Settings,
        rng: np.random.Generator,
        checkpoint: FilePath | None,
        note: dict[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.valid_text = valid_text
        self.settings = settings
        self.rng = rng
        self.checkpoint = checkpoint
        self.note = note
        # a text may be long, so its indices have the smallest type that can hold them
        smallest = np.min_scalar_type(len(model.vocabulary))
        with saying_which("the training text"):
            self.ids = model.vocabulary.encode(train_text, smallest)
            self.windows = count_windows(len(self.ids), settings.batch_size, settings.seq_length)
        with saying_which("the held-out text"):
            valid_ids = model.vocabulary.encode(valid_text, smallest)
            if len(valid_ids) < 2:
                raise ValueError(f"it needs at least 2 characters to be scored, not {len(valid_ids)}")
        self.optimizer = self.new_optimizer()
        try:
            packed({} if note is None else note)
        except ValueError as error:
            raise ValueError(f"note cannot be kept in a checkpoint: {error}") from error
        if checkpoint is not None:
            check_writable(checkpoint)
        self.saved_at = time.monotonic()
        self.start = 0
        self.history: list[dict[str, float]] = []
        self.losses: list[float] = []
        self.norms: list[float] = []
        # h and c, carried from window to window
        self.state = np.zeros((2, settings.batch_size, model.hidden_size), model.dtype)
        self.latest = model.params.copies()
        self.best = model.params.copies()
        self.identity = self.new_identity(self.ids, valid_ids)

    def new_optimizer(self) -> Optimizer:
        """The optimizer that the settings name or contain. Raises ValueError if it would not move this model."""
        chosen = self.settings.optimizer
        if isinstance(chosen, str):
            return OPTIMIZERS[chosen](self.model.params, self.settings.learning_rate)
        if any(chosen.params.get(name) is not param for name, param in self.model.params.items()):
            raise ValueError("the optimizer must be made with the parameters of this model: Adam(model.params, ...)")
        return chosen

    def new_identity(self, train_ids: np.ndarray, valid_ids: np.ndarray) -> dict[str, Any]:
        """What a checkpoint must agree with: the settings, the optimizer, the model's architecture and both texts."""
        settings = {field.name: getattr(self.settings, field.name) for field in fields(self.settings)}
        settings["optimizer"] = type(self.optimizer).__name__
        fixed = {name: value for name, value in settings.items() if name not in MAY_CHANGE}
        sums = {"text": zlib.crc32(train_ids.data), "held-out text": zlib.crc32(valid_ids.data)}
        return {**fixed, **self.optimizer.options, **self.model.architecture, **sums}

    def place(self) -> str:
        """How far the run has come."""
        finished = f"after epoch {len(self.history)} of {self.settings.epochs}"
        if not self.losses:
            return finished
        return f"{finished} and window {len(self.losses)} of {self.windows}"

    def epochs_done(self) -> float:
        """How many epochs are done, with the windows of the one under way counted as a fraction."""
        return len(self.history) + len(self.losses) / self.windows

    def bar_format(self) -> str:
        """The line of progress: the epoch under way, the bar, the scores of the epoch before it, and the time left."""
        epochs = self.settings.epochs
        epoch = len(self.history)
        if epoch < epochs and not self.is_out_of_patience():
            epoch += 1
        scores = ""
        if self.history:
            row = self.history[-1]
            scores = f"held out {row['valid_bits']:.2f}  train {row['train_bits']:.2f}  "
        # tqdm fills in what is in braces
        return f"epoch {epoch}/{epochs} |{{bar}}| {scores}{{remaining}}"

    def windows_to_come(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The windows that are left of the epoch; a new epoch begins at a random place, with an empty state."""
        B = self.settings.batch_size
        T = self.settings.seq_length
        if not self.losses:
            self.start = int(self.rng.integers(min(T, len(self.ids) - B * T)))
            self.state[...] = 0
        ids = self.ids[self.start :]
        self.windows = count_windows(len(ids), B, T)
        return islice(batches(ids, B, T), len(self.losses), None)

    def train_window(self, inputs: np.ndarray, targets: np.ndarray) -> None:
        """Compute the loss and its gradients, clip them, set the learning rate, and take one step of the optimizer."""
        settings = self.settings
        carried: State = (self.state[0], self.state[1])
        loss, grads, state = self.model.loss_and_grads(
            inputs, targets, carried, dropout=settings.dropout, weight_drop=settings.weight_drop, rng=self.rng
        )
        self.state[...] = state
        # without a limit, the norm is only measured
        norm = clip_by_global_norm(grads, settings.clip or np.finfo(float).max)
        self.losses.append(loss)
        self.norms.append(norm)
        self.check_progress(sum(self.losses) / len(self.losses) / np.log(2))
        self.optimizer.learning_rate = self.scheduled_rate()
        self.optimizer.step(grads)

    def scheduled_rate(self) -> float:
        """The learning rate after the windows so far; it falls in a straight line from the first to the final one."""
        first = self.settings.learning_rate
        final = self.settings.final_learning_rate or first
        return first + (final - first) * (self.epochs_done() / self.settings.epochs)

    def check_progress(self, bits: float) -> None:
        """Raise FloatingPointError if a score in bits per character is far above log₂ V, the score of pure guessing."""
        limit = np.log2(len(self.model.vocabulary))
        if bits > 2 * limit + 1:
            raise FloatingPointError(
                f"training has diverged: {bits:.3g} bits per character, where guessing costs {limit:.3g}"
            )

    def finish_epoch(self) -> None:
        """Score the held-out text, and add a row to the history."""
        scores = [row["valid_bits"] for row in self.history]
        valid_bits = self.model.bits_per_char(self.valid_text)
        # only the best score, because a model that has learned its text by heart may score badly without diverging
        self.check_progress(min([*scores, valid_bits]))
        row = {
            "epoch": len(self.history) + 1,
            "train_bits": float(np.mean(self.losses) / np.log(2)),
            "valid_bits": valid_bits,
            "grad_norm": float(np.mean(self.norms)),
            # not the optimizer's own rate, because after resuming at the end of an epoch it has not taken a step yet
            "learning_rate": self.scheduled_rate(),
        }
        latest = self.model.params.copies()
        is_best = valid_bits < min(scores, default=np.inf)
        best = latest if is_best else self.best
        history = [*self.history, row]
        # in one statement, so that an interruption finds either all of these changed or none
        self.history, self.latest, self.best, self.losses, self.norms = history, latest, best, [], []

    def kept_epoch(self) -> int:
        """The epoch whose parameters the model ends with: the best one if patience is set, and otherwise the latest."""
        scores = [row["valid_bits"] for row in self.history]
        if not scores or not self.settings.patience:
            return len(scores)
        return scores.index(min(scores)) + 1

    def is_out_of_patience(self) -> bool:
        """Whether early stopping ends the run here."""
        patience = self.settings.patience
        return patience is not None and len(self.history) - self.kept_epoch() >= patience

    def arrays(self) -> Parameters:
        """All arrays that the run continues from; they are shared, not copied."""
        return joined(
            params=self.model.params,
            latest=self.latest,
            best=self.best,
            optimizer=self.optimizer.state,
            carried={"state": self.state},
        )

    def save(self) -> None:
        """Write the checkpoint if one was asked for. Raises OSError if it cannot be written."""
        if self.checkpoint is None:
            return
        progress = {
            "note": self.note,
            "history": self.history,
            "start": self.start,
            "losses": self.losses,
            "norms": self.norms,
            "rng": self.rng.bit_generator.state,
        }
        write_checkpoint(self.checkpoint, self.identity, progress, self.arrays())
        self.saved_at = time.monotonic()

    def save_if_due(self) -> None:
        """Write the checkpoint within an epoch, if the last one is old enough."""
        if time.monotonic() - self.saved_at >= SECONDS_BETWEEN_CHECKPOINTS:
            self.save()

    def resume(self) -> None:
        """Continue from where the checkpoint was written.

        Raises ValueError if the checkpoint is damaged or of another run, and OSError if it cannot be opened.
        """
        assert self.checkpoint is not None
        arrays = self.arrays()
        progress, saved = read_checkpoint(self.checkpoint, self.identity, arrays)
        with naming(self.checkpoint):
            history = [{name: row[name] for name in COLUMNS} for row in progress["history"]]
            for row in history:
                check_array("a row of its history", list(row.values()), (len(COLUMNS),))
            losses = progress["losses"]
            norms = progress["norms"]
            check_array("its losses and norms", [losses, norms], (2, len(losses)))
            self.note = self.note or progress.get("note")
            self.history = history
            self.losses = losses
            self.norms = norms
            self.start = int(progress["start"])
            self.rng.bit_generator.state = progress["rng"]
            arrays.update(saved)
