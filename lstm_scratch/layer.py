"""The same LSTM as in `cell`, for whole sequences in batches, and fast.

What makes it fast, none of it changing the mathematics:

1. The four gates share one matrix product a step: h₋₁ Uᵀ is (B, 4H), the gates side by side.
2. The inputs of all T steps are known beforehand, so x Wᵀ + b is computed once for all of them, and the
   gradients of W and U once for all of them. Only the recurrence goes step by step.
3. A one-hot input picks a column of W: it is looked up, not multiplied.
4. Memory is used again, and σ is made of tanh: see `workspace` and `fused`, where the equations are.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lstm_scratch.checks import cast_array, check_ids, check_sizes, check_state, new_generator, shorten
from lstm_scratch.kernels import backward_step, forward_step, ready_weights, slopes
from lstm_scratch.workspace import Workspace

# The backward pass prepares a few steps at a time: about as many numbers as a processor's cache holds.
CACHED_NUMBERS = 65_536

State = tuple[np.ndarray, np.ndarray]


class LSTM:
    """An LSTM layer. `params` and `grads` hold W (4H, I), U (4H, H) and b (4H,), gates in the order i, f, g, o.

    Weights start uniform in ±1/√H, the biases at zero but for the forget gate's: with forget_bias = 1 the
    cell begins by remembering (Gers, Schmidhuber and Cummins, 2000; Jozefowicz, Zaremba and Sutskever,
    2015). Change params in place (`params["W"][...] = ...`).

    Memory: a forward pass keeps the four gates, c, tanh(c) and h of every step for the backward pass,

        (7 T + 2) · B · H · itemsize bytes      with itemsize 4 for float32, 8 for float64,

    and a reference to its input. The backward pass writes its gradients over the gates. It adds dx or the
    one-hot rows, T · B · I numbers, and a fixed scratch of about 1.25 · CACHED_NUMBERS at most; where H is
    at least 64 and I no larger, the peak stays below 1.5 times the formula.

    Raises ValueError if a size is below 1, dtype is neither float32 nor float64, forget_bias is not finite, or
    rng is neither a seed nor a Generator.
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
        if dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype must be float32 or float64, not {dtype}")
        self.dtype = np.dtype(dtype)
        H, rng = self.hidden_size, new_generator(rng)
        bound = 1 / np.sqrt(H)
        W = rng.uniform(-bound, bound, (4 * H, self.input_size))
        U = rng.uniform(-bound, bound, (4 * H, H))
        b = np.zeros(4 * H)
        b[H : 2 * H] = cast_array("forget_bias", forget_bias, (), self.dtype)
        self.params = {name: array.astype(self.dtype) for name, array in {"W": W, "U": U, "b": b}.items()}
        self.grads = {name: np.zeros_like(param) for name, param in self.params.items()}
        self._memory = Workspace(self.dtype)
        self._kept: tuple[np.ndarray, ...] | None = None

    def forward(self, x: np.ndarray, state: State | None = None) -> tuple[np.ndarray, State]:
        """Run over a sequence: x (T, B, I) → h (T, B, H) and the last state (h_T, c_T), each (B, H).

        x may also be whole numbers, (T, B): the places of the ones in one-hot inputs. state is (h0, c0),
        zeros if not given. h is read-only, because the backward pass needs it as it is. Raises ValueError if a
        shape does not fit or a number is not finite.
        """
        x = self._check_input(x)
        T, B, H = *x.shape[:2], self.hidden_size
        memory = self._memory
        gates, c, tanh_c = memory("gates", T, 4, B, H), memory("c", T + 1, B, H), memory("tanh_c", T, B, H)
        h = np.empty((T + 1, B, H), self.dtype)
        h[0], c[0] = self._check_state(state, B, ("h0", "c0"))
        WT, UT, b = ready_weights(**self.params)
        # z_x = W x + b of all steps; as the steps are taken, the gates take its place
        z_x = gates.reshape(T, B, 4 * H)
        if x.ndim == 2:
            np.take(WT + b, x, axis=0, out=z_x, mode="clip")
        else:
            np.matmul(x, WT, out=z_x)
            z_x += b

        z, product = memory("z", B, 4 * H), memory("product", B, H)
        for step in zip(h[:-1], c[:-1], z_x, gates, c[1:], tanh_c, h[1:]):
            forward_step(UT, z, product, *step)

        # h is still needed: whoever wants to change it in place must take a copy
        h.flags.writeable = False
        self._kept = (x, h, gates, c, tanh_c)
        return h[1:], (h[T].copy(), c[T].copy())

    def trace(self, x: np.ndarray, state: State | None = None) -> dict[str, np.ndarray]:
        """A forward pass to be looked at: the gates i, f, g and o, then c and h of every step, each (T, B, H).

        They are copies, by name. x and state as for `forward`, and the same errors; no backward pass can follow.
        """
        h, _ = self.forward(x, state)
        assert self._kept is not None, "forward has just kept what backward would need"
        gates, c = self._kept[2:4]
        i, f, o, g = gates.swapaxes(0, 1)
        self._kept = None
        return {name: array.copy() for name, array in {"i": i, "f": f, "g": g, "o": o, "c": c[1:], "h": h}.items()}

    def stepper(self) -> Callable[[int], np.ndarray]:
        """A function step(index) → h (H,), one sequence one step at a time from an empty memory, for sampling.

        It uses the weights as they are now, made ready once: at one character a call, that is most of the
        work. h is the same array every time. step raises ValueError for an index outside 0 ... I - 1.
        """
        H, I = self.hidden_size, self.input_size
        h, c = self._check_state(None, 1, ("h0", "c0"))
        WT, UT, b = ready_weights(**self.params)
        WT += b
        z, gates = np.empty((1, 4 * H), self.dtype), np.empty((4, 1, H), self.dtype)
        product, tanh_c = np.empty((2, 1, H), self.dtype)

        def step(index: int) -> np.ndarray:
            if not isinstance(index, (int, np.integer)) or not 0 <= index < I:
                raise ValueError(f"the index must be a whole number from 0 to {I - 1}, not {shorten(index)}")
            forward_step(UT, z, product, h, c, WT[index], gates, c, tanh_c, h)
            return h[0]

        return step

    def backward(self, dh: np.ndarray, dstate: State | None = None) -> tuple[np.ndarray | None, State]:
        """Backpropagation through time, for the last forward pass; fills `grads`.

        dh (T, B, H) is ∂L/∂h of every step, dstate = (∂L/∂h_T, ∂L/∂c_T), zeros if not given. Returns dx
        (T, B, I), or None if the inputs were indices, and (dh0, dc0). Each forward pass serves one
        backward pass; without one, RuntimeError.
        """
        if self._kept is None:
            raise RuntimeError("backward needs a forward pass first: one forward pass serves one backward pass")
        x, h, gates, c, tanh_c = self._kept
        T, B, H = *x.shape[:2], self.hidden_size
        dh = cast_array("dh", dh, (T, B, H), self.dtype)
        dh_t, dc_t = (array.copy() for array in self._check_state(dstate, B, ("dh_T", "dc_T")))
        self._kept = None
        memory, dz = self._memory, gates.reshape(T, B, 4 * H)
        few = min(T, max(1, CACHED_NUMBERS // (4 * B * H)))
        slope, dh_dc, product = memory("slope", few, 4, B, H), memory("dh_dc", few, B, H), memory("product", B, H)

        for end in range(T, 0, -few):
            start = max(0, end - few)
            now, n = slice(start, end), end - start
            slopes(gates[now], c[now], tanh_c[now], h[start + 1 : end + 1], out=slope[:n], dh_dc=dh_dc[:n])
            # last step first; the gradients dz take the place of the gates, which are no longer needed
            for t in reversed(range(n)):
                step = dh[start + t], gates[start + t, 1], slope[t], dh_dc[t], dz[start + t]
                backward_step(self.params["U"], product, dh_t, dc_t, *step)

        return self._weight_gradients(x, h, dz), (dh_t, dc_t)

    def _weight_gradients(self, x: np.ndarray, h: np.ndarray, dz: np.ndarray) -> np.ndarray | None:
        """Fill grads with the sums over all steps and the batch, one matrix product each; return dx."""
        T, B, H = *x.shape[:2], self.hidden_size
        rows = dz.reshape(T * B, 4 * H)
        indices = x.ndim == 2
        if indices:
            x_rows = self._memory("one_hot", T * B, self.input_size)
            x_rows[...] = 0
            x_rows[np.arange(T * B), x.ravel()] = 1
        else:
            x_rows = x.reshape(T * B, self.input_size)
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
            return x.astype(np.intp, copy=False)
        return cast_array("x", x, (*x.shape[:2], self.input_size), self.dtype)

    def _check_state(self, state: State | None, B: int, names: tuple[str, str]) -> State:
        """Two arrays (B, H): those given, or zeros. Raises ValueError if a shape does not fit."""
        shape = (B, self.hidden_size)
        if state is None:
            return np.zeros(shape, self.dtype), np.zeros(shape, self.dtype)
        check_state(state, names)
        first, second = (cast_array(name, array, shape, self.dtype) for name, array in zip(names, state))
        return first, second
