"""The checks of the training loop and of the sampling loop say what is missing, and accept every loop that is right."""

import numpy as np
import pytest

from lstm_scratch.activations import softmax
from lstm_scratch.lessons import EXERCISES, check, find_hint, yours_or_ours
from lstm_scratch.lessons.loops import UNWRITTEN, one_epoch, write


def epoch(read=True, carry=True, move=lambda param, step: np.subtract(param, step, out=param), keep=True, swap=False):
    """A training loop with parts that may be left out."""

    def loop(model, windows, learning_rate):
        losses = []
        state = None
        for inputs, targets in windows if read else []:
            if swap:
                inputs, targets = targets, inputs
            loss, grads, new_state = model.loss_and_grads(inputs, targets, state)
            state = new_state if carry else None
            for name, param in model.params.items():
                move(param, learning_rate * grads[name])
            losses.append(loss)
        return losses if keep else None

    return loop


def one_parameter(model, windows, learning_rate):
    state, losses = None, []
    for window in windows:
        loss, grads, state = model.loss_and_grads(*window, state)
        model.params["W"][...] -= learning_rate * grads["W"]
        losses.append(loss)
    return losses


def once_at_the_end(model, windows, learning_rate):
    state, losses = None, []
    for window in windows:
        loss, grads, state = model.loss_and_grads(*window, state)
        losses.append(loss)
    for name, param in model.params.items():
        param -= learning_rate * grads[name]
    return losses


def first_window_only(model, windows, learning_rate):
    loss, grads, _ = model.loss_and_grads(*windows[0])
    return [loss]


@pytest.mark.parametrize(
    ("loop", "hint"),
    [
        (epoch(read=False), UNWRITTEN),
        (lambda *_: None, UNWRITTEN),
        (epoch(carry=False), "The state is missing"),
        (epoch(move=lambda param, step: None), "The update is missing"),
        (epoch(move=lambda param, step: param - step), "The update is missing"),
        (epoch(move=lambda param, step: np.add(param, step, out=param)), "The minus is missing"),
        (epoch(move=lambda param, step: np.subtract(param, step / 0.5, out=param)), "The learning rate is missing"),
        (epoch(move=lambda param, step: np.subtract(param, 3 * step, out=param)), "The parameters moved, but not by"),
        (epoch(keep=False), "It trains. Now return a list of"),
        (epoch(swap=True), "The model should read the inputs"),
        (one_parameter, "Every parameter must move, and U and b and W_y and b_y did not."),
        (once_at_the_end, "The parameters moved, but not by"),
        (first_window_only, "Ask the model once for each of the 7 windows, and not 1 times."),
        (3, "Hand over the function itself"),
    ],
)
def test_what_is_missing_in_a_training_loop_is_said(loop, hint):
    assert find_hint(EXERCISES["training loop"], loop).startswith(hint)


def with_index(model, windows, learning_rate):
    state, losses = None, []
    for k in range(len(windows)):
        inputs, targets = windows[k]
        loss, gradients, state = model.loss_and_grads(inputs, targets, state=state)
        for name in gradients:
            model.params[name][...] = model.params[name] - learning_rate * gradients[name]
        losses += [loss]
    return np.array(losses)


@pytest.mark.parametrize("loop", [one_epoch, epoch(), with_index])
def test_every_training_loop_that_is_right_is_right(loop):
    assert find_hint(EXERCISES["training loop"], loop) is None


def sampler(choose=None, feed=True, carry=True, whole=False, first=None, length=None):
    """A sampling loop with parts that may be left out or done differently."""
    choose = choose or (lambda rng, p: rng.choice(len(p), p=p))

    def loop(model, prompt, count, rng):
        characters = model.vocabulary.characters
        logits, state = model.logits(model.vocabulary.encode(first or prompt)[:, None])
        written = ""
        for _ in range(length or count):
            drawn = int(choose(rng, softmax(logits[-1, 0])))
            written += characters[drawn]
            if not feed:
                continue
            ids = model.vocabulary.encode(prompt + written)[:, None] if whole else np.array([[drawn]])
            logits, new_state = model.logits(ids, state if carry else None)
            state = new_state
        return written

    return loop


def by_cumulative_sum(rng, p):
    return min(np.searchsorted(np.cumsum(p), rng.random()), len(p) - 1)


@pytest.mark.parametrize(
    ("loop", "hint"),
    [
        (lambda *_: None, UNWRITTEN),
        (lambda *_: "", UNWRITTEN),
        (sampler(choose=lambda rng, p: p.argmax()), "It always takes the likeliest character."),
        (sampler(choose=lambda rng, p: rng.integers(len(p))), "It draws, but not with the model's probabilities."),
        (sampler(feed=False), "Feed back what was drawn"),
        (sampler(carry=False), "The state is missing"),
        (sampler(whole=True), "Feed back the character that was just drawn"),
        (sampler(first="t"), "First the model should read the whole prompt."),
        (sampler(length=3), "It was asked for 8 characters and returned 3."),
        (lambda model, prompt, length, rng: [3] * length, "It should return the characters"),
        ("abc", "Hand over the function itself"),
    ],
)
def test_what_is_missing_in_a_sampling_loop_is_said(loop, hint):
    assert find_hint(EXERCISES["sampling loop"], loop).startswith(hint)


def with_the_prompt(model, prompt, length, rng):
    return prompt + write(model, prompt, length, rng)


@pytest.mark.parametrize(
    "loop", [write, sampler(choose=by_cumulative_sum), sampler(whole=True, carry=False), with_the_prompt]
)
def test_every_sampling_loop_that_is_right_is_right(loop):
    assert find_hint(EXERCISES["sampling loop"], loop) is None


def raises(*_):
    raise TypeError("unfinished")


@pytest.mark.parametrize("stub", [lambda *_: None, raises, None, epoch(carry=False)])
def test_a_notebook_can_go_on_with_a_loop_that_is_not_written_yet(stub):
    assert yours_or_ours("training loop", stub) is one_epoch


def test_a_right_loop_is_used():
    loop = epoch()
    assert yours_or_ours("training loop", loop) is loop


def forgets_the_name(model, windows, learning_rate):
    _, grads, _ = model.loss_and_grads(*windows[0])
    for param in model.params.values():
        param -= learning_rate * grads


def test_a_loop_that_stops_with_an_error_is_told_so_and_stops_no_notebook(capsys):
    check("training loop", forgets_the_name)
    assert capsys.readouterr().out.startswith("training loop: not yet. Your function stops with TypeError: ")
    assert yours_or_ours("training loop", forgets_the_name) is one_epoch
