"""The exercises: the folded solutions are right, the usual slips get their hints, the hunt has one answer each."""

import json
import math
import re

import numpy as np
import pytest
from helpers import ROOT

from lstm_scratch import LSTMCell, gradient_check
from lstm_scratch.activations import softmax
from lstm_scratch.lessons.bug_hunt import SLIPS, SUSPECTS, broken_cell, name_the_bug, reveal
from lstm_scratch.lessons.cell_exercises import CELL_FUNCTIONS, NUMBERS
from lstm_scratch.lessons.exercises import CHECKS, check
from lstm_scratch.lessons.text_exercises import TEXT_FUNCTIONS

NOTEBOOKS = {
    name: json.loads((ROOT / "notebooks" / f"LSTM_{name}_Example.ipynb").read_text(encoding="utf-8"))
    for name in ("Numeric", "Text")
}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def solutions(notebook):
    prose = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return re.findall(r"```python\n(.*?)```", prose, flags=re.DOTALL)


@pytest.mark.parametrize(("notebook", "checks"), [("Numeric", NUMBERS | CELL_FUNCTIONS), ("Text", TEXT_FUNCTIONS)])
def test_every_folded_solution_is_right(notebook, checks, capsys):
    names = {"np": np, "math": math, "check": check, "sigmoid": sigmoid, "softmax": softmax}
    for solution in solutions(NOTEBOOKS[notebook]):
        exec(solution, names)
    said = capsys.readouterr().out.splitlines()
    assert said == [f"{name}: right." for name in checks]


def test_the_answers_to_the_bug_hunt_are_right(capsys):
    names = {}
    exec(next(solution for solution in solutions(NOTEBOOKS["Numeric"]) if "guesses" in solution), names)
    for letter, suspect in names["guesses"].items():
        name_the_bug(letter, suspect)
        assert capsys.readouterr().out == f"{letter}: right, {SUSPECTS[suspect]}.\n"


@pytest.mark.parametrize(("notebook", "checks"), [("Numeric", NUMBERS | CELL_FUNCTIONS), ("Text", TEXT_FUNCTIONS)])
def test_the_notebook_has_a_stub_for_every_exercise_and_it_gives_nothing_away(notebook, checks):
    outputs = "".join(
        "".join(output.get("text", "")) for cell in NOTEBOOKS[notebook]["cells"] for output in cell.get("outputs", [])
    )
    for name in checks:
        assert f"{name}: not yet. The stub is still empty." in outputs


def plain_step(x, h_prev, c_prev, W, U, b):
    i, f, g, o = np.split(W @ x + U @ h_prev + b, 4)
    return sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)


def no_tanh(x, h_prev, c_prev, W, U, b):
    i, f, g, o = plain_step(x, h_prev, c_prev, W, U, b)
    return o * (f * c_prev + i * g), f * c_prev + i * g


def sigma_for_g(x, h_prev, c_prev, W, U, b):
    i, f, g, o = np.split(W @ x + U @ h_prev + b, 4)
    c = sigmoid(f) * c_prev + sigmoid(i) * sigmoid(g)
    return sigmoid(o) * np.tanh(c), c


def i_and_f_exchanged(x, h_prev, c_prev, W, U, b):
    i, f, g, o = plain_step(x, h_prev, c_prev, W, U, b)
    return o * np.tanh(i * c_prev + f * g), i * c_prev + f * g


def coupled_with(x, h_prev, c_prev, W, U, b, share):
    f, g, o = np.split(W @ x + U @ h_prev + b, 3)
    c = sigmoid(f) * c_prev + share(sigmoid(f)) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def output_without_peephole(x, h_prev, c_prev, W, U, b, p_i, p_f, p_o):
    i, f, g, o = np.split(W @ x + U @ h_prev + b, 4)
    c = sigmoid(f + p_f * c_prev) * c_prev + sigmoid(i + p_i * c_prev) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def swapped_gates(x, h_prev, c_prev, W, U, b):
    i, f, o, g = np.split(W @ x + U @ h_prev + b, 4)
    c = sigmoid(f) * c_prev + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def no_peepholes(x, h_prev, c_prev, W, U, b, *_):
    i, f, g, o = plain_step(x, h_prev, c_prev, W, U, b)
    return o * np.tanh(f * c_prev + i * g), f * c_prev + i * g


def old_peephole(x, h_prev, c_prev, W, U, b, p_i, p_f, p_o):
    i, f, g, o = np.split(W @ x + U @ h_prev + b, 4)
    c = sigmoid(f + p_f * c_prev) * c_prev + sigmoid(i + p_i * c_prev) * np.tanh(g)
    return sigmoid(o + p_o * c_prev) * np.tanh(c), c


def coupled_the_other_way(x, h_prev, c_prev, W, U, b):
    f, g, o = np.split(W @ x + U @ h_prev + b, 3)
    c = (1 - sigmoid(f)) * c_prev + sigmoid(f) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def rescaled(p):
    return p / p.sum()


def keep_best(p, k):
    p[np.argsort(p)[:-k]] = 0
    p /= p.sum()
    return p


def mean_bits(p, targets):
    return -sum(math.log2(row[target]) for row, target in zip(p, targets)) / len(targets)


def smooth(counts, lower):
    lower *= np.count_nonzero(counts)
    counts += lower
    counts /= counts.sum()
    return counts


def gradient_in_place(logits, targets):
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    logits[np.arange(len(targets)), targets] -= 1
    logits /= len(targets)
    return logits


def heat_in_place(logits, tau):
    logits /= tau
    np.exp(logits, out=logits)
    logits /= logits.sum()
    return logits


@pytest.mark.parametrize(
    ("name", "answer", "hint"),
    [
        ("forgetful", 0.0, "c ends at 2.99"),
        ("forgetful", -12.1, "comes to 0.49. It should be nearly 0"),
        ("forgetful", "abc", "A number was expected, not 'abc'"),
        ("forgetful", math.nan, "A number was expected, not nan"),
        ("half-life", 0.0, "0.001 of the memory is left"),
        ("half-life", 2.6, "0.488 of the memory is left"),
        ("half-life", 2.68, "0.515 of the memory is left"),
        ("parameters", 12, "Hand over the function itself"),
        ("parameters", lambda I, H: 4 * H * (I + 1), "And the weights U"),
        ("parameters", lambda I, H: H * (I + H + 1), "That is one gate"),
        ("parameters", lambda I, H: 4 * H * (I + H), "And the biases?"),
        ("parameters", lambda I, H: 7, "it gives 7. What shapes"),
        ("parameters", lambda I, H: 4 * H * (I + H + 2), "two biases a gate"),
        ("difference", lambda f, x, d: (f(x + d) - f(x)) / d, "Look to both sides of x"),
        ("difference", lambda f, x, d: (f(x + d) - f(x - d)) / d, "twice the slope"),
        ("difference", lambda f, x, d: math.cos(x), "For the cube at 1.7 it gives -0.1288"),
        ("difference", lambda f, x, d: f(x), "Rise over run"),
        ("step", no_tanh, "the tanh is missing"),
        ("step", swapped_gates, "The third block of rows is g"),
        ("step", lambda *a: tuple(LSTMCell(*a[3:]).forward(*a[:3])[:-3:-1])[::-1], "h comes first and then c"),
        ("step", lambda *_: np.zeros(3), "Return two arrays, h and c."),
        ("step", lambda *_: (np.zeros(2), np.zeros(3)), "c is off"),
        ("forget gradient", lambda dc, c_prev, f: dc * c_prev, "One more link of the chain"),
        ("forget gradient", lambda dc, c_prev, f: c_prev * f * (1 - f), "dc is missing"),
        (
            "forget gradient",
            lambda dc, c_prev, f: dc * c_prev * sigmoid(f) * (1 - sigmoid(f)),
            "already the value of σ",
        ),
        ("forget gradient", lambda dc, c_prev, f: dc * f * (1 - f), "what is f multiplied by?"),
        ("forget gradient", lambda dc, c_prev, f: np.zeros(2), r"should have shape \(3,\), not \(2,\)"),
        ("step", sigma_for_g, "takes tanh, not σ"),
        ("step", i_and_f_exchanged, "f belongs to c₋₁"),
        ("step", lambda *a: (np.zeros(3), LSTMCell(*a[3:]).forward(*a[:3]).c), "h is off"),
        ("forget gradient", lambda dc, c_prev, f: dc * c_prev * (1 - f**2), "f is a σ"),
        ("coupled", coupled_the_other_way, "The other way round"),
        ("coupled", lambda *a: coupled_with(*a, lambda f: f), "multiplied by f as well"),
        ("coupled", lambda *a: coupled_with(*a, lambda f: 1), "should be multiplied by 1 - f"),
        ("peepholes", output_without_peephole, "Does the output gate have its peephole"),
        ("peepholes", no_peepholes, "That is the step without peepholes"),
        ("peepholes", old_peephole, "looks at the new c, not at c₋₁"),
        ("bits", lambda nats: nats, "still in nats"),
        ("bits", lambda nats: nats * math.log(2), "The other way round"),
        ("bits", lambda nats: nats * math.log2(10), "logarithms to the base 10"),
        ("bits", lambda nats: nats / math.log(10), "It gives 1.3029 where 4.3281 is right"),
        ("bits", lambda nats: "four", "A number was expected, not 'four'"),
        ("encode", lambda text: [list(dict.fromkeys(text)).index(char) for char in text], "the vocabulary is sorted"),
        ("encode", lambda text: [ord(char) for char in text], "numbers of Unicode"),
        ("encode", lambda text: [sorted(set(text)).index(char) + 1 for char in text], "Count from 0"),
        ("encode", lambda text: list(range(len(set(text)))), "One number for each character of the text"),
        ("window", lambda ids, start, T: (ids[start : start + T],) * 2, "nothing is left to predict"),
        ("window", lambda ids, start, T: ids[start : start + T], "Return two arrays, the inputs and the targets"),
        ("window", lambda ids, start, T: (ids[start : start + T], ids[start - 1 : start + T - 1]), "not earlier"),
        ("window", lambda ids, start, T: (ids[start : start + T], ids[start + 1 : start + T]), "as many as the inputs"),
        ("window", lambda ids, start, T: (ids[start : start + T], ids[start + T : start + 2 * T]), "not T characters"),
        ("window", lambda ids, start, T: (ids[:T], ids[1 : T + 1]), "the first array is off: which T numbers"),
        (
            "window",
            lambda ids, start, T: (ids[start + 1 : start + T + 1], ids[start : start + T]),
            "The other way round",
        ),
        ("window", lambda ids, start, T: {1: ids, 2: ids}, "Return two arrays"),
        ("window", lambda ids, start, T: (ids[4:10], ids[5:11]), "the first array should have shape"),
        ("score", lambda p, y: np.log2(p[np.arange(len(y)), y]).mean(), "The sign"),
        ("score", lambda p, y: -np.log(p[np.arange(len(y)), y]).mean(), "Those are nats"),
        ("score", lambda p, y: -np.log2(p[np.arange(len(y)), y]).sum(), "And per character?"),
        ("score", lambda p, y: -np.log2(p[np.arange(len(y)), y].mean()), "First the logarithm, then the mean"),
        ("score", lambda p, y: -np.log2(p).mean(), "Only the probability of the true character"),
        ("logit gradient", lambda z, y: softmax(z) - np.eye(6)[y], "divide by N"),
        ("logit gradient", lambda z, y: (np.eye(6)[y] - softmax(z)) / 4, "The sign"),
        ("logit gradient", lambda z, y: softmax(z) / 4, "And the truth?"),
        ("logit gradient", lambda z, y: (softmax(z) - np.eye(6)[y]) / 24, "not over N · V"),
        ("logit gradient", lambda z, y: (softmax(z.T).T - np.eye(6)[y]) / 4, "each row adds up to 1"),
        ("temperature", lambda z, tau: softmax(z * tau), "do not multiply"),
        ("temperature", lambda z, tau: softmax(z / 0.5), "p is off: divide the logits by the temperature"),
        ("temperature", lambda z, tau: softmax(z), "That is softmax alone: the logits must be divided"),
        ("temperature", lambda z, tau: softmax(z) / tau, "not the probabilities"),
        ("temperature", lambda z, tau: np.exp(z / tau), "must add up to 1"),
        ("top k", lambda p, k: np.where(p >= np.sort(p)[-k], p, 0), "make them add up to 1"),
        ("top k", lambda p, k: rescaled(np.where(p <= np.sort(p)[k - 1], p, 0)), "the least likely"),
        ("top k", lambda p, k: rescaled(np.where(np.arange(8) < k, p, 0)), "Those are the first k"),
        ("top k", lambda p, k: rescaled(np.sort(p)[-k:][::-1]), "as long as p"),
        ("top k", lambda p, k: np.sort(p)[-k:], "as long as p"),
        ("top k", lambda p, k: keep_best(p, 3), "p is off: which k are the largest"),
        ("top k", lambda p, k: p, "what do they add up to\\?$"),
        ("witten-bell", lambda counts, lower: counts / counts.sum(), "bare frequencies"),
        ("witten-bell", lambda counts, lower: (counts + 5 * lower) / (counts.sum() + 5), "not all of the vocabulary"),
        ("witten-bell", lambda counts, lower: (counts + 2 * lower) / (5 + 2), "the sum of the counts"),
        ("witten-bell", lambda counts, lower: [[1], [1, 2]], "should be an array of numbers"),
        ("witten-bell", lambda counts, lower: 1.01 * smooth(counts, lower), "p is off"),
        ("score", lambda p, y: 1.01 * mean_bits(p, y), "where .* is right"),
        ("bits", lambda nats: 1.01 * nats / math.log(2), "where 4.3281 is right"),
        ("temperature", lambda z, tau: 1.01 * softmax(z / tau), "p is off"),
        ("logit gradient", lambda z, y: 1.01 * (softmax(z) - np.eye(z.shape[1])[y]) / len(z), "the gradient is off"),
        ("witten-bell", lambda counts, lower: (counts + 1) / (counts.sum() + 5), "Not one for each character"),
        ("witten-bell", lambda counts, lower: (counts + 2 * lower) / counts.sum(), "below the line as well"),
    ],
)
def test_a_usual_slip_gets_a_hint(name, answer, hint, capsys):
    check(name, answer)
    assert re.search(f"^{name}: not yet. .*{hint}", capsys.readouterr().out)


def in_place(dc, c_prev, f):
    dc *= c_prev
    dc *= f * (1 - f)
    return dc


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("half-life", 2.63),
        ("half-life", np.array([2.634])),
        ("forgetful", np.float32(-15)),
        ("parameters", lambda I, H: float(4 * H * (I + H + 1))),
        ("difference", lambda f, x, d: (f(x + d / 2) - f(x - d / 2)) / d),
        ("forget gradient", in_place),
        ("step", lambda *a: np.array(LSTMCell(*a[3:]).forward(*a[:3])[:-3:-1], dtype=np.float32)),
        ("step", lambda *a: list(LSTMCell(*a[3:]).forward(*a[:3])[:-3:-1])),
        ("bits", lambda nats: np.float32(nats * math.log2(math.e))),
        ("encode", lambda text: tuple(sorted(set(text)).index(char) for char in text)),
        ("encode", lambda text: np.searchsorted(sorted(set(text)), list(text))),
        ("window", lambda ids, start, T: [list(ids[start : start + T]), list(ids[start + 1 : start + T + 1])]),
        ("window", lambda ids, start, T: np.stack([ids[start : start + T], ids[start + 1 : start + T + 1]])),
        ("score", mean_bits),
        ("score", lambda p, y: np.array([mean_bits(p, y)], dtype=np.float32)),
        ("logit gradient", gradient_in_place),
        ("logit gradient", lambda z, y: (softmax(z) - np.eye(z.shape[1])[y]).astype(np.float32) / len(y)),
        ("temperature", heat_in_place),
        ("temperature", lambda z, tau: rescaled(softmax(z) ** (1 / tau)).tolist()),
        ("top k", keep_best),
        ("top k", lambda p, k: rescaled(np.where(p >= np.sort(p)[-k], p, 0)).astype(np.float32)),
        ("witten-bell", smooth),
        (
            "witten-bell",
            lambda c, q: [(n + np.count_nonzero(c) * m) / (sum(c) + np.count_nonzero(c)) for n, m in zip(c, q)],
        ),
    ],
)
def test_other_ways_of_being_right_are_right(name, answer, capsys):
    check(name, answer)
    assert capsys.readouterr().out == f"{name}: right.\n"


@pytest.mark.parametrize("name", CHECKS)
def test_an_empty_stub_is_called_empty(name, capsys):
    check(name, None if name in ("forgetful", "half-life") else lambda *_: None)
    assert capsys.readouterr().out == f"{name}: not yet. The stub is still empty.\n"


def test_an_unknown_exercise_or_cell_is_refused():
    with pytest.raises(ValueError, match="the exercises are forgetful, .*, not 'nothing'"):
        check("nothing", 1)
    with pytest.raises(ValueError, match="the broken cells are called A, B, C, D, E, not 'F'"):
        broken_cell("F")


# What each broken cell gets wrong: in forward, and in the gradients after one step and after three.
SYMPTOMS = {
    "A": ("h", "", ""),
    "B": ("ifoch", "ifo", "ifgo"),
    "C": ("", "f", "ifgo"),
    "D": ("", "", "ifgo"),
    "E": ("fgoch", "", ""),
}


def run(cell, inputs):
    h, c, steps = np.full(3, 0.5), np.full(3, 0.5), []
    for x in inputs:
        steps.append(cell.forward(x, h, c))
        h, c = steps[-1].h, steps[-1].c
    return steps


def wrong_gradients(cell, inputs, towards):
    dh, dc, dW = towards, np.zeros(3), np.zeros_like(cell.W)
    for step in reversed(run(cell, inputs)):
        grads = cell.backward(step, dh, dc)
        dh, dc, dW = grads.dh_prev, grads.dc_prev, dW + grads.dW
    arrays = {gate: getattr(cell, f"W_{gate}") for gate in "ifgo"}
    gradients = dict(zip("ifgo", np.split(dW, 4)))
    errors = gradient_check(lambda: float(towards @ run(cell, inputs)[-1].h), arrays, gradients)
    return "".join(gate for gate in "ifgo" if errors[gate] > 1e-6)


@pytest.mark.parametrize("letter", SLIPS)
def test_a_broken_cell_shows_the_symptoms_of_its_slip_and_no_others(letter):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(12, 2)), rng.normal(size=(12, 3)), rng.normal(size=12)
    inputs, towards = rng.normal(size=(3, 2)), rng.normal(size=3)
    (right,), (wrong,) = run(LSTMCell(*weights), inputs[:1]), run(broken_cell(letter)(*weights), inputs[:1])
    differing = "".join(name for name in "ifgoch" if not np.allclose(getattr(right, name), getattr(wrong, name)))
    after = [wrong_gradients(broken_cell(letter)(*weights), inputs[:count], towards) for count in (1, 3)]
    assert (differing, *after) == SYMPTOMS[letter]


def test_the_cell_with_identical_gates_has_them():
    step = run(
        broken_cell("E")(np.arange(8.0).reshape(4, 2).repeat(3, axis=0) / 9, np.ones((12, 3)), np.ones(12)),
        [[1.0, 2.0]],
    )[0]
    np.testing.assert_array_equal(step.i, step.f)
    np.testing.assert_array_equal(step.i, step.o)


@pytest.mark.parametrize("letter", SLIPS)
def test_guesses_are_judged_and_the_changed_lines_revealed(letter, capsys):
    answer, hint, slips = SLIPS[letter]
    for wrong_guess in set(SUSPECTS) - {answer}:
        name_the_bug(letter, wrong_guess)
        assert capsys.readouterr().out == f"{letter}: not yet. {hint}\n"
    name_the_bug(letter, None)
    assert capsys.readouterr().out == f"{letter}: not yet. No guess so far.\n"
    reveal(letter)
    said = capsys.readouterr().out.splitlines()
    assert said == [line for right, wrong in slips.items() for line in (f"right: {right}", f"wrong: {wrong}")]
