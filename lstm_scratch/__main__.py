"""The command: python -m lstm_scratch train TEXT | sample MODEL | score MODEL TEXT; study/command.py does the work."""

import argparse
import sys
from typing import Any

from lstm_scratch.study import command

TRAINING = (
    "Train a character model on a text file, save it, and say whether it predicts better than counting. "
    "Ctrl-C ends the run early; with --resume it goes on."
)
COSTS = (
    "Memory: at most 12 bytes a character of text, beside what Python, the model and its training take. "
    "The checkpoint is written after each epoch, and within one once a minute."
)


def new_parser() -> argparse.ArgumentParser:
    """The options of the three verbs."""
    parser = argparse.ArgumentParser(prog="python -m lstm_scratch", description="A character model in NumPy.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="train | sample | score")

    def new_verb(name: str, what: str, description: str = "", **more: Any) -> argparse.ArgumentParser:
        more["formatter_class"] = lambda prog: argparse.HelpFormatter(prog, max_help_position=27, width=80)
        return verbs.add_parser(name, help=what, description=description or what.capitalize() + ".", **more)

    train = new_verb(
        "train", "train on a text, beside counting", TRAINING, usage="%(prog)s TEXT [options]", epilog=COSTS
    )
    option = train.add_argument
    option("text", metavar="TEXT", help="a text file; Project Gutenberg's notices are left out")
    option("--model", default="model.npz", metavar="FILE", help="file for the best model (%(default)s)")
    option("--checkpoint", metavar="FILE", help="file for the run (MODEL.checkpoint.npz)")
    option("--resume", action="store_true", help="go on from the checkpoint, also to more --epochs")
    option("--overwrite", action="store_true", help="replace an existing checkpoint and model")
    option("--start", metavar="MODEL", help="begin with this saved model, not with random weights")
    option("--float16", action="store_true", help="save the model in half precision, half the space")
    option("--held-out", type=float, metavar="X", help="share to score on (0.05, at most 50,000 characters)")
    option("--sample", type=int, default=300, metavar="N", help="characters to write at the end (%(default)s)")
    option("--seed", type=int, default=0, metavar="N", help="seed of the random numbers (%(default)s)")
    group = train.add_argument_group("settings, by default those that fit the length of the text")
    for name, (kind, meaning) in command.SETTINGS.items():
        group.add_argument(f"--{name.replace('_', '-')}", type=kind, metavar="N" if kind is int else "X", help=meaning)

    sample = new_verb("sample", "let a saved model write")
    option = sample.add_argument
    option("model", metavar="MODEL", help="a file that train has written")
    option("--prompt", default="\n", metavar="TEXT", help="what the model reads first (a line end)")
    option("--length", type=int, default=400, metavar="N", help="characters to write (%(default)s)")
    option("--temperature", type=float, default=0.7, metavar="X", help="below 1 safer, above 1 bolder (%(default)s)")
    option("--seed", type=int, metavar="N", help="the same seed gives the same text")

    score = new_verb("score", "score a text with a saved model, in bits per character")
    score.add_argument("model", metavar="MODEL", help="a file that train has written")
    score.add_argument("text", metavar="TEXT", help="a text file, in characters that the model knows")
    for verb in (train, score):
        verb.add_argument("--encoding", default="utf-8-sig", metavar="NAME", help="encoding of the text file (UTF-8)")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return the exit status: 0, 1 after an error, 130 after Ctrl-C."""
    options = new_parser().parse_args(arguments)
    try:
        {"train": command.train_beside_counting, "sample": command.sample, "score": command.score}[options.verb](
            options
        )
    except (ValueError, OSError, FloatingPointError, MemoryError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
