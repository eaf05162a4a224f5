import numpy as np
import pytest

from lstm_scratch.optimizers import SGD, Adam, clip_by_global_norm


def test_clipping_scales_all_arrays_together():
    grads = {"a": np.array([3.0, 0.0]), "b": np.array([[4.0]])}
    assert clip_by_global_norm(grads, max_norm=1.0) == pytest.approx(5.0)
    np.testing.assert_allclose(grads["a"], [0.6, 0.0])
    np.testing.assert_allclose(grads["b"], [[0.8]])


def test_small_gradients_are_left_alone():
    grads = {"a": np.array([3.0, 4.0])}
    assert clip_by_global_norm(grads, max_norm=5.0) == 5.0
    np.testing.assert_array_equal(grads["a"], [3.0, 4.0])
    with pytest.raises(ValueError, match="max_norm must be a positive finite number"):
        clip_by_global_norm(grads, max_norm=0)


def test_gradients_that_are_not_finite_are_refused():
    for bad in (np.nan, np.inf):
        with pytest.raises(FloatingPointError, match="the gradients are not finite"):
            clip_by_global_norm({"a": np.array([1.0, bad])}, max_norm=1.0)


def test_sgd_takes_one_step_down_the_gradient():
    params = {"a": np.array([1.0, 2.0])}
    SGD(params, learning_rate=0.1).step({"a": np.array([10.0, -10.0])})
    np.testing.assert_allclose(params["a"], [0.0, 3.0])


def test_adam_first_two_steps_by_hand():
    # t = 1: m̂ = g, v̂ = g², so the step is η g / |g|.
    # t = 2, with g = 2 and then g = -1: m = 0.9 · 0.2 - 0.1 = 0.08, v = 0.999 · 0.004 + 0.001 = 0.004996
    params = {"a": np.array([1.0])}
    adam = Adam(params, learning_rate=0.1)
    adam.step({"a": np.array([2.0])})
    assert params["a"][0] == pytest.approx(0.9, abs=1e-8)
    adam.step({"a": np.array([-1.0])})
    step = 0.1 * (0.08 / 0.19) / np.sqrt(0.004996 / 0.001999)
    assert params["a"][0] == pytest.approx(0.9 - step, abs=1e-8)


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_optimizers_find_the_bottom_of_a_bowl(optimizer):
    params = {"a": np.array([3.0, -2.0])}
    run = optimizer(params, learning_rate=0.05)
    for _ in range(500):
        run.step({"a": 2 * (params["a"] - [1.0, 4.0])})
    np.testing.assert_allclose(params["a"], [1.0, 4.0], rtol=0, atol=1e-3)


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_several_arrays_move_as_each_would_alone(optimizer):
    rng = np.random.default_rng(0)
    shapes = {"a": (2, 3), "b": (4,), "c": (1, 2)}
    params, gradients = ({name: rng.normal(size=shape) for name, shape in shapes.items()} for _ in range(2))
    alone = {name: {name: param.copy()} for name, param in params.items()}
    runs = {name: optimizer(own, learning_rate=0.1) for name, own in alone.items()}
    together = optimizer(params, learning_rate=0.1)
    for _ in range(3):
        together.step(gradients)
        for name, run in runs.items():
            run.step({name: gradients[name]})
    for name, param in params.items():
        np.testing.assert_allclose(param, alone[name][name], rtol=1e-12)


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_a_restored_optimizer_takes_the_same_steps(optimizer):
    rng = np.random.default_rng(0)
    gradients = [{"a": rng.normal(size=3)} for _ in range(6)]
    params = {"a": np.ones(3)}
    first = optimizer(params, learning_rate=0.1)
    for grads in gradients[:3]:
        first.step(grads)
    copy = {"a": params["a"].copy()}
    second = optimizer(copy, learning_rate=0.1)
    second.restore({name: array.copy() for name, array in first.state().items()})
    for grads in gradients[3:]:
        first.step(grads)
        second.step(grads)
    np.testing.assert_array_equal(params["a"], copy["a"])


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_a_learning_rate_must_be_positive(rate):
    with pytest.raises(ValueError, match="learning_rate must be a positive finite number"):
        Adam({}, learning_rate=rate)
