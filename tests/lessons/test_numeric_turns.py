"""The turns of the numeric notebook: right is right and a slip gets its hint, also for changed numbers."""

import numpy as np
import pytest

from lstm_scratch import LSTMCell
from lstm_scratch.activations import sigmoid
from lstm_scratch.cell import unroll
from lstm_scratch.lessons import EXERCISES, check, example_cell, find_hint, three_cells, with_line
from lstm_scratch.lessons.numeric_turns import NUMERIC_TURNS

SEQUENCES = [[10, 20, 30], [1, 2, 3], [0.5, 1.25, 2.0], [30, 20, 10], [-3, 4, -5, 6], [7, 7], [100, 200, 300]]


def other_cell():
    cell = example_cell(0.3)
    cell.W[:] = [[0.5], [-0.4], [0.6], [0.7]]
    return cell


def last_step(cell, sequence):
    step = unroll(cell, [[x] for x in sequence])[-1]
    return step._replace(c=step.c.item(), h=step.h.item())


def own_numbers(name, cell, sequence):
    """The numbers that the notebook hands to the check of this turn."""
    last = last_step(cell, sequence)
    return {
        "step 2": {"cell": cell, "sequence": sequence},
        "ceiling": {"W_y": 3.0, "last": last, "target": 40},
        "a second 1": {"held": 0.5331, "written": 0.5357},
        "fifty steps": {"f": sigmoid(4)},
        "rise": {"change": 0.094, "W_y": 3.0, "steps": len(sequence), "scale": 100},
        "shapes": {"I": 3, "H": 8, "T": 5, "B": 4},
    }.get(name)


@pytest.mark.parametrize("sequence", SEQUENCES, ids=str)
@pytest.mark.parametrize("cell", [example_cell(), other_cell()], ids=["example", "other"])
@pytest.mark.parametrize("turn", [turn for turn in NUMERIC_TURNS if turn.judge is None], ids=lambda turn: turn.name)
def test_the_right_answer_is_right_for_the_readers_own_numbers(turn, cell, sequence):
    own = own_numbers(turn.name, cell, sequence)
    assert find_hint(turn, turn.right(**(own or {})), own) is None


@pytest.mark.parametrize("turn", [turn for turn in NUMERIC_TURNS if turn.judge is None], ids=lambda turn: turn.name)
def test_every_slip_gets_its_own_hint(turn):
    own = own_numbers(turn.name, example_cell(), [1, 2, 3])
    for hint, slip in turn.slips.items():
        assert find_hint(turn, slip(**(own or {})), own) == hint
    assert turn.slips


@pytest.mark.parametrize("name", EXERCISES)
def test_no_answer_is_an_invitation_and_no_error(name, capsys):
    check(name, None)
    assert capsys.readouterr().out == f"{name}: your turn. Put your answer in place of None, and run the cell again.\n"


def test_a_part_that_is_missing_is_named(capsys):
    check("step 2", (8.076, None, None), cell=example_cell(), sequence=[10, 20, 30])
    check("a gate that opens at -1", (None, -6))
    said = capsys.readouterr().out.splitlines()
    assert said == ["step 2: your turn. Still empty: f and c.", "a gate that opens at -1: your turn. Still empty: W_i."]


def test_a_right_answer_is_told_why(capsys):
    check("step 2", (8.076, 0.9997, 1.993), cell=example_cell(), sequence=[10, 20, 30])
    assert capsys.readouterr().out.startswith("step 2: right. Memory is a sum:")


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ((12, -6), "It opens at the 1, not at the -1"),
        ((-12, -20), "At -1 the gate should be open, and i = 0.00"),
        ((-12, 0), "At 0 the gate should be shut, and i = 0.50"),
        ((0, 9), "At 0 the gate should be shut, and i = 1.00"),
        ((-30, -6), None),
        ((np.float32(-10), -5), None),
        (("a", 1), "Two numbers were expected, W_i and b_i."),
        ((float("nan"), 1), "Two numbers were expected, W_i and b_i."),
        (7, "Two numbers were expected, W_i and b_i."),
    ],
)
def test_any_gate_that_opens_at_minus_one_alone_is_right(answer, hint):
    found = find_hint(EXERCISES["a gate that opens at -1"], answer)
    assert found is None if hint is None else found.startswith(hint)


@pytest.mark.parametrize(
    ("line", "wrong", "gates"),
    [
        ("df = dc * c_prev", "df = -dc * c_prev", "fo"),
        ("dg = dc * i", "dg = -dc * i", "g"),
        ("dc_prev = dc * f", "dc_prev = 0 * dc", "ifgo"),
        ("do = dh * np.tanh(c)", "do = -dh * np.tanh(c)", "o"),
    ],
)
def test_the_gates_that_a_broken_line_reaches_are_found(line, wrong, gates):
    own = {"Suspect": with_line(line, wrong), "cell": example_cell(), "sequence": [10, 20, 30]}
    turn = EXERCISES["broken line"]
    assert find_hint(turn, gates[::-1], own) is None
    if len(gates) > 1:
        assert "not the only" in find_hint(turn, gates[0], own)
    assert find_hint(turn, "xyz", own).startswith("Name the gates in one word")
    if gates != "ifgo":
        assert find_hint(turn, "ifgo", own).startswith("Off by less than 1%")


def test_a_line_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="must have this line exactly once: nonsense"):
        with_line("nonsense", "0")
    assert issubclass(with_line("dg = dc * i", "dg = dc"), object)


def test_the_guess_at_how_many_are_right_follows_the_answers():
    own = {"answers": {"a": [0, 40.2], "b": [0, 13.0], "c": [1, 2]}, "right": {"a": 40, "b": 0, "c": 2}}
    turn = EXERCISES["how many are right"]
    assert find_hint(turn, 2, own) is None
    assert find_hint(turn, 3, own).startswith("2 of 3. To be right everywhere")
    assert find_hint(turn, 1, own) == "It is 2 of 3. Which rings do the lines hit?"
    assert find_hint(turn, "two", own).startswith("A whole number from 0 to 3")


@pytest.mark.parametrize(
    ("guess", "said"), [(50, None), (1, "It is 52 times. It has"), (500, "It is 52 times. Not as")]
)
def test_the_guess_at_the_miss_far_away_is_right_within_a_factor_of_two(guess, said):
    found = find_hint(EXERCISES["far away"], guess, {"near": 0.7, "away": 36.4})
    assert found is None if said is None else found.startswith(said)


def test_the_three_cells_hold_wipe_out_and_hide():
    hold, forget, hide = (unroll(cell, [[1], [0], [0], [-1], [0]]) for cell in three_cells().values())
    assert hold[-1].c > 0.5 and forget[2].c > 0.5 and abs(forget[-1].c) < 0.01
    assert hide[-1].c > 0.5 and abs(hide[-1].h) < 0.01
    assert all(isinstance(cell, LSTMCell) for cell in three_cells().values())
