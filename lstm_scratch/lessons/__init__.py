"""Exercises that answer with a hint, and five broken cells to find the bug in."""

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

EXERCISES = {exercise.name: exercise for exercise in CELL_EXERCISES + TEXT_EXERCISES}


def check(name: str, answer: object) -> None:
    """Print whether the answer to an exercise is right, or a hint. Raises ValueError for an unknown exercise."""
    if name not in EXERCISES:
        raise ValueError(f"the exercises are {', '.join(EXERCISES)}, not {name!r}")
    hint = find_hint(EXERCISES[name], answer)
    print(f"{name}: not yet. {hint}" if hint else f"{name}: right.")
