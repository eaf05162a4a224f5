import numpy as np
import pytest
from helpers import copies

from lstm_scratch import LSTM, LSTMCell, gradient_check


def random_case(T=5, B=3, I=4, H=6, seed=0, **options):
    rng = np.random.default_rng(seed)
    layer = LSTM(I, H, dtype=np.float64, rng=rng, **options)
    layer.params["b"][...] = rng.normal(size=4 * H)
    x = rng.normal(size=(T, B, I))
    state = tuple(rng.normal(size=(2, B, H)))
    return layer, x, state, rng


def test_the_layer_is_the_cell_step_by_step():
    layer, x, state, rng = random_case()
    weights, last = rng.normal(size=(5, 3, 6)), tuple(rng.normal(size=(2, 3, 6)))
    h, (h_T, c_T) = layer.forward(x, state)
    dx, (dh0, dc0) = layer.backward(weights, last)

    cell = LSTMCell(**layer.params)
    steps, (h_t, c_t) = [], state
    for x_t in x:
        steps.append(cell.forward(x_t, h_t, c_t))
        h_t, c_t = steps[-1].h, steps[-1].c
    np.testing.assert_allclose(h, [step.h for step in steps], rtol=0, atol=1e-12)
    np.testing.assert_allclose(h_T, h_t, rtol=0, atol=1e-12)
    np.testing.assert_allclose(c_T, c_t, rtol=0, atol=1e-12)

    dh, dc = last
    total = {"W": 0, "U": 0, "b": 0}
    for t in reversed(range(5)):
        grads = cell.backward(steps[t], dh + weights[t], dc)
        dh, dc = grads.dh_prev, grads.dc_prev
        np.testing.assert_allclose(dx[t], grads.dx, rtol=0, atol=1e-12)
        total = {name: array + getattr(grads, f"d{name}") for name, array in total.items()}
    np.testing.assert_allclose(dh0, dh, rtol=0, atol=1e-12)
    np.testing.assert_allclose(dc0, dc, rtol=0, atol=1e-12)
    for name, array in total.items():
        np.testing.assert_allclose(layer.grads[name], array, rtol=0, atol=1e-12)


def test_gradients_of_everything_from_a_state_that_is_not_zero():
    layer, x, (h0, c0), rng = random_case()
    weights, last_h, last_c = rng.normal(size=(5, 3, 6)), *rng.normal(size=(2, 3, 6))

    def loss():
        h, (h_T, c_T) = layer.forward(x, (h0, c0))
        return float((weights * h).sum() + (last_h * h_T).sum() + (last_c * c_T).sum())

    loss()
    dx, (dh0, dc0) = layer.backward(weights, (last_h, last_c))
    gradients = {**copies(layer.grads), "x": dx, "h0": dh0, "c0": dc0}
    errors = gradient_check(loss, {**layer.params, "x": x, "h0": h0, "c0": c0}, gradients)
    assert max(errors.values()) < 1e-7, errors


def test_batched_is_one_sequence_after_the_other():
    layer, x, (h0, c0), rng = random_case()
    weights = rng.normal(size=(5, 3, 6))
    h, (h_T, c_T) = layer.forward(x, (h0, c0))
    dx, _ = layer.backward(weights)
    together = copies(layer.grads)
    total = {name: 0 for name in together}
    for b in range(3):
        one = slice(b, b + 1)
        h_one, (h_T_one, c_T_one) = layer.forward(x[:, one], (h0[one], c0[one]))
        np.testing.assert_allclose(h_one, h[:, one], rtol=0, atol=1e-12)
        np.testing.assert_allclose(c_T_one, c_T[one], rtol=0, atol=1e-12)
        dx_one, _ = layer.backward(weights[:, one])
        np.testing.assert_allclose(dx_one, dx[:, one], rtol=0, atol=1e-12)
        total = {name: array + layer.grads[name] for name, array in total.items()}
    for name in together:
        np.testing.assert_allclose(total[name], together[name], rtol=0, atol=1e-12)


def test_windows_with_carried_state_are_one_pass():
    layer, x, state, _ = random_case(T=11)
    whole, last = layer.forward(x, state)
    parts = []
    for window in (x[:4], x[4:5], x[5:]):
        h, state = layer.forward(window, state)
        parts.append(h)
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=0, atol=1e-12)
    np.testing.assert_allclose(state, last, rtol=0, atol=1e-12)


def test_indices_are_one_hot_vectors():
    layer, _, state, rng = random_case(I=7)
    ids, weights = rng.integers(7, size=(5, 3)), rng.normal(size=(5, 3, 6))
    h, _ = layer.forward(np.eye(7)[ids], state)
    layer.backward(weights)
    expected = copies(layer.grads)
    h_ids, _ = layer.forward(ids, state)
    dx, _ = layer.backward(weights)
    assert dx is None
    np.testing.assert_allclose(h_ids, h, rtol=0, atol=1e-13)
    for name in expected:
        np.testing.assert_allclose(layer.grads[name], expected[name], rtol=0, atol=1e-13)


@pytest.mark.parametrize("steps_at_a_time", [1, 2, 3])
def test_preparing_a_few_steps_at_a_time_changes_nothing(monkeypatch, steps_at_a_time):
    layer, x, state, rng = random_case(T=7)
    weights, last = rng.normal(size=(7, 3, 6)), tuple(rng.normal(size=(2, 3, 6)))
    layer.forward(x, state)
    dx, dstate = layer.backward(weights, last)
    expected = copies(layer.grads)
    monkeypatch.setattr("lstm_scratch.layer.CACHED_NUMBERS", steps_at_a_time * 4 * 3 * 6)
    layer.forward(x, state)
    dx_few, dstate_few = layer.backward(weights, last)
    np.testing.assert_array_equal(dx_few, dx)
    np.testing.assert_array_equal(dstate_few, dstate)
    for name in expected:
        np.testing.assert_array_equal(layer.grads[name], expected[name])


def test_results_are_not_overwritten_by_the_next_pass():
    layer, x, state, _ = random_case()
    h, (h_T, c_T) = layer.forward(x, state)
    dx, (dh0, dc0) = layer.backward(np.ones_like(h))
    results = h, h_T, c_T, dx, dh0, dc0
    before = [array.copy() for array in results]
    layer.forward(-x, state)
    layer.backward(np.full_like(h, 2))
    for array, copy in zip(results, before):
        np.testing.assert_array_equal(array, copy)


def test_h_cannot_be_changed_under_the_backward_pass():
    layer, x, state, _ = random_case()
    h, _ = layer.forward(x, state)
    with pytest.raises(ValueError, match="read-only"):
        h *= 0


def test_the_caller_s_arrays_are_left_alone():
    layer, x, state, rng = random_case()
    given = x, *state, rng.normal(size=(5, 3, 6)), *rng.normal(size=(2, 3, 6))
    before = [array.copy() for array in given]
    layer.forward(x, state)
    layer.backward(given[3], given[4:])
    for array, copy in zip(given, before):
        np.testing.assert_array_equal(array, copy)


def test_the_stepper_walks_as_forward_does():
    layer, _, _, rng = random_case(I=7)
    ids = rng.integers(7, size=(5, 2))
    h, _ = layer.forward(ids)
    # two steppers do not share a memory
    first, second = layer.stepper(), layer.stepper()
    for t in range(5):
        np.testing.assert_allclose(first(ids[t, 0]), h[t, 0], rtol=0, atol=1e-13)
        np.testing.assert_allclose(second(ids[t, 1]), h[t, 1], rtol=0, atol=1e-13)
    for index in (-1, 7):
        with pytest.raises(ValueError, match=f"the index must be a whole number from 0 to 6, not {index}"):
            first(index)


def test_float32_is_close_to_float64():
    layer, x, state, _ = random_case()
    single = LSTM(4, 6, dtype=np.float32)
    for name, param in single.params.items():
        param[...] = layer.params[name]
    h, (h_T, _) = single.forward(x, state)
    assert h.dtype == h_T.dtype == np.float32
    np.testing.assert_allclose(h, layer.forward(x, state)[0], rtol=0, atol=1e-6)


def test_start_weights_follow_the_seed_and_the_forget_bias():
    first, second, other = LSTM(3, 5, rng=1), LSTM(3, 5, rng=np.random.default_rng(1)), LSTM(3, 5, rng=2)
    np.testing.assert_array_equal(first.params["U"], second.params["U"])
    assert (first.params["U"] != other.params["U"]).any()
    assert np.abs(first.params["W"]).max() <= 1 / np.sqrt(5)
    # no two gates begin alike
    gates = np.split(first.params["W"], 4)
    assert all((gates[a] != gates[b]).any() for a in range(4) for b in range(a))
    np.testing.assert_array_equal(LSTM(3, 2, forget_bias=2.5).params["b"], [0, 0, 2.5, 2.5, 0, 0, 0, 0])


def test_backward_needs_its_own_forward():
    layer, x, state, _ = random_case()
    with pytest.raises(RuntimeError, match="forward pass first"):
        layer.backward(np.zeros((5, 3, 6)))
    layer.forward(x, state)
    layer.backward(np.zeros((5, 3, 6)))
    with pytest.raises(RuntimeError, match="one forward pass serves one backward pass"):
        layer.backward(np.zeros((5, 3, 6)))


@pytest.mark.parametrize(
    ("x", "state", "message"),
    [
        (np.zeros((5, 3, 2)), None, r"x must have shape \(5, 3, 4\), not \(5, 3, 2\)"),
        (np.zeros(4), None, r"x must have shape \(T, B, 4\), or \(T, B\) for indices, not \(4,\)"),
        (np.zeros((0, 3, 4)), None, r"not \(0, 3, 4\)"),
        (np.full((5, 3, 4), np.nan), None, "x must be finite"),
        # too large for float32
        (np.full((5, 3, 4), 1e300), None, "x must be finite"),
        (np.full((5, 3), 4), None, "the indices x must lie between 0 and 3, not between 4 and 4"),
        (np.zeros((5, 3)), None, "the indices x must be whole numbers, not float64"),
        (np.zeros((5, 3, 4)), (np.zeros((2, 6)), np.zeros((3, 6))), r"h0 must have shape \(3, 6\), not \(2, 6\)"),
        (np.zeros((5, 3, 4)), (np.zeros((3, 6)), np.full((3, 6), np.inf)), "c0 must be finite"),
        (np.zeros((5, 3, 4)), np.zeros((3, 6)), r"a state is a tuple of h0 and c0, not one array of shape \(3, 6\)"),
    ],
)
def test_bad_input_is_refused(x, state, message):
    with pytest.raises(ValueError, match=message):
        LSTM(4, 6).forward(x, state)


def test_bad_gradients_are_refused():
    layer, x, state, _ = random_case()
    layer.forward(x, state)
    with pytest.raises(ValueError, match=r"dh must have shape \(5, 3, 6\), not \(3, 6\)"):
        layer.backward(np.zeros((3, 6)))
    with pytest.raises(ValueError, match=r"dc_T must have shape \(3, 6\), not \(6,\)"):
        layer.backward(np.zeros((5, 3, 6)), (np.zeros((3, 6)), np.zeros(6)))
    # nothing was lost: the backward pass can still be had
    layer.backward(np.zeros((5, 3, 6)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_size": 3, "hidden_size": 0}, "hidden_size must be a whole number of at least 1, not 0"),
        ({"input_size": -1, "hidden_size": 2}, "input_size must be a whole number of at least 1, not -1"),
        ({"input_size": 3, "hidden_size": 2.5}, "hidden_size must be a whole number of at least 1, not 2.5"),
        ({"input_size": 3, "hidden_size": 2, "dtype": int}, "dtype must be float32 or float64, not"),
        ({"input_size": 3, "hidden_size": 2, "dtype": np.float16}, "dtype must be float32 or float64, not"),
        ({"input_size": 3, "hidden_size": 2, "forget_bias": np.nan}, "forget_bias must be finite, but it"),
    ],
)
def test_bad_sizes_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        LSTM(**arguments)


def test_a_trace_is_every_step_of_the_cell():
    layer, x, state, _ = random_case()
    trace, cell, (h, c) = layer.trace(x, state), LSTMCell(**layer.params), state
    assert list(trace) == ["i", "f", "g", "o", "c", "h"]
    for t, x_t in enumerate(x):
        step = cell.forward(x_t, h, c)
        h, c = step.h, step.c
        for name, array in trace.items():
            np.testing.assert_allclose(array[t], getattr(step, name), rtol=0, atol=1e-12)
    # copies: the next pass leaves them alone
    before = copies(trace)
    layer.forward(-x)
    for name, array in trace.items():
        np.testing.assert_array_equal(array, before[name])
    # and none to go back through
    layer.trace(x)
    with pytest.raises(RuntimeError, match="backward needs a forward pass first"):
        layer.backward(np.ones((5, 3, 6)))
