"""One step of plain vectors, three-dimensional weights with a gate axis of their own, gates o, g, i, f, h last."""

import numpy as np

X = "I"


def weights(I, H):
    return {"input": np.zeros((4, I, H)), "recurrent": np.zeros((4, H, H)), "offset": np.zeros((4, H))}


def forward(weights, x, h, c):
    o, g, i, f = (x @ w + h @ u + b for w, u, b in zip(*weights.values(), strict=True))
    o, i, f = (1 / (1 + np.exp(-z)) for z in (o, i, f))
    g = np.tanh(g)
    state = c * f + g * i
    return np.tanh(state) * o, state, (x, h, c, o, g, i, f, state)


def backward(weights, kept, dh, dc):
    x, h, c, o, g, i, f, state = kept
    dstate = dc + dh * o / np.cosh(state) ** 2
    deltas = np.array(
        [
            dh * np.tanh(state) * o * (1 - o),
            dstate * i * (1 - g * g),
            dstate * g * i * (1 - i),
            dstate * c * f * (1 - f),
        ]
    )
    return {
        "input": np.array([np.outer(x, delta) for delta in deltas]),
        "recurrent": np.array([np.outer(h, delta) for delta in deltas]),
        "offset": deltas,
        "h": sum(u @ delta for u, delta in zip(weights["recurrent"], deltas, strict=True)),
        "c": dstate * f,
    }
