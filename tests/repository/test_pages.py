"""The pages that are read before anything is run: their links lead somewhere, and their commands can be given."""

import json
import re
import shlex
from pathlib import Path

import pytest
from helpers import ROOT

from lstm_scratch.command import new_parser

PAGES = sorted(path for pattern in ("*.md", "[!.b]*/**/*.md", ".github/*.md") for path in ROOT.glob(pattern))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
COMMAND = r"(?:python3? |pytest |bash |pip |jupyter |torchrun |kaggle |git |\.ci/|tests/\S+\.sh|\.venv/bin/\w)"
PROGRAMS = set("python ipython bash pip venv jupyter pytest ruff mypy coverage kaggle git torchrun".split())
ours = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())


def text_of(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def without_code(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text):
    """What GitHub calls the headings of a page, and the anchors set by hand."""
    headings = re.findall(r"^#+ (.*)$", without_code(text), flags=re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    by_github = {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}
    return by_github | set(re.findall(r'<a id="([^"]+)"', text))


@pytest.mark.parametrize("path", [*PAGES, *NOTEBOOKS], ids=lambda path: path.relative_to(ROOT).as_posix())
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


@ours
def test_every_picture_says_what_it_shows(page):
    for alt, attributes in re.findall(r"!\[([^]]*)\]\(|<img ([^>]*)>", text_of(page)):
        assert len(alt or re.search(r'alt="([^"]*)"', attributes)[1]) > 40


def commands(page):
    """Every command of a page: the lines of its shell blocks, and what stands in a sentence as code."""
    text = text_of(page)
    for block in re.findall(r"^```sh\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
        # a line that ends in a backslash goes on in the next
        yield from (line for line in block.replace("\\\n", " ").splitlines() if line.strip() and line[0] != "#")
    yield from (code for code in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", without_code(text)) if re.match(COMMAND, code))


def check_command(words):
    """Raise AssertionError unless this is a command that could be given: its program, its files, its options."""
    program = Path(words[0]).name.removesuffix("3")
    assert program in PROGRAMS or (ROOT / words[0]).is_file(), words[0]
    for word in words:
        # files without a folder are the reader's own, and those in build/ are made
        if re.fullmatch(r"[\w*-]+/[\w./*-]+\.(?:py|sh|txt|npz|md|ipynb|json)", word) and not word.startswith("build/"):
            assert list(ROOT.glob(word)), f"{word} does not exist"
    if words[1:3] == ["-m", "lstm_scratch"] and len(words) > 4 and words[-1] != "--help":
        # ends the program if it knows no such option
        new_parser().parse_args(words[3:])


@ours
def test_every_command_could_be_given(page):
    for line in commands(page):
        for part in re.split(r" && |; ", line):
            check_command(shlex.split(part, comments=True))
