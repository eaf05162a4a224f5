"""The exercises: the folded solutions are right, the usual slips get their hints, the hunt has one answer each."""

import json
import re

import numpy as np
import pytest
from helpers import ROOT

from lstm_scratch import LSTMCell
from lstm_scratch.bug_hunt import SLIPS, SUSPECTS, broken_cell, name_the_bug, reveal
from lstm_scratch.exercises import CHECKS, check

NOTEBOOK = json.loads((ROOT / "notebooks" / "LSTM_Numeric_Example.ipynb").read_text(encoding="utf-8"))
PROSE = "\n".join("".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "markdown")
SOLUTIONS = re.findall(r"```python\n(.*?)```", PROSE, flags=re.DOTALL)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def test_every_folded_solution_is_right(capsys):
    names = {"np": np, "math": __import__("math"), "check": check}
    for solution in SOLUTIONS:
        exec(solution, names)
    said = capsys.readouterr().out.splitlines()
    assert said == [f"{name}: right." for name in CHECKS]
    for letter, suspect in names["guesses"].items():
        name_the_bug(letter, suspect)
        assert capsys.readouterr().out == f"{letter}: right, {SUSPECTS[suspect]}.\n"


def test_the_notebook_has_a_stub_for_every_exercise_and_it_gives_nothing_away():
    outputs = "".join(
        "".join(output.get("text", "")) for cell in NOTEBOOK["cells"] for output in cell.get("outputs", [])
    )
    for name in CHECKS:
        assert f"{name}: not yet. The stub is still empty." in outputs


def plain_step(x, h_prev, c_prev, W, U, b):
    i, f, g, o = np.split(W @ x + U @ h_prev + b, 4)
    return sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)


def no_tanh(x, h_prev, c_prev, W, U, b):
    i, f, g, o = plain_step(x, h_prev, c_prev, W, U, b)
    return o * (f * c_prev + i * g), f * c_prev + i * g


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


@pytest.mark.parametrize(
    ("name", "answer", "hint"),
    [
        ("forgetful", 0.0, "c ends at 2.99"),
        ("half-life", 0.0, "0.001 of the memory is left"),
        ("parameters", lambda I, H: H * (I + H + 1), "That is one gate"),
        ("parameters", lambda I, H: 4 * H * (I + H), "And the biases?"),
        ("parameters", lambda I, H: 7, "it gives 7. What shapes"),
        ("difference", lambda f, x, d: (f(x + d) - f(x)) / d, "Move x to both sides"),
        ("difference", lambda f, x, d: f(x), "Rise over run"),
        ("step", no_tanh, "the tanh is missing"),
        ("step", swapped_gates, "The third block of rows is g"),
        ("step", lambda *_: np.zeros(3), "Return two arrays, h and c."),
        ("step", lambda *_: (np.zeros(2), np.zeros(3)), "c is off"),
        ("forget gradient", lambda dc, c_prev, f: dc * c_prev, "One more link of the chain"),
        ("forget gradient", lambda dc, c_prev, f: dc * f * (1 - f), "what is f multiplied by?"),
        ("forget gradient", lambda dc, c_prev, f: np.zeros(2), r"should have shape \(3,\), not \(2,\)"),
        ("coupled", coupled_the_other_way, "The other way round"),
        ("peepholes", no_peepholes, "That is the step without peepholes"),
        ("peepholes", old_peephole, "looks at the new c, not at c₋₁"),
    ],
)
def test_a_usual_slip_gets_a_hint(name, answer, hint, capsys):
    check(name, answer)
    assert re.search(f"^{name}: not yet. .*{hint}", capsys.readouterr().out)


@pytest.mark.parametrize("name", CHECKS)
def test_an_empty_stub_is_called_empty(name, capsys):
    check(name, None if name in ("forgetful", "half-life") else lambda *_: None)
    assert capsys.readouterr().out == f"{name}: not yet. The stub is still empty.\n"


def test_an_unknown_exercise_or_cell_is_refused():
    with pytest.raises(ValueError, match="the exercises are forgetful, .*, not 'nothing'"):
        check("nothing", 1)
    with pytest.raises(ValueError, match="the broken cells are called A, B, C, D, E, not 'F'"):
        broken_cell("F")


@pytest.mark.parametrize("letter", SLIPS)
def test_a_broken_cell_differs_from_the_right_one_in_its_slip_alone(letter, capsys):
    _, hint, slips = SLIPS[letter]
    source = (ROOT / "lstm_scratch" / "cell.py").read_text(encoding="utf-8")
    assert all(source.count(right) == 1 for right in slips)
    assert issubclass(broken_cell(letter), object) and broken_cell(letter) is not LSTMCell
    reveal(letter)
    assert capsys.readouterr().out.count("right: ") == len(slips)
    for wrong_guess in {None, *SUSPECTS} - {SLIPS[letter][0]}:
        name_the_bug(letter, wrong_guess)
        assert capsys.readouterr().out == f"{letter}: not yet. {hint}\n"
