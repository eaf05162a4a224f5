"""From gradients to new parameters: clipping, SGD and Adam, all in place."""

import math
from types import EllipsisType
from typing import Protocol

import numpy as np

from lstm_scratch.checks import check_positive, check_share
from lstm_scratch.files import Arrays
from lstm_scratch.parameters import Parameters

# Adam works on this many numbers at a time, so that they stay in a processor's cache until it has finished
BLOCK_NUMBERS = 16_384
# which rows of a parameter, or ... for all of it
Part = slice | EllipsisType
# parts of parameters, by name
Block = list[tuple[str, Part]]


def clip_by_global_norm(grads: Arrays, max_norm: float) -> float:
    """Scale all gradients together so that their joint norm is at most max_norm; return the norm before scaling.

        ‖g‖ = √(Σ gₖ²) over every entry of every array;   g ← g · max_norm / ‖g‖ if ‖g‖ > max_norm

    (Pascanu, Mikolov and Bengio, *On the difficulty of training recurrent neural networks*, 2013, algorithm 1).
    Raises ValueError unless max_norm is positive, and FloatingPointError if the norm is not finite.
    """
    check_positive(max_norm=max_norm)
    norm = float(np.sqrt(sum(float(np.vdot(grad, grad)) for grad in grads.values())))
    if not np.isfinite(norm):
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
    """What `train` needs of an optimizer, be it SGD, Adam or one of your own, made with the parameters of the model."""

    params: Arrays
    learning_rate: float
    # the arrays that it continues from: a checkpoint saves them
    state: Parameters
    # its other settings, by name: a checkpoint must agree with them
    options: dict[str, float]

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
        self.state = Parameters()
        self.options: dict[str, float] = {}

    def step(self, grads: Arrays) -> None:
        """Move every parameter against its gradient, in place. Raises ValueError if a gradient has another shape."""
        check_shapes(grads, self.params)
        for name, param in self.params.items():
            # p ← p - η g
            param -= self.learning_rate * grads[name]


class Adam:
    """Adam: steps of about η, whatever the size of the gradient (Kingma and Ba, 2015, algorithm 1).

    learning_rate is η. beta1 and beta2 (β₁, β₂) are the shares that each step keeps of the running averages of the
    gradient and of its square; epsilon (ε) prevents a division by zero. All parameters are treated as one long vector.
    `state` is what a checkpoint must save: m, v and the number of steps. Raises ValueError for a learning rate or an
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
        zeros = np.zeros_like(np.concatenate([param.ravel() for param in params.values()]))
        self.state = Parameters(m=zeros, v=zeros.copy(), steps=np.zeros((), np.int64))
        self.options = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon}
        self.blocks = in_blocks(params)

    def step(self, grads: Arrays) -> None:
        """Move every parameter, in place. Raises ValueError if a gradient has another shape than its parameter."""
        check_shapes(grads, self.params)
        self.state["steps"][...] += 1
        t = int(self.state["steps"])
        # m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ): both averages start at 0, and this removes the bias
        rate = self.learning_rate / (1 - self.beta1**t)
        root = 1 / math.sqrt(1 - self.beta2**t)
        start = 0
        for block in self.blocks:
            g = np.concatenate([grads[name][part].ravel() for name, part in block])
            m = self.state["m"][start : start + g.size]
            v = self.state["v"][start : start + g.size]
            start += g.size
            # m ← β₁ m + (1 - β₁) g
            m *= self.beta1
            m += (1 - self.beta1) * g
            # v ← β₂ v + (1 - β₂) g²
            v *= self.beta2
            v += (1 - self.beta2) * (g * g)
            # p ← p - η m̂ / (√v̂ + ε)
            change = rate * m / (root * np.sqrt(v) + self.epsilon)
            self.move(block, change)

    def move(self, block: Block, change: np.ndarray) -> None:
        """Subtract the change, one long vector, from the parameters of a block."""
        start = 0
        for name, part in block:
            p = self.params[name][part]
            p -= change[start : start + p.size].reshape(p.shape)
            start += p.size


def in_blocks(params: Arrays) -> list[Block]:
    """The parameters in order, cut into parts. A block has at most BLOCK_NUMBERS numbers, or consists of one part."""
    blocks: list[Block] = [[]]
    free = BLOCK_NUMBERS
    for name, param in params.items():
        for part in parts_of(param):
            size = param[part].size
            if size > free and blocks[-1]:
                blocks.append([])
                free = BLOCK_NUMBERS
            blocks[-1].append((name, part))
            free -= size
    return blocks


def parts_of(param: np.ndarray) -> list[Part]:
    """The parts of a parameter: a small one is a single part, and a large one is cut into groups of a few rows."""
    if param.size <= BLOCK_NUMBERS:
        return [...]
    rows = max(1, BLOCK_NUMBERS // param[0].size)
    return [slice(start, start + rows) for start in range(0, len(param), rows)]
