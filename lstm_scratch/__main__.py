"""The command `python -m lstm_scratch TEXT`: train on any text file, save the model, show a sample."""

import argparse
import sys
from pathlib import Path

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.text import Vocabulary, read_text, split_text, without_gutenberg_notices
from lstm_scratch.training import train

# the exit status of a program that was interrupted, by convention: 128 and the number of the signal
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Train on a text file; return the exit status: 0, 1 if something was wrong, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m lstm_scratch", description="Train on a text file")
    parser.add_argument("text", help="a UTF-8 text file; Project Gutenberg's own header and footer are cut off")
    for name, default, meaning in (
        ("hidden-size", 128, "number of hidden units"),
        ("epochs", 30, "times to go through the text"),
        ("batch-size", 32, "streams the text is cut into"),
        ("seq-length", 64, "characters in a window"),
        ("seed", 0, "seed of the random numbers"),
        ("sample", 300, "characters to write at the end"),
        ("learning-rate", 3e-3, "learning rate at the start"),
        ("final-learning-rate", 1e-5, "and at the end"),
        ("dropout", 0.0, "share of h hidden from the output layer while learning"),
        ("weight-drop", 0.0, "share of U left out while learning"),
        ("held-out", 0.05, "share of the text, its end, that is kept for scoring"),
    ):
        parser.add_argument(f"--{name}", type=type(default), default=default, help=f"{meaning} (%(default)s)")
    parser.add_argument("--patience", type=int, help="stop after so many epochs without a better held-out score")
    parser.add_argument("--model", default="model.npz", help="file to write the best model to (%(default)s)")
    parser.add_argument("--float16", action="store_true", help="write it with half the digits, in half the space")
    parser.add_argument("--checkpoint", help="file to keep the run in after each epoch")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint, if there is one")
    options = parser.parse_args(arguments)
    try:
        return run_command(options)
    except (ValueError, OSError, FloatingPointError, MemoryError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def run_command(options: argparse.Namespace) -> int:
    """What the command does, once its options are read; return the exit status."""
    if options.resume and options.checkpoint is None:
        raise ValueError("--resume needs to know from where: name the file with --checkpoint")
    if not Path(options.model).parent.is_dir():
        raise FileNotFoundError(f"there is no folder {Path(options.model).parent} to write the model to")
    text = without_gutenberg_notices(read_text(options.text))
    train_text, valid_text = split_text(text, options.held_out)
    model = CharLM(Vocabulary.from_text(text), options.hidden_size, rng=options.seed)
    numbers = sum(param.size for param in model.params.values())
    print(
        f"{len(train_text):,} characters to learn from, {len(valid_text):,} held out, {len(model.vocabulary)} different"
    )
    print(f"{numbers:,} parameters")
    names = ("epochs", "batch_size", "seq_length", "learning_rate", "final_learning_rate")
    settings = {name: getattr(options, name) for name in (*names, "dropout", "weight_drop", "checkpoint", "resume")}
    patience = options.epochs if options.patience is None else options.patience
    history = train(model, train_text, valid_text, **settings, patience=patience, rng=options.seed)
    interrupted = history.attrs["interrupted"]
    if interrupted and history.empty:
        return INTERRUPTED
    model.save(options.model, dtype=np.float16 if options.float16 else None)
    best = history.loc[history["valid_bits"].idxmin()]
    print(f"best after epoch {best['epoch']:.0f}: {best['valid_bits']:.4f} bits per character, held out")
    if interrupted:
        print(f"written to {options.model}")
        return INTERRUPTED
    print(f"written to {options.model}; a sample:\n")
    prompt = valid_text[:100]
    print(prompt + "|" + CharLM.load(options.model).sample(prompt, options.sample, temperature=0.7, rng=options.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
