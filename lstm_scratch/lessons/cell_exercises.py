"""The checks of the numeric notebook's exercises: one step of an LSTM, and what its numbers mean.

A check is a function that takes the answer and returns a hint, or None if the answer is right; it looks for
the usual slips first, so that its hint can be of use.
"""

import math
from collections.abc import Callable

import numpy as np

from lstm_scratch.activations import sigmoid
from lstm_scratch.cell import LSTMCell
from lstm_scratch.lessons.hints import EMPTY, as_number, close, compare


def forgetful(b_f: float) -> str | None:
    """A forget bias with which [10, 20, 30], through the chosen weights, ends with c below 1.1."""
    W, U, b = np.array([[0.5], [0.4], [0.6], [0.7]]), np.array([[0.15], [0.1], [0.2], [0.25]]), np.zeros(4)
    b[1] = b_f
    cell, h, c = LSTMCell(W, U, b), np.zeros(1), np.zeros(1)
    for x in (10, 20, 30):
        step = cell.forward(np.array([x]), h, c)
        h, c = step.h, step.c
    if c.item() < 1.1:
        return None
    f = step.f.item()
    return f"c ends at {c.item():.2f}: at the 30, f = σ(about 12.1 + b_f) comes to {f:.2f}. It should be nearly 0."


def half_life(b_f: float) -> str | None:
    """The forget bias with which, at x = 0 and h₋₁ = 0, a memory fades to one half in ten steps."""
    left = sigmoid(b_f) ** 10
    if abs(left - 0.5) < 5e-3:
        return None
    advice = "First find the f with f¹⁰ = ½, then the z with σ(z) = f."
    return f"With your bias {left:.3f} of the memory is left after ten steps. {advice}"


def parameters(count: Callable[[int, int], int]) -> str | None:
    """A function (I, H) → the number of parameters of an LSTM."""
    for I, H in ((3, 2), (65, 128)):
        given, right = count(I, H), 4 * H * (I + H + 1)
        if given is None:
            return EMPTY
        slips = {
            right // 4: "That is one gate. How many are there?",
            right + 4 * H: "That counts two biases a gate, as PyTorch keeps them: they only add up, so one is enough.",
            right - 4 * H: "The weights are all there. And the biases?",
            right - 4 * H * H: "And the weights U, from the hidden state to itself?",
        }
        if as_number(given) != right:
            return slips.get(
                as_number(given), f"For I = {I} and H = {H} it gives {given}. What shapes have W, U and b?"
            )
    return None


def difference(derivative: Callable[[Callable[[float], float], float, float], float]) -> str | None:
    """A function (f, x, distance) → f′(x), by a difference that looks to both sides."""
    distance = 1e-3
    for name, f, x, slope in (("sin", math.sin, 0.3, math.cos(0.3)), ("cube", lambda t: t**3, 1.7, 3 * 1.7**2)):
        given = derivative(f, x, distance)
        if given is None:
            return EMPTY
        error = abs(given - slope)
        if abs(given - 2 * slope) < 1e-5:
            return "That is twice the slope. How far apart are the two points?"
        if 1e-5 < error < 1e-1:
            return f"Close, but off by {error:.0e} at a distance of {distance}: too much. Look to both sides of x."
        if error > 1e-5:
            return f"For the {name} at {x} it gives {given:.4f}, and the slope there is {slope:.4f}. Rise over run."
    return None


def step(forward: Callable[..., tuple[np.ndarray, np.ndarray]]) -> str | None:
    """A function (x, h_prev, c_prev, W, U, b) → (h, c): the LSTM's step, the gates stacked i, f, g, o."""
    x, h_prev, c_prev, W, U, b = example()
    right = LSTMCell(W, U, b).forward(x, h_prev, c_prev)
    z = W @ x + U @ h_prev + b
    i, f, g, o = sigmoid(z[:3]), sigmoid(z[3:6]), np.tanh(z[6:9]), sigmoid(z[9:])
    o_for_g = f * c_prev + i * np.tanh(z[9:])
    slips = {
        "h is o · tanh(c): the tanh is missing.": (o * right.c, right.c),
        "The third block of rows is g and the last is o, not the other way round.": (
            sigmoid(z[6:9]) * np.tanh(o_for_g),
            o_for_g,
        ),
        "The candidate g takes tanh, not σ.": (
            o * np.tanh(f * c_prev + i * sigmoid(z[6:9])),
            f * c_prev + i * sigmoid(z[6:9]),
        ),
        "f belongs to c₋₁ and i to g.": (o * np.tanh(i * c_prev + f * g), i * c_prev + f * g),
    }
    return compare_step(forward(x, h_prev, c_prev, W, U, b), (right.h, right.c), slips)


def forget_gradient(backward: Callable[..., np.ndarray]) -> str | None:
    """A function (dc, c_prev, f) → dz_f, the gradient of what stands inside the forget gate's σ."""
    rng = np.random.default_rng(1)
    dc, c_prev, f = rng.normal(size=3), rng.normal(size=3), sigmoid(rng.normal(size=3))
    slips = {
        "That is df, the gradient of f. One more link of the chain: f = σ(z_f).": dc * c_prev,
        "In c = f c₋₁ + i g, what is f multiplied by?": dc * f * (1 - f),
        "That takes tanh's derivative; f is a σ.": dc * c_prev * (1 - f**2),
        "And what arrived at c? dc is missing.": c_prev * f * (1 - f),
        "f is already the value of σ: its derivative there is f (1 - f).": dc * c_prev * sigmoid(f) * (1 - sigmoid(f)),
    }
    right = dc * c_prev * f * (1 - f)
    return compare(backward(dc.copy(), c_prev.copy(), f.copy()), right, "dz_f", slips)


def coupled(forward: Callable[..., tuple[np.ndarray, np.ndarray]]) -> str | None:
    """The step with one gate for two: what is forgotten makes room for what is written, i = 1 - f.

    (Greff et al., 2017, variant CIFG.) The stacked gates are f, g, o.
    """
    x, h_prev, c_prev, W, U, b = example()
    W, U, b = W[3:], U[3:], b[3:]
    z = W @ x + U @ h_prev + b
    f, g, o = sigmoid(z[:3]), np.tanh(z[3:6]), sigmoid(z[6:])
    c, swapped = f * c_prev + (1 - f) * g, (1 - f) * c_prev + f * g
    both, ungated = f * c_prev + f * g, f * c_prev + g
    slips = {
        "The other way round: f stays with c₋₁, and 1 - f goes to g.": (o * np.tanh(swapped), swapped),
        "Here g is multiplied by f as well: it should be 1 - f.": (o * np.tanh(both), both),
        "Here g is added as it is: it should be multiplied by 1 - f.": (o * np.tanh(ungated), ungated),
    }
    return compare_step(forward(x, h_prev, c_prev, W, U, b), (o * np.tanh(c), c), slips)


def peepholes(forward: Callable[..., tuple[np.ndarray, np.ndarray]]) -> str | None:
    """The step with peepholes p_i, p_f, p_o: i and f look at c₋₁, o looks at the new c.

    (Gers and Schmidhuber, *Recurrent nets that time and count*, 2000; Greff et al., 2017, section II.A.)
    """
    x, h_prev, c_prev, W, U, b = example()
    p_i, p_f, p_o = np.random.default_rng(2).normal(size=(3, 3))
    z = W @ x + U @ h_prev + b
    i, f, g = sigmoid(z[:3] + p_i * c_prev), sigmoid(z[3:6] + p_f * c_prev), np.tanh(z[6:9])
    c = f * c_prev + i * g
    h, plain = sigmoid(z[9:] + p_o * c) * np.tanh(c), LSTMCell(W, U, b).forward(x, h_prev, c_prev)
    slips = {
        "That is the step without peepholes.": (plain.h, plain.c),
        "The output gate looks at the new c, not at c₋₁.": (sigmoid(z[9:] + p_o * c_prev) * np.tanh(c), c),
        "c is right. Does the output gate have its peephole?": (sigmoid(z[9:]) * np.tanh(c), c),
    }
    return compare_step(forward(x, h_prev, c_prev, W, U, b, p_i, p_f, p_o), (h, c), slips)


def example() -> tuple[np.ndarray, ...]:
    """x (2,), h₋₁ and c₋₁ (3,), W (12, 2), U (12, 3), b (12,), all random, the same every time."""
    rng = np.random.default_rng(0)
    return tuple(rng.normal(size=shape) for shape in (2, 3, 3, (12, 2), (12, 3), 12))


def compare_step(given: object, right: tuple[np.ndarray, np.ndarray], slips: dict) -> str | None:
    """A hint if (h, c) is not the right pair: one for a known slip, or which of the two is off."""
    if given is None:
        return EMPTY
    if not hasattr(given, "__len__") or len(given) != 2:
        return "Return two arrays, h and c."
    if all(close(ours, theirs) for ours, theirs in zip(given, right[::-1])):
        return "The numbers are right, but h comes first and then c."
    for hint, slip in slips.items():
        if all(close(ours, theirs) for ours, theirs in zip(given, slip)):
            return hint
    return compare(given[1], right[1], "c", {}) or compare(given[0], right[0], "h", {})


NUMBERS: dict[str, Callable[[float], str | None]] = {"forgetful": forgetful, "half-life": half_life}
CELL_FUNCTIONS: dict[str, Callable[[Callable], str | None]] = {
    "parameters": parameters,
    "difference": difference,
    "step": step,
    "forget gradient": forget_gradient,
    "coupled": coupled,
    "peepholes": peepholes,
}
