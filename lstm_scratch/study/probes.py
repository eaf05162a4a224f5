"""Questions to a trained character model: what does a cell follow, what mattered, how far back does it look?

Cells that keep track of quotation marks and of the place in the line were first shown by Karpathy, Johnson
and Fei-Fei (*Visualizing and Understanding Recurrent Networks*, 2015).
"""

import math
from collections.abc import Sequence

import numpy as np

from lstm_scratch.activations import log_softmax
from lstm_scratch.char_model import CharLM
from lstm_scratch.checks import as_array, cast_array, check_sizes, check_text, check_type, shorten

# Characters that are read at a time, all positions that are scored side by side together: fast, and small in memory.
TOGETHER = 8192


def inside_quotes(text: str) -> np.ndarray:
    """1 from an opening quotation mark “ up to the one that closes it, 0 elsewhere; (len(text),)."""
    # the last mark up to here decides; the place of "neither so far", -1, makes both equal
    opened, closed = last_place(text, "“"), last_place(text, "”")
    return (opened > closed).astype(float)


def place_in_line(text: str) -> np.ndarray:
    """How many characters of its line have been read, 0 at a line end itself; (len(text),)."""
    line_ends = last_place(text, "\n").astype(float)
    return np.arange(len(text)) - line_ends


def after_comma(text: str, within: int) -> np.ndarray:
    """1 at a comma and the within - 1 characters after it, 0 elsewhere; (len(text),).

    Raises ValueError unless within is a whole number of at least 1.
    """
    check_sizes(within=within)
    commas = last_place(text, ",")
    return ((commas >= 0) & (np.arange(len(text)) - commas < within)).astype(float)


def last_place(text: str, mark: str) -> np.ndarray:
    """For each character, the index of the last such mark up to it, -1 if there was none; (len(text),).

    Raises ValueError unless text is a string and mark a single character.
    """
    check_text("text", text)
    check_one("mark", mark)
    places = [index if char == mark else -1 for index, char in enumerate(text)]
    return np.maximum.accumulate(np.array(places, dtype=int))


def correlations(cells: np.ndarray, feature: np.ndarray) -> np.ndarray:
    """Pearson's correlation of each cell, a column of cells (T, H), with a feature (T,): (H,), each from -1 to 1.

    A cell that never changes correlates with nothing: 0. Raises ValueError if the shapes do not fit, a number is
    not real or not finite, there is no step, or the feature is the same everywhere.
    """
    cells, feature = as_array("cells", cells), as_array("feature", feature)
    if cells.ndim != 2 or 0 in cells.shape:
        raise ValueError(f"cells must have shape (T, H), not {cells.shape}")
    cells = cast_array("cells", cells, cells.shape, np.dtype(float))
    feature = cast_array("feature", feature, (len(cells),), np.dtype(float))
    if feature.min() == feature.max():
        raise ValueError("the feature is the same everywhere: nothing can correlate with it")
    # r = Σ (c - c̄)(x - x̄) / √(Σ (c - c̄)² Σ (x - x̄)²)
    cells, feature = cells - cells.mean(axis=0), feature - feature.mean()
    spread = np.sqrt((cells**2).sum(axis=0) * (feature**2).sum())
    return np.divide(feature @ cells, spread, out=np.zeros(cells.shape[1]), where=spread > 0)


def influence(model: CharLM, text: str, target: str) -> np.ndarray:
    """How strongly each character of the text acts on the score of `target` as the next one; (len(text),).

        ‖∂z_k / ∂x_t‖,  the length of the gradient of the target's logit z_k with respect to the one-hot input x_t,

    from one backward pass through time (the saliency of Simonyan, Vedaldi and Zisserman, *Deep Inside
    Convolutional Networks*, 2014, section 3, for a sequence). It answers for small changes only. The gradients in
    model.lstm.grads are overwritten. Raises ValueError for an empty text, an unknown character, or a target that is
    not one character.
    """
    check_type("a CharLM", model, CharLM)
    check_text("text", text)
    if not text:
        raise ValueError("the text is empty: there is no character to look at")
    check_one("target", target)
    (k,) = model.vocabulary.encode(target)
    one_hot = np.eye(len(model.vocabulary))[model.vocabulary.encode(text)]
    h, _ = model.lstm.forward(one_hot[:, None])
    # z_k = W_y[k] · h_T + b_y[k], so ∂z_k/∂h_T = W_y[k], and nothing comes from the other steps
    dh = np.zeros_like(h)
    dh[-1] = model.params["W_y"][k]
    dx, _ = model.lstm.backward(dh)
    assert dx is not None, "inputs that are not indices have a gradient"
    return np.linalg.norm(dx[:, 0], axis=1)


def check_one(name: str, char: str) -> None:
    """Raise ValueError unless char is a single character."""
    if not isinstance(char, str) or len(char) != 1:
        raise ValueError(f"{name} must be one character, not {shorten(char)}")


def bits_by_context(model: CharLM, text: str, contexts: Sequence[int], positions: Sequence[int]) -> list[float]:
    """Bits per character at these positions if the model may see only so many characters before each.

    For each number of characters in contexts, the model starts from an empty memory that far before a position,
    reads up to it, and is scored on the character there: mean of -log₂ p. Raises ValueError for an unknown
    character, no position, or one that has too little text before it or lies outside the text.
    """
    check_type("a CharLM", model, CharLM)
    ids, lengths = model.vocabulary.encode(text), as_whole_numbers("contexts", contexts)
    places = as_whole_numbers("positions", positions)
    if lengths.min() < 1:
        raise ValueError(f"contexts must be at least 1, not {lengths.min()}")
    if places.min() < lengths.max() or places.max() >= len(ids):
        raise ValueError(
            f"positions must leave room for {lengths.max()} characters before them and lie below {len(ids)}, "
            f"not between {places.min()} and {places.max()}"
        )
    return [bits_after(model, ids, int(length), places) for length in lengths]


def as_whole_numbers(name: str, values: Sequence[int]) -> np.ndarray:
    """The values as an array (N,) of whole numbers, at least one; otherwise raise ValueError."""
    array = as_array(name, values)
    if array.ndim != 1 or not array.size or array.dtype.kind not in "iu":
        raise ValueError(f"{name} must be whole numbers in a row, at least one, not {shorten(values)}")
    return array.astype(np.intp)


def bits_after(model: CharLM, ids: np.ndarray, context: int, positions: np.ndarray) -> float:
    """Mean of -log₂ p at the positions, each read from an empty memory `context` characters before."""
    nats, count = 0.0, max(1, TOGETHER // context)
    for start in range(0, len(positions), count):
        here = positions[start : start + count]
        windows = ids[here - np.arange(context, 0, -1)[:, None]]
        h, _ = model.lstm.forward(windows)
        # logits = W_y h + b_y, after the last character only
        logits = h[-1] @ model.params["W_y"].T + model.params["b_y"]
        nats -= float(log_softmax(logits)[np.arange(len(here)), ids[here]].sum(dtype=np.float64))
    return nats / len(positions) / math.log(2)
