"""What a long text takes: memory, and at most a minute's work at stake."""

import subprocess
import sys

import pytest
from helpers import CHAPTER, PAGES, ROOT

pytestmark = pytest.mark.slow
# prints the most memory that the command has held, in bytes
MEASURED = """
import resource, sys
from lstm_scratch.command import main
status = main(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
sys.exit(status)
"""


def train(folder, text, *options, status=0):
    """What the command writes about a run over the text."""
    (folder / "t.txt").write_text(text, encoding="utf-8")
    paths = ["train", str(folder / "t.txt"), "--model", str(folder / "m.npz"), "--overwrite"]
    command = [sys.executable, "-c", MEASURED, *paths, "--sample", "0", *options]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=1500)
    assert result.returncode == status, result.stderr
    return result.stdout


def peak(folder, text):
    """The most memory of a small model's run, which diverges after its first windows: by then it has taken all."""
    options = ["--hidden-size", "8", "--batch-size", "64", "--seq-length", "64", "--learning-rate", "1e9"]
    out = train(folder, text, *options, status=1)
    assert len(text) < 2_000_000 or "by counting in the last 2,000,000 characters" in out
    return int(out.rsplit("peak", 1)[1])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows counts its memory otherwise")
@pytest.mark.parametrize("mark", ["", "\u201c", "\U0001f600"], ids=["one byte", "two bytes", "four bytes"])
def test_a_text_takes_at_most_12_bytes_a_character(tmp_path, mark):
    # Python keeps a text in as many bytes a character as its widest one needs
    text = (CHAPTER.read_text(encoding="utf-8").encode("ascii", "ignore").decode() + mark) * 5300
    short = peak(tmp_path, text[-70_000:])
    assert (peak(tmp_path, text) - short) / len(text) <= 12


@pytest.mark.parametrize("files", [[CHAPTER], [CHAPTER, PAGES]], ids=["chapter", "and pages"])
def test_a_few_pages_are_too_close_to_call_and_the_average_of_both_is_better(tmp_path, files):
    out = train(tmp_path, "".join(path.read_text(encoding="utf-8") for path in files))
    assert "Too close to call: the difference from Kneser-Ney counting, 0." in out
    assert "The average of their probabilities, with 0." in out
