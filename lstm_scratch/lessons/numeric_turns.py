"""The turns of the numeric notebook: what a reader computes or decides before the notebook shows it.

Each function takes the notebook's numbers as the reader has them now, so that a changed number changes the answer.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lstm_scratch.activations import sigmoid
from lstm_scratch.cell import LSTMCell, Step, backward_through_time, unroll
from lstm_scratch.lessons.exercises import Exercise

# what a pocket calculator and three digits allow
ROUNDED: dict[str, Any] = {"is_function": False, "tolerance": 2e-3, "share": 2e-3}


def second_step(cell: LSTMCell, sequence: Sequence[float]) -> Step:
    """The second step of the notebook's cell."""
    return unroll(cell, np.reshape(sequence[:2], (2, 1)))[1]


def forget_by_hand(
    cell: LSTMCell,
    sequence: Sequence[float],
    x: float | None = None,
    h: float | None = None,
    squash: Callable = sigmoid,
) -> tuple[float, float, float]:
    """z_f, f and c of the second step; x and h may be put in place of the right ones."""
    now = second_step(cell, sequence)
    x = now.x.item() if x is None else x
    h = now.h_prev.item() if h is None else h
    z_f = (cell.W_f * x + cell.U_f * h + cell.b_f).item()
    f = float(squash(z_f))
    c = f * now.c_prev.item() + (now.i * now.g).item()
    return z_f, f, c


def with_sum(cell: LSTMCell, sequence: Sequence[float], keeps: float, writes: float) -> tuple[float, float, float]:
    """z_f, f and c of the second step, if c = keeps · f c₋₁ + writes · i g."""
    now = second_step(cell, sequence)
    z_f, f, _ = forget_by_hand(cell, sequence)
    return z_f, f, keeps * f * now.c_prev.item() + writes * (now.i * now.g).item()


step_2 = Exercise("step 2", forget_by_hand, parts=("z_f", "f", "c"), **ROUNDED)
step_2.advice = "Off: {wrong}. First z_f = W_f x + U_f h₋₁ + b_f, then f = σ(z_f), then c = f c₋₁ + i g."
step_2.slips = {
    "U_f h₋₁ is missing in z_f: the cell also sees what it showed one step ago.": lambda cell, sequence: forget_by_hand(
        cell, sequence, h=0.0
    ),
    "Close. Did you round, or take the memory c₋₁ in place of h₋₁? Keep three digits.": lambda cell, sequence: (
        forget_by_hand(cell, sequence, h=second_step(cell, sequence).c_prev.item())
    ),
    "That is the x of the first step.": lambda cell, sequence: forget_by_hand(cell, sequence, x=sequence[0]),
    "A gate is a fraction, so it takes σ. You took tanh.": lambda cell, sequence: forget_by_hand(
        cell, sequence, squash=math.tanh
    ),
    "z_f and f are right. And what is written? c is a sum: add i g.": lambda cell, sequence: with_sum(
        cell, sequence, keeps=1, writes=0
    ),
    "z_f and f are right. And what is kept? c is a sum: add f c₋₁.": lambda cell, sequence: with_sum(
        cell, sequence, keeps=0, writes=1
    ),
}
step_2.why = "Memory is a sum: what the forget gate keeps, and what the input gate lets in."

ceiling = Exercise("ceiling", lambda W_y, last, target: abs(W_y), **ROUNDED)
ceiling.advice = "h = o tanh(c). How large can o be, and how large can tanh(c) be, whatever c is?"
ceiling.slips = {
    "That is what it answers now. Could h still grow a little?": lambda W_y, last, target: W_y * last.h,
    "c can grow without end, but it is h that W_y multiplies.": lambda W_y, last, target: W_y * last.c,
    "That is what we would like. h = o tanh(c): how large can that be?": lambda W_y, last, target: target,
    "That is the largest h. The answer is W_y times as large.": lambda W_y, last, target: 1.0,
}
ceiling.why = "o and tanh(c) both stay below 1, so h does, too. The answer stays below W_y times that."


def judge_writer(answer: tuple[float, float]) -> str | None:
    """The hint for W_i and b_i of a cell that is to write at -1, and neither at 0 nor at 1."""
    try:
        W_i, b_i = (float(number) for number in answer)
    except (TypeError, ValueError):
        return "Two numbers were expected, W_i and b_i."
    if not np.isfinite([W_i, b_i]).all():
        return "Two numbers were expected, W_i and b_i."
    opening = {x: float(sigmoid(np.array(W_i * x + b_i))) for x in (-1, 0, 1)}
    if opening[-1] < 0.9 and opening[1] > 0.9:
        return f"It opens at the 1, not at the -1, where i = {opening[-1]:.2f}. What does W_i x become for x = -1?"
    if opening[-1] < 0.9:
        return f"At -1 the gate should be open, and i = {opening[-1]:.2f}. Make z = -W_i + b_i large."
    if opening[0] > 0.1:
        return f"At 0 the gate should be shut, and i = {opening[0]:.2f}. There z = b_i alone."
    if opening[1] > 0.1:
        return f"At 1 the gate should be shut, and i = {opening[1]:.2f}. Make z = W_i + b_i small."
    return None


writer = Exercise("a gate that opens at -1", lambda: (-12.0, -6.0), parts=("W_i", "b_i"), is_function=False)
writer.judge = judge_writer
writer.why = "Only the -1 makes z positive. The sign of a weight decides what a gate waits for."

second_one = Exercise("a second 1", lambda held, written: held + written, is_function=False, tolerance=0.05)
second_one.advice = "You have {given:.2f}. What does the cell still hold, and what does the second 1 add to it?"
second_one.slips = {
    "That is one of the two alone. The cell still holds the first when it writes the second.": lambda held, written: (
        held
    ),
    "The cell adds what it writes, i g, and not the 1 itself.": lambda held, written: held + 1,
    "Two ones came, but what is written for each is i g.": lambda held, written: 2.0,
}
second_one.why = (
    "A cell that holds is a cell that adds. It has counted to two, and a little more, because h feeds the next g."
)

# the forget gates of three steps, in the question of the notebook
F = (0.9, 0.5, 0.8)
way_back = Exercise("way back", lambda: F[2] * F[1], [()], is_function=False, tolerance=2e-3)
way_back.advice = "c of step 2 became c of step 3 through f of step 3. And c of step 1 became c of step 2?"
way_back.slips = {
    "One step off: c = f c₋₁ has the f of the *later* step.": lambda: F[0] * F[1],
    "One factor too many. Which f lies between step 1 and step 3?": lambda: F[0] * F[1] * F[2],
    "That is what arrives at step 2. Go one step further back.": lambda: F[2],
    "You need two different gates: each crossing has the f of its own step.": lambda: F[1] * F[1],
    "Along a chain, rates multiply. You added them.": lambda: F[1] + F[2],
}
way_back.why = "Two crossings, and at each one the f of the later step."

fifty = Exercise("fifty steps", lambda f: f**50, is_function=False, tolerance=6e-3)
fifty.advice = "You have {given:.3f}. Each of the fifty steps multiplies by f."
fifty.slips = {
    "You took the same amount away each time. Each step keeps a *share* of what is left.": lambda f: 1 - 50 * (1 - f),
    "That is one step. There are fifty.": lambda f: f,
    "Multiply f by itself fifty times, and not f by fifty.": lambda f: 50 * f,
}
fifty.why = "A small loss, fifty times over: f to the fiftieth power is what survives."


def wrong_gates(Suspect: type[LSTMCell], cell: LSTMCell, sequence: Sequence[float]) -> str:
    """The gates, such as "if", whose gradient of W is more than 1% off in another cell with the same weights."""
    dW = []
    for kind in (LSTMCell, Suspect):
        copied = kind(cell.W, cell.U, cell.b)
        steps = unroll(copied, np.reshape(sequence, (-1, 1)))
        dh = np.zeros((len(steps), 1))
        dh[-1] = 1
        dW.append(backward_through_time(copied, steps, dh).dW[:, 0])
    right, suspect = dW
    off = ~np.isclose(suspect, right, rtol=0.01, atol=0)
    return "".join(gate for gate, is_off in zip("ifgo", off, strict=True) if is_off)


def judge_gates(answer: str, Suspect: type[LSTMCell], cell: LSTMCell, sequence: Sequence[float]) -> str | None:
    """The hint for a guess, such as "if", at the gates whose gradients are off in a broken cell."""
    if not isinstance(answer, str) or not answer or set(answer) - set("ifgo"):
        return f'Name the gates in one word, such as "if" for the input and the forget gate, not {answer!r}.'
    off = wrong_gates(Suspect, cell, sequence)
    if set(answer) == set(off):
        return None
    if set(answer) > set(off):
        extra = "".join(gate for gate in "ifgo" if gate in answer and gate not in off)
        return f"Off by less than 1%: {extra}. What arrives there, arrives beside something much larger."
    if set(answer) < set(off):
        return "Those are off, and they are not the only ones. What else is computed from the changed line?"
    return "Follow the changed line: to which W does its result go?"


broken_line = Exercise("broken line", lambda: None, is_function=False, judge=judge_gates)
broken_line.why = "The check finds a slip wherever it has spread to."


def count_right(answers: Mapping[str, Sequence[float]], right: Mapping[str, float]) -> int:
    """How many of the sequences are answered to within one half at the end."""
    return sum(abs(line[-1] - right[name]) < 0.5 for name, line in answers.items())


def judge_count(answer: object, answers: Mapping[str, Sequence[float]], right: Mapping[str, float]) -> str | None:
    """The hint for a guess at how many of the sequences are answered right."""
    if isinstance(answer, bool) or not isinstance(answer, int | np.integer):
        return f"A whole number from 0 to {len(answers)} was expected, not {answer!r}."
    count = count_right(answers, right)
    if answer == count:
        return None
    if answer == len(answers):
        return (
            f"{count} of {len(answers)}. To be right everywhere, it would need the rule, and it has seen one example."
        )
    return f"It is {count} of {len(answers)}. Which rings do the lines hit?"


how_many = Exercise("how many are right", lambda: None, is_function=False, judge=judge_count)
how_many.why = "One example was learned, and nothing makes the other answers right but chance."


def rise_by_hand(
    change: float, W_y: float, steps: int, scale: float, i: float = 0.5, f: float = 0.5, o: float = 0.5
) -> float:
    """By how much the answer rises if b_g rises by `change`, with gates that are half open and tanh(c) about c."""
    kept = sum(f**step for step in range(steps))
    return change * i * kept * o * W_y * scale


rise = Exercise("rise", rise_by_hand, is_function=False, share=0.1)
rise.advice = "You have {given:.1f}. Per step: change · i. Kept: 1 + f + f². Shown: o. Then W_y and the scale."
rise.slips = {
    "Every gate is half open here, and you let all of it through.": lambda **given: rise_by_hand(
        **given, i=1, f=1, o=1
    ),
    "One gate is missing: what is written passes i = ½, and what is shown passes o = ½.": lambda **given: rise_by_hand(
        **given, i=1
    ),
    "Two gates are missing: what is written passes i = ½, and what is shown passes o = ½.": lambda **given: (
        rise_by_hand(**given, i=1, o=1)
    ),
    "What was written first is halved at every further step: 1 + ½ + ¼, not 3.": lambda **given: rise_by_hand(
        **given, f=1
    ),
    "The size is right. Which way does the answer go?": lambda **given: -rise_by_hand(**given),
    "The answers are multiplied by the scale.": lambda change, W_y, steps, scale: rise_by_hand(change, W_y, steps, 1),
}
rise.why = "A small bias is enough, because it is added at every step and multiplied on its way out."


def layer_shapes(I: int, H: int, T: int, B: int, gates: int = 4) -> tuple[tuple[int, ...], ...]:
    """The shapes of W, of U and of all h of a layer with I inputs and H cells that reads B sequences of T steps."""
    return (gates * H, I), (gates * H, H), (T, B, H)


shapes = Exercise("shapes", layer_shapes, parts=("W", "U", "h"), is_function=False)
shapes.advice = "Off: {wrong}. Rows of W and U: four for each cell. Of h: steps, sequences, cells."
shapes.slips = {
    "W and U need rows for all four gates of each cell.": lambda **given: layer_shapes(**given, gates=1),
    "In h, time comes first here: steps, sequences, cells.": lambda I, H, T, B: ((4 * H, I), (4 * H, H), (B, T, H)),
    "At every step, each sequence has H hidden values, not one for each gate.": lambda I, H, T, B: (
        (4 * H, I),
        (4 * H, H),
        (T, B, 4 * H),
    ),
    "U goes from the hidden values to the gates: its columns are hidden values.": lambda I, H, T, B: (
        (4 * H, I),
        (4 * H, I),
        (T, B, H),
    ),
}
shapes.why = "The number of steps and of sequences is nowhere in the weights, so both may change."


def judge_distance(answer: object, near: float, away: float) -> str | None:
    """The hint for a guess at how many times as large the miss is, far away from what was learned."""
    try:
        guess = float(answer)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return f"A number was expected, such as 1 for 'the same miss', not {answer!r}."
    times = away / near
    if 0.5 * times <= guess <= 2 * times:
        return None
    if guess < 0.5 * times:
        return f"It is {times:.0f} times. It has learned its examples; does it know that the rule goes on beyond them?"
    return f"It is {times:.0f} times. Not as bad as you thought."


far_away = Exercise("far away", lambda: None, is_function=False, judge=judge_distance)
far_away.why = "Within a factor of 2, and that is as near as anybody comes without looking."

NUMERIC_TURNS = [
    step_2,
    ceiling,
    writer,
    second_one,
    way_back,
    fifty,
    broken_line,
    how_many,
    rise,
    shapes,
    far_away,
]
