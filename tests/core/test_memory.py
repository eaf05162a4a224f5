"""What the layer keeps for its backward pass is the formula of its docstring, and the peak is not far above it."""

import tracemalloc

import numpy as np
import pytest

from lstm_scratch import LSTM
from lstm_scratch.layer import CACHED_NUMBERS


def peak_of_one_pass(T, B, I, H, dtype):
    rng = np.random.default_rng(0)
    x, dh = rng.normal(size=(T, B, I)).astype(dtype), rng.normal(size=(T, B, H)).astype(dtype)
    layer = LSTM(I, H, dtype=dtype)
    tracemalloc.start()
    layer.forward(x)
    kept = tracemalloc.get_traced_memory()[0]
    layer.backward(dh)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return kept, peak


@pytest.mark.parametrize(("T", "B", "H"), [(64, 32, 128), (128, 8, 64), (32, 64, 256)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_memory_follows_the_formula(T, B, H, dtype):
    formula = (7 * T + 2) * B * H * np.dtype(dtype).itemsize
    kept, peak = peak_of_one_pass(T, B, 32, H, dtype)
    assert formula <= kept <= 1.1 * formula
    assert peak <= 1.5 * formula


@pytest.mark.parametrize(("T", "B", "I", "H"), [(64, 8, 32, 32), (200, 1, 4, 10), (64, 32, 400, 64)])
def test_small_layers_and_wide_inputs_need_what_the_docstring_adds(T, B, I, H):
    _, peak = peak_of_one_pass(T, B, I, H, np.float32)
    formula = (7 * T + 2) * B * H + T * B * I + 1.25 * CACHED_NUMBERS
    assert peak <= 1.5 * 4 * formula


def test_memory_grows_linearly_with_time_and_batch():
    _, once = peak_of_one_pass(64, 32, 32, 64, np.float32)
    for T, B in ((128, 32), (64, 64)):
        _, twice = peak_of_one_pass(T, B, 32, 64, np.float32)
        assert 1.8 <= twice / once <= 2.1
