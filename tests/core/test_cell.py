"""LSTMCell computes its six equations, and its gradients agree with the definition of the derivative."""

import math

import numpy as np
import pytest
from helpers import assert_close

from lstm_scratch import LSTMCell, gradient_check
from lstm_scratch.cell import backward_through_time, unroll

I, H = 3, 5
BATCHES = [(), (4,)]


def random_case(*batch, seed=0):
    rng = np.random.default_rng(seed)
    cell = LSTMCell(rng.normal(size=(4 * H, I)), rng.normal(size=(4 * H, H)), rng.normal(size=4 * H))
    return cell, rng.normal(size=(*batch, I)), rng.normal(size=(*batch, H)), rng.normal(size=(*batch, H)), rng


def scalar_step(cell, x, h_prev, c_prev):
    """i, f, g, o, c and h, computed from the equations number by number with Python's own floats."""

    def z(gate, k):
        row = gate * H + k
        from_x = sum(cell.W[row, j] * x[j] for j in range(I))
        from_h = sum(cell.U[row, j] * h_prev[j] for j in range(H))
        return float(from_x + from_h + cell.b[row])

    def sigma(number):
        return 1 / (1 + math.exp(-number))

    i, f, o = ([sigma(z(gate, k)) for k in range(H)] for gate in (0, 1, 3))
    g = [math.tanh(z(2, k)) for k in range(H)]
    c = [f[k] * c_prev[k] + i[k] * g[k] for k in range(H)]
    h = [o[k] * math.tanh(c[k]) for k in range(H)]
    return i, f, g, o, c, h


def test_forward_is_the_equations_number_by_number():
    cell, x, h_prev, c_prev, _ = random_case(4)
    step = cell.forward(x, h_prev, c_prev)
    for row in range(4):
        expected = scalar_step(cell, x[row], h_prev[row], c_prev[row])
        assert_close([getattr(step, name)[row] for name in "ifgoch"], expected, 1e-14)


@pytest.mark.parametrize("batch", BATCHES)
def test_every_gradient_of_one_step(batch):
    cell, x, h_prev, c_prev, rng = random_case(*batch)
    dh, dc = rng.normal(size=(2, *h_prev.shape))

    def loss():
        step = cell.forward(x, h_prev, c_prev)
        return float((dh * step.h).sum() + (dc * step.c).sum())

    grads = cell.backward(cell.forward(x, h_prev, c_prev), dh, dc)
    arrays = {"W": cell.W, "U": cell.U, "b": cell.b, "x": x, "h_prev": h_prev, "c_prev": c_prev}
    errors = gradient_check(loss, arrays, {name: getattr(grads, f"d{name}") for name in arrays})
    assert max(errors.values()) < 1e-8, errors


@pytest.mark.parametrize("batch", BATCHES)
def test_every_gradient_through_several_steps(batch):
    # a mistake in the path through time only shows when there are several steps
    cell, _, h0, c0, rng = random_case(*batch)
    x, dh, last = rng.normal(size=(4, *batch, I)), rng.normal(size=(4, *h0.shape)), rng.normal(size=(2, *h0.shape))

    def loss():
        steps = unroll(cell, x, (h0, c0))
        along = sum(float((weights * step.h).sum()) for weights, step in zip(dh, steps, strict=True))
        return along + float((last * [steps[-1].h, steps[-1].c]).sum())

    dx, dh0, dc0, dW, dU, db = backward_through_time(cell, unroll(cell, x, (h0, c0)), dh, tuple(last))
    arrays = {"W": cell.W, "U": cell.U, "b": cell.b, "x": x, "h0": h0, "c0": c0}
    errors = gradient_check(loss, arrays, {"W": dW, "U": dU, "b": db, "x": dx, "h0": dh0, "c0": dc0})
    assert max(errors.values()) < 1e-7, errors


@pytest.mark.parametrize("batch", BATCHES)
def test_without_states_zeros_are_meant(batch):
    cell, x, h, _, rng = random_case(*batch)
    zeros, x, dh = np.zeros_like(h), np.stack([x, -x]), rng.normal(size=(2, *h.shape))
    steps, first = unroll(cell, x), cell.forward(x[0], zeros, zeros)
    assert_close(steps[1], cell.forward(x[1], first.h, first.c))
    assert_close(backward_through_time(cell, steps, dh), backward_through_time(cell, steps, dh, (zeros, zeros)))


def test_the_cell_has_copies_and_its_gates_look_at_their_own_rows():
    cell, *_ = random_case()
    W = cell.W.copy()
    LSTMCell(W, cell.U, cell.b).W[...] = 0
    np.testing.assert_array_equal(W, cell.W)
    cell.W[H : 2 * H] = 7
    assert (cell.W_f == 7).all() and all((gate != 7).all() for gate in (cell.W_i, cell.W_g, cell.W_o))


def test_lists_and_whole_numbers_are_read_as_floats():
    cell = LSTMCell([[0], [0], [1], [0]], [[0], [0], [0], [0]], [0, 0, 0, 0])
    assert cell.forward([1], [0], [2]).c[0] == pytest.approx(0.5 * 2 + 0.5 * math.tanh(1), abs=1e-15)
