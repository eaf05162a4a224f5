"""The plain recurrent network that the LSTM was invented to improve on: one equation a step, no gates.

    h = tanh(W x + U h₋₁ + b)

(Elman, *Finding Structure in Time*, 1990.) It is here to be compared with: it is called as `layer.LSTM` is,
as far as the notebooks need it, and it is simple rather than fast.
"""

import numpy as np

from lstm_scratch.activations import tanh_derivative
from lstm_scratch.checks import cast_array, check_sizes, check_state, new_generator


class RNN:
    """A plain tanh layer. `params` and `grads` hold W (H, I), U (H, H) and b (H,), in float64.

    Weights start uniform in ±1/√H, b at zero. Raises ValueError if a size is below 1, or rng is neither a seed nor a
    Generator.
    """

    def __init__(self, input_size: int, hidden_size: int, *, rng: int | np.random.Generator = 0) -> None:
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        self.input_size, self.hidden_size = int(input_size), int(hidden_size)
        H, rng = self.hidden_size, new_generator(rng)
        bound = 1 / np.sqrt(H)
        W, U = (rng.uniform(-bound, bound, (H, columns)) for columns in (self.input_size, H))
        self.params = {"W": W, "U": U, "b": np.zeros(H)}
        self.grads = {name: np.zeros_like(param) for name, param in self.params.items()}
        self._kept: tuple[np.ndarray, np.ndarray] | None = None

    def forward(self, x: np.ndarray, state: tuple[np.ndarray] | None = None) -> tuple[np.ndarray, tuple[np.ndarray]]:
        """Run over a sequence: x (T, B, I) → h (T, B, H) and the last state (h_T,), with h_T (B, H).

        h is read-only, because the backward pass needs it as it is. Raises ValueError if a shape does not fit or
        a number is not finite.
        """
        if np.ndim(x) != 3 or 0 in np.shape(x):
            raise ValueError(f"x must have shape (T, B, {self.input_size}), not {np.shape(x)}")
        T, B, _ = np.shape(x)
        x = cast_array("x", x, (T, B, self.input_size), np.dtype(np.float64))
        h = np.zeros((T + 1, B, self.hidden_size))
        if state is not None:
            check_state(state, ("h0",))
            h[0] = cast_array("h0", state[0], h[0].shape, h.dtype)
        for t in range(T):
            # h = tanh(W x + U h₋₁ + b)
            h[t + 1] = np.tanh(x[t] @ self.params["W"].T + h[t] @ self.params["U"].T + self.params["b"])
        h.flags.writeable = False
        self._kept = x, h
        return h[1:], (h[T].copy(),)

    def backward(self, dh: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray]]:
        """Backpropagation through time for the last forward pass; fills `grads`.

        dh (T, B, H) is ∂L/∂h of every step. Returns dx (T, B, I) and (dh0,). Raises RuntimeError without a
        forward pass, ValueError if a shape does not fit.
        """
        if self._kept is None:
            raise RuntimeError("backward needs a forward pass first")
        x, h = self._kept
        dh = cast_array("dh", dh, h[1:].shape, h.dtype)
        dz, dh_next = np.empty_like(dh), np.zeros_like(h[0])
        for t in reversed(range(len(x))):
            # dz = tanh′ ⊙ dh, and dh₋₁ = Uᵀ dz: the whole gradient goes through U and tanh′ at every step
            dz[t] = tanh_derivative(h[t + 1]) * (dh[t] + dh_next)
            dh_next = dz[t] @ self.params["U"]
        # dW = Σ dz xᵀ, dU = Σ dz h₋₁ᵀ, db = Σ dz, over all steps and the batch
        self.grads["W"][...] = np.einsum("tbh,tbi->hi", dz, x)
        self.grads["U"][...] = np.einsum("tbh,tbk->hk", dz, h[:-1])
        self.grads["b"][...] = dz.sum(axis=(0, 1))
        return dz @ self.params["W"], (dh_next,)
