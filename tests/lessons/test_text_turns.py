"""The turns of the text notebook: right answers are told why, and each mistake gets the hint that fits it."""

import math

import pytest

from lstm_scratch.lessons import check

D = [0, 0.613, 1.364, 1.884]
FAR = {"times": {"m": 3, " ": 1}, "char": "m", "D": D, "shorter": 0.042}
SCORES = {"scores": [4.75, 4.03, 3.19, 2.77, 2.57, 2.45, 2.40, 2.393, 2.392]}
GATES = {"at_marks": {"i": 0.8, "f": 0.01, "o": 0.3}, "elsewhere": {"i": 0.1, "f": 0.99, "o": 0.35}}
AVERAGE = {"one": 2.60, "other": 2.39, "both": 2.37}
CELLS = {"keeper": 1.0, "forgetter": 0.18, "steps": 10}

RIGHT = [
    ("discounting", 0.305, FAR),
    ("which n wins", 8, SCORES),
    # less than half a hundredth behind
    ("which n wins", 7, SCORES),
    ("untrained loss", 3.3, {"V": 27}),
    ("untrained loss", 6.5, {"V": 665}),
    ("two cells", 0.5, CELLS),
    ("who wins", "Counting", {"lstm": 2.81, "counting": 2.39}),
    ("who wins", "LSTM", {"lstm": 1.81, "counting": 2.39}),
    ("the average", "better", AVERAGE),
    ("the average", "between", AVERAGE | {"both": 2.5}),
    ("the average", "worse", AVERAGE | {"both": 2.7}),
    ("0.8 and 0.2", 0.941, {"p": 0.8, "tau": 0.5}),
    ("which gate shuts", "f", GATES),
    ("a random network", 0.9, {"right": 0.93}),
]
WRONG = [
    ("discounting", 0.75, FAR, "bare counting"),
    ("discounting", 0.279, FAR, "is missing"),
    ("discounting", (1.116 + 1.884 * 0.042) / 4, FAR, "off this count alone"),
    ("discounting", (1.116 + 2.497) / 4, FAR, "not get all|doesn't get all"),
    ("discounting", 1.221, FAR, "divide by how often"),
    ("discounting", 0.61, FAR, "how many kinds"),
    ("discounting", 0.5, FAR, "It gives 0.500"),
    ("discounting", "half", FAR, "A number was expected"),
    ("which n wins", 3, SCORES, "Longer: the best is the 8-gram"),
    ("which n wins", 8, {"scores": [4.0, 3.0, 2.0, *[2.5] * 6]}, "Shorter: the best is the 2-gram"),
    ("which n wins", 9, SCORES, "from 0 to 8"),
    ("which n wins", "8", SCORES, "from 0 to 8"),
    ("untrained loss", 4.75, {"V": 27}, "in bits"),
    ("untrained loss", -3.3, {"V": 27}, "sign"),
    ("untrained loss", 0, {"V": 27}, "always right"),
    ("untrained loss", 1 / 27, {"V": 27}, "the probability itself"),
    ("two cells", 0.59**10, CELLS, "First the power"),
    ("two cells", 0.59, CELLS, "after one step"),
    ("who wins", "LSTM", {"lstm": 2.81, "counting": 2.39}, "the LSTM has 2.81 bits"),
    ("who wins", "both", {"lstm": 2.81, "counting": 2.39}, "One of 'counting', 'lstm'"),
    ("the average", "between", AVERAGE, "averaged, not the scores"),
    ("0.8 and 0.2", 0.64, {"p": 0.8, "tau": 0.5}, "add up to 1"),
    ("0.8 and 0.2", 2 / 3, {"p": 0.8, "tau": 0.5}, "the power is"),
    ("0.8 and 0.2", 16, {"p": 0.8, "tau": 0.5}, "as a probability"),
    ("which gate shuts", "i", GATES, "Its i is 0.10 elsewhere and 0.80 after"),
    ("which gate shuts", "g", GATES, "One of the gates"),
    ("a random network", 0.1, {"right": 0.93}, "More: it is 0.93"),
    ("a random network", 0.9, {"right": 0.2}, "Less: it is 0.20"),
    ("a random network", 2, {"right": 0.2}, "from -1 to 1"),
    ("a random network", math.nan, {"right": 0.2}, "from -1 to 1"),
]
NAMES = sorted({name for name, *_ in RIGHT})


@pytest.mark.parametrize(("name", "answer", "own"), RIGHT)
def test_a_right_answer_is_told_why(name, answer, own, capsys):
    check(name, answer, **own)
    said = capsys.readouterr().out
    assert said.startswith(f"{name}: right. ") and len(said) > len(name) + 20


@pytest.mark.parametrize(("name", "answer", "own", "hint"), WRONG)
def test_a_mistake_gets_the_hint_that_fits_it(name, answer, own, hint, capsys):
    check(name, answer, **own)
    said = capsys.readouterr().out
    assert said.startswith(f"{name}: not yet. ")
    assert any(words in said for words in hint.split("|"))


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_answer_is_invited(name, capsys):
    own = next(own for known, _, own in RIGHT if known == name)
    check(name, None, **own)
    assert capsys.readouterr().out.startswith(f"{name}: your turn. ")


def test_every_turn_is_tried_here():
    from lstm_scratch.lessons.text_turns import TEXT_TURNS

    assert sorted(turn.name for turn in TEXT_TURNS) == NAMES
