"""Rows of a batch, one matrix over [h, x], gates f, i, g, o."""

import numpy as np

X = "T B I"


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def weights(I, H):
    return {"W": np.zeros((4 * H, H + I)), "b": np.zeros(4 * H)}


def forward(weights, x, h, c):
    W, b = weights["W"], weights["b"]
    hs, kept = [], []
    for x_t in x:
        hx = np.concatenate([h, x_t], axis=1)
        zf, zi, zg, zo = np.split(hx @ W.T + b, 4, axis=1)
        f, i, g, o = sigmoid(zf), sigmoid(zi), np.tanh(zg), sigmoid(zo)
        c_old = c
        c = f * c_old + i * g
        h = o * np.tanh(c)
        hs.append(h)
        kept.append((hx, f, i, g, o, c_old, c))
    return np.array(hs), c, kept


def backward(weights, kept, dh, dc):
    W = weights["W"]
    H = dh.shape[-1]
    dW, db = np.zeros_like(W), np.zeros(4 * H)
    dh_next, dc_next = np.zeros_like(dh[0]), dc
    for (hx, f, i, g, o, c_old, c), dh_t in zip(kept[::-1], dh[::-1], strict=True):
        d = dh_t + dh_next
        do = d * np.tanh(c)
        dcell = dc_next + d * o * (1 - np.tanh(c) ** 2)
        df, di, dg = dcell * c_old, dcell * g, dcell * i
        dz = np.concatenate([df * f * (1 - f), di * i * (1 - i), dg * (1 - g**2), do * o * (1 - o)], axis=1)
        dW += dz.T @ hx
        db += dz.sum(axis=0)
        dh_next = (dz @ W)[:, :H]
        dc_next = dcell * f
    return {"W": dW, "b": db}
