"""Probes of a trained character model: what does a cell track, which characters matter, how far back does it look?

Cells that keep track of quotation marks and of the place in the line were first shown by Karpathy, Johnson
and Fei-Fei (*Visualizing and Understanding Recurrent Networks*, 2015).
"""

import math
from collections.abc import Sequence

import numpy as np

from lstm_scratch.activations import cross_entropy
from lstm_scratch.char_model import CharLM
from lstm_scratch.checks import as_numbers, check_array, check_ids, check_whole

# positions are scored side by side, about this many characters at a time, which is fast and needs little memory
TOGETHER = 8192


def inside_quotes(text: str) -> np.ndarray:
    """1 from an opening quotation mark “ up to the one that closes it, 0 elsewhere; (len(text),)."""
    return (last_place(text, "“") > last_place(text, "”")).astype(float)


def place_in_line(text: str) -> np.ndarray:
    """For each character, how many characters of its line have been read, 0 at a line end itself; (len(text),)."""
    return (np.arange(len(text)) - last_place(text, "\n")).astype(float)


def after_comma(text: str, within: int) -> np.ndarray:
    """1 at a comma and the within - 1 characters after it, 0 elsewhere; (len(text),)."""
    commas = last_place(text, ",")
    return ((commas >= 0) & (np.arange(len(text)) - commas < within)).astype(float)


def last_place(text: str, mark: str) -> np.ndarray:
    """For each character, the index of the last such mark up to it, -1 if there was none; (len(text),)."""
    return np.maximum.accumulate([place if char == mark else -1 for place, char in enumerate(text)])


def correlations(cells: np.ndarray, feature: np.ndarray) -> np.ndarray:
    """Pearson's correlation of each cell, a column of cells (T, H), with a feature (T,): (H,), each from -1 to 1.

    A cell that never changes gets 0. Raises ValueError if a shape does not fit or a number is not finite.
    """
    cells, feature = check_cells(cells, feature)
    # r = Σ (c - c̄)(x - x̄) / √(Σ (c - c̄)² Σ (x - x̄)²)
    cells = cells - cells.mean(axis=0, dtype=float)
    feature = feature - feature.mean()
    spread = np.sqrt((cells**2).sum(axis=0) * (feature**2).sum())
    return np.divide(feature @ cells, spread, out=np.zeros(cells.shape[1]), where=spread > 0)


def best_cell(cells: np.ndarray, feature: np.ndarray) -> int:
    """The number of the cell, a column of cells (T, H), that follows a feature (T,) best, in either direction."""
    return int(np.abs(correlations(cells, feature)).argmax())


def correlation_of_all(cells: np.ndarray, feature: np.ndarray, fitted: int, penalty: float = 300.0) -> float:
    """How well all cells (T, H) together follow a feature (T,): a correlation, from -1 to 1.

    A weighted sum of the cells is fitted to the feature on the first `fitted` steps, and correlated with it on the
    steps after those. The penalty on large weights keeps a sum of many cells from fitting what is there by chance; with
    a penalty of 0, the fit is least squares. Raises ValueError if a shape does not fit, a number is not finite, or
    either part has no steps.
    """
    cells, feature = check_cells(cells, feature)
    if not 0 < fitted < len(cells):
        raise ValueError(f"of {len(cells)} steps, between 1 and {len(cells) - 1} may be fitted, not {fitted}")
    mean = cells[:fitted].mean(axis=0, dtype=float)
    spread = cells[:fitted].std(axis=0, dtype=float)
    # a cell that never changes has a spread of 0, by which it must not be divided
    scaled = (cells - mean) / np.where(spread > 0, spread, 1)
    A = scaled[:fitted]
    goal = feature[:fitted] - feature[:fitted].mean()
    # the weights w that make ‖A w - goal‖² + penalty · ‖w‖² least:  (AᵀA + penalty · 1) w = Aᵀ goal
    weights = np.linalg.solve(A.T @ A + penalty * np.eye(A.shape[1]), A.T @ goal)
    together = scaled[fitted:] @ weights
    return float(correlations(together[:, None], feature[fitted:])[0])


def check_cells(cells: np.ndarray, feature: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cells as (T, H) and the feature as (T,), in the types they have. Raises ValueError if they do not fit."""
    cells = as_numbers("cells", cells)
    if cells.ndim != 2:
        raise ValueError(f"cells must have shape (T, H), not {cells.shape}")
    return check_array("cells", cells, cells.shape, cells.dtype), check_array("feature", feature, cells.shape[:1])


def influence(model: CharLM, text: str, target: str) -> np.ndarray:
    """How strongly each character of the text affects the score of `target` as the next one; (len(text),).

        ‖∂z_k / ∂x_t‖,  the length of the gradient of the target's logit z_k with respect to the one-hot input x_t

    (the saliency of Simonyan, Vedaldi and Zisserman, *Deep Inside Convolutional Networks*, 2014, section 3, for a
    sequence). A gradient describes small changes only. Raises ValueError for an unknown character, an empty text, or a
    target of more than one character.
    """
    if len(target) != 1:
        raise ValueError(f"target must be one character, not {target!r:.40}")
    if not text:
        raise ValueError("the text must have at least one character")
    (k,) = model.vocabulary.encode(target)
    ids = model.vocabulary.encode(text)[:, None]
    # only the target's logit after the last step counts: ∂z_k/∂logits is 1 there, and 0 everywhere else
    dlogits = np.zeros((*ids.shape, len(model.vocabulary)))
    dlogits[-1, 0, k] = 1
    dx = model.input_gradients(ids, dlogits)
    return np.linalg.norm(dx[:, 0], axis=1)


def bits_by_context(model: CharLM, text: str, contexts: Sequence[int], positions: Sequence[int]) -> list[float]:
    """Bits per character at these positions if the model sees only a limited context before each.

    For each length in contexts, the model starts from zeros that many characters before a position, reads up to it, and
    is scored on the character there: mean of -log₂ p. Raises ValueError for an unknown character, a context below 1, a
    position outside the text, or one with too little text before it.
    """
    ids = model.vocabulary.encode(text)
    places = check_ids("positions", positions, len(ids))
    if places.ndim != 1 or not len(places):
        raise ValueError(f"positions must be a list of at least one place, not of shape {places.shape}")
    for context in contexts:
        check_whole(context=context)
    if places.min() < max(contexts):
        raise ValueError(f"positions must have {max(contexts)} characters before them, but the first is {places.min()}")
    return [bits_after(model, ids, context, places) for context in contexts]


def bits_after(model: CharLM, ids: np.ndarray, context: int, positions: np.ndarray) -> float:
    """Mean of -log₂ p at the positions if the model starts from zeros `context` characters before each of them."""
    nats = 0.0
    # this many positions are read side by side
    count = max(1, TOGETHER // context)
    for start in range(0, len(positions), count):
        here = positions[start : start + count]
        # (context, number of positions): the characters before each position, a column for each
        before = here - np.arange(context, 0, -1)[:, None]
        h, _ = model.hidden(ids[before])
        # only the character after the last step is scored
        loss, _ = cross_entropy(model.output(h[-1]), ids[here])
        nats += len(here) * loss
    return nats / len(positions) / math.log(2)
