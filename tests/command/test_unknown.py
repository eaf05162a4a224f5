"""Characters that a model does not know: named or left out; and what the model reads first and writes."""

import re
import time

import pytest
from running import SMALL, TEXT, kill, refused, run, start

from lstm_scratch import CharLM, Vocabulary

# é twice, ü once: the text that is scored is then TEXT itself
STRANGE = TEXT[:100] + "\u00e9\u00fc" + TEXT[100:] + "\u00e9"
NAMED = "strange.txt has 3 characters (2 x '\u00e9' U+00E9, 1 x '\u00fc' U+00FC) that the model does not know: "


@pytest.fixture
def folder(finished, tmp_path):
    """A model of TEXT, and a text with more characters than TEXT."""
    (tmp_path / "model.npz").write_bytes((finished[0] / "model.npz").read_bytes())
    (tmp_path / "strange.txt").write_text(STRANGE, encoding="utf-8")
    return tmp_path


def test_score_names_the_file_how_many_characters_and_which(folder):
    assert refused(folder, "score", "model.npz", "strange.txt") == NAMED + "--unknown skip leaves them out\n"


def test_score_passes_over_them_and_says_how_many(folder):
    (folder / "plain.txt").write_text(TEXT, encoding="utf-8")
    out, _ = run(folder, "score", "model.npz", "strange.txt", "--unknown", "skip")
    plain, _ = run(folder, "score", "model.npz", "plain.txt", "--unknown", "skip")
    skipped = "strange.txt: left out 3 characters (2 x '\u00e9' U+00E9, 1 x '\u00fc' U+00FC) that the model"
    assert skipped in out and "left out" not in plain
    assert out.splitlines()[-1] == plain.splitlines()[-1]


def test_of_many_kinds_five_are_named_and_the_others_counted(folder):
    (folder / "strange.txt").write_text("ABBCCCDDDDEEEEEFFFFFF1234", encoding="utf-8")
    errors = refused(folder, "score", "model.npz", "strange.txt")
    assert "has 25 characters (6 x 'F' U+0046, 5 x 'E' U+0045, 4 x 'D' U+0044, 3 x 'C'" in errors
    assert "2 x 'B' U+0042, and 5 others)" in errors


def test_a_text_of_which_nothing_is_left_is_named(folder):
    (folder / "strange.txt").write_text("\u00e9" * 40 + "a", encoding="utf-8")
    _, errors = run(folder, "score", "model.npz", "strange.txt", "--unknown", "skip", status=1)
    assert errors == "strange.txt has 1 character, which is too few to be scored: at least 2 are needed\n"


START = ["train", "strange.txt", "--start", "model.npz", "--model", "more.npz", *SMALL[2:]]


def test_start_names_the_file_how_many_characters_and_which(folder):
    assert refused(folder, *START) == NAMED + "--unknown skip leaves them out\n"


def test_start_passes_over_them_and_is_resumed_as_it_began(folder):
    out, _ = run(folder, *START, "--unknown", "skip", "--epochs", 2)
    assert "if all 12 characters are equally likely" in out
    parts = re.search(
        r"(\d+) characters to learn from, (\d+) in held-out pieces .* the last (\d+) to score", out
    ).groups()
    assert sum(map(int, parts)) == 576 and "left out 3 characters" in out
    out, _ = run(folder, "train", "strange.txt", "--model", "more.npz", "--resume", "--epochs", 3, "--sample", 0)
    assert "continuing after epoch 2 of 3" in out
    errors = refused(folder, "train", "strange.txt", "--model", "more.npz", "--resume", "--unknown", "refuse")
    assert "--unknown refuse does not agree with the run of more.checkpoint.npz, which has --unknown skip" in errors


def test_unknown_characters_need_a_model_that_does_not_know_them(folder):
    options = ["--model", "new.npz", "--unknown", "skip"]
    assert "--unknown skip only works with a saved model" in refused(folder, "train", "strange.txt", *options)


@pytest.mark.parametrize(("characters", "first"), [("\n ab", "\n"), (" ab", " "), ("abc", "a"), ("\u4e00", "\u4e00")])
def test_without_a_prompt_a_sample_begins_with_a_character_that_the_model_knows(tmp_path, characters, first):
    CharLM(Vocabulary(characters), 2).save(tmp_path / "m.npz")
    out, _ = run(tmp_path, "sample", "m.npz", "--length", 0)
    assert out == first + "\n"


@pytest.mark.parametrize(
    ("typed", "read"),
    [(r"a\nb\t", "a\nb\t"), (r"a\\nb", "a\\nb"), (r"\a\b", r"\a\b"), ("a\\", "a\\")],
)
def test_escapes_in_a_prompt(tmp_path, typed, read):
    CharLM(Vocabulary("\t\n\\abn"), 2).save(tmp_path / "m.npz")
    assert run(tmp_path, "sample", "m.npz", "--prompt", typed, "--length", 0)[0] == read + "\n"


def test_an_unknown_character_of_the_prompt_is_named_with_the_option(folder):
    errors = refused(folder, "sample", "model.npz", "--prompt", "the \u00e9")
    assert errors.startswith("--prompt has 1 character (1 x '\u00e9' U+00E9) that the model does not know")


def test_a_straight_quotation_mark_in_a_prompt_is_answered_with_the_curved_ones(tmp_path):
    CharLM(Vocabulary(" eht\u201c\u201d"), 2).save(tmp_path / "m.npz")
    errors = refused(tmp_path, "sample", "m.npz", "--prompt", '"the')
    assert errors.endswith("does not know: this model knows '\u201c' (U+201C) and '\u201d' (U+201D)\n")


def test_a_sample_is_written_as_it_goes_and_is_that_of_the_package(folder):
    model = CharLM.load(folder / "model.npz")
    expected = model.sample("the ", 300, temperature=0.7, rng=5)
    out, _ = run(folder, "sample", "model.npz", "--prompt", "the ", "--length", 300, "--seed", 5)
    assert out == f"the {expected}\n"
    # one that takes for ever has written at once
    process = start(folder, "sample", "model.npz", "--prompt", "the ", "--length", 10**12, "--seed", 5)
    began = time.monotonic()
    assert process.stdout.read(304) == "the " + expected
    assert process.poll() is None and time.monotonic() - began < 60
    kill(process)
