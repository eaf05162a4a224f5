// The LSTM in a browser: the six equations of cell.py, with the same names, and the character model of char_model.py.
//
// x is the input of this step, h_prev and c_prev are the states after the previous step. The gates of W, U and b are
// stacked in the order i, f, g, o. Only the forward pass is here, because a page does not train.
"use strict";

const GATES = ["i", "f", "g", "o"];

function sigmoid(z) {
    return 1 / (1 + Math.exp(-z));
}

// One row of a matrix times a vector.
function dot(matrix, row, vector) {
    const N = vector.length;
    let sum = 0;
    for (let k = 0; k < N; k++) sum += matrix[row * N + k] * vector[k];
    return sum;
}

class LSTMCell {
    // W (4H, I), U (4H, H) and b (4H), each as one array, row after row
    constructor(W, U, b) {
        this.hidden_size = b.length / 4;
        this.input_size = W.length / b.length;
        this.W = W;
        this.U = U;
        this.b = b;
    }

    // z = W x + U h₋₁ + b in one row. x is an array of I numbers, or the index of the 1 in a one-hot vector.
    z(row, x, h_prev) {
        const I = this.input_size;
        const Wx = typeof x === "number" ? this.W[row * I + x] : dot(this.W, row, x);
        return Wx + dot(this.U, row, h_prev) + this.b[row];
    }

    // The gates of one unit, from x and h₋₁.
    gates(unit, x, h_prev) {
        const H = this.hidden_size;
        // input gate, how much of the candidate to write:  i = σ(W_i x + U_i h₋₁ + b_i)
        const i = sigmoid(this.z(unit, x, h_prev));
        // forget gate, how much of the old cell state to keep:  f = σ(W_f x + U_f h₋₁ + b_f)
        const f = sigmoid(this.z(H + unit, x, h_prev));
        // candidate (often written c̃), what could be written:  g = tanh(W_g x + U_g h₋₁ + b_g)
        const g = Math.tanh(this.z(2 * H + unit, x, h_prev));
        // output gate, how much of the cell state to show:  o = σ(W_o x + U_o h₋₁ + b_o)
        const o = sigmoid(this.z(3 * H + unit, x, h_prev));
        return {i, f, g, o};
    }

    // One step of one unit, from x, h₋₁ and its own c₋₁ to c and h.
    //
    // A hand may hold the cell state at a value, or shut a gate: {unit, hold: 1.5} or {unit, shut: "f"}.
    step(unit, x, h_prev, c_prev, hand = null) {
        const {i, f, g, o} = opened(this.gates(unit, x, h_prev), hand, unit);
        // cell state:  c = f ⊙ c₋₁ + i ⊙ g
        const c = held(f * c_prev + i * g, hand, unit);
        // hidden state:  h = o ⊙ tanh(c)
        const h = o * Math.tanh(c);
        return {i, f, g, o, c, h};
    }

    // The states (h, c) after one step of all units.
    forward(x, h_prev, c_prev, hand = null) {
        const H = this.hidden_size;
        const h = new Float32Array(H);
        const c = new Float32Array(H);
        for (let unit = 0; unit < H; unit++) {
            const step = this.step(unit, x, h_prev, c_prev[unit], hand);
            h[unit] = step.h;
            c[unit] = step.c;
        }
        return [h, c];
    }
}

function opened(gates, hand, unit) {
    return hand && hand.unit === unit && hand.shut ? {...gates, [hand.shut]: 0} : gates;
}

function held(c, hand, unit) {
    return hand && hand.unit === unit && "hold" in hand ? hand.hold : c;
}

// p ∝ exp(logits / temperature); the largest logit is moved to 0, so that nothing overflows.
function softmax(logits, temperature = 1) {
    const largest = logits.reduce((one, other) => Math.max(one, other), -Infinity);
    const p = Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
    const sum = p.reduce((one, other) => one + other, 0);
    return p.map((each) => each / sum);
}

class CharLM {
    // Characters → LSTM → softmax, from what `packed` in pages.py has written.
    constructor(packed) {
        this.characters = Array.from(packed.characters);
        this.index = new Map(this.characters.map((char, id) => [char, id]));
        this.cell = new LSTMCell(numbers(packed.W), numbers(packed.U), numbers(packed.b));
        this.W_y = numbers(packed.W_y);
        this.b_y = numbers(packed.b_y);
        this.hidden_size = this.cell.hidden_size;
    }

    // p of the next character: softmax(W_y h + b_y)
    next(h, temperature = 1) {
        return softmax(this.b_y.map((bias, id) => dot(this.W_y, id, h) + bias), temperature);
    }

    // The index of a character drawn from p: the probabilities lie end to end, and a random point falls on one of them.
    draw(p) {
        let point = Math.random();
        const id = p.findIndex((each) => (point -= each) < 0);
        return id < 0 ? p.length - 1 : id;
    }
}

// An array as it travels: float32, or bytes with a scale for each row.
function numbers({bytes, scale}) {
    const binary = Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0)).buffer;
    if (!scale) return new Float32Array(binary);
    const scales = numbers(scale);
    const small = new Int8Array(binary);
    const columns = small.length / scales.length;
    return Float32Array.from(small, (value, place) => value * scales[Math.floor(place / columns)]);
}
