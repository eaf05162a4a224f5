"""The turns of the text notebook: what a reader computes or guesses before the notebook shows it.

Each function takes the notebook's numbers as the reader has them now, so that another text changes the answer.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lstm_scratch.lessons.exercises import Exercise

# what a pocket calculator and three digits allow
ROUNDED: dict[str, Any] = {"is_function": False, "tolerance": 2e-3, "share": 2e-3}


def discounted(times: Mapping[str, int], char: str, D: Sequence[float], shorter: float) -> float:
    """p(char): what is left of its count, and its share of all that was taken off, divided by the sum of the counts.

    times is {character: how often it came}, D[k] what is taken off a count of k, and shorter the probability of the
    character after the shorter context.
    """
    return (left_of(times, char, D) + taken_off(times, D) * shorter) / sum(times.values())


def left_of(times: Mapping[str, int], char: str, D: Sequence[float]) -> float:
    """What is left of one character's count."""
    return times[char] - D[min(times[char], 3)]


def taken_off(times: Mapping[str, int], D: Sequence[float]) -> float:
    """What is taken off all counts together."""
    return float(sum(D[min(count, 3)] for count in times.values()))


after_far = Exercise("discounting", discounted, **ROUNDED)
after_far.advice = "It gives {given:.3f}. (what is left of its count + all that was taken off · shorter) / all counts."
after_far.slips = {
    "That is bare counting: nothing has been taken off.": lambda times, char, D, shorter: (
        times[char] / sum(times.values())
    ),
    "What was taken off is gone, and the character's own share of it is missing.": lambda times, char, D, shorter: (
        left_of(times, char, D) / sum(times.values())
    ),
    "You handed on what was taken off this count alone. Something was taken off the others, too.": (
        lambda times, char, D, shorter: (
            (left_of(times, char, D) + D[min(times[char], 3)] * shorter) / sum(times.values())
        )
    ),
    "It doesn't get all that was taken off, only the part that the shorter context gives it.": (
        lambda times, char, D, shorter: (left_of(times, char, D) + taken_off(times, D)) / sum(times.values())
    ),
    "A probability: divide by how often the context came.": lambda times, char, D, shorter: (
        left_of(times, char, D) + taken_off(times, D) * shorter
    ),
    "Divide by how often the context came, and not by how many kinds came after it.": lambda times, char, D, shorter: (
        (left_of(times, char, D) + taken_off(times, D) * shorter) / len(times)
    ),
}
after_far.why = "What a count loses isn't lost: the shorter context decides who gets it."


def judge_n(answer: object, scores: Sequence[float]) -> str | None:
    """The hint for a guess at which n-gram, from 0 on, has the lowest score."""
    if isinstance(answer, bool) or not isinstance(answer, int | np.integer) or not 0 <= answer < len(scores):
        return f"A whole number from 0 to {len(scores) - 1} was expected, not {answer!r}."
    best = int(np.argmin(scores))
    behind = scores[int(answer)] - scores[best]
    if behind < 0.005:
        return None
    which = f"the best is the {best}-gram, {behind:.2f} bits ahead of your {answer}-gram."
    if answer < best:
        return f"Longer: {which} A long context does no harm, because it only speaks where it has something to say."
    return f"Shorter: {which}"


best_n = Exercise("which n wins", lambda: None, is_function=False, judge=judge_n)
best_n.why = "Nothing separates it from the best that two digits could show."

untrained_loss = Exercise("untrained loss", lambda V: math.log(V), is_function=False, tolerance=0.02, share=0.0)
untrained_loss.advice = "It gives {given:.2f}. Each of V characters gets 1/V. What is -ln of that?"
untrained_loss.slips = {
    "That is in bits. The loss takes the natural logarithm.": lambda V: math.log2(V),
    "The sign: -ln of a number below 1 is positive.": lambda V: -math.log(V),
    "That is the probability itself. The loss is its -ln.": lambda V: 1 / V,
    "A loss of 0 is for one who is always right, and always sure.": lambda V: 0.0,
    "That is the perplexity. Its logarithm is asked for.": lambda V: V,
}
untrained_loss.why = "Whoever knows nothing spreads 1/V, and -ln(1/V) = ln V."

two_cells = Exercise(
    "two cells", lambda keeper, forgetter, steps: (keeper**steps + forgetter**steps) / 2, is_function=False
)
two_cells.tolerance = 5e-3
two_cells.advice = "It gives {given:.3f}. What is left in the one cell, what in the other? Then their mean."
two_cells.slips = {
    "First the power, then the mean: the cell that keeps doesn't care about the other.": (
        lambda keeper, forgetter, steps: ((keeper + forgetter) / 2) ** steps
    ),
    "That is the mean of the gates, after one step.": lambda keeper, forgetter, steps: (keeper + forgetter) / 2,
    "That is their sum. The mean is asked for.": lambda keeper, forgetter, steps: keeper**steps + forgetter**steps,
}
two_cells.why = "A mean of powers is no power of a mean: one good keeper is enough."


def judge_word(answer: object, right: str, hints: Mapping[str, str]) -> str | None:
    """The hint for a guess at one of a few words; hints is {a wrong word: why it is wrong}."""
    words = sorted({right, *hints})
    if not isinstance(answer, str) or answer.strip().lower() not in words:
        return f"One of {', '.join(repr(word) for word in words)} was expected, not {answer!r}."
    given = answer.strip().lower()
    return None if given == right else hints[given]


def judge_winner(answer: object, lstm: float, counting: float) -> str | None:
    """The hint for a guess at which of two scores is lower."""
    right, wrong = ("lstm", "counting") if lstm < counting else ("counting", "lstm")
    scores = f"the LSTM has {lstm:.2f} bits, and counting {counting:.2f}"
    return judge_word(answer, right, {wrong: f"It's the other one: {scores}. The next figure shows them all."})


winner = Exercise("who wins", lambda: None, is_function=False, judge=judge_winner)
winner.why = "Now for how much, and for how sure."


def judge_average(answer: object, one: float, other: float, both: float) -> str | None:
    """The hint for a guess at where the average of two models lies: "between", "better" or "worse"."""
    low, high = sorted((one, other))
    right = "better" if both < low else "worse" if both > high else "between"
    measured = f"they have {one:.2f} and {other:.2f} bits, and their average has {both:.2f}."
    reasons = {
        "between": f"Not between: {measured} It's the probabilities that are averaged, not the scores.",
        "better": f"Not better: {measured}",
        "worse": f"Not worse: {measured} Where one of them is badly surprised, the other one helps.",
    }
    return judge_word(answer, right, {word: hint for word, hint in reasons.items() if word != right})


average = Exercise("the average", lambda: None, is_function=False, judge=judge_average)
average.why = "They are surprised by different characters."


def sharpened(p: float, tau: float) -> float:
    """The probability of the first of two characters at a temperature, if it is p at temperature 1."""
    return p ** (1 / tau) / (p ** (1 / tau) + (1 - p) ** (1 / tau))


half_as_warm = Exercise("0.8 and 0.2", sharpened, **ROUNDED)
half_as_warm.advice = "It gives {given:.3f}. Raise both to the power 1/τ, and divide by their sum."
half_as_warm.slips = {
    "That is the power. The two powers must add up to 1: divide by their sum.": lambda p, tau: p ** (1 / tau),
    "At a temperature below 1 the likelier one gains: the power is 1/τ, not τ.": lambda p, tau: sharpened(p, 1 / tau),
    "That is at temperature 1.": lambda p, tau: p,
    "That is the other character.": lambda p, tau: 1 - sharpened(p, tau),
    "That is how many times as likely it is. And as a probability?": lambda p, tau: (p / (1 - p)) ** (1 / tau),
    "A probability can't exceed 1: not the probabilities are divided, but the logits.": lambda p, tau: p / tau,
}
half_as_warm.why = "Four times as likely becomes sixteen times, because powers square the ratio."


def judge_gate(answer: object, at_marks: Mapping[str, float], elsewhere: Mapping[str, float]) -> str | None:
    """The hint for a guess at the gate, i, f or o, that shuts after a mark; the two are {gate: its mean there}."""
    if answer not in at_marks:
        return f"One of the gates was expected, {', '.join(repr(gate) for gate in at_marks)}, not {answer!r}."
    falls = {gate: elsewhere[gate] - at_marks[gate] for gate in at_marks}
    right = max(falls, key=lambda gate: falls[gate])
    if answer == right:
        return None
    now = f"{elsewhere[str(answer)]:.2f} elsewhere and {at_marks[str(answer)]:.2f} after a mark"
    return f"Its {answer} is {now}. Which gate must shut for the old content to go?"


shut_gate = Exercise("which gate shuts", lambda: None, is_function=False, judge=judge_gate)
shut_gate.why = "To turn round, a cell must first let go of what it holds."


def judge_correlation(answer: object, right: float) -> str | None:
    """The hint for a guess at a correlation."""
    try:
        guess = float(answer)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        guess = math.nan
    if not -1 <= guess <= 1:
        return f"A correlation was expected, from -1 to 1, not {answer!r}."
    if abs(guess - right) <= 0.1:
        return None
    if guess < right:
        return f"More: it is {right:.2f}. What has just been read leaves its mark, even in random weights."
    return f"Less: it is {right:.2f}."


comma_row = Exercise("a random network", lambda: None, is_function=False, judge=judge_correlation)
comma_row.why = "Within 0.1, and few people believe that beforehand."

TEXT_TURNS = [
    after_far,
    best_n,
    untrained_loss,
    two_cells,
    winner,
    average,
    half_as_warm,
    shut_gate,
    comma_row,
]
