"""float32, the bias in the first row of one matrix over [1, x, h], gates i, f, o, g."""

import numpy as np

X = "T B I"
single = np.float32


def weights(I, H):
    return {"WLSTM": np.zeros((1 + I + H, 4 * H), single)}


def forward(weights, X, h, c):
    W = weights["WLSTM"].astype(single)
    n, b, I = X.shape
    H = W.shape[1] // 4
    Hin, IFOG = np.zeros((n, b, W.shape[0]), single), np.zeros((n, b, 4 * H), single)
    C, Ct, Hout = np.zeros((n, b, H), single), np.zeros((n, b, H), single), np.zeros((n, b, H), single)
    for t in range(n):
        Hin[t, :, 0] = 1
        Hin[t, :, 1 : I + 1] = X[t]
        Hin[t, :, I + 1 :] = Hout[t - 1] if t > 0 else h
        raw = Hin[t] @ W
        IFOG[t, :, : 3 * H] = 1 / (1 + np.exp(-raw[:, : 3 * H]))
        IFOG[t, :, 3 * H :] = np.tanh(raw[:, 3 * H :])
        i, f, o, g = np.split(IFOG[t], 4, axis=1)
        C[t] = i * g + f * (C[t - 1] if t > 0 else c)
        Ct[t] = np.tanh(C[t])
        Hout[t] = o * Ct[t]
    return Hout, C, (W, Hin, IFOG, C, Ct, c.astype(single))


def backward(weights, kept, dHout_in, dcn):
    W, Hin, IFOG, C, Ct, c0 = kept
    n, b, H = C.shape
    I = W.shape[0] - 1 - H
    dW, dC, dHout = np.zeros_like(W), np.zeros_like(C), dHout_in.astype(single)
    for t in reversed(range(n)):
        i, f, o, g = np.split(IFOG[t], 4, axis=1)
        do = Ct[t] * dHout[t]
        dC[t] += (1 - Ct[t] ** 2) * (o * dHout[t])
        if t > 0:
            df = C[t - 1] * dC[t]
            dC[t - 1] += f * dC[t]
        else:
            df = c0 * dC[t]
        di = g * dC[t]
        dg = i * dC[t]
        draw = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
        dW += Hin[t].T @ draw
        dHin = draw @ W.T
        if t > 0:
            dHout[t - 1] += dHin[:, 1 + I :]
    return {"WLSTM": dW}
