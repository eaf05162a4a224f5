"""What a saved model is used for: it writes, and it scores a text."""

import argparse

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.command.reading import read


def sample(options: argparse.Namespace) -> None:
    """Let a saved model write."""
    model = CharLM.load(options.model)
    written = model.sample(options.prompt, options.length, temperature=options.temperature, rng=options.seed)
    print(options.prompt + written)


def score(options: argparse.Namespace) -> None:
    """Score a text with a saved model."""
    model = CharLM.load(options.model)
    text = read(options.text, options.encoding)
    bits = model.bits_per_char(text)
    V = len(model.vocabulary)
    print(f"{bits:.4f} bits per character; {np.log2(V):.4f} if all {V} characters are equally likely")
