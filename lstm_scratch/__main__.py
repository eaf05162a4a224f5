"""The command: python -m lstm_scratch train TEXT | sample MODEL | score MODEL TEXT."""

import argparse
import sys
from dataclasses import fields

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.files import check_writable
from lstm_scratch.text import Vocabulary, read_text, split_text, without_gutenberg_notices
from lstm_scratch.training import Run, train

# options of train: default and meaning
TRAIN_OPTIONS: dict[str, tuple[float, str]] = {
    "hidden_size": (128, "number of hidden units"),
    "epochs": (30, "number of passes over the text"),
    "batch_size": (32, "number of streams the text is cut into"),
    "seq_length": (64, "characters in a window"),
    "learning_rate": (3e-3, "learning rate at the start"),
    "final_learning_rate": (1e-5, "learning rate at the end"),
    "dropout": (0.0, "share of h hidden from the output layer in training"),
    "weight_drop": (0.0, "share of U left out in training"),
    "patience": (100, "stop after so many epochs without a better held-out score"),
    "held_out": (0.05, "share of the text, at its end, that is kept for scoring"),
    "seed": (0, "seed of the random numbers"),
    "sample": (300, "number of characters to write at the end"),
}


def new_parser() -> argparse.ArgumentParser:
    """The options of the three verbs."""
    parser = argparse.ArgumentParser(prog="python -m lstm_scratch", description="A character model in NumPy.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="train | sample | score")

    verb = verbs.add_parser("train", help="train on a text file, save the best model, print a sample")
    verb.add_argument("text", help="a UTF-8 text file; Project Gutenberg's header and footer are removed")
    for name, (default, meaning) in TRAIN_OPTIONS.items():
        option = "--" + name.replace("_", "-")
        verb.add_argument(option, type=type(default), default=default, help=f"{meaning} (%(default)s)")
    verb.add_argument("--model", default="model.npz", help="file to write the best model to (%(default)s)")
    verb.add_argument("--float16", action="store_true", help="write it in half precision, in half the space")
    verb.add_argument("--checkpoint", help="file to save the run to after each epoch")
    verb.add_argument("--resume", action="store_true", help="go on from the checkpoint")

    verb = verbs.add_parser("sample", help="let a saved model write")
    verb.add_argument("model", help="a file that train has written")
    verb.add_argument("--prompt", default="\n", help="text the model reads first")
    verb.add_argument("--length", type=int, default=400, help="number of characters to write (%(default)s)")
    verb.add_argument("--temperature", type=float, default=0.7, help="below 1: safer, above 1: bolder (%(default)s)")
    verb.add_argument("--seed", type=int, help="the same seed gives the same text")

    verb = verbs.add_parser("score", help="score a text with a saved model, in bits per character")
    verb.add_argument("model", help="a file that train has written")
    verb.add_argument("text", help="a UTF-8 text file")
    return parser


def run_train(options: argparse.Namespace) -> None:
    """Train, save the model of the best epoch, and print a sample of it."""
    check_writable(options.model)
    text = without_gutenberg_notices(read_text(options.text))
    train_text, valid_text = split_text(text, options.held_out)
    model = CharLM(Vocabulary.from_text(text), options.hidden_size, rng=options.seed)
    parameters = sum(param.size for param in model.params.values())
    print(f"{len(train_text):,} characters for training, {len(valid_text):,} held out; {parameters:,} parameters")
    run = {field.name: getattr(options, field.name) for field in fields(Run) if field.name in TRAIN_OPTIONS}
    files = {"checkpoint": options.checkpoint, "resume": options.resume}
    history = train(model, train_text, valid_text, **run, **files, rng=options.seed)
    if not history.empty:
        model.save(options.model, dtype=np.float16 if options.float16 else None)
        best = history.loc[history["valid_bits"].idxmin()]
        print(f"best after epoch {best['epoch']:.0f}: {best['valid_bits']:.4f} bits per character, held out")
        print(f"written to {options.model}")
    if history.attrs["interrupted"]:
        raise KeyboardInterrupt
    prompt = valid_text[:100]
    print(f"a sample:\n\n{prompt}|{model.sample(prompt, options.sample, temperature=0.7, rng=options.seed)}")


def run_sample(options: argparse.Namespace) -> None:
    """Let a saved model write."""
    model = CharLM.load(options.model)
    written = model.sample(options.prompt, options.length, temperature=options.temperature, rng=options.seed)
    print(options.prompt + written)


def run_score(options: argparse.Namespace) -> None:
    """Score a text with a saved model."""
    print(f"{CharLM.load(options.model).bits_per_char(read_text(options.text)):.4f} bits per character")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return the exit status: 0, 1 after an error, 130 after Ctrl-C."""
    options = new_parser().parse_args(arguments)
    try:
        {"train": run_train, "sample": run_sample, "score": run_score}[options.verb](options)
    except (ValueError, OSError, FloatingPointError, MemoryError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
