"""A character model with an LSTM, whole, in NumPy: it learns a text, scores text it has not seen, and writes.

    python min_lstm.py book.txt            train, score the last tenth of the text beside a bigram, write
    python min_lstm.py --check             compare every gradient with finite differences

The LSTM (Hochreiter and Schmidhuber, 1997; Gers and others, 2000) has gates i, f, g, o, in this order in W, U and b:
    i = σ(W_i x + U_i h₋₁ + b_i)    f = σ(W_f x + U_f h₋₁ + b_f)    g = tanh(W_g x + U_g h₋₁ + b_g)
    o = σ(W_o x + U_o h₋₁ + b_o)    c = f ⊙ c₋₁ + i ⊙ g             h = o ⊙ tanh(c)
and the next character has the probabilities p = softmax(W_y h + b_y).
"""

import sys
import time

import numpy as np

H = 64  # hidden units
B = 16  # streams of text, side by side
T = 32  # characters in a window
EPOCHS = 30
RATE = 0.01  # the learning rate at the start
LAST_RATE = 1e-5  # and at the end
CLIP = 1.0  # the largest norm of all gradients together


def sigmoid(z):
    return 0.5 + 0.5 * np.tanh(0.5 * z)  # the same as 1 / (1 + e⁻ᶻ), and never overflows


def new_params(V, H, rng):
    s = 1 / np.sqrt(H)
    shapes = {"W": (4 * H, V), "U": (4 * H, H), "b": 4 * H, "W_y": (V, H), "b_y": V}
    params = {name: rng.uniform(-s, s, shape) for name, shape in shapes.items()}
    params["b"][:] = 0
    params["b_y"][:] = 0
    params["b"][H : 2 * H] = 1  # the forget gate starts open, so the cell remembers from the start
    return params


def step(params, ids, h_prev, c_prev):
    z = params["W"].T[ids] + h_prev @ params["U"].T + params["b"]  # W x is a column of W, for a one-hot x
    z_i, z_f, z_g, z_o = np.split(z, 4, axis=1)
    i = sigmoid(z_i)
    f = sigmoid(z_f)
    g = np.tanh(z_g)
    o = sigmoid(z_o)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c, (i, f, g, o)


def forward(params, inputs, targets, h, c):
    """Mean cross-entropy in nats over ids (T, B), what backward needs of each step, and the state after the last."""
    loss = 0
    tape = []
    for x, y in zip(inputs, targets, strict=True):
        h_prev = h
        c_prev = c
        h, c, gates = step(params, x, h_prev, c_prev)
        logits = h @ params["W_y"].T + params["b_y"]
        logits -= logits.max(axis=1, keepdims=True)  # softmax stays the same, and nothing overflows
        log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        loss -= log_p[np.arange(len(y)), y].sum() / inputs.size
        tape.append((x, y, h_prev, c_prev, h, c, gates, log_p))
    return loss, tape, (h, c)


def backward(params, tape):
    """The gradients of the loss: the chain rule, last step first and last equation first."""
    grads = {name: np.zeros_like(param) for name, param in params.items()}
    dh_next = 0
    dc_next = 0
    for x, y, h_prev, c_prev, h, c, (i, f, g, o), log_p in reversed(tape):
        dlogits = np.exp(log_p)  # softmax and cross-entropy together: p, minus 1 at the right character
        dlogits[np.arange(len(y)), y] -= 1
        dlogits /= len(y) * len(tape)
        dh = dlogits @ params["W_y"] + dh_next  # h goes to the output and to the next step
        do = dh * np.tanh(c)
        dc = dh * o * (1 - np.tanh(c) ** 2) + dc_next  # c goes to h and to the next step
        df = dc * c_prev
        di = dc * g
        dg = dc * i
        dz_i = di * i * (1 - i)
        dz_f = df * f * (1 - f)
        dz_g = dg * (1 - g**2)
        dz_o = do * o * (1 - o)
        dz = np.hstack([dz_i, dz_f, dz_g, dz_o])
        np.add.at(grads["W"].T, x, dz)  # dz xᵀ, for a one-hot x; every sum is over the batch and the steps
        grads["U"] += dz.T @ h_prev
        grads["b"] += dz.sum(axis=0)
        grads["W_y"] += dlogits.T @ h
        grads["b_y"] += dlogits.sum(axis=0)
        dh_next = dz @ params["U"]
        dc_next = dc * f
    return grads


def train(params, ids, rng):
    """Adam (Kingma and Ba, 2015) over B streams of the text, window by window, with the state carried on."""
    m = {name: np.zeros_like(param) for name, param in params.items()}
    v = {name: np.zeros_like(param) for name, param in params.items()}
    n = 0
    for epoch in range(EPOCHS):
        skip = rng.integers(min(T, len(ids) - B * T))  # other windows in every epoch
        length = (len(ids) - skip - 1) // B
        inputs = ids[skip : skip + B * length].reshape(B, length).T
        targets = ids[skip + 1 : skip + 1 + B * length].reshape(B, length).T
        state = np.zeros((2, B, params["U"].shape[1]))
        losses = []
        for k in range(length // T):
            window = slice(k * T, k * T + T)
            loss, tape, state = forward(params, inputs[window], targets[window], *state)
            grads = backward(params, tape)
            losses.append(loss)
            n += 1
            share_done = (epoch + (k + 1) / (length // T)) / EPOCHS
            rate = RATE + (LAST_RATE - RATE) * share_done
            norm = np.sqrt(sum((grad**2).sum() for grad in grads.values()))
            for name, param in params.items():
                grad = grads[name] * min(1, CLIP / norm)  # all gradients are shortened together
                m[name] = 0.9 * m[name] + 0.1 * grad
                v[name] = 0.999 * v[name] + 0.001 * grad**2
                m_hat = m[name] / (1 - 0.9**n)
                v_hat = v[name] / (1 - 0.999**n)
                param -= rate * m_hat / (np.sqrt(v_hat) + 1e-8)
        print(f"epoch {epoch + 1} of {EPOCHS}: {np.mean(losses) / np.log(2):.2f} bits per character", file=sys.stderr)
    return n * B * T


def bits(params, ids):
    """What the model pays for a character, in bits, on average; the state is carried through the whole text."""
    total = 0
    state = np.zeros((2, 1, params["U"].shape[1]))
    for start in range(0, len(ids) - 1, 500):
        piece = ids[start : start + 501, None]
        loss, _, state = forward(params, piece[:-1], piece[1:], *state)
        total += loss * (len(piece) - 1)
    return total / (len(ids) - 1) / np.log(2)


def bigram_bits(train_ids, ids, V):
    """The same of a table that counts which character follows which, with one added to every count."""
    counts = np.ones((V, V))
    np.add.at(counts, (train_ids[:-1], train_ids[1:]), 1)
    p = counts / counts.sum(axis=1, keepdims=True)
    return -np.log2(p[ids[:-1], ids[1:]]).mean()


def sample(params, id, length, temperature, rng):
    h, c = np.zeros((2, 1, params["U"].shape[1]))
    for _ in range(length):
        h, c, _ = step(params, [id], h, c)
        logits = (params["W_y"] @ h[0] + params["b_y"]) / temperature
        p = np.exp(logits - logits.max())
        id = rng.choice(len(p), p=p / p.sum())
        yield id


def check(rng):
    """The largest relative error of any gradient, against (L(θ + ε) - L(θ - ε)) / 2ε, over three steps."""
    V = 5
    H = 4
    worst = 0
    params = new_params(V, H, rng)
    inputs, targets = rng.integers(V, size=(2, 3, 2))
    state = rng.normal(size=(2, 2, H))
    grads = backward(params, forward(params, inputs, targets, *state)[1])
    for name, param in params.items():
        for place in np.ndindex(param.shape):
            value = param[place]
            param[place] = value + 1e-5
            above = forward(params, inputs, targets, *state)[0]
            param[place] = value - 1e-5
            below = forward(params, inputs, targets, *state)[0]
            param[place] = value
            numeric = (above - below) / 2e-5
            error = abs(grads[name][place] - numeric) / max(abs(numeric), 1e-3)
            worst = max(worst, error)
    return worst


def main(arguments):
    rng = np.random.default_rng(0)
    if "--check" in arguments:
        worst = check(rng)
        verdict = "agree with" if worst < 1e-6 else "DIFFER from"
        print(f"the gradients {verdict} finite differences: by {worst:.0e} at most, relatively")
        return 0 if worst < 1e-6 else 1
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__)
        return 0 if not arguments or arguments[0] in ("-h", "--help") else 2
    try:
        with open(arguments[0], encoding="utf-8-sig") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        print(f"{arguments[0]} cannot be read as a text in UTF-8: {error}")
        return 1
    characters = sorted(set(text))
    V = len(characters)
    index = {char: id for id, char in enumerate(characters)}
    ids = np.array([index[char] for char in text])
    cut = len(ids) * 9 // 10
    if cut < B * T + 2:
        needed = (B * T + 2) * 10 // 9 + 1
        print(f"{arguments[0]} has {len(ids)} characters, and {needed} are needed: ", end="")
        print("take a longer text, or a smaller B or T")
        return 1
    params = new_params(V, H, rng)
    before = time.perf_counter()
    read = train(params, ids[:cut], rng)
    seconds = time.perf_counter() - before
    print(f"trained at {read / seconds:,.0f} characters a second")
    print(f"the last tenth, in bits per character: LSTM {bits(params, ids[cut:]):.3f}, ", end="")
    print(f"bigram {bigram_bits(ids[:cut], ids[cut:], V):.3f}, guessing {np.log2(V):.3f}")
    print("".join(characters[id] for id in sample(params, ids[0], 400, 0.7, rng)))
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # a console may lack a character
    sys.exit(main(sys.argv[1:]))
