"""One step, two biases, gates i, f, g, o as in PyTorch."""

import numpy as np

X = "B I"


def sigma(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def weights(I, H):
    return {
        "weight_ih": np.zeros((4 * H, I)),
        "weight_hh": np.zeros((4 * H, H)),
        "bias_ih": np.zeros(4 * H),
        "bias_hh": np.zeros(4 * H),
    }


def forward(weights, x, h, c):
    z = x @ weights["weight_ih"].T + weights["bias_ih"] + h @ weights["weight_hh"].T + weights["bias_hh"]
    H = h.shape[1]
    i, f, o = sigma(z[:, :H]), sigma(z[:, H : 2 * H]), sigma(z[:, 3 * H :])
    g = np.tanh(z[:, 2 * H : 3 * H])
    new_c = f * c + i * g
    return o * np.tanh(new_c), new_c, (x, h, c, i, f, g, o, new_c)


def backward(weights, kept, dh, dc):
    x, h, c, i, f, g, o, new_c = kept
    t = np.tanh(new_c)
    dc = dc + dh * o * (1 - t * t)
    dz = np.hstack([dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g * g), dh * t * o * (1 - o)])
    return {
        "weight_ih": dz.T @ x,
        "weight_hh": dz.T @ h,
        "bias_ih": dz.sum(0),
        "bias_hh": dz.sum(0),
        "x": dz @ weights["weight_ih"],
        "h": dz @ weights["weight_hh"],
        "c": dc * f,
    }
