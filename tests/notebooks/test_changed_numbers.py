"""The notebooks survive a reader who changes a number in its one place, and one who runs each section twice."""

import re
from copy import deepcopy

import nbformat
import pytest
from helpers import ROOT, shorten
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

pytestmark = pytest.mark.slow

# the line of the text notebook that reads the chapter
CHAPTER = 'text = read_text(DATA / "a_tale_of_two_cities_chapter_1.txt")'
# what turns a to i into Greek letters, j to r into Cyrillic ones, and s to z into Armenian ones
SCRIPTS = {97 + n: (945, 1072, 1377)[n // 9] + n for n in range(26)}
# texts with characters that have a meaning in search patterns, and with lines that repeat
PROGRAM = "".join(f"int f{n}(int a[{n}], char *p) {{ return (a[{n}] + *p) * {n}; }}  // (why?)\n" for n in range(60))
PLAY = "".join(f"First Speaker:\nWell{n * '!'}, what is {n} and {n}?\n\nAll:\nIt is {2 * n}.\n\n" for n in range(60))

# a made-up writing with a sign for each word, and the chapter's letters as Russian ones
SIGNS = f'"".join(chr(0x4E00 + sum(map(ord, word)) % 600) for word in {CHAPTER[7:]}.split())'
RUSSIAN = {97 + n: 1072 + n for n in range(26)}

# For each notebook, what readers change: {name: {text that is in exactly one code cell: what they make of it}}
CHANGES = {
    "LSTM_Numeric_Example": {
        "small numbers": {"sequence = [10, 20, 30]": "sequence = [1, 2, 3]"},
        "four numbers": {"sequence = [10, 20, 30]": "sequence = [10, 20, 30, 40]"},
        "weights": {"[0.5, 0.4, 0.6, 0.7]": "[0.5, -0.4, 0.6, 0.7]", "W_y = 3.0": "W_y = 50.0"},
        "other settings": {
            "learning_rate=0.1": "learning_rate=1.0",
            "range(50)": "range(7)",
            "rounds=600": "rounds=100",
            "hidden_size=8": "hidden_size=4",
        },
        "numbers that are not whole": {"sequence = [10, 20, 30]": "sequence = [0.5, 1.25, 2.0]"},
        "a sequence that falls": {"sequence = [10, 20, 30]": "sequence = [30, 20, 10]"},
        "a sequence whose reverse is asked, too": {"sequence = [10, 20, 30]": "sequence = [40, 30, 20]"},
        "zeros": {"sequence = [10, 20, 30]": "sequence = [0, 0, 0]"},
        "a long sequence": {"sequence = [10, 20, 30]": "sequence = list(range(0, 70, 5))"},
    },
    "LSTM_Text_Example": {
        "other settings": {
            "hidden_size = 80": "hidden_size = 32",
            "epochs = 80": "epochs = 20",
            "seed = 1859": "seed = 7",
        },
        "all characters": {"clean = clean_text(text)": "clean = text"},
        "another text": {CHAPTER: 'text = read_text(DATA / "a_tale_of_two_cities_last_pages.txt")'},
        "other characters": {CHAPTER: f'{CHAPTER}.replace("e", "é").replace("th", "Ж")'},
        "letters of three scripts": {CHAPTER: f"{CHAPTER}.lower().translate({SCRIPTS})"},
        "Russian letters": {CHAPTER: f"{CHAPTER}.lower().translate({RUSSIAN})"},
        "Chinese characters": {CHAPTER: f"text = {SIGNS}"},
        "800 characters": {CHAPTER: f"{CHAPTER}[:800]"},
        "a program, with all its marks": {CHAPTER: f"text = {PROGRAM!r}", "clean = clean_text(text)": "clean = text"},
        "a play in short lines": {CHAPTER: f"text = {PLAY!r}", "clean = clean_text(text)": "clean = text"},
    },
}


def read(name):
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def run(notebook):
    """Run all cells, in the notebooks' folder; fail on an error and on a warning. Outputs are not compared."""
    folder = {"metadata": {"path": str(ROOT / "notebooks")}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=folder).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]


def change(notebook, old, new):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and old in cell.source]
    assert len(cells) == 1 and cells[0].source.count(old) == 1, f"{old!r} must be in exactly one place"
    cells[0].source = cells[0].source.replace(old, new)


@pytest.mark.parametrize("name, what", [(name, what) for name, changes in CHANGES.items() for what in changes])
def test_a_changed_number_does_not_stop_the_notebook(name, what):
    notebook = read(name)
    for old, new in CHANGES[name][what].items():
        change(notebook, old, new)
    shorten(notebook)
    run(notebook)


@pytest.mark.parametrize("sequence", ["[10]", '["ten", "twenty"]', '"10, 20"'])
def test_a_sequence_that_cannot_be_continued_is_refused_in_a_sentence(sequence):
    notebook = read("LSTM_Numeric_Example")
    change(notebook, "sequence = [10, 20, 30]", f"sequence = {sequence}")
    with pytest.raises(CellExecutionError, match="the sequence must"):
        run(notebook)


@pytest.mark.parametrize("name", CHANGES)
def test_every_section_can_be_run_twice(name):
    notebook = read(name)
    shorten(notebook)
    sections = [[]]
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "\n## " in "\n" + cell.source:
            sections.append([])
        sections[-1].append(cell)
    notebook.cells = [cell for section in sections for cell in section + deepcopy(section)]
    assert len(sections) > 5
    run(notebook)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("LSTM_Numeric_Example", "Part 2"),
        ("LSTM_Numeric_Example", "Part 3"),
        ("LSTM_Numeric_Example", "Part 4"),
        ("LSTM_Numeric_Example", "Part 5"),
        ("LSTM_Numeric_Example", "Part 6"),
        ("LSTM_Text_Example", "Part 2"),
        ("LSTM_Text_Example", "Part 3"),
        ("LSTM_Text_Example", "Part 4"),
        ("LSTM_Text_Example", "Part 5"),
    ],
)
def test_a_part_can_be_begun_on_another_day(name, part):
    """What is above Part 1 prepares what all parts share, and the first cell of a part prepares what it alone needs."""
    notebook = read(name)
    shorten(notebook)
    headings = [heading_of(cell) for cell in notebook.cells]
    starts = [place for place, heading in enumerate(headings) if heading]
    begin = next(place for place in starts if headings[place].startswith(part))
    end = next(place for place in starts if place > begin)
    shared = [cell for cell in notebook.cells[: starts[0]] if cell.cell_type == "code"]
    notebook.cells = [*shared, *notebook.cells[begin:end]]
    run(notebook)


def test_on_another_day_a_part_goes_on_with_the_readers_own_text():
    """The first cell of a part says which text it has, and that is the one at the top."""
    notebook = read("LSTM_Text_Example")
    change(notebook, CHAPTER, f"text = {PLAY!r}")
    shorten(notebook)
    headings = [heading_of(cell) for cell in notebook.cells]
    starts = [place for place, heading in enumerate(headings) if heading]
    above = [cell for cell in notebook.cells[: starts[0]] if cell.cell_type == "code"]
    for part in ("Part 2", "Part 3", "Part 4"):
        begin = next(place for place in starts if headings[place].startswith(part))
        first = next(cell for cell in notebook.cells[begin:] if cell.cell_type == "code")
        day = deepcopy(notebook)
        day.cells = deepcopy([*above, first])
        run(day)
        assert "first speaker" in day.cells[-1].outputs[-1].text


def heading_of(cell):
    """The heading of the second level with which a part begins, or None."""
    found = re.search(r"^## (.*)", cell.source, flags=re.MULTILINE)
    return found[1] if found and cell.cell_type == "markdown" else None
