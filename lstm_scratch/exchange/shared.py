"""What the other modules share: importing a framework, and building our model from its weights."""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.layer import LSTM
from lstm_scratch.text import Vocabulary


def need(package: str) -> Any:
    """Import the package and return it. Raises ImportError, which says what to install, if something is missing."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name == package:
            raise ImportError(f"{package} is not installed: pip install {package}") from error
        # Keras looks for TensorFlow unless it is told to use another backend
        other = "; to use PyTorch instead, set KERAS_BACKEND=torch before Python starts" if package == "keras" else ""
        raise ImportError(f"{package} needs {error.name}, which is not installed{other}") from error


def layer_of(model: CharLM | LSTM) -> LSTM:
    """Return the LSTM layer of a model, after a check that the whole model can be exchanged.

    Raises ValueError if the layer does not have four gates, or if the model has parameters that would be lost.
    """
    others = [name for name in model.params if name not in ("W", "U", "b", "W_y", "b_y")]
    if others:
        raise ValueError(f"only W, U, b, W_y and b_y can be exchanged, but the model also has {', '.join(others)}")
    layer = model.lstm if isinstance(model, CharLM) else model
    H = layer.hidden_size
    # the other engines only have layers with four gates, of H rows each
    if model.params["U"].shape != (4 * H, H):
        shape = model.params["U"].shape
        raise ValueError(f"only four gates can be exchanged: U must have shape {(4 * H, H)}, not {shape}")
    return layer


def build(arrays: dict[str, np.ndarray], characters: Vocabulary | Sequence[str] | None) -> CharLM | LSTM:
    """An LSTM with copies of W, U and b, or, if W_y and the characters are given as well, a CharLM.

    A missing bias is taken to be zero. characters are in the order in which the weights have them. Our own order is
    sorted, and the columns of W and the rows of W_y and b_y are rearranged to match it. Raises ValueError if only the
    output layer or only the characters are given, if a character is given twice, or if a shape does not fit.
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
        raise ValueError("the vocabulary must consist of single characters, each of them given once")
    if arrays["W"].shape[1:] != (len(theirs),) or arrays["W_y"].shape[:1] != (len(theirs),):
        sizes = f"W {arrays['W'].shape} and W_y {arrays['W_y'].shape}"
        raise ValueError(f"{len(theirs)} characters do not fit the weights, {sizes}")
    order = [theirs.index(char) for char in vocabulary.characters]
    arrays["W"] = arrays["W"][:, order]
    arrays["W_y"] = arrays["W_y"][order]
    arrays["b_y"] = arrays["b_y"][order]
    return CharLM.from_weights(vocabulary, **arrays)
