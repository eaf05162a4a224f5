"""Both notebooks run in JupyterLab in a browser: `tests/browser.py`, as a test where a browser is installed."""

import subprocess
import sys

import pytest
from browser import SKIPPED
from helpers import ROOT


@pytest.mark.slow
def test_both_notebooks_run_in_a_browser(tmp_path):
    command = [sys.executable, "tests/browser.py", tmp_path]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    if result.returncode == SKIPPED:
        pytest.skip(result.stdout.strip())
    assert result.returncode == 0, result.stdout + result.stderr
