"""Clipping, SGD and Adam do what their formulas say, and an optimizer continues where another stopped."""

import copy
import pickle

import numpy as np
import pytest
from helpers import assert_close, copies

from lstm_scratch import CharLM, Vocabulary, optimizers
from lstm_scratch.char_model import dropout_mask
from lstm_scratch.optimizers import SGD, Adam, clip_by_global_norm, few_at_a_time
from lstm_scratch.parameters import joined

BOTH = pytest.mark.parametrize("optimizer", [SGD, Adam])


def random_case():
    """Three parameters, and gradients for six steps."""
    rng, shapes = np.random.default_rng(0), {"a": (2, 3), "b": (4,), "c": (1, 2)}
    params, *steps = ({name: rng.normal(size=shape) for name, shape in shapes.items()} for _ in range(7))
    return params, steps


def test_clipping_scales_all_arrays_together():
    grads = {"a": np.array([3.0, 0.0]), "b": np.array([[4.0]])}
    assert clip_by_global_norm(grads, max_norm=2.0) == 5.0
    assert_close(grads, {"a": [1.2, 0.0], "b": [[1.6]]})
    # gradients that are small enough are left alone
    assert clip_by_global_norm(grads, max_norm=2.0) == pytest.approx(2.0, abs=1e-14)
    assert_close(grads, {"a": [1.2, 0.0], "b": [[1.6]]})


def test_a_dropout_mask_hides_its_share_and_keeps_the_mean():
    mask = dropout_mask(np.random.default_rng(0), (400, 500), 0.2, np.dtype(np.float32))
    assert mask.dtype == np.float32 and set(np.unique(mask)) == {0, np.float32(1.25)}
    assert mask.mean() == pytest.approx(1, abs=0.01)


def test_parts_with_the_same_names_are_joined_and_trained_in_place():
    first, second = {"W": np.ones(2), "b": np.ones(1)}, {"W": np.ones(3)}
    params = joined(first=first, second=second)
    assert list(params) == ["first.W", "first.b", "second.W"]
    SGD(params, learning_rate=1.0).step(joined(second={"W": np.ones(3)}, first={"W": np.zeros(2), "b": np.ones(1)}))
    assert_close([*first["W"], *first["b"], *second["W"]], [1, 1, 0, 0, 0, 0])


def test_sgd_takes_one_step_down_the_gradient():
    params = {"a": np.array([1.0, 2.0])}
    SGD(params, learning_rate=0.1).step({"a": np.array([10.0, -10.0])})
    assert_close(params["a"], [0.0, 3.0])


def test_adam_is_algorithm_1_with_python_s_own_numbers():
    gradients, p, m, v = (2.0, -1.0, 0.5, 1e-9), 1.0, 0.0, 0.0
    params = {"a": np.array([p])}
    adam = Adam(params, learning_rate=0.1)
    for t, g in enumerate(gradients, start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        p -= 0.1 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
        adam.step({"a": np.array([g])})
        assert params["a"][0] == pytest.approx(p, abs=1e-12)
    # the first step alone, where the gradient is as small as ε: m̂ = g, v̂ = g²
    params = {"a": np.array([0.0])}
    Adam(params, learning_rate=0.1).step({"a": np.array([1e-8])})
    assert params["a"][0] == pytest.approx(-0.05, rel=1e-7)


@BOTH
def test_several_arrays_move_as_each_would_alone(optimizer):
    params, steps = random_case()
    alone = {name: {name: param.copy()} for name, param in params.items()}
    runs = {name: optimizer(own, learning_rate=0.1) for name, own in alone.items()}
    together = optimizer(params, learning_rate=0.1)
    for grads in steps:
        together.step(grads)
        for name, run in runs.items():
            run.step({name: grads[name]})
    assert_close(params, {name: own[name] for name, own in alone.items()})


@pytest.mark.parametrize("numbers", [1, 3, 4, 7, 10])
def test_adam_takes_the_same_steps_whatever_its_blocks(monkeypatch, numbers):
    params, steps = random_case()
    params["d"] = np.array(2.0)
    steps = [{**grads, "d": np.array(-0.5)} for grads in steps]
    in_blocks = copies(params)
    whole = Adam(params, learning_rate=0.1)
    blocks = Adam(in_blocks, learning_rate=0.1)
    for grads in steps:
        assert len(list(few_at_a_time(params, grads))) == 1
        whole.step(grads)
        with monkeypatch.context() as patch:
            patch.setattr(optimizers, "CACHED_NUMBERS", numbers)
            assert len(list(few_at_a_time(in_blocks, grads))) > 1
            blocks.step(grads)
    assert_close(in_blocks, params, 0)
    assert_close(blocks.state, whole.state, 0)


@BOTH
def test_an_optimizer_with_the_saved_state_takes_the_same_steps(optimizer):
    params, steps = random_case()
    first = optimizer(params, learning_rate=0.1)
    for grads in steps[:3]:
        first.step(grads)
    saved = copies(params)
    second = optimizer(saved, learning_rate=0.1)
    second.state.update(copies(first.state))
    for grads in steps[3:]:
        first.step(grads)
        second.step(grads)
    assert_close(saved, params, 0)


@BOTH
def test_parameters_whose_numbers_do_not_lie_in_a_row_are_moved_in_place(optimizer):
    whole = np.arange(24.0).reshape(4, 6)
    params = {"turned": whole[:, :3].T, "spread": whole[::2, 3:]}
    alone = copies(params)
    for one in (optimizer(params, 0.1), optimizer(alone, 0.1)):
        for _ in range(2):
            one.step({name: np.full(param.shape, 2.0) for name, param in params.items()})
    assert_close(params, alone, 0)
    assert (whole[1, 3:] == np.arange(9.0, 12)).all() and whole[0, 0] != 0


COPIES = [copy.deepcopy, lambda both: pickle.loads(pickle.dumps(both))]


@BOTH
@pytest.mark.parametrize("copied", COPIES, ids=["deepcopy", "pickle"])
def test_a_model_and_its_optimizer_that_are_copied_together_belong_together(optimizer, copied):
    model = CharLM(Vocabulary("abc"), 4)
    first = optimizer(model.params, 0.1)
    _, grads, _ = model.loss_and_grads([[0, 1]], [[1, 2]])
    first.step(grads)
    twin, second = copied((model, first))
    first.step(grads)
    assert twin.params["W"][0, 0] != model.params["W"][0, 0]
    second.step(grads)
    assert_close(twin.params, model.params, 0)
    # the layer inside moves with its model
    np.testing.assert_array_equal(twin.lstm.params["W"], twin.params["W"])


@BOTH
@pytest.mark.parametrize("copied", COPIES, ids=["deepcopy", "pickle"])
def test_an_optimizer_that_is_copied_alone_has_parameters_of_its_own(optimizer, copied):
    params = {"a": np.ones(2)}
    twin = copied(optimizer(params, 0.1))
    twin.step({"a": np.ones(2)})
    assert (params["a"] == 1).all() and (twin.params["a"] < 1).all()


def test_an_optimizer_says_what_it_is_and_what_it_is_set_to():
    params = {"a": np.zeros(2)}
    assert repr(SGD(params, 0.1)) == "SGD(learning_rate=0.1)"
    adam = Adam(params, 1e-3)
    assert repr(adam) == "Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08)"
    adam.beta1 = 0.5
    assert adam.options == {"beta1": 0.5, "beta2": 0.999, "epsilon": 1e-8}


@BOTH
def test_the_state_of_an_optimizer_is_not_replaced_by_another(optimizer):
    with pytest.raises(AttributeError):
        optimizer({"a": np.zeros(2)}, 0.1).state = {}
