"""The same LSTM as in `cell`, for whole sequences in batches, and fast.

Three ideas make it fast, and none changes the mathematics:

1. The four gates share one matrix product: h₋₁ Uᵀ is (B, 4H), the gates side by side.
2. The inputs of all T steps are known beforehand, so x Wᵀ + b is computed once for all of them, and the
   gradients of W and U once for all of them. Only the recurrence goes step by step.
3. σ(z) = ½ (1 + tanh(z / 2)): with the halves put into the weights, one tanh serves all four gates.
"""

import numpy as np

from lstm_scratch.checks import check_array, check_ids, check_sizes

State = tuple[np.ndarray, np.ndarray]


class LSTM:
    """An LSTM layer. `params` and `grads` hold W (4H, I), U (4H, H) and b (4H,), gates in the order i, f, g, o.

    Weights start uniform in ±1/√H, the biases at zero but for the forget gate's: with forget_bias = 1 the
    cell begins by remembering (Jozefowicz, Zaremba and Sutskever, 2015, section 3.3). Change params in
    place (`params["W"][...] = ...`).

    A forward pass keeps the four gates, c, tanh(c) and h of every step for the backward pass:
    (7 T + 2) B H numbers, plus the input.

    Raises ValueError if a size is below 1 or dtype is not a floating-point type.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        forget_bias: float = 1.0,
        dtype: type = np.float32,
        rng: int | np.random.Generator = 0,
    ) -> None:
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        self.input_size, self.hidden_size = int(input_size), int(hidden_size)
        self.dtype = np.dtype(dtype)
        if self.dtype.kind != "f":
            raise ValueError(f"dtype must be a floating-point type, not {self.dtype}")
        H, rng = self.hidden_size, np.random.default_rng(rng)
        bound = 1 / np.sqrt(H)
        W = rng.uniform(-bound, bound, (4 * H, self.input_size))
        U = rng.uniform(-bound, bound, (4 * H, H))
        b = np.zeros(4 * H)
        b[H : 2 * H] = forget_bias
        self.params = {name: array.astype(self.dtype) for name, array in {"W": W, "U": U, "b": b}.items()}
        self.grads = {name: np.zeros_like(param) for name, param in self.params.items()}
        # ½ for the rows of i, f and o, 1 for those of g: idea 3 above
        self._half = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], self.dtype), H)
        self._gates = np.empty((0, 4, 0, H), self.dtype)
        self._kept: tuple | None = None

    def forward(self, x: np.ndarray, state: State | None = None) -> tuple[np.ndarray, State]:
        """Run over a sequence: x (T, B, I) → h (T, B, H) and the last state (h_T, c_T), each (B, H).

        x may also be whole numbers, (T, B): the places of the ones in one-hot inputs. state is (h0, c0),
        zeros if not given. Raises ValueError if a shape does not fit or a number is not finite.
        """
        x = self._check_input(x)
        T, B, H = *x.shape[:2], self.hidden_size
        h, c = np.empty((T + 1, B, H), self.dtype), np.empty((T + 1, B, H), self.dtype)
        h[0], c[0] = self._check_state(state, B, ("h0", "c0"))
        tanh_c = np.empty((T, B, H), self.dtype)
        # The largest array is used again when the sizes stay the same: fresh memory costs time.
        if self._gates.shape != (T, 4, B, H):
            self._gates = np.empty((T, 4, B, H), self.dtype)
        gates, z_x = self._gates, self._gates.reshape(T, B, 4 * H)
        UT = self._project_inputs(x, out=z_x)
        z, product = np.empty((B, 4 * H), self.dtype), np.empty((B, H), self.dtype)
        z_by_gate = z.reshape(B, 4, H).swapaxes(0, 1)

        for t in range(T):
            # z = W x + U h₋₁ + b, all gates at once (halved where σ will be taken)
            np.matmul(h[t], UT, out=z)
            z += z_x[t]
            # the gates of step t take the place of W x + b, which is no longer needed
            np.tanh(z_by_gate, out=gates[t])
            i, f, g, o = gates[t]
            # σ(z) = ½ tanh(z / 2) + ½
            for gate in (gates[t, :2], o):
                gate *= 0.5
                gate += 0.5
            # c = f ⊙ c₋₁ + i ⊙ g
            np.multiply(f, c[t], out=c[t + 1])
            c[t + 1] += np.multiply(i, g, out=product)
            # h = o ⊙ tanh(c)
            np.tanh(c[t + 1], out=tanh_c[t])
            np.multiply(o, tanh_c[t], out=h[t + 1])

        self._kept = (x, h, c, tanh_c)
        return h[1:], (h[T].copy(), c[T].copy())

    def backward(self, dh: np.ndarray, dstate: State | None = None) -> tuple[np.ndarray | None, State]:
        """Backpropagation through time, for the last forward pass; fills `grads`.

        dh (T, B, H) is ∂L/∂h of every step, dstate = (∂L/∂h_T, ∂L/∂c_T), zeros if not given. Returns dx
        (T, B, I), or None if the inputs were indices, and (dh0, dc0). Each forward pass serves one
        backward pass; without one, RuntimeError.
        """
        if self._kept is None:
            raise RuntimeError("backward needs a forward pass first: one forward pass serves one backward pass")
        x, h, c, tanh_c = self._kept
        T, B, H = tanh_c.shape
        dh = check_array("dh", np.asarray(dh), (T, B, H))
        dh_next, dc = (array.copy() for array in self._check_state(dstate, B, ("dh_T", "dc_T")))
        self._kept = None
        gates, dz = self._gates, self._gates.reshape(T, B, 4 * H)
        slope = np.empty((4, B, H), self.dtype)
        product, dc_prev = np.empty((2, B, H), self.dtype)

        for t in reversed(range(T)):
            i, f, g, o = gates[t]
            # h goes to the output and to the next step: the two gradients add
            dh_next += dh[t]
            # dc += dh ⊙ o ⊙ (1 - tanh²(c))
            np.multiply(tanh_c[t], tanh_c[t], out=product)
            np.subtract(1, product, out=product)
            product *= o
            product *= dh_next
            dc += product
            # slopes inside the gates: σ′ = σ - σ² for i, f and o, tanh′ = 1 - tanh² for g
            np.multiply(gates[t], gates[t], out=slope)
            np.subtract(gates[t, :2], slope[:2], out=slope[:2])
            np.subtract(1, slope[2], out=slope[2])
            np.subtract(o, slope[3], out=slope[3])
            # c = f ⊙ c₋₁ + i ⊙ g and h = o ⊙ tanh(c): each gate's gradient is its partner's value
            slope[0] *= g
            slope[1] *= c[t]
            slope[2] *= i
            slope[3] *= tanh_c[t]
            # dc₋₁ = dc ⊙ f
            np.multiply(dc, f, out=dc_prev)
            # dz of step t takes the place of its gates, which are no longer needed
            dz_by_gate = dz[t].reshape(B, 4, H).swapaxes(0, 1)
            np.multiply(slope[:3], dc, out=dz_by_gate[:3])
            np.multiply(slope[3], dh_next, out=dz_by_gate[3])
            dc, dc_prev = dc_prev, dc
            # dh₋₁ = Uᵀ dz
            np.matmul(dz[t], self.params["U"], out=dh_next)

        dx = self._weight_gradients(x, h, dz)
        return dx, (dh_next, dc)

    def _project_inputs(self, x: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Fill out (T, B, 4H) with x Wᵀ + b for all steps; return Uᵀ. Rows for σ are halved in both."""
        WT = np.ascontiguousarray((self.params["W"] * self._half[:, None]).T)
        b = self.params["b"] * self._half
        if x.ndim == 2:
            # a one-hot input picks one column of W: look it up instead of multiplying
            np.take(WT + b, x, axis=0, out=out, mode="clip")
        else:
            np.matmul(x, WT, out=out)
            out += b
        return np.ascontiguousarray((self.params["U"] * self._half[:, None]).T)

    def _weight_gradients(self, x: np.ndarray, h: np.ndarray, dz: np.ndarray) -> np.ndarray | None:
        """Fill grads with the sums over all steps and the batch, one matrix product each; return dx."""
        T, B, H = *x.shape[:2], self.hidden_size
        rows = dz.reshape(T * B, 4 * H)
        indices = x.ndim == 2
        x_rows = np.eye(self.input_size, dtype=self.dtype)[x.ravel()] if indices else x.reshape(T * B, -1)
        # dW = Σ dz xᵀ, dU = Σ dz h₋₁ᵀ, db = Σ dz
        np.matmul(rows.T, x_rows, out=self.grads["W"])
        np.matmul(rows.T, h[:-1].reshape(T * B, H), out=self.grads["U"])
        np.sum(rows, axis=0, out=self.grads["b"])
        # dx = Wᵀ dz
        return None if indices else (rows @ self.params["W"]).reshape(x.shape)

    def _check_input(self, x: np.ndarray) -> np.ndarray:
        """x as (T, B) indices or (T, B, I) numbers of the layer's dtype; otherwise raise ValueError."""
        x = np.asarray(x)
        if x.ndim not in (2, 3) or 0 in x.shape:
            raise ValueError(f"x must have shape (T, B, {self.input_size}), or (T, B) for indices, not {x.shape}")
        if x.ndim == 2:
            check_ids("the indices x", x, self.input_size)
            return x
        return check_array("x", x, (*x.shape[:2], self.input_size)).astype(self.dtype, copy=False)

    def _check_state(self, state: State | None, B: int, names: tuple[str, str]) -> State:
        """Two arrays (B, H): those given, or zeros. Raises ValueError if a shape does not fit."""
        shape = (B, self.hidden_size)
        if state is None:
            return np.zeros(shape, self.dtype), np.zeros(shape, self.dtype)
        if len(state) != 2:
            raise ValueError(f"a state is a pair, {names[0]} and {names[1]}, not {len(state)} arrays")
        first, second = (
            check_array(name, np.asarray(array), shape).astype(self.dtype, copy=False)
            for name, array in zip(names, state)
        )
        return first, second
