"""What `train` does: read the text, count, train, save the model of the best epoch, compare it with counting."""

import argparse
import os
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.command.division import divide, last_share_for
from lstm_scratch.command.duration import minutes_at_most
from lstm_scratch.command.lock import locked
from lstm_scratch.command.reading import check_known, read, with_characters, without_unknown
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
from lstm_scratch.command.terminal import curve, say
from lstm_scratch.command.use import write
from lstm_scratch.command.verdict import advice, best_row, is_still_improving, verdict
from lstm_scratch.files import check_writable, write_file
from lstm_scratch.study.comparison import bits_of_each
from lstm_scratch.study.ngram import bits_by_order, bits_of_each_by_order
from lstm_scratch.text import Vocabulary
from lstm_scratch.training import train

if TYPE_CHECKING:
    import pandas as pd

# counting looks at no more than this many characters, at the end of the training text
MOST_COUNTED = 2_000_000


class Counting(NamedTuple):
    """The best n-gram: its order, and its score on the held-out pieces in bits per character."""

    order: int
    bits: float


class Job(NamedTuple):
    """Everything that a run needs: the texts, the model, the settings of `train`, and the path of the checkpoint.

    The held-out pieces choose the epoch, and how far back counting looks. The last part is scored once, at the end.
    """

    train_text: str
    pieces: str
    last_part: str
    model: CharLM
    settings: dict[str, Any]
    why: str
    checkpoint: str
    note: dict[str, Any]
    # the score on the pieces after each epoch that was trained before the run was resumed
    earlier_scores: list[float]


def train_beside_counting(options: argparse.Namespace) -> None:
    """Train, save the model of the best epoch, and compare its score with the best n-gram's."""
    checkpoint = options.checkpoint or os.path.splitext(options.model)[0] + ".checkpoint.npz"
    check_paths(options, checkpoint)
    # from here to the end, no other run may write to these files
    with locked(options.model), locked(checkpoint):
        check_nothing_is_lost(options, checkpoint)
        train_in_files(options, checkpoint)


def train_in_files(options: argparse.Namespace, checkpoint: str) -> None:
    """Train, save, compare, and let the model write. The files are locked, and nothing in them can be lost."""
    job = prepare(options, checkpoint)
    report_settings(job)
    counting = report_counting(job)
    train_and_save(job, counting, options)
    if options.sample > 0:
        prompt = job.last_part[:100]
        say("A sample. The model reads the text before the bar, and has written what follows the bar:\n")
        print(f"{prompt}|", end="", flush=True)
        write(job.model, prompt, options.sample, temperature=0.7, seed=options.seed)


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
    train_text, pieces, last_part = divided(text, share)
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
        return Job(train_text, pieces, last_part, model, settings, why, checkpoint, note, [])
    scores = earlier_scores(checkpoint, about)
    why = f"those of {checkpoint}"
    return Job(train_text, pieces, last_part, model, settings, why, checkpoint, note, scores)


def divided(text: str, share: float) -> tuple[str, str, str]:
    """The text to train on, the pieces that choose the epoch, and the last part, which is scored at the end."""
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
    if options.unknown == "learn":
        return with_characters(model, text, options.seed)
    if options.unknown == "refuse":
        remedy = "--unknown skip leaves them out, --unknown learn adds them to the model"
        check_known(options.text, text, model, remedy)
    return model


def check_paths(options: argparse.Namespace, checkpoint: str) -> None:
    """Raise ValueError or OSError, before any work is done, if a file could not be written at its end."""
    paths = options.text, options.model, checkpoint
    if len({os.path.realpath(path) for path in paths}) < 3:
        raise ValueError("the text, the model and the checkpoint must be three files, not " + ", ".join(paths))
    history = history_path(options)
    if os.path.realpath(history) in {os.path.realpath(path) for path in paths}:
        raise ValueError(f"{history} is the file for the scores of all epochs: name another file")
    if options.plot is not None:
        check_picture(options.plot, [*paths, history], may_replace=options.resume or options.overwrite)
    for path in (options.model, checkpoint, history):
        check_writable(path)


def check_nothing_is_lost(options: argparse.Namespace, checkpoint: str) -> None:
    """Raise OSError if there is no checkpoint to continue from, or if the run would replace an earlier file."""
    if options.resume and not os.path.exists(checkpoint):
        raise FileNotFoundError(
            f"there is no checkpoint {checkpoint} to continue from: leave out --resume to begin a new run"
        )
    for path in (options.model, checkpoint, history_path(options)):
        if os.path.exists(path) and not (options.resume or options.overwrite):
            raise FileExistsError(
                f"{path} exists: add --resume to continue its run, --overwrite to replace it, or --model FILE to write "
                "to another file"
            )


def check_picture(path: str, others: list[str], *, may_replace: bool) -> None:
    """Raise ValueError or OSError if the picture could not be written to this path, or would replace another file."""
    if not path.lower().endswith(".png"):
        raise ValueError(f"--plot draws a .png file, so its name must end in .png, not {path}")
    if os.path.realpath(path) in {os.path.realpath(other) for other in others}:
        raise ValueError(f"--plot must name a file of its own, not {path}")
    try:
        check_writable(path)
    except OSError as error:
        raise OSError(error.errno, f"--plot: {error.strerror}", path) from error
    if os.path.exists(path) and not may_replace:
        raise FileExistsError(f"{path} exists: add --overwrite to replace it, or name another file with --plot")


def check_resumed_model(options: argparse.Namespace, model: CharLM, checkpoint: str) -> None:
    """Raise FileExistsError if a resumed run would overwrite the model of another run."""
    if not os.path.exists(options.model) or CharLM.load(options.model).architecture == model.architecture:
        return
    raise FileExistsError(
        f"{options.model} is not the model of the run in {checkpoint}: "
        f"name another file with --model, and this checkpoint with --checkpoint {checkpoint}"
    )


def report_settings(job: Job) -> None:
    """Print how the text was divided, the settings as options of the command, and how long this may take."""
    say(
        f"{len(job.train_text):,} characters to learn from, {len(job.pieces):,} in held-out pieces to choose the "
        f"epoch, and the last {len(job.last_part):,} to score once, at the end."
    )
    say(f"Settings ({job.why}):")
    say("  " + " ".join(option(name, value) for name, value in in_force(job).items()))
    if is_over(job):
        remedy = how_to_go_on(job.earlier_scores, job.settings["epochs"], job.settings["patience"])
        say(f"Nothing is left to train. {remedy}")


def is_over(job: Job) -> bool:
    """Whether the run that is resumed has nothing left to train."""
    return how_to_go_on(job.earlier_scores, job.settings["epochs"], job.settings["patience"]) != ""


def in_force(job: Job) -> dict[str, Any]:
    """The settings of the run by name, the size of the model among them."""
    return {"hidden_size": job.model.hidden_size, **job.settings}


def report_counting(job: Job) -> Counting:
    """Print what the model has to beat on the held-out pieces; return the best n-gram."""
    V = len(job.model.vocabulary)
    counted = job.train_text[-MOST_COUNTED:]
    scores = bits_by_order(job.model.vocabulary, counted, job.pieces)
    best = min(scores)
    characters_seen = scores.index(best)
    # rounding may put a score of 0 just below it
    counting = Counting(order=characters_seen + 1, bits=max(0.0, best))
    say(
        f"To beat on these pieces, in bits per character: {np.log2(V):.3f} if all {V} characters are equally likely "
        f"(log2 {V}),"
    )
    where = "" if len(counted) == len(job.train_text) else f" in the last {len(counted):,} characters"
    say(f"  {counting.bits:.3f} by counting{where}, with the best n-gram, which looks at {characters_seen} characters")
    return counting


def train_and_save(job: Job, counting: Counting, options: argparse.Namespace) -> None:
    """Train, write the model and print the verdict. Raises KeyboardInterrupt after Ctrl+C, once all is written."""
    if not is_over(job):
        say(minutes_at_most(job.model, job.train_text, job.pieces, job.settings))
    if options.overwrite and not options.resume and os.path.exists(job.checkpoint):
        os.remove(job.checkpoint)
    history = train(
        job.model,
        job.train_text,
        job.pieces,
        **job.settings,
        rng=options.seed,
        checkpoint=job.checkpoint,
        note=job.note,
        resume=options.resume,
        # where nothing is left to train, there is no progress to show
        progress=not is_over(job),
    )
    if not history.empty:
        job.model.save(options.model, dtype=np.float16 if options.float16 else None)
        write_file(history_path(options), history.to_csv(index=False).encode())
        if options.plot is not None:
            drops = job.settings["dropout"] > 0 or job.settings["weight_drop"] > 0
            draw(history, counting, options.plot, drops=drops)
        report_result(job, counting, history, options)
    if history.attrs["interrupted"]:
        say("To continue, add --resume" if os.path.exists(job.checkpoint) else "No checkpoint had been written yet")
        raise KeyboardInterrupt


def history_path(options: argparse.Namespace) -> str:
    """The path of the file next to the model that has one row of scores per epoch."""
    return os.path.splitext(options.model)[0] + ".history.csv"


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
    """Print the curve, both scores, the verdict and what to do next."""
    epochs = job.settings["epochs"]
    best = best_row(history)
    if len(history) > 1:
        print(curve(history["valid_bits"].tolist(), counting.bits))
    say(
        f"Best after epoch {best['epoch']:.0f} of {len(history)}: {best['valid_bits']:.3f} bits per character on the "
        "held-out pieces. They chose this epoch, so the verdict is about the last part alone."
    )
    bits = bits_of_each(job.model, job.last_part)
    counted = job.train_text[-MOST_COUNTED:]
    by_order = bits_of_each_by_order(job.model.vocabulary, counted, job.last_part, counting.order)
    counting_bits = next(islice(by_order, counting.order - 1, None))
    V = len(job.model.vocabulary)
    say(
        f"On the last part, which was not used to choose anything: {bits.mean():.3f} bits per character; counting "
        f"{max(0.0, counting_bits.mean()):.3f}; all characters equally likely {np.log2(V):.3f}."
    )
    judged = verdict(bits, counting_bits, V)
    say(judged.words)
    say(f"Written to {options.model}, and the scores of all epochs to {history_path(options)}")
    if history.attrs["interrupted"]:
        return
    if judged.standing in (0, -1):
        say(advice(history, in_force(job), begins_anew=not options.start))
        return
    scores = history["valid_bits"].tolist()
    by_patience = len(scores) < epochs
    trained_now = len(scores) > len(job.earlier_scores)
    if trained_now and (by_patience or is_still_improving(history, epochs)):
        say(how_to_go_on(scores, epochs, job.settings["patience"]))
