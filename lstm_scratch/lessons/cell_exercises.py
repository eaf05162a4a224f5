"""The exercises of the numeric notebook: one step of an LSTM, and what its numbers mean.

Each keyword argument of a function is something that a slip gets wrong.
"""

import math
from functools import partial

import numpy as np

from lstm_scratch.activations import sigmoid
from lstm_scratch.cell import unroll
from lstm_scratch.lessons.example import example_cell
from lstm_scratch.lessons.exercises import Exercise

rng = np.random.default_rng(0)
# two inputs and three hidden units: x, h₋₁, c₋₁, W, U, b
EXAMPLE = tuple(rng.normal(size=shape) for shape in (2, 3, 3, (12, 2), (12, 3), 12))


def last_c_and_f(b_f):
    """c and f at the end of [10, 20, 30], in the notebook's cell with this forget bias."""
    last = unroll(example_cell(b_f), [[10], [20], [30]])[-1]
    return last.c.item(), last.f.item()


forgetful = Exercise("forgetful", lambda: -20.0, [()], is_function=False, effect=last_c_and_f, tolerance=0.1)
forgetful.why = "At the 30 the forget gate is shut, so only the last candidate is left."
forgetful.advice = (
    "c ends at {given[0]:.2f}: at the 30, f = σ(about 12.1 + b_f) comes to {given[1]:.2f}. It should be nearly 0."
)

half_life = Exercise(
    "half-life", lambda: 2.634, [()], is_function=False, effect=lambda b_f: sigmoid(b_f) ** 10, tolerance=0.013
)
half_life.why = "The gate loses only 7% a step, and still half is gone after ten."
half_life.advice = (
    "With your bias {given:.3f} of the memory is left after ten steps. "
    "First find the f with f¹⁰ = ½, then the z with σ(z) = f."
)
half_life.slips = {"That is f itself. Which z gives σ(z) = f?": lambda: 0.5**0.1}

parameters = Exercise("parameters", lambda I, H: 4 * H * (I + H + 1), [(3, 2), (65, 128)])
parameters.why = "For one input and eight cells that makes 320."
parameters.advice = "For I = {arguments[0]} and H = {arguments[1]} it gives {given}. What shapes have W, U and b?"
parameters.slips = {
    "That is one gate. How many are there?": lambda I, H: H * (I + H + 1),
    "PyTorch keeps two biases for each gate, but they are added: count one.": lambda I, H: 4 * H * (I + H + 2),
    "The weights are all there. And the biases?": lambda I, H: 4 * H * (I + H),
    "And the weights U, from the hidden state to itself?": lambda I, H: 4 * H * (I + 1),
}

difference = Exercise(
    "difference",
    lambda f, x, d, right=1, left=1, run=2: (f(x + right * d) - f(x - left * d)) / (run * d),
    [(math.sin, 0.3, 1e-3), (math.exp, 1.7, 1e-3)],
)
difference.why = "Looking to both sides, the errors of first order cancel."
difference.advice = (
    "For {arguments[0].__name__} at {arguments[1]} it gives {given:.4f}, and the slope there is {right:.4f}. "
    "Divide the rise by the run."
)
difference.slips = {
    "That is twice the slope. How far apart are the two points?": partial(difference.right, run=1),
    "Close, but not {right:.5f}. Look to the left of x as well.": partial(difference.right, left=0, run=1),
    "Close, but not {right:.5f}. Look to the right of x as well.": partial(difference.right, right=0, run=1),
}


def one_step(x, h_prev, c_prev, W, U, b, order="ifgo", of_g=np.tanh, of_c=np.tanh):
    """h and c after one step of an LSTM whose gates are stacked in this order."""
    z = dict(zip(order, np.split(W @ x + U @ h_prev + b, 4), strict=True))
    c = sigmoid(z["f"]) * c_prev + sigmoid(z["i"]) * of_g(z["g"])
    return sigmoid(z["o"]) * of_c(c), c


step = Exercise("step", one_step, [EXAMPLE], parts=("h", "c"))
step.slips = {
    "h is o · tanh(c): the tanh is missing.": partial(one_step, of_c=np.positive),
    "The third block of rows is g and the last is o, not the other way round.": partial(one_step, order="ifog"),
    "The candidate g takes tanh, not σ.": partial(one_step, of_g=sigmoid),
    "f belongs to c₋₁ and i to g.": partial(one_step, order="figo"),
}

forget_gradient = Exercise(
    "forget gradient",
    lambda dc, c_prev, f: dc * c_prev * f * (1 - f),
    [(*rng.normal(size=(2, 3)), sigmoid(rng.normal(size=3)))],
)
forget_gradient.advice = (
    "Not right yet. What arrives at c, times what f is multiplied by, times the slope of σ: f (1 - f)."
)
forget_gradient.slips = {
    "That is df, the gradient of f. One link of the chain is left: f = σ(z_f).": lambda dc, c_prev, f: dc * c_prev,
    "In c = f c₋₁ + i g, what is f multiplied by?": lambda dc, c_prev, f: dc * f * (1 - f),
    "That takes the derivative of tanh, but f is a σ.": lambda dc, c_prev, f: dc * c_prev * (1 - f**2),
    "And what arrived at c? dc is missing.": lambda dc, c_prev, f: c_prev * f * (1 - f),
    "f is already the value of σ: the derivative there is f (1 - f).": (
        lambda dc, c_prev, f: dc * c_prev * sigmoid(f) * (1 - sigmoid(f))
    ),
}


def one_gate(x, h_prev, c_prev, W, U, b, keep=lambda f: f, write=lambda f: 1 - f):
    """h and c after one step with i = 1 - f, the variant CIFG of Greff et al. (2017). The gates are stacked f, g, o."""
    z_f, z_g, z_o = np.split(W @ x + U @ h_prev + b, 3)
    f = sigmoid(z_f)
    c = keep(f) * c_prev + write(f) * np.tanh(z_g)
    return sigmoid(z_o) * np.tanh(c), c


coupled = Exercise("coupled", one_gate, [(*EXAMPLE[:3], *(array[3:] for array in EXAMPLE[3:]))], parts=("h", "c"))
coupled.slips = {
    "f stays with c₋₁, and 1 - f goes to g.": partial(one_gate, keep=lambda f: 1 - f, write=lambda f: f),
    "Here g is multiplied by f as well: it should be 1 - f.": partial(one_gate, write=lambda f: f),
    "Here g is added as it is: it should be multiplied by 1 - f.": partial(one_gate, write=np.ones_like),
}


def with_peepholes(x, h_prev, c_prev, W, U, b, p_i, p_f, p_o, seen_by_o=lambda c_prev, c: c):
    """h and c after one step with peepholes (Gers and Schmidhuber, *Recurrent nets that time and count*, 2000)."""
    z_i, z_f, z_g, z_o = np.split(W @ x + U @ h_prev + b, 4)
    c = sigmoid(z_f + p_f * c_prev) * c_prev + sigmoid(z_i + p_i * c_prev) * np.tanh(z_g)
    return sigmoid(z_o + p_o * seen_by_o(c_prev, c)) * np.tanh(c), c


peepholes = Exercise("peepholes", with_peepholes, [(*EXAMPLE, *rng.normal(size=(3, 3)))], parts=("h", "c"))
peepholes.slips = {
    "That is the step without peepholes.": lambda *arguments: one_step(*arguments[:6]),
    "The output gate looks at the new c, not at c₋₁.": partial(with_peepholes, seen_by_o=lambda c_prev, c: c_prev),
    "c is right. Does the output gate have its peephole?": partial(with_peepholes, seen_by_o=lambda c_prev, c: 0),
}

CELL_EXERCISES = [forgetful, half_life, parameters, difference, step, forget_gradient, coupled, peepholes]
