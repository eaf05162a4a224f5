"""The exercises of both notebooks: `check(name, answer)` says "right", or gives a hint.

Everything is computed here and now, offline. The checks themselves are in `cell_exercises` and `text_exercises`.
"""

from lstm_scratch.checks import check_choice
from lstm_scratch.lessons.cell_exercises import CELL_FUNCTIONS, NUMBERS
from lstm_scratch.lessons.hints import EMPTY, as_number, not_a_number
from lstm_scratch.lessons.text_exercises import TEXT_FUNCTIONS

FUNCTIONS = CELL_FUNCTIONS | TEXT_FUNCTIONS
CHECKS = NUMBERS | FUNCTIONS


def check(name: str, answer: object) -> None:
    """Print whether the answer to an exercise is right, or a hint. Raises ValueError for an unknown exercise."""
    check_choice("the exercises are", name, CHECKS)
    number = as_number(answer)
    if answer is None:
        hint = EMPTY
    elif name in NUMBERS and number is None:
        hint = not_a_number(answer)
    elif name in NUMBERS:
        hint = NUMBERS[name](number)
    elif callable(answer):
        hint = FUNCTIONS[name](answer)
    else:
        hint = "Hand over the function itself, without calling it."
    print(f"{name}: right." if hint is None else f"{name}: not yet. {hint}")
