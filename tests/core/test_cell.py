import numpy as np
import pytest

from lstm_scratch import LSTMCell, gradient_check

BATCHES = [(), (4,)]


def random_case(batch, I=3, H=5, seed=0):
    rng = np.random.default_rng(seed)
    cell = LSTMCell(rng.normal(size=(4 * H, I)), rng.normal(size=(4 * H, H)), rng.normal(size=4 * H))
    x = rng.normal(size=(*batch, I))
    h, c = rng.normal(size=(2, *batch, H))
    return cell, x, h, c


def test_forward_is_the_equations_with_plain_sigmoid():
    cell, x, h_prev, c_prev = random_case((4,))
    z = x @ cell.W.T + h_prev @ cell.U.T + cell.b
    z_i, z_f, z_g, z_o = z[:, :5], z[:, 5:10], z[:, 10:15], z[:, 15:]
    i, f, o = (1 / (1 + np.exp(-z)) for z in (z_i, z_f, z_o))
    g = np.tanh(z_g)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    step = cell.forward(x, h_prev, c_prev)
    for name, expected in {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}.items():
        np.testing.assert_allclose(getattr(step, name), expected, rtol=0, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("batch", BATCHES)
def test_gradients_of_one_step(batch):
    cell, x, h_prev, c_prev = random_case(batch)
    rng = np.random.default_rng(1)
    weight_h, weight_c = rng.normal(size=(2, *h_prev.shape))

    def loss():
        step = cell.forward(x, h_prev, c_prev)
        return float((weight_h * step.h).sum() + (weight_c * step.c).sum())

    grads = cell.backward(cell.forward(x, h_prev, c_prev), weight_h, weight_c)
    arrays = {"W": cell.W, "U": cell.U, "b": cell.b, "x": x, "h_prev": h_prev, "c_prev": c_prev}
    errors = gradient_check(loss, arrays, {name: getattr(grads, f"d{name}") for name in arrays})
    assert max(errors.values()) < 1e-8, errors


def test_gradients_through_several_steps_from_a_state_that_is_not_zero():
    # a slip in the path through time shows only with several steps
    cell, _, h0, c0 = random_case((2,))
    rng = np.random.default_rng(2)
    xs, weights = rng.normal(size=(4, 2, 3)), rng.normal(size=(4, 2, 5))

    def forward():
        h, c, steps = h0, c0, []
        for x in xs:
            steps.append(cell.forward(x, h, c))
            h, c = steps[-1].h, steps[-1].c
        return steps

    def loss():
        return float(sum((w * step.h).sum() for w, step in zip(weights, forward())))

    dh, dc = np.zeros((2, 5)), np.zeros((2, 5))
    total = {"W": 0, "U": 0, "b": 0}
    dx = []
    for w, step in reversed(list(zip(weights, forward()))):
        grads = cell.backward(step, dh + w, dc)
        dh, dc = grads.dh_prev, grads.dc_prev
        dx.insert(0, grads.dx)
        total = {name: array + getattr(grads, f"d{name}") for name, array in total.items()}
    arrays = {"W": cell.W, "U": cell.U, "b": cell.b, "xs": xs, "h0": h0, "c0": c0}
    errors = gradient_check(loss, arrays, {**total, "xs": np.array(dx), "h0": dh, "c0": dc})
    assert max(errors.values()) < 1e-7, errors


def test_a_batch_is_its_examples_one_by_one():
    cell, x, h, c = random_case((4,))
    together = cell.forward(x, h, c)
    grads = cell.backward(together, together.h, together.c)
    dW = 0
    for row in range(4):
        alone = cell.forward(x[row], h[row], c[row])
        np.testing.assert_allclose(alone.h, together.h[row], rtol=0, atol=1e-14)
        row_grads = cell.backward(alone, alone.h, alone.c)
        np.testing.assert_allclose(row_grads.dx, grads.dx[row], rtol=0, atol=1e-14)
        dW += row_grads.dW
    np.testing.assert_allclose(dW, grads.dW, rtol=0, atol=1e-13)


def test_gates_look_at_their_own_rows():
    cell, *_ = random_case(())
    cell.W[5:10] = 7
    assert (cell.W_f == 7).all()
    assert (cell.W_i != 7).all()


def test_lists_and_whole_numbers_are_read_as_floats():
    cell = LSTMCell([[0], [0], [1], [0]], [[0], [0], [0], [0]], [0, 0, 0, 0])
    step = cell.forward([1], [0], [2])
    assert step.c[0] == pytest.approx(0.5 * 2 + 0.5 * np.tanh(1))


W, U, b = np.zeros((8, 3)), np.zeros((8, 2)), np.zeros(8)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ((np.zeros(8), U, b), r"W must have shape \(4H, I\).* not \(8,\)"),
        ((np.zeros((7, 3)), U, b), r"W must have shape \(4H, I\).* not \(7, 3\)"),
        ((W, np.zeros((8, 3)), b), r"U must have shape \(8, 2\), not \(8, 3\)"),
        ((W, U, np.zeros(9)), r"b must have shape \(8,\), not \(9,\)"),
        ((np.full((8, 3), np.nan), U, b), "W must be finite"),
    ],
)
def test_bad_weights_are_refused(arrays, message):
    with pytest.raises(ValueError, match=message):
        LSTMCell(*arrays)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ((np.zeros(4), np.zeros(2), np.zeros(2)), r"x must have shape \(3,\), not \(4,\)"),
        ((np.zeros((5, 3)), np.zeros(2), np.zeros((5, 2))), r"h_prev must have shape \(5, 2\), not \(2,\)"),
        ((np.zeros(3), np.zeros(2), np.zeros(3)), r"c_prev must have shape \(2,\), not \(3,\)"),
        ((np.array([1, np.nan, 0]), np.zeros(2), np.zeros(2)), "x must be finite"),
        ((np.zeros(3), np.zeros(2), np.array([np.inf, 0])), "c_prev must be finite"),
    ],
)
def test_bad_input_is_refused(arrays, message):
    with pytest.raises(ValueError, match=message):
        LSTMCell(W, U, b).forward(*arrays)


def test_bad_gradients_are_refused():
    cell = LSTMCell(W, U, b)
    step = cell.forward(np.zeros(3), np.zeros(2), np.zeros(2))
    with pytest.raises(ValueError, match=r"dh must have shape \(2,\), not \(3,\)"):
        cell.backward(step, np.zeros(3), np.zeros(2))
