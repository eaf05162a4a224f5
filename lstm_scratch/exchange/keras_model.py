"""To Keras and back: an LSTM becomes a model of one LSTM layer, a CharLM one of an LSTM and a Dense layer."""

from typing import Any

from lstm_scratch.char_model import CharLM
from lstm_scratch.exchange.shared import Characters, build, layer_of, need
from lstm_scratch.layer import LSTM


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


def from_keras(lstm: Any, dense: Any = None, vocabulary: Characters | None = None) -> CharLM | LSTM:
    """Turn a Keras LSTM layer into an LSTM, or, with a Dense layer that gives the logits and a vocabulary, a CharLM.

    The LSTM layer of a CharLM must read one-hot characters. vocabulary may be a list of the characters in the order in
    which the layer numbers them, or a dict of them with their ids. Our own order is sorted, and the weights are
    rearranged to match it. A Dense layer in a TimeDistributed is the same as one without.

    Raises ValueError for other activations, a reversed direction, a layer without weights as yet, or characters that do
    not fit; TypeError for anything but an LSTM and a Dense layer, or for a set of characters; and ImportError if Keras
    is not installed.
    """
    layers = need("keras").layers
    if isinstance(dense, layers.TimeDistributed):
        dense = dense.layer
    check_layer(lstm, layers.LSTM, "an LSTM layer of Keras")
    for name, plain in (("activation", "tanh"), ("recurrent_activation", "sigmoid"), ("go_backwards", False)):
        if lstm.get_config()[name] != plain:
            raise ValueError(f"the LSTM layer must have {name}={plain!r}, not {lstm.get_config()[name]!r}")
    if dense is not None:
        check_layer(dense, layers.Dense, "a Dense layer of Keras, which gives the logits,")
        if dense.get_config()["activation"] != "linear":
            way_out = "before a softmax stand the logits: set dense.activation = keras.activations.linear"
            raise ValueError(f"the Dense layer must return the logits, so it needs activation='linear'; {way_out}")
    weights = named(("W", "U", "b"), lstm)
    if dense is not None:
        weights |= named(("W_y", "b_y"), dense)
    return build({name: array.T for name, array in weights.items()}, vocabulary)


def check_layer(layer: Any, kind: type, needed: str) -> None:
    """Raise TypeError unless the layer is of this kind."""
    if not isinstance(layer, kind):
        others = "layers between the two that have no weights, such as Dropout, are left out"
        raise TypeError(f"{needed} is needed, not {type(layer).__name__}; {others}")


def named(names: tuple[str, ...], layer: Any) -> dict[str, Any]:
    """The weights of a layer by name; the last one, its bias, may be missing. Raises ValueError if there are none."""
    weights = layer.get_weights()
    if not weights:
        raise ValueError(f"{layer.name} has no weights yet: call the model once, or give it an Input layer")
    return dict(zip(names[: len(weights)], weights, strict=True))
