"""What lives in a browser is alive in one: `tests/tools/browser.py`, as a test where a browser is installed."""

import pytest
from browser import SKIPPED
from helpers import run_python


@pytest.mark.thorough
def test_notebooks_views_and_pages_live_in_a_browser(tmp_path):
    result = run_python("tests/tools/browser.py", tmp_path, timeout=1200)
    if result.returncode == SKIPPED:
        pytest.skip(result.stdout.strip())
    assert result.returncode == 0, result.stdout + result.stderr
