"""The types that the package's functions declare fit together."""

import subprocess
import sys

import pytest
from helpers import ROOT


def test_mypy_finds_nothing():
    pytest.importorskip("mypy", reason="mypy is not installed (see tests/requirements.txt)")
    result = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
