"""Is the model ahead of counting, or is that too close to call?"""

from typing import NamedTuple

import numpy as np

from lstm_scratch.study.comparison import Difference, lead

# with fewer scored characters than this, nothing is said about who is ahead
FEWEST_SCORED = 300


class Verdict(NamedTuple):
    """How the model compares with counting: 1 ahead, 0 too close to call, -1 behind, None unknown; and in words."""

    standing: int | None
    words: str


def verdict(bits: np.ndarray, counting_bits: np.ndarray, symbols: int) -> Verdict:
    """Say who is ahead. Both arrays hold -log₂ p of the same characters, in bits: by the model, and by counting.

    The vocabulary has V = `symbols` characters. A model is ahead only if it beats counting and also log₂ V, which is
    the score of guessing, with all characters equally likely.
    """
    if len(bits) < FEWEST_SCORED:
        too_few = f"{len(bits)} scored characters are too few to say who is ahead, which takes {FEWEST_SCORED}"
        remedy = "A longer text, or a new run with a larger --held-out, gives more"
        return Verdict(None, f"No verdict: {too_few}. {remedy}.")
    over_counting = lead(bits, counting_bits)
    over_guessing = lead(bits, np.log2(symbols))
    if over_guessing.sign < 0:
        return Verdict(-1, f"The model is behind even guessing (log2 {symbols}), {by(over_guessing)}.")
    if over_guessing.sign == 0 and over_counting.sign == 1:
        unclear = f"it is not clearly better than guessing (log2 {symbols})"
        return Verdict(0, f"Too close to call: the model is better than counting, but {unclear}.")
    if over_counting.sign == 0:
        favoured = "the model" if over_counting.mean > 0 else "counting"
        size = f"{abs(over_counting.mean):.3f} bits per character in favour of {favoured}"
        error = f"has a standard error of {over_counting.error:.3f}"
        return Verdict(0, f"Too close to call: the difference from counting, {size}, {error}.")
    side = "ahead of" if over_counting.sign == 1 else "behind"
    return Verdict(over_counting.sign, f"The model is {side} counting, {by(over_counting)}.")


def by(difference: Difference) -> str:
    """The size of a difference, and its error."""
    return f"by {abs(difference.mean):.3f} bits per character (standard error {difference.error:.3f})"
