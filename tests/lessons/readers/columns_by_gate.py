"""Column vectors, a matrix for each gate over [h, x], and dicts of everything by step, as in a character model."""

import numpy as np

X = "T I 1"


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def dsigmoid(s):
    return s * (1 - s)


def dtanh(t):
    return 1 - t * t


def weights(I, H):
    shapes = {"Wf": (H, H + I), "bf": (H, 1), "Wi": (H, H + I), "bi": (H, 1)}
    shapes |= {"Wc": (H, H + I), "bc": (H, 1), "Wo": (H, H + I), "bo": (H, 1)}
    return {name: np.zeros(shape) for name, shape in shapes.items()}


def forward(p, inputs, hprev, cprev):
    zs, fs, is_, cbars, cs, os_, hs = {}, {}, {}, {}, {}, {}, {}
    hs[-1], cs[-1] = hprev.copy(), cprev.copy()
    for t in range(len(inputs)):
        zs[t] = np.vstack((hs[t - 1], inputs[t]))
        fs[t] = sigmoid(p["Wf"] @ zs[t] + p["bf"])
        is_[t] = sigmoid(p["Wi"] @ zs[t] + p["bi"])
        cbars[t] = np.tanh(p["Wc"] @ zs[t] + p["bc"])
        cs[t] = fs[t] * cs[t - 1] + is_[t] * cbars[t]
        os_[t] = sigmoid(p["Wo"] @ zs[t] + p["bo"])
        hs[t] = os_[t] * np.tanh(cs[t])
    steps = range(len(inputs))
    return [hs[t] for t in steps], [cs[t] for t in steps], (zs, fs, is_, cbars, cs, os_, hs)


def backward(p, kept, dhs, dc):
    zs, fs, is_, cbars, cs, os_, hs = kept
    grads = {name: np.zeros_like(array) for name, array in p.items()}
    dhnext, dcnext = np.zeros_like(hs[0]), np.zeros_like(cs[0])
    for t in reversed(range(len(dhs))):
        dh = dhs[t] + dhnext
        dc = dcnext + dh * os_[t] * dtanh(np.tanh(cs[t]))
        do = dh * np.tanh(cs[t])
        do_raw = do * dsigmoid(os_[t])
        df_raw = dc * cs[t - 1] * dsigmoid(fs[t])
        di_raw = dc * cbars[t] * dsigmoid(is_[t])
        dcbar_raw = dc * is_[t] * dtanh(cbars[t])
        dz = np.zeros_like(zs[t])
        for gate, raw in (("f", df_raw), ("i", di_raw), ("c", dcbar_raw), ("o", do_raw)):
            grads["W" + gate] += raw @ zs[t].T
            grads["b" + gate] += raw
            dz += p["W" + gate].T @ raw
        dhnext = dz[: len(dh)]
        dcnext = dc * fs[t]
    return grads
