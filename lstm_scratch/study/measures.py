"""What the text notebook measures of a model: what it expects, what its gates keep, and what one cell does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_scratch.activations import softmax
from lstm_scratch.char_model import CharLM
from lstm_scratch.checks import check_ids
from lstm_scratch.study.comparison import bits_of_each
from lstm_scratch.study.probes import best_cell, correlations
from lstm_scratch.training import train

if TYPE_CHECKING:
    import pandas as pd


def train_and_keep(
    model: CharLM, text: str, held_out: str, epochs: int, say: Callable | None = None, **settings: Any
) -> tuple[pd.DataFrame, dict[int, CharLM]]:
    """Train a model with `train`, and keep a copy of it after each epoch: the history, and {epoch: model}.

    The copy at 0 is the model before its training. say(epoch, model) is called after each epoch; settings are those of
    `train`.
    """
    copies = {0: CharLM.from_weights(model.vocabulary, **model.params)}

    def keep(epoch: int, trained: CharLM) -> None:
        copies[epoch] = CharLM.from_weights(trained.vocabulary, **trained.params)
        if say:
            say(epoch, trained)

    history = train(model, text, held_out, epochs=epochs, after_epoch=keep, **settings)
    return history, copies


def contexts_met(train_text: str, held_out: str, n: int) -> float:
    """The share of the n-grams of the held-out text whose first n - 1 characters also stand in the other text."""
    if n < 2:
        return 1.0
    known = {train_text[k : k + n - 1] for k in range(len(train_text) - n + 2)}
    # the n - 1 characters before each place
    return float(np.mean([held_out[k - n + 1 : k] in known for k in range(n - 1, len(held_out))]))


def kinds_of(text: str) -> list[str]:
    """For each character from the second on: "space", "first letter of a word" or "within a word"."""
    kinds = []
    for before, here in zip(text, text[1:], strict=False):
        within = "first letter of a word" if before.isspace() else "within a word"
        kinds.append("space" if here.isspace() else within)
    return kinds


def bits_by_kind(bits: dict[str, np.ndarray], text: str) -> pd.DataFrame:
    """The average bits of several models at spaces, at first letters and within words; a row for each kind.

    bits is {model: -log₂ p of each character of the text from the second on, (len(text) - 1,)}.
    """
    import pandas as pd

    kinds = pd.Series(kinds_of(text))
    table = pd.DataFrame(bits).groupby(kinds).mean()
    table.insert(0, "characters", kinds.value_counts())
    return table


def share_of_known_words(sample: str, known_text: str) -> float:
    """The share of the words of a sample that are words of the known text; the first and the last may be cut off."""
    words = sample.split()[1:-1]
    known = set(known_text.split())
    return float(np.mean([word in known for word in words])) if words else float("nan")


def bits_and_hits(model: CharLM, text: str, first: int = 1) -> tuple[float, float]:
    """Bits per character from character number `first` on, and how often the next one was thought likeliest."""
    ids = model.vocabulary.encode(text)
    guesses = model.logits(ids[:-1, None])[0][:, 0].argmax(axis=1)
    # nothing predicts character 0, so the first number belongs to character 1
    return float(bits_of_each(model, text)[first - 1 :].mean()), float((guesses == ids[1:])[first - 1 :].mean())


def likeliest(model: CharLM, text: str, count: int = 5) -> list[list[tuple[str, float]]]:
    """For each character of the text, what the model expected in its place: (character, p), the likeliest first.

    Before the first character the model expects everything alike, so its list is empty.
    """
    ids = model.vocabulary.encode(text)
    p = softmax(model.logits(ids[:-1, None])[0][:, 0])
    letters = model.vocabulary.characters
    return [[]] + [[(letters[k], float(row[k])) for k in np.argsort(-row)[:count]] for row in p]


def blame_left(model: CharLM, inputs: np.ndarray) -> np.ndarray:
    """How much of dc is left 1, 2, ..., T steps back along each cell's own path, averaged over the streams: (T, H).

    It is the product of the forget gates on the way, beginning with the last step. inputs are (T, B).
    """
    f = model.trace(inputs)["f"]
    return np.cumprod(f[::-1], axis=0).mean(axis=1)


def memory_left(f: np.ndarray, steps: int) -> np.ndarray:
    """How much of a memory is left after so many steps, averaged over all places: (H,). f are forget gates, (T, H).

    Raises ValueError if there are fewer places than steps.
    """
    if not 1 <= steps <= len(f):
        raise ValueError(f"steps must be from 1 to {len(f)}, not {steps}")
    products = np.array(f[: len(f) - steps + 1], np.float64)
    for later in range(1, steps):
        products *= f[later : later + len(products)]
    return products.mean(axis=0)


def find_cell(cells: np.ndarray, feature: np.ndarray) -> dict[str, float]:
    """The cell that follows a feature best on the first half of a text, and its correlation on either half.

    The sign is that of the first half, so a cell that turns round on the second half gets a negative number there.
    """
    half = len(cells) // 2
    cell = best_cell(cells[:half], feature[:half])
    first = correlations(cells[:half], feature[:half])[cell]
    second = correlations(cells[half:], feature[half:])[cell]
    return {"cell": cell, "r, first half": abs(first), "r, second half": second * np.sign(first)}


def p_with_cell_set(
    model: CharLM, text: str, places: np.ndarray, char: str, cell: int, value: float | None, back: int = 8
) -> np.ndarray:
    """p(char) after each of these places if one cell was set `back` characters before; as it is if value is None.

    The model reads the text. At `back` characters before each place the cell state of one cell is set to `value`, its
    hidden state follows (h = o tanh c), and the model reads on up to the place. Raises ValueError for a place with
    fewer characters before it.
    """
    ids = model.vocabulary.encode(text)
    ends = check_ids("places", places, len(ids))
    if ends.min() < back:
        raise ValueError(f"places must have {back} characters before them, but the first is {ends.min()}")
    read = model.trace(ids[:, None])
    h = read["h"][ends - back, 0].copy()
    c = read["c"][ends - back, 0].copy()
    if value is not None:
        c[:, cell] = value
        # h = o ⊙ tanh(c)
        h[:, cell] = read["o"][ends - back, 0, cell] * np.tanh(value)
    # (back, number of places): the characters up to each place, a column for each
    last = ids[ends - np.arange(back - 1, -1, -1)[:, None]]
    logits, _ = model.logits(last, (h, c))
    return softmax(logits[-1])[:, model.vocabulary.index[char]]
