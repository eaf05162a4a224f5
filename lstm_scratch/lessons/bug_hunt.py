"""Five broken cells: each is `cell.py` with one slip in it, of the kind that published tutorials contain.

The slips come from the table in `slips`. If you want to hunt, look at what the cells compute and not at these files,
because the slips are spelled out there.
"""

import numpy as np
import pandas as pd

from lstm_scratch import cell
from lstm_scratch.gradcheck import gradient_check
from lstm_scratch.lessons.slips import SLIPS, SOURCE, change_function

# the suspects by number: in words, and the slips of the table that they are made of
SUSPECTS = {
    1: "backward: in df, there is a gradient where the value c₋₁ belongs",
    2: "backward: the derivative of tanh is 1 - t instead of 1 - t²",
    3: "forward: h is computed from c without the tanh, and backward accordingly",
    4: "backward: nothing flows from c to c₋₁ through the forget gate",
    5: "forward: the output gate uses the bias of the forget gate",
    6: "forward: σ(2z) is computed where σ(z) belongs",
    7: "backward: dU is computed with h where h₋₁ belongs",
    8: "forward: all four gates start with the same weights",
}
MADE_OF = {
    1: ["in df, there is a gradient where the value c₋₁ belongs"],
    2: ["the derivative of tanh is 1 - t instead of 1 - t²"],
    3: ["h is computed from c without the tanh", "do has c where tanh(c) belongs", "dc lacks tanh′(c)"],
    4: ["nothing flows from c to c₋₁ through the forget gate"],
    5: ["the output gate uses the bias of the forget gate"],
    6: ["the gates i, f and o take σ(2z) where σ(z) belongs"],
    7: ["dU is computed with h where h₋₁ belongs"],
    8: ["all four gates start with the same weights"],
}
ANSWERS = {"A": 6, "B": 1, "C": 8, "D": 3, "E": 4}
HINTS = {
    "A": "Three gates are wrong in both passes, and g is right. What do those three share that g does not have?",
    "B": "After one step, the gradients of a single gate are wrong. Which line of backward computes them?",
    "C": 'Its gradients fit, yet f, g and o are wrong. Compare the columns of look_inside("C").',
    "D": "The gradient check only says that backward fits forward. What is the first thing that forward gets wrong?",
    "E": "All is right over one step. What does backward hand on only when there are several?",
}
# the W, U and b of a cell with two inputs and two hidden units, its first h and c, and the weight of each h in the loss
rng = np.random.default_rng(2)
WEIGHTS = rng.normal(size=(8, 2)), rng.normal(size=(8, 2)), rng.normal(size=8)
START = (np.full(2, 0.5), np.full(2, 1.0))
TOWARDS = rng.normal(size=2)


def changes_of(name: str) -> list[tuple[str, str, str]]:
    """What is changed in cell.py to break a cell: the function, what is there, and what the broken cell has instead."""
    slips = [SLIPS[slip] for slip in MADE_OF[ANSWERS[name]]]
    return [(slip.function, right, wrong) for slip in slips for right, wrong in slip.changes.items()]


def broken_cell(name: str) -> type[cell.LSTMCell]:
    """The broken cell of this name, "A" to "E", a class to be used like LSTMCell. Raises KeyError for another name."""
    source = SOURCE
    for function, right, wrong in changes_of(name):
        source = change_function(source, function, right, wrong)
    module: dict = {"__name__": f"broken_cell_{name}"}
    exec(compile(source, f"broken cell {name}", "exec"), module)
    return module["LSTMCell"]


def with_line(right: str, wrong: str) -> type[cell.LSTMCell]:
    """LSTMCell with another line in its backward pass: `wrong` in place of `right`.

    Raises ValueError if `right` is not in it exactly once.
    """
    try:
        changed = change_function(SOURCE, "LSTMCell.backward", right, wrong)
    except RuntimeError as error:
        raise ValueError(f"backward of lstm_scratch/cell.py must have this line exactly once: {right}") from error
    module: dict = {"__name__": "changed_cell"}
    exec(compile(changed, "changed cell", "exec"), module)
    return module["LSTMCell"]


def run(suspect: cell.LSTMCell, steps: int) -> list[cell.Step]:
    """Run a cell over this many steps, with the same random inputs every time; return the steps."""
    return cell.unroll(suspect, np.random.default_rng(1).normal(size=(steps, 2)), START)


def first_step(kind: type[cell.LSTMCell]) -> pd.DataFrame:
    """What a cell computes in its first step: a row per hidden unit, and the columns i, f, g, o, c and h."""
    step = run(kind(*WEIGHTS), 1)[0]
    return pd.DataFrame({part: getattr(step, part) for part in "ifgoch"}, index=["unit 1", "unit 2"])


def look_inside(name: str) -> pd.DataFrame:
    """What one broken cell computes in its first step, to two decimals: a row per hidden unit, as in `first_step`."""
    return first_step(broken_cell(name)).map("{:.2f}".format)


def compare_forward() -> pd.DataFrame:
    """How far i, f, g, o, c and h of each broken cell are from those of the right cell after one step.

    The table has a row per broken cell and the largest distance over the hidden units, to two decimals.
    """
    right = first_step(cell.LSTMCell)
    distances = {name: (first_step(broken_cell(name)) - right).abs().max() for name in ANSWERS}
    return pd.DataFrame(distances).T.map("{:.2f}".format)


def gradient_errors(suspect: cell.LSTMCell, steps: int) -> dict[str, float]:
    """A gradient check over this many steps: for each gate, the largest relative error of its W, U and b."""
    grads = cell.backward_through_time(suspect, run(suspect, steps), np.zeros((steps, 2)), (TOWARDS, np.zeros(2)))
    errors = {}
    for k, gate in enumerate("ifgo"):
        arrays = {w: np.split(getattr(suspect, w), 4)[k] for w in "WUb"}
        gradients = {w: np.split(getattr(grads, f"d{w}"), 4)[k] for w in "WUb"}
        errors[gate] = max(gradient_check(lambda: TOWARDS @ run(suspect, steps)[-1].h, arrays, gradients).values())
    return errors


def check_backward(steps: int) -> pd.DataFrame:
    """Run the gradient check on each broken cell over this many steps; show each gate's largest relative error.

    The loss is a weighted sum of the last h. An error below one in a million counts as right.
    """
    errors = {name: gradient_errors(broken_cell(name)(*WEIGHTS), steps) for name in ANSWERS}
    return pd.DataFrame(errors).T.map(lambda error: "right" if error < 1e-6 else f"{error:.0%} off")


def print_suspects() -> None:
    """Print the eight suspects with their numbers."""
    print("\n".join(f"{number}. {suspect}" for number, suspect in SUSPECTS.items()))


def name_the_bugs(**guesses: int | None) -> None:
    """For each cell, as in `name_the_bugs(A=1, B=None)`, print that this suspect is its slip, or else a hint."""
    for name, guess in guesses.items():
        if guess is None:
            said = "no guess yet."
        elif guess == ANSWERS[name]:
            said = f"right, {SUSPECTS[guess]}."
        elif guess not in SUSPECTS:
            said = f"not yet. The suspects are 1 to {len(SUSPECTS)}."
        elif SUSPECTS[guess].split(":")[0] == SUSPECTS[ANSWERS[name]].split(":")[0]:
            said = f"not yet. {HINTS[name]}"
        else:
            said = "not yet. First decide, with compare_forward(), whether its forward is right or wrong."
        print(f"{name}: {said}")


def reveal(name: str) -> None:
    """Print what was changed in cell.py to break a cell."""
    for _, right, wrong in changes_of(name):
        print(f"right: {right}\nwrong: {wrong}")
