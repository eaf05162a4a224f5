"""The checks of the text notebook's exercises: from characters to numbers, scores, gradients and choices.

A check is a function that takes the answer and returns a hint, or None if the answer is right; it looks for
the usual slips first, so that its hint can be of use.
"""

import math
from collections.abc import Callable

import numpy as np

from lstm_scratch.activations import softmax
from lstm_scratch.hints import EMPTY, as_number, compare


def bits(to_bits: Callable[[float], float]) -> str | None:
    """A function nats → bits."""
    slips = {
        1.0: "That is still in nats.",
        math.log(2): "The other way round: a bit is the smaller unit, so there are more of them.",
        math.log2(10): "That is for logarithms to the base 10; nats have the base e.",
    }
    return compare_number(to_bits, (3.0,), 3 / math.log(2), {3 * factor: hint for factor, hint in slips.items()})


def encode(to_ids: Callable[[str], list[int]]) -> str | None:
    """A function text → the index of each of its characters in the sorted vocabulary of that text."""
    text = "the cat sat"
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
    return compare(to_ids(text), np.array([in_order.index(char) for char in text]), "the list", slips)


def window(cut: Callable[[np.ndarray, int, int], tuple[np.ndarray, np.ndarray]]) -> str | None:
    """A function (ids, start, T) → the inputs and the targets of the window of T characters that begins at start."""
    ids = np.random.default_rng(3).permutation(20)
    given, inputs, targets = cut(ids.copy(), 4, 6), ids[4:10], ids[5:11]
    if given is None:
        return EMPTY
    if not hasattr(given, "__len__") or len(given) != 2:
        return "Return two arrays, the inputs and the targets."
    slips = {
        "The targets are the inputs themselves: nothing is left to predict.": inputs,
        "The targets come one character later, not earlier.": ids[3:9],
        "The targets are as many as the inputs: the last one lies just outside the window.": ids[5:10],
        "The targets begin one character later, not T characters later.": ids[10:16],
    }
    return compare(given[0], inputs, "inputs", {}) or compare(given[1], targets, "targets", slips)


def score(bits_per_char: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    """A function (p (N, V), targets (N,)) → bits per character."""
    p, targets = softmax(np.random.default_rng(4).normal(size=(5, 7))), np.array([1, 0, 6, 3, 3])
    chosen = p[np.arange(5), targets]
    right = -np.log2(chosen).mean()
    slips = {
        -right: "The sign: -log of a number below 1 is positive.",
        right * math.log(2): "Those are nats: take the logarithm to the base 2.",
        right * 5: "That is for the whole text. And per character?",
        -np.log2(chosen.mean()): "First the logarithm, then the mean: one sure mistake must cost a lot.",
        -np.log2(p).mean(): "Only the probability of the true character counts, not those of all.",
    }
    return compare_number(bits_per_char, (p.copy(), targets.copy()), right, slips)


def logit_gradient(backward: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    """A function (logits (N, V), targets (N,)) → the gradient of the mean cross-entropy with respect to the logits."""
    logits, targets = np.random.default_rng(5).normal(size=(4, 6)), np.array([2, 5, 0, 2])
    p, truth = softmax(logits), np.eye(6)[targets]
    sideways = np.exp(logits) / np.exp(logits).sum(axis=0)
    right = (p - truth) / 4
    slips = {
        "The loss is a mean over N characters: divide by N.": p - truth,
        "The sign: p minus the truth.": -right,
        "And the truth? Subtract 1 at the target.": p / 4,
        "The loss is a mean over N characters, not over N · V numbers.": right / 6,
        "Softmax goes over the V scores of one character: each row adds up to 1.": (sideways - truth) / 4,
    }
    return compare(backward(logits.copy(), targets.copy()), right, "the gradient", slips)


def temperature(probabilities: Callable[[np.ndarray, float], np.ndarray]) -> str | None:
    """A function (logits (V,), temperature) → probabilities."""
    logits, T = np.random.default_rng(6).normal(size=6), 0.5
    p, right = softmax(logits), softmax(logits / T)
    slips = {
        "Divide by the temperature, do not multiply.": softmax(logits * T),
        "Where does the temperature come in? That is softmax alone.": p,
        "The logits are divided by the temperature, not the probabilities.": p / T,
        "The probabilities must add up to 1.": np.exp(logits / T),
    }
    return compare(probabilities(logits.copy(), T), right, "p", slips)


def top_k(keep: Callable[[np.ndarray, int], np.ndarray]) -> str | None:
    """A function (p (V,), k) → the k likeliest characters' probabilities, adding up to 1, and 0 for all others."""
    p, k = softmax(np.random.default_rng(7).normal(size=8)), 3
    largest = np.where(p >= np.sort(p)[-k], p, 0)
    smallest = np.where(p <= np.sort(p)[k - 1], p, 0)
    first, right = np.where(np.arange(8) < k, p, 0), largest / largest.sum()
    slips = {
        "The right ones are left; now make them add up to 1 again.": largest,
        "Those are the least likely.": smallest / smallest.sum(),
        "Those are the first k; the likeliest were wanted.": first / first.sum(),
        "Keep every probability in its place: the result is as long as p.": np.sort(right)[-k:][::-1],
    }
    return compare(keep(p.copy(), k), right, "p", slips)


def witten_bell(smooth: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    """A function (counts (V,), lower (V,)) → smoothed probabilities, lower being those of the shorter context."""
    counts, lower = np.array([4, 0, 1, 0, 0]), np.array([0.3, 0.3, 0.2, 0.1, 0.1])
    total, kinds = counts.sum(), (counts > 0).sum()
    right = (counts + kinds * lower) / (total + kinds)
    slips = {
        "Those are the bare frequencies: what was never seen gets nothing.": counts / total,
        "d counts the different characters that were seen, not all of the vocabulary.": (counts + 5 * lower)
        / (total + 5),
        "Not one for each character, but d shares, dealt out as `lower` says.": (counts + 1) / (total + 5),
        "They add up to more than 1: the d shares belong below the line as well.": (counts + kinds * lower) / total,
    }
    return compare(smooth(counts.copy(), lower.copy()), right, "p", slips)


def compare_number(function: Callable[..., float], given: tuple, right: float, slips: dict[float, str]) -> str | None:
    """A hint if a function's number is not the right one: one for a known slip, or that it is off."""
    answer = function(*given)
    if answer is None:
        return EMPTY
    number = as_number(answer)
    if number is None:
        return f"A number was expected, not {answer!r}."
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
