"""The example of the numeric notebook: [10, 20, 30] through chosen weights comes to 2.985."""

import numpy as np
import pytest

from lstm_scratch import LSTM, LSTMCell

# gates in the order i, f, g, o
WEIGHTS = {
    "W": np.array([[0.5], [0.4], [0.6], [0.7]]),
    "U": np.array([[0.15], [0.1], [0.2], [0.25]]),
    "b": np.zeros(4),
}
EXPECTED = [
    {"f": 0.982, "i": 0.993, "o": 0.999, "c": 0.993, "h": 0.758},
    {"c": 1.993, "h": 0.964},
    {"c": 2.993, "h": 0.995},
]


def test_the_cell_gives_the_example_s_values():
    cell = LSTMCell(**WEIGHTS)
    h, c = np.zeros(1), np.zeros(1)
    for x, expected in zip([10, 20, 30], EXPECTED):
        step = cell.forward(np.array([x]), h, c)
        h, c = step.h, step.c
        assert {name: round(getattr(step, name).item(), 3) for name in expected} == expected
    assert round(3 * h.item(), 3) == 2.985


def test_the_layer_gives_the_same_prediction():
    layer = LSTM(1, 1, dtype=np.float64)
    for name, array in WEIGHTS.items():
        layer.params[name][...] = array
    h, _ = layer.forward(np.array([10.0, 20.0, 30.0]).reshape(3, 1, 1))
    assert 3 * h[-1].item() == pytest.approx(2.98495365, abs=1e-8)
