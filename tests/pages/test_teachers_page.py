"""The teachers' page: its cells are those of the notebooks, and its numbers are computed."""

import doctest
import json
import math
import re

import numpy as np
import pytest
from helpers import CHAPTER, ROOT

from lstm_scratch import CharLM, LSTMCell, Vocabulary
from lstm_scratch.activations import sigmoid
from lstm_scratch.cell import unroll
from lstm_scratch.study import NGram
from lstm_scratch.text import clean_text, read_text, split_text

PAGE = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
CARD = (ROOT / "data" / "tale_of_two_cities_lstm.md").read_text(encoding="utf-8")
NOTEBOOKS = {
    name.lower(): json.loads((ROOT / "notebooks" / f"LSTM_{name}_Example.ipynb").read_text(encoding="utf-8"))["cells"]
    for name in ("Numeric", "Text")
}
# numeric [7]–[19], *Step 1: what happens to the 10?*
REFERENCE = re.compile(r"(numeric|text)\s\[(\d+)\](?:–\[(\d+)\])?,\s\*([^*]+)\*")
CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)
# `2**2` = 4
SUM = re.compile(r"`([^`]+)`\s=\s(\d+(?:,\d{3})*(?:\.\d+)?)")
QUESTION = re.compile(
    r"^\*\*(\d+)\.\*\* (.*?)<details><summary>Answer</summary>(.*?)</details>", re.DOTALL | re.MULTILINE
)
QUESTIONS = QUESTION.findall(PAGE)


def references(text):
    """(notebook, first cell, last cell, heading) of each reference."""
    found = REFERENCE.findall(text)
    return [(name, int(first), int(last or first), " ".join(heading.split())) for name, first, last, heading in found]


def sections(cells):
    """Every heading with the execution counts of the cells below it, up to the next heading of its level."""
    above, found = [], []
    for cell in cells:
        if cell["cell_type"] == "markdown":
            for marks, title in re.findall(r"^(#+) (.+)$", "".join(cell["source"]), re.MULTILINE):
                section = (len(marks), title, [])
                above = [higher for higher in above if higher[0] < len(marks)] + [section]
                found.append(section)
        else:
            for _, _, counts in above:
                counts.append(cell["execution_count"])
    assert len({title for _, title, _ in found}) == len(found)
    return {title: counts for _, title, counts in found}


SECTIONS = {name: sections(cells) for name, cells in NOTEBOOKS.items()}


def rows(text):
    """The rows of the tables in a text, headers left out: the cells of each."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    body = [line for line, below in zip(lines, [*lines[1:], ""]) if not {line[:4], below[:4]} & {"|---"}]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body]


def numbers(text):
    """The numbers in a text, without those of references, formulas and code."""
    for pattern in (CODE_BLOCK, SUM, REFERENCE, re.compile(r"\$[^$]+\$")):
        text = pattern.sub(" ", text)
    found = re.findall(r"(?<![\w.])[+-]?\d+(?:,\d{3})*(?:\.\d+)?", text.replace("−", "-"))
    return {float(number.replace(",", "")) for number in found}


def printed(name, first, last):
    """The numbers that the cells of a notebook print. What a figure shows, and its words, are not among them."""
    cells = [cell for cell in NOTEBOOKS[name] if first <= (cell.get("execution_count") or 0) <= last]
    outputs = [output for cell in cells for output in cell["outputs"] if "image/png" not in output.get("data", {})]
    texts = [output.get("text") or output["data"].get("text/plain", "") for output in outputs]
    return numbers("\n".join("".join(text) for text in texts))


def walk(inputs, b_f):
    """f and c of every step of the numeric notebook's cell, with another bias of the forget gate."""
    cell = LSTMCell([[0.5], [0.4], [0.6], [0.7]], [[0.15], [0.1], [0.2], [0.25]], [0, b_f, 0, 0])
    steps = unroll(cell, np.array(inputs)[:, None])
    return {round(value.item(), 2) for step in steps for value in (step.f, step.c)}


# what these cells draw, or the table below them says: computed, or printed elsewhere
SHOWN = {
    ("numeric", 29): printed("numeric", 27, 27),
    ("numeric", 35): walk([1, 2, 3], b_f=0),
    ("numeric", 38): walk([1, 2, 3], b_f=-6) | walk([1, 2, 3], b_f=6),
    ("text", 40): printed("text", 15, 15) | printed("text", 39, 39),
    ("text", 58): printed("text", 63, 63) | numbers(CARD),
    ("text", 91): numbers(CARD),
}


def seen_at(text):
    """The numbers that are seen in the cells to which a text refers."""
    seen = set()
    for name, first, last, _ in references(text):
        seen |= printed(name, first, last)
        for place, shown in SHOWN.items():
            if place[0] == name and first <= place[1] <= last:
                seen |= shown
    return seen


def test_every_cell_named_lies_under_the_heading_named():
    found = references(PAGE)
    assert found
    for name, first, last, heading in found:
        assert heading in SECTIONS[name], heading
        assert first <= last and {first, last} <= set(SECTIONS[name][heading]), (name, first, last, heading)


def test_no_cell_is_named_without_its_heading():
    assert not re.search(r"\[\d+\]", REFERENCE.sub("", CODE_BLOCK.sub("", PAGE)))


def test_every_number_said_to_be_seen_in_a_cell_is_seen_there():
    misconceptions = rows(PAGE.split("## Misconceptions")[1].split("## Questions")[0])
    assert misconceptions
    for belief, where, seen in misconceptions:
        assert references(where), belief
        assert numbers(seen) <= seen_at(where), belief


@pytest.mark.parametrize(("number", "question", "answer"), QUESTIONS, ids=[number for number, _, _ in QUESTIONS])
def test_every_number_in_an_answer_is_computed(number, question, answer):
    for expression, result in SUM.findall(answer):
        digits = len(result.partition(".")[2])
        assert f"{eval(expression, {'log2': math.log2}):,.{digits}f}" == result
    computed = "\n".join(example.want for example in doctest.DocTestParser().get_examples(answer))
    in_sums = " ".join(expression for expression, _ in SUM.findall(answer))
    known = numbers(question) | numbers(computed) | numbers(in_sums) | seen_at(question + answer)
    assert numbers(answer) <= known


def test_what_the_questions_take_for_granted_is_so():
    text = read_text(CHAPTER)
    train_text, _ = split_text(clean_text(text), held_out=0.1)
    vocabulary = Vocabulary.from_text(clean_text(text))
    size = sum(array.size for array in CharLM(vocabulary, 128).params.values())
    lower = NGram(vocabulary, train_text, order=7).probabilities("it was the best", order=4)[-1]
    following = [train_text[i + 4] for i in range(len(train_text) - 4) if train_text[i : i + 4] == " bes"]
    page = " ".join(PAGE.split())
    assert f"{size:,} parameters, and {len(train_text):,} characters" in page
    assert f"with {len(vocabulary)} symbols and with the {len(set(text))} of the full text" in page
    assert f"The 4-gram gives *t* the probability {lower:.3f}" in page and following == ["t", "i", "p"]
    assert f"a share of σ(3) = {sigmoid(np.array(3.0)):.2f}" in page


def test_the_lab_changes_what_is_there_to_be_changed():
    sources = {cell["execution_count"]: "".join(cell["source"]) for cell in NOTEBOOKS["text"] if "outputs" in cell}
    assert "opening = " in sources[59] and "for heat in (" in sources[60] and "novel.sample(opening" in sources[61]
    assert "Change `opening` in the first cell, the temperatures in the second" in PAGE
    # the slider of b_f, and the W_f and x that go with it, as the numeric notebook advises
    cell = LSTMCell([[0.5], [-1], [0.6], [0.7]], [[0.15], [0.1], [0.2], [0.25]], [0, 6, 0, 0])
    first, second, third = (step.c.item() for step in unroll(cell, np.array([[3], [6], [9]])))
    assert first < second > third


def test_homework_lies_where_the_page_says():
    homework = re.findall(rf"({REFERENCE.pattern}): (\d) (?:and|to) (\d)", PAGE)
    assert homework
    for reference, *_, first_number, last_number in homework:
        ((name, first, last, heading),) = references(reference)
        numbered, current = {}, None
        for cell in NOTEBOOKS[name]:
            source, count = "".join(cell["source"]), cell.get("execution_count")
            found = re.match(r"\*\*(\d)\. ", source)
            if found:
                current = int(found[1])
            elif count in SECTIONS[name][heading] and "\ncheck(" in source:
                numbered[current] = count
        inside = [number for number, count in numbered.items() if first <= count <= last]
        assert inside == list(range(int(first_number), int(last_number) + 1))
