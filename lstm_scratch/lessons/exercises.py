"""What an exercise is, and which hint an answer gets."""

import copy
import reprlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

EMPTY = "The stub is still empty."


@dataclass
class Exercise:
    """The right function, examples of its arguments, and slips: functions that make a usual mistake, by their hints.

    In a hint, {given} and {right} are what the answer and the right function return for the example {arguments}.
    """

    name: str
    right: Callable[..., Any]
    examples: list[tuple]
    # the hint where no slip explains the answer; {wrong} names what is off
    advice: str = "Not right yet: {wrong}. Go through each equation once more."
    # what the function returns: an array for each of these
    parts: tuple[str, ...] = ("the result",)
    # where the answer is a number, not a function: what the number does, and how exact that has to be
    effect: Callable[[Any], Any] | None = None
    tolerance: float = 1e-7
    slips: dict[str, Callable[..., Any]] = field(default_factory=dict)


def find_hint(exercise: Exercise, answer: Any) -> str | None:
    """The hint for an answer, or None if it is right in every example."""
    if answer is None:
        return EMPTY
    if not (callable(answer) or exercise.effect):
        return "Hand over the function itself, without calling it."
    for arguments in exercise.examples:
        # copies, because the answer may change the arrays that it is given
        result = answer(*copy.deepcopy(arguments)) if callable(answer) else answer
        hint = EMPTY if result is None else compare(exercise, arguments, result)
        if hint:
            return hint
    return None


def compare(exercise: Exercise, arguments: tuple, result: Any) -> str | None:
    """The hint for what an answer returned in one example, or None if it is right."""
    parts, effect, atol = exercise.parts, exercise.effect or np.asarray, exercise.tolerance
    right, given = to_arrays(exercise.right(*arguments), len(parts)), to_arrays(result, len(parts))
    if right[0].ndim == 0 and not (given and given[0].ndim == 0 and np.isfinite(given[0])):
        return f"A number was expected, not {reprlib.repr(result)}."
    if not given:
        return f"Return {'an array of numbers' if len(parts) == 1 else 'two arrays, ' + ' and '.join(parts)}."

    def differing(other: list[np.ndarray]) -> list[str]:
        pairs = zip(parts, given, other)
        return [part for part, a, b in pairs if a.shape != b.shape or not np.allclose(effect(a), effect(b), 1e-5, atol)]

    wrong = differing(right)
    if not wrong:
        return None
    hints = [hint for hint, slip in exercise.slips.items() if not differing(to_arrays(slip(*arguments), len(parts)))]
    if not differing(right[::-1]):
        hints.append(f"The other way round: first {parts[0]}, then {parts[1]}.")
    for part, a, b in zip(parts, given, right):
        if a.shape != b.shape:
            hints.append(f"{part} should have shape {b.shape}, not {a.shape}.")
    hint = [*hints, exercise.advice][0]
    return hint.format(given=effect(given[0]), right=right[0], arguments=arguments, wrong=" and ".join(wrong))


def to_arrays(result: Any, count: int) -> list[np.ndarray]:
    """The result as `count` arrays of real numbers, a single number without an axis; empty if it is something else."""
    try:
        arrays = [np.asarray(part) for part in (result if count > 1 else [result])]
    except (TypeError, ValueError):
        # not a sequence, or rows of different lengths
        return []
    real = len(arrays) == count and all(array.dtype.kind in "fiu" for array in arrays)
    return [array.reshape(()) if array.size == 1 else array for array in arrays] if real else []
