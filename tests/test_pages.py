"""The pages that are read before anything is run: their links, headings, tables and pictures, and every command."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import ROOT

PAGES = [
    ROOT / "README.md",
    *sorted(path for folder in ("notebooks", "data", ".github") for path in ROOT.glob(f"{folder}/*.md")),
]
README = PAGES[0].read_text(encoding="utf-8")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# how a command begins, in a block of its own or within a sentence
COMMAND = r"(?:python3? |pytest |bash |sh |pip |jupyter |ruff |mypy|torchrun |kaggle |git |tests/\S+\.sh|\.venv/)"


def name(path):
    return path.relative_to(ROOT).as_posix()


def without_code(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text):
    """What GitHub calls the headings of a page, and the anchors set by hand."""
    headings = re.findall(r"^#+ (.*)$", without_code(text), flags=re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain} | set(
        re.findall(r'<a id="([^"]+)"', text)
    )


def text_of(path):
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def commands():
    """Every command of every page: the lines of its shell blocks, and what stands in a sentence as code."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in blocks(text, "sh"):
            # a line that ends in a backslash goes on in the next
            lines = block.replace("\\\n", " ").splitlines()
            yield from ((name(page), line) for line in lines if line.strip() and not line.startswith("#"))
        for code in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", without_code(text)):
            # "python -m" alone is the beginning of one
            if re.match(COMMAND, code) and not code.endswith(" -m"):
                yield name(page), code


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
def test_headings_are_in_order(page):
    levels = [
        len(marks) for marks in re.findall(r"^(#+) ", without_code(page.read_text(encoding="utf-8")), re.MULTILINE)
    ]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))


@pytest.mark.parametrize("path", [*PAGES, *NOTEBOOKS], ids=name)
def test_every_table_names_all_of_its_columns(path):
    headers = re.findall(r"^(\|.*\|)\n\|[-:| ]+\|$", without_code(text_of(path)), flags=re.MULTILINE)
    for header in headers:
        assert all(cell.strip() for cell in re.split(r"(?<!\\)\|", header)[1:-1]), header


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_picture_says_what_it_shows(page):
    text = page.read_text(encoding="utf-8")
    alts = re.findall(r"(?<!\[)!\[([^]]*)\]", text) + re.findall(r'<img (?:[^>]* )?alt="([^"]*)"', text)
    assert all(len(alt) > 40 for alt in alts)
    assert len(alts) == text.count("<img ") + len(re.findall(r"(?<!\[)!\[", text))


def test_every_block_is_of_a_kind_that_is_checked():
    for page in PAGES:
        kinds = re.findall(r"^```([^\n]*)\n.*?^```$", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        assert set(kinds) <= {"sh", "powershell", "python", "bibtex", "text", "math"}, name(page)


@pytest.mark.parametrize("shell", ["bash", "dash", "sh"])
def test_the_shells_can_read_every_block(shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")
    for page in PAGES:
        for block in blocks(page.read_text(encoding="utf-8"), "sh"):
            subprocess.run([shell, "-n"], input=block, text=True, check=True)


def test_powershell_is_given_the_same_commands():
    here = [line for block in blocks(README, "sh") for line in block.splitlines() if line.startswith("python3 -m venv")]
    there = [line for block in blocks(README, "powershell") for line in block.splitlines()]
    assert len(here) == len(there) == 3
    for unix, windows in zip(here, there):
        # PowerShell does not expand * for a program, and its first versions know no &&
        unix = unix.replace("notebooks/*.ipynb", " ".join(map(name, NOTEBOOKS)))
        unix = unix.replace(" && ", "; ").replace("python3 ", "py ").replace(".venv/bin/", ".venv/Scripts/")
        assert re.sub(r"/(?=\w)", r"\\", unix) == windows


def test_continuous_integration_runs_the_readme_s_test_command():
    find = re.search(r"command=\$\((sed .*)\)", (ROOT / ".ci" / "run").read_text(encoding="utf-8")).group(1)
    found = subprocess.run(["bash", "-c", find], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    assert found.endswith("-m pytest --nbval") and found in README


def check_files(words):
    """Files of the repository must exist; those in build/ are made, and those without a folder are the reader's own."""
    files = [word for word in words if re.fullmatch(r"[\w./*-]+\.(?:py|sh|txt|npz|md|ipynb|json)", word)]
    for file in files:
        if file == "requirements.txt" or ("/" in file and not file.startswith("build/")):
            assert list(ROOT.glob(file)), f"{file} does not exist"


def help_of(module, known={}):  # noqa: B006  (asked once for each module)
    if module not in known:
        result = subprocess.run([sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        known[module] = result.stdout
    return known[module]


def check_command(words):
    """Raise AssertionError unless this is a command that could be given: its program, its files and its options."""
    check_files(words)
    program = Path(words[0]).name.removesuffix("3")
    if program in ("python", "torchrun") and "-m" in words:
        place = words.index("-m") + 1
        module, arguments = words[place], words[place + 1 :]
        if module.startswith("lstm_scratch."):
            program, options = "ours", re.findall(r"--[\w-]+", " ".join(arguments))
            assert all(option in help_of(module) for option in options), arguments
        else:
            program, words = module, words[place:]
    extras = re.findall(r"\.\[(\w+)\]", " ".join(words))
    optional = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("optional-dependencies]")[1].split("\n[")[0]
    assert all(re.search(rf"^{extra} = ", optional, re.MULTILINE) for extra in extras)
    programs = {
        "ours",
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
    }
    assert program in programs or program.endswith(".sh"), f"nobody checks {program}"
    if program == "jupyter":
        assert shutil.which(f"jupyter-{words[1]}", path=Path(sys.executable).parent), words[1]


def test_every_command_could_be_given():
    found = list(commands())
    assert len(found) > 20
    for page, line in found:
        for part in re.split(r" && |; ", line):
            try:
                check_command(shlex.split(part, comments=True))
            except AssertionError as error:
                raise AssertionError(f"{page}: {part}: {error}") from error


def test_the_command_that_trains_on_a_text_trains_on_it(tmp_path):
    (line,) = [line for _, line in commands() if "-m lstm_scratch data/" in line]
    # one epoch instead of many, and not over the model that a reader of the page has trained
    words = [*shlex.split(line)[1:], "--epochs", "1", "--model", str(tmp_path / "model.npz")]
    result = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "model.npz").is_file()
    assert "bits" in result.stdout
