"""Which files a run writes; checked before any work, so that it does not fail at its end or lose an earlier run."""

import argparse
import os

from lstm_scratch.command.inputs import check_checkpoint_file
from lstm_scratch.files import check_writable


def checkpoint_path(options: argparse.Namespace) -> str:
    """The path of the checkpoint, by default next to the model."""
    return options.checkpoint or os.path.splitext(options.model)[0] + ".checkpoint.npz"


def history_path(options: argparse.Namespace) -> str:
    """The path of the file next to the model that has one row of scores per epoch."""
    return os.path.splitext(options.model)[0] + ".history.csv"


def check_paths(options: argparse.Namespace) -> None:
    """Raise ValueError or OSError if a file could not be written, or if two of the paths name one file."""
    checkpoint = checkpoint_path(options)
    history = history_path(options)
    paths = [options.text, options.model, checkpoint]
    if len({os.path.realpath(path) for path in paths}) < 3:
        raise ValueError("the text, the model and the checkpoint must be three files, not " + ", ".join(paths))
    if os.path.realpath(history) in {os.path.realpath(path) for path in paths}:
        raise ValueError(f"{history} is the file for the scores of all epochs: name another file")
    if options.plot is not None:
        check_picture(options, [*paths, history])
    for path in (options.model, checkpoint, history):
        check_writable(path)


def check_picture(options: argparse.Namespace, others: list[str]) -> None:
    """Raise ValueError or OSError if the picture could not be written, or would replace another file."""
    path = options.plot
    if not path.lower().endswith(".png"):
        raise ValueError(f"--plot draws a .png file, so its name must end in .png, not {path}")
    if os.path.realpath(path) in {os.path.realpath(other) for other in others}:
        raise ValueError(f"--plot must name a file of its own, not {path}")
    check_writable(path)
    if os.path.exists(path) and not (options.resume or options.overwrite):
        raise FileExistsError(f"{path} exists: add --overwrite to replace it, or name another file with --plot")


def check_nothing_is_lost(options: argparse.Namespace) -> None:
    """Raise OSError if there is no checkpoint to continue from, or if the run would replace an earlier file."""
    checkpoint = checkpoint_path(options)
    if options.resume and not os.path.exists(checkpoint):
        raise FileNotFoundError(
            f"there is no checkpoint {checkpoint} to continue from: leave out --resume to begin a new run"
        )
    if options.resume:
        check_checkpoint_file(checkpoint)
    for path in (options.model, checkpoint, history_path(options)):
        if os.path.exists(path) and not (options.resume or options.overwrite):
            raise FileExistsError(
                f"{path} exists: add --resume to continue its run, --overwrite to replace it, or --model FILE to write "
                "to another file"
            )
