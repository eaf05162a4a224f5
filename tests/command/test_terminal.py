"""What the command shows fits a terminal of 80 columns."""

import io

import pytest

from lstm_scratch import CharLM, Vocabulary, train
from lstm_scratch.command.terminal import curve, say, wrapped

LONG_LINE = (
    "  --hidden-size 128 --epochs 120 --batch-size 4 --seq-length 32 --learning-rate 0.006 --dropout 0.6 --patience 15"
)


def test_a_line_is_wrapped_and_no_option_parted_from_its_value():
    lines = wrapped(LONG_LINE, 40).split("\n")
    assert max(map(len, lines)) <= 40 and all(line.startswith("  --") for line in lines)
    assert " ".join(line.strip() for line in lines) == LONG_LINE.strip()


def test_what_is_no_terminal_is_not_wrapped(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "50")
    say(LONG_LINE)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    say(LONG_LINE)
    first, *others = capsys.readouterr().out.splitlines()
    assert first == LONG_LINE and 2 < len(others) and max(map(len, others)) <= 50


@pytest.mark.parametrize("epochs", [2, 59, 60, 61, 500])
def test_the_curve_fits_and_has_a_star_in_each_column(epochs):
    scores = [2 + 3 / epoch for epoch in range(1, epochs + 1)]
    *rows, _, axis = curve(scores, counting=2.5).split("\n")
    assert max(map(len, rows)) <= 78 and axis.endswith(str(epochs))
    assert sum(row.count("*") for row in rows) == min(56, epochs)
    assert [row.endswith(" counting 2.50") for row in rows].count(True) == 1


def test_heights_of_the_curve_are_those_of_the_scores():
    top, *_, bottom, _, _ = curve([5.0, 3.0, 1.5], counting=3.0).split("\n")
    assert top == "  5.00 |*  " and bottom == "  1.50 |  *"


def test_scores_that_are_all_the_same_are_drawn():
    assert "  0.00 |** " in curve([0.0, 0.0], counting=0.0)


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
