"""Exercises that check an answer and give a hint, five broken cells to hunt in, and the check of a reader's LSTM."""

from collections.abc import Callable
from typing import Any

from lstm_scratch.lessons.bug_hunt import (
    broken_cell,
    check_backward,
    compare_forward,
    look_inside,
    name_the_bugs,
    print_suspects,
    reveal,
    with_line,
)
from lstm_scratch.lessons.cell_exercises import CELL_EXERCISES
from lstm_scratch.lessons.example import example_cell, next_number, three_cells
from lstm_scratch.lessons.exercises import find_hint, is_empty
from lstm_scratch.lessons.loops import LOOPS
from lstm_scratch.lessons.numeric_turns import NUMERIC_TURNS
from lstm_scratch.lessons.readers_lstm import write_template
from lstm_scratch.lessons.series_exercises import SERIES_EXERCISES
from lstm_scratch.lessons.text_exercises import TEXT_EXERCISES
from lstm_scratch.lessons.text_turns import TEXT_TURNS
from lstm_scratch.lessons.your_lstm import Verdict, check_lstm, verdict_on_file

__all__ = [
    "EXERCISES",
    "Verdict",
    "broken_cell",
    "check",
    "check_backward",
    "check_lstm",
    "compare_forward",
    "example_cell",
    "look_inside",
    "name_the_bugs",
    "next_number",
    "print_suspects",
    "reveal",
    "three_cells",
    "verdict_on_file",
    "with_line",
    "write_template",
    "yours_or_ours",
]

ALL = CELL_EXERCISES + NUMERIC_TURNS + LOOPS + TEXT_EXERCISES + TEXT_TURNS + SERIES_EXERCISES
EXERCISES = {exercise.name: exercise for exercise in ALL}


def check(name: str, answer: object, **own: Any) -> None:
    """Print that an answer is right and why, a hint if it is not, or an invitation if there is none yet.

    own are the numbers on which the right answer depends, by name, as the reader has them now. Raises ValueError for
    an unknown exercise, and TypeError for other names than its function takes.
    """
    if name not in EXERCISES:
        raise ValueError(f"there is no exercise {name!r}; the exercises are {', '.join(EXERCISES)}")
    exercise = EXERCISES[name]
    try:
        hint = find_hint(exercise, answer, own or None)
    except Exception as error:
        # what the reader's own function raises is a hint, too, and does not stop the notebook
        if not callable(answer):
            raise
        hint = f"Your function stops with {type(error).__name__}: {error}"
    if hint is None:
        print(f"{name}: right. {exercise.why}".rstrip())
    elif is_empty(hint):
        print(f"{name}: your turn. {hint}")
    else:
        print(f"{name}: not yet. {hint}")


def yours_or_ours(name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
    """The reader's function where it is right, and ours where it is not yet, so that a notebook can go on."""
    exercise = EXERCISES[name]
    try:
        return exercise.right if find_hint(exercise, answer) else answer
    except Exception:
        # the check above has shown what the reader's unfinished function raises
        return exercise.right
