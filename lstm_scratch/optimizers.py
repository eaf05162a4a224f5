"""From gradients to new parameters: clipping, SGD and Adam. All of them work in place."""

import numpy as np

from lstm_scratch.checks import check_positive

Arrays = dict[str, np.ndarray]


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


class SGD:
    """Gradient descent: p ← p - η g, with the learning rate η."""

    def __init__(self, params: Arrays, learning_rate: float) -> None:
        self.params = params
        check_positive(learning_rate=learning_rate)
        self.learning_rate = learning_rate

    def step(self, grads: Arrays) -> None:
        """Move every parameter a little way down its gradient, in place."""
        for name, param in self.params.items():
            # p ← p - η g
            param -= self.learning_rate * grads[name]

    def state(self) -> Arrays:
        """What must be saved to go on later: nothing, for plain gradient descent."""
        return {}

    def restore(self, state: Arrays) -> None:
        """Take back what `state` gave: nothing, for plain gradient descent."""


class Adam:
    """Adam: steps of about η, whatever the size of the gradient (Kingma and Ba, 2015, algorithm 1)."""

    def __init__(
        self,
        params: Arrays,
        learning_rate: float,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        self.params = params
        check_positive(learning_rate=learning_rate)
        self.learning_rate = learning_rate
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.steps = 0
        self.m = {name: np.zeros_like(param) for name, param in params.items()}
        self.v = {name: np.zeros_like(param) for name, param in params.items()}

    def step(self, grads: Arrays) -> None:
        """Move every parameter, in place."""
        self.steps += 1
        # m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ): both averages start at 0, and this takes the bias out
        rate = self.learning_rate / (1 - self.beta1**self.steps)
        root = 1 / np.sqrt(1 - self.beta2**self.steps)
        for name, param in self.params.items():
            m, v, grad = self.m[name], self.v[name], grads[name]
            # m ← β₁ m + (1 - β₁) g
            m *= self.beta1
            m += (1 - self.beta1) * grad
            # v ← β₂ v + (1 - β₂) g²
            v *= self.beta2
            v += (1 - self.beta2) * (grad * grad)
            # p ← p - η m̂ / (√v̂ + ε)
            param -= rate * m / (float(root) * np.sqrt(v) + self.epsilon)

    def state(self) -> Arrays:
        """What must be saved to go on later: both averages and the number of steps."""
        moments = {f"m.{name}": m for name, m in self.m.items()} | {f"v.{name}": v for name, v in self.v.items()}
        return moments | {"steps": np.array(self.steps)}

    def restore(self, state: Arrays) -> None:
        """Take back what `state` gave."""
        for name in self.params:
            self.m[name][...] = state[f"m.{name}"]
            self.v[name][...] = state[f"v.{name}"]
        self.steps = int(state["steps"])
