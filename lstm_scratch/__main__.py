"""The command: python -m lstm_scratch train TEXT | sample MODEL | score MODEL TEXT."""

from __future__ import annotations

import argparse
import sys

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.files import check_writable
from lstm_scratch.text import Vocabulary, read_text, split_text, without_gutenberg_notices
from lstm_scratch.training import train

# the exit status of a program that was interrupted, by convention: 128 and the number of the signal
INTERRUPTED = 130

TRAIN_OPTIONS: dict[str, tuple[float, str]] = {
    "hidden-size": (128, "number of hidden units"),
    "epochs": (30, "times to go through the text"),
    "batch-size": (32, "streams the text is cut into"),
    "seq-length": (64, "characters in a window"),
    "learning-rate": (3e-3, "learning rate at the start"),
    "final-learning-rate": (1e-5, "and at the end"),
    "dropout": (0.0, "share of h hidden from the output layer while learning"),
    "weight-drop": (0.0, "share of U left out while learning"),
    "held-out": (0.05, "share of the text, its end, that is kept for scoring"),
    "seed": (0, "seed of the random numbers"),
    "sample": (300, "characters to write at the end"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return the exit status: 0, 1 if something was wrong, 130 after Ctrl-C."""
    options = new_parser().parse_args(arguments)
    try:
        return options.run(options)
    except (ValueError, OSError, FloatingPointError, MemoryError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def new_parser() -> argparse.ArgumentParser:
    """The options of the three verbs."""
    parser = argparse.ArgumentParser(prog="python -m lstm_scratch", description="A character model in NumPy.")
    verbs = parser.add_subparsers(required=True, metavar="train | sample | score")

    verb = verbs.add_parser("train", help="train on a text file, save the best model, show a sample")
    verb.set_defaults(run=run_train)
    verb.add_argument("text", help="a UTF-8 text file; Project Gutenberg's own header and footer are cut off")
    for name, (default, meaning) in TRAIN_OPTIONS.items():
        verb.add_argument(f"--{name}", type=type(default), default=default, help=f"{meaning} (%(default)s)")
    verb.add_argument("--patience", type=int, help="stop after so many epochs without a better held-out score")
    verb.add_argument("--model", default="model.npz", help="file to write the best model to (%(default)s)")
    verb.add_argument("--float16", action="store_true", help="write it with half the digits, in half the space")
    verb.add_argument("--checkpoint", help="file to keep the run in after each epoch")
    verb.add_argument("--resume", action="store_true", help="go on from the checkpoint")

    verb = verbs.add_parser("sample", help="let a saved model write")
    verb.set_defaults(run=run_sample)
    verb.add_argument("model", help="a file that train has written")
    verb.add_argument("--prompt", default="\n", help="what the model reads first")
    verb.add_argument("--length", type=int, default=400, help="characters to write (%(default)s)")
    verb.add_argument("--temperature", type=float, default=0.7, help="below 1 fewer risks, above 1 more (%(default)s)")
    verb.add_argument("--seed", type=int, help="the same seed gives the same text")

    verb = verbs.add_parser("score", help="score a text with a saved model, in bits per character")
    verb.set_defaults(run=run_score)
    verb.add_argument("model", help="a file that train has written")
    verb.add_argument("text", help="a UTF-8 text file")
    return parser


def run_train(options: argparse.Namespace) -> int:
    """Train, save the model of the best epoch, and show a sample of it."""
    check_writable(options.model)
    text = without_gutenberg_notices(read_text(options.text))
    train_text, valid_text = split_text(text, options.held_out)
    model = CharLM(Vocabulary.from_text(text), options.hidden_size, rng=options.seed)
    numbers, V = sum(param.size for param in model.params.values()), len(model.vocabulary)
    print(f"{len(train_text):,} characters to learn from, {len(valid_text):,} held out, {V} different")
    print(f"{numbers:,} parameters")
    names = ("epochs", "batch_size", "seq_length", "learning_rate", "final_learning_rate", "dropout", "weight_drop")
    settings = {name: getattr(options, name) for name in (*names, "checkpoint", "resume")}
    patience = options.epochs if options.patience is None else options.patience
    history = train(model, train_text, valid_text, **settings, patience=patience, rng=options.seed)
    if history.empty:
        return INTERRUPTED
    model.save(options.model, dtype=np.float16 if options.float16 else None)
    best = history.loc[history["valid_bits"].idxmin()]
    print(f"best after epoch {best['epoch']:.0f}: {best['valid_bits']:.4f} bits per character, held out")
    print(f"written to {options.model}")
    if history.attrs["interrupted"]:
        return INTERRUPTED
    prompt = valid_text[:100]
    print(f"a sample:\n\n{prompt}|{model.sample(prompt, options.sample, temperature=0.7, rng=options.seed)}")
    return 0


def run_sample(options: argparse.Namespace) -> int:
    """Let a saved model write."""
    model = CharLM.load(options.model)
    written = model.sample(options.prompt, options.length, temperature=options.temperature, rng=options.seed)
    print(options.prompt + written)
    return 0


def run_score(options: argparse.Namespace) -> int:
    """Score a text with a saved model."""
    print(f"{CharLM.load(options.model).bits_per_char(read_text(options.text)):.4f} bits per character")
    return 0


if __name__ == "__main__":
    sys.exit(main())
