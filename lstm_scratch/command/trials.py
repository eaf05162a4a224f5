"""Which settings suit a short text? The command tries some, and keeps those that predict the held-out pieces best.

No setting is best for all texts. What repeats itself (a table, a log, a licence) wants little dropout; prose, of which
a few pages show little, wants much. A short text is trained on in seconds, so trying is better than guessing. Each
trial is a run of its own with the same seed. The best one becomes the run: its model is saved, and its checkpoint is
kept. The last part of the text, which the verdict is about, is not looked at.
"""

import argparse
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from lstm_scratch.char_model import CharLM
from lstm_scratch.command.job import Job, in_force, trained
from lstm_scratch.command.resuming import option
from lstm_scratch.command.settings import FEWEST_WINDOWS
from lstm_scratch.command.terminal import say
from lstm_scratch.files import remove_if_there

if TYPE_CHECKING:
    import pandas as pd

# the longest text for training of which several runs take no more than a few minutes
LONGEST_TRIED = 40_000
# what is tried in place of the defaults, one thing after the other, each with the best of what was tried before it
STEPS: list[list[dict[str, Any]]] = [
    [
        {"dropout": 0.6, "weight_drop": 0.6},
        {"dropout": 0.2, "weight_drop": 0.2},
    ],
    [{"seq_length": 64}],
    [{"hidden_size": 256}],
]
# bits per character below which there is nothing left to gain
ALMOST_NOTHING = 0.01


class Trial(NamedTuple):
    """A run that was made to try its settings, and its history."""

    job: Job
    history: "pd.DataFrame"

    @property
    def bits(self) -> float:
        """The score of the best epoch on the held-out pieces, in bits per character."""
        return float(self.history["valid_bits"].min())


def open_steps(job: Job, options: argparse.Namespace) -> list[list[dict[str, Any]]]:
    """What may be tried: nothing for a long text or a resumed run, and no option that the user has set."""
    if options.resume or len(job.train_text) > LONGEST_TRIED:
        return []
    fixed = {name for name in in_force(job) if getattr(options, name) is not None}
    if options.start:
        fixed.add("hidden_size")
    return [step for step in STEPS if not fixed & set(step[0])]


def best_of_trials(job: Job, steps: list[list[dict[str, Any]]]) -> Trial:
    """Try the settings, print how each does, and return the best run, whose checkpoint is then at the job's path.

    Ctrl+C ends the trials, and the best run so far is returned, with history.attrs["interrupted"] True. Raises
    KeyboardInterrupt if no epoch has ended by then.
    """
    say("Trying some, each in a run of its own; the lowest score on the held-out pieces wins:")
    folder, name = os.path.split(job.checkpoint)
    of_the_best = os.path.join(folder, f".{name}.best")
    try:
        best = one_trial(with_settings(job, in_force(job)), of_the_best, None)
        for step in steps:
            start = in_force(best.job)
            for changes in step:
                is_over = best.history.attrs["interrupted"] or best.bits < ALMOST_NOTHING
                if is_over or not fits(job, start, changes):
                    continue
                best = one_trial(with_settings(job, {**start, **changes}), of_the_best, best)
        os.replace(of_the_best, job.checkpoint)
    finally:
        remove_if_there(of_the_best)
    say("Kept: " + in_words(best.job))
    return best


def fits(job: Job, settings: dict[str, Any], changes: dict[str, Any]) -> bool:
    """Whether these changes to the settings change anything, and leave windows that the text for training fills."""
    changed = {**settings, **changes}
    return changed != settings and len(job.train_text) >= FEWEST_WINDOWS * changed["batch_size"] * changed["seq_length"]


def one_trial(job: Job, of_the_best: str, best: Trial | None) -> Trial:
    """Make a run, print its score, and return it or the best one before it; the checkpoint of that one is kept."""
    folder, name = os.path.split(of_the_best)
    under_way = os.path.join(folder, f"{name}.next")
    # a run that was killed may have left it behind
    remove_if_there(under_way)
    try:
        history = trained(job._replace(checkpoint=under_way))
        interrupted = history.attrs["interrupted"]
        if history.empty and best is None:
            say("No epoch had ended, so nothing has been saved: the same command begins again")
            raise KeyboardInterrupt
        trial = Trial(job, history)
        if not history.empty:
            say(f"  {trial.bits:.3f} bits per character after epoch {best_epoch(history)}: {in_words(job)}")
        if best is not None and (history.empty or best.bits <= trial.bits):
            trial = best
        else:
            os.replace(under_way, of_the_best)
        trial.history.attrs["interrupted"] = interrupted
        return trial
    except FloatingPointError as error:
        if best is None:
            raise
        say(f"  {error}: {in_words(job)}")
        return best
    finally:
        remove_if_there(under_way)


def with_settings(job: Job, settings: dict[str, Any]) -> Job:
    """The job with other settings, and with a model that has not been trained."""
    settings = dict(settings)
    hidden_size = settings.pop("hidden_size")
    if hidden_size == job.model.hidden_size:
        model = CharLM.from_weights(job.model.vocabulary, **job.model.params)
    else:
        model = CharLM(job.model.vocabulary, hidden_size, rng=job.seed)
    return job._replace(model=model, settings=settings)


def in_words(job: Job) -> str:
    """The settings that are tried, as options of the command."""
    names = dict.fromkeys(name for step in STEPS for changes in step for name in changes)
    return " ".join(option(name, in_force(job)[name]) for name in names)


def best_epoch(history: "pd.DataFrame") -> int:
    """The epoch with the lowest score on the held-out pieces."""
    return int(history.loc[history["valid_bits"].idxmin(), "epoch"])
