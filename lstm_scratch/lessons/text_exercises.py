"""The checks of the text notebook's exercises: from characters to numbers, scores, gradients and choices.

A check is a function that takes the answer and returns a hint, or None if the answer is right; it looks for
the usual slips first, so that its hint can be of use.
"""

import math
from collections.abc import Callable, Iterable

import numpy as np

from lstm_scratch.activations import softmax
from lstm_scratch.lessons.hints import EMPTY, as_number, compare, not_a_number


def bits(to_bits: Callable[[float], float]) -> str | None:
    """A function nats → bits."""
    slips = {
        1.0: "That is still in nats.",
        math.log(2): "The other way round: a bit is the smaller unit, so there are more of them.",
        math.log2(10): "That is for logarithms to the base 10; nats have the base e.",
    }
    return first_hint(
        compare_number(to_bits, (nats,), nats / math.log(2), {nats * factor: hint for factor, hint in slips.items()})
        for nats in (3.0, 0.7)
    )


def encode(to_ids: Callable[[str], list[int]]) -> str | None:
    """A function text → the index of each of its characters in the sorted vocabulary of that text."""
    return first_hint(compare_ids(to_ids(text), text) for text in ("the cat sat", "zebra"))


def compare_ids(given: object, text: str) -> str | None:
    """A hint if these are not the indices of the characters of this text."""
    first_seen, in_order = list(dict.fromkeys(text)), sorted(set(text))
    slips = {
        "You number the characters as they first appear; the vocabulary is sorted.": np.array(
            [first_seen.index(char) for char in text]
        ),
        "Count from 0.": np.array([in_order.index(char) + 1 for char in text]),
        "Those are the numbers of Unicode; here they count the characters of this text.": np.array(
            [ord(char) for char in text]
        ),
        "One number for each character of the text, not for each of the vocabulary.": np.arange(len(in_order)),
    }
    right = np.array([in_order.index(char) for char in text])
    return compare(given, right, "the list", slips, "what is the place of each character among sorted(set(text))?")


def window(cut: Callable[[np.ndarray, int, int], tuple[np.ndarray, np.ndarray]]) -> str | None:
    """A function (ids, start, T) → the inputs and the targets of the window of T characters that begins at start."""
    ids = np.random.default_rng(3).permutation(20)
    return first_hint(compare_window(cut(ids.copy(), start, T), ids, start, T) for start, T in ((4, 6), (1, 3)))


def compare_window(given: object, ids: np.ndarray, start: int, T: int) -> str | None:
    """A hint if these are not the inputs and targets of a window."""
    if given is None:
        return EMPTY
    given = list(np.atleast_1d(given)) if isinstance(given, np.ndarray) else given
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        return "Return two arrays, the inputs and the targets."
    inputs, targets, end = ids[start : start + T], ids[start + 1 : start + T + 1], start + T
    input_slips = {"The other way round: first the inputs, then the targets.": targets}
    target_slips = {
        "The targets are the inputs themselves: nothing is left to predict.": inputs,
        "The targets come one character later, not earlier.": ids[start - 1 : end - 1],
        "The targets are as many as the inputs: the last one lies just outside the window.": targets[:-1],
        "The targets begin one character later, not T characters later.": ids[end : end + T],
    }
    advice = "which T numbers are they, from which place on?"
    return compare(given[0], inputs, "the first array", input_slips, advice) or compare(
        given[1], targets, "the second array", target_slips, advice
    )


def score(bits_per_char: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    """A function (p (N, V), targets (N,)) → bits per character."""
    return first_hint(check_score(bits_per_char, N, V) for N, V in ((5, 7), (3, 4)))


def check_score(bits_per_char: Callable[[np.ndarray, np.ndarray], float], N: int, V: int) -> str | None:
    """A hint if the score of N random predictions is not right."""
    rng = np.random.default_rng(4)
    p, targets = softmax(rng.normal(size=(N, V))), rng.integers(V, size=N)
    chosen = p[np.arange(N), targets]
    right = float(-np.log2(chosen).mean())
    slips = {
        -right: "The sign: -log of a number below 1 is positive.",
        right * math.log(2): "Those are nats: take the logarithm to the base 2.",
        right * N: "That is for the whole text. And per character?",
        float(-np.log2(chosen.mean())): "First the logarithm, then the mean: one sure mistake must cost a lot.",
        float(-np.log2(p).mean()): "Only the probability of the true character counts, not those of all.",
    }
    return compare_number(bits_per_char, (p.copy(), targets.copy()), right, slips)


def logit_gradient(backward: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    """A function (logits (N, V), targets (N,)) → the gradient of the mean cross-entropy with respect to the logits."""
    return first_hint(check_gradient(backward, N, V) for N, V in ((4, 6), (3, 5)))


def check_gradient(backward: Callable[[np.ndarray, np.ndarray], np.ndarray], N: int, V: int) -> str | None:
    """A hint if the gradient for N random rows of logits is not right."""
    rng = np.random.default_rng(5)
    logits, targets = rng.normal(size=(N, V)), rng.integers(V, size=N)
    p, truth = softmax(logits), np.eye(V)[targets]
    sideways = np.exp(logits) / np.exp(logits).sum(axis=0)
    right = (p - truth) / N
    slips = {
        "The loss is a mean over N characters: divide by N.": p - truth,
        "The sign: p minus the truth.": -right,
        "And the truth? Subtract 1 at the target.": p / N,
        "The loss is a mean over N characters, not over N · V numbers.": right / V,
        "Softmax goes over the V scores of one character: each row adds up to 1.": (sideways - truth) / N,
    }
    return compare(backward(logits.copy(), targets.copy()), right, "the gradient", slips)


def temperature(probabilities: Callable[[np.ndarray, float], np.ndarray]) -> str | None:
    """A function (logits (V,), temperature) → probabilities."""
    logits = np.random.default_rng(6).normal(size=6)
    return first_hint(
        compare(probabilities(logits.copy(), tau), softmax(logits / tau), "p", heat_slips(logits, tau), HEAT_ADVICE)
        for tau in (0.5, 1.7)
    )


HEAT_ADVICE = "divide the logits by the temperature, then take softmax."


def heat_slips(logits: np.ndarray, tau: float) -> dict[str, np.ndarray]:
    """What comes out when the temperature is put in the wrong place."""
    return {
        "Divide by the temperature, do not multiply.": softmax(logits * tau),
        "That is softmax alone: the logits must be divided by the temperature.": softmax(logits),
        "The logits are divided by the temperature, not the probabilities.": softmax(logits) / tau,
        "The probabilities must add up to 1.": np.exp(logits / tau),
    }


def top_k(keep: Callable[[np.ndarray, int], np.ndarray]) -> str | None:
    """A function (p (V,), k) → the k likeliest characters' probabilities, adding up to 1, and 0 for all others."""
    p = softmax(np.random.default_rng(7).normal(size=8))
    return first_hint(compare_kept(keep(p.copy(), k), p, k) for k in (3, 5))


def compare_kept(given: object, p: np.ndarray, k: int) -> str | None:
    """A hint if these are not the k largest of p, in their places and adding up to 1."""
    largest = np.where(p >= np.sort(p)[-k], p, 0)
    smallest = np.where(p <= np.sort(p)[k - 1], p, 0)
    first, right = np.where(np.arange(len(p)) < k, p, 0), largest / largest.sum()
    compact = "Keep every probability in its place: the result is as long as p."
    slips = {
        "The right ones are left; now make them add up to 1 again.": largest,
        "Those are the least likely.": smallest / smallest.sum(),
        "Those are the first k; the likeliest were wanted.": first / first.sum(),
    }
    if np.shape(given) == (k,):
        return compact
    return compare(given, right, "p", slips, "which k are the largest, and what do they add up to?")


def witten_bell(smooth: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    """A function (counts (V,), lower (V,)) → smoothed probabilities, lower being those of the shorter context."""
    lower = np.array([0.3, 0.3, 0.2, 0.1, 0.1])
    return first_hint(
        compare(smooth(counts.copy(), lower.copy()), *smoothed(counts, lower))
        for counts in (np.array([4.0, 0, 2, 0, 0]), np.array([0.0, 1, 7, 0, 3]))
    )


def smoothed(counts: np.ndarray, lower: np.ndarray) -> tuple[np.ndarray, str, dict[str, np.ndarray]]:
    """The right probabilities, what they are called, and the usual slips."""
    V, total, kinds = len(counts), counts.sum(), (counts > 0).sum()
    slips = {
        "Those are the bare frequencies: what was never seen gets nothing.": counts / total,
        "d counts the different characters that were seen, not all of the vocabulary.": (counts + V * lower)
        / (total + V),
        "Not one for each character, but d shares, dealt out as `lower` says.": (counts + 1) / (total + V),
        "They add up to more than 1: the d shares belong below the line as well.": (counts + kinds * lower) / total,
        "c(h) is the sum of the counts, not how many there are.": (counts + kinds * lower) / (V + kinds),
    }
    return (counts + kinds * lower) / (total + kinds), "p", slips


def first_hint(hints: Iterable[str | None]) -> str | None:
    """The hint of the first example that an answer gets wrong, if there is one."""
    return next((hint for hint in hints if hint is not None), None)


def compare_number(function: Callable[..., float], given: tuple, right: float, slips: dict[float, str]) -> str | None:
    """A hint if a function's number is not the right one: one for a known slip, or that it is off."""
    answer = function(*given)
    if answer is None:
        return EMPTY
    number = as_number(answer)
    if number is None:
        return not_a_number(answer)
    if math.isclose(number, right, rel_tol=1e-5):
        return None
    for slip, hint in slips.items():
        if math.isclose(number, slip, rel_tol=1e-5):
            return hint
    return f"It gives {number:.4f} where {right:.4f} is right."


TEXT_FUNCTIONS: dict[str, Callable[[Callable], str | None]] = {
    "bits": bits,
    "encode": encode,
    "window": window,
    "score": score,
    "logit gradient": logit_gradient,
    "temperature": temperature,
    "top k": top_k,
    "witten-bell": witten_bell,
}
