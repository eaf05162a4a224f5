"""Is the model ahead of counting, or is that too close to call?

Counting means the strongest counter that we know: n-grams with the smoothing of Kneser and Ney.
"""

import math
from typing import NamedTuple

import numpy as np

from lstm_scratch.study.comparison import ERRORS_THAT_TELL, Difference, lead

# with fewer scored characters than this, nothing is said about who is ahead
FEWEST_SCORED = 300
# whoever needs fewer bits per character than this makes hardly any mistake
HARDLY_ANY = 0.02


class Scores(NamedTuple):
    """-log₂ p of each character of a text, by the model and by counting, in bits, (N,) each."""

    bits: np.ndarray
    counting: np.ndarray


class Verdict(NamedTuple):
    """How the model compares with counting: 1 ahead, 0 too close to call, -1 behind, None unknown; and in words."""

    standing: int | None
    words: str


def verdict(last_part: Scores, pieces: Scores, symbols: int) -> Verdict:
    """Say who is ahead on the last part, and whether the held-out pieces say otherwise.

    The vocabulary has V = `symbols` characters. A model is ahead only if it beats counting and also log₂ V, which is
    the score of guessing, with all characters equally likely.
    """
    N = len(last_part.bits)
    if symbols == 1:
        return Verdict(None, "No verdict: the text has a single character, so there is nothing to predict.")
    if N < FEWEST_SCORED:
        too_few = f"{N} scored characters are too few to say who is ahead, which takes {FEWEST_SCORED}"
        remedy = "A longer text, or a new run with a larger --held-out, gives more"
        return Verdict(None, f"No verdict: {too_few}. {remedy}.")
    if max(last_part.bits.mean(), last_part.counting.mean()) < HARDLY_ANY:
        return Verdict(0, "Well done: the model and Kneser-Ney counting both make hardly a mistake in this text.")
    judged = compared(last_part, symbols)
    return Verdict(judged.standing, f"{judged.words}{disagreement(last_part, pieces)}")


def compared(scores: Scores, symbols: int) -> Verdict:
    """Who is ahead on the text of these scores."""
    over_counting = lead(scores.bits, scores.counting)
    over_guessing = lead(scores.bits, np.log2(symbols))
    if over_guessing.sign < 0:
        return Verdict(-1, f"The model is behind even guessing (log2 {symbols}), {by(over_guessing)}.")
    if over_guessing.sign == 0 and over_counting.sign == 1:
        unclear = f"it is not clearly better than guessing (log2 {symbols})"
        return Verdict(0, f"Too close to call: the model is better than Kneser-Ney counting, but {unclear}.")
    if over_counting.sign == 0:
        favoured = "the model" if over_counting.mean > 0 else "counting"
        size = f"{abs(over_counting.mean):.3f} bits per character in favour of {favoured}"
        error = f"has a standard error of {over_counting.error:.3f}"
        return Verdict(0, f"Too close to call: the difference from Kneser-Ney counting, {size}, {error}.")
    side = "ahead of" if over_counting.sign == 1 else "behind"
    return Verdict(over_counting.sign, f"The model is {side} Kneser-Ney counting, {by(over_counting)}.")


def disagreement(last_part: Scores, pieces: Scores) -> str:
    """What to know if the pieces favour another side than the last part, clearly so; empty if they do not."""
    if len(pieces.bits) < FEWEST_SCORED:
        return ""
    at_the_end = lead(*last_part)
    elsewhere = lead(*pieces)
    error = math.hypot(at_the_end.error, elsewhere.error)
    apart = abs(at_the_end.mean - elsewhere.mean) > ERRORS_THAT_TELL * error
    if not apart or at_the_end.mean * elsewhere.mean > 0:
        return ""
    side = "ahead" if elsewhere.mean > 0 else "behind"
    return (
        f" But on the held-out pieces, which come from all over the text, it is {side}, {by(elsewhere)}: the end of "
        "this text is unlike the rest, and the verdict is about the end."
    )


def by(difference: Difference) -> str:
    """The size of a difference, and its error."""
    return f"by {abs(difference.mean):.3f} bits per character (standard error {difference.error:.3f})"
