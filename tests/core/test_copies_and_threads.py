"""A copy, an assignment and another thread leave every object right: it does what was written, or refuses.

Forward and backward use the same numbers, and what lies between a forward pass and its backward pass changes nothing.
"""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers import assert_close, copies

from lstm_scratch import LSTM, Adam, CharLM, LSTMCell, Vocabulary, gradient_check
from lstm_scratch.cell import backward_through_time, unroll
from lstm_scratch.study import RNN

VOCABULARY = Vocabulary("abcdefgh")
COPY = {"copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": lambda thing: pickle.loads(pickle.dumps(thing))}


def random_cell(seed=0, I=3, H=4):
    rng = np.random.default_rng(seed)
    return LSTMCell(rng.normal(size=(4 * H, I)), rng.normal(size=(4 * H, H)), rng.normal(size=4 * H))


def random_layer():
    return LSTM(3, 4, dtype=np.float64, rng=1)


def random_model():
    return CharLM(VOCABULARY, 5, dtype=np.float64, rng=1)


def assert_cell_is(cell, W, U, b):
    """The cell computes as a new cell with these arrays does, and its gradients fit what it computes."""
    rng = np.random.default_rng(5)
    x, h0, c0, dh, dc = (rng.normal(size=size) for size in (3, 4, 4, 4, 4))
    other = LSTMCell(W, U, b)
    assert_close(cell.forward(x, h0, c0), other.forward(x, h0, c0), 0)
    grads = cell.backward(cell.forward(x, h0, c0), dh, dc)

    def loss():
        step = cell.forward(x, h0, c0)
        return float((dh * step.h).sum() + (dc * step.c).sum())

    arrays = {"W": cell.W, "U": cell.U, "b": cell.b}
    assert max(gradient_check(loss, arrays, {name: getattr(grads, f"d{name}") for name in arrays}).values()) < 1e-8


def set_whole(cell):
    cell.W = 2 * cell.W


def set_in_place(cell):
    cell.W *= 2


def set_entries(cell):
    cell.W[...] = 2 * cell.W


def set_rows(cell):
    for name in ("W_i", "W_f", "W_g", "W_o"):
        setattr(cell, name, 2 * getattr(cell, name))


def set_entries_of_rows(cell):
    for gate in (cell.W_i, cell.W_f, cell.W_g, cell.W_o):
        gate[:] *= 2


def set_by_name(cell):
    cell.params["W"] = 2 * cell.params["W"]


def set_from_a_list(cell):
    cell.W = (2 * cell.W).tolist()


def set_from_an_array_that_changes(cell):
    values = 2 * cell.W
    cell.W = values
    values[...] = 0


CHANGES = [
    set_whole,
    set_in_place,
    set_entries,
    set_rows,
    set_entries_of_rows,
    set_by_name,
    set_from_a_list,
    set_from_an_array_that_changes,
]


@pytest.mark.parametrize("copied", [lambda cell: cell, *COPY.values()], ids=["itself", *COPY])
@pytest.mark.parametrize("change", CHANGES)
def test_forward_and_backward_of_a_cell_see_every_change_and_the_original_none(change, copied):
    original = random_cell()
    W, U, b = original.W.copy(), original.U.copy(), original.b.copy()
    cell = copied(original)
    change(cell)
    assert_cell_is(cell, 2 * W, U, b)
    if cell is not original:
        assert_cell_is(original, W, U, b)


@pytest.mark.parametrize("how", COPY.values(), ids=COPY)
def test_a_copied_layer_or_model_computes_the_same_and_lives_alone(how):
    x, ids = np.random.default_rng(0).normal(size=(4, 2, 3)), np.arange(8).reshape(4, 2)
    for thing, use in (
        (random_layer(), lambda layer: layer.forward(x)[0]),
        (RNN(3, 4), lambda layer: layer.forward(x)[0]),
        (random_model(), lambda model: model.logits(ids)[0]),
    ):
        expected = use(thing).copy()
        other = how(thing)
        assert repr(other) == repr(thing)
        assert_close(use(other), expected, 0)
        for param in other.params.values():
            param *= 2
        assert (use(other) != expected).any()
        assert_close(use(thing), expected, 0)


@pytest.mark.parametrize("how", COPY.values(), ids=COPY)
def test_a_copied_model_shares_its_arrays_with_its_own_layer(how):
    model = how(random_model())
    assert all(model.params[name] is param for name, param in model.lstm.params.items())
    ids = np.arange(8).reshape(4, 2)
    _, grads, _ = model.loss_and_grads(ids, ids)
    before = model.hidden(ids)[0].copy()
    Adam(model.params, 0.1).step(grads)
    assert (model.hidden(ids)[0] != before).all()


def test_a_pickle_holds_the_parameters_and_no_memory_of_work():
    model = CharLM(VOCABULARY, 32)
    ids = np.zeros((200, 4), int)
    model.loss_and_grads(ids, ids)
    layer = LSTM(3, 32)
    layer.forward(np.ones((200, 4, 3)))
    rnn = RNN(3, 32)
    rnn.backward(rnn.forward(np.ones((200, 4, 3)))[0])
    for thing in (model, layer, rnn):
        size = sum(param.nbytes for param in thing.params.values())
        assert len(pickle.dumps(thing)) < size + 2000


def test_a_copy_has_no_forward_pass():
    layer, rnn = random_layer(), RNN(3, 4)
    for thing in (layer, rnn):
        thing.forward(np.ones((2, 1, 3)))
        with pytest.raises(RuntimeError, match="call forward before"):
            copy.deepcopy(thing).backward(np.ones((2, 1, 4)))
        thing.backward(np.ones((2, 1, 4)))


def test_a_copy_of_parameters_stays_as_it_is():
    """Who keeps the best parameters of a run must not see them move on."""
    model = random_model()
    before = copies(model.params)
    kept = [model.params.copies(), model.params.copy(), copy.copy(model.params), copy.deepcopy(model.params)]
    model.params["W"] *= 2
    for params in kept:
        assert_close(dict(params), before, 0)


@pytest.mark.parametrize(
    "replace",
    [
        lambda model, other: setattr(model, "lstm", other.lstm),
        lambda model, other: setattr(model, "params", other.params),
        lambda model, other: setattr(model.lstm, "params", other.lstm.params),
        lambda model, other: setattr(model.lstm, "params", dict(other.lstm.params)),
        lambda model, other: setattr(model, "params", model.params.copies()),
        lambda model, other: setattr(model, "vocabulary", other.vocabulary),
        lambda model, other: setattr(model, "hidden_size", 5),
        lambda model, other: setattr(model.lstm, "dtype", np.float32),
        lambda model, other: setattr(RNN(3, 4), "params", RNN(3, 4, rng=1).params),
        lambda model, other: setattr(random_cell(), "params", random_cell(1).params),
        lambda model, other: setattr(model.vocabulary, "characters", "xyz"),
        lambda model, other: setattr(model.vocabulary, "index", {}),
    ],
)
def test_parts_that_must_agree_cannot_be_replaced(replace):
    model = random_model()
    with pytest.raises(AttributeError):
        replace(model, CharLM(VOCABULARY, 5, rng=2))
    with pytest.raises(TypeError):
        model.vocabulary.index["z"] = 3


def test_parameters_may_gain_an_array():
    """An extension of a model has more parameters than the model."""
    model = random_model()
    model.params = type(model.params)(**model.params, U2=np.zeros((2, 2)))
    assert list(model.params) == ["W", "U", "b", "W_y", "b_y", "U2"]
    assert model.params["W"] is model.lstm.params["W"]


def test_two_layers_of_one_generator_differ_and_two_of_one_seed_do_not():
    rng = np.random.default_rng(0)
    shared = [LSTM(4, 4, rng=rng).params["U"] for _ in range(2)]
    alike = [LSTM(4, 4).params["U"] for _ in range(2)]
    assert (shared[0] != shared[1]).any() and (alike[0] == alike[1]).all()


def test_a_dropout_draws_something_else_at_each_call_of_one_generator():
    ids, rng = np.arange(8).reshape(4, 2), np.random.default_rng(0)
    losses = {random_model().loss_and_grads(ids, ids, dropout=0.5, weight_drop=0.5, rng=rng)[0] for _ in range(5)}
    assert len(losses) == 5


# --- what lies between a forward pass and its backward pass

X, OTHER, DH = (np.random.default_rng(seed).normal(size=(5, 2, size)) for seed, size in ((1, 3), (2, 3), (3, 4)))


def gradients(layer, between):
    """All that the backward pass of X gives if something else is done in between."""
    x, state = X.copy(), np.ones((2, 2, 4))
    layer.forward(x, state)
    between(layer, x, state)
    dx, (dh0, dc0) = layer.backward(DH)
    return {"dx": dx, "dh0": dh0, "dc0": dc0, **copies(layer.grads)}


def overwrite(layer, x, state):
    x[...] = 7
    state[...] = 7


def change_parameters(layer, x, state):
    for param in layer.params.values():
        param += 1


def refused_forward(layer, x, state):
    with pytest.raises(ValueError, match="x must have shape"):
        layer.forward(x[0, 0])


@pytest.mark.parametrize(
    "between",
    [
        overwrite,
        change_parameters,
        refused_forward,
        lambda layer, x, state: layer.trace(OTHER),
        lambda layer, x, state: layer.trace(OTHER[:2, :1], np.zeros((2, 1, 4))),
        lambda layer, x, state: layer.stepper()(1),
        lambda layer, x, state: [copied(layer).forward(OTHER) for copied in COPY.values()],
        lambda layer, x, state: ThreadPoolExecutor(2).submit(layer.trace, OTHER).result(),
    ],
)
def test_nothing_between_forward_and_backward_changes_the_gradients(between):
    assert_close(gradients(random_layer(), between), gradients(random_layer(), lambda *_: None), 0)


def test_the_rnn_and_the_cell_keep_what_they_were_given():
    rnn, cell = RNN(3, 4), random_cell()
    x, h0, c0 = X.copy(), np.ones((2, 4)), np.ones((2, 4))
    rnn.forward(x, (h0,))
    expected = rnn.backward(DH)[0]
    steps = unroll(cell, x, (h0, c0))
    right = backward_through_time(cell, steps, DH)
    rnn.forward(x, (h0,))
    steps = unroll(cell, x, (h0, c0))
    for array in (x, h0, c0):
        array[...] = 7
    rnn.params["U"] += 1
    assert_close([rnn.backward(DH)[0]], [expected], 0)
    assert_close(backward_through_time(cell, steps, DH), right, 0)
    with pytest.raises(ValueError, match="read-only"):
        steps[0].c[...] = 0


def test_h_stays_valid_whatever_the_layer_does_afterwards():
    layer, model, ids = random_layer(), random_model(), np.arange(8).reshape(4, 2)
    h, _ = layer.forward(X)
    hidden, _ = model.hidden(ids)
    kept = h.copy(), hidden.copy()
    layer.backward(DH)
    layer.forward(OTHER)
    layer.trace(OTHER)
    model.hidden(ids[::-1])
    model.loss_and_grads(ids, ids)
    assert_close([h, hidden], kept, 0)
    for array in (h, hidden):
        with pytest.raises(ValueError, match="read-only"):
            array += 1


def uses(model):
    """What may be done with a model, by name; none of it trains."""
    ids = np.arange(8).reshape(4, 2) % 8
    return {
        "score": lambda seed: model.bits_per_char("abcdefgh"[seed:] * 30),
        "sample": lambda seed: model.sample("abc", 20, rng=seed),
        "trace": lambda seed: model.trace(np.roll(ids, seed))["c"],
        "hidden": lambda seed: model.hidden(np.roll(ids, seed))[0],
        "predictions": lambda seed: [logits.copy() for logits, _ in model.predictions("abcdefgh"[seed:] * 30)][0],
        "input gradients": lambda seed: model.input_gradients(np.roll(ids, seed), np.ones((4, 2, 8))),
        "loss": lambda seed: model.loss_and_grads(np.roll(ids, seed), ids, weight_drop=0.5, rng=seed)[1]["U"],
        "layer": lambda seed: model.lstm.forward(np.roll(ids, seed))[0],
    }


def test_gradients_of_a_window_stay_whatever_the_model_does_next():
    model, ids = random_model(), np.arange(8).reshape(4, 2)
    _, grads, _ = model.loss_and_grads(ids, ids)
    before = copies(grads)
    for use in uses(model).values():
        use(1)
    model.lstm.backward(np.ones((4, 2, 5)))
    assert_close(grads, before, 0)


@pytest.mark.parametrize("name", uses(None))
def test_several_threads_may_use_one_model(name):
    model = CharLM(VOCABULARY, 48, rng=1)
    use, others = uses(model)[name], list(uses(model).values())
    expected = [use(seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        # the others are at work at the same time
        work = [pool.submit(others[turn % len(others)], turn % 8) for turn in range(24)]
        found = list(pool.map(use, [*range(8)] * 6))
        for turn in work:
            turn.result()
    for turn, result in enumerate(found):
        np.testing.assert_array_equal(result, expected[turn % 8])


def test_scoring_in_another_thread_does_not_stop_training():
    model, ids = CharLM(VOCABULARY, 32, rng=1), np.arange(64).reshape(8, 8) % 8
    optimizer = Adam(model.params, 1e-3)
    expected = CharLM(VOCABULARY, 32, rng=1)
    expected_optimizer = Adam(expected.params, 1e-3)
    with ThreadPoolExecutor(2) as pool:
        scores = [pool.submit(model.bits_per_char, "abcdefgh" * 20) for _ in range(40)]
        for _ in range(40):
            optimizer.step(model.loss_and_grads(ids, ids)[1])
            expected_optimizer.step(expected.loss_and_grads(ids, ids)[1])
        assert all(np.isfinite(score.result()) for score in scores)
    assert_close(dict(model.params), dict(expected.params), 0)
