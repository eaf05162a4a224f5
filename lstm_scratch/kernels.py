"""The arithmetic of the fast path: the equations of `cell`, a whole batch and four gates at a time.

Here the gates are stored as (4, B, H) in the order i, f, o, g, so that the three that use σ are contiguous. W, U, b
and all gradients keep the order i, f, g, o. Results are written into existing arrays.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

# the backward pass prepares a few steps at a time, about this many numbers, which fit into a processor's cache
CACHED_NUMBERS = 65_536
# a processor's cache holds memory in lines of 64 bytes, which is this many float32 numbers
CACHE_LINE = 16


class Tape(NamedTuple):
    """What the forward pass records for the backward pass. h[t] and c[t] are the states before step t.

    z_x, the gates and dz use the same memory one after the other: the gates of a step overwrite its z_x, and later its
    dz overwrites its gates.
    """

    shared: np.ndarray  # (T, 4, B, H)
    c: np.ndarray  # (T + 1, B, H)
    tanh_c: np.ndarray  # (T, B, H)
    h: np.ndarray  # (T + 1, B, H)

    @property
    def z_x(self) -> np.ndarray:
        """W x + b of every step, (T, B, 4H), the gates side by side."""
        return self.as_rows()

    @property
    def gates(self) -> np.ndarray:
        """i, f, o and g of every step, (T, 4, B, H)."""
        return self.shared

    @property
    def dz(self) -> np.ndarray:
        """∂L/∂z of every step, (T, B, 4H), in the order i, f, g, o of W."""
        return self.as_rows()

    def as_rows(self) -> np.ndarray:
        """The shared memory as (T, B, 4H)."""
        T, _, B, H = self.shared.shape
        return self.shared.reshape(T, B, 4 * H)


class Workspace:
    """Arrays by name, allocated only when their shape changes.

    New memory at every call would cost as much time as the arithmetic.
    """

    def __init__(self, dtype: np.dtype) -> None:
        self.dtype = dtype
        self.arrays: dict[str, np.ndarray] = {}

    def __call__(self, name: str, *shape: int) -> np.ndarray:
        """The array of this name and shape, with whatever contents its last use left."""
        if name not in self.arrays or self.arrays[name].shape != shape:
            self.arrays[name] = np.empty(shape, self.dtype)
        return self.arrays[name]

    def padded(self, name: str, rows: int, columns: int) -> np.ndarray:
        """The same for a matrix (rows, columns) that products read often, with a gap between its rows if they need one.

        Rows whose length is a multiple of 2,048 bytes, as with 128 float32 hidden units, would all fall into the same
        part of the cache, which costs up to a quarter of a product's time.
        """
        collides = columns * self.dtype.itemsize % 2048 == 0
        gap = CACHE_LINE if collides else 0
        return self(name, rows, columns + gap)[:, :columns]

    def tape(self, T: int, B: int, H: int, h: np.ndarray) -> Tape:
        """A tape for T steps of a batch of B, which writes its hidden states into h (T + 1, B, H)."""
        return Tape(self("shared", T, 4, B, H), self("c", T + 1, B, H), self("tanh_c", T, B, H), h)


def ready_weights(
    W: np.ndarray, U: np.ndarray, b: np.ndarray, memory: Workspace
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Wᵀ (I, 4H), Uᵀ (H, 4H) and b (4H,), with the columns in the order i, f, o, g, and those of i, f and o halved."""
    WT = memory("WT", *W.T.shape)
    UT = memory.padded("UT", *U.T.shape)
    ready_b = memory("b", *b.shape)
    reorder_and_halve(W, out=WT.T)
    reorder_and_halve(U, out=UT.T)
    reorder_and_halve(b, out=ready_b)
    return WT, UT, ready_b


def padded_copy(U: np.ndarray, memory: Workspace) -> np.ndarray:
    """U as the backward pass reads it at every step: a copy, which stays the same if the parameters change."""
    copied = memory.padded("U", *U.shape)
    copied[...] = U
    return copied


def reorder_and_halve(param: np.ndarray, out: np.ndarray) -> None:
    """Fill out with the rows of W, U or b in the order i, f, o, g, and those of i, f and o halved.

    out may be a transpose. It is filled one cache line of its columns at a time, so that each line is written once.
    """
    H = len(param) // 4
    i, f, g, o = param.reshape(4, H, -1)
    ready = out.reshape(4, H, -1)
    for start in range(0, H, CACHE_LINE):
        rows = slice(start, start + CACHE_LINE)
        ready[0, rows] = 0.5 * i[rows]
        ready[1, rows] = 0.5 * f[rows]
        ready[2, rows] = 0.5 * o[rows]
        ready[3, rows] = g[rows]


def dot_for(matrix: np.ndarray) -> Callable[..., object]:
    """np.dot, which has less overhead, or np.matmul for a matrix with gaps between its rows; np.dot would copy it."""
    return np.dot if matrix.flags.c_contiguous else np.matmul


def forward_steps(UT: np.ndarray, tape: Tape, memory: Workspace) -> None:
    """Run all steps, first to last, and fill the tape, which already holds z_x, h₀ and c₀.

    UT comes from `ready_weights`, which halves the weights of i, f and o: because σ(z) = ½ tanh(z / 2) + ½, one tanh
    then serves all four gates.
    """
    T, _, B, H = tape.gates.shape
    z = memory("z", B, 4 * H)
    product = memory("product", B, H)
    z_by_gate = z.reshape(B, 4, H).swapaxes(0, 1)  # (4, B, H)
    z_x = tape.z_x
    dot = dot_for(UT)
    for t in range(T):
        gates = tape.gates[t]  # (4, B, H)
        c = tape.c[t + 1]  # (B, H), as are the next two
        tanh_c = tape.tanh_c[t]
        h = tape.h[t + 1]
        # z = W x + U h₋₁ + b: one product for all gates
        dot(tape.h[t], UT, out=z)
        z += z_x[t]
        # from here on each gate is contiguous, which is faster
        np.tanh(z_by_gate, out=gates)
        # σ(z) = ½ tanh(z / 2) + ½ for i, f and o; g is finished
        ifo = gates[:3]
        ifo *= 0.5
        ifo += 0.5
        i, f, o, g = gates
        # c = f ⊙ c₋₁ + i ⊙ g
        np.multiply(f, tape.c[t], out=c)
        c += np.multiply(i, g, out=product)
        # h = o ⊙ tanh(c)
        np.tanh(c, out=tanh_c)
        np.multiply(o, tanh_c, out=h)


def slopes(tape: Tape, steps: slice, out: np.ndarray, dh_dc: np.ndarray) -> None:
    """The derivatives that depend only on the forward pass, for n steps at once, which takes fewer operations.

    Fills out (n, 4, B, H) with ∂c/∂z for i, f and g and ∂h/∂z for o, in that order, and dh_dc (n, B, H) with ∂h/∂c.
    """
    i, f, o, g = tape.gates[steps].swapaxes(0, 1)
    c_prev = tape.c[steps]  # (n, B, H), as are the next two
    tanh_c = tape.tanh_c[steps]
    h = tape.h[1:][steps]
    dc_dzi, dc_dzf, dc_dzg, dh_dzo = out.swapaxes(0, 1)
    # c = f ⊙ c₋₁ + i ⊙ g and σ′ = σ (1 - σ), so ∂c/∂z_i = (1 - i) ⊙ i ⊙ g
    np.subtract(1, i, out=dc_dzi)
    dc_dzi *= i
    dc_dzi *= g
    # ∂c/∂z_f = (1 - f) ⊙ f ⊙ c₋₁
    np.subtract(1, f, out=dc_dzf)
    dc_dzf *= f
    dc_dzf *= c_prev
    # tanh′ = 1 - tanh², so ∂c/∂z_g = (1 - g²) ⊙ i
    np.multiply(g, g, out=dc_dzg)
    np.subtract(1, dc_dzg, out=dc_dzg)
    dc_dzg *= i
    # h = o ⊙ tanh(c), so ∂h/∂z_o = (1 - o) ⊙ o ⊙ tanh(c) = (1 - o) ⊙ h
    np.subtract(1, o, out=dh_dzo)
    dh_dzo *= h
    # ∂h/∂c = o ⊙ (1 - tanh²(c)) = o - h ⊙ tanh(c)
    np.multiply(h, tanh_c, out=dh_dc)
    np.subtract(o, dh_dc, out=dh_dc)


def backward_steps(
    U: np.ndarray, tape: Tape, memory: Workspace, dh_out: np.ndarray, dh: np.ndarray, dc: np.ndarray
) -> np.ndarray:
    """Go back through all steps, last to first; return dz (T, B, 4H), which overwrites the gates of the tape.

    U comes from `padded_copy`. dh_out (T, B, H) is ∂L/∂h from outside. dh and dc (B, H) are ∂L/∂h_T and ∂L/∂c_T; they
    become ∂L/∂h₀ and ∂L/∂c₀.
    """
    T, _, B, H = tape.gates.shape
    few = min(T, max(1, CACHED_NUMBERS // (4 * B * H)))
    slope = memory("slope", few, 4, B, H)
    dh_dc = memory("dh_dc", few, B, H)
    product = memory("product", B, H)
    gates = tape.gates
    dz = tape.dz
    dz_by_gate = dz.reshape(T, B, 4, H).swapaxes(1, 2)
    dot = dot_for(U)
    for t in reversed(range(T)):
        n = t % few
        if t == T - 1 or n == few - 1:
            slopes(tape, slice(t - n, t + 1), slope[: n + 1], dh_dc[: n + 1])
        # h goes to the output and to the next step, so the two gradients add
        dh += dh_out[t]
        # c acts on the next step and, through tanh and o, on h, so the two gradients add
        dc += np.multiply(dh, dh_dc[n], out=product)
        # dc₋₁ = dc ⊙ f, computed before dz overwrites f
        np.multiply(dc, gates[t, 1], out=product)
        # dz = ∂c/∂z ⊙ dc for i, f and g, ∂h/∂z ⊙ dh for o
        np.multiply(slope[n, :3], dc, out=dz_by_gate[t, :3])
        np.multiply(slope[n, 3], dh, out=dz_by_gate[t, 3])
        dc[...] = product
        # dh₋₁ = Uᵀ dz
        dot(dz[t], U, out=dh)
    return dz
