"""What the layer keeps for its backward pass is the formula of its docstring, and the peak is not far above it."""

import tracemalloc

import numpy as np
import pytest

from lstm_scratch import LSTM


@pytest.mark.parametrize(("T", "B", "H"), [(64, 32, 128), (128, 32, 128), (64, 64, 128), (128, 8, 64)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_memory_follows_the_formula(T, B, H, dtype):
    x, dh, layer = np.ones((T, B, 32), dtype), np.ones((T, B, H), dtype), LSTM(32, H, dtype=dtype)
    formula = (7 * T + 2) * B * H * np.dtype(dtype).itemsize
    tracemalloc.start()
    layer.forward(x)
    kept, _ = tracemalloc.get_traced_memory()
    layer.backward(dh)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert formula <= kept <= 1.1 * formula and peak <= 1.5 * formula
