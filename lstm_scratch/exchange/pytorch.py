"""To PyTorch and back: an LSTM becomes an nn.LSTM, a CharLM a module of an nn.LSTM and an nn.Linear."""

import importlib
from collections.abc import Mapping
from typing import Any

from lstm_scratch.char_model import CharLM
from lstm_scratch.exchange.shared import Characters, build, layer_of, need
from lstm_scratch.layer import LSTM


def to_torch(model: CharLM | LSTM) -> Any:
    """The model in PyTorch, with copies of its weights, in its dtype.

    An LSTM becomes an nn.LSTM. A CharLM becomes a module with an `lstm` (nn.LSTM) and an `output` (nn.Linear), called
    as module(ids, state=None) → (logits, state). ids is (T, B), logits (T, B, V), and h and c of the state (1, B, H).

    Raises ImportError if PyTorch is not installed, and ValueError if the model has other parameters than W, U, b, W_y
    and b_y.
    """
    torch = need("torch")
    layer = layer_of(model)
    params = {name: torch.tensor(param) for name, param in model.params.items()}
    lstm = torch.nn.LSTM(layer.input_size, layer.hidden_size, dtype=params["b"].dtype)
    # PyTorch adds two biases: ours is the first, the second stays zero (if both were trained, steps would double)
    zero = torch.zeros_like(params["b"])
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    lstm.load_state_dict(dict(zip(names, (params["W"], params["U"], params["b"], zero), strict=True)))
    lstm.bias_hh_l0.requires_grad_(False)
    if isinstance(model, LSTM):
        return lstm

    output = torch.nn.Linear(lstm.hidden_size, lstm.input_size, dtype=params["b"].dtype)
    output.load_state_dict({"weight": params["W_y"], "bias": params["b_y"]})
    return importlib.import_module("lstm_scratch.exchange.torch_module").CharModule(lstm, output)


def from_torch(lstm: Any, output: Any = None, vocabulary: Characters | None = None) -> CharLM | LSTM:
    """Turn an nn.LSTM into an LSTM, or, with an nn.Linear that gives the logits and a vocabulary, into a CharLM.

    The nn.LSTM of a CharLM must read one-hot characters. vocabulary may be a list of the characters in the order in
    which the nn.LSTM numbers them, or a dict of them with their ids. Our own order is sorted, and the weights are
    rearranged to match it.

    Raises ValueError for more than one layer or direction, a projection, another type than float32 or float64, or
    characters that do not fit; TypeError for anything but an nn.LSTM and an nn.Linear, or for a set of characters; and
    ImportError if PyTorch is not installed.
    """
    torch = need("torch")
    if isinstance(lstm, Mapping):
        raise TypeError("an nn.LSTM is needed, not its state_dict: load that into an nn.LSTM first")
    if not isinstance(lstm, torch.nn.LSTM):
        needed = f"an nn.LSTM is needed, not {type(lstm).__name__}"
        raise TypeError(f"{needed}, whose weights mean something else{parts_of(lstm, torch.nn.LSTM)}")
    if lstm.weight_hh_l0.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"the nn.LSTM must be float32 or float64, not {lstm.weight_hh_l0.dtype}: call its .float()")
    for name, plain in (("num_layers", 1), ("bidirectional", False), ("proj_size", 0)):
        if getattr(lstm, name) != plain:
            raise ValueError(f"the nn.LSTM must have {name}={plain}, not {name}={getattr(lstm, name)}")
    weights = {"W": lstm.weight_ih_l0, "U": lstm.weight_hh_l0}
    if lstm.bias:
        weights["b"] = lstm.bias_ih_l0 + lstm.bias_hh_l0
    if output is not None:
        if not isinstance(output, torch.nn.Linear):
            needed = f"the output layer must be an nn.Linear, not {type(output).__name__}"
            raise TypeError(f"{needed}{parts_of(output, torch.nn.Linear)}")
        weights["W_y"] = output.weight
        if output.bias is not None:
            weights["b_y"] = output.bias
    return build({name: tensor.detach().cpu().numpy() for name, tensor in weights.items()}, vocabulary)


def parts_of(module: Any, kind: type) -> str:
    """Where in a module layers of this kind are, as advice to hand over one of them; nothing if there are none."""
    named = module.named_modules() if hasattr(module, "named_modules") else ()
    names = [name for name, child in named if isinstance(child, kind)]
    # a layer of an nn.Sequential has a number for a name
    calls = [f"get_submodule({name!r})" if name[-1].isdecimal() else name for name in names[:3]]
    return f": hand over its .{' or .'.join(calls)}" if calls else ""
