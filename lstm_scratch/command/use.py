"""What a saved model is used for: it writes, and it scores a text."""

import argparse
from itertools import chain, islice

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.command.inputs import check_model_file, check_text_file
from lstm_scratch.command.reading import check_known, read, too_few, unknown_characters, without_unknown
from lstm_scratch.command.terminal import stream


def sample(options: argparse.Namespace) -> None:
    """Let a saved model write."""
    check_model_file(options.model)
    model = CharLM.load(options.model)
    prompt = first_character(model) if options.prompt is None else options.prompt
    check_prompt(prompt, model)
    write(model, prompt, options.length, options.temperature, options.seed)


def check_prompt(prompt: str, model: CharLM) -> None:
    """Raise ValueError, with those that look alike, if the prompt has characters that the model does not know."""
    unknown = unknown_characters(prompt, model)
    # as in ": this model knows '“' (U+201C)"; empty if nothing looks like it
    alike = "".join(model.vocabulary.advice_on(char, prompt) for char in list(unknown)[:1])
    check_known("--prompt", prompt, model, alike.removeprefix(": ") or "leave these characters out of the prompt")


def first_character(model: CharLM) -> str:
    """What the model reads first if there is no prompt: a line end or a space if it has one, or else any character."""
    known = model.vocabulary.characters
    return next((char for char in "\n " if char in known), known[0])


def write(model: CharLM, prompt: str, length: int, temperature: float, seed: int | None, *, bar: str = "") -> None:
    """Print the prompt, the bar, what the model writes after them, as soon as it is written, and a line end."""
    written = model.stream(prompt, temperature=temperature, rng=seed)
    stream(chain(prompt, bar, islice(written, length), "\n"))


def score(options: argparse.Namespace) -> None:
    """Print the score of a text, in bits per character."""
    check_model_file(options.model)
    check_text_file(options.text)
    model = CharLM.load(options.model)
    text = read(options.text, options.encoding)
    if options.unknown == "skip":
        text = without_unknown(options.text, text, model)
    check_known(options.text, text, model, "--unknown skip leaves them out")
    if len(text) < 2:
        raise ValueError(f"{options.text} has {too_few(len(text))} to be scored: at least 2 are needed")
    bits = model.bits_per_char(text)
    V = len(model.vocabulary)
    print(f"{bits:.4f} bits per character; {np.log2(V):.4f} if all {V} characters are equally likely")
