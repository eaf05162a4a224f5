"""Five broken cells: each is `cell.py` with one slip in it, of the kind that published tutorials contain.

To hunt, look at what a cell computes, not at this file: the slips are spelled out below.
"""

from pathlib import Path

from lstm_scratch import cell
from lstm_scratch.checks import check_choice

SUSPECTS = {
    1: "h is read off c without the tanh",
    2: "σ(2z) is computed where σ(z) belongs",
    3: "backward: in df, a gradient stands where the value c₋₁ belongs",
    4: "backward: nothing flows from c to c₋₁ through the forget gate",
    5: "all four gates were started with the same weights",
    6: "backward: the derivative of tanh is 1 - t instead of 1 - t²",
    7: "the output gate was given the forget gate's bias",
    8: "backward: dU is made with h where h₋₁ belongs",
}

# For each cell: the right answer, where to look, and the lines of cell.py that were replaced, by what.
SLIPS = {
    "A": (
        1,
        "The gradient check only says that backward fits forward. Which is the first thing forward gets wrong?",
        {
            "h = o * np.tanh(c)": "h = o * c",
            "do = dh * np.tanh(c)": "do = dh * c",
            "dc = dc + dh * o * tanh_derivative(np.tanh(c))": "dc = dc + dh * o",
        },
    ),
    "B": (
        2,
        "Three gates are wrong both ways, and g is right: what do those three share that g does not have?",
        {
            "i = sigmoid(x @ self.W_i.T + h_prev @ self.U_i.T + self.b_i)": (
                "i = sigmoid(2 * (x @ self.W_i.T + h_prev @ self.U_i.T + self.b_i))"
            ),
            "f = sigmoid(x @ self.W_f.T + h_prev @ self.U_f.T + self.b_f)": (
                "f = sigmoid(2 * (x @ self.W_f.T + h_prev @ self.U_f.T + self.b_f))"
            ),
            "o = sigmoid(x @ self.W_o.T + h_prev @ self.U_o.T + self.b_o)": (
                "o = sigmoid(2 * (x @ self.W_o.T + h_prev @ self.U_o.T + self.b_o))"
            ),
        },
    ),
    "C": (
        3,
        "Forward is right. After one step a single gate's gradients are wrong: which line of backward makes them?",
        {"df = dc * c_prev": "df = dc * dc"},
    ),
    "D": (
        4,
        "All is right over one step. What does the backward pass hand on only when there are several?",
        {"dc_prev = dc * f": "dc_prev = dc * 0"},
    ),
    "E": (
        5,
        "Its gradients fit, yet f, g and o are wrong. Print the gates it computes and look at them side by side.",
        {
            "np.split(self.W, 4)": "np.split(self.W, 4)[:1] * 4",
            "np.split(self.U, 4)": "np.split(self.U, 4)[:1] * 4",
            "np.split(self.b, 4)": "np.split(self.b, 4)[:1] * 4",
        },
    ),
}


def broken_cell(name: str) -> type[cell.LSTMCell]:
    """The broken cell "A" ... "E", a class to be used like LSTMCell. Raises ValueError for another name."""
    _, _, slips = look_up(name)
    source = Path(cell.__file__).read_text(encoding="utf-8")
    for right, wrong in slips.items():
        if source.count(right) != 1:
            raise RuntimeError(f"cell.py should hold this line once: {right}")
        source = source.replace(right, wrong)
    names = {"__name__": f"{__name__}.{name}"}
    exec(compile(source, f"broken cell {name}", "exec"), names)
    return names["LSTMCell"]


def name_the_bug(name: str, suspect: int | None) -> None:
    """Say whether a number from SUSPECTS names the slip in a broken cell, and if not, where to look."""
    answer, hint, _ = look_up(name)
    if suspect is None:
        hint = "No guess so far."
    print(f"{name}: right, {SUSPECTS[answer]}." if suspect == answer else f"{name}: not yet. {hint}")


def reveal(name: str) -> None:
    """Print the lines of cell.py that were changed to break a cell."""
    for right, wrong in look_up(name)[2].items():
        print(f"right: {right}\nwrong: {wrong}")


def look_up(name: str) -> tuple[int, str, dict[str, str]]:
    """What there is to know about a broken cell. Raises ValueError for an unknown name."""
    check_choice("the broken cells are called", name, SLIPS)
    return SLIPS[name]
