"""What the other modules share: importing a framework, and building our model from its weights."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.layer import LSTM
from lstm_scratch.text import Vocabulary, in_order

# what may be given as the characters of a model, in the order of its weights
Characters = Vocabulary | Sequence[str] | Mapping[str, int] | Mapping[int, str]

# what of a model's architecture the other engines are told
EXCHANGED = ("vocabulary", "hidden_size", "dtype")


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

    Raises TypeError for anything but a CharLM or an LSTM, and ValueError if the layer does not have four gates, or if
    the model has parameters or options that would be lost.
    """
    if not isinstance(model, (CharLM, LSTM)):
        raise TypeError(f"a CharLM or an LSTM is needed, not {type(model).__name__}")
    others = [name for name in model.params if name not in ("W", "U", "b", "W_y", "b_y")]
    if others:
        raise ValueError(f"only W, U, b, W_y and b_y can be exchanged, but the model also has {', '.join(others)}")
    options = [name for name in getattr(model, "architecture", {}) if name not in EXCHANGED]
    if options:
        raise ValueError(f"a model with the option {', '.join(options)} cannot be exchanged: it would be lost")
    layer = model.lstm if isinstance(model, CharLM) else model
    H = layer.hidden_size
    # the other engines only have layers with four gates, of H rows each
    if model.params["U"].shape != (4 * H, H):
        shape = model.params["U"].shape
        raise ValueError(f"only four gates can be exchanged: U must have shape {(4 * H, H)}, not {shape}")
    return layer


def build(arrays: dict[str, np.ndarray], characters: Characters | None) -> CharLM | LSTM:
    """An LSTM with copies of W, U and b, or, if W_y and the characters are given as well, a CharLM.

    A missing bias is taken to be zero. characters are in the order in which the weights have them. Our own order is
    sorted, and the columns of W and the rows of W_y and b_y are rearranged to match it. Raises ValueError if only the
    output layer or only the characters are given, if a character is given twice, or if a shape does not fit; and as
    `text.in_order` does.
    """
    if (characters is None) != ("W_y" not in arrays):
        raise ValueError("a CharLM needs both an output layer and its characters, but only one of them was given")
    for weight, bias in (("W", "b"), ("W_y", "b_y")):
        if weight in arrays and bias not in arrays:
            arrays[bias] = np.zeros(len(arrays[weight]))
    if characters is None:
        return LSTM.from_weights(**arrays)
    theirs = in_order(characters)
    vocabulary = Vocabulary(sorted(set(theirs)))
    if len(vocabulary) != len(theirs):
        raise ValueError("the vocabulary must consist of single characters, each of them given once")
    V = len(theirs)
    if arrays["W"].shape[1:] != (V,):
        reads = f"the LSTM reads {arrays['W'].shape[1]} numbers a step, and there are {V} characters"
        raise ValueError(
            f"{reads}: it must read one-hot characters; an Embedding E before it becomes a part of W: W @ E.T"
        )
    if arrays["W_y"].shape[:1] != (V,):
        raise ValueError(f"{V} characters do not fit the output layer, whose W_y is {arrays['W_y'].shape}")
    order = [theirs.index(char) for char in vocabulary.characters]
    arrays["W"] = arrays["W"][:, order]
    arrays["W_y"] = arrays["W_y"][order]
    arrays["b_y"] = arrays["b_y"][order]
    return CharLM.from_weights(vocabulary, **arrays)
