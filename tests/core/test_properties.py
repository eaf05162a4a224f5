"""Gradients and equalities over hundreds of random cases: sizes, forget biases and inputs of all magnitudes."""

import numpy as np
import pytest
from helpers import copies
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_scratch import LSTM, CharLM, LSTMCell, Vocabulary, gradient_check
from lstm_scratch.activations import cross_entropy

CASES = {
    "T": st.integers(1, 7),
    "B": st.integers(1, 4),
    "I": st.integers(1, 6),
    "H": st.integers(1, 6),
    "forget_bias": st.floats(0, 3),
    # inputs from 1e-3 to 1e2 in size
    "magnitude": st.floats(-3, 2),
    "seed": st.integers(0, 2**32 - 1),
}
# the same cases on every run: a failure can be seen again
many = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def random_layer(T, B, I, H, forget_bias, magnitude, seed):
    rng = np.random.default_rng(seed)
    layer = LSTM(I, H, forget_bias=forget_bias, dtype=np.float64, rng=rng)
    x = 10**magnitude * rng.uniform(-1, 1, size=(T, B, I))
    return layer, x, tuple(rng.normal(size=(2, B, H))), rng


def test_gradients_of_the_layer_in_200_random_cases():
    worst = []

    @many
    @given(**CASES)
    def check(**case):
        layer, x, (h0, c0), rng = random_layer(**case)
        h, (h_T, c_T) = layer.forward(x, (h0, c0))
        weights, last_c = rng.normal(size=h.shape), rng.normal(size=c_T.shape)

        def loss():
            h, (h_T, c_T) = layer.forward(x, (h0, c0))
            return float((weights * h).sum() + (last_c * c_T).sum())

        dx, (dh0, dc0) = layer.backward(weights, (np.zeros_like(h_T), last_c))
        gradients = {**copies(layer.grads), "x": dx, "h0": dh0, "c0": dc0}
        errors = gradient_check(loss, {**layer.params, "x": x, "h0": h0, "c0": c0}, gradients)
        assert max(errors.values()) <= 1e-6, errors
        worst.append(max(errors.values()))

    check()
    assert len(worst) >= 200
    assert np.median(worst) <= 1e-8


def test_gradients_of_the_whole_model_in_200_random_cases():
    worst = []

    @many
    @given(**CASES)
    def check(T, B, I, H, forget_bias, magnitude, seed):
        rng = np.random.default_rng(seed)
        # I + 1 characters; the magnitude is that of the output weights, and so of the logits
        vocabulary = Vocabulary("abcdefg"[: I + 1])
        model = CharLM(vocabulary, H, forget_bias=forget_bias, dtype=np.float64, rng=rng)
        model.params["W_y"] *= 10**magnitude
        model.params["b_y"][...] = rng.normal(size=I + 1)
        inputs, targets = rng.integers(I + 1, size=(2, T, B))
        state = tuple(rng.normal(size=(2, B, H)))
        _, grads, _ = model.loss_and_grads(inputs, targets, state)
        grads = copies(grads)

        def loss():
            logits, _ = model.logits(inputs, state)
            return cross_entropy(logits.reshape(-1, I + 1), targets.ravel())[0]

        errors = gradient_check(loss, model.params, grads)
        assert max(errors.values()) <= 1e-6, errors
        worst.append(max(errors.values()))

    check()
    assert len(worst) >= 200
    assert np.median(worst) <= 1e-8


@many
@given(**CASES)
def test_sequential_is_batched_is_cell_by_cell(**case):
    layer, x, (h0, c0), _ = random_layer(**case)
    cell = LSTMCell(**layer.params)
    batched, (h_T, c_T) = layer.forward(x, (h0, c0))
    for b in range(x.shape[1]):
        one = slice(b, b + 1)
        sequential, _ = layer.forward(x[:, one], (h0[one], c0[one]))
        np.testing.assert_allclose(sequential, batched[:, one], rtol=0, atol=1e-12)
        h, c = h0[b], c0[b]
        for t in range(len(x)):
            step = cell.forward(x[t, b], h, c)
            h, c = step.h, step.c
            np.testing.assert_allclose(h, batched[t, b], rtol=0, atol=1e-12)
        np.testing.assert_allclose((h, c), (h_T[b], c_T[b]), rtol=0, atol=1e-12)


@many
@given(**CASES, cut=st.integers(0, 7))
def test_windows_with_carried_state_are_one_pass(cut, **case):
    layer, x, state, _ = random_layer(**case)
    whole, last = layer.forward(x, state)
    parts = []
    for window in (x[:cut], x[cut:]):
        if len(window):
            h, state = layer.forward(window, state)
            parts.append(h)
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=0, atol=1e-12)
    np.testing.assert_allclose(state, last, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [1e4, 1e30])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_absurd_inputs_give_finite_results(size, dtype):
    # the test run turns warnings into errors
    layer = LSTM(3, 4, dtype=dtype)
    x = np.random.default_rng(0).choice([-size, size], size=(5, 2, 3)).astype(dtype)
    h, (h_T, c_T) = layer.forward(x)
    dx, _ = layer.backward(np.ones_like(h))
    for array in (h, c_T, dx, *layer.grads.values()):
        assert np.isfinite(array).all()
