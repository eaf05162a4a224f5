"""The same weights in PyTorch, Keras and ONNX.

Each function imports its framework only when it is called. Every framework stacks the gates in its own way:

    here     W (4H, I), U (4H, H), b (4H,)                        i, f, g, o
    PyTorch  weight_ih_l0 = W, weight_hh_l0 = U, two biases       i, f, g, o
    Keras    kernel = Wᵀ, recurrent_kernel = Uᵀ, bias             i, f, g, o
    ONNX     W (1, 4H, I), R (1, 4H, H), B (1, 8H): two biases    i, o, f, g
"""

from lstm_scratch.exchange.keras_model import from_keras, to_keras
from lstm_scratch.exchange.onnx_file import to_onnx
from lstm_scratch.exchange.pytorch import from_torch, to_torch

__all__ = ["from_keras", "from_torch", "to_keras", "to_onnx", "to_torch"]
