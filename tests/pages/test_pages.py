"""The pages that are read before anything is run: their links lead somewhere, and their commands could be given."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import ROOT

PAGES = sorted(path for pattern in ("*.md", "[!.b]*/**/*.md", ".github/*.md") for path in ROOT.glob(pattern))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
COMMAND = r"(?:python3? |pytest |bash |sh |pip |jupyter |torchrun |kaggle |git |tests/\S+\.sh|\.venv/)"
PROGRAMS = {
    "python",
    "bash",
    "pip",
    "venv",
    "jupyter",
    "pytest",
    "ruff",
    "mypy",
    "coverage",
    "kaggle",
    "git",
    "torchrun",
}


def name(path):
    return path.relative_to(ROOT).as_posix()


def text_of(path):
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def without_code(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text):
    """What GitHub calls the headings of a page, and the anchors set by hand."""
    headings = re.findall(r"^#+ (.*)$", without_code(text), flags=re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    by_github = {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}
    return by_github | set(re.findall(r'<a id="([^"]+)"', text))


@pytest.mark.parametrize("path", [*PAGES, *NOTEBOOKS], ids=name)
def test_links_lead_somewhere(path):
    text = text_of(path)
    targets = re.findall(r"\]\(([^)\s]+)\)", without_code(text)) + re.findall(r'(?:src|href)="([^"]+)"', text)
    for target in targets:
        if target.startswith("https://"):
            continue
        place, _, anchor = target.partition("#")
        file = path.parent / place if place else path
        assert file.exists(), target
        assert not anchor or anchor in anchors(text_of(file)), target


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_picture_says_what_it_shows(page):
    text = text_of(page)
    alts = re.findall(r"(?<!\[)!\[([^]]*)\]", text) + re.findall(r'<img (?:[^>]* )?alt="([^"]*)"', text)
    assert all(len(alt) > 40 for alt in alts)
    assert len(alts) == text.count("<img ") + len(re.findall(r"(?<!\[)!\[", text))


def commands(page):
    """Every command of a page: the lines of its shell blocks, and what stands in a sentence as code."""
    text = text_of(page)
    for block in blocks(text, "sh"):
        # a line that ends in a backslash goes on in the next
        yield from (line for line in block.replace("\\\n", " ").splitlines() if line.strip() and line[0] != "#")
    yield from (code for code in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", without_code(text)) if re.match(COMMAND, code))


def check_command(words):
    """Raise AssertionError unless this is a command that could be given: its program, its files, its options."""
    program = Path(words[0]).name.removesuffix("3")
    assert program in PROGRAMS or program.endswith(".sh"), program
    for word in words:
        # files without a folder are the reader's own, and those in build/ are made
        if re.fullmatch(r"[\w*-]+/[\w./*-]+\.(?:py|sh|txt|npz|md|ipynb|json)", word) and not word.startswith("build/"):
            assert list(ROOT.glob(word)), f"{word} does not exist"
    if "-m" in words and words[words.index("-m") + 1 :]:
        module, *arguments = words[words.index("-m") + 1 :]
        if module == "lstm_scratch" and arguments:
            options = [word for word in arguments if word.startswith("--")]
            command = [sys.executable, "-m", module, arguments[0], "--help"]
            known = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
            assert all(option in known for option in options), options


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_could_be_given(page):
    for line in commands(page):
        for part in re.split(r" && |; ", line):
            check_command(shlex.split(part, comments=True))


def test_powershell_is_given_the_same_commands():
    readme = text_of(ROOT / "README.md")
    here = [line for block in blocks(readme, "sh") for line in block.splitlines() if line.startswith("python3 -m venv")]
    there = [line for block in blocks(readme, "powershell") for line in block.splitlines()]
    assert len(here) == len(there) > 0
    for unix, windows in zip(here, there):
        # PowerShell does not expand * for a program, and its first versions know no &&
        unix = unix.replace("notebooks/*.ipynb", " ".join(map(name, NOTEBOOKS)))
        unix = unix.replace(" && ", "; ").replace("python3 ", "py ").replace(".venv/bin/", ".venv/Scripts/")
        assert re.sub(r"/(?=\w)", r"\\", unix) == windows


def test_continuous_integration_runs_the_readme_s_test_command():
    find = re.search(r"command=\$\((sed .*)\)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"))[1]
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed here")
    found = subprocess.run(["bash", "-c", find], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    assert "-m pytest --nbval" in found and found in text_of(ROOT / "README.md")


def test_the_command_that_trains_on_a_text_trains_on_it(tmp_path):
    (line,) = [line for line in commands(ROOT / "README.md") if "-m lstm_scratch train data/" in line]
    # one epoch instead of many, and not over the model that a reader of the page has trained
    words = [*shlex.split(line)[1:], "--epochs", "1", "--model", str(tmp_path / "model.npz")]
    result = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0 and "bits" in result.stdout, result.stderr
    assert (tmp_path / "model.npz").is_file()
