"""The same weights in PyTorch give the same outputs, states, gradients and training steps."""

import numpy as np
import pytest

from lstm_scratch import LSTM, CharLM, LSTMCell, Vocabulary
from lstm_scratch.optimizers import Adam, clip_by_global_norm

torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")

T, B, I, H, V = 9, 4, 5, 7, 8
TOLERANCE = {"rtol": 0, "atol": 1e-10}


def tensor(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def give_weights(module, params, suffix=""):
    """Copy W, U, b into an nn.LSTM or nn.LSTMCell. Its two biases add: the second stays zero."""
    with torch.no_grad():
        getattr(module, f"weight_ih{suffix}").copy_(torch.from_numpy(params["W"]))
        getattr(module, f"weight_hh{suffix}").copy_(torch.from_numpy(params["U"]))
        getattr(module, f"bias_ih{suffix}").copy_(torch.from_numpy(params["b"]))
        getattr(module, f"bias_hh{suffix}").zero_()


def random_case(seed=0):
    rng = np.random.default_rng(seed)
    layer = LSTM(I, H, dtype=np.float64, rng=rng)
    layer.params["b"][...] = rng.normal(size=4 * H)
    return layer, rng.normal(size=(T, B, I)), tuple(rng.normal(size=(2, B, H))), rng


@pytest.mark.parametrize("seed", range(5))
def test_layer(seed):
    layer, x, (h0, c0), rng = random_case(seed)
    weights, last = rng.normal(size=(T, B, H)), tuple(rng.normal(size=(2, B, H)))
    h, (h_T, c_T) = layer.forward(x, (h0, c0))
    dx, (dh0, dc0) = layer.backward(weights, last)

    module = torch.nn.LSTM(I, H).double()
    give_weights(module, layer.params, "_l0")
    inputs = tensor(x), tensor(h0[None]), tensor(c0[None])
    out, (out_h, out_c) = module(inputs[0], inputs[1:])
    ((out * tensor(weights)).sum() + (out_h[0] * tensor(last[0])).sum() + (out_c[0] * tensor(last[1])).sum()).backward()

    for ours, theirs in ((h, out), (h_T, out_h[0]), (c_T, out_c[0])):
        np.testing.assert_allclose(ours, theirs.detach().numpy(), **TOLERANCE)
    theirs = [*(array.grad for array in inputs), module.weight_ih_l0.grad, module.weight_hh_l0.grad]
    ours = [dx, dh0[None], dc0[None], layer.grads["W"], layer.grads["U"]]
    for our, their in zip([*ours, layer.grads["b"]], [*theirs, module.bias_ih_l0.grad]):
        np.testing.assert_allclose(our, their.numpy(), **TOLERANCE)


@pytest.mark.parametrize("seed", range(5))
def test_cell(seed):
    layer, x, (h0, c0), rng = random_case(seed)
    weights_h, weights_c = rng.normal(size=(2, B, H))
    cell = LSTMCell(**layer.params)
    step = cell.forward(x[0], h0, c0)
    grads = cell.backward(step, weights_h, weights_c)

    module = torch.nn.LSTMCell(I, H).double()
    give_weights(module, layer.params)
    inputs = tensor(x[0]), tensor(h0), tensor(c0)
    out_h, out_c = module(inputs[0], inputs[1:])
    ((out_h * tensor(weights_h)).sum() + (out_c * tensor(weights_c)).sum()).backward()

    np.testing.assert_allclose(step.h, out_h.detach().numpy(), **TOLERANCE)
    np.testing.assert_allclose(step.c, out_c.detach().numpy(), **TOLERANCE)
    theirs = [*(array.grad for array in inputs), module.weight_ih.grad, module.weight_hh.grad, module.bias_ih.grad]
    for ours, their in zip(grads, theirs):
        np.testing.assert_allclose(ours, their.numpy(), **TOLERANCE)


def torch_model(model):
    """nn.LSTM and nn.Linear with the model's weights, and their parameters under the model's names."""
    lstm, linear = torch.nn.LSTM(V, H).double(), torch.nn.Linear(H, V).double()
    give_weights(lstm, model.params, "_l0")
    # one bias is enough: the second would take a second share of every step
    lstm.bias_hh_l0.requires_grad_(False)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(model.params["W_y"]))
        linear.bias.copy_(torch.from_numpy(model.params["b_y"]))
    names = {
        "W": lstm.weight_ih_l0,
        "U": lstm.weight_hh_l0,
        "b": lstm.bias_ih_l0,
        "W_y": linear.weight,
        "b_y": linear.bias,
    }
    return lstm, linear, names


def torch_loss(lstm, linear, inputs, targets, state=None):
    one_hot = torch.nn.functional.one_hot(torch.from_numpy(inputs), V).double()
    h, state = lstm(one_hot, state)
    return torch.nn.functional.cross_entropy(linear(h).view(-1, V), torch.from_numpy(targets).view(-1)), state


def test_loss_and_gradients_of_the_whole_model():
    rng = np.random.default_rng(0)
    model = CharLM(Vocabulary("abcdefgh"), H, dtype=np.float64, rng=rng)
    lstm, linear, names = torch_model(model)
    inputs, targets = rng.integers(V, size=(2, T, B))
    state = tuple(rng.normal(size=(2, B, H)))
    loss, grads, last = model.loss_and_grads(inputs, targets, state)
    their_loss, their_last = torch_loss(lstm, linear, inputs, targets, tuple(torch.from_numpy(s[None]) for s in state))
    their_loss.backward()
    assert abs(loss - their_loss.item()) < 1e-10
    for ours, theirs in zip(last, their_last):
        np.testing.assert_allclose(ours, theirs[0].detach().numpy(), **TOLERANCE)
    for name, param in names.items():
        np.testing.assert_allclose(grads[name], param.grad.numpy(), **TOLERANCE, err_msg=name)


def test_ten_adam_steps_with_clipping_leave_the_same_parameters():
    rng = np.random.default_rng(1)
    model = CharLM(Vocabulary("abcdefgh"), H, dtype=np.float64, rng=rng)
    # large output weights make large gradients, so that every step is clipped
    model.params["W_y"] *= 30
    lstm, linear, names = torch_model(model)
    ours, theirs = Adam(model.params, learning_rate=2e-3), torch.optim.Adam(names.values(), lr=2e-3)
    before = {name: param.copy() for name, param in model.params.items()}
    clipped = 0
    for _ in range(10):
        inputs, targets = rng.integers(V, size=(2, T, B))
        _, grads, _ = model.loss_and_grads(inputs, targets)
        clipped += clip_by_global_norm(grads, 1.0) > 1.0
        ours.step(grads)
        theirs.zero_grad()
        loss, _ = torch_loss(lstm, linear, inputs, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(names.values(), 1.0)
        theirs.step()
    assert clipped == 10
    for name, param in names.items():
        assert np.abs(model.params[name] - before[name]).max() > 0.005
        np.testing.assert_allclose(model.params[name], param.detach().numpy(), rtol=0, atol=1e-8, err_msg=name)
