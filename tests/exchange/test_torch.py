"""PyTorch with the same weights gives the same outputs, states and gradients, to 1e-10.

Ten steps of Adam give the same parameters, to 1e-8.
"""

import numpy as np
import pytest
from helpers import assert_close

from lstm_scratch import LSTM, Adam, CharLM, LSTMCell, Vocabulary, clip_by_global_norm
from lstm_scratch.exchange import to_torch

torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")

T, B, I, H, V = 9, 4, 5, 7, 8


def numbers(*tensors):
    return [tensor.detach().numpy() for tensor in tensors]


def their_lstm(layer, x, h0, c0, dh, dh_T, dc_T):
    """h, h_T, c_T of nn.LSTM with the layer's weights, and the gradients of x, h0, c0, W, U and b."""
    module = to_torch(layer)
    inputs = [torch.tensor(array, requires_grad=True) for array in (x, h0[None], c0[None])]
    h, (h_T, c_T) = module(inputs[0], tuple(inputs[1:]))
    loss = (h * torch.tensor(dh)).sum() + (h_T * torch.tensor(dh_T)).sum() + (c_T * torch.tensor(dc_T)).sum()
    loss.backward()
    x, h0, c0 = inputs
    weights = module.weight_ih_l0.grad, module.weight_hh_l0.grad, module.bias_ih_l0.grad
    return numbers(h, h_T[0], c_T[0], x.grad, h0.grad[0], c0.grad[0], *weights)


@pytest.mark.parametrize("seed", range(3))
def test_layer_and_cell(seed):
    rng = np.random.default_rng(seed)
    layer = LSTM(I, H, dtype=np.float64, rng=rng)
    layer.params["b"] = rng.normal(size=4 * H)
    x, dh, (h0, c0, dh_T, dc_T) = rng.normal(size=(T, B, I)), rng.normal(size=(T, B, H)), rng.normal(size=(4, B, H))
    h, (h_T, c_T) = layer.forward(x, (h0, c0))
    dx, (dh0, dc0) = layer.backward(dh, (dh_T, dc_T))
    ours = h, h_T, c_T, dx, dh0, dc0, *layer.grads.values()
    assert_close(ours, their_lstm(layer, x, h0, c0, dh, dh_T, dc_T), 1e-10)

    cell = LSTMCell(**layer.params)
    step = cell.forward(x[0], h0, c0)
    grads = cell.backward(step, dh_T, dc_T)
    # one step, whose h is also h_T
    theirs = their_lstm(layer, x[:1], h0, c0, np.zeros((1, B, H)), dh_T, dc_T)
    assert_close([step.h[None], step.h, step.c, grads.dx[None], *grads[1:]], theirs, 1e-10)


def their_loss(module, inputs, targets, state=None):
    logits, state = module(torch.tensor(inputs), state)
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.tensor(targets).flatten()), state


def named(module):
    """The parameters that are trained, in the order W, U, b, W_y, b_y."""
    return [param for param in module.parameters() if param.requires_grad]


def test_loss_and_gradients_of_the_whole_model():
    rng = np.random.default_rng(0)
    model = CharLM(Vocabulary("abcdefgh"), H, dtype=np.float64, rng=rng)
    inputs, targets = rng.integers(V, size=(2, T, B))
    state, module = tuple(rng.normal(size=(2, B, H))), to_torch(model)
    loss, grads, last = model.loss_and_grads(inputs, targets, state)
    theirs, their_last = their_loss(module, inputs, targets, tuple(torch.tensor(part[None]) for part in state))
    theirs.backward()
    assert abs(loss - theirs.item()) < 1e-10
    assert_close(last, [part[0] for part in numbers(*their_last)], 1e-10)
    assert_close(grads.values(), numbers(*(param.grad for param in named(module))), 1e-10)


def test_ten_adam_steps_with_clipping_leave_the_same_parameters():
    rng = np.random.default_rng(1)
    model = CharLM(Vocabulary("abcdefgh"), H, dtype=np.float64, rng=rng)
    # large output weights make large gradients, so that every step is clipped
    model.params["W_y"] *= 30
    before, module = model.params.copies(), to_torch(model)
    ours, theirs = Adam(model.params, learning_rate=2e-3), torch.optim.Adam(named(module), lr=2e-3)
    for _ in range(10):
        inputs, targets = rng.integers(V, size=(2, T, B))
        _, grads, _ = model.loss_and_grads(inputs, targets)
        assert clip_by_global_norm(grads, 1.0) > 1.0
        ours.step(grads)
        theirs.zero_grad()
        their_loss(module, inputs, targets)[0].backward()
        torch.nn.utils.clip_grad_norm_(named(module), 1.0)
        theirs.step()
    assert all(np.abs(param - before[name]).max() > 0.005 for name, param in model.params.items())
    assert_close(model.params.values(), numbers(*named(module)), 1e-8)
