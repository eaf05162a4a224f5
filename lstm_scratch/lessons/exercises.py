"""What an exercise is, and which hint an answer gets."""

import copy
import reprlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# the arguments of one example, in their order or by their names
Arguments = tuple | dict[str, Any]
EMPTY = "Put your answer in place of None, and run the cell again."
STILL = "Still empty:"


@dataclass
class Exercise:
    """The right function, examples of its arguments, and slips: functions that make a common mistake, by their hints.

    In a hint, {given} and {right} are what the answer and the right function return for the example {arguments}. An
    example has the arguments in their order or, where the reader's own numbers take its place, by their names.
    """

    name: str
    right: Callable[..., Any]
    examples: list[tuple] = field(default_factory=list)
    # the hint if no slip explains the answer; {wrong} names the parts that are wrong
    advice: str = "Not right yet: {wrong}. Go through each equation once more."
    # the names of what the function returns: one array for each of them
    parts: tuple[str, ...] = ("the result",)
    # whether the answer is a function; otherwise it is a number, or a tuple with a number or a shape for each part
    is_function: bool = True
    # what is computed from an answer and compared, and how far that may be off, absolutely and as a share of it
    effect: Callable[[Any], Any] = np.asarray
    tolerance: float = 1e-7
    share: float = 1e-5
    slips: dict[str, Callable[..., Any]] = field(default_factory=dict)
    # where more than one answer is right: the hint for an answer, or None, in place of all that is above
    judge: Callable[..., str | None] | None = None
    # what a right answer is told: why it is right
    why: str = ""


def call(function: Callable[..., Any], arguments: Arguments) -> Any:
    """What a function returns for the arguments of one example."""
    return function(**arguments) if isinstance(arguments, dict) else function(*arguments)


def find_hint(exercise: Exercise, answer: Any, own: dict[str, Any] | None = None) -> str | None:
    """The hint for an answer, or None if it is right in every example.

    own are the reader's numbers, by name. They take the place of the examples, because the reader may have changed
    them.
    """
    missing = empty_parts(exercise, answer)
    if missing:
        return missing
    if exercise.judge:
        return exercise.judge(answer, **(own or {}))
    if exercise.is_function and not callable(answer):
        return "Hand over the function itself, without calling it."
    examples: list[Any] = exercise.examples if own is None else [own]
    for arguments in examples:
        # copies, because the answer may change the arrays that it is given
        result = call(answer, copy.deepcopy(arguments)) if callable(answer) else answer
        hint = EMPTY if result is None else compare(exercise, arguments, result)
        if hint:
            return hint
    return None


def empty_parts(exercise: Exercise, answer: Any) -> str | None:
    """The invitation to answer, if there is no answer yet or a part of it is missing; otherwise None."""
    if answer is None:
        return EMPTY
    if not isinstance(answer, tuple) or all(part is not None for part in answer):
        return None
    if all(part is None for part in answer):
        return EMPTY
    missing = [name for name, part in zip(exercise.parts, answer, strict=False) if part is None]
    return f"{STILL} {' and '.join(missing)}."


def is_empty(hint: str) -> bool:
    """Whether a hint is the invitation to answer."""
    return hint == EMPTY or hint.startswith(STILL)


def compare(exercise: Exercise, arguments: Arguments, result: Any) -> str | None:
    """The hint for what an answer returned in one example, or None if it is right."""
    count = len(exercise.parts)
    right = to_arrays(call(exercise.right, arguments), count)
    given = to_arrays(result, count)
    if right[0].ndim == 0 and not are_numbers(given):
        expected = "A number was expected" if count == 1 else f"{count} numbers were expected"
        return f"{expected}, not {reprlib.repr(result)}."
    if not given:
        return expectation(exercise)
    wrong = differing(exercise, given, right)
    if not wrong:
        return None
    hint = first_hint(exercise, arguments, given, right)
    shown = exercise.effect(given[0])
    return hint.format(given=shown, right=right[0], arguments=arguments, wrong=" and ".join(wrong))


def expectation(exercise: Exercise) -> str:
    """What an answer is asked to be that is no array of numbers."""
    if len(exercise.parts) == 1:
        return "Return an array of numbers." if exercise.is_function else "An array of numbers was expected."
    parts = " and ".join(exercise.parts)
    return f"Return two arrays, {parts}." if exercise.is_function else f"Numbers were expected: {parts}."


def differing(exercise: Exercise, given: list[np.ndarray], other: list[np.ndarray]) -> list[str]:
    """The names of the parts in which two answers differ, in their shape or in the effect of their numbers."""
    effect = exercise.effect
    names = []
    for part, a, b in zip(exercise.parts, given, other, strict=True):
        if a.shape != b.shape or not np.allclose(effect(a), effect(b), rtol=exercise.share, atol=exercise.tolerance):
            names.append(part)
    return names


def first_hint(exercise: Exercise, arguments: Arguments, given: list[np.ndarray], right: list[np.ndarray]) -> str:
    """The hint of the slip that explains a wrong answer; if there is none, a hint on order or shapes, or the advice."""
    for hint, slip in exercise.slips.items():
        slipped = to_arrays(call(slip, arguments), len(exercise.parts))
        if not differing(exercise, given, slipped):
            return hint
    if not differing(exercise, given, right[::-1]):
        return f"The other way round: first {exercise.parts[0]}, then {exercise.parts[1]}."
    for part, a, b in zip(exercise.parts, given, right, strict=True):
        if a.shape != b.shape:
            return f"{part} should have shape {b.shape}, not {a.shape}."
    return exercise.advice


def are_numbers(given: list[np.ndarray]) -> bool:
    """Whether each part of an answer is a single finite number."""
    return bool(given) and all(part.ndim == 0 and bool(np.isfinite(part)) for part in given)


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
