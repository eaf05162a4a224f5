"""To Keras and back: an LSTM becomes a model of one LSTM layer, a CharLM one of an LSTM and a Dense layer."""

from collections.abc import Sequence
from typing import Any

from lstm_scratch.char_model import CharLM
from lstm_scratch.exchange.shared import build, layer_of, need
from lstm_scratch.layer import LSTM
from lstm_scratch.text import Vocabulary


def to_keras(model: CharLM | LSTM) -> Any:
    """The model in Keras 3, with copies of its weights, in its dtype.

    Keras puts the batch first: x (B, T, I) → h (B, T, H), or for a CharLM one-hot characters (B, T, V) → logits
    (B, T, V). The state is zero at the start of every call. Raises ImportError if Keras is not installed, and
    ValueError if the model has other parameters than W, U, b, W_y and b_y.
    """
    layers = need("keras").layers
    layer = layer_of(model)
    made = need("keras").Sequential([layers.Input((None, layer.input_size), dtype=layer.dtype.name)])
    made.add(layers.LSTM(layer.hidden_size, return_sequences=True, dtype=layer.dtype.name))
    if isinstance(model, CharLM):
        made.add(layers.Dense(layer.input_size, dtype=layer.dtype.name))
    # W, U, b, then W_y, b_y: Keras has them in the same order, transposed
    made.set_weights([param.T for param in model.params.values()])
    return made


def from_keras(lstm: Any, dense: Any = None, vocabulary: Vocabulary | Sequence[str] | None = None) -> CharLM | LSTM:
    """Turn a Keras LSTM layer into an LSTM, or, with a Dense layer that gives the logits and a vocabulary, a CharLM.

    The LSTM layer of a CharLM must read one-hot characters. vocabulary may be a list of the characters in the order in
    which the layer numbers them. Our own order is sorted, and the weights are rearranged to match it.

    Raises ValueError for other activations, a reversed direction, or characters that do not fit; TypeError for anything
    but an LSTM layer; and ImportError if Keras is not installed.
    """
    if not isinstance(lstm, need("keras").layers.LSTM):
        raise TypeError(f"an LSTM layer of Keras is needed, not {type(lstm).__name__}")
    for name, plain in (("activation", "tanh"), ("recurrent_activation", "sigmoid"), ("go_backwards", False)):
        if lstm.get_config()[name] != plain:
            raise ValueError(f"the LSTM layer must have {name}={plain!r}, not {lstm.get_config()[name]!r}")
    weights = dict(zip(("W", "U", "b"), lstm.get_weights()))
    if dense is not None:
        if dense.get_config()["activation"] != "linear":
            raise ValueError("the Dense layer must return the logits, so it needs activation='linear'")
        weights |= zip(("W_y", "b_y"), dense.get_weights())
    return build({name: array.T for name, array in weights.items()}, vocabulary)
