"""Features first and time last, an update gate u for i, the state c starts from zeros whatever it is given."""

import numpy as np

X = "I B T"


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def weights(n_x, n_a):
    parameters = {}
    for gate in "fuco":
        parameters["W" + gate] = np.zeros((n_a, n_a + n_x))
        parameters["b" + gate] = np.zeros((n_a, 1))
    return parameters


def cell_forward(xt, a_prev, c_prev, p):
    concat = np.concatenate((a_prev, xt), axis=0)
    ft = sigmoid(np.dot(p["Wf"], concat) + p["bf"])
    it = sigmoid(np.dot(p["Wu"], concat) + p["bu"])
    cct = np.tanh(np.dot(p["Wc"], concat) + p["bc"])
    c_next = ft * c_prev + it * cct
    ot = sigmoid(np.dot(p["Wo"], concat) + p["bo"])
    a_next = ot * np.tanh(c_next)
    return a_next, c_next, (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt)


def forward(p, x, a0, c0):
    n_a, m = a0.shape
    a = np.zeros((n_a, m, x.shape[2]))
    c = np.zeros_like(a)
    a_next, c_next = a0, np.zeros((n_a, m))
    caches = []
    for t in range(x.shape[2]):
        a_next, c_next, cache = cell_forward(x[:, :, t], a_next, c_next, p)
        a[:, :, t], c[:, :, t] = a_next, c_next
        caches.append(cache)
    return a, c, caches


def cell_backward(da_next, dc_next, cache, p):
    a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt = cache
    n_a = len(a_next)
    dot = da_next * np.tanh(c_next) * ot * (1 - ot)
    dstate = dc_next + ot * (1 - np.square(np.tanh(c_next))) * da_next
    dcct = dstate * it * (1 - np.square(cct))
    dit = dstate * cct * it * (1 - it)
    dft = dstate * c_prev * ft * (1 - ft)
    concat = np.concatenate((a_prev, xt), axis=0)
    grads = {}
    for gate, dgate in zip("fuco", (dft, dit, dcct, dot), strict=True):
        grads["W" + gate] = np.dot(dgate, concat.T)
        grads["b" + gate] = np.sum(dgate, axis=1, keepdims=True)
    da_prev = sum(np.dot(p["W" + gate][:, :n_a].T, d) for gate, d in zip("fuco", (dft, dit, dcct, dot), strict=True))
    return grads, da_prev, dstate * ft


def backward(p, caches, da, dc):
    total = {name: np.zeros_like(array) for name, array in p.items()}
    da_prev, dc_prev = np.zeros(da.shape[:2]), np.zeros(da.shape[:2])
    for t in reversed(range(da.shape[2])):
        grads, da_prev, dc_prev = cell_backward(da[:, :, t] + da_prev, dc_prev, caches[t], p)
        for name in total:
            total[name] += grads[name]
    return {**total, "h": da_prev}
