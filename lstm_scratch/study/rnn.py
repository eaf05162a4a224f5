"""The plain recurrent network that the LSTM was invented to improve on: with one equation per step and no gates.

    h = tanh(W x + U h₋₁ + b)

(Elman, *Finding Structure in Time*, 1990.) It has the methods `forward` and `backward`, as `layer.LSTM` does, and is
simple rather than fast.
"""

import numpy as np

from lstm_scratch.activations import tanh_derivative
from lstm_scratch.checks import check_array, check_whole
from lstm_scratch.parameters import Parameters


class RNN:
    """A plain tanh layer. `params` and `grads` hold W (H, I), U (H, H) and b (H,), in float64.

    W and U start with uniform random numbers between -1/√H and 1/√H, and b starts at zero.
    """

    def __init__(self, input_size: int, hidden_size: int, *, rng: int | np.random.Generator = 0) -> None:
        check_whole(input_size=input_size, hidden_size=hidden_size)
        self.input_size = input_size
        self.hidden_size = hidden_size
        rng = np.random.default_rng(rng)
        bound = 1 / np.sqrt(hidden_size)
        W = rng.uniform(-bound, bound, (hidden_size, input_size))
        U = rng.uniform(-bound, bound, (hidden_size, hidden_size))
        b = np.zeros(hidden_size)
        self.params = Parameters(W=W, U=U, b=b)
        self.grads: dict[str, np.ndarray] = {}

    def forward(self, x: np.ndarray, state: tuple[np.ndarray] | None = None) -> tuple[np.ndarray, tuple[np.ndarray]]:
        """Run over a sequence: x (T, B, I) → h (T, B, H) and the last state (h_T,), with h_T (B, H).

        Raises ValueError if a shape does not fit or a number is not finite.
        """
        T, B, _ = np.shape(x)
        self.x = check_array("x", x, (T, B, self.input_size))
        # h[t] is the state before step t
        self.h = np.zeros((T + 1, B, self.hidden_size))
        if state is not None:
            self.h[0] = check_array("h0", state[0], (B, self.hidden_size))
        for t in range(T):
            # h = tanh(W x + U h₋₁ + b)
            z = self.x[t] @ self.params["W"].T + self.h[t] @ self.params["U"].T + self.params["b"]
            self.h[t + 1] = np.tanh(z)
        return self.h[1:].copy(), (self.h[T].copy(),)

    def backward(self, dh: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray]]:
        """Backpropagation through time for the last forward pass; fills `grads`.

        dh (T, B, H) is ∂L/∂h of every step. Returns dx (T, B, I) and (dh0,). Raises ValueError if a shape does not fit.
        """
        dh = check_array("dh", dh, self.h[1:].shape)
        dz = np.empty_like(dh)
        dh_next = np.zeros_like(self.h[0])
        for t in reversed(range(len(dh))):
            # dz = tanh′ ⊙ dh, and dh₋₁ = Uᵀ dz: the whole gradient goes through U and tanh′ at every step
            dz[t] = tanh_derivative(self.h[t + 1]) * (dh[t] + dh_next)
            dh_next = dz[t] @ self.params["U"]
        # dW = Σ dz xᵀ, dU = Σ dz h₋₁ᵀ, db = Σ dz, over all steps and the batch
        self.grads["W"] = np.einsum("tbh,tbi->hi", dz, self.x)
        self.grads["U"] = np.einsum("tbh,tbk->hk", dz, self.h[:-1])
        self.grads["b"] = dz.sum(axis=(0, 1))
        return dz @ self.params["W"], (dh_next,)
