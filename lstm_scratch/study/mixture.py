"""Two models that know different things: the average of their probabilities, with a share for each.

    p(w) = s · p_1(w) + (1 - s) · p_2(w),        0 ≤ s ≤ 1

(Jelinek and Mercer, *Interpolated Estimation of Markov Source Parameters from Sparse Data*, 1980.) The share must be
chosen on another text than the one that is scored.
"""

import numpy as np

from lstm_scratch.checks import is_number


def mixed_bits(bits: np.ndarray, other_bits: np.ndarray, share: float) -> np.ndarray:
    """-log₂ of the average of two models' probabilities for each character, (N,); `share` is the first model's.

    bits and other_bits (N,) are -log₂ p of the same characters in their order, by the one model and by the other.
    Raises ValueError if their shapes differ, if one of them is NaN, or unless share is from 0 to 1.
    """
    if np.shape(bits) != np.shape(other_bits):
        shapes = f"{np.shape(bits)} and {np.shape(other_bits)}"
        raise ValueError(f"both models must be scored on the same characters, not {shapes}")
    if not is_number(share) or not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1, not {share!r}")
    p_1 = np.exp2(-np.asarray(bits, np.float64))
    p_2 = np.exp2(-np.asarray(other_bits, np.float64))
    if np.isnan(p_1).any() or np.isnan(p_2).any():
        raise ValueError("the bits of a character must be a number, but there is NaN among them")
    # p = s p_1 + (1 - s) p_2
    return -np.log2(share * p_1 + (1 - share) * p_2)


def best_share(bits: np.ndarray, other_bits: np.ndarray) -> float:
    """The first model's share, of 0, 0.05, ..., 1, with which the average predicts these characters best.

    Takes the same arrays as `mixed_bits`, and raises the same errors. Score the average on other characters.
    """
    shares = [k / 20 for k in range(21)]
    return min(shares, key=lambda share: mixed_bits(bits, other_bits, share).mean())
