"""From gradients to new parameters: clipping, SGD and Adam, all in place; and dropout."""

import math

import numpy as np

from lstm_scratch.checks import check_positive, check_rates
from lstm_scratch.files import Arrays


def clip_by_global_norm(grads: Arrays, max_norm: float) -> float:
    """Scale all gradients together so that their joint norm is at most max_norm; return the norm before.

        ‖g‖ = √(Σ gₖ²)   over every entry of every array,
        g ← g · max_norm / ‖g‖   if ‖g‖ > max_norm

    (Pascanu, Mikolov and Bengio, *On the difficulty of training recurrent neural networks*, 2013,
    algorithm 1; PyTorch divides by ‖g‖ + 1e-6 instead). Raises ValueError unless max_norm is positive, and
    FloatingPointError if the norm is not finite.
    """
    check_positive(max_norm=max_norm)
    norm = float(np.sqrt(sum(float(np.vdot(grad, grad)) for grad in grads.values())))
    if not np.isfinite(norm):
        raise FloatingPointError("the gradients are not finite: the parameters have grown too large, or hold NaN")
    if norm > max_norm:
        for grad in grads.values():
            grad *= max_norm / norm
    return norm


def dropout_mask(rng: np.random.Generator, shape: tuple[int, ...], rate: float, dtype: np.dtype) -> np.ndarray:
    """Zeros with probability `rate`, and 1 / (1 - rate) elsewhere, so that the mean stays 1.

    Multiplied into an array while learning, it takes away at random what the model must not come to rely on
    (Srivastava and others, *Dropout*, 2014; scaled while learning, so that nothing changes afterwards).
    Raises ValueError unless 0 <= rate < 1.
    """
    check_rates(rate=rate)
    kept = rng.random(shape, dtype=np.float32) >= rate
    return kept * np.asarray(1 / (1 - rate), dtype)


def check_grads(grads: Arrays, params: Arrays) -> None:
    """Raise ValueError unless there is a gradient of its shape for each parameter."""
    for name, param in params.items():
        if name not in grads:
            raise ValueError(f"there is no gradient for {name}: gradients were given for {sorted(grads)}")
        if np.shape(grads[name]) != param.shape:
            raise ValueError(f"the gradient of {name} must have shape {param.shape}, not {np.shape(grads[name])}")


class SGD:
    """Gradient descent: p ← p - η g, with the learning rate η."""

    def __init__(self, params: Arrays, learning_rate: float) -> None:
        self.params = params
        check_positive(learning_rate=learning_rate)
        self.learning_rate = learning_rate

    def step(self, grads: Arrays) -> None:
        """Move every parameter a little way down its gradient, in place; see `check_grads` for what is refused."""
        check_grads(grads, self.params)
        for name, param in self.params.items():
            # p ← p - η g
            param -= self.learning_rate * grads[name]

    def state(self) -> Arrays:
        """What must be saved to go on later: nothing, for plain gradient descent."""
        return {}

    def restore(self, state: Arrays) -> None:
        """Take back what `state` gave: nothing, for plain gradient descent."""


class Adam:
    """Adam: steps of about η, whatever the size of the gradient (Kingma and Ba, 2015, algorithm 1).

    All parameters are treated as one long vector: the arithmetic is the same for every entry. Raises ValueError
    if there are none, learning_rate or epsilon is not positive, or a β is not at least 0 and below 1.
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
        check_rates(beta1=beta1, beta2=beta2)
        if not params:
            raise ValueError("params is empty: at least one array to learn was expected")
        self.params = params
        self.learning_rate = learning_rate
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.steps = 0
        self.m = np.zeros_like(one_vector(params))
        self.v = np.zeros_like(self.m)

    def step(self, grads: Arrays) -> None:
        """Move every parameter, in place; see `check_grads` for what is refused."""
        check_grads(grads, self.params)
        self.steps += 1
        m, v, g = self.m, self.v, one_vector({name: grads[name] for name in self.params})
        # m ← β₁ m + (1 - β₁) g
        m *= self.beta1
        m += (1 - self.beta1) * g
        # v ← β₂ v + (1 - β₂) g²
        v *= self.beta2
        v += (1 - self.beta2) * (g * g)
        # m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ): both averages start at 0, and this takes the bias out
        rate = self.learning_rate / (1 - self.beta1**self.steps)
        root = 1 / math.sqrt(1 - self.beta2**self.steps)
        # p ← p - η m̂ / (√v̂ + ε)
        change = rate * m / (root * np.sqrt(v) + self.epsilon)
        start = 0
        for param in self.params.values():
            param -= change[start : start + param.size].reshape(param.shape)
            start += param.size

    def state(self) -> Arrays:
        """What must be saved to go on later: both averages and the number of steps."""
        return {"m": self.m, "v": self.v, "steps": np.array(self.steps, dtype=np.int64)}

    def restore(self, state: Arrays) -> None:
        """Take back what `state` gave. Raises ValueError if the steps or the mean squares in it are negative."""
        if state["steps"] < 0 or (state["v"] < 0).any():
            raise ValueError("the steps and the mean squares v of Adam must not be negative")
        self.m[...] = state["m"]
        self.v[...] = state["v"]
        self.steps = int(state["steps"])


def one_vector(arrays: Arrays) -> np.ndarray:
    """All entries of all arrays, one after the other."""
    return np.concatenate([array.ravel() for array in arrays.values()])
