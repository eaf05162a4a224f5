"""Exercises that check an answer and give a hint, and five broken cells, each with a bug to find."""

from lstm_scratch.lessons.bug_hunt import (
    broken_cell,
    check_backward,
    compare_forward,
    look_inside,
    name_the_bugs,
    print_suspects,
    reveal,
)
from lstm_scratch.lessons.cell_exercises import CELL_EXERCISES
from lstm_scratch.lessons.example import example_cell, next_number
from lstm_scratch.lessons.exercises import find_hint
from lstm_scratch.lessons.series_exercises import SERIES_EXERCISES
from lstm_scratch.lessons.text_exercises import TEXT_EXERCISES

__all__ = [
    "EXERCISES",
    "broken_cell",
    "check",
    "check_backward",
    "compare_forward",
    "example_cell",
    "look_inside",
    "name_the_bugs",
    "next_number",
    "print_suspects",
    "reveal",
]

EXERCISES = {exercise.name: exercise for exercise in CELL_EXERCISES + TEXT_EXERCISES + SERIES_EXERCISES}


def check(name: str, answer: object) -> None:
    """Print that an answer is right, or a hint if it is not. Raises ValueError for an unknown exercise."""
    if name not in EXERCISES:
        raise ValueError(f"there is no exercise {name!r}; the exercises are {', '.join(EXERCISES)}")
    hint = find_hint(EXERCISES[name], answer)
    print(f"{name}: not yet. {hint}" if hint else f"{name}: right.")
