"""The same LSTM as in `cell`, for batches of sequences, and fast.

1. The four gates share one matrix product per step: h₋₁ Uᵀ is (B, 4H), the gates side by side.
2. x Wᵀ + b is one matrix product for all T steps, and so are the gradients of W and U. Only the recurrence goes
   step by step.
3. In the forward pass, a one-hot input only looks up a column of W.
4. Memory is reused, and σ is computed with tanh: see `kernels`, where the equations are.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from lstm_scratch.cell import LSTMCell
from lstm_scratch.checks import as_numbers, check_array, check_ids, check_rng, check_whole
from lstm_scratch.files import Arrays, FilePath, naming, read_arrays, write_arrays
from lstm_scratch.kernels import Tape, Workspace, backward_steps, forward_steps, padded_copy, ready_weights
from lstm_scratch.parameters import HasParameters, Parameters

State = tuple[np.ndarray, np.ndarray]
DType = type | str | np.dtype
Rng = int | np.random.Generator


class Pass(NamedTuple):
    """A forward pass, as its backward pass needs it. Nothing else writes into these arrays."""

    x: np.ndarray  # indices (T, B), or numbers (T, B, I)
    W: np.ndarray
    U: np.ndarray
    tape: Tape
    memory: Workspace

    @property
    def h(self) -> np.ndarray:
        """h of every step, (T, B, H), read-only."""
        h = self.tape.h[1:]
        h.flags.writeable = False
        return h

    @property
    def last_state(self) -> State:
        """(h_T, c_T), each (B, H): copies."""
        return self.tape.h[-1].copy(), self.tape.c[-1].copy()


class LSTM(HasParameters):
    """An LSTM layer. `params` and `grads` hold W (4H, I), U (4H, H) and b (4H,), gates in the order i, f, g, o.

    Weights start uniform in ±1/√H, and biases at zero, except that those of the forget gate start at forget_bias; the
    value 1 makes the cell remember from the start (Gers, Schmidhuber and Cummins, 2000; Jozefowicz, Zaremba and
    Sutskever, 2015). dtype is float32 or float64. Raises ValueError for a size below 1 or another dtype.

    rng is a seed or a numpy Generator. Its default is 0, so that a run can be repeated, and so two layers of the same
    sizes start with the same weights. Layers that are to differ, as in a stack, share one Generator:
    rng = np.random.default_rng(0), then LSTM(8, 16, rng=rng) and LSTM(16, 16, rng=rng).

    `forward` keeps (7 T + 2) · B · H numbers for `backward`, and a copy of the weights, so that nothing that is done in
    between changes the gradients: x and params may be overwritten, and `trace` may be called. Several threads may call
    `forward` and `trace` of one layer at once. `backward` belongs to the latest `forward`, so train in one thread, and
    expect numbers from parameters on their way if another thread reads them meanwhile. A copy or a pickle has the
    parameters, but no forward pass and no gradients.
    """

    def __init__(
        self, input_size: int, hidden_size: int, *, forget_bias: float = 1.0, dtype: DType = np.float32, rng: Rng = 0
    ) -> None:
        check_whole(input_size=input_size, hidden_size=hidden_size)
        dtype = np.dtype(dtype)
        if dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype must be float32 or float64, not {dtype}")
        rng = check_rng(rng)
        H = hidden_size
        bound = 1 / np.sqrt(H)
        W = rng.uniform(-bound, bound, (4 * H, input_size)).astype(dtype)
        U = rng.uniform(-bound, bound, (4 * H, H)).astype(dtype)
        b = np.zeros(4 * H, dtype)
        b[H : 2 * H] = check_array("forget_bias", forget_bias, (), dtype)
        self.params = Parameters(W=W, U=U, b=b)
        self._forget()

    def _forget(self) -> None:
        """Start with no forward pass and gradients of zero."""
        self.grads = {name: np.zeros_like(param) for name, param in self.params.items()}
        self._kept: Pass | None = None
        self._spare: list[Workspace] = []

    def __getstate__(self) -> dict[str, object]:
        # what a copy or a pickle contains
        return {name: value for name, value in self.__dict__.items() if name not in ("grads", "_kept", "_spare")}

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

    @property
    def dtype(self) -> np.dtype:
        """The type of all parameters: float32 or float64."""
        return self.params["W"].dtype

    def __repr__(self) -> str:
        return f"LSTM(input_size={self.input_size}, hidden_size={self.hidden_size}, dtype={self.dtype})"

    def forward(self, x: np.ndarray, state: State | None = None) -> tuple[np.ndarray, State]:
        """Run over a sequence: x (T, B, I) → h (T, B, H) and the last state (h_T, c_T), each (B, H).

        x may also be indices (T, B) that stand for one-hot inputs: an array of whole numbers with two axes is always
        read so. state is (h0, c0), by default zeros. h is read-only, because the backward pass needs it, and no later
        call changes it. Raises ValueError if a shape does not fit or a number is not finite, and FloatingPointError if
        h is not finite, because the parameters are not.
        """
        # copies, because the backward pass needs these numbers even if they are overwritten in between
        x = self._check_input(x).copy()
        memory = self._take_memory()
        passed = self.run(x, state, memory=memory, back=True)
        # indices have no gradient, for which W would be needed
        self._kept = passed._replace(W=passed.W.copy()) if x.ndim == 3 else passed
        return passed.h, passed.last_state

    def backward(self, dh: np.ndarray, dstate: State | None = None) -> tuple[np.ndarray | None, State]:
        """Backpropagation through time for the last forward pass; fills `grads`.

        dh (T, B, H) is ∂L/∂h of every step, dstate = (∂L/∂h_T, ∂L/∂c_T), by default zeros. Returns dx (T, B, I), or
        None if the inputs were indices, and (dh0, dc0). The next backward pass overwrites `grads`. Raises RuntimeError
        if there was no forward pass since the last backward pass, and ValueError if a shape does not fit or a number is
        not finite.
        """
        passed = self._kept
        if passed is None:
            raise RuntimeError("there is no new forward pass: call forward before each call of backward")
        dz, dstate0 = self.run_back(passed, dh, dstate)
        self._kept = None
        weight_gradients(passed, dz, out=self.grads)
        # indices have no gradient
        dx = None if passed.x.ndim == 2 else input_gradient(passed, dz)
        self._give_back(passed.memory)
        return dx, dstate0

    def trace(self, x: np.ndarray, state: State | None = None) -> dict[str, np.ndarray]:
        """The gates i, f, g, o and the states c, h of every step, each (T, B, H).

        x and state are as in `forward`, and what `forward` has kept stays as it is. Raises as `forward` does.
        """
        with self.memory() as memory:
            passed = self.run(x, state, memory=memory)
            i, f, o, g = passed.tape.gates.swapaxes(0, 1)
            found = {"i": i, "f": f, "g": g, "o": o, "c": passed.tape.c[1:], "h": passed.h}
            return {name: array.copy() for name, array in found.items()}

    def run(
        self,
        x: np.ndarray,
        state: State | None = None,
        *,
        memory: Workspace,
        h: np.ndarray | None = None,
        U: np.ndarray | None = None,
        back: bool = False,
    ) -> Pass:
        """A forward pass that the layer does not keep, in memory that the caller has taken.

        h (T + 1, B, H) is an array for h0 and the h of all steps, by default a new one. U may stand in for params["U"].
        back makes it ready for `run_back`. Raises as `forward` does.
        """
        x = self._check_input(x)
        T, B = x.shape[:2]
        W, own_U, b = self.params.values()
        if U is None:
            U = own_U
        if h is None:
            h = np.empty((T + 1, B, U.shape[1]), W.dtype)
        tape = memory.tape(T, B, U.shape[1], h=h)
        tape.h[0], tape.c[0] = self._check_state("state (h0, c0)", state, B)
        WT, UT, ready_b = ready_weights(W, U, b, memory=memory)
        # z_x = W x + b of all steps
        z_x = tape.z_x
        if x.ndim == 2:
            # the indices are checked above, so mode="clip" is safe, and spares NumPy a second check
            np.take(WT + ready_b, x, axis=0, out=z_x, mode="clip")
        else:
            np.matmul(x, WT, out=z_x)
            z_x += ready_b
        forward_steps(UT, tape, memory)
        # whatever is not finite in an earlier step is not finite in the last one either
        if not np.isfinite(tape.h[-1]).all():
            raise FloatingPointError("h is not finite: the parameters have grown too large, or contain NaN")
        return Pass(x, W, padded_copy(U, memory) if back else U, tape, memory)

    def run_back(self, passed: Pass, dh: np.ndarray, dstate: State | None = None) -> tuple[np.ndarray, State]:
        """dz (T, B, 4H) of a pass, from dh and dstate as in `backward`, and (dh0, dc0). dz overwrites the gates."""
        dh = check_array("dh", dh, passed.h.shape, self.dtype)
        dh0, dc0 = self._check_state("dstate (dh_T, dc_T)", dstate, dh.shape[1]).copy()
        dz = backward_steps(passed.U, passed.tape, passed.memory, dh, dh0, dc0)
        return dz, (dh0, dc0)

    @contextlib.contextmanager
    def memory(self) -> Iterator[Workspace]:
        """Memory that nothing else uses within this context."""
        memory = self._take_memory()
        yield memory
        self._give_back(memory)

    def _take_memory(self) -> Workspace:
        """The memory that a pass has given back, or new memory. Two threads never get the same."""
        try:
            return self._spare.pop()
        except IndexError:
            return Workspace(self.dtype)

    def _give_back(self, memory: Workspace) -> None:
        """Keep this memory for the next pass: new memory at every call would cost time."""
        self._spare[:] = [memory]

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
        z_x = tape.z_x[0, 0]
        h = tape.h[1, 0]

        def step(index: int) -> np.ndarray:
            tape.h[0] = tape.h[1]
            tape.c[0] = tape.c[1]
            z_x[...] = WT[index]
            forward_steps(UT, tape, memory)
            return h

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
        """A layer with copies of W (4H, I), U (4H, H) and b (4H,), in the dtype of W; float64 if W has whole numbers.

        Raises ValueError if a shape does not fit, a number is not finite, or W has another type.
        """
        W = as_numbers("W", W)
        if W.dtype.kind != "f":
            W = W.astype(np.float64)
        cell = LSTMCell(W, U, b)
        layer = cls(cell.input_size, cell.hidden_size, dtype=W.dtype)
        layer.params.update(W=W, U=U, b=b)
        return layer

    def _check_input(self, x: np.ndarray) -> np.ndarray:
        """x as indices (T, B) or as numbers (T, B, I) of the layer's dtype. Raises ValueError for any other input."""
        x = as_numbers("x", x)
        I = self.input_size
        if x.ndim not in (2, 3) or 0 in x.shape:
            expected = f"x must have shape (T, B, {I}), or (T, B) for indices, not {x.shape}"
            raise ValueError(expected + advice_on_shape(x, I))
        if x.ndim == 3:
            if x.shape[2] == 1 != I and x.dtype.kind in "iu":
                raise ValueError(f"x must have shape {(*x.shape[:2], I)}, not {x.shape}" + advice_on_shape(x, I))
            return check_array("x", x, (*x.shape[:2], I), self.dtype)
        if x.dtype.kind not in "iu":
            expected = f"x (T, B) must be indices, not {x.dtype}; numbers have three axes, (T, B, {I})"
            raise ValueError(expected + advice_on_shape(x, I))
        try:
            return check_ids("the indices x", x, I)
        except ValueError as error:
            meaning = "because whole numbers (T, B) are read as indices"
            raise ValueError(f"{error}, {meaning}{advice_on_shape(x, I)}") from error

    def _check_state(self, name: str, state: State | None, B: int) -> np.ndarray:
        """Both states in one array (2, B, H), by default zeros. Raises ValueError if a shape does not fit."""
        shape = (2, B, self.hidden_size)
        return np.zeros(shape, self.dtype) if state is None else check_array(name, state, shape, self.dtype)


def weight_gradients(passed: Pass, dz: np.ndarray, out: Arrays) -> None:
    """Fill out with the gradients of W, U and b: sums over all steps and the batch, one matrix product each."""
    T, B, H4 = dz.shape
    # one row for each step of each sequence
    dz_rows = dz.reshape(T * B, H4)
    h_rows = passed.tape.h[:-1].reshape(T * B, H4 // 4)
    x_rows = one_hot_rows(passed) if passed.x.ndim == 2 else passed.x.reshape(T * B, -1)
    # dW = Σ dz xᵀ, dU = Σ dz h₋₁ᵀ, db = Σ dz
    np.matmul(dz_rows.T, x_rows, out=out["W"])
    np.matmul(dz_rows.T, h_rows, out=out["U"])
    np.sum(dz_rows, axis=0, out=out["b"])


def input_gradient(passed: Pass, dz: np.ndarray) -> np.ndarray:
    """dx (T, B, I)."""
    T, B, H4 = dz.shape
    # dx = Wᵀ dz
    dx_rows = dz.reshape(T * B, H4) @ passed.W
    return dx_rows.reshape(T, B, -1)


def one_hot_rows(passed: Pass) -> np.ndarray:
    """The one-hot vectors of the indices (T, B) of a pass, as rows (T · B, I)."""
    ids = passed.x
    x_rows = passed.memory("one_hot", ids.size, passed.W.shape[1])
    x_rows[...] = 0
    x_rows[np.arange(ids.size), ids.ravel()] = 1
    return x_rows


def advice_on_shape(x: np.ndarray, I: int) -> str:
    """Which calls would make this x an input of a layer with I inputs; nothing if there are none.

    There may be several, because what fits depends on what the numbers are, which only the caller knows.
    """
    if x.ndim == 0 or x.size == 0:
        return ""
    last = x.shape[-1]
    calls = []
    if x.dtype.kind in "iu" and x.min() >= 0 and x.max() < I and (x.ndim == 1 or x.shape[2:] == (1,)):
        calls.append(f"np.reshape(x, {(*x.shape[:2], 1)[:2]}) if these are indices")
    if x.ndim == 2 and I == 1:
        calls.append(f"np.reshape(x, {(*x.shape, 1)}) if each column is a sequence")
    if x.ndim == 1 and I == 1:
        calls.append(f"np.reshape(x, {(last, 1, 1)}) if it is one sequence")
    elif x.ndim in (1, 2) and last == I > 1:
        calls.append(f"np.reshape(x, {(x.size // I, 1, I)}) if each row is a step")
    elif x.ndim == 2 and last != I:
        calls.append(f"input_size={last} and np.reshape(x, {(len(x), 1, last)}) if each row is a step")
    return f": use {', or '.join(calls)}" if calls else ""
