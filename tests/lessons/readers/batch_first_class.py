"""A layer as a class, batch first, x @ Wx, gates f, g, i, o, which keeps its gradients in itself."""

import numpy as np

X = "B T I"


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


class Step:
    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]

    def forward(self, x, h_prev, c_prev):
        Wx, Wh, b = self.params
        H = h_prev.shape[1]
        A = x @ Wx + h_prev @ Wh + b
        f = sigmoid(A[:, :H])
        g = np.tanh(A[:, H : 2 * H])
        i = sigmoid(A[:, 2 * H : 3 * H])
        o = sigmoid(A[:, 3 * H :])
        c_next = f * c_prev + g * i
        h_next = o * np.tanh(c_next)
        self.cache = (x, h_prev, c_prev, i, f, g, o, c_next)
        return h_next, c_next

    def backward(self, dh_next, dc_next):
        Wx, Wh, _ = self.params
        x, h_prev, c_prev, i, f, g, o, c_next = self.cache
        tanh_c = np.tanh(c_next)
        ds = dc_next + (dh_next * o) * (1 - tanh_c**2)
        dc_prev = ds * f
        di = ds * g * i * (1 - i)
        df = ds * c_prev * f * (1 - f)
        do = dh_next * tanh_c * o * (1 - o)
        dg = ds * i * (1 - g**2)
        dA = np.hstack((df, dg, di, do))
        self.grads[0][...] = x.T @ dA
        self.grads[1][...] = h_prev.T @ dA
        self.grads[2][...] = dA.sum(axis=0)
        return dA @ Wx.T, dA @ Wh.T, dc_prev


class Layer:
    def __init__(self, Wx, Wh, b):
        self.params = Wx, Wh, b

    def forward(self, xs, h, c):
        N, T, _ = xs.shape
        self.steps = []
        hs = np.empty((N, T, h.shape[1]))
        for t in range(T):
            step = Step(*self.params)
            h, c = step.forward(xs[:, t, :], h, c)
            hs[:, t, :] = h
            self.steps.append(step)
        return hs, c

    def backward(self, dhs):
        grads = [0, 0, 0]
        dxs = []
        dh, dc = 0, 0
        for t in reversed(range(len(self.steps))):
            dx, dh, dc = self.steps[t].backward(dhs[:, t, :] + dh, dc)
            dxs.insert(0, dx)
            for k, grad in enumerate(self.steps[t].grads):
                grads[k] = grads[k] + grad
        return grads, np.stack(dxs, axis=1), dh, dc


def weights(I, H):
    return {"Wx": np.zeros((I, 4 * H)), "Wh": np.zeros((H, 4 * H)), "b": np.zeros(4 * H)}


def forward(weights, x, h, c):
    layer = Layer(weights["Wx"], weights["Wh"], weights["b"])
    hs, c = layer.forward(x, h, c)
    return hs, c, layer


def backward(weights, layer, dh, dc):
    (dWx, dWh, db), dx, dh0, dc0 = layer.backward(dh)
    return {"dWx": dWx, "dWh": dWh, "db": db, "x": dx, "h": dh0, "c": dc0}
