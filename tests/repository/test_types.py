"""The code is in good style, and the types that it declares fit together."""

import numpy as np
import pytest
from helpers import run_python

numpy_2_4 = pytest.mark.skipif(not np.__version__.startswith("2.4."), reason="types are those that NumPy 2.4 declares")


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["ruff check .", "ruff format --check .", pytest.param("mypy", marks=numpy_2_4)])
def test_the_tool_finds_nothing(tool):
    pytest.importorskip(tool.split()[0], reason=f"{tool} is not installed (see tests/requirements.txt)")
    result = run_python("-m", *tool.split(), timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
