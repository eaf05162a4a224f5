"""The fast LSTM agrees with LSTMCell to 1e-12, and changes neither its inputs nor the results it has returned."""

import copy

import numpy as np
import pytest
from helpers import assert_close, copies

from lstm_scratch import LSTM, LSTMCell
from lstm_scratch.cell import backward_through_time, unroll


def random_case(T=5, B=3, I=4, H=6, seed=0):
    """A layer, x, (h0, c0), and the gradients dh and (dh_T, dc_T) that arrive, all random and none of them zero."""
    rng = np.random.default_rng(seed)
    layer = LSTM(I, H, dtype=np.float64, rng=rng)
    layer.params["b"] = rng.normal(size=4 * H)
    x, dh = rng.normal(size=(T, B, I)), rng.normal(size=(T, B, H))
    return layer, x, tuple(rng.normal(size=(2, B, H))), dh, tuple(rng.normal(size=(2, B, H)))


def results(layer, x, state, dh, dstate):
    """All that a forward and a backward pass return, by name."""
    h, (h_T, c_T) = layer.forward(x, state)
    dx, (dh0, dc0) = layer.backward(dh, dstate)
    return {"h": h, "h_T": h_T, "c_T": c_T, "dx": dx, "dh0": dh0, "dc0": dc0, **copies(layer.grads)}


# the last two have gaps between the rows of Uᵀ, and of U as well
@pytest.mark.parametrize(
    "sizes", [(5, 3, 4, 6), (1, 1, 1, 1), (9, 2, 1, 8), (3, 7, 6, 1), (3, 2, 4, 64), (3, 2, 4, 256)], ids=str
)
def test_the_layer_is_the_cell(sizes):
    layer, x, state, dh, dstate = random_case(*sizes)
    cell = LSTMCell(**layer.params)
    steps = unroll(cell, x, state)
    dx, dh0, dc0, dW, dU, db = backward_through_time(cell, steps, dh, dstate)
    expected = {"h": np.array([step.h for step in steps]), "h_T": steps[-1].h, "c_T": steps[-1].c}
    expected |= {"dx": dx, "dh0": dh0, "dc0": dc0, "W": dW, "U": dU, "b": db}
    assert_close(results(layer, x, state, dh, dstate), expected)
    trace = {name: np.array([getattr(step, name) for step in steps]) for name in "ifgoch"}
    assert_close(layer.trace(x, state), trace)


def test_without_states_zeros_are_meant():
    layer, x, _, dh, _ = random_case()
    zeros = np.zeros((3, 6)), np.zeros((3, 6))
    assert_close(results(layer, x, None, dh, None), results(layer, x, zeros, dh, zeros), 0)


def test_windows_with_carried_state_are_one_pass():
    layer, x, state, *_ = random_case(T=11)
    whole, last = layer.forward(x, state)
    parts = []
    for window in (x[:4], x[4:5], x[5:]):
        h, state = layer.forward(window, state)
        parts.append(h)
    assert_close(np.concatenate(parts), whole)
    assert_close(state, last)


def test_indices_are_one_hot_vectors():
    layer, _, state, dh, dstate = random_case(I=7)
    ids = np.random.default_rng(1).integers(7, size=(5, 3))
    expected, found = (results(layer, x, state, dh, dstate) for x in (np.eye(7)[ids], ids))
    assert found.pop("dx") is None and expected.pop("dx") is not None
    assert_close(found, expected)


def test_the_stepper_walks_as_forward_does():
    layer, *_ = random_case(I=7)
    ids = np.random.default_rng(1).integers(7, size=(5, 2))
    h, _ = layer.forward(ids)
    # two steppers do not share a memory
    first, second = layer.stepper(), layer.stepper()
    for t in range(5):
        assert_close([first(ids[t, 0]), second(ids[t, 1])], h[t])


@pytest.mark.parametrize("steps_at_a_time", [1, 2, 3])
def test_preparing_a_few_steps_at_a_time_changes_nothing(monkeypatch, steps_at_a_time):
    case = random_case(T=7)
    expected = results(*case)
    monkeypatch.setattr("lstm_scratch.kernels.CACHED_NUMBERS", steps_at_a_time * 4 * 3 * 6)
    assert_close(results(*case), expected, 0)


def test_what_was_given_and_what_was_returned_is_left_alone():
    layer, x, state, dh, dstate = random_case()
    # both states are in one array of the layer's own dtype, so nothing is copied on the way in
    given = x, state, dh, dstate = x, np.array(state), dh, np.array(dstate)
    given_before = [array.copy() for array in given]
    found = results(layer, x, state, dh, dstate) | layer.trace(x, state)
    found_before = {name: array.copy() for name, array in found.items()}
    assert_close(given, given_before, 0)
    results(layer, -x, None, 2 * dh, None)
    assert_close(found, found_before, 0)
    # h cannot be changed in between, because backward needs it
    h, _ = layer.forward(x)
    with pytest.raises(ValueError, match="read-only"):
        h *= 0


def test_a_backward_pass_needs_its_own_forward_pass_and_a_refused_one_costs_nothing():
    layer, x, state, dh, dstate = random_case()
    expected = results(layer, x, state, dh, dstate)
    with pytest.raises(RuntimeError, match="call forward before each call of backward"):
        layer.backward(dh, dstate)
    layer.forward(x, state)
    with pytest.raises(ValueError, match="dh must have shape"):
        layer.backward(dh[0])
    layer.backward(dh, dstate)
    assert_close(copies(layer.grads), {name: expected[name] for name in layer.params}, 0)


def test_float32_is_close_to_float64():
    layer, x, state, *_ = random_case()
    single = LSTM.from_weights(**{name: param.astype("f4") for name, param in layer.params.items()})
    h, last = single.forward(x, state)
    assert h.dtype == last[1].dtype == np.float32
    assert_close(h, layer.forward(x, state)[0], 1e-6)


def test_the_layer_starts_as_its_docstring_says():
    layer, again, other = LSTM(3, 50, rng=1), LSTM(3, 50, rng=np.random.default_rng(1)), LSTM(3, 50, rng=2)
    assert_close(layer.params, again.params, 0)
    assert (layer.params["U"] != other.params["U"]).any()
    for name in "WU":
        # uniform in ±1/√H
        assert 0.95 < np.abs(layer.params[name]).max() * np.sqrt(50) <= 1 and layer.params[name].min() < 0
        # no two gates begin alike
        assert len({gate.tobytes() for gate in np.split(layer.params[name], 4)}) == 4
    np.testing.assert_array_equal(LSTM(3, 2, forget_bias=2.5).params["b"], [0, 0, 2.5, 2.5, 0, 0, 0, 0])


@pytest.mark.parametrize("size", [1e4, 1e30])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_absurd_inputs_give_finite_results(size, dtype):
    # the tests turn warnings into errors
    x = np.random.default_rng(0).choice([-size, size], size=(5, 2, 3))
    found = results(LSTM(3, 4, dtype=dtype), x, None, np.ones((5, 2, 4)), None)
    assert all(np.isfinite(array).all() for array in found.values())


def test_parameters_are_set_by_copying_and_none_can_be_removed():
    layer, *_ = random_case()
    U, W = layer.params["U"], np.ones((24, 4))
    layer.params["W"] = W
    W[...] = 2
    assert (layer.params["W"] == 1).all()
    # a value that does not fit leaves the others as they were
    with pytest.raises(ValueError, match="b must have shape"):
        layer.params.update({"U": np.zeros((24, 6)), "b": np.zeros(3)})
    assert layer.params["U"] is U and (U != 0).all()
    assert_close(copy.deepcopy(layer.params), layer.params, 0)
    for remove in (lambda: layer.params.pop("U"), lambda: layer.params.__delitem__("U"), layer.params.clear):
        with pytest.raises(TypeError, match="cannot be added or removed"):
            remove()


def test_weights_may_be_lists_of_numbers():
    layer = LSTM.from_weights([[1]] * 4, [[0.5]] * 4, [0] * 4)
    assert layer.dtype == np.float64 and (layer.params["W"] == 1).all() and (layer.params["U"] == 0.5).all()
    assert LSTM.from_weights(np.ones((4, 1), "f4"), [[1]] * 4, [0] * 4).dtype == np.float32


def test_representations_are_short_and_say_what_they_are():
    layer = LSTM(3, 2)
    assert repr(layer) == "LSTM(input_size=3, hidden_size=2, dtype=float32)"
    assert repr(LSTMCell(**layer.params)) == "LSTMCell(input_size=3, hidden_size=2)"
    assert repr(layer.params) == "Parameters(W (8, 3), U (8, 2), b (8,))"
