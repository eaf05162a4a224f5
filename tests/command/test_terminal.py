"""What the command shows fits its terminal, and no word is broken at the end of a line."""

import io

import pytest

from lstm_scratch import CharLM, Vocabulary, train
from lstm_scratch.command import main
from lstm_scratch.command.terminal import flowing, say, wrapped

LONG_LINE = (
    "  --hidden-size 128 --epochs 120 --batch-size 4 --seq-length 32 --learning-rate 0.006 --dropout 0.6 --patience 15"
)


def test_a_line_is_wrapped_and_no_option_parted_from_its_value():
    lines = wrapped(LONG_LINE, 40).split("\n")
    assert max(map(len, lines)) <= 40 and all(line.startswith("  --") for line in lines)
    assert " ".join(line.strip() for line in lines) == LONG_LINE.strip()


def test_a_refused_option_is_answered_within_the_width(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with pytest.raises(SystemExit):
        main(["train", "book.txt", "--learning-rate", "fast"])
    lines = capsys.readouterr().err.splitlines()
    assert max(map(len, lines)) <= 40 and "--learning-rate: must be" in " ".join(lines)


def test_what_is_no_terminal_is_not_wrapped(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "50")
    say(LONG_LINE)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    say(LONG_LINE)
    first, *others = capsys.readouterr().out.splitlines()
    assert first == LONG_LINE and 2 < len(others) and max(map(len, others)) <= 50


@pytest.mark.parametrize("width", [20, 21, 40, 80])
def test_a_sample_is_broken_between_words(width):
    written = "It was the best of times,\n\tit was  the worst of times\n" * 9
    shown = "".join(flowing(written, width))
    assert max(len(line.expandtabs()) for line in shown.split("\n")) <= width
    assert shown.split() == written.split()
    # lines that fit are left as they are
    assert "".join(flowing(written, 99)) == written


@pytest.mark.parametrize("width", [20, 40])
def test_what_has_no_words_is_shown_as_it_is(width):
    for written in ("a" * 100, "\u4e00" * 100):
        assert "".join(flowing(written, width)).replace("\n", "") == written


def test_a_word_is_shown_as_soon_as_it_is_complete():
    pieces = flowing(iter("to be or"), 40)
    assert [next(pieces), next(pieces)] == ["to ", "be "]


def test_the_line_of_progress_fits_80_columns(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stderr", screen)
    model = CharLM(Vocabulary("ab"), 4)
    train(
        model, "ab" * 200, "abab", epochs=120, batch_size=2, seq_length=50, learning_rate=0.01, final_learning_rate=1e-5
    )
    lines = [line for line in screen.getvalue().replace("\r", "\n").split("\n") if line]
    assert max(map(len, lines)) <= 80
    assert lines[-1].startswith("epoch 120/120 |##") and "| held out " in lines[-1]
