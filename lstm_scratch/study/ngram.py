"""What a character model must beat: counting which characters follow which.

An n-gram model of order n looks at the n - 1 characters before; order 0 knows nothing (every character is
equally likely), order 1 only how frequent each character is. What was never seen after a context still gets a
share, by Witten and Bell's rule: the more different characters have followed a context, the more likely is
one more.

    p_n(w | h) = (c(h w) + d(h) · p_{n-1}(w | h′)) / (c(h) + d(h)),        p_0(w) = 1 / V

c counts how often something occurs, d(h) is how many different characters have followed h, and h′ is h without
its first character (Witten and Bell, *The Zero-Frequency Problem*, 1991, method C; in the interpolated form of
Chen and Goodman, *An Empirical Study of Smoothing Techniques for Language Modeling*, 1998).
"""

import numpy as np

from lstm_scratch.checks import check_sizes, check_text, check_type
from lstm_scratch.text import Vocabulary

Counts = tuple[np.ndarray, np.ndarray]


class NGram:
    """Counts of all sequences of 1 ... order characters in a text, and the probabilities they give.

    Raises ValueError for an order below 1, an order so large that V^order passes 2^63, an unknown character, or
    a text shorter than the order.
    """

    def __init__(self, vocabulary: Vocabulary, text: str, order: int) -> None:
        check_sizes(order=order)
        check_type("a Vocabulary, as Vocabulary.from_text makes it,", vocabulary, Vocabulary)
        self.vocabulary, self.order = vocabulary, int(order)
        V, ids = len(vocabulary), vocabulary.encode(text)
        if (V > 1 and self.order >= 63) or V**self.order >= 2**63:
            raise ValueError(f"order {order} is too large for {V} characters: V^order must stay below 2^63")
        if len(ids) < order:
            raise ValueError(f"a text of {len(ids)} characters is shorter than the order, {order}")
        # sequences of n characters as whole numbers in base V, so that all of them are counted at once
        self.counts: list[Counts] = [np.unique(codes(ids, n, V), return_counts=True) for n in range(1, self.order + 1)]

    def probabilities(self, text: str, order: int | None = None) -> np.ndarray:
        """p(character | those before it) for each character of the text from the second on, (len(text) - 1,).

        The first characters have a shorter context. order may be smaller than the model's own, 0 included.
        Raises ValueError for an unknown character, a text of fewer than two, or an order out of range.
        """
        order = self.order if order is None else order
        if not isinstance(order, (int, np.integer)) or not 0 <= order <= self.order:
            raise ValueError(f"order must lie between 0 and {self.order}, not be {order!r}")
        check_text("text", text)
        if len(text) < 2:
            raise ValueError(f"a text of at least 2 characters is needed, not {len(text)}: the first has no score")
        V, ids = len(self.vocabulary), self.vocabulary.encode(text)
        p = np.full(len(ids), 1 / V)
        for n, (grams, counts) in enumerate(self.counts[:order], start=1):
            # all grams that share a context stand next to each other: they differ in the last digit
            contexts, starts, followers = np.unique(grams // V, return_index=True, return_counts=True)
            totals = np.add.reduceat(counts, starts)
            wanted = codes(ids, n, V)
            c_hw = look_up(grams, counts, wanted)
            c_h, d_h = (look_up(contexts, values, wanted // V) for values in (totals, followers))
            # p_n = (c(h w) + d(h) p_{n-1}) / (c(h) + d(h)); a context never seen has nothing to add
            seen, reached = c_h > 0, p[n - 1 :]
            reached[seen] = (c_hw + d_h * reached)[seen] / (c_h + d_h)[seen]
        return p[1:]

    def bits_per_char(self, text: str, order: int | None = None) -> float:
        """Mean of -log₂ p(character | those before it) over the text, from the second character on."""
        return float(-np.log2(self.probabilities(text, order)).mean())


def codes(ids: np.ndarray, n: int, V: int) -> np.ndarray:
    """Each sequence of n indices as one whole number in base V, (len(ids) - n + 1,)."""
    code = np.zeros(max(0, len(ids) - n + 1), dtype=np.int64)
    for place in range(n):
        code = code * V + ids[place : place + len(code)]
    return code


def look_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key among the sorted keys, 0 where it is not one of them."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], 0)
