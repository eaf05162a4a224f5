"""The mutants still fit the code: each changes one place. Whether tests kill them, `python tests/mutants.py` shows."""

import ast

import pytest
from mutants import MUTANTS, TESTS, source


@pytest.mark.parametrize("number", range(len(MUTANTS)))
def test_a_mutant_changes_one_place_into_other_python(number):
    room, right, wrong = MUTANTS[number]
    assert source(room).count(right) == 1
    assert ast.dump(ast.parse(source(room).replace(right, wrong))) != ast.dump(ast.parse(source(room)))


def test_there_are_sixty_over_all_rooms_of_the_arithmetic():
    assert len(MUTANTS) == len(set(MUTANTS)) == 60
    assert {room for room, _, _ in MUTANTS} == set(TESTS) == {"cell", "layer", "fused", "activations", "optimizers"}
