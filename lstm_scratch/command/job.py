"""What a run needs, and how it is trained."""

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from lstm_scratch.char_model import CharLM
from lstm_scratch.command.terminal import say
from lstm_scratch.training import Interrupted, train

if TYPE_CHECKING:
    import pandas as pd


class Job(NamedTuple):
    """Everything that a run needs: the texts, the model, the settings of `train`, the seed, and the checkpoint's path.

    The held-out pieces choose the epoch, and how far back counting looks. The last part is scored once, at the end.
    """

    train_text: str
    pieces: str
    last_part: str
    model: CharLM
    settings: dict[str, Any]
    why: str
    seed: int
    checkpoint: str
    note: dict[str, Any]
    # the score on the pieces after each epoch that was trained before the run was resumed
    earlier_scores: list[float]


def in_force(job: Job) -> dict[str, Any]:
    """The settings of the run by name, the size of the model among them."""
    return {"hidden_size": job.model.hidden_size, **job.settings}


def trained(job: Job, *, resume: bool = False, progress: bool = True) -> "pd.DataFrame":
    """Train the job's model; return the history of its epochs. attrs["interrupted"] says whether Ctrl+C ended it."""
    try:
        with warnings.catch_warnings():
            # the command has said so with the settings
            warnings.filterwarnings("ignore", message="the learning rate changes")
            history = train(
                job.model,
                job.train_text,
                job.pieces,
                **job.settings,
                rng=job.seed,
                checkpoint=job.checkpoint,
                note=job.note,
                resume=resume,
                progress=progress,
            )
        history.attrs["interrupted"] = False
    except Interrupted as stopped:
        history = stopped.history
        history.attrs["interrupted"] = True
        if len(history):
            say(str(stopped))
    return history
