"""Write a model as an ONNX file, which onnxruntime and other engines can run."""

import json

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.exchange.shared import layer_of, need
from lstm_scratch.files import FilePath, write_file
from lstm_scratch.layer import LSTM


def to_onnx(model: CharLM | LSTM, path: FilePath) -> None:
    """Write the model as an ONNX file in float32, atomically.

    Inputs: ids (T, B) for a CharLM, x (T, B, I) for an LSTM, any T and B; h0 and c0 (1, B, H), zeros at the start.
    Outputs: logits (T, B, V), or h (T, B, H); h_T and c_T (1, B, H), for the next call. The characters of a CharLM are
    in the metadata under "characters", as a JSON list.

    Raises ImportError if onnx is not installed, ValueError if the model has other parameters than W, U, b, W_y and b_y,
    and OSError if the file cannot be written.
    """
    onnx = need("onnx")
    node = onnx.helper.make_node
    describe = onnx.helper.make_tensor_value_info
    FLOAT = onnx.TensorProto.FLOAT
    INT64 = onnx.TensorProto.INT64
    layer = layer_of(model)
    I = layer.input_size
    H = layer.hidden_size

    W, U, b = (onnx_order(layer.params[name]) for name in ("W", "U", "b"))
    # ONNX adds two biases: ours is the first, the second is zero
    constants = {"W": W[None], "U": U[None], "B": np.concatenate([b, np.zeros_like(b)])[None], "axis": np.array([1])}
    nodes = [
        node("LSTM", ["x", "W", "U", "B", "", "h0", "c0"], ["y", "h_T", "c_T"], hidden_size=H),
        # y (T, 1, B, H): the second axis counts the directions
        node("Squeeze", ["y", "axis"], ["h"]),
    ]
    first = describe("x", FLOAT, ["T", "B", I])
    last = describe("h", FLOAT, ["T", "B", H])
    if isinstance(model, CharLM):
        constants |= {"depth": np.array([I]), "off_on": np.array([0.0, 1.0])}
        constants |= {"W_yT": model.params["W_y"].T, "b_y": model.params["b_y"]}
        nodes = [node("OneHot", ["ids", "depth", "off_on"], ["x"]), *nodes]
        nodes += [node("MatMul", ["h", "W_yT"], ["scores"]), node("Add", ["scores", "b_y"], ["logits"])]
        first = describe("ids", INT64, ["T", "B"])
        last = describe("logits", FLOAT, ["T", "B", I])

    h0, c0, h_T, c_T = (describe(name, FLOAT, [1, "B", H]) for name in ("h0", "c0", "h_T", "c_T"))
    stored = [
        onnx.numpy_helper.from_array(array.astype(np.int64 if array.dtype.kind == "i" else np.float32), name)
        for name, array in constants.items()
    ]
    graph = onnx.helper.make_graph(nodes, "lstm_scratch", [first, h0, c0], [last, h_T, c_T], stored)
    # an operator set that every recent onnxruntime supports
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    if isinstance(model, CharLM):
        onnx.helper.set_model_props(made, {"characters": json.dumps(model.vocabulary.characters)})
    write_file(path, made.SerializeToString())


def onnx_order(rows: np.ndarray) -> np.ndarray:
    """The gates' rows in ONNX's order i, o, f, g; ours is i, f, g, o."""
    i, f, g, o = np.split(rows, 4)
    return np.concatenate([i, o, f, g])
