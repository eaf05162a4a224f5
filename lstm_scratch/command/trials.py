"""Which settings suit a short text? The command tries some, and keeps those that predict the held-out pieces best.

No setting is best for all texts. What repeats itself (a table, a log, a licence) wants little dropout; prose, of which
a few pages show little, wants much. A short text is trained on in seconds, so trying is better than guessing. Each
trial is a run of its own with the same seed. The best one becomes the run: its model is saved, and its checkpoint is
kept. The last part of the text, which the verdict is about, is not looked at.
"""

import argparse
import math
import os
from collections.abc import Iterator
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
        """The score of the best epoch on the held-out pieces, in bits per character; infinity before the first one."""
        return float(self.history["valid_bits"].min()) if len(self.history) else math.inf

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl+C has ended it."""
        return bool(self.history.attrs["interrupted"])


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
    KeyboardInterrupt if no epoch has ended by then, and FloatingPointError if the first run diverges.
    """
    say("Trying some, each in a run of its own; the lowest score on the held-out pieces wins:")
    folder, name = os.path.split(job.checkpoint)
    of_the_best = os.path.join(folder, f".{name}.best")
    under_way = os.path.join(folder, f".{name}.trial")
    try:
        best = latest = one_trial(with_settings(job, in_force(job)), under_way)
        if best.bits == math.inf:
            say("No epoch had ended, so nothing has been saved: the same command begins again")
            raise KeyboardInterrupt
        os.replace(under_way, of_the_best)
        for step in steps:
            for other in variants(job, in_force(best.job), step):
                if latest.is_interrupted or best.bits < ALMOST_NOTHING:
                    break
                try:
                    latest = one_trial(other, under_way)
                except FloatingPointError as error:
                    say(f"  {error}: {in_words(other)}")
                    continue
                if latest.bits < best.bits:
                    best = latest
                    os.replace(under_way, of_the_best)
        os.replace(of_the_best, job.checkpoint)
    finally:
        remove_if_there(under_way)
        remove_if_there(of_the_best)
    say("Kept: " + in_words(best.job))
    best.history.attrs["interrupted"] = latest.is_interrupted
    return best


def one_trial(job: Job, under_way: str) -> Trial:
    """Make a run, with its checkpoint at this path, and print its score. Raises FloatingPointError if it diverges."""
    # another run may have left its checkpoint there
    remove_if_there(under_way)
    trial = Trial(job, trained(job._replace(checkpoint=under_way)))
    if trial.bits < math.inf:
        epoch = trial.history["valid_bits"].idxmin() + 1
        say(f"  {trial.bits:.3f} bits per character after epoch {epoch}: {in_words(job)}")
    return trial


def variants(job: Job, settings: dict[str, Any], step: list[dict[str, Any]]) -> Iterator[Job]:
    """The job with these settings and each of the changes in turn, unless nothing changes or no window is filled."""
    for changes in step:
        changed = {**settings, **changes}
        needed = FEWEST_WINDOWS * changed["batch_size"] * changed["seq_length"]
        if changed != settings and len(job.train_text) >= needed:
            yield with_settings(job, changed)


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
