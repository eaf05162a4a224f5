"""From gradients to new parameters: clipping, SGD and Adam, all in place."""

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from lstm_scratch.checks import check_positive, check_share
from lstm_scratch.files import Arrays
from lstm_scratch.parameters import Parameters

# Adam works on about this many numbers at a time, so that they stay in a processor's cache until it has finished
CACHED_NUMBERS = 16_384


def clip_by_global_norm(grads: Arrays, max_norm: float) -> float:
    """Scale all gradients together so that their joint norm is at most max_norm; return the norm before scaling.

        ‖g‖ = √(Σ gₖ²) over every entry of every array;   g ← g · max_norm / ‖g‖ if ‖g‖ > max_norm

    (Pascanu, Mikolov and Bengio, *On the difficulty of training recurrent neural networks*, 2013, algorithm 1).
    Raises ValueError unless max_norm is positive, and FloatingPointError if the norm is not finite.
    """
    check_positive(max_norm=max_norm)
    norm = math.sqrt(sum(float(np.vdot(grad, grad)) for grad in grads.values()))
    if not math.isfinite(norm):
        raise FloatingPointError("the gradients are not finite: the parameters have grown too large, or contain NaN")
    if norm > max_norm:
        for grad in grads.values():
            grad *= max_norm / norm
    return norm


def check_shapes(grads: Arrays, params: Arrays) -> None:
    """Raise ValueError unless each gradient has the shape of its parameter; NumPy might broadcast another."""
    for name, param in params.items():
        if grads[name].shape != param.shape:
            raise ValueError(f"the gradient of {name} must have shape {param.shape}, not {grads[name].shape}")


class Optimizer(Protocol):
    """What `train` needs of an optimizer, be it SGD, Adam or one of your own, made with the parameters of the model.

    A copy or a pickle of an optimizer alone has parameters of its own, which no model uses. Copy both at once, as in
    model, optimizer = copy.deepcopy((model, optimizer)), and the copies belong together.
    """

    params: Arrays
    learning_rate: float

    @property
    def state(self) -> Parameters:
        """The arrays that it continues from: a checkpoint saves them."""

    @property
    def options(self) -> dict[str, float]:
        """Its other settings, by name: a checkpoint must agree with them."""

    def step(self, grads: Arrays) -> None:
        """Move every parameter, in place."""


class SGD:
    """Gradient descent: p ← p - η g, with the learning rate η. It has no state and no other options.

    Raises ValueError for a learning rate that is not positive.
    """

    def __init__(self, params: Arrays, learning_rate: float) -> None:
        check_positive(learning_rate=learning_rate)
        self.params = params
        self.learning_rate = learning_rate

    def __repr__(self) -> str:
        return f"SGD(learning_rate={self.learning_rate:g})"

    @property
    def state(self) -> Parameters:
        """Nothing: each step depends on its gradient alone."""
        return Parameters()

    @property
    def options(self) -> dict[str, float]:
        """None."""
        return {}

    def step(self, grads: Arrays) -> None:
        """Move every parameter against its gradient, in place. Raises ValueError if a gradient has another shape."""
        check_shapes(grads, self.params)
        for name, param in self.params.items():
            # p ← p - η g
            param -= self.learning_rate * grads[name]


class Adam:
    """Adam: steps of about η, whatever the size of the gradient (Kingma and Ba, 2015, algorithm 1).

    learning_rate is η. beta1 and beta2 (β₁, β₂) are the shares that each step keeps of the running averages of the
    gradient and of its square; epsilon (ε) prevents a division by zero. Raises ValueError for a learning rate or an
    epsilon that is not positive, or a beta that is not at least 0 and below 1.
    """

    def __init__(
        self,
        params: Arrays,
        learning_rate: float,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        check_positive(learning_rate=learning_rate, epsilon=epsilon)
        check_share(beta1=beta1, beta2=beta2)
        self.params = params
        self.learning_rate = learning_rate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        # all parameters, one after the other, as one long vector
        self.m = np.zeros_like(np.concatenate([param.ravel() for param in params.values()]))
        self.v = self.m.copy()
        self.steps = np.zeros((), np.int64)

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value:g}" for name, value in self.options.items())
        return f"Adam(learning_rate={self.learning_rate:g}, {options})"

    @property
    def state(self) -> Parameters:
        """Both averages, each as one long vector, and the number of steps so far: a checkpoint saves them."""
        return Parameters(m=self.m, v=self.v, steps=self.steps)

    @property
    def options(self) -> dict[str, float]:
        """β₁, β₂ and ε."""
        return {"beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon}

    def step(self, grads: Arrays) -> None:
        """Move every parameter, in place. Raises ValueError if a gradient has another shape than its parameter."""
        check_shapes(grads, self.params)
        self.steps += 1
        t = int(self.steps)
        # m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ): both averages start at 0, and this removes the bias
        rate = self.learning_rate / (1 - self.beta1**t)
        root = 1 / math.sqrt(1 - self.beta2**t)
        start = 0
        for pieces in few_at_a_time(self.params, grads):
            # all pieces as one vector, because a few long operations take less time than many short ones
            g = np.concatenate([g.ravel() for _, g in pieces])
            m = self.m[start : start + g.size]
            v = self.v[start : start + g.size]
            start += g.size
            # m ← β₁ m + (1 - β₁) g
            m *= self.beta1
            m += (1 - self.beta1) * g
            # v ← β₂ v + (1 - β₂) g²
            v *= self.beta2
            v += (1 - self.beta2) * (g * g)
            # p ← p - η m̂ / (√v̂ + ε)
            change = rate * m / (root * np.sqrt(v) + self.epsilon)
            for p, _ in pieces:
                p -= change[: p.size].reshape(p.shape)
                change = change[p.size :]


def few_at_a_time(params: Arrays, grads: Arrays) -> Iterator[list[tuple[np.ndarray, np.ndarray]]]:
    """Yield lists of pieces (p, g) of the parameters and their gradients, in order.

    A piece is a few rows. Those of a list fit into a processor's cache together, unless a single row is too long.
    """
    pieces: list[tuple[np.ndarray, np.ndarray]] = []
    free = CACHED_NUMBERS
    for name, param in params.items():
        p, g = np.atleast_1d(param, grads[name])
        few = max(1, CACHED_NUMBERS * len(p) // max(1, p.size))
        for start in range(0, len(p), few):
            rows = slice(start, start + few)
            if pieces and p[rows].size > free:
                yield pieces
                pieces, free = [], CACHED_NUMBERS
            pieces.append((p[rows], g[rows]))
            free -= p[rows].size
    yield pieces
