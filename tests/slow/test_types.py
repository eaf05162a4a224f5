"""The types that the package declares fit together."""

import numpy as np
import pytest
from helpers import run_python


@pytest.mark.slow
@pytest.mark.skipif(not np.__version__.startswith("2.4."), reason="each NumPy declares its types anew: 2.4's are meant")
def test_mypy_finds_nothing():
    pytest.importorskip("mypy", reason="mypy is not installed (see tests/requirements.txt)")
    result = run_python("-m", "mypy", timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
