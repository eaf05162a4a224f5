"""Training a model on windows of text: the settings, `train`, and its loop over epochs and windows."""

import contextlib
import os
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.checks import check_choice, check_positive, check_rng, check_share, check_whole
from lstm_scratch.files import FilePath, check_writable, packed
from lstm_scratch.layer import Rng
from lstm_scratch.optimizers import SGD, Adam, Optimizer, clip_by_global_norm
from lstm_scratch.run import COLUMNS, Run, fingerprint
from lstm_scratch.text import batches, count_windows

if TYPE_CHECKING:
    import pandas as pd

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"adam": Adam, "sgd": SGD}
# a checkpoint is written after each epoch, and within an epoch whenever this many seconds have passed
SECONDS_BETWEEN_CHECKPOINTS = 60.0
# when a run is resumed, these settings may have other values than before
MAY_CHANGE = ("epochs", "patience")


class Interrupted(KeyboardInterrupt):
    """Ctrl+C during `train`. The model has the parameters of a finished epoch, and `history` is the table so far."""

    history: "pd.DataFrame"


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
    fresh_start: float = 0.0
    patience: int | None = None

    def __post_init__(self) -> None:
        check_whole(epochs=self.epochs, batch_size=self.batch_size, seq_length=self.seq_length)
        check_positive(learning_rate=self.learning_rate)
        check_share(dropout=self.dropout, weight_drop=self.weight_drop, fresh_start=self.fresh_start)
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
    fresh_start: float = 0.0,
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
    fresh_start          the share of streams whose state is emptied before each window, so that the model also learns
                         to begin a text; the state is otherwise empty only once in an epoch
    patience             stop after this many epochs without a better held-out score, and keep the best epoch; None:
                         do not stop early, and keep the latest epoch
    rng                  a seed or a numpy Generator
    checkpoint           a file to which everything is saved after each epoch, and once a minute within an epoch
    note                 anything else that the checkpoint is to contain, as long as JSON can hold it; it has no effect
                         on the run
    resume               False: start a new run, and refuse to overwrite a checkpoint; True: continue from the
                         checkpoint as if the run had never stopped; "auto": continue if there is a checkpoint, and
                         otherwise start a new run, so that a cell of a notebook may be run again
    progress             whether to show a progress bar
    after_epoch          a function that is called as after_epoch(epoch, model) after each epoch; what it changes in the
                         model is kept, and scored again

    A run may be resumed to more epochs than it was begun with. At a constant learning rate it then ends as one that was
    never stopped. With a falling rate it does not, because the line along which the rate falls is another one: the rate
    rises to what it would be at this place of the longer run, and a warning says so.

    The history has the columns epoch; train_bits, the loss while learning (dropout included), and valid_bits, that of
    the held-out text, both in bits per character; grad_norm, the mean norm of the gradients before clipping; and
    learning_rate, its value at the end of the epoch.

    Ctrl+C raises Interrupted, a KeyboardInterrupt with the history so far, so that a loop over several runs ends, too.
    However the run ends, the model has the parameters of a finished epoch: the best one if patience is set, and
    otherwise the latest.

    Raises ValueError for a setting out of its range, a text shorter than one window, an unknown character, a note that
    JSON cannot hold, or a checkpoint that is damaged or of another run; FileExistsError for a checkpoint that would be
    overwritten; FloatingPointError if the run diverges; OSError if the checkpoint cannot be read or written.
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
        fresh_start=fresh_start,
        patience=patience,
    )
    is_resumed = continues(checkpoint, resume)
    check_note(note)
    loop = Loop(model, train_text, valid_text, settings, check_rng(rng), checkpoint, note)
    run = loop.run
    if is_resumed:
        loop.resume()
        if progress:
            print(f"continuing {loop.place()}")

    # the bar is full when all epochs are done
    bar = tqdm(
        total=epochs,
        initial=loop.epochs_done(),
        bar_format=loop.bar_format(),
        mininterval=0.5,
        dynamic_ncols=True,
        disable=not progress,
    )
    interrupted = None
    try:
        while not loop.is_over():
            for inputs, targets in loop.windows_to_come():
                loop.train_window(inputs, targets)
                loop.save_if_due()
                bar.bar_format = loop.bar_format()
                bar.update(loop.epochs_done() - bar.n)
            loop.finish_epoch()
            loop.save()
            bar.bar_format = loop.bar_format()
            if after_epoch is not None:
                after_epoch(len(run.history), model)
                loop.keep_changes()
    except KeyboardInterrupt as error:
        interrupted = error
    except FloatingPointError as error:
        lower = min(0.003, learning_rate / 10)
        advice = f"try a lower learning rate than {learning_rate:g}, such as {lower:g}"
        raise FloatingPointError(f"epoch {len(run.history) + 1}: {error}; {advice}") from error
    finally:
        bar.close()
        model.params.update(run.best if patience else run.latest)
    history = pd.DataFrame(run.history, columns=COLUMNS)
    if interrupted is not None:
        place = f"the model has the parameters from the end of epoch {loop.kept_epoch()} of {epochs}"
        stopped = Interrupted(f"interrupted: {place}")
        stopped.history = history
        raise stopped from interrupted
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


def check_note(note: dict[str, Any] | None) -> None:
    """Raise ValueError, before any work is done, unless the note can be kept in a checkpoint."""
    try:
        packed(note or {})
    except ValueError as error:
        raise ValueError(f"note cannot be kept in a checkpoint: {error}") from error


@contextlib.contextmanager
def saying_which(text: str) -> Iterator[None]:
    """Begin the message of a ValueError with the text that it is about."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{text}: {error}") from error


class Loop:
    """What `train` does with a run: its windows, its steps, the end of an epoch, and its checkpoint."""

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
        self.checkpoint = checkpoint
        # a text may be long, so its indices have the smallest type that can hold them
        smallest = np.min_scalar_type(len(model.vocabulary))
        with saying_which("the training text"):
            self.ids = model.vocabulary.encode(train_text, smallest)
            self.windows = count_windows(len(self.ids), settings.batch_size, settings.seq_length)
        with saying_which("the held-out text"):
            valid_ids = model.vocabulary.encode(valid_text, smallest)
            if len(valid_ids) < 2:
                raise ValueError(f"it needs at least 2 characters to be scored, not {len(valid_ids)}")
        if checkpoint is not None:
            check_writable(checkpoint)
        self.saved_at = time.monotonic()
        optimizer = new_optimizer(model, settings)
        texts = {"text": fingerprint(self.ids), "held-out text": fingerprint(valid_ids)}
        identity = {**fixed_settings(settings, optimizer), **model.architecture, **texts}
        B = settings.batch_size
        self.run = Run(model, optimizer, identity, epochs=settings.epochs, batch_size=B, rng=rng, note=note)

    def is_over(self) -> bool:
        """Whether all epochs are finished, or early stopping ends the run here."""
        finished = len(self.run.history)
        patience = self.settings.patience
        out_of_patience = patience is not None and finished - self.run.best_epoch() >= patience
        return finished >= self.settings.epochs or out_of_patience

    def kept_epoch(self) -> int:
        """The epoch whose parameters the model ends with: the best one if patience is set, and otherwise the latest."""
        return self.run.best_epoch() if self.settings.patience else len(self.run.history)

    def place(self) -> str:
        """How far the run has come."""
        finished = f"after epoch {len(self.run.history)} of {self.settings.epochs}"
        if not self.run.losses:
            return finished
        return f"{finished} and window {len(self.run.losses)} of {self.windows}"

    def epochs_done(self) -> float:
        """How many epochs are done, with the windows of the one under way counted as a fraction."""
        return len(self.run.history) + len(self.run.losses) / self.windows

    def bar_format(self) -> str:
        """The line of progress: the epoch under way, the bar, the scores of the epoch before it, and the time left."""
        epoch = len(self.run.history)
        if not self.is_over():
            epoch += 1
        scores = ""
        if self.run.history:
            row = self.run.history[-1]
            scores = f"held out {row['valid_bits']:.2f}  train {row['train_bits']:.2f}  "
        # tqdm fills in what is in braces
        return f"epoch {epoch}/{self.settings.epochs} |{{bar}}| {scores}{{remaining}}"

    def windows_to_come(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The windows that are left of the epoch; a new epoch begins at a random place, with an empty state."""
        run = self.run
        B = self.settings.batch_size
        T = self.settings.seq_length
        if not run.losses:
            run.start = int(run.rng.integers(min(T, len(self.ids) - B * T)))
            run.state[...] = self.model.zero_state(B)
        ids = self.ids[run.start :]
        self.windows = count_windows(len(ids), B, T)
        return islice(batches(ids, B, T), len(run.losses), None)

    def train_window(self, inputs: np.ndarray, targets: np.ndarray) -> None:
        """Compute the loss and its gradients, clip them, set the learning rate, and take one step of the optimizer."""
        run = self.run
        settings = self.settings
        if settings.fresh_start:
            fresh = run.rng.random(settings.batch_size) < settings.fresh_start
            run.state[..., fresh, :] = 0
        loss, grads, state = self.model.loss_and_grads(
            inputs,
            targets,
            tuple(run.state),
            dropout=settings.dropout,
            weight_drop=settings.weight_drop,
            rng=run.rng,
        )
        run.state[...] = state
        # without a limit, the norm is only measured
        norm = clip_by_global_norm(grads, settings.clip or np.finfo(float).max)
        run.losses.append(loss)
        run.norms.append(norm)
        self.check_progress(sum(run.losses) / len(run.losses) / np.log(2))
        run.optimizer.learning_rate = self.scheduled_rate(settings.epochs)
        run.optimizer.step(grads)

    def scheduled_rate(self, epochs: int) -> float:
        """The learning rate after the windows so far; it falls in a straight line from the first to the final one."""
        first = self.settings.learning_rate
        final = self.settings.final_learning_rate or first
        return first + (final - first) * (self.epochs_done() / epochs)

    def check_progress(self, bits: float) -> None:
        """Raise FloatingPointError if a score in bits per character is far above log₂ V, the score of pure guessing."""
        limit = np.log2(len(self.model.vocabulary))
        if bits > 2 * limit + 1:
            raise FloatingPointError(
                f"training has diverged: {bits:.3g} bits per character, where guessing costs {limit:.3g}"
            )

    def finish_epoch(self) -> None:
        """Score the held-out text, and add a row to the history."""
        run = self.run
        row = {
            "epoch": len(run.history) + 1,
            "train_bits": float(np.mean(run.losses) / np.log(2)),
            "valid_bits": self.score(),
            "grad_norm": float(np.mean(run.norms)),
            # not the optimizer's own rate, because after resuming at the end of an epoch it has not taken a step yet
            "learning_rate": self.scheduled_rate(self.settings.epochs),
        }
        run.finish_epoch(row)

    def score(self) -> float:
        """The score on the held-out text, in bits per character. Raises FloatingPointError if the run diverges."""
        valid_bits = self.model.bits_per_char(self.valid_text)
        # only the best score, because a model that has learned its text by heart may score badly without diverging
        self.check_progress(min([*self.run.scores, valid_bits]))
        return valid_bits

    def keep_changes(self) -> None:
        """If after_epoch has changed the model, score it again, and keep and save the parameters as they are now."""
        run = self.run
        if all(np.array_equal(param, run.latest[name]) for name, param in self.model.params.items()):
            return
        run.replace_epoch({**run.history[-1], "valid_bits": self.score()})
        self.save()

    def save(self) -> None:
        """Write the checkpoint if one was asked for. Raises OSError if it cannot be written."""
        if self.checkpoint is None:
            return
        try:
            self.run.save(self.checkpoint)
        except OSError as error:
            remedy = "make room for it, then continue with resume=True"
            raise OSError(error.errno, f"{error.strerror}; {remedy}", error.filename) from error
        self.saved_at = time.monotonic()

    def save_if_due(self) -> None:
        """Write the checkpoint within an epoch, if the last one is old enough."""
        if time.monotonic() - self.saved_at >= SECONDS_BETWEEN_CHECKPOINTS:
            self.save()

    def resume(self) -> None:
        """Continue from the checkpoint; warn if the learning rate then leaves the line along which it has fallen."""
        assert self.checkpoint is not None
        begun_with = self.run.resume(self.checkpoint)
        epochs = self.settings.epochs
        before = self.scheduled_rate(begun_with)
        now = self.scheduled_rate(epochs)
        if now == before or self.is_over():
            return
        warnings.warn(
            f"the learning rate changes from {before:.3g} to {now:.3g}, because it falls over {epochs} epochs now and "
            f"not over {begun_with}: this is another run than one of {epochs} epochs that was never stopped",
            # the caller of train, beyond the decorator
            stacklevel=4,
        )


def new_optimizer(model: CharLM, settings: Settings) -> Optimizer:
    """The optimizer that the settings name or contain. Raises ValueError if it would not move this model."""
    chosen = settings.optimizer
    if isinstance(chosen, str):
        return OPTIMIZERS[chosen](model.params, settings.learning_rate)
    if any(chosen.params.get(name) is not param for name, param in model.params.items()):
        raise ValueError("the optimizer must be made with the parameters of this model: Adam(model.params, ...)")
    return chosen


def fixed_settings(settings: Settings, optimizer: Optimizer) -> dict[str, Any]:
    """The settings and the options of the optimizer that a run must have again when it is resumed."""
    named = {field.name: getattr(settings, field.name) for field in fields(settings)}
    named["optimizer"] = type(optimizer).__name__
    fixed = {name: value for name, value in named.items() if name not in MAY_CHANGE}
    return {**fixed, **optimizer.options}
