"""The same LSTM as in `cell`, for batches of sequences, and fast.

1. The four gates share one matrix product per step: h₋₁ Uᵀ is (B, 4H), the gates side by side.
2. x Wᵀ + b is one matrix product for all T steps, and so are the gradients of W and U. Only the recurrence goes
   step by step.
3. In the forward pass, a one-hot input only looks up a column of W.
4. Memory is reused, and σ is computed with tanh: see `kernels`, where the equations are.
"""

from collections.abc import Callable

import numpy as np

from lstm_scratch.cell import LSTMCell
from lstm_scratch.checks import check_array, check_ids, check_whole
from lstm_scratch.files import FilePath, naming, read_arrays, write_arrays
from lstm_scratch.kernels import Tape, Workspace, backward_steps, forward_steps, ready_weights
from lstm_scratch.parameters import Parameters

State = tuple[np.ndarray, np.ndarray]
DType = type | str | np.dtype
Rng = int | np.random.Generator


class LSTM:
    """An LSTM layer. `params` and `grads` hold W (4H, I), U (4H, H) and b (4H,), gates in the order i, f, g, o.

    Weights start uniform in ±1/√H, and biases at zero, except that those of the forget gate start at forget_bias; the
    value 1 makes the cell remember from the start (Gers, Schmidhuber and Cummins, 2000; Jozefowicz, Zaremba and
    Sutskever, 2015). dtype is float32 or float64; rng is a seed or a numpy Generator. A forward pass keeps
    (7 T + 2) · B · H numbers for the backward pass. Raises ValueError for a size below 1 or another dtype.
    """

    def __init__(
        self, input_size: int, hidden_size: int, *, forget_bias: float = 1.0, dtype: DType = np.float32, rng: Rng = 0
    ) -> None:
        check_whole(input_size=input_size, hidden_size=hidden_size)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype must be float32 or float64, not {self.dtype}")
        rng = np.random.default_rng(rng)
        H = hidden_size
        bound = 1 / np.sqrt(H)
        W = rng.uniform(-bound, bound, (4 * H, input_size)).astype(self.dtype)
        U = rng.uniform(-bound, bound, (4 * H, H)).astype(self.dtype)
        b = np.zeros(4 * H, self.dtype)
        b[H : 2 * H] = forget_bias
        self.params = Parameters(W=W, U=U, b=b)
        self.grads = {name: np.zeros_like(param) for name, param in self.params.items()}
        self._memory = Workspace(self.dtype)
        self._kept: tuple[np.ndarray, Tape] | None = None

    def __repr__(self) -> str:
        return f"LSTM(input_size={self.input_size}, hidden_size={self.hidden_size}, dtype={self.dtype})"

    def forward(
        self, x: np.ndarray, state: State | None = None, *, out: np.ndarray | None = None
    ) -> tuple[np.ndarray, State]:
        """Run over a sequence: x (T, B, I) → h (T, B, H) and the last state (h_T, c_T), each (B, H).

        x may also be indices (T, B) that stand for one-hot inputs. state is (h0, c0), by default zeros. h is read-only,
        because the backward pass needs it. out (T + 1, B, H) may be an array for h0 and h, which saves making a new
        array at each call. Raises ValueError if a shape does not fit or a number is not finite.
        """
        x = self._check_input(x)
        T, B = x.shape[:2]
        H = self.hidden_size
        if out is None:
            out = np.empty((T + 1, B, H), self.dtype)
        elif out.shape != (T + 1, B, H) or out.dtype != self.dtype:
            raise ValueError(f"out must be {self.dtype} of shape {(T + 1, B, H)}, not {out.dtype} of {out.shape}")
        tape = self._memory.tape(T, B, H, h=out)
        tape.h[0], tape.c[0] = self._check_state("state (h0, c0)", state, B)
        WT, UT, b = ready_weights(**self.params, memory=self._memory)
        # z_x = W x + b of all steps; forward_steps overwrites it with the gates
        z_x = tape.gates.reshape(T, B, 4 * H)
        if x.ndim == 2:
            # the indices are checked above, so mode="clip" is safe, and spares NumPy a second check
            np.take(WT + b, x, axis=0, out=z_x, mode="clip")
        else:
            np.matmul(x, WT, out=z_x)
            z_x += b
        forward_steps(UT, tape, self._memory)
        self._kept = x, tape
        h = tape.h[1:]
        h.flags.writeable = False
        return h, (tape.h[T].copy(), tape.c[T].copy())

    def backward(self, dh: np.ndarray, dstate: State | None = None) -> tuple[np.ndarray | None, State]:
        """Backpropagation through time for the last forward pass; fills `grads`.

        dh (T, B, H) is ∂L/∂h of every step, dstate = (∂L/∂h_T, ∂L/∂c_T), by default zeros. Returns dx (T, B, I), or
        None if the inputs were indices, and (dh0, dc0). Raises RuntimeError if there was no forward pass since the last
        backward pass, and ValueError if a shape does not fit or a number is not finite.
        """
        if self._kept is None:
            raise RuntimeError("there is no new forward pass: call forward before each call of backward")
        x, tape = self._kept
        dh = check_array("dh", dh, tape.tanh_c.shape, self.dtype)
        dh0, dc0 = self._check_state("dstate (dh_T, dc_T)", dstate, x.shape[1]).copy()
        self._kept = None
        dz = backward_steps(self.params["U"], tape, self._memory, dh, dh0, dc0)
        return self._weight_gradients(x, tape.h[:-1], dz), (dh0, dc0)

    def _weight_gradients(self, x: np.ndarray, h_prev: np.ndarray, dz: np.ndarray) -> np.ndarray | None:
        """Fill grads with the sums over all steps and the batch, one matrix product each; return dx."""
        # one row for each step of each sequence
        dz_rows = dz.reshape(-1, dz.shape[2])
        h_rows = h_prev.reshape(-1, self.hidden_size)
        x_rows = self._one_hot(x) if x.ndim == 2 else x.reshape(-1, self.input_size)
        # dW = Σ dz xᵀ, dU = Σ dz h₋₁ᵀ, db = Σ dz
        np.matmul(dz_rows.T, x_rows, out=self.grads["W"])
        np.matmul(dz_rows.T, h_rows, out=self.grads["U"])
        np.sum(dz_rows, axis=0, out=self.grads["b"])
        if x.ndim == 2:
            # indices have no gradient
            return None
        # dx = Wᵀ dz
        dx_rows = dz_rows @ self.params["W"]
        return dx_rows.reshape(x.shape)

    def _one_hot(self, ids: np.ndarray) -> np.ndarray:
        """The one-hot vectors of indices (T, B), as rows (T · B, I)."""
        x_rows = self._memory("one_hot", ids.size, self.input_size)
        x_rows[...] = 0
        x_rows[np.arange(ids.size), ids.ravel()] = 1
        return x_rows

    def trace(self, x: np.ndarray, state: State | None = None) -> dict[str, np.ndarray]:
        """The gates i, f, g, o and the states c, h of every step, each (T, B, H).

        x and state are as in `forward`. Raises ValueError as `forward` does.
        """
        h, _ = self.forward(x, state)
        tape = self._kept[1]  # type: ignore[index]
        i, f, o, g = tape.gates.swapaxes(0, 1)
        return {name: array.copy() for name, array in zip("ifgoch", (i, f, g, o, tape.c[1:], h))}

    def stepper(self) -> Callable[[int], np.ndarray]:
        """A function step(index) → h (H,) that runs one sequence step by step, from a state of zeros, for sampling.

        The weights are prepared only once, which saves most of the time of a step. Every call overwrites h and returns
        the same array.
        """
        memory = Workspace(self.dtype)
        WT, UT, b = ready_weights(**self.params, memory=memory)
        WT += b
        H = self.hidden_size
        tape = memory.tape(1, 1, H, h=np.empty((2, 1, H), self.dtype))
        tape.h[1] = 0
        tape.c[1] = 0

        def step(index: int) -> np.ndarray:
            tape.h[0] = tape.h[1]
            tape.c[0] = tape.c[1]
            tape.gates.reshape(-1)[:] = WT[index]
            forward_steps(UT, tape, memory)
            return tape.h[1, 0]

        return step

    def save(self, path: FilePath) -> None:
        """Write the parameters to an .npz file, atomically. Raises OSError if it cannot be written."""
        write_arrays(path, self.params)

    @classmethod
    def load(cls, path: FilePath) -> "LSTM":
        """Return the layer that `save` wrote. Nothing is unpickled.

        Raises ValueError if the file is not a layer, and OSError if it cannot be opened.
        """
        arrays = read_arrays(path, ("W", "U", "b"))
        with naming(path):
            return cls.from_weights(**arrays)

    @classmethod
    def from_weights(cls, W: np.ndarray, U: np.ndarray, b: np.ndarray) -> "LSTM":
        """A layer with copies of W (4H, I), U (4H, H) and b (4H,), in the dtype of W.

        Raises ValueError if a shape does not fit, a number is not finite, or W is neither float32 nor float64.
        """
        cell = LSTMCell(W, U, b)
        layer = cls(cell.input_size, cell.hidden_size, dtype=W.dtype)
        layer.params.update({"W": W, "U": U, "b": b})
        return layer

    def _check_input(self, x: np.ndarray) -> np.ndarray:
        """x as indices (T, B) or as numbers (T, B, I) of the layer's dtype. Raises ValueError for any other input."""
        x = np.asarray(x)
        I = self.input_size
        if x.ndim not in (2, 3) or 0 in x.shape:
            raise ValueError(f"x must have shape (T, B, {I}), or (T, B) for indices, not {x.shape}")
        if x.ndim == 3:
            return check_array("x", x, (*x.shape[:2], I), self.dtype)
        if x.dtype.kind == "f":
            raise ValueError(f"x (T, B) must be indices, not {x.dtype}; numbers need a last axis: x[..., None]")
        return check_ids("the indices x", x, I)

    def _check_state(self, name: str, state: State | None, B: int) -> np.ndarray:
        """Both states in one array (2, B, H), by default zeros. Raises ValueError if a shape does not fit."""
        shape = (2, B, self.hidden_size)
        return np.zeros(shape, self.dtype) if state is None else check_array(name, state, shape, self.dtype)
