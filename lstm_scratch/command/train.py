"""What `train` does: read the text, count, train, save the model of the best epoch, compare it with counting."""

import argparse
import os
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.command.division import divide, last_share_for
from lstm_scratch.command.inputs import check_model_file, check_text_file
from lstm_scratch.command.job import Job, in_force, trained
from lstm_scratch.command.lock import locked
from lstm_scratch.command.paths import check_nothing_is_lost, check_paths, checkpoint_path, history_path
from lstm_scratch.command.reading import check_known, read, too_few, without_unknown
from lstm_scratch.command.resuming import (
    about_text,
    check_same_text,
    earlier_scores,
    how_to_go_on,
    new_note,
    option,
    resumed_model,
    take_over,
    use_defaults,
)
from lstm_scratch.command.settings import settings_for
from lstm_scratch.command.terminal import say
from lstm_scratch.command.trials import best_of_trials, open_steps
from lstm_scratch.command.use import write
from lstm_scratch.command.verdict import Scores, verdict
from lstm_scratch.files import write_file
from lstm_scratch.study.comparison import bits_of_each
from lstm_scratch.study.mixture import best_share, mixed_bits
from lstm_scratch.study.ngram import bits_by_order, bits_of_each_by_order
from lstm_scratch.text import Vocabulary

if TYPE_CHECKING:
    import pandas as pd

# a text needs so many characters to be divided
FEWEST_CHARACTERS = 20
# counting looks at no more than this many characters, at the end of the training text
MOST_COUNTED = 2_000_000
# the n-grams that are counted look at no more than 7 characters
LONGEST_NGRAM = 8


class Counting(NamedTuple):
    """The best n-gram: its order, and its score on the held-out pieces in bits per character."""

    order: int
    bits: float


def train_beside_counting(options: argparse.Namespace) -> None:
    """Train, save the model of the best epoch, and compare its score with the best n-gram's."""
    check_text_file(options.text)
    if options.start:
        check_model_file(options.start)
    check_paths(options)
    checkpoint = checkpoint_path(options)
    # from here to the end, no other run may write to these files
    with locked(options.model), locked(checkpoint):
        check_nothing_is_lost(options)
        train_in_files(options, checkpoint)


def train_in_files(options: argparse.Namespace, checkpoint: str) -> None:
    """Train, save, compare, and let the model write. The files are locked, and nothing in them can be lost."""
    job = prepare(options, checkpoint)
    report_division(job)
    counting = report_counting(job)
    job = train_and_save(job, counting, options)
    if options.sample > 0:
        prompt = job.last_part[:100]
        say("A sample. The model reads the text before the bar, and has written what follows the bar:\n")
        write(job.model, prompt, options.sample, temperature=0.7, seed=options.seed, bar="|")


def prepare(options: argparse.Namespace, checkpoint: str) -> Job:
    """Read the text, and make or load the model. Raises ValueError or OSError, with a remedy, if one cannot be used."""
    about = take_over(options, checkpoint) if options.resume else None
    if about is None and options.unknown and not options.start:
        raise ValueError(f"--unknown {options.unknown} only works with a saved model to begin with: add --start MODEL")
    use_defaults(options)
    text = read(options.text, options.encoding)
    text_now = about_text(options.text, text)
    if about is not None:
        check_same_text(text_now, checkpoint, about)
    model = earlier_model(options, text, checkpoint, about)
    if model is not None and options.unknown == "skip":
        text = without_unknown(options.text, text, model)
    share = last_share_for(len(text)) if options.held_out is None else options.held_out
    train_text, pieces, last_part = divided(options, text, share)
    characters = sorted(set(text))
    # a long text is kept in memory once
    del text
    chosen, why = settings_for(len(train_text), len(characters))
    settings = chosen.named()
    for name in settings:
        given = getattr(options, name)
        if given is not None:
            settings[name] = given
    hidden_size = settings.pop("hidden_size")
    check_a_window_fits(len(train_text), settings)
    if model is None:
        model = CharLM(Vocabulary(characters), hidden_size, rng=options.seed)
    note = new_note(options, text_now, share, settings)
    if about is None:
        return Job(train_text, pieces, last_part, model, settings, why, options.seed, checkpoint, note, [])
    scores = earlier_scores(checkpoint, about)
    if len(scores) > settings["epochs"]:
        raise ValueError(
            f"{option('epochs', settings['epochs'])}: the run of {checkpoint} has already finished {len(scores)} "
            "epochs: ask for more than that, or leave --epochs out"
        )
    why = f"those of {checkpoint}{other_schedule(about, settings['epochs'])}"
    return Job(train_text, pieces, last_part, model, settings, why, options.seed, checkpoint, note, scores)


def other_schedule(about: dict[str, Any], epochs: int) -> str:
    """How a run that is resumed to another number of epochs differs from one that had this number from the start."""
    before = (about.get("note") or {}).get("epochs", epochs)
    if before == epochs:
        return ""
    return f", but the learning rate now falls over {epochs} epochs and not {before}, so a new run would end otherwise"


def divided(options: argparse.Namespace, text: str, share: float) -> tuple[str, str, str]:
    """The text to train on, the pieces that choose the epoch, and the last part, which is scored at the end.

    Raises ValueError if the text is too short for it.
    """
    if len(text) < FEWEST_CHARACTERS:
        needed = f"at least {FEWEST_CHARACTERS} are needed"
        raise ValueError(f"{options.text} has {too_few(len(text))} to train on: {needed}")
    try:
        parts, pieces, last_part = divide(text, share)
    except ValueError as error:
        raise ValueError(f"{option('held_out', share)}: {error}") from error
    return "".join(parts), pieces, last_part


def earlier_model(
    options: argparse.Namespace, text: str, checkpoint: str, about: dict[str, Any] | None
) -> CharLM | None:
    """The model of the run that is resumed, or the saved model to begin with, or None if a new one is needed."""
    if about is not None:
        model = resumed_model(checkpoint, about)
        check_resumed_model(options, model, checkpoint)
        return model
    if options.start:
        return saved_model(options, text)
    return None


def check_a_window_fits(characters: int, settings: dict[str, Any]) -> None:
    """Raise ValueError, which names the options, if the text for training does not fill a single window."""
    B = settings["batch_size"]
    T = settings["seq_length"]
    if characters <= B * T:
        raise ValueError(
            f"{option('batch_size', B)} {option('seq_length', T)}: the text for training has {characters:,} "
            f"characters, and a window takes {B * T + 1:,}, which is {B} x {T} + 1"
        )


def saved_model(options: argparse.Namespace, text: str) -> CharLM:
    """The model of --start. It has all characters of the text, except those that the user has asked to skip."""
    model = CharLM.load(options.start)
    if options.hidden_size and options.hidden_size != model.hidden_size:
        raise ValueError(
            f"--hidden-size {options.hidden_size} does not agree with {options.start}, "
            f"which has {model.hidden_size} hidden units: leave it out"
        )
    if options.unknown == "refuse":
        check_known(options.text, text, model, "--unknown skip leaves them out")
    return model


def check_resumed_model(options: argparse.Namespace, model: CharLM, checkpoint: str) -> None:
    """Raise FileExistsError if a resumed run would overwrite the model of another run."""
    if not os.path.exists(options.model) or CharLM.load(options.model).architecture == model.architecture:
        return
    raise FileExistsError(
        f"{options.model} is not the model of the run in {checkpoint}: "
        f"name another file with --model, and this checkpoint with --checkpoint {checkpoint}"
    )


def report_division(job: Job) -> None:
    """Print how the text was divided."""
    say(
        f"{len(job.train_text):,} characters to learn from, {len(job.pieces):,} in held-out pieces to choose the "
        f"epoch, and the last {len(job.last_part):,} to score once, at the end."
    )


def report_settings(job: Job, *, are_tried: bool) -> None:
    """Print the settings as options of the command, and why they were chosen."""
    say(f"Settings{' to begin with' if are_tried else ''} ({job.why}):")
    say("  " + " ".join(option(name, value) for name, value in in_force(job).items()))
    if is_over(job):
        remedy = how_to_go_on(job.earlier_scores, job.settings["epochs"], job.settings["patience"])
        say(f"Nothing is left to train. {remedy}")


def is_over(job: Job) -> bool:
    """Whether the run that is resumed has nothing left to train."""
    return how_to_go_on(job.earlier_scores, job.settings["epochs"], job.settings["patience"]) != ""


def report_counting(job: Job) -> Counting:
    """Print what the model has to beat on the held-out pieces; return the best n-gram."""
    V = len(job.model.vocabulary)
    counted = job.train_text[-MOST_COUNTED:]
    scores = bits_by_order(job.model.vocabulary, counted, job.pieces, LONGEST_NGRAM)
    best = min(scores)
    characters_seen = scores.index(best)
    # rounding may put a score of 0 just below it
    counting = Counting(order=characters_seen + 1, bits=max(0.0, best))
    say(
        f"To beat on these pieces, in bits per character: {np.log2(V):.3f} if all {V} characters are equally likely "
        f"(log2 {V}),"
    )
    where = "" if len(counted) == len(job.train_text) else f" in the last {len(counted):,} characters"
    say(
        f"  {counting.bits:.3f} by counting{where}: the best n-gram, smoothed as Kneser and Ney do it, looks "
        f"{characters_seen} characters back"
    )
    return counting


def train_and_save(job: Job, counting: Counting, options: argparse.Namespace) -> Job:
    """Train, write the model and print the verdict; return the job that was done.

    Raises KeyboardInterrupt after Ctrl+C, once all is written.
    """
    steps = open_steps(job, options)
    report_settings(job, are_tried=bool(steps))
    if steps:
        job, history = best_of_trials(job, steps)
    else:
        if options.overwrite and not options.resume and os.path.exists(job.checkpoint):
            os.remove(job.checkpoint)
        # where nothing is left to train, there is no progress to show
        history = trained(job, resume=options.resume, progress=not is_over(job))
    if not history.empty:
        job.model.save(options.model, dtype=np.float16 if options.float16 else None)
        write_file(history_path(options), history.to_csv(index=False).encode())
        if options.plot is not None:
            drops = job.settings["dropout"] > 0 or job.settings["weight_drop"] > 0
            draw(history, counting, options.plot, drops=drops)
        report_result(job, counting, history, options)
    if history.attrs["interrupted"]:
        say(what_is_saved(job, history, tried=bool(steps)))
        raise KeyboardInterrupt
    return job


def what_is_saved(job: Job, history: "pd.DataFrame", *, tried: bool) -> str:
    """What a run that was stopped has left behind, and how to continue it."""
    remedy = "To continue, add --resume"
    if not history.empty:
        return f"No more settings are tried. {remedy}" if tried else remedy
    if os.path.exists(job.checkpoint):
        return f"The first epoch had not ended, so there is no model yet. {remedy}"
    return "The first epoch had not ended, so nothing has been saved"


def draw(history: "pd.DataFrame", counting: Counting, path: str, *, drops: bool) -> None:
    """Draw the scores of all epochs, with a line for the score of counting; `drops`: the run was one with dropout."""
    # imported here: drawing takes a second to load
    from lstm_scratch.figures.curves import plot_curves
    from lstm_scratch.figures.style import to_png

    epochs = history["epoch"]
    curves = {
        "held-out pieces": (epochs, history["valid_bits"]),
        # with dropout, the model scores worse on its own training text than it could
        f"training text{' (with dropout)' if drops else ''}": (epochs, history["train_bits"]),
        "counting": (epochs, [counting.bits] * len(epochs)),
    }
    best = best_row(history)
    title = f"Best after epoch {best['epoch']:.0f}: {best['valid_bits']:.2f} bits per character on the held-out pieces"
    write_file(path, to_png(plot_curves(curves, title, xlabel="epoch", ylabel="bits per character")))


def report_result(job: Job, counting: Counting, history: "pd.DataFrame", options: argparse.Namespace) -> None:
    """Print the scores of the best epoch and of the last part, and the verdict."""
    best = best_row(history)
    say(
        f"Best after epoch {best['epoch']:.0f} of {len(history)}: {best['valid_bits']:.3f} bits per character on the "
        "held-out pieces. They chose this epoch, so the verdict is about the last part alone."
    )
    counted = job.train_text[-MOST_COUNTED:]
    on_pieces, on_last_part = (scored(job, counted, counting.order, text) for text in (job.pieces, job.last_part))
    V = len(job.model.vocabulary)
    say(
        f"On the last part, which was not used to choose anything: {on_last_part.bits.mean():.3f} bits per character; "
        f"counting {on_last_part.counting.mean():.3f}; all characters equally likely {np.log2(V):.3f}."
    )
    say(verdict(on_last_part, on_pieces, V).words)
    share = best_share(*on_pieces)
    average = mixed_bits(*on_last_part, share).mean()
    if average < min(on_last_part.bits.mean(), on_last_part.counting.mean()):
        say(
            f"The average of their probabilities, with {share:g} for the model's (a share chosen on the pieces), would "
            f"reach {average:.3f}."
        )
    say(f"Written to {options.model}, and the scores of all epochs to {history_path(options)}")


def scored(job: Job, counted: str, order: int, text: str) -> Scores:
    """Each character of a held-out text, scored by the model and by counting the other one."""
    by_order = bits_of_each_by_order(job.model.vocabulary, counted, text, order)
    counting = next(islice(by_order, order - 1, None))
    # rounding may put a score of 0 just below it
    return Scores(bits_of_each(job.model, text), np.maximum(0.0, counting))


def best_row(history: "pd.DataFrame") -> "pd.Series":
    """The row of the best epoch."""
    return history.loc[history["valid_bits"].idxmin()]
