"""What a character model must beat: counting which characters follow which, smoothed as Kneser and Ney do it.

An n-gram model of order n predicts a character w from its context h, the n - 1 characters before it. It takes a little
off every count, and hands what it has taken off to the next shorter context h′, which is h without its first character:

    p_n(w | h) = (a(h w) - D(a(h w)) + γ(h) p_{n-1}(w | h′)) / a(h),        p_0(w) = 1 / V

    a(h) = Σ_w a(h w),        γ(h) = Σ_w D(a(h w))

A context that was never met has a(h) = 0, and then p_n = p_{n-1}.

What a counts. For the order that is asked for, a(h w) is how often the sequence h w occurs in the text. For every lower
order it is the continuation count, the number of different characters that stand before h w. A lower order is needed
only where the longer context has little to say, and what matters there is in how many different places w is at home,
not how often it was seen in one of them.

The discounts. D(0) = 0, and D(a) = D(3) for a > 3. With n_k for the number of sequences of this order with a = k,

    D(k) = k - (k + 1) Y n_{k+1} / n_k,        Y = n_1 / (n_1 + 2 n_2),        k = 1, 2, 3

In a text that is too short or too regular, n_1, n_2 or n_3 may be 0, or a D(k) may be 0 or less. Then all three
discounts of this order are ½, 1 and 1½.

(Kneser and Ney, *Improved Backing-Off for M-gram Language Modeling*, 1995; with three discounts and interpolated, as by
Chen and Goodman, *An Empirical Study of Smoothing Techniques for Language Modeling*, 1999. The discounts for the
degenerate case are those of Heafield's KenLM.)
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lstm_scratch.checks import check_whole, is_whole_number
from lstm_scratch.text import Vocabulary, check_vocabulary

# D(0), D(1), D(2), D(3) where the counts of counts give none
FALLBACK = np.array([0, 0.5, 1, 1.5])


def discounts(a: np.ndarray) -> np.ndarray:
    """D(0), D(1), D(2) and D(3), (4,), for the counts a of all sequences of one order."""
    # n[k] sequences have a = k
    n = np.bincount(np.minimum(a, 5), minlength=6)
    if 0 in n[1:4]:
        return FALLBACK
    Y = n[1] / (n[1] + 2 * n[2])
    k = np.arange(1, 4)
    # D(k) = k - (k + 1) Y n_{k+1} / n_k
    D = k - (k + 1) * Y * n[k + 1] / n[k]
    if D.min() <= 0:
        return FALLBACK
    return np.append(0, D)


class Level:
    """One order of the model: a(h w) for all sequences, and a(h) and γ(h) for all contexts."""

    def __init__(self, a: Counter[str]) -> None:
        self.a = a
        self.D = discounts(np.array(list(a.values()), int)).tolist()
        self.total: dict[str, int] = {}
        self.gamma: dict[str, float] = {}
        for sequence, count in a.items():
            h = sequence[:-1]
            # a(h) = Σ_w a(h w), γ(h) = Σ_w D(a(h w))
            self.total[h] = self.total.get(h, 0) + count
            self.gamma[h] = self.gamma.get(h, 0) + self.D[min(count, 3)]

    def interpolate(self, h: str, w: str, lower: float) -> float:
        """p_n(w | h) from `lower`, which is p_{n-1}(w | h′)."""
        if h not in self.total:
            return lower
        a = self.a[h + w]
        # p_n = (a(h w) - D(a(h w)) + γ(h) p_{n-1}) / a(h)
        return (a - self.D[min(a, 3)] + self.gamma[h] * lower) / self.total[h]


class NGram:
    """Counts of all sequences of 1 ... order characters in a text, and the probabilities that they give.

    Raises ValueError for an unknown character, for an empty text, or unless order is a whole number of at least 1.
    """

    def __init__(self, vocabulary: Vocabulary, text: str, order: int) -> None:
        check_vocabulary(vocabulary)
        check_whole(order=order)
        check_counted(text)
        vocabulary.encode(text)
        self.vocabulary = vocabulary
        self.order = order
        lengths = range(1, order + 1)
        # how often each sequence of n characters occurs
        occurrences = [Counter(text[i : i + n] for i in range(len(text) - n + 1)) for n in lengths]
        # how many different characters stand before it: each pair of the two is a sequence that is longer by one
        continuations = [Counter(sequence[1:] for sequence in longer) for longer in occurrences[1:]]
        # the n-gram of order n has highest[n - 1] at its top, and all of lower[: n - 1] below
        self.highest = [Level(a) for a in occurrences]
        self.lower = [Level(a) for a in continuations]

    def __repr__(self) -> str:
        return f"NGram(order={self.order}, {sum(self.highest[0].a.values()):,} characters counted)"

    def probabilities(self, text: str, order: int | None = None) -> np.ndarray:
        """p(character | those before it) for each character of the text from the second on, (len(text) - 1,).

        order may be anything from 0 to the model's own, which is used if none is given. At the start of the text, where
        fewer than order - 1 characters come before, the context counts as one that was never met. Raises ValueError for
        an unknown character, for another order, or for a text of fewer than two characters.
        """
        order = self.order if order is None else order
        if not is_whole_number(order) or not 0 <= order <= self.order:
            raise ValueError(f"order must be a whole number from 0 to {self.order}, not {order!r}")
        check_scored(text)
        self.vocabulary.encode(text)
        longest = order - 1
        contexts = [text[max(0, place - longest) : place] for place in range(1, len(text))]
        pairs = zip(contexts, text[1:], strict=True)
        return np.array([self.probability(context, char, longest) for context, char in pairs])

    def probability(self, context: str, char: str, longest: int) -> float:
        """p(char | context), from contexts of 0 ... longest characters; with longest = -1, 1 / V.

        Raises ValueError unless longest is from -1 to the model's order - 1, and char is one of the vocabulary.
        """
        if not is_whole_number(longest) or not -1 <= longest < self.order:
            raise ValueError(f"longest must be a whole number from -1 to {self.order - 1}, not {longest!r}")
        if char not in self.vocabulary.index:
            raise ValueError(f"char must be one character of the vocabulary, not {char!r}")
        p = 1 / len(self.vocabulary)
        for length in range(min(longest, len(context)) + 1):
            h = context[len(context) - length :]
            level = self.highest[length] if length == longest else self.lower[length]
            p = level.interpolate(h, char, p)
        return p

    def bits_per_char(self, text: str, order: int | None = None) -> float:
        """Bits per character: the mean of -log₂ p(character | those before it) from the second character on.

        Takes the same order as `probabilities`, and raises the same errors.
        """
        return float(-np.log2(self.probabilities(text, order)).mean())


def check_counted(text: str) -> None:
    """Raise ValueError for a text in which there is nothing to count."""
    if not text:
        raise ValueError("the text to count in is empty")


def check_scored(text: str) -> None:
    """Raise ValueError for a text of fewer than two characters, which has nothing to score."""
    if len(text) < 2:
        raise ValueError(f"a text to score must have at least 2 characters, not {len(text)}")


class Sequences(NamedTuple):
    """The sequences of n characters in a text, represented by numbers; equal sequences have equal numbers."""

    n: int
    # for each place, the number of the context before it, and of the sequence that ends with it
    h: np.ndarray
    hw: np.ndarray
    # for each sequence, the number of its context
    context: np.ndarray


def number_sequences(n: int, h: np.ndarray, ids: np.ndarray, V: int) -> Sequences:
    """Number the sequences of n characters: each is a pair, the number of its context h and one more character."""
    pairs = h * np.int64(V) + ids
    in_order = np.argsort(pairs)
    pairs = pairs[in_order]
    is_new = np.append(True, pairs[1:] != pairs[:-1])
    hw = np.empty_like(h)
    # np.unique gives the same numbers, but takes longer
    hw[in_order] = np.cumsum(is_new, dtype=np.int32) - 1
    return Sequences(n, h, hw, h[in_order[is_new]])


def bits_by_order(vocabulary: Vocabulary, text: str, held_out: str, orders: int = 10) -> list[float]:
    """The bits per character of the held-out text, given counts of the text, for the orders 1 ... `orders`.

    This agrees with `NGram.bits_per_char`, and takes some two seconds per megabyte. Raises the errors of NGram.
    """
    return [float(bits.mean()) for bits in bits_of_each_by_order(vocabulary, text, held_out, orders)]


def bits_of_each_by_order(vocabulary: Vocabulary, text: str, held_out: str, orders: int) -> Iterator[np.ndarray]:
    """-log₂ p of each held-out character from the second on, (len(held_out) - 1,), for the orders 1, 2, ..., `orders`.

    These are NGram's probabilities, for all characters at once. Raises the errors of NGram.
    """
    check_vocabulary(vocabulary)
    check_whole(orders=orders)
    check_counted(text)
    check_scored(held_out)
    V = len(vocabulary)
    end = len(text)
    ids = vocabulary.encode(text + held_out, np.int32)
    # every place has the same context of no characters
    sequences = number_sequences(1, np.zeros_like(ids), ids, V)
    # p_{n-1} of each held-out character, with continuation counts; p_0 = 1 / V
    lower = np.full(len(held_out) - 1, 1 / V)
    for n in range(1, orders + 1):
        occurrences = np.bincount(sequences.hw[n - 1 : end], minlength=len(sequences.context))
        yield -np.log2(interpolate_all(occurrences, sequences, end, lower))
        if n < orders:
            # the context of the next character is the sequence that ends here
            h = np.append(sequences.h[:1], sequences.hw[:-1])
            longer = number_sequences(n + 1, h, ids, V)
            lower = interpolate_all(continuations(sequences, longer, end), sequences, end, lower)
            sequences = longer


def continuations(sequences: Sequences, longer: Sequences, end: int) -> np.ndarray:
    """How many different characters stand before each sequence, in the first `end` places."""
    # a longer sequence is one character and its tail, a shorter sequence; -1 where the longer one was not counted
    tail = np.full(len(longer.context), -1, np.int32)
    counted = slice(longer.n - 1, end)
    tail[longer.hw[counted]] = sequences.hw[counted]
    return np.bincount(tail[tail >= 0], minlength=len(sequences.context))


def interpolate_all(a: np.ndarray, sequences: Sequences, end: int, lower: np.ndarray) -> np.ndarray:
    """p_n of each character after place `end`, from the counts a of the sequences and from `lower`, p_{n-1} of each."""
    n, h, hw, context = sequences
    taken_off = discounts(a)[np.minimum(a, 3)]
    # a(h) = Σ_w a(h w), γ(h) = Σ_w D(a(h w))
    total = np.bincount(context, weights=a, minlength=h.max() + 1)
    gamma = np.bincount(context, weights=taken_off, minlength=h.max() + 1)
    h = h[end + 1 :]
    hw = hw[end + 1 :]
    met = total[h] > 0
    # the first character that is scored has one before it, the second has two, and so on
    met[: max(0, n - 2)] = False
    p = lower.copy()
    # p_n = (a(h w) - D(a(h w)) + γ(h) p_{n-1}) / a(h)
    p[met] = (a[hw] - taken_off[hw] + gamma[h] * lower)[met] / total[h[met]]
    return p
