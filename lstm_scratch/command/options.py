"""The command's options: what can be asked of train, sample and score, and their help."""

import argparse
from collections.abc import Callable
from typing import Any

from lstm_scratch.command.train import train_beside_counting
from lstm_scratch.command.use import sample, score
from lstm_scratch.text import UTF_8

# each setting: its type, and what it means; without the option, the text's length and its number of symbols decide
SETTINGS: dict[str, tuple[type, str]] = {
    "hidden_size": (int, "number of hidden units"),
    "epochs": (int, "number of passes over the text"),
    "batch_size": (int, "number of streams the text is cut into"),
    "seq_length": (int, "characters in a window"),
    "learning_rate": (float, "learning rate at the start"),
    "final_learning_rate": (float, "learning rate at the end (0.00001)"),
    "dropout": (float, "share of h hidden from the output layer in training"),
    "weight_drop": (float, "share of U left out in training"),
    "patience": (int, "epochs to continue without a better score (15)"),
}
TRAINING = (
    "Train a character model on a text file, save it, and say whether it predicts better than counting. "
    "The options from --hidden-size on have defaults that fit the text; the run prints them, and why. "
    "Ctrl-C ends the run early; with --resume it continues."
)
COSTS = (
    "Memory: at most 12 bytes per character of text, besides what Python, the model and its training take. "
    "The checkpoint is written after each epoch, and within one once a minute."
)


class NarrowHelp(argparse.HelpFormatter):
    """Help that fits a terminal of 80 columns, with the meaning of an option beside its name."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=27, width=80)


def new_parser() -> argparse.ArgumentParser:
    """The options of the three verbs. What parse_args returns has the function to call as its `run`."""
    parser = argparse.ArgumentParser(prog="python -m lstm_scratch", description="A character model in NumPy.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="train | sample | score")
    add_train(verbs)
    add_sample(verbs)
    add_score(verbs)
    return parser


def new_verb(verbs: Any, name: str, run: Callable[[argparse.Namespace], None], what: str) -> argparse.ArgumentParser:
    """A verb that calls `run`, with `what` it does as its help."""
    verb = verbs.add_parser(name, help=what, description=what.capitalize() + ".", formatter_class=NarrowHelp)
    verb.set_defaults(run=run)
    return verb


def add_train(verbs: Any) -> None:
    """The options of `train`."""
    train = new_verb(verbs, "train", train_beside_counting, "train on a text, and compare with counting")
    train.description = TRAINING
    train.epilog = COSTS
    train.usage = "%(prog)s TEXT [options]"
    train.add_argument("text", metavar="TEXT", help="a text file; Project Gutenberg's notices are left out")
    train.add_argument("--model", default="model.npz", metavar="FILE", help="file for the best model (%(default)s)")
    train.add_argument("--checkpoint", metavar="FILE", help="file for the run (MODEL.checkpoint.npz)")
    train.add_argument("--resume", action="store_true", help="continue from the checkpoint, also to more --epochs")
    train.add_argument("--overwrite", action="store_true", help="replace an existing checkpoint and model")
    train.add_argument("--start", metavar="MODEL", help="begin with this saved model, not with random weights")
    train.add_argument("--float16", action="store_true", help="save the model in half precision, half the space")
    train.add_argument("--plot", metavar="FILE", help="draw the scores of all epochs into this .png file")
    train.add_argument(
        "--held-out", type=float, metavar="X", help="share to score once, at the end (0.05; 0.1 of a short text)"
    )
    train.add_argument(
        "--sample", type=int, default=300, metavar="N", help="characters to write at the end (%(default)s)"
    )
    train.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the random numbers (%(default)s)")
    train.add_argument("--encoding", default=UTF_8, metavar="NAME", help="encoding of the text file (UTF-8)")
    for name, (kind, meaning) in SETTINGS.items():
        placeholder = "N" if kind is int else "X"
        train.add_argument(f"--{name.replace('_', '-')}", type=kind, metavar=placeholder, help=meaning)


def add_sample(verbs: Any) -> None:
    """The options of `sample`."""
    writing = new_verb(verbs, "sample", sample, "let a saved model write")
    writing.add_argument("model", metavar="MODEL", help="a file that train has written")
    writing.add_argument("--prompt", default="\n", metavar="TEXT", help="what the model reads first (a line end)")
    writing.add_argument("--length", type=int, default=400, metavar="N", help="characters to write (%(default)s)")
    writing.add_argument(
        "--temperature", type=float, default=0.7, metavar="X", help="below 1 safer, above 1 bolder (%(default)s)"
    )
    writing.add_argument("--seed", type=int, metavar="N", help="the same seed gives the same text")


def add_score(verbs: Any) -> None:
    """The options of `score`."""
    scoring = new_verb(verbs, "score", score, "score a text with a saved model, in bits per character")
    scoring.add_argument("model", metavar="MODEL", help="a file that train has written")
    scoring.add_argument("text", metavar="TEXT", help="a text file, in characters that the model knows")
    scoring.add_argument("--encoding", default=UTF_8, metavar="NAME", help="encoding of the text file (UTF-8)")
