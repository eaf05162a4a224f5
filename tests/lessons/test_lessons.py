"""Every slip gets its hint, the folded solutions are right, and each cell of the bug hunt is broken as claimed."""

import json
import math
import re

import numpy as np
import pytest
from helpers import ROOT

from lstm_scratch import LSTMCell, lessons
from lstm_scratch.activations import sigmoid, softmax
from lstm_scratch.lessons import EXERCISES, bug_hunt, check, example_cell, find_hint, name_the_bugs, next_number
from lstm_scratch.lessons.cell_exercises import CELL_EXERCISES
from lstm_scratch.lessons.exercises import EMPTY
from lstm_scratch.lessons.loops import LOOPS
from lstm_scratch.lessons.slips import SLIPS, Slip
from lstm_scratch.lessons.text_exercises import TEXT_EXERCISES


@pytest.mark.parametrize("name", [exercise.name for exercise in CELL_EXERCISES + TEXT_EXERCISES])
def test_every_slip_gets_its_hint_and_the_right_function_none(name):
    exercise = EXERCISES[name]
    for stub in (None, lambda *_: None):
        assert find_hint(exercise, stub) == EMPTY
    assert find_hint(exercise, exercise.right) is None
    for hint, slip in exercise.slips.items():
        # what is in braces is filled in with numbers
        assert re.fullmatch(re.sub(r"\\{.*?\\}", "[-0-9.]+", re.escape(hint)), find_hint(exercise, slip))


@pytest.mark.parametrize(
    ("name", "answer", "hint"),
    [
        ("forgetful", -12.1, "c ends at 1.50: at the 30, f = σ(about 12.1 + b_f) comes to 0.49. It should be"),
        ("forgetful", math.nan, "A number was expected, not nan."),
        ("half-life", "abc", "A number was expected, not 'abc'."),
        ("half-life", 2.68, "With your bias 0.515 of the memory is left"),
        ("parameters", 12, "Hand over the function itself, without calling it."),
        ("parameters", lambda I, H: 7, "For I = 3 and H = 2 it gives 7. What shapes"),
        ("difference", lambda f, x, d: math.cos(x), "For exp at 1.7 it gives -0.1288, and the slope there is 5.4739."),
        ("bits", lambda nats: nats / 2, "It gives 1.5000 where 4.3281 is right."),
        ("step", lambda *_: np.zeros(3), "Return two arrays, h and c."),
        ("step", lambda *_: (np.zeros(2), np.zeros(3)), "h should have shape (3,), not (2,)."),
        ("step", lambda *_: (np.zeros(3), np.zeros(3)), "Not right yet: h and c."),
        ("peepholes", lambda *a: EXERCISES["peepholes"].right(*a)[::-1], "The other way round: first h, then c."),
        ("discount", lambda counts, lower, D: [[1], [1, 2]], "Return an array of numbers."),
        ("window", lambda ids, start, T: {1: ids, 2: ids}, "the inputs should have shape (6,), not ()."),
        ("top k", lambda p, k: np.sort(p)[-k:], "the result should have shape (8,), not (3,)."),
        # right in the first example alone
        ("temperature", lambda z, tau: softmax(z / 0.5), "Not right yet. Divide the logits by the temperature"),
    ],
)
def test_any_other_answer_is_told_what_is_wrong_with_it(name, answer, hint, capsys):
    check(name, answer)
    assert capsys.readouterr().out.startswith(f"{name}: not yet. {hint}")


def one_by_one(counts, lower, D):
    taken_off = sum(min(D, count) for count in counts)
    pairs = zip(counts, lower, strict=True)
    return [(count - min(D, count) + taken_off * share) / sum(counts) for count, share in pairs]


def in_place(p, k):
    p[np.argsort(p)[:-k]] = 0
    p /= p.sum()
    return p


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("half-life", np.array([2.63])),
        ("parameters", lambda I, H: float(4 * H * (I + H + 1))),
        ("difference", lambda f, x, d: (f(x + d / 2) - f(x - d / 2)) / d),
        ("step", lambda *a: np.array(LSTMCell(*a[3:]).forward(*a[:3])[:-3:-1], dtype=np.float32)),
        ("encode", lambda text: np.searchsorted(sorted(set(text)), list(text))),
        ("window", lambda ids, start, T: [list(ids[start : start + T]), list(ids[start + 1 : start + T + 1])]),
        ("score", lambda p, y: np.array([-sum(math.log2(p[n][t]) for n, t in enumerate(y)) / len(y)], np.float32)),
        ("temperature", lambda z, tau: (softmax(z) ** (1 / tau) / (softmax(z) ** (1 / tau)).sum()).tolist()),
        ("top k", in_place),
        ("discount", one_by_one),
    ],
)
def test_other_ways_of_being_right_are_right(name, answer, capsys):
    check(name, answer)
    assert capsys.readouterr().out.startswith(f"{name}: right.")


HUNT = [f"{name}: right, {bug_hunt.SUSPECTS[suspect]}." for name, suspect in bug_hunt.ANSWERS.items()]
FOLDS = [("Numeric", CELL_EXERCISES, HUNT), ("Text", TEXT_EXERCISES + LOOPS, [])]


@pytest.mark.parametrize(("notebook", "exercises", "hunt"), FOLDS)
def test_every_folded_answer_is_right(notebook, exercises, hunt, capsys):
    text = (ROOT / "notebooks" / f"LSTM_{notebook}_Example.ipynb").read_text(encoding="utf-8")
    cells = ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
    names = dict(np=np, math=math, sigmoid=sigmoid, softmax=softmax, check=check, lessons=lessons)
    for solution in re.findall(r"```python\n(.*?)```", "\n".join(cells), flags=re.DOTALL):
        exec(solution, names)
    said = capsys.readouterr().out.splitlines()
    assert sorted(said) == sorted(hunt + [f"{exercise.name}: right. {exercise.why}".rstrip() for exercise in exercises])


def test_each_cell_shows_the_symptoms_of_its_slip_and_no_others():
    tables = bug_hunt.compare_forward(), bug_hunt.check_backward(1), bug_hunt.check_backward(3)
    wrong = {name: ["".join(t.columns[~t.loc[name].isin(["0.00", "right"])]) for t in tables] for name in "ABCDE"}
    # what differs after one step, and which gates have wrong gradients over one step and over three steps
    assert wrong["A"] == ["ifoch", "ifo", "ifgo"]
    assert wrong["B"] == ["", "f", "ifgo"]
    assert wrong["C"] == ["fgoch", "", ""]
    assert wrong["D"] == ["h", "", ""]
    assert wrong["E"] == ["", "", "ifgo"]
    gates = bug_hunt.look_inside("C")
    assert (gates["i"] == gates["f"]).all() and (gates["i"] == gates["o"]).all() and (gates["i"] != gates["g"]).all()


@pytest.mark.parametrize("name", bug_hunt.ANSWERS)
def test_a_guess_gets_one_of_two_hints_and_the_changed_lines_are_revealed(name, capsys):
    said = set()
    for guess in [None, *bug_hunt.SUSPECTS, 9]:
        name_the_bugs(**{name: guess})
        said.add(capsys.readouterr().out.removeprefix(f"{name}: "))
    assert len(said) == 5
    assert {"no guess yet.\n", "not yet. The suspects are 1 to 8.\n", f"not yet. {bug_hunt.HINTS[name]}\n"} < said
    bug_hunt.reveal(name)
    assert capsys.readouterr().out.count("right: ") == len(bug_hunt.changes_of(name))


def test_the_suspects_are_printed_with_their_numbers(capsys):
    bug_hunt.print_suspects()
    assert capsys.readouterr().out.splitlines() == [f"{n}. {says}" for n, says in bug_hunt.SUSPECTS.items()]


def test_letters_and_numbers_follow_no_pattern():
    assert len(set(np.diff([*bug_hunt.ANSWERS.values()]))) > 2


def test_a_cell_that_has_changed_is_noticed(monkeypatch):
    gone = Slip("gone", "LSTMCell.forward", {"a line that is not there": ""})
    monkeypatch.setitem(SLIPS, bug_hunt.MADE_OF[1][0], gone)
    with pytest.raises(RuntimeError, match="LSTMCell.forward must contain this exactly once: a line that is not"):
        bug_hunt.broken_cell("B")


def test_an_unknown_exercise_is_refused():
    with pytest.raises(ValueError, match="there is no exercise 'nothing'; the exercises are forgetful, "):
        check("nothing", 1)


def test_the_example_of_the_exercises_is_that_of_the_notebook():
    source = (ROOT / "notebooks" / "LSTM_Numeric_Example.ipynb").read_text(encoding="utf-8")
    cell = example_cell()
    for name, column in (("W", cell.W), ("U", cell.U), ("b", cell.b)):
        assert rf"\"{name}\": {np.ravel(column).tolist()}" in source


@pytest.mark.parametrize(("sequence", "following"), [([10, 20, 30], 40), ([0.5, 1.0], 1.5), ([3, 3, 1], -1)])
def test_the_next_number_continues_the_last_climb(sequence, following):
    assert next_number(sequence) == following


@pytest.mark.parametrize("sequence", [[10], [], ["ten", "twenty"], "10, 20"])
def test_what_cannot_be_continued_is_refused(sequence):
    with pytest.raises(ValueError, match="the sequence must"):
        next_number(sequence)
