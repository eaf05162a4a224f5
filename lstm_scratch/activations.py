"""The functions an LSTM is made of, and their derivatives. Nothing here overflows."""

import numpy as np

from lstm_scratch.checks import as_numbers, check_ids


def sigmoid(z: np.ndarray) -> np.ndarray:
    """σ(z) = 1 / (1 + e⁻ᶻ), elementwise, for any finite z of any shape.

    It is computed as ½ (1 + tanh(z / 2)), which is the same function, because e⁻ᶻ overflows at z = -1000 and tanh
    never does.
    """
    return 0.5 * (1.0 + np.tanh(0.5 * as_numbers("z", z)))


def sigmoid_derivative(s: np.ndarray) -> np.ndarray:
    """σ′ = s (1 - s) at the point where σ has the value s, elementwise, for s of any shape."""
    return s * (1.0 - s)


def tanh_derivative(t: np.ndarray) -> np.ndarray:
    """tanh′ = 1 - t² at the point where tanh has the value t, elementwise, for t of any shape."""
    return 1.0 - t * t


def shifted(logits: np.ndarray) -> np.ndarray:
    """Scores (..., V) minus the largest along the last axis; softmax stays the same, and no exponential overflows."""
    logits = as_numbers("logits", logits)
    return logits - np.max(logits, axis=-1, keepdims=True)


def softmax(logits: np.ndarray) -> np.ndarray:
    """pₖ = e^{zₖ} / Σⱼ e^{zⱼ} along the last axis of the scores z (..., V): numbers from 0 to 1 that sum to 1."""
    p = np.exp(shifted(logits))
    p /= p.sum(axis=-1, keepdims=True)
    return p


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean of -log p(target) in nats, and its gradient with respect to the scores.

    logits (N, V) are the scores, targets (N,) the indices of the right classes. The gradient, (N, V), is

        ∂L/∂z = (p - onehot(target)) / N

    (Goodfellow, Bengio and Courville, *Deep Learning*, 2016, equation 10.18). Raises ValueError if the shapes do not
    fit or a target is outside 0 ... V - 1.
    """
    # targets (N, 1) would pick an (N, N) table out of the logits
    if np.ndim(logits) != 2 or np.shape(targets) != np.shape(logits)[:1] or np.size(logits) == 0:
        raise ValueError(f"logits must be (N, V) and targets (N,), not {np.shape(logits)} and {np.shape(targets)}")
    z = shifted(logits)
    # scores may be whole numbers, but their exponentials are not
    if z.dtype.kind != "f":
        z = z.astype(np.float64)
    targets = check_ids("targets", targets, z.shape[1])
    N = len(targets)
    rows = np.arange(N)
    z_target = z[rows, targets]
    p = np.exp(z, out=z)
    total = p.sum(axis=-1, keepdims=True)
    # L = mean of log Σⱼ e^{zⱼ} - z_target
    loss = float(np.mean(np.log(total[:, 0]) - z_target, dtype=np.float64))
    # p = e^z / Σⱼ e^{zⱼ}, divided by N in the same step
    p /= total * N
    p[rows, targets] -= 1 / N
    return loss, p
