"""The view of a model: type, and watch it read. Here is what Python writes; model_view.js is what lives.

Each character is coloured by the model's surprise at it or by one memory cell. Beside the text are the likeliest next
characters, below it five guesses before each character, or the gates of a cell. The model writes on if asked to, and
one may hold a cell or shut one of its gates, and see what the model expects then.
"""

import os
import textwrap
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lstm_scratch.activations import softmax
from lstm_scratch.char_model import CharLM
from lstm_scratch.figures.inside import GROWING, draw_character
from lstm_scratch.figures.pages import new_page, packed, show
from lstm_scratch.figures.style import INK, MODEL, DescribedFigure, new_panels, our_style, visible
from lstm_scratch.figures.texts import in_order
from lstm_scratch.files import FilePath, write_file

START = "It was the best of times, it was the worst of times"
# surprise is white at 0 bits and deepest from this many bits on, as in model_view.js
MOST_BITS = 8
LIKELIEST = 8
# the picture of the view has so many letters in a line, and they are so large
COLUMNS = 38
LETTER = 12.0
# the height of the view in a wide notebook; it fits itself to others
HEIGHT = 660


class Reading(NamedTuple):
    """What a model computes from a text of N characters, with NaN for every character that it does not know."""

    text: str
    bits: np.ndarray  # (N,): -log₂ p, the surprise at each character; NaN for the first, which nothing precedes
    likeliest: list[tuple[str, float]]  # the likeliest next characters and their probabilities


def read(model: CharLM, text: str) -> Reading:
    """Let the model read a text, from an empty memory on, passing over characters that it does not know."""
    known = np.flatnonzero([char in model.vocabulary.index for char in text])
    bits = np.full(len(text), np.nan)
    if not len(known):
        return Reading(text, bits, [])
    ids = model.vocabulary.encode("".join(text[place] for place in known))
    p = softmax(model.logits(ids[:, None])[0][:, 0])
    bits[known[1:]] = -np.log2(p[np.arange(len(ids) - 1), ids[1:]])
    likeliest = [(model.vocabulary.characters[k], float(p[-1, k])) for k in np.argsort(-p[-1])[:LIKELIEST]]
    return Reading(text, bits, likeliest)


@our_style()
def plot_reading(reading: Reading, title: str) -> DescribedFigure:
    """The view as a picture: the text, each character on the colour of its surprise, and the likeliest next ones.

    The axis of the probabilities is always from 0 to 1.
    """
    figure, panels = new_panels(1, 2, (7, 2.7), title, width_ratios=(2.4, 1))
    page, bars = panels[0]
    row = column = 0
    for char, bits in zip(reading.text, reading.bits, strict=True):
        colour = "white" if np.isnan(bits) else GROWING(bits / MOST_BITS)
        draw_character(page, column, row, char, colour, LETTER)
        row, column = (row + 1, 0) if char == "\n" or column == COLUMNS - 1 else (row, column + 1)
    explained = f"surprise: white 0 bits, deep orange {MOST_BITS} or more"
    if np.isfinite(reading.bits).any():
        explained += f",\n{np.nanmean(reading.bits):.1f} on average"
    page.set(xlim=(0, COLUMNS), ylim=(max(row + 2, 6.5), -0.2))
    page.text(0, 0, explained, va="bottom", color=INK, fontsize=10, in_layout=False, transform=page.transAxes)
    page.set_axis_off()
    # always as many places, so that no bar changes its width
    bars.barh(range(len(reading.likeliest)), [p for _, p in reading.likeliest], color=MODEL)
    bars.set_yticks(range(len(reading.likeliest)), [visible(char) for char, _ in reading.likeliest])
    bars.tick_params(axis="y", length=0)
    bars.set(xlim=(0, 1), xticks=(0, 0.5, 1), ylim=(LIKELIEST - 0.5, -0.5), xlabel="probability")
    bars.set_title("What comes next?", loc="left", fontsize=11, color=INK)
    start = textwrap.shorten(reading.text, 60, placeholder=" ...")
    words = f"The text {start!r}. Colours: {explained}.".replace("\n", " ")
    if reading.likeliest:
        words += f" The likeliest next characters: {in_order(*zip(*reading.likeliest, strict=True), 3)}."
    return figure.describe(words)


def watch(model: CharLM, text: str | None = None, cells: Mapping[str, int] | None = None) -> None:
    """Show a text box in which one types, and watches the model read.

    The model can be any CharLM, and text is what the box contains at first. cells gives names to some memory cells,
    {name: number}. Raises ValueError if there is no cell with such a number. Where scripts do not run, as on GitHub, a
    picture of the view is shown instead.
    """
    text = beginning(model) if text is None else text
    page = model_page(model, text, cells, title="", bits=8)
    picture = plot_reading(read(model, text), "Run this cell to type here, and watch the model read")
    show(page, "Type, and watch the model read", HEIGHT, picture)


def save_page(
    model: CharLM,
    path: FilePath,
    text: str | None = None,
    cells: Mapping[str, int] | None = None,
    *,
    title: str = "Type, and watch the model read",
    bits: int = 8,
    overwrite: bool = False,
) -> None:
    """Write the view of a model as one HTML file, which needs no network and opens with a double click.

    text and cells are as in `watch`. The weights travel in 8 bits, a quarter of their size, or with bits=32 as float32.
    Raises FileExistsError if there is such a file already and overwrite is False, ValueError as `watch` does or for
    other bits, and OSError if the file cannot be written.
    """
    if os.path.exists(path) and not overwrite:
        raise FileExistsError(f"{path} exists already: name another file, or let it be overwritten")
    text = beginning(model) if text is None else text
    write_file(path, model_page(model, text, cells, title, bits).encode())


def model_page(model: CharLM, text: str, cells: Mapping[str, int] | None, title: str, bits: int) -> str:
    """The page with the view of a model, as text. Raises ValueError as `save_page` does."""
    cells = {name: int(cell) for name, cell in (cells or {}).items()}
    for name, cell in cells.items():
        if not 0 <= cell < model.hidden_size:
            raise ValueError(f"cell {name!r} must be from 0 to {model.hidden_size - 1}, not {cell}")
    H, V = model.hidden_size, len(model.vocabulary)
    about = f"An LSTM with {H} memory cells that knows {V} characters. All of it is in this page."
    data = {
        "title": title,
        "about": about if title else "",
        "text": text,
        "cells": cells,
        "model": packed(model, bits),
    }
    return new_page(title or "Type, and watch the model read", "model_view", data)


def beginning(model: CharLM) -> str:
    """What the text box contains at first: a famous sentence, or what the model writes if it cannot read that one."""
    known = model.vocabulary.characters
    if set(START) <= set(known):
        return START
    prompt = next((char for char in "\n " if char in known), known[0])
    return model.sample(prompt, len(START), temperature=0.5, rng=0).strip()
