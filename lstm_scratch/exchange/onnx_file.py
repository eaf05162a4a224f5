"""A model as an ONNX file, which onnxruntime and many other engines run: the graph, node by node."""

from __future__ import annotations

import json
import os

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.checks import check_type
from lstm_scratch.exchange.frameworks import need
from lstm_scratch.files import write_file
from lstm_scratch.layer import LSTM

# the operator set of the file: old enough for every onnxruntime of the last years
OPSET, IR_VERSION = 17, 8


def to_onnx(model: CharLM | LSTM, path: str | os.PathLike) -> None:
    """Write the model as an ONNX file, in float32, whole or not at all.

    Inputs: `ids` (T, B), whole numbers, for a CharLM, or `x` (T, B, I) for an LSTM; `h0` and `c0` (1, B, H), zeros to
    begin with. Outputs: `logits` (T, B, V), or `h` (T, B, H); `h_T` and `c_T` (1, B, H), for the next call. T and B may
    be any. The vocabulary lies in the metadata under "characters", as JSON. Raises OSError if it cannot be written.
    """
    check_type("a CharLM or an LSTM", model, CharLM, LSTM)
    onnx = need("onnx", "onnx")
    node, number = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
    layer = model.lstm if isinstance(model, CharLM) else model
    I, H = layer.input_size, layer.hidden_size

    constants = {name: onnx_order(layer.params[name])[None] for name in ("W", "U")}
    # its two biases are added: the second is zero
    constants["B"] = np.concatenate([onnx_order(layer.params["b"]), np.zeros(4 * H)])[None]
    constants["direction"] = np.array([1])
    nodes = [
        node("LSTM", ["x", "W", "U", "B", "", "h0", "c0"], ["y", "h_T", "c_T"], hidden_size=H),
        # y (T, 1, B, H): the second axis counts the directions
        node("Squeeze", ["y", "direction"], ["h"]),
    ]
    inputs, outputs = [number("x", FLOAT, ["T", "B", I])], [number("h", FLOAT, ["T", "B", H])]
    if isinstance(model, CharLM):
        constants |= {"depth": np.array([I]), "off_on": np.array([0.0, 1.0])}
        constants |= {"W_yT": model.params["W_y"].T, "b_y": model.params["b_y"]}
        nodes = [node("OneHot", ["ids", "depth", "off_on"], ["x"]), *nodes]
        nodes += [node("MatMul", ["h", "W_yT"], ["scores"]), node("Add", ["scores", "b_y"], ["logits"])]
        inputs, outputs = [number("ids", INT64, ["T", "B"])], [number("logits", FLOAT, ["T", "B", I])]

    state = [number(name, FLOAT, [1, "B", H]) for name in ("h0", "c0", "h_T", "c_T")]
    stored = [
        onnx.numpy_helper.from_array(array.astype(np.int64 if array.dtype.kind == "i" else np.float32), name)
        for name, array in constants.items()
    ]
    graph = onnx.helper.make_graph(nodes, "lstm_scratch", inputs + state[:2], outputs + state[2:], stored)
    made = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="lstm_scratch"
    )
    if isinstance(model, CharLM):
        onnx.helper.set_model_props(made, {"characters": json.dumps(model.vocabulary.characters)})
    onnx.checker.check_model(made, full_check=True)
    write_file(path, made.SerializeToString())


def onnx_order(rows: np.ndarray) -> np.ndarray:
    """The gates' rows in ONNX's order i, o, f, c̃, ours being i, f, g, o."""
    i, f, g, o = np.split(rows, 4)
    return np.concatenate([i, o, f, g])
