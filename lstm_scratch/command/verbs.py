"""The command's options, and what it does: train beside counting, sample, score."""

import argparse
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from lstm_scratch.char_model import CharLM
from lstm_scratch.command.settings import settings_for
from lstm_scratch.files import check_writable
from lstm_scratch.study.ngram import bits_by_order
from lstm_scratch.text import Vocabulary, split_text, without_gutenberg_notices
from lstm_scratch.training import train

MOST_COUNTED, MOST_HELD_OUT = 2_000_000, 50_000
# a byte order mark, if there is one, is no part of the text
UTF_8 = "utf-8-sig"
SETTINGS: dict[str, tuple[type, str]] = {
    "hidden_size": (int, "number of hidden units"),
    "epochs": (int, "number of passes over the text"),
    "batch_size": (int, "number of streams the text is cut into"),
    "seq_length": (int, "characters in a window"),
    "learning_rate": (float, "learning rate at the start"),
    "final_learning_rate": (float, "learning rate at the end (0.00001)"),
    "dropout": (float, "share of h hidden from the output layer in training"),
    "weight_drop": (float, "share of U left out in training"),
    "patience": (int, "epochs to go on without a better score (100)"),
}
TRAINING = (
    "Train a character model on a text file, save it, and say whether it predicts better than counting. "
    "The options from --hidden-size on have defaults that fit the length of the text; the run prints them, and why. "
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

    def new_verb(name: str, run: Callable, what: str, description: str = "", **more: Any) -> argparse.ArgumentParser:
        more["formatter_class"] = lambda prog: argparse.HelpFormatter(prog, max_help_position=27, width=80)
        verb = verbs.add_parser(name, help=what, description=description or what.capitalize() + ".", **more)
        verb.set_defaults(run=run)
        return verb

    about: dict[str, Any] = {"description": TRAINING, "usage": "%(prog)s TEXT [options]", "epilog": COSTS}
    option = new_verb("train", train_beside_counting, "train on a text, beside counting", **about).add_argument
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
    option("--encoding", default=UTF_8, metavar="NAME", help="encoding of the text file (UTF-8)")
    for name, (kind, meaning) in SETTINGS.items():
        option(f"--{name.replace('_', '-')}", type=kind, metavar="N" if kind is int else "X", help=meaning)

    option = new_verb("sample", sample, "let a saved model write").add_argument
    option("model", metavar="MODEL", help="a file that train has written")
    option("--prompt", default="\n", metavar="TEXT", help="what the model reads first (a line end)")
    option("--length", type=int, default=400, metavar="N", help="characters to write (%(default)s)")
    option("--temperature", type=float, default=0.7, metavar="X", help="below 1 safer, above 1 bolder (%(default)s)")
    option("--seed", type=int, metavar="N", help="the same seed gives the same text")

    option = new_verb("score", score, "score a text with a saved model, in bits per character").add_argument
    option("model", metavar="MODEL", help="a file that train has written")
    option("text", metavar="TEXT", help="a text file, in characters that the model knows")
    option("--encoding", default=UTF_8, metavar="NAME", help="encoding of the text file (UTF-8)")
    return parser


def train_beside_counting(options: argparse.Namespace) -> None:
    """Train, save the model of the best epoch, and hold its score against the best n-gram's."""
    checkpoint = options.checkpoint or os.path.splitext(options.model)[0] + ".checkpoint.npz"
    check_paths(options, checkpoint)
    text = read(options)
    share = min(0.05, MOST_HELD_OUT / max(1, len(text))) if options.held_out is None else options.held_out
    train_text, held_out = split_text(text, share)
    # a long text is kept in memory once
    del text
    settings, why = settings_for(len(train_text))
    settings |= {"final_learning_rate": 1e-5, "patience": 100}
    settings |= {name: getattr(options, name) for name in SETTINGS if getattr(options, name) is not None}
    hidden_size = settings.pop("hidden_size")
    if options.start:
        model = CharLM.load(options.start)
        if hidden_size != model.hidden_size and options.hidden_size:
            raise ValueError(f"{options.start} has {model.hidden_size} hidden units: leave out --hidden-size")
    else:
        model = CharLM(Vocabulary(sorted({*train_text, *held_out})), hidden_size, rng=options.seed)
    if options.resume and os.path.exists(options.model) and repr(CharLM.load(options.model)) != repr(model):
        raise FileExistsError(f"{options.model} is another model than this run's: name another file with --model")

    print(f"{len(train_text):,} characters to learn from, {len(held_out):,} held out. Settings ({why}):")
    chosen = {"hidden_size": model.hidden_size, **settings}
    print(" ", " ".join(f"--{name.replace('_', '-')} {value:g}" for name, value in chosen.items()))
    counted, V = train_text[-MOST_COUNTED:], len(model.vocabulary)
    scores = bits_by_order(model.vocabulary, counted, held_out)
    counting, order = max(0.0, min(scores)), scores.index(min(scores)) + 1
    print(f"To beat, in bits per character: {np.log2(V):.3f} if all {V} characters are equally likely (log2 {V}),")
    where = "" if len(counted) == len(train_text) else f" in the last {len(counted):,} characters"
    print(f"  {counting:.3f} by counting{where}, with the best n-gram, which looks at {order - 1} characters")
    if options.overwrite and not options.resume and os.path.exists(checkpoint):
        os.remove(checkpoint)
    files = {"checkpoint": checkpoint, "resume": options.resume}
    history = train(model, train_text, held_out, **settings, **files, rng=options.seed)
    if not history.empty:
        model.save(options.model, dtype=np.float16 if options.float16 else None)
        print(verdict(history, counting))
        print(f"Written to {options.model}; to train longer, add --resume --epochs {2 * settings['epochs']}")
    if history.attrs["interrupted"]:
        print("To go on, add --resume" if os.path.exists(checkpoint) else "No checkpoint had been written yet")
        raise KeyboardInterrupt
    if options.sample > 0:
        prompt = held_out[:100]
        print(f"A sample:\n\n{prompt}|{model.sample(prompt, options.sample, temperature=0.7, rng=options.seed)}")


def check_paths(options: argparse.Namespace, checkpoint: str) -> None:
    """Raise ValueError or OSError if a file could not be written after the work, or if one would be lost by it."""
    paths = options.text, options.model, checkpoint
    if len({os.path.realpath(path) for path in paths}) < 3:
        raise ValueError("the text, the model and the checkpoint must be three files, not " + ", ".join(paths))
    if options.resume and not os.path.exists(checkpoint):
        raise FileNotFoundError(f"there is no checkpoint {checkpoint} to go on from: leave out --resume to begin a run")
    for path in (options.model, checkpoint):
        check_writable(path)
        if os.path.exists(path) and not (options.resume or options.overwrite):
            raise FileExistsError(f"{path} exists: add --resume to go on with its run, or --overwrite to replace it")


def read(options: argparse.Namespace) -> str:
    """The text of the file, line ends as newlines, without Project Gutenberg's notices; says what was left out."""
    try:
        with open(options.text, encoding=options.encoding, newline="") as file:
            whole = file.read()
        if "\0" in whole:
            raise UnicodeError("it has NUL characters")
    except (UnicodeError, LookupError) as error:
        with open(options.text, "rb") as file:
            is_wide = 0 in file.read(1000)
        others = "utf-16, utf-16-le or utf-16-be" if is_wide else "cp1252, shift_jis, gb18030 or koi8-r"
        raise ValueError(f"{options.text} cannot be read: {error}; if it is a text, try --encoding {others}") from error
    lines = whole.replace("\r\n", "\n").replace("\r", "\n")
    text = without_gutenberg_notices(lines)
    left_out = {"\\r of line ends": len(whole) - len(lines), "of Project Gutenberg's notices": len(lines) - len(text)}
    without = " and ".join(f"{number:,} {what}" for what, number in left_out.items() if number)
    print(f"{options.text}: {len(whole):,} characters" + (f", without {without}" if without else ""))
    return text


def verdict(history: pd.DataFrame, counting: float) -> str:
    """The best score beside that of counting, and what to try if counting is ahead."""
    best = history.loc[history["valid_bits"].idxmin()]
    bits, ahead = best["valid_bits"], counting - best["valid_bits"]
    epochs = f"epoch {best['epoch']:.0f} of {len(history)}"
    score = f"Best after {epochs}: {bits:.3f} bits per character on the held-out text"
    if ahead >= 0:
        score += " (a little flattered: that text chose the epoch)"
        return f"{score}.\nThe model is ahead of counting, by {ahead:.3f} bits per character."
    if best["epoch"] > 0.9 * len(history):
        advice = "it was still getting better: try more --epochs, or a higher --learning-rate"
    elif best["train_bits"] < bits - 0.5:
        advice = "it begins to know the text by heart: try --dropout 0.6 --weight-drop 0.6, or a longer text"
    else:
        advice = "try a larger --hidden-size, less --dropout and --weight-drop, or another --learning-rate"
    return f"{score}.\nThe model is behind counting, by {-ahead:.3f} bits per character; {advice}."


def sample(options: argparse.Namespace) -> None:
    """Let a saved model write."""
    model = CharLM.load(options.model)
    written = model.sample(options.prompt, options.length, temperature=options.temperature, rng=options.seed)
    print(options.prompt + written)


def score(options: argparse.Namespace) -> None:
    """Score a text with a saved model."""
    model, text = CharLM.load(options.model), read(options)
    bits, V = model.bits_per_char(text), len(model.vocabulary)
    print(f"{bits:.4f} bits per character; {np.log2(V):.4f} if all {V} characters are equally likely")
