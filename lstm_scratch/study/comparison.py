"""Which of two models predicts a text better, and whether the text is long enough to tell.

Both models are scored on the same characters, so what counts is the difference d_t of their scores at each character t.
Neighbouring differences resemble each other, because they belong to the same word and the same sentence. The text is
therefore cut into K blocks, and the mean difference has the standard error

    s / √K,        s = the standard deviation of the K mean differences of the blocks

(the method of batch means: Law, *Simulation Modeling and Analysis*, 2015, chapter 9).
"""

import math
from typing import NamedTuple

import numpy as np

from lstm_scratch.activations import shifted
from lstm_scratch.char_model import CharLM

# K, the number of blocks
BLOCKS = 12
# if in truth there is no difference, |mean| exceeds this many standard errors once in 20 times (Student's t with K - 1
# degrees of freedom)
ERRORS_THAT_TELL = 2.201


class Difference(NamedTuple):
    """How much lower one score is than another on average, and the standard error of this mean; bits per character."""

    mean: float
    error: float

    @property
    def sign(self) -> int:
        """1 if the first model is ahead, -1 if it is behind, 0 if that is too close to call."""
        if abs(self.mean) <= ERRORS_THAT_TELL * self.error:
            return 0
        return int(np.sign(self.mean))


def lead(bits: np.ndarray, other_bits: np.ndarray | float) -> Difference:
    """How far the model with these scores is ahead of the other one: positive if its own are lower.

    bits and other_bits (N,) are -log₂ p of the same characters in their order; other_bits may be one number for all.
    Raises ValueError for fewer characters than blocks, or if the shapes differ.
    """
    bits = np.asarray(bits, np.float64)
    other_shape = np.shape(other_bits)
    if other_shape not in ((), bits.shape):
        raise ValueError(f"both models must be scored on the same characters, not {bits.shape} and {other_shape}")
    if len(bits) < BLOCKS:
        raise ValueError(f"{len(bits)} characters are fewer than the {BLOCKS} blocks that the error is estimated from")
    differences = other_bits - bits
    block_means = [block.mean() for block in np.array_split(differences, BLOCKS)]
    error = np.std(block_means, ddof=1) / math.sqrt(BLOCKS)
    return Difference(float(differences.mean()), float(error))


def bits_of_each(model: CharLM, text: str) -> np.ndarray:
    """-log₂ p(character | all before it) of each character from the second on, (len(text) - 1,).

    Their mean is `model.bits_per_char(text)`. Raises ValueError for an unknown character or a text of fewer than two
    characters.
    """
    pieces = []
    for logits, targets in model.predictions(text):
        z = shifted(logits).astype(np.float64)
        z_target = np.take_along_axis(z, targets[:, None], axis=1)[:, 0]
        # -log p = log Σⱼ e^{zⱼ} - z_target
        nats = np.log(np.exp(z).sum(axis=1)) - z_target
        pieces.append(nats / math.log(2))
    return np.concatenate(pieces)
