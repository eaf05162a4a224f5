"""Every gradient is right in six random layers and models, or (slow) two hundred, of all sizes and magnitudes."""

import numpy as np
import pytest
from helpers import copies
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_scratch import LSTM, CharLM, Vocabulary, gradient_check
from lstm_scratch.activations import cross_entropy

SIZES = {"T": st.integers(1, 7), "B": st.integers(1, 4), "I": st.integers(1, 6), "H": st.integers(1, 6)}
# the inputs of a layer are from 1e-3 to 1e2 in size, and so is the factor of a model's output weights
OTHERS = {"forget_bias": st.floats(0, 3), "magnitude": st.floats(-3, 2), "seed": st.integers(0, 2**32 - 1)}


def errors_of_a_layer(T, B, I, H, forget_bias, magnitude, seed):
    rng = np.random.default_rng(seed)
    layer = LSTM(I, H, forget_bias=forget_bias, dtype=np.float64, rng=rng)
    x, (h0, c0) = 10**magnitude * rng.uniform(-1, 1, size=(T, B, I)), rng.normal(size=(2, B, H))
    dh, (dh_T, dc_T) = rng.normal(size=(T, B, H)), rng.normal(size=(2, B, H))

    def loss():
        h, (h_T, c_T) = layer.forward(x, (h0, c0))
        return float((dh * h).sum() + (dh_T * h_T).sum() + (dc_T * c_T).sum())

    loss()
    dx, (dh0, dc0) = layer.backward(dh, (dh_T, dc_T))
    gradients = {**copies(layer.grads), "x": dx, "h0": dh0, "c0": dc0}
    return gradient_check(loss, {**layer.params, "x": x, "h0": h0, "c0": c0}, gradients)


def errors_of_a_model(T, B, I, H, forget_bias, magnitude, seed):
    rng = np.random.default_rng(seed)
    model = CharLM(Vocabulary("abcdefg"[: I + 1]), H, forget_bias=forget_bias, dtype=np.float64, rng=rng)
    model.params["W_y"] *= 10**magnitude
    model.params["b_y"] = rng.normal(size=I + 1)
    window = (*rng.integers(I + 1, size=(2, T, B)), tuple(rng.normal(size=(2, B, H))))
    _, grads, _ = model.loss_and_grads(*window)
    grads = copies(grads)

    def loss():
        logits, _ = model.logits(window[0], window[2])
        return cross_entropy(logits.reshape(-1, I + 1), window[1].ravel())[0]

    return gradient_check(loss, model.params, grads)


@pytest.mark.parametrize("errors_of", [errors_of_a_layer, errors_of_a_model])
@pytest.mark.parametrize("cases", [6, pytest.param(200, marks=pytest.mark.slow)])
def test_every_gradient_in_random_cases(cases, errors_of):
    worst = []

    # the cases are the same in every run, so that a failure can be seen again
    @settings(max_examples=cases, deadline=None, derandomize=True, database=None)
    @given(**SIZES, **OTHERS)
    def check(**case):
        errors = errors_of(**case)
        worst.append(max(errors.values()))
        assert worst[-1] <= 1e-6, errors

    check()
    # the median of only a few cases says little
    assert len(worst) >= cases and (cases < 200 or np.median(worst) <= 1e-8)
