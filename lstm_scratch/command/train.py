"""What `train` does: read the text, count, train, save the model of the best epoch, compare it with counting."""

import argparse
import os
from typing import Any, NamedTuple

import numpy as np

from lstm_scratch.char_model import CharLM
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
from lstm_scratch.command.use import write
from lstm_scratch.command.verdict import verdict
from lstm_scratch.files import check_writable, locked
from lstm_scratch.study.ngram import bits_by_order
from lstm_scratch.text import Vocabulary, split_text
from lstm_scratch.training import train

# counting looks at no more than so many characters, from the end of the training text
MOST_COUNTED = 2_000_000
# and no more than so many are held out, unless --held-out says so
MOST_HELD_OUT = 50_000
HELD_OUT = 0.05


class Job(NamedTuple):
    """All that a training needs: the texts, the model, the settings of `train`, and where the checkpoint is."""

    train_text: str
    held_out: str
    model: CharLM
    settings: dict[str, Any]
    why: str
    checkpoint: str
    note: dict[str, Any]
    # the held-out scores of the epochs before it was resumed
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
    """Train, save, compare and let the model write, when the files are ready."""
    job = prepare(options, checkpoint)
    report_settings(job)
    counting = report_counting(job)
    train_and_save(job, counting, options)
    if options.sample > 0:
        prompt = job.held_out[:100]
        print(f"A sample:\n\n{prompt}|", end="", flush=True)
        write(job.model, prompt, options.sample, temperature=0.7, seed=options.seed)


def prepare(options: argparse.Namespace, checkpoint: str) -> Job:
    """Read the text, and make or load the model. Raises ValueError or OSError for what cannot be."""
    about = take_over(options, checkpoint) if options.resume else None
    if about is None and options.unknown and not options.start:
        raise ValueError(f"--unknown {options.unknown} is about a saved model to begin with: add --start MODEL")
    use_defaults(options)
    text = read(options.text, options.encoding)
    text_now = about_text(options.text, text)
    if about is not None:
        check_same_text(text_now, checkpoint, about)
    model = earlier_model(options, text, checkpoint, about)
    if model is not None and options.unknown == "skip":
        text = without_unknown(options.text, text, model)
    share = options.held_out
    if share is None:
        share = min(HELD_OUT, MOST_HELD_OUT / max(1, len(text)))
    try:
        train_text, held_out = split_text(text, share)
    except ValueError as error:
        raise ValueError(f"{option('held_out', share)}: {error}") from error
    chosen, why = settings_for(len(train_text))
    settings = chosen.named()
    for name in settings:
        given = getattr(options, name)
        if given is not None:
            settings[name] = given
    hidden_size = settings.pop("hidden_size")
    check_a_window_fits(len(train_text), settings)
    if model is None:
        model = CharLM(Vocabulary.from_text(text), hidden_size, rng=options.seed)
    note = new_note(options, text_now, share, settings)
    # a long text is kept in memory once
    del text
    if about is None:
        return Job(train_text, held_out, model, settings, why, checkpoint, note, [])
    scores = earlier_scores(checkpoint, about)
    return Job(train_text, held_out, model, settings, f"those of {checkpoint}", checkpoint, note, scores)


def earlier_model(
    options: argparse.Namespace, text: str, checkpoint: str, about: dict[str, Any] | None
) -> CharLM | None:
    """The model of the run that is resumed, or the saved one to start with; None if there is to be a new one."""
    if about is not None:
        model = resumed_model(checkpoint, about)
        check_resumed_model(options, model, checkpoint)
        return model
    if options.start:
        return saved_model(options, text)
    return None


def check_a_window_fits(characters: int, settings: dict[str, Any]) -> None:
    """Raise ValueError, by the options' names, if the text for training does not fill a single window."""
    B = settings["batch_size"]
    T = settings["seq_length"]
    if characters <= B * T:
        raise ValueError(
            f"{option('batch_size', B)} {option('seq_length', T)}: the text for training has {characters:,} "
            f"characters, and a window takes {B * T + 1:,}, which is {B} x {T} + 1"
        )


def saved_model(options: argparse.Namespace, text: str) -> CharLM:
    """The model of --start, which knows all characters of the text, except those that are to be passed over."""
    model = CharLM.load(options.start)
    if options.hidden_size and options.hidden_size != model.hidden_size:
        raise ValueError(
            f"--hidden-size {options.hidden_size} does not agree with {options.start}, "
            f"which has {model.hidden_size} hidden units: leave it out"
        )
    if options.unknown == "learn":
        return with_characters(model, text, options.seed)
    if options.unknown == "refuse":
        remedy = "--unknown skip passes over them, --unknown learn adds them to the model"
        check_known(options.text, text, model, remedy)
    return model


def check_paths(options: argparse.Namespace, checkpoint: str) -> None:
    """Raise ValueError or OSError if a file could not be written after the work."""
    paths = options.text, options.model, checkpoint
    if len({os.path.realpath(path) for path in paths}) < 3:
        raise ValueError("the text, the model and the checkpoint must be three files, not " + ", ".join(paths))
    for path in (options.model, checkpoint):
        check_writable(path)


def check_nothing_is_lost(options: argparse.Namespace, checkpoint: str) -> None:
    """Raise OSError if there is no checkpoint to continue from, or if a file would be lost by the work."""
    if options.resume and not os.path.exists(checkpoint):
        raise FileNotFoundError(
            f"there is no checkpoint {checkpoint} to continue from: leave out --resume to begin a run"
        )
    for path in (options.model, checkpoint):
        if os.path.exists(path) and not (options.resume or options.overwrite):
            raise FileExistsError(f"{path} exists: add --resume to continue its run, or --overwrite to replace it")


def check_resumed_model(options: argparse.Namespace, model: CharLM, checkpoint: str) -> None:
    """Raise FileExistsError if a resumed run would write over the model of another one."""
    if not os.path.exists(options.model) or CharLM.load(options.model).architecture == model.architecture:
        return
    raise FileExistsError(
        f"{options.model} is another model than that of the run in {checkpoint}: "
        f"name another file with --model, and this checkpoint with --checkpoint {checkpoint}"
    )


def report_settings(job: Job) -> None:
    """Print how the text was divided, and the settings as options of the command."""
    learned = f"{len(job.train_text):,} characters to learn from"
    print(f"{learned}, {len(job.held_out):,} held out. Settings ({job.why}):")
    chosen = {"hidden_size": job.model.hidden_size, **job.settings}
    print(" ", " ".join(option(name, value) for name, value in chosen.items()))
    over = how_to_go_on(job.earlier_scores, job.settings["epochs"], job.settings["patience"])
    if over:
        print(f"Nothing is left to train. {over}")


def report_counting(job: Job) -> float:
    """Print what there is to beat; return the score of the best n-gram in bits per character."""
    V = len(job.model.vocabulary)
    counted = job.train_text[-MOST_COUNTED:]
    scores = bits_by_order(job.model.vocabulary, counted, job.held_out)
    best = min(scores)
    characters_seen = scores.index(best)
    # rounding may put a score of 0 just below it
    counting = max(0.0, best)
    print(f"To beat, in bits per character: {np.log2(V):.3f} if all {V} characters are equally likely (log2 {V}),")
    where = "" if len(counted) == len(job.train_text) else f" in the last {len(counted):,} characters"
    print(f"  {counting:.3f} by counting{where}, with the best n-gram, which looks at {characters_seen} characters")
    return counting


def train_and_save(job: Job, counting: float, options: argparse.Namespace) -> None:
    """Train, write the model and print the verdict. Raises KeyboardInterrupt after Ctrl-C, when all is written."""
    if options.overwrite and not options.resume and os.path.exists(job.checkpoint):
        os.remove(job.checkpoint)
    history = train(
        job.model,
        job.train_text,
        job.held_out,
        **job.settings,
        rng=options.seed,
        checkpoint=job.checkpoint,
        note=job.note,
        resume=options.resume,
    )
    if not history.empty:
        job.model.save(options.model, dtype=np.float16 if options.float16 else None)
        print(verdict(history, counting))
        print(f"Written to {options.model}")
        scores = history["valid_bits"].tolist()
        over = how_to_go_on(scores, job.settings["epochs"], job.settings["patience"])
        if over and len(scores) > len(job.earlier_scores):
            print(over)
    if history.attrs["interrupted"]:
        print("To continue, add --resume" if os.path.exists(job.checkpoint) else "No checkpoint had been written yet")
        raise KeyboardInterrupt
