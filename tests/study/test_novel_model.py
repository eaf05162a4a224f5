"""The shipped model is what its card says, as far as that can be checked without the novel."""

import json
import re
import textwrap

import numpy as np
import pytest
from helpers import CHAPTER, PAGES, ROOT

from lstm_scratch import CharLM
from lstm_scratch.text import read_text

PATH = ROOT / "data" / "tale_of_two_cities_lstm.npz"
NOTEBOOK = json.loads((ROOT / "notebooks" / "LSTM_Text_Example.ipynb").read_text(encoding="utf-8"))
CARD = (ROOT / "data" / "tale_of_two_cities_lstm.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def model():
    return CharLM.load(PATH)


def test_it_is_small_and_of_the_size_that_the_card_says(model):
    assert PATH.stat().st_size <= 3_000_000
    with np.load(PATH) as arrays:
        assert {arrays[name].dtype for name in ("W", "U", "b", "W_y", "b_y")} == {np.dtype(np.float16)}
    parameters = sum(param.size for param in model.params.values())
    assert f"{model.hidden_size} hidden units" in CARD and f"{parameters:,} parameters" in CARD
    assert len(model.vocabulary) == 76 and re.search(r"vocabulary of 76 characters", CARD)


def test_the_chapter_scores_what_the_card_says_in_both_layouts(model):
    chapter = read_text(CHAPTER)
    wrapped = "\n\n".join(textwrap.fill(paragraph, 72) for paragraph in chapter.strip().split("\n\n")) + "\n"
    said = re.search(r"([\d.]+) bits per character, and ([\d.]+) when the same words are wrapped", CARD)
    assert [f"{model.bits_per_char(text):.2f}" for text in (chapter, wrapped)] == list(said.groups())


def test_the_last_pages_score_what_the_card_says(model):
    said = re.search(r"what was held out, the model scores (\d\.\d+)", CARD).group(1)
    assert f"{model.bits_per_char(read_text(PAGES)):.2f}" == said


def test_the_notebook_s_numbers_of_the_card_are_the_card_s():
    code = "\n".join("".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code")
    rows = {name: re.search(rf"\| {name} \| (.+) \|", CARD).group(1) for name in ("all characters", "every sixteenth")}
    assert re.search(r"^card = \[(.+)\]", code, flags=re.MULTILINE).group(1) == rows["all characters"].replace(
        " |", ","
    )
    longer_than_one = rows["every sixteenth"].split(" | ", 2)[2]
    assert f'counted["the novel"] = [{longer_than_one.replace(" |", ",")}]' in code


def test_the_notebook_s_table_of_lengths_is_the_card_s():
    prose = "\n".join("".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "markdown")
    columns = [r"([\d,]+)[^|]*", r"([\d,]+)", *[r"([\d.]+)"] * 2, r"([\d.]+ ± [\d.]+)", r"([\d.]+)", r"(\d+)"]
    row = re.compile(r"^\| " + r" \| ".join(columns) + r" \|$", flags=re.MULTILINE)
    assert row.findall(prose) == row.findall(CARD)
    assert len(row.findall(CARD)) == 5
