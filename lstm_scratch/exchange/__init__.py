"""The door to larger engines: the same weights in PyTorch, Keras and ONNX, and back.

Every function imports its framework only when it is called. The gates are stacked differently everywhere:

    here     W (4H, I), U (4H, H), b (4H,)                      i, f, g, o
    PyTorch  weight_ih_l0 = W, weight_hh_l0 = U, two biases     i, f, g, o
    Keras    kernel = Wᵀ, recurrent_kernel = Uᵀ, one bias       i, f, c̃, o   (c̃ is g)
    ONNX     W (1, 4H, I), R (1, 4H, H), B (1, 8H)              i, o, f, c̃
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.checks import check_type
from lstm_scratch.exchange.frameworks import need
from lstm_scratch.exchange.onnx_file import to_onnx
from lstm_scratch.layer import LSTM
from lstm_scratch.text import Vocabulary

if TYPE_CHECKING:
    import keras
    import torch

__all__ = ["from_keras", "from_torch", "to_keras", "to_onnx", "to_torch"]


def to_torch(model: CharLM | LSTM) -> torch.nn.Module:
    """The model in PyTorch, with copies of its weights and in its dtype.

    An LSTM becomes an `nn.LSTM`, called as PyTorch calls it. A CharLM becomes a module with an `lstm` and an
    `output` (an `nn.Linear`), called as module(ids, state=None) → (logits, state) with ids (T, B) and logits
    (T, B, V); it keeps its `characters`, for the way back. PyTorch's second bias is zero and does not learn.
    """
    check_type("a CharLM or an LSTM", model, CharLM, LSTM)
    torch = need("torch", "torch")
    if isinstance(model, CharLM):
        return char_module(torch, model)
    return fill_torch(torch, torch.nn.LSTM(model.input_size, model.hidden_size), model)


def char_module(torch: Any, model: CharLM) -> torch.nn.Module:
    """A CharLM as a module of PyTorch."""

    class CharModule(torch.nn.Module):
        """ids (T, B) → one-hot → LSTM → logits (T, B, V)."""

        def __init__(self) -> None:
            super().__init__()
            V, H = model.params["W_y"].shape
            self.characters = "".join(model.vocabulary.characters)
            self.lstm = fill_torch(torch, torch.nn.LSTM(V, H), model.lstm)
            self.output = torch.nn.Linear(H, V, dtype=self.lstm.weight_ih_l0.dtype)

        def forward(self, ids: Any, state: Any = None) -> tuple:
            one_hot = torch.nn.functional.one_hot(ids, len(self.characters))
            h, state = self.lstm(one_hot.to(self.lstm.weight_ih_l0.dtype), state)
            return self.output(h), state

    module = CharModule()
    with torch.no_grad():
        module.output.weight.copy_(torch.from_numpy(model.params["W_y"]))
        module.output.bias.copy_(torch.from_numpy(model.params["b_y"]))
    return module


def fill_torch(torch: Any, module: Any, layer: LSTM) -> Any:
    """Copy the layer's weights into an nn.LSTM, and give it the layer's dtype."""
    module = module.to(torch.from_numpy(layer.params["b"]).dtype)
    with torch.no_grad():
        module.weight_ih_l0.copy_(torch.from_numpy(layer.params["W"]))
        module.weight_hh_l0.copy_(torch.from_numpy(layer.params["U"]))
        module.bias_ih_l0.copy_(torch.from_numpy(layer.params["b"]))
        # the two biases are added. Were both to learn, their sum would take two steps at a time: one stays at zero
        module.bias_hh_l0.zero_().requires_grad_(False)
    return module


def from_torch(module: torch.nn.Module, vocabulary: Vocabulary | None = None) -> CharLM | LSTM:
    """The way back: an `nn.LSTM` becomes an LSTM; a module with one `nn.LSTM` and one `nn.Linear`, a CharLM.

    The module reads one-hot characters, as `to_torch` makes it: I and the number of logits are both V. The
    vocabulary may be left out if the module has its `characters`. Raises ValueError for layers, directions,
    projections or other parts that a CharLM does not have, a dtype other than float32 and float64, or a
    vocabulary of another size.
    """
    torch = need("torch", "torch")
    check_type("a torch.nn.Module", module, torch.nn.Module)
    parts = [part for part in module.modules() if any(True for _ in part.parameters(recurse=False))]
    lstms = [part for part in parts if isinstance(part, torch.nn.LSTM)]
    linears = [part for part in parts if isinstance(part, torch.nn.Linear)]
    others = [type(part).__name__ for part in parts if part not in lstms + linears]
    if others or len(lstms) != 1 or len(linears) > 1:
        found = ", ".join([*others, *["LSTM"] * len(lstms), *["Linear"] * len(linears)]) or "nothing with weights"
        raise ValueError(f"one nn.LSTM and at most one nn.Linear were expected, not {found}")
    (theirs,) = lstms
    for name, plain in (("num_layers", 1), ("bidirectional", False), ("proj_size", 0)):
        if getattr(theirs, name) != plain:
            raise ValueError(
                f"only an nn.LSTM with {name}={plain} can be taken over, not {name}={getattr(theirs, name)}"
            )

    weights = {name: param.detach().cpu() for name, param in theirs.named_parameters()}
    weights |= {f"output.{name}": param.detach().cpu() for part in linears for name, param in part.named_parameters()}
    dtypes = {str(param.dtype).removeprefix("torch.") for param in weights.values()}
    if len(dtypes) != 1 or not dtypes <= {"float32", "float64"}:
        raise ValueError(f"all weights must be float32 or all float64, not {', '.join(sorted(dtypes))}")
    numbers = {name: param.numpy() for name, param in weights.items()}
    b = numbers["bias_ih_l0"] + numbers["bias_hh_l0"] if theirs.bias else np.zeros(4 * theirs.hidden_size)
    arrays = {"W": numbers["weight_ih_l0"], "U": numbers["weight_hh_l0"], "b": b}
    if linears:
        V = numbers["output.weight"]
        arrays |= {"W_y": V, "b_y": numbers.get("output.bias", np.zeros(len(V)))}
    return assemble(arrays, np.dtype(dtypes.pop()), vocabulary, getattr(module, "characters", None))


def to_keras(model: CharLM | LSTM) -> keras.Model:
    """The model in Keras 3, with copies of its weights and in its dtype: (B, T, I) → h, or logits for a CharLM.

    Keras puts the batch first, and a CharLM's inputs are one-hot. The memory starts empty at every call.
    """
    check_type("a CharLM or an LSTM", model, CharLM, LSTM)
    keras = need("keras", "keras")
    layer = model.lstm if isinstance(model, CharLM) else model
    name = layer.dtype.name
    lstm = keras.layers.LSTM(layer.hidden_size, return_sequences=True, dtype=name)
    parts = [keras.Input((None, layer.input_size), dtype=name), lstm]
    if isinstance(model, CharLM):
        parts.append(keras.layers.Dense(layer.input_size, dtype=name))
    made = keras.Sequential(parts)
    lstm.set_weights([layer.params["W"].T, layer.params["U"].T, layer.params["b"]])
    if isinstance(model, CharLM):
        parts[-1].set_weights([model.params["W_y"].T, model.params["b_y"]])
    return made


def from_keras(module: keras.Model, vocabulary: Vocabulary | None = None) -> CharLM | LSTM:
    """The way back: a model of one `LSTM` becomes an LSTM; with a `Dense` after it and a vocabulary, a CharLM.

    Raises ValueError for any other layer, activation or direction, a Dense without a vocabulary, or a dtype other
    than float32 and float64.
    """
    keras = need("keras", "keras")
    check_type("a keras.Model", module, keras.Model)
    layers = [layer for layer in module.layers if not isinstance(layer, keras.layers.InputLayer)]
    kinds = [type(layer).__name__ for layer in layers]
    if kinds not in (["LSTM"], ["LSTM", "Dense"]):
        raise ValueError(f"an LSTM layer, alone or with a Dense layer after it, was expected, not {', '.join(kinds)}")
    plain = {"activation": "tanh", "recurrent_activation": "sigmoid", "go_backwards": False, "use_bias": True}
    for settings, wanted in zip(
        (layer.get_config() for layer in layers), (plain, {"activation": "linear", "use_bias": True})
    ):
        for name, value in wanted.items():
            if settings[name] != value:
                raise ValueError(f"only {name}={value!r} can be taken over, not {name}={settings[name]!r}")
    W, U, b = layers[0].get_weights()
    arrays = {"W": W.T, "U": U.T, "b": b}
    if len(layers) == 2:
        V, a = layers[1].get_weights()
        arrays |= {"W_y": V.T, "b_y": a}
    return assemble(arrays, W.dtype, vocabulary, None)


def assemble(
    arrays: dict[str, np.ndarray], dtype: np.dtype, vocabulary: Vocabulary | None, characters: str | None
) -> CharLM | LSTM:
    """A model of ours with these arrays: a CharLM if there are W_y and b_y among them, otherwise an LSTM."""
    H, I = arrays["U"].shape[1], arrays["W"].shape[1]
    if "W_y" not in arrays:
        model: CharLM | LSTM = LSTM(I, H, dtype=dtype.type)
    else:
        vocabulary = Vocabulary(characters) if vocabulary is None and characters else vocabulary
        if vocabulary is None:
            raise ValueError(f"which {I} characters does it read? A vocabulary is needed")
        if not len(vocabulary) == I == len(arrays["W_y"]):
            raise ValueError(
                f"a vocabulary of {len(vocabulary)} does not fit {I} inputs and {len(arrays['V'])} outputs"
            )
        model = CharLM(vocabulary, H, dtype=dtype.type)
    for name, param in model.params.items():
        param[...] = arrays[name]
    return model
