"""The test in a real browser runs in both kinds of CI; where it cannot run, it says so in one sentence."""

import os
import re
import subprocess
import sys

from browser import BROWSERS, SKIPPED
from helpers import ROOT

RUN = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")


def skipped(*options, **variables):
    """What tests/browser.py says in an environment in which it cannot run."""
    env = {name: value for name, value in os.environ.items() if name != "CHROMIUM"} | variables
    command = [sys.executable, *options, "tests/browser.py"]
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert result.returncode == SKIPPED == 77
    assert result.stderr == "" and result.stdout.count("\n") == 1
    return result.stdout


def test_without_a_browser_it_is_skipped_in_one_sentence():
    said = "skipped: no Chromium or Chrome is on the PATH, nor named by the variable CHROMIUM\n"
    assert skipped(PATH="") == said
    assert skipped(CHROMIUM="no-such-browser") == said


def test_without_playwright_it_is_skipped_in_one_sentence():
    # -S: without any installed package
    said = skipped("-S", CHROMIUM=sys.executable)
    assert said == "skipped: playwright, which drives the browser, is missing: pip install playwright\n"


def test_both_kinds_of_ci_call_it():
    assert re.search(r"^ +- run: python tests/browser\.py$", WORKFLOW, flags=re.MULTILINE)
    assert re.search(r"^    nice .*/python tests/browser\.py .*&$", RUN, flags=re.MULTILINE)
    # and look for the same browsers; on the first, one that is missing is an error
    assert re.search(r"command -v (.*) >", RUN)[1].split() == list(BROWSERS)
    assert re.search(r"CHROMIUM: (\S+)", WORKFLOW)[1] in BROWSERS
    assert f"-eq {SKIPPED} " in RUN and str(SKIPPED) not in WORKFLOW
