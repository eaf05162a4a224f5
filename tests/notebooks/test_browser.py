"""Both notebooks run in JupyterLab in a browser: `tests/tools/browser.py`, as a test where a browser is installed."""

import pytest
from browser import SKIPPED
from helpers import run_python


@pytest.mark.slow
def test_both_notebooks_run_in_a_browser(tmp_path):
    result = run_python("tests/tools/browser.py", tmp_path, timeout=600)
    if result.returncode == SKIPPED:
        pytest.skip(result.stdout.strip())
    assert result.returncode == 0, result.stdout + result.stderr
