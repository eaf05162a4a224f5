"""Is the model ahead of counting, or is that too close to call? And if it is not ahead, what to try."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lstm_scratch.study.comparison import Difference, lead

if TYPE_CHECKING:
    import pandas as pd

# with fewer scored characters than this, nothing is said about who is ahead
FEWEST_SCORED = 300
# the advice never goes beyond these
MOST_DROPOUT = 0.6
LEAST_DROPOUT = 0.1
LARGEST_HIDDEN_SIZE = 512
# the best epoch is late if it lies in the last tenth of all that were asked for
LATE = 0.9
# if the held-out score is this many bits above the training score, the model is learning the text by heart
BY_HEART = 0.5
# if it is no more than this above it, the model has learned too little; in between, advice would lead back and forth
UNLEARNED = 0.25


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


def is_still_improving(history: "pd.DataFrame", epochs: int) -> bool:
    """Whether the best epoch is among the last of all that were asked for."""
    return best_row(history)["epoch"] > LATE * epochs


def best_row(history: "pd.DataFrame") -> "pd.Series":
    """The row of the best epoch."""
    return history.loc[history["valid_bits"].idxmin()]


def advice(history: "pd.DataFrame", settings: Mapping[str, Any], *, begins_anew: bool) -> str:
    """What to try if the model is not ahead; never anything that the run has already done.

    settings are those of the run, with hidden_size among them. begins_anew says whether the run began with random
    weights: the size of a saved model cannot be changed.
    """
    if is_still_improving(history, settings["epochs"]):
        return f"It was still getting better, so train longer, with --resume --epochs {2 * settings['epochs']}."
    best = best_row(history)
    gap = best["valid_bits"] - best["train_bits"]
    if gap > BY_HEART:
        more = with_dropout(settings, +0.2)
        if more:
            return f"It is learning the text by heart. Try a new run with {more}, or a longer text."
        return "It is learning the text by heart, and more dropout is unlikely to help. Try a longer text."
    if gap > UNLEARNED:
        return "Neither more nor less dropout is likely to help. Try a longer text."
    less = with_dropout(settings, -0.2)
    if less:
        return f"It has not learned the training text well. Try a new run with {less}."
    if begins_anew and settings["hidden_size"] < LARGEST_HIDDEN_SIZE:
        return f"It may be too small. Try a new run with --hidden-size {2 * settings['hidden_size']}."
    return "We know of no setting that would help. Try a longer text."


def with_dropout(settings: Mapping[str, Any], change: float) -> str:
    """Options that drop more, or less, than the settings do; empty if the limits have been reached."""
    options = []
    for name in ("dropout", "weight_drop"):
        share = min(MOST_DROPOUT, max(LEAST_DROPOUT, settings[name] + change))
        if (share - settings[name]) * change > 0:
            options.append(f"--{name.replace('_', '-')} {share:.2g}")
    return " ".join(options)
