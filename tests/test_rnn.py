"""The plain recurrent network: its equation, its gradients, and its agreement with PyTorch."""

import numpy as np
import pytest

from lstm_scratch import gradient_check
from lstm_scratch.study.rnn import RNN


def test_one_step_is_the_equation():
    layer, x, h0 = RNN(2, 3, rng=1), np.array([[[0.5, -1.0]]]), np.array([[0.1, 0.2, 0.3]])
    h, (h_T,) = layer.forward(x, (h0,))
    right = np.tanh(layer.params["W"] @ x[0, 0] + layer.params["U"] @ h0[0] + layer.params["b"])
    np.testing.assert_allclose(h[0, 0], right, rtol=1e-14)
    np.testing.assert_array_equal(h_T, h[0])


def test_every_gradient_agrees_with_finite_differences():
    rng = np.random.default_rng(0)
    layer, x, h0, weights = RNN(2, 3), rng.normal(size=(5, 2, 2)), rng.normal(size=(2, 3)), rng.normal(size=(5, 2, 3))
    layer.params["b"][...] = rng.normal(size=3)
    layer.forward(x, (h0,))
    dx, (dh0,) = layer.backward(weights)
    arrays = {**layer.params, "x": x, "h0": h0}
    errors = gradient_check(
        lambda: float((layer.forward(x, (h0,))[0] * weights).sum()), arrays, {**layer.grads, "x": dx, "h0": dh0}
    )
    assert max(errors.values()) < 1e-6


def test_it_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    layer, x = RNN(3, 4), np.random.default_rng(0).normal(size=(6, 2, 3))
    theirs = torch.nn.RNN(3, 4, dtype=torch.float64)
    with torch.no_grad():
        theirs.weight_ih_l0[...] = torch.from_numpy(layer.params["W"])
        theirs.weight_hh_l0[...] = torch.from_numpy(layer.params["U"])
        theirs.bias_ih_l0[...], theirs.bias_hh_l0[...] = torch.from_numpy(layer.params["b"]), 0
        h, _ = theirs(torch.from_numpy(x))
    np.testing.assert_allclose(layer.forward(x)[0], h.numpy(), rtol=0, atol=1e-12)


def test_h_cannot_be_changed_under_the_backward_pass_and_the_last_state_is_a_copy():
    layer = RNN(2, 3)
    h, (h_T,) = layer.forward(np.ones((4, 1, 2)))
    with pytest.raises(ValueError, match="read-only"):
        h *= 2
    h_T *= 2
    assert (h_T != h[-1]).all()


def test_gradients_are_filled_anew_by_each_pass():
    layer = RNN(2, 9)
    passes = []
    for _ in range(2):
        layer.forward(np.ones((4, 1, 2)))
        layer.backward(np.ones((4, 1, 9)))
        passes.append({name: grad.copy() for name, grad in layer.grads.items()})
    for name in layer.grads:
        np.testing.assert_array_equal(passes[0][name], passes[1][name])


def test_weights_start_as_documented():
    layer = RNN(2, 9, rng=1)
    assert (layer.params["b"] == 0).all()
    assert 0.25 < np.abs(layer.params["U"]).max() <= 1 / 3
    assert (RNN(2, 9, rng=2).params["U"] != layer.params["U"]).any()


def test_bad_input_is_refused():
    layer = RNN(2, 3)
    with pytest.raises(RuntimeError, match="backward needs a forward pass first"):
        layer.backward(np.zeros((1, 1, 3)))
    with pytest.raises(ValueError, match="x must have shape"):
        layer.forward(np.zeros((4, 2)))
    for empty in (np.zeros((0, 1, 2)), np.zeros((3, 0, 2))):
        with pytest.raises(ValueError, match="x must have shape"):
            layer.forward(empty)
    with pytest.raises(ValueError, match="a state is a tuple of h0, not 2 arrays"):
        layer.forward(np.zeros((4, 1, 2)), (np.zeros((1, 3)), np.zeros((1, 3))))
    with pytest.raises(ValueError, match="h0 must have shape"):
        layer.forward(np.zeros((4, 1, 2)), (np.zeros((2, 3)),))
    with pytest.raises(ValueError, match="hidden_size must be a whole number"):
        RNN(2, 0)
