"""The mutants fit the code: each changes one place into other Python. Who kills them, tests/tools/mutants.py shows."""

import ast

import pytest
from helpers import ROOT
from mutants import ALL


@pytest.mark.parametrize(("module", "right", "wrong"), ALL)
def test_a_mutant_changes_one_place(module, right, wrong):
    code = (ROOT / "lstm_scratch" / f"{module}.py").read_text(encoding="utf-8")
    assert code.count(right) == 1
    assert ast.dump(ast.parse(code.replace(right, wrong))) != ast.dump(ast.parse(code))


def test_there_are_sixty():
    assert len(ALL) == len(set(ALL)) == 60
