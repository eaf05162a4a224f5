"""One time step of an LSTM, forward and backward, with one equation per line.

x is the input of this step, h₋₁ and c₋₁ are the states after the previous step, and ⊙ multiplies entry by entry.
Hochreiter and Schmidhuber (1997) introduced the cell, and Gers, Schmidhuber and Cummins (2000) added the forget gate.
The form here, without peepholes, is that of Greff et al. (*LSTM: A Search Space Odyssey*, 2017) with their p = 0. The
gates of W, U and b are stacked in the order i, f, g, o, as in PyTorch.
"""

from typing import NamedTuple

import numpy as np

from lstm_scratch.activations import sigmoid, sigmoid_derivative, tanh_derivative
from lstm_scratch.checks import as_numbers, check_array
from lstm_scratch.parameters import HasParameters, Parameters


class Step(NamedTuple):
    """The inputs and the results of one step. The backward pass needs them as they are, so they are read-only."""

    x: np.ndarray  # the input, (I,) or (B, I)
    h_prev: np.ndarray  # h₋₁, the hidden state after the previous step, (H,) or (B, H), like all that follow
    c_prev: np.ndarray  # c₋₁, the cell state after the previous step
    i: np.ndarray  # the input gate
    f: np.ndarray  # the forget gate
    g: np.ndarray  # the candidate
    o: np.ndarray  # the output gate
    c: np.ndarray  # the cell state
    h: np.ndarray  # the hidden state


class StepGradients(NamedTuple):
    """The gradients of the loss with respect to the inputs of one step, each with the shape of that input."""

    dx: np.ndarray
    dh_prev: np.ndarray
    dc_prev: np.ndarray
    dW: np.ndarray  # (4H, I)
    dU: np.ndarray  # (4H, H)
    db: np.ndarray  # (4H,)


def whole(name: str) -> property:
    """The attribute cell.W, cell.U or cell.b. Setting it copies the values into the cell's own array."""

    def get(cell: "LSTMCell") -> np.ndarray:
        return cell.params[name]

    def set_values(cell: "LSTMCell", values: np.ndarray) -> None:
        cell.params[name] = values

    return property(get, set_values)


def rows(name: str, gate: int) -> property:
    """The attribute cell.W_i, ..., cell.b_o: the H rows of one gate, counted from 0 in the order i, f, g, o.

    The rows are looked up at each use, and are a view, not a copy: change W, and W_i changes with it. Setting the
    attribute copies the values into these rows.
    """

    def get(cell: "LSTMCell") -> np.ndarray:
        H = cell.hidden_size
        return cell.params[name][gate * H : (gate + 1) * H]

    def set_values(cell: "LSTMCell", values: np.ndarray) -> None:
        get(cell)[...] = check_array(f"{name}_{'ifgo'[gate]}", values, get(cell).shape)

    return property(get, set_values)


class LSTMCell(HasParameters):
    """An LSTM cell with input size I and hidden size H: W (4H, I), U (4H, H) and b (4H,), kept as float64 copies.

    x is (I,) or (B, I), h and c are (H,) or (B, H). `params` holds the three arrays by name. Raises ValueError if a
    shape does not fit or a number is not finite.
    """

    W, U, b = whole("W"), whole("U"), whole("b")
    W_i, W_f, W_g, W_o = (rows("W", gate) for gate in range(4))
    U_i, U_f, U_g, U_o = (rows("U", gate) for gate in range(4))
    b_i, b_f, b_g, b_o = (rows("b", gate) for gate in range(4))

    def __init__(self, W: np.ndarray, U: np.ndarray, b: np.ndarray) -> None:
        shape = as_numbers("W", W).shape
        if len(shape) != 2 or shape[0] % 4 or 0 in shape:
            raise ValueError(f"W must have shape (4H, I), four gates of H rows each, not {shape}")
        H4, I = shape
        W = check_array("W", W, (H4, I)).copy()
        U = check_array("U", U, (H4, H4 // 4)).copy()
        b = check_array("b", b, (H4,)).copy()
        self.params = Parameters(W=W, U=U, b=b)

    @property
    def input_size(self) -> int:
        """I, the number of inputs."""
        return self.W.shape[1]

    @property
    def hidden_size(self) -> int:
        """H, the number of hidden units."""
        return self.U.shape[1]

    def __repr__(self) -> str:
        return f"LSTMCell(input_size={self.input_size}, hidden_size={self.hidden_size})"

    def forward(self, x: np.ndarray, h_prev: np.ndarray, c_prev: np.ndarray) -> Step:
        """Run one step, from x, h₋₁ and c₋₁ to c and h; return all that the backward pass needs.

        Where the equations have W x, the code has x Wᵀ, because each row of x is one example of a batch. Raises
        ValueError if a shape does not fit or a number is not finite.
        """
        batch = np.shape(x)[:1] if np.ndim(x) == 2 else ()
        # copies, because the backward pass needs these numbers even if the caller overwrites them
        x = check_array("x", x, (*batch, self.input_size)).copy()
        h_prev = check_array("h_prev", h_prev, (*batch, self.hidden_size)).copy()
        c_prev = check_array("c_prev", c_prev, (*batch, self.hidden_size)).copy()
        for name, param in self.params.items():
            check_array(name, param, param.shape)

        # input gate, how much of the candidate to write:  i = σ(W_i x + U_i h₋₁ + b_i)
        i = sigmoid(x @ self.W_i.T + h_prev @ self.U_i.T + self.b_i)
        # forget gate, how much of the old cell state to keep:  f = σ(W_f x + U_f h₋₁ + b_f)
        f = sigmoid(x @ self.W_f.T + h_prev @ self.U_f.T + self.b_f)
        # candidate (often written c̃), what could be written:  g = tanh(W_g x + U_g h₋₁ + b_g)
        g = np.tanh(x @ self.W_g.T + h_prev @ self.U_g.T + self.b_g)
        # output gate, how much of the cell state to show:  o = σ(W_o x + U_o h₋₁ + b_o)
        o = sigmoid(x @ self.W_o.T + h_prev @ self.U_o.T + self.b_o)
        # cell state:  c = f ⊙ c₋₁ + i ⊙ g
        c = f * c_prev + i * g
        # hidden state:  h = o ⊙ tanh(c)
        h = o * np.tanh(c)
        step = Step(x, h_prev, c_prev, i, f, g, o, c, h)
        for array in step:
            array.flags.writeable = False
        return step

    def backward(self, step: Step, dh: np.ndarray, dc: np.ndarray) -> StepGradients:
        """The chain rule through one step, last equation first: the deltas of Greff et al. (2017, section II.B).

        dh is ∂L/∂h from the output and the next step, dc is ∂L/∂c from the next step alone. dW, dU and db are sums
        over the batch. Raises ValueError if a shape does not fit or a number is not finite, or if the step comes from a
        cell of another size.
        """
        x, h_prev, c_prev, i, f, g, o, c, h = step
        if (x.shape[-1], h.shape[-1]) != (self.input_size, self.hidden_size):
            raise ValueError(f"the step comes from a cell of another size: I = {x.shape[-1]} and H = {h.shape[-1]}")
        dh = check_array("dh", dh, h.shape)
        dc = check_array("dc", dc, c.shape)

        # h = o ⊙ tanh(c): the product rule, one factor at a time
        do = dh * np.tanh(c)
        # c acts through h as well as through the next step, so the two gradients add
        dc = dc + dh * o * tanh_derivative(np.tanh(c))
        # c = f ⊙ c₋₁ + i ⊙ g
        df = dc * c_prev
        di = dc * g
        dg = dc * i
        dc_prev = dc * f

        # z is the argument of σ or tanh: dz = (derivative at z) ⊙ (gradient of the gate)
        dz_i = di * sigmoid_derivative(i)
        dz_f = df * sigmoid_derivative(f)
        dz_g = dg * tanh_derivative(g)
        dz_o = do * sigmoid_derivative(o)
        dz = np.concatenate([dz_i, dz_f, dz_g, dz_o], axis=-1)

        # z = W x + U h₋₁ + b: x and h₋₁ feed all four gates, so their gradients sum over the gates
        dx = dz @ self.W
        dh_prev = dz @ self.U
        # ... and every example of the batch uses the same W, U and b, so theirs sum over the batch
        dz_rows = np.atleast_2d(dz)
        dW = dz_rows.T @ np.atleast_2d(x)
        dU = dz_rows.T @ np.atleast_2d(h_prev)
        db = dz_rows.sum(axis=0)
        return StepGradients(dx, dh_prev, dc_prev, dW, dU, db)


def unroll(cell: LSTMCell, x: np.ndarray, state: tuple[np.ndarray, np.ndarray] | None = None) -> list[Step]:
    """Run a cell over a sequence x, (T, I) or (T, B, I), and return its T steps.

    state = (h₀, c₀) is the state before the first step, by default zeros. Raises ValueError as `LSTMCell.forward` does.
    """
    if np.ndim(x) not in (2, 3):
        raise ValueError(f"x must have shape (T, I) or (T, B, I), not {np.shape(x)}")
    shape = (*np.shape(x)[1:-1], cell.hidden_size)
    h, c = np.zeros((2, *shape)) if state is None else check_array("state (h0, c0)", state, (2, *shape))
    steps = []
    for x_t in x:
        step = cell.forward(x_t, h, c)
        steps.append(step)
        h, c = step.h, step.c
    return steps


def backward_through_time(
    cell: LSTMCell, steps: list[Step], dh: np.ndarray, dstate: tuple[np.ndarray, np.ndarray] | None = None
) -> StepGradients:
    """Backpropagation through time (Werbos, 1990): the chain rule through all steps of `unroll`, last step first.

    dh (T, H) or (T, B, H) is ∂L/∂h of every step; dstate = (∂L/∂h_T, ∂L/∂c_T) comes from what follows the last step,
    and is zero by default. Returns dx of all steps, in the shape of x, dh_prev and dc_prev of the first step, and the
    sums dW, dU and db. Raises ValueError if there are no steps, and as `LSTMCell.backward` does.
    """
    if not steps:
        raise ValueError("there are no steps to go back through: the sequence was empty")
    shape = steps[-1].h.shape
    dh = check_array("dh", dh, (len(steps), *shape))
    zeros = np.zeros((2, *shape))
    dh_next, dc_next = zeros if dstate is None else check_array("dstate (dh_T, dc_T)", dstate, zeros.shape)
    dx = []
    dW = np.zeros_like(cell.W)
    dU = np.zeros_like(cell.U)
    db = np.zeros_like(cell.b)
    for step, dh_t in zip(reversed(steps), reversed(dh), strict=True):
        # h goes to the output and to the next step, so the two gradients add
        grads = cell.backward(step, dh_t + dh_next, dc_next)
        dh_next, dc_next = grads.dh_prev, grads.dc_prev
        dx.append(grads.dx)
        # every step uses the same W, U and b, so their gradients sum over the steps
        dW += grads.dW
        dU += grads.dU
        db += grads.db
    return StepGradients(np.array(dx[::-1]), dh_next, dc_next, dW, dU, db)
