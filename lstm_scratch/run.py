"""The state of a training run: what a checkpoint contains, and how a run continues from it.

A checkpoint is an .npz file with the arrays that the run continues from, and with "about", which is JSON: whose run it
is, how far it has come, and the state of the random generator.
"""

import json
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_scratch.checks import check_array, is_whole_number
from lstm_scratch.files import Arrays, FilePath, naming, read_arrays, unpacked, write_arrays
from lstm_scratch.optimizers import Optimizer
from lstm_scratch.parameters import Parameters, joined

if TYPE_CHECKING:
    from lstm_scratch.char_model import CharLM

COLUMNS = ["epoch", "train_bits", "valid_bits", "grad_norm", "learning_rate"]
# more than this many are a sign that a file is damaged
MOST_EPOCHS = 10**9
# the parts of a run that are too long to be shown when they differ
NAMED = {"text": "the training text", "held-out text": "the held-out text", "vocabulary": "the vocabulary"}


class Run:
    """A run in progress, and what its checkpoint contains.

    identity says whose run it is: the settings that must not change, the optimizer, the model and both texts. latest
    and best are copies of the parameters after the last and after the best finished epoch. losses and norms have an
    entry for each window of the epoch that is under way, which began at the character `start`; state is carried from
    window to window.
    """

    def __init__(
        self,
        model: "CharLM",
        optimizer: Optimizer,
        identity: Mapping[str, Any],
        *,
        epochs: int,
        batch_size: int,
        rng: np.random.Generator,
        note: dict[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.identity = dict(identity)
        self.epochs = epochs
        self.rng = rng
        self.note = note
        self.history: list[dict[str, float]] = []
        self.start = 0
        self.losses: list[float] = []
        self.norms: list[float] = []
        self.state = np.array(model.zero_state(batch_size))
        self.latest = model.params.copies()
        self.best = model.params.copies()
        self.best_before = self.best

    def __repr__(self) -> str:
        return f"Run({len(self.history)} of {self.epochs} epochs finished)"

    @property
    def scores(self) -> list[float]:
        """The held-out score after each finished epoch, in bits per character."""
        return [row["valid_bits"] for row in self.history]

    def finish_epoch(self, row: dict[str, float]) -> None:
        """Add the row of an epoch to the history, and keep the parameters as they are now."""
        self.best_before = self.best
        self.keep(self.history, row)

    def replace_epoch(self, row: dict[str, float]) -> None:
        """Put another row in place of the last one, for an epoch whose parameters have been changed since."""
        self.keep(self.history[:-1], row)

    def keep(self, earlier: list[dict[str, float]], row: dict[str, float]) -> None:
        """Keep the rows of earlier epochs, that of the last one, and the parameters as they are now."""
        latest = self.model.params.copies()
        is_best = row["valid_bits"] < min([one["valid_bits"] for one in earlier], default=np.inf)
        best = latest if is_best else self.best_before
        history = [*earlier, row]
        # in one statement, so that an interruption finds either all of these changed or none
        self.history, self.latest, self.best, self.losses, self.norms = history, latest, best, [], []

    def best_epoch(self) -> int:
        """The number of the epoch with the best held-out score, or 0 before the first has finished."""
        return self.scores.index(min(self.scores)) + 1 if self.history else 0

    def arrays(self) -> Parameters:
        """All arrays that the run continues from; they are shared, not copied."""
        return joined(
            params=self.model.params,
            latest=self.latest,
            best=self.best,
            optimizer=self.optimizer.state,
            carried={"state": self.state},
        )

    def save(self, path: FilePath) -> None:
        """Write the checkpoint, atomically. Raises OSError if it cannot be written; an older file is then unchanged."""
        about = {
            "run": self.identity,
            "epochs": self.epochs,
            "note": self.note,
            "history": self.history,
            "start": self.start,
            "losses": self.losses,
            "norms": self.norms,
            "rng": self.rng.bit_generator.state,
        }
        # the state of some random generators contains arrays
        text = json.dumps(about, default=lambda array: array.tolist())
        write_arrays(path, {"about": np.frombuffer(text.encode(), np.uint8), **self.arrays()})

    def resume(self, path: FilePath) -> int:
        """Continue from where the checkpoint was written; return the number of epochs that it was begun with.

        Raises ValueError if the checkpoint is of another run or damaged, and OSError if it cannot be opened.
        """
        about = read_about(path)
        arrays = self.arrays()
        with naming(path):
            # first whose it is, because what a checkpoint of another run lacks says little
            check_same_run(about["run"], self.identity)
        saved = read_arrays(path, ["about", *arrays])
        del saved["about"]
        with naming(path):
            history = [{name: row[name] for name in COLUMNS} for row in about["history"]]
            for row in history:
                check_array("a row of its history", list(row.values()), (len(COLUMNS),))
            losses = about["losses"]
            norms = about["norms"]
            check_array("its losses and norms", [losses, norms], (2, len(losses)))
            epochs = about["epochs"]
            if not is_whole_number(epochs) or not 1 <= epochs <= MOST_EPOCHS:
                raise ValueError(f"its number of epochs must be from 1 to {MOST_EPOCHS:,}")
            self.note = self.note or about.get("note")
            self.history = history
            self.losses = losses
            self.norms = norms
            self.start = int(about["start"])
            self.rng.bit_generator.state = about["rng"]
            arrays.update(saved)
        return epochs


def fingerprint(ids: np.ndarray) -> int:
    """A number by which a text is recognised, from the indices of its characters."""
    return zlib.crc32(ids.data)


def check_same_run(saved: Mapping[str, Any], identity: Mapping[str, Any]) -> None:
    """Raise ValueError, which names all that differs, if a checkpoint's identity is not that of this run."""
    names = list({**identity, **saved})
    differing = [difference(name, saved, identity) for name in names if saved.get(name) != identity.get(name)]
    if differing:
        raise ValueError(f"it belongs to another run, which differs from this one in {', '.join(differing)}")


def difference(name: str, saved: Mapping[str, Any], identity: Mapping[str, Any]) -> str:
    """In which way two runs differ, in words."""
    if name in NAMED:
        return NAMED[name]
    there = f"{saved[name]} there" if name in saved else "absent there"
    here = f"{identity[name]} here" if name in identity else "absent here"
    return f"{name} ({there}, {here})"


def read_about(path: FilePath) -> dict[str, Any]:
    """What a checkpoint says about its run, without the arrays: its identity under "run", its note and its progress.

    Raises ValueError if the file is damaged or not a checkpoint, and OSError if it cannot be opened.
    """
    arrays = read_arrays(path, ["about"], among_others=True)
    with naming(path):
        about = unpacked(arrays["about"])
        if not isinstance(about.get("run"), dict):
            raise ValueError("it does not describe a training run")
    return about


def kept_parameters(path: FilePath) -> Arrays:
    """The model's arrays after the best finished epoch of a checkpoint's run, by their names in the model."""
    best = "best."
    arrays = read_arrays(path)
    return {name.removeprefix(best): array for name, array in arrays.items() if name.startswith(best)}
