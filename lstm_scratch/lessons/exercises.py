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
    """The right function, examples of its arguments, and slips: functions that make a common mistake, by their hints.

    In a hint, {given} and {right} are what the answer and the right function return for the example {arguments}.
    """

    name: str
    right: Callable[..., Any]
    examples: list[tuple]
    # the hint if no slip explains the answer; {wrong} names the parts that are wrong
    advice: str = "Not right yet: {wrong}. Go through each equation once more."
    # the names of what the function returns: one array for each of them
    parts: tuple[str, ...] = ("the result",)
    # if the answer is a number, not a function: what is computed from it and compared, and how far that may be off
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
    count = len(exercise.parts)
    right = to_arrays(exercise.right(*arguments), count)
    given = to_arrays(result, count)
    if right[0].ndim == 0 and not is_one_number(given):
        return f"A number was expected, not {reprlib.repr(result)}."
    if not given:
        expected = "an array of numbers" if count == 1 else "two arrays, " + " and ".join(exercise.parts)
        return f"Return {expected}."
    wrong = differing(exercise, given, right)
    if not wrong:
        return None
    hint = first_hint(exercise, arguments, given, right)
    effect = exercise.effect or np.asarray
    return hint.format(given=effect(given[0]), right=right[0], arguments=arguments, wrong=" and ".join(wrong))


def differing(exercise: Exercise, given: list[np.ndarray], other: list[np.ndarray]) -> list[str]:
    """The names of the parts in which two answers differ, in their shape or in the effect of their numbers."""
    effect = exercise.effect or np.asarray
    names = []
    for part, a, b in zip(exercise.parts, given, other, strict=True):
        if a.shape != b.shape or not np.allclose(effect(a), effect(b), rtol=1e-5, atol=exercise.tolerance):
            names.append(part)
    return names


def first_hint(exercise: Exercise, arguments: tuple, given: list[np.ndarray], right: list[np.ndarray]) -> str:
    """The hint of the slip that explains a wrong answer; if there is none, a hint on order or shapes, or the advice."""
    for hint, slip in exercise.slips.items():
        slipped = to_arrays(slip(*arguments), len(exercise.parts))
        if not differing(exercise, given, slipped):
            return hint
    if not differing(exercise, given, right[::-1]):
        return f"The other way round: first {exercise.parts[0]}, then {exercise.parts[1]}."
    for part, a, b in zip(exercise.parts, given, right, strict=True):
        if a.shape != b.shape:
            return f"{part} should have shape {b.shape}, not {a.shape}."
    return exercise.advice


def is_one_number(given: list[np.ndarray]) -> bool:
    """Whether an answer is a single finite number."""
    return bool(given) and given[0].ndim == 0 and bool(np.isfinite(given[0]))


def to_arrays(result: Any, count: int) -> list[np.ndarray]:
    """The result as `count` arrays of real numbers, a single number without an axis; [] if it is anything else."""
    parts = result if count > 1 else [result]
    try:
        arrays = [np.asarray(part) for part in parts]
    except (TypeError, ValueError):
        # not a sequence, or rows of different lengths
        return []
    if len(arrays) != count or any(array.dtype.kind not in "fiu" for array in arrays):
        return []
    return [array.reshape(()) if array.size == 1 else array for array in arrays]
