"""What a character model must beat: counting which characters follow which.

An n-gram model of order n predicts a character from its context, the n - 1 characters before it. Characters that were
never seen after a context still get a share of the probability, by Witten and Bell's rule: the more different
characters have followed a context, the more likely it is that yet another one will.

    p_n(w | h) = (c(h w) + d(h) · p_{n-1}(w | h′)) / (c(h) + d(h)),        p_0(w) = 1 / V

c counts, d(h) is the number of different characters that have followed h, and h′ is h without its first character
(Witten and Bell, *The Zero-Frequency Problem*, 1991, method C; in the interpolated form of Chen and Goodman, *An
Empirical Study of Smoothing Techniques for Language Modeling*, 1998).
"""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from lstm_scratch.checks import check_whole
from lstm_scratch.text import Vocabulary


class NGram:
    """Counts of all sequences of 1 ... order characters in a text, and the probabilities they give.

    Raises ValueError for an unknown character, or unless order is a whole number of at least 1.
    """

    def __init__(self, vocabulary: Vocabulary, text: str, order: int) -> None:
        check_whole(order=order)
        vocabulary.encode(text)
        self.vocabulary = vocabulary
        self.order = order
        # c(h w): every sequence of 1 ... order characters
        self.count = Counter(text[i : i + n] for n in range(1, order + 1) for i in range(len(text) - n + 1))
        # c(h): how often a context of 0 ... order - 1 characters was followed by something
        self.followed = Counter(text[i : i + n] for n in range(order) for i in range(len(text) - n))
        # d(h): by how many different characters a context was followed
        self.different = Counter(sequence[:-1] for sequence in self.count)

    def probabilities(self, text: str, order: int | None = None) -> np.ndarray:
        """p(character | those before it) for each character of the text from the second on, (len(text) - 1,).

        order may be anything from 0 to the model's own. Raises ValueError for an unknown character.
        """
        self.vocabulary.encode(text)
        longest = (self.order if order is None else order) - 1
        contexts = [text[max(0, place - longest) : place] for place in range(1, len(text))]
        return np.array([self.probability(context, char, longest) for context, char in zip(contexts, text[1:])])

    def probability(self, context: str, char: str, longest: int) -> float:
        """p(char | context), from contexts of 0 ... longest characters; with longest = -1, 1 / V."""
        p = 1 / len(self.vocabulary)
        for n in range(min(longest, len(context)) + 1):
            h = context[len(context) - n :]
            # if a context was never seen, the longer ones that end in it were not seen either
            if h not in self.followed:
                break
            c = self.followed[h]
            d = self.different[h]
            # p_n = (c(h w) + d(h) p_{n-1}) / (c(h) + d(h))
            p = (self.count[h + char] + d * p) / (c + d)
        return p

    def bits_per_char(self, text: str, order: int | None = None) -> float:
        """Bits per character: the mean of -log₂ p(character | those before it) from the second character on.

        Takes the same order as `probabilities`, and raises the same error.
        """
        return float(-np.log2(self.probabilities(text, order)).mean())


def bits_by_order(vocabulary: Vocabulary, text: str, held_out: str, orders: int = 10) -> list[float]:
    """The bits per character of the held-out text, given counts of the text, for the orders 1 ... `orders`.

    This agrees with `NGram.bits_per_char`, and takes some two seconds per megabyte. Raises ValueError for an unknown
    character.
    """
    return [float(bits.mean()) for bits in bits_of_each_by_order(vocabulary, text, held_out, orders)]


def bits_of_each_by_order(vocabulary: Vocabulary, text: str, held_out: str, orders: int) -> Iterator[np.ndarray]:
    """-log₂ p of each held-out character from the second on, (len(held_out) - 1,), for the orders 1, 2, ..., `orders`.

    Sequences are represented by numbers. A sequence is a context and one more character; equal pairs of the two get the
    same number.
    """
    V = len(vocabulary)
    n = len(text)
    ids = vocabulary.encode(text + held_out, np.int32)
    # the places that are scored: all characters of the held-out text but the first
    places = np.arange(n + 1, len(ids))
    # the probability of each of them; p_0 = 1 / V
    p = np.full(len(places), 1 / V)
    # for each place, the number of the context of 0, 1, 2, ... characters before it
    h = np.zeros(len(ids), np.int32)
    for length in range(orders):
        # hw: for each place, the number of the context together with the character itself
        numbers, hw = np.unique(h * np.int64(V) + ids, return_inverse=True)
        counted = slice(length, n)
        count = np.bincount(hw[counted], minlength=len(numbers))
        followed = np.bincount(h[counted], minlength=h.max() + 1)
        different = np.bincount(numbers[count > 0] // V, minlength=len(followed))
        # only a context that has been seen, and is no longer than what came before, changes the probability
        seen = (followed[h[places]] > 0) & (places - n >= length)
        contexts = h[places[seen]]
        c_hw = count[hw[places[seen]]]
        c = followed[contexts]
        d = different[contexts]
        # p_n = (c(h w) + d(h) p_{n-1}) / (c(h) + d(h))
        p[seen] = (c_hw + d * p[seen]) / (c + d)
        yield -np.log2(p)
        h[1:] = hw[:-1]
