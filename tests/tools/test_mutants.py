"""The mutants fit the code: each changes a function in one place. Who kills them, tests/tools/mutants.py shows."""

import ast

import pytest
from helpers import ROOT
from mutants import ALL

from lstm_scratch.lessons.slips import change_function


@pytest.mark.parametrize(("module", "function", "right", "wrong"), ALL)
def test_a_mutant_changes_its_function_into_other_python(module, function, right, wrong):
    code = (ROOT / "lstm_scratch" / f"{module}.py").read_text(encoding="utf-8")
    changed = change_function(code, function, right, wrong)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(code))


def test_a_mutant_of_a_function_that_is_gone_says_so():
    with pytest.raises(RuntimeError, match="there is no function forward"):
        change_function("x = 1\n", "forward", "x", "y")
