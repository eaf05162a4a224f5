"""What the other modules share: importing a framework, and building our model from its weights."""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.layer import LSTM
from lstm_scratch.text import Vocabulary


def need(package: str) -> Any:
    """Import the package. If it is missing, raises ImportError, which says what to install."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ImportError(f"{package} is not installed: pip install {package}") from error


def layer_of(model: CharLM | LSTM) -> LSTM:
    """The LSTM layer of a model, with four gates and without parameters that would be lost on the way.

    Raises ValueError for any other.
    """
    others = [name for name in model.params if name not in ("W", "U", "b", "W_y", "b_y")]
    if others:
        raise ValueError(f"only W, U, b, W_y and b_y can be exchanged, but the model also has {', '.join(others)}")
    layer = model.lstm if isinstance(model, CharLM) else model
    H = layer.hidden_size
    # four gates of H rows each: the other engines know no other kind
    if model.params["U"].shape != (4 * H, H):
        raise ValueError(f"only four gates can be exchanged, with U {(4 * H, H)}, not {model.params['U'].shape}")
    return layer


def build(arrays: dict[str, np.ndarray], characters: Vocabulary | Sequence[str] | None) -> CharLM | LSTM:
    """An LSTM with copies of W, U and b; with W_y, b_y and the characters, a CharLM. A missing bias is zero.

    characters are in the order in which the weights have them, whatever it is: ours is sorted, and the columns of W and
    the rows of W_y and b_y are put into that order. Raises ValueError if only one of output layer and characters is
    given, if a character is given twice, or if a shape does not fit.
    """
    if (characters is None) != ("W_y" not in arrays):
        raise ValueError("a CharLM needs both an output layer and its characters, but only one of them was given")
    for weight, bias in (("W", "b"), ("W_y", "b_y")):
        if weight in arrays and bias not in arrays:
            arrays[bias] = np.zeros(len(arrays[weight]))
    if characters is None:
        return LSTM.from_weights(**arrays)
    theirs = list(characters.characters if isinstance(characters, Vocabulary) else characters)
    vocabulary = Vocabulary.from_text("".join(theirs))
    if len(vocabulary) != len(theirs):
        raise ValueError("the characters must be single ones, each of them given once")
    if arrays["W"].shape[1:] != (len(theirs),) or arrays["W_y"].shape[:1] != (len(theirs),):
        sizes = f"W {arrays['W'].shape} and W_y {arrays['W_y'].shape}"
        raise ValueError(f"{len(theirs)} characters do not fit the weights, {sizes}")
    order = [theirs.index(char) for char in vocabulary.characters]
    arrays["W"] = arrays["W"][:, order]
    arrays["W_y"] = arrays["W_y"][order]
    arrays["b_y"] = arrays["b_y"][order]
    return CharLM.from_weights(vocabulary, **arrays)
