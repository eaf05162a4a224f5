"""The exercises of the text notebook: from characters to numbers, scores, gradients and choices.

p are probabilities, z are logits, and y are the numbers of the true characters. Each keyword argument of a
function is something that a slip gets wrong.
"""

import math
from functools import partial

import numpy as np

from lstm_scratch.activations import softmax
from lstm_scratch.lessons.exercises import Exercise

rng = np.random.default_rng(3)
COMPARED = "It gives {given:.4f} where {right:.4f} is right."

bits = Exercise("bits", lambda nats: nats / math.log(2), [(3.0,), (0.7,)], COMPARED)
bits.slips = {
    "That is still in nats.": lambda nats: nats,
    "The other way round: a bit is the smaller unit, so there are more of them.": lambda nats: nats * math.log(2),
    "That is for logarithms to the base 10. Nats have the base e.": lambda nats: nats * math.log2(10),
}


def numbered(text, characters):
    """The place of each character of the text among these characters, counted from 0."""
    return [characters.index(char) for char in text]


encode = Exercise("encode", lambda text: numbered(text, sorted(set(text))), [("the cat sat",), ("zebra",)])
encode.advice = "Not right yet. What is the place of each character in sorted(set(text))?"
encode.slips = {
    "You number them as they first appear: sort them.": lambda text: numbered(text, list(dict.fromkeys(text))),
    "Count from 0.": lambda text: [place + 1 for place in encode.right(text)],
    "Those are the numbers of Unicode. Number the characters of this text.": lambda text: [ord(char) for char in text],
    "One number for each character of the text, not of the vocabulary.": lambda text: list(range(len(set(text)))),
}

window = Exercise(
    "window",
    lambda ids, start, T, ahead=1: (ids[start : start + T], ids[start + ahead : start + ahead + T]),
    [(rng.permutation(20), 4, 6), (rng.permutation(20), 1, 3)],
    parts=("the inputs", "the targets"),
)
window.advice = "Not right yet: {wrong}. Which T numbers are they, and from which place on?"
window.slips = {
    "The targets are the inputs themselves: nothing is left to predict.": partial(window.right, ahead=0),
    "The targets come one character later, not earlier.": partial(window.right, ahead=-1),
    "The last target is missing: it lies just outside the window.": lambda ids, start, T: (
        (ids[start : start + T], ids[start + 1 : start + T])
    ),
    "The targets begin one character later, not T characters later.": lambda *given: window.right(
        *given, ahead=given[2]
    ),
}

predictions = [(softmax(rng.normal(size=(N, V))), rng.integers(V, size=N)) for N, V in ((5, 7), (3, 4))]
score = Exercise("score", lambda p, y: -np.log2(p[range(len(y)), y]).mean(), predictions, COMPARED)
score.slips = {
    "The sign: -log of a number below 1 is positive.": lambda p, y: -score.right(p, y),
    "Those are nats: take the logarithm to the base 2.": lambda p, y: score.right(p, y) * math.log(2),
    "That is for the whole text. And per character?": lambda p, y: score.right(p, y) * len(y),
    "First the logarithm, then the mean: one confident mistake must cost a lot.": lambda p, y: (
        -np.log2(p[range(len(y)), y].mean())
    ),
    "Only the probability of the true character counts, not those of all.": lambda p, y: -np.log2(p).mean(),
}

scores = [(rng.normal(size=(N, V)), rng.integers(V, size=N)) for N, V in ((4, 6), (3, 5))]
gradient = Exercise("logit gradient", lambda z, y, p=softmax: (p(z) - np.eye(z.shape[1])[y]) / len(y), scores)
gradient.slips = {
    "The loss is a mean over N characters: divide by N.": lambda z, y: gradient.right(z, y) * len(y),
    "The sign: p minus the truth.": lambda z, y: -gradient.right(z, y),
    "And the truth? Subtract 1 at the target.": lambda z, y: softmax(z) / len(y),
    "The loss is a mean over N characters, not over N · V numbers.": lambda z, y: gradient.right(z, y) / z.shape[1],
    "Softmax over the wrong axis: each row adds up to 1.": partial(gradient.right, p=lambda z: softmax(z.T).T),
    "Softmax is missing: those are the logits minus the truth.": partial(gradient.right, p=np.positive),
}

temperature = Exercise(
    "temperature", lambda z, tau: softmax(z / tau), [(rng.normal(size=6), tau) for tau in (0.5, 1.7)]
)
temperature.advice = "Not right yet. Divide the logits by the temperature, then take softmax."
temperature.slips = {
    "Divide by the temperature, do not multiply.": lambda z, tau: softmax(z * tau),
    "That is softmax alone: the logits must be divided by the temperature.": lambda z, tau: softmax(z),
    "The logits are divided by the temperature, not the probabilities.": lambda z, tau: softmax(z) / tau,
    "The exponentials must add up to 1: divide them by their sum.": lambda z, tau: np.exp(z / tau),
    "The powers p^(1/τ) must add up to 1: divide them by their sum.": lambda z, tau: softmax(z) ** (1 / tau),
    "Softmax is missing: those are the logits, divided by the temperature.": lambda z, tau: z / tau,
}


def keep(p, places):
    """The probabilities p at these places, divided so that they add up to 1 again, and 0 at all other places."""
    kept = np.zeros_like(p)
    kept[places] = p[places] / p[places].sum()
    return kept


top_k = Exercise("top k", lambda p, k: keep(p, np.argsort(p)[-k:]), [(softmax(rng.normal(size=8)), k) for k in (3, 5)])
top_k.advice = "Not right yet. Which k are the largest, and what do they add up to?"
top_k.slips = {
    "The right ones are left; now make them add up to 1 again.": lambda p, k: np.where(p >= np.sort(p)[-k], p, 0),
    "Those are the least likely.": lambda p, k: keep(p, np.argsort(p)[:k]),
    "Those are the first k, but the likeliest are asked for.": lambda p, k: keep(p, range(k)),
    "Keep every probability in its place: the result is as long as p.": lambda p, k: keep(np.sort(p), range(-k, 0))[
        -k:
    ],
}


def discounted(c, lower, D, least=0.0, kinds=np.count_nonzero, shares=np.positive):
    """What is left of each count c once D is taken off, but not less than `least`, and each one's share of the rest."""
    left = np.maximum(c - D, least)
    return (left + D * kinds(c) * shares(lower)) / c.sum()


lower = np.array([0.35, 0.3, 0.2, 0.1, 0.05])
seen = [(np.array([4, 0, 2, 0, 0]), lower, 0.75), (np.array([0, 1, 7, 0, 3]), lower, 0.5)]
discount = Exercise("discount", discounted, seen)
discount.advice = "Not right yet. Take D off every count above 0, and divide what was taken off as `lower` says."
discount.slips = {
    "Those are the bare frequencies: what was never seen gets nothing.": lambda c, lower, D: c / c.sum(),
    "Nobody gets what was taken off: they add up to less than 1.": lambda c, lower, D: np.maximum(c - D, 0) / c.sum(),
    "They add up to more than 1: take D off every count that is above 0.": lambda c, lower, D: (
        (c + D * np.count_nonzero(c) * lower) / c.sum()
    ),
    "A count of 0 cannot be lowered: at most, what is there can be taken off.": partial(discounted, least=-np.inf),
    "D was taken off once for each kind that was seen, so there are D · kinds to divide.": partial(
        discounted, kinds=lambda c: 1
    ),
    "The kinds are the different characters that were seen, not the whole vocabulary.": partial(discounted, kinds=len),
    "What was taken off is divided as `lower` says, not in equal parts.": partial(
        discounted, shares=lambda lower: np.full(len(lower), 1 / len(lower))
    ),
    "Divide by how often the context was seen, which is the sum of the counts, not by the number of kinds.": (
        lambda c, lower, D: discounted(c, lower, D) * c.sum() / np.count_nonzero(c)
    ),
    "Divide by the sum of the counts as they were, before anything was taken off.": lambda c, lower, D: (
        discounted(c, lower, D) * c.sum() / np.maximum(c - D, 0).sum()
    ),
    "That mixes in all of `lower`: only what was taken off may be handed on.": lambda c, lower, D: (
        np.maximum(c - D, 0) / c.sum() + lower
    ),
    "The other way round: D · kinds is handed on, and the rest stays with the counts.": lambda c, lower, D: (
        (D * np.count_nonzero(c) * c / c.sum() + (c.sum() - D * np.count_nonzero(c)) * lower) / c.sum()
    ),
}

TEXT_EXERCISES = [bits, encode, window, score, gradient, temperature, top_k, discount]
