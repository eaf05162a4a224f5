"""The plain recurrent network that the LSTM was invented to improve on: with one equation per step and no gates.

    h = tanh(W x + U h₋₁ + b)

(Elman, *Finding Structure in Time*, 1990.) It has the methods `forward` and `backward`, as `layer.LSTM` does, and is
simple rather than fast.
"""

import numpy as np

from lstm_scratch.activations import tanh_derivative
from lstm_scratch.checks import check_array, check_rng, check_whole
from lstm_scratch.parameters import HasParameters, Parameters


class RNN(HasParameters):
    """A plain tanh layer. `params` and `grads` hold W (H, I), U (H, H) and b (H,), in float64.

    W and U start with uniform random numbers between -1/√H and 1/√H, and b starts at zero. A copy or a pickle has the
    parameters, but no forward pass and no gradients.
    """

    def __init__(self, input_size: int, hidden_size: int, *, rng: int | np.random.Generator = 0) -> None:
        check_whole(input_size=input_size, hidden_size=hidden_size)
        rng = check_rng(rng)
        bound = 1 / np.sqrt(hidden_size)
        W = rng.uniform(-bound, bound, (hidden_size, input_size))
        U = rng.uniform(-bound, bound, (hidden_size, hidden_size))
        b = np.zeros(hidden_size)
        self.params = Parameters(W=W, U=U, b=b)
        self._forget()

    def _forget(self) -> None:
        """Start with no forward pass and no gradients."""
        self.grads: dict[str, np.ndarray] = {}
        # x, h and the weights of the last forward pass
        self._kept: tuple[np.ndarray, np.ndarray, Parameters] | None = None

    def __getstate__(self) -> dict[str, object]:
        # what a copy or a pickle contains
        return {name: value for name, value in self.__dict__.items() if name not in ("grads", "_kept")}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._forget()

    @property
    def input_size(self) -> int:
        """I, the number of inputs."""
        return self.params["W"].shape[1]

    @property
    def hidden_size(self) -> int:
        """H, the number of hidden units."""
        return self.params["U"].shape[1]

    def __repr__(self) -> str:
        return f"RNN(input_size={self.input_size}, hidden_size={self.hidden_size})"

    def forward(self, x: np.ndarray, state: tuple[np.ndarray] | None = None) -> tuple[np.ndarray, tuple[np.ndarray]]:
        """Run over a sequence: x (T, B, I) → h (T, B, H) and the last state (h_T,), with h_T (B, H).

        Raises ValueError if a shape does not fit or a number is not finite.
        """
        if np.ndim(x) != 3 or 0 in np.shape(x):
            raise ValueError(f"x must have shape (T, B, {self.input_size}), not {np.shape(x)}")
        T, B, _ = np.shape(x)
        # copies, because the backward pass needs these numbers even if they are overwritten in between
        x = check_array("x", x, (T, B, self.input_size)).copy()
        params = self.params.copies()
        # h[t] is the state before step t
        h = np.zeros((T + 1, B, self.hidden_size))
        if state is not None:
            (h0,) = state
            h[0] = check_array("h0", h0, (B, self.hidden_size))
        for t in range(T):
            # h = tanh(W x + U h₋₁ + b)
            z = x[t] @ params["W"].T + h[t] @ params["U"].T + params["b"]
            h[t + 1] = np.tanh(z)
        self._kept = x, h, params
        return h[1:].copy(), (h[T].copy(),)

    def backward(self, dh: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray]]:
        """Backpropagation through time for the last forward pass; fills `grads`.

        dh (T, B, H) is ∂L/∂h of every step. Returns dx (T, B, I) and (dh0,). Raises RuntimeError if there was no
        forward pass, and ValueError if a shape does not fit.
        """
        if self._kept is None:
            raise RuntimeError("there is no forward pass to go back through: call forward before backward")
        x, h, params = self._kept
        dh = check_array("dh", dh, h[1:].shape)
        dz = np.empty_like(dh)
        dh_next = np.zeros_like(h[0])
        for t in reversed(range(len(dh))):
            # dz = tanh′ ⊙ dh, and dh₋₁ = Uᵀ dz: the whole gradient goes through U and tanh′ at every step
            dz[t] = tanh_derivative(h[t + 1]) * (dh[t] + dh_next)
            dh_next = dz[t] @ params["U"]
        # dW = Σ dz xᵀ, dU = Σ dz h₋₁ᵀ, db = Σ dz, over all steps and the batch
        self.grads["W"] = np.einsum("tbh,tbi->hi", dz, x)
        self.grads["U"] = np.einsum("tbh,tbk->hk", dz, h[:-1])
        self.grads["b"] = dz.sum(axis=(0, 1))
        return dz @ params["W"], (dh_next,)
