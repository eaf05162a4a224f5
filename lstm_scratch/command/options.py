"""The command's options: what can be asked of train, sample and score, and their help."""

import argparse
import math
import re
import shutil
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from lstm_scratch.command.check import add_check
from lstm_scratch.command.page import add_page
from lstm_scratch.command.terminal import say
from lstm_scratch.command.train import train_beside_counting
from lstm_scratch.command.use import sample, score
from lstm_scratch.command.versions import versions
from lstm_scratch.text import UTF_8


def checked(kind: type, holds: Callable[[Any], bool], expected: str) -> Callable[[str], Any]:
    """A function that turns what was typed for an option into its value, or refuses it and says what it expects."""

    def value_of(typed: str) -> Any:
        try:
            value = kind(typed)
            if holds(value):
                return value
        except (ValueError, LookupError):
            pass
        raise argparse.ArgumentTypeError(f"must be {expected}, not {typed!r}")

    return value_of


def is_encoding(name: str) -> bool:
    """Whether there is an encoding of texts with this name. Raises LookupError if there is not."""
    return "".encode(name) is not None


# NaN is not above 0, nor below 1
at_least_1 = checked(int, lambda number: number >= 1, "a whole number of at least 1")
# U alone has 4 H x H numbers, and training keeps several copies of it
hidden_units = checked(int, lambda number: 1 <= number <= 10_000, "a whole number from 1 to 10,000")
at_least_0 = checked(int, lambda number: number >= 0, "a whole number of at least 0")
positive = checked(float, lambda number: 0 < number < math.inf, "a positive finite number")
share = checked(float, lambda number: 0 <= number < 1, "at least 0 and below 1")
part = checked(float, lambda number: 0 < number < 1, "above 0 and below 1")
file_name = checked(str, lambda name: name != "", "the name of a file")
encoding = checked(str, is_encoding, "an encoding of texts that Python knows, such as utf-8 or cp1252")

# each setting: the function that turns what was typed into its value, and what the setting means; without the option,
# the length of the text and the number of its symbols decide
SETTINGS: dict[str, tuple[Callable[[str], Any], str]] = {
    "hidden_size": (hidden_units, "number of hidden units"),
    "epochs": (at_least_1, "number of passes over the text"),
    "batch_size": (at_least_1, "number of streams the text is cut into"),
    "seq_length": (at_least_1, "number of characters in a window"),
    "learning_rate": (positive, "learning rate at the start"),
    "final_learning_rate": (positive, "learning rate at the end (0.00001)"),
    "dropout": (share, "share of h hidden from the output layer in training"),
    "weight_drop": (share, "share of U left out in training"),
    "patience": (at_least_1, "stop after this many epochs without a better score (15)"),
}
TRAINING = (
    "Train a character model on a text file, save it, and say whether it predicts better than counting n-grams "
    "(with the smoothing of Kneser and Ney). The options from --hidden-size on have defaults that fit the length of "
    "the text. With up to 40,000 characters to learn from, some of them are tried, each in a run of its own, and the "
    "run that best predicts the held-out pieces is kept. An option that you give is not tried over. Ctrl+C ends the "
    "run early and saves the best model so far, if an epoch has ended; --resume continues it. A run that is killed "
    "while settings are tried begins anew."
)
COSTS = (
    "Memory: at most 12 bytes per character of text, besides what Python, the model and its training take. "
    "The checkpoint is written after each epoch, and once a minute during a long one."
)


# what a backslash and the character after it mean in a prompt
ESCAPES = {r"\n": "\n", r"\t": "\t", r"\\": "\\"}


def prompt(typed: str) -> str:
    r"""The prompt, with \n, \t and \\ replaced by a line end, a tab and one backslash. Other backslashes stay."""
    if not typed:
        raise argparse.ArgumentTypeError("must have at least one character")
    return re.sub(r"\\[nt\\]", lambda found: ESCAPES[found[0]], typed)


# from so many columns on, the meaning of an option fits next to its name
WIDE = 60


class NarrowHelp(argparse.HelpFormatter):
    """Help that breaks no word, with the meaning of an option next to its name, or below it on a narrow screen."""

    def __init__(self, prog: str) -> None:
        width = columns_of_help()
        super().__init__(prog, max_help_position=27 if width >= WIDE else 6, width=width)


def columns_of_help() -> int:
    """How wide the help is."""
    return min(80, shutil.get_terminal_size().columns)


class Parser(argparse.ArgumentParser):
    """A parser whose errors fit the terminal."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end the program with status 2."""
        self.print_usage(sys.stderr)
        say(f"{self.prog}: error: {message}", sys.stderr)
        self.exit(2)


def new_parser() -> argparse.ArgumentParser:
    """The options of all verbs. In what parse_args returns, `run` is the function to call."""
    parser = Parser(
        prog="python -m lstm_scratch",
        usage="%(prog)s VERB ...",
        description="A character model in NumPy. `VERB --help` lists the options of a verb.",
        formatter_class=NarrowHelp,
    )
    parser.add_argument("--version", action=ShowVersions, nargs=0, help="show the versions of what computes here")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB", prog=parser.prog)
    add_train(verbs)
    add_sample(verbs)
    add_score(verbs)
    add_page(verbs)
    add_check(verbs)
    return parser


class ShowVersions(argparse.Action):
    """Print the versions, a line each, and end the program."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print(versions())
        parser.exit()


def new_verb(verbs: Any, name: str, run: Callable[[argparse.Namespace], None], what: str) -> argparse.ArgumentParser:
    """A verb that calls `run`; its help says `what` it does."""
    verb = verbs.add_parser(name, help=what, description=what.capitalize() + ".", formatter_class=NarrowHelp)
    verb.set_defaults(run=run)
    return verb


def add_train(verbs: Any) -> None:
    """The options of `train`."""
    train = new_verb(verbs, "train", train_beside_counting, "train on a text, and compare with counting")
    train.description = TRAINING
    train.epilog = COSTS
    train.usage = "%(prog)s TEXT [options]" if columns_of_help() >= WIDE else "%(prog)s\n  TEXT [options]"
    train.add_argument(
        "text", type=file_name, metavar="TEXT", help="a text file; Project Gutenberg's notices are left out"
    )
    train.add_argument(
        "--model", type=file_name, default="model.npz", metavar="FILE", help="file for the best model (%(default)s)"
    )
    train.add_argument("--checkpoint", type=file_name, metavar="FILE", help="file for the run (MODEL.checkpoint.npz)")
    train.add_argument(
        "--resume",
        action="store_true",
        help="continue a run with its own settings; --epochs may be larger than before",
    )
    train.add_argument("--overwrite", action="store_true", help="replace an existing checkpoint and model")
    train.add_argument(
        "--start", type=file_name, metavar="MODEL", help="begin with this saved model, not with random weights"
    )
    train.add_argument(
        "--unknown",
        choices=("refuse", "skip"),
        metavar="WHAT",
        help="what to do with characters that it has not seen: refuse or skip (refuse)",
    )
    train.add_argument("--float16", action="store_true", help="save the model in half precision, in half the space")
    train.add_argument("--plot", type=file_name, metavar="FILE", help="draw the scores of all epochs as this .png")
    train.add_argument(
        "--held-out",
        type=part,
        metavar="X",
        help="share of the text to score once, at the end (0.05; up to 0.15 of a short text)",
    )
    train.add_argument(
        "--sample", type=at_least_0, default=300, metavar="N", help="characters to write at the end (%(default)s)"
    )
    train.add_argument("--seed", type=at_least_0, metavar="N", help="seed of the random numbers (0)")
    train.add_argument("--encoding", type=encoding, metavar="NAME", help="encoding of the text file (UTF-8)")
    for name, (kind, meaning) in SETTINGS.items():
        placeholder = "N" if kind in (at_least_1, hidden_units) else "X"
        train.add_argument(f"--{name.replace('_', '-')}", type=kind, metavar=placeholder, help=meaning)


def add_sample(verbs: Any) -> None:
    """The options of `sample`."""
    writing = new_verb(verbs, "sample", sample, "let a saved model write")
    writing.add_argument("model", type=file_name, metavar="MODEL", help="a file that train has written")
    writing.add_argument(
        "--prompt",
        type=prompt,
        metavar="TEXT",
        help=r"what the model reads first (a line end, if it can); \n is a line end, \t a tab",
    )
    writing.add_argument(
        "--length", type=at_least_0, default=400, metavar="N", help="characters to write (%(default)s)"
    )
    writing.add_argument(
        "--temperature", type=positive, default=0.7, metavar="X", help="below 1 safer, above 1 bolder (%(default)s)"
    )
    writing.add_argument("--seed", type=at_least_0, metavar="N", help="the same seed gives the same text")


def add_score(verbs: Any) -> None:
    """The options of `score`."""
    scoring = new_verb(verbs, "score", score, "score a text with a saved model, in bits per character")
    scoring.add_argument("model", type=file_name, metavar="MODEL", help="a file that train has written")
    scoring.add_argument("text", type=file_name, metavar="TEXT", help="a text file")
    scoring.add_argument(
        "--unknown",
        choices=("refuse", "skip"),
        default="refuse",
        metavar="WHAT",
        help="what to do with characters that the model has not seen: refuse or skip (%(default)s)",
    )
    scoring.add_argument(
        "--encoding", type=encoding, default=UTF_8, metavar="NAME", help="encoding of the text file (UTF-8)"
    )
