"""The arithmetic of the fast path: the equations of `cell`, a whole batch and four gates at a time.

Inside, gates are kept as (4, B, H), each a contiguous block, in the order i, f, o, g: the three that take
σ lie side by side. W, U, b and all gradients keep the order i, f, g, o. Every function writes into arrays it
is given, because fresh memory costs as much time as the arithmetic.
"""

import numpy as np


def ready_weights(W: np.ndarray, U: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Wᵀ, Uᵀ and b with their columns in the order i, f, o, g, and those of i, f and o halved.

    σ(z) = ½ tanh(z / 2) + ½: with z / 2 coming out of the matrix product, one tanh serves all four gates.
    """

    def ready(rows: np.ndarray) -> np.ndarray:
        gates = rows.reshape(4, len(b) // 4, -1)[[0, 1, 3, 2]]
        gates[:3] *= 0.5
        return gates.reshape(rows.shape)

    return np.ascontiguousarray(ready(W).T), np.ascontiguousarray(ready(U).T), ready(b)


def forward_step(
    UT: np.ndarray,
    z: np.ndarray,
    product: np.ndarray,
    h_prev: np.ndarray,
    c_prev: np.ndarray,
    z_x: np.ndarray,
    gates: np.ndarray,
    c: np.ndarray,
    tanh_c: np.ndarray,
    h: np.ndarray,
) -> None:
    """One step: from h₋₁, c₋₁ and z_x = W x + b (B, 4H) to gates, c, tanh(c) and h.

    UT and z_x are as `ready_weights` makes them; z (B, 4H) and product (B, H) are scratch. gates may be the
    memory of z_x, and c and h that of c₋₁ and h₋₁.
    """
    # z = W x + U h₋₁ + b: one product for all gates (np.dot is quicker off the mark than matmul)
    np.dot(h_prev, UT, out=z)
    z += z_x
    # from here on each gate is a block of its own: arithmetic on contiguous memory is faster
    np.tanh(z.reshape(len(h), 4, -1).swapaxes(0, 1), out=gates)
    # σ(z) = ½ tanh(z / 2) + ½ for i, f and o; g is done
    ifo = gates[:3]
    ifo *= 0.5
    ifo += 0.5
    i, f, o, g = gates
    # c = f ⊙ c₋₁ + i ⊙ g
    np.multiply(f, c_prev, out=c)
    c += np.multiply(i, g, out=product)
    # h = o ⊙ tanh(c)
    np.tanh(c, out=tanh_c)
    np.multiply(o, tanh_c, out=h)


def slopes(
    gates: np.ndarray, c_prev: np.ndarray, tanh_c: np.ndarray, h: np.ndarray, out: np.ndarray, dh_dc: np.ndarray
) -> None:
    """What the forward pass alone decides: how c and h of K steps answer to the inside of their gates.

    gates and out are (K, 4, B, H), the others (K, B, H). Fills out with ∂c/∂z for i, f and g and ∂h/∂z for
    o, in that order, and dh_dc with ∂h/∂c. Doing several steps at once makes fewer, larger operations.
    """
    i, f, o, g = gates.swapaxes(0, 1)
    dc_di, dc_df, dc_dg, dh_do = out.swapaxes(0, 1)
    # c = f ⊙ c₋₁ + i ⊙ g and σ′ = σ (1 - σ), so ∂c/∂z_i = (1 - i) ⊙ i ⊙ g
    np.subtract(1, i, out=dc_di)
    dc_di *= i
    dc_di *= g
    # ∂c/∂z_f = (1 - f) ⊙ f ⊙ c₋₁
    np.subtract(1, f, out=dc_df)
    dc_df *= f
    dc_df *= c_prev
    # tanh′ = 1 - tanh², so ∂c/∂z_g = (1 - g²) ⊙ i
    np.multiply(g, g, out=dc_dg)
    np.subtract(1, dc_dg, out=dc_dg)
    dc_dg *= i
    # h = o ⊙ tanh(c), so ∂h/∂z_o = (1 - o) ⊙ o ⊙ tanh(c) = (1 - o) ⊙ h
    np.subtract(1, o, out=dh_do)
    dh_do *= h
    # ∂h/∂c = o ⊙ (1 - tanh²(c)) = o - h ⊙ tanh(c)
    np.multiply(h, tanh_c, out=dh_dc)
    np.subtract(o, dh_dc, out=dh_dc)


def backward_step(
    U: np.ndarray,
    product: np.ndarray,
    dh: np.ndarray,
    dc: np.ndarray,
    dh_out: np.ndarray,
    f: np.ndarray,
    slope: np.ndarray,
    dh_dc: np.ndarray,
    dz: np.ndarray,
) -> None:
    """One step back: dh and dc become dh₋₁ and dc₋₁, in place, and dz (B, 4H) is filled.

    slope (4, B, H) and dh_dc (B, H) are one step's share of `slopes`. dh and dc are what arrives from the
    next step, dh_out what arrives at h from outside; product is scratch. dz may be the memory of the
    gates, f among them: f is read before it is written.
    """
    # h goes to the output and to the next step: the two gradients add
    dh += dh_out
    # c acts on the next step and, through tanh and o, on h: again they add
    dc += np.multiply(dh, dh_dc, out=product)
    # dc₋₁ = dc ⊙ f
    np.multiply(dc, f, out=product)
    # dz = ∂c/∂z ⊙ dc for i, f and g, ∂h/∂z ⊙ dh for o
    dz_by_gate = dz.reshape(len(dh), 4, -1).swapaxes(0, 1)
    np.multiply(slope[:3], dc, out=dz_by_gate[:3])
    np.multiply(slope[3], dh, out=dz_by_gate[3])
    dc[...] = product
    # dh₋₁ = Uᵀ dz
    np.dot(dz, U, out=dh)
