"""The teachers' page: its headings are those of the notebooks, and its numbers are seen there or computed."""

import doctest
import json
import math
import re

import pytest
from helpers import ROOT

PAGE = (ROOT / "notebooks" / "LESSON_PLANS.md").read_text(encoding="utf-8")
CARD = (ROOT / "data" / "tale_of_two_cities_lstm.md").read_text(encoding="utf-8")
# numeric, *Step 1: what happens to the 10?*
REFERENCE = re.compile(r"(numeric|text),\s\*([^*]+)\*")
CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)
# `2**2` = 4
SUM = re.compile(r"`([^`]+)`\s=\s(\d+(?:,\d{3})*(?:\.\d+)?)")
QUESTIONS = re.findall(
    r"^\*\*(\d+)\.\*\* (.*?)<details><summary>Answer</summary>(.*?)</details>", PAGE, re.DOTALL | re.M
)
BELIEFS = re.findall(r"^\| ([^|]+) \| ((?:numeric|text),[^|]+) \| (.+) \|$", PAGE.split("## Misconceptions")[1], re.M)


def numbers(text):
    """The numbers in a text, without those of references, formulas and code."""
    for pattern in (CODE_BLOCK, SUM, REFERENCE, re.compile(r"\$[^$]+\$")):
        text = pattern.sub(" ", text)
    found = re.findall(r"(?<![\w.])[+-]?\d+(?:,\d{3})*(?:\.\d+)?", text.replace("−", "-"))
    return {float(number.replace(",", "")) for number in found}


def sections(name):
    """What is read under each heading of a notebook: its prose and outputs, up to the next heading of its level."""
    path, above, seen = ROOT / "notebooks" / f"LSTM_{name.title()}_Example.ipynb", [], {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        words = "".join(cell["source"]) + "\n" if cell["cell_type"] == "markdown" else ""
        for marks, title in re.findall(r"^(#+) (.+)$", words, re.M):
            above = [higher for higher in above if higher[0] < len(marks)] + [(len(marks), title)]
            seen[title] = ""
        for output in cell.get("outputs", []):
            words += "".join(output.get("text") or output["data"].get("text/plain", "")) + "\n"
        for _, title in above:
            seen[title] += words
    return seen


SECTIONS = {name: sections(name) for name in ("numeric", "text")}


def seen_at(text):
    """The numbers seen under the headings to which a text refers."""
    return set().union(*(numbers(SECTIONS[name][" ".join(title.split())]) for name, title in REFERENCE.findall(text)))


def test_every_heading_named_is_in_the_notebook():
    assert len(REFERENCE.findall(PAGE)) > 30
    for name, title in REFERENCE.findall(PAGE):
        assert " ".join(title.split()) in SECTIONS[name]


@pytest.mark.parametrize(("belief", "where", "seen"), BELIEFS, ids=[belief for belief, _, _ in BELIEFS])
def test_every_number_said_to_be_seen_is_seen_there(belief, where, seen):
    assert numbers(seen) <= seen_at(where) | numbers(CARD)


@pytest.mark.parametrize(("number", "question", "answer"), QUESTIONS, ids=[number for number, _, _ in QUESTIONS])
def test_every_number_in_an_answer_is_computed(number, question, answer):
    for expression, result in SUM.findall(answer):
        digits = len(result.partition(".")[2])
        assert f"{eval(expression, {'log2': math.log2}):,.{digits}f}" == result
    computed = "\n".join(example.want for example in doctest.DocTestParser().get_examples(answer))
    in_sums = " ".join(expression for expression, _ in SUM.findall(answer))
    assert numbers(answer) <= numbers(question) | numbers(computed) | numbers(in_sums) | seen_at(question + answer)
