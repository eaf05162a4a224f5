"""The numbers of single steps as tables: a cell has computed them, and these functions arrange them to be read."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lstm_scratch.cell import LSTMCell, Step

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def number(value: object) -> float:
    """The only number in an array, or a plain number, as a float."""
    return float(np.squeeze(value))


def by_step(columns: dict[str, list[float]], steps: int) -> pd.DataFrame:
    """A table with one row per step, counted from 1."""
    return pd.DataFrame(columns, index=pd.RangeIndex(1, steps + 1, name="step"))


def plain_steps(steps: Sequence[Step]) -> list[Step]:
    """The steps of a cell with one input and one hidden unit, with plain numbers instead of arrays of one number."""
    return [Step(*map(number, step)) for step in steps]


def as_table(steps: Sequence[Step]) -> pd.DataFrame:
    """The steps of a cell with one hidden unit as a table: a row per step, and the columns i, f, g, o, c, h."""
    return by_step({name: [number(getattr(step, name)) for step in steps] for name in "ifgoch"}, len(steps))


def pre_activations(steps: Sequence[Step], weights: pd.DataFrame) -> pd.DataFrame:
    """z = W x + U h₋₁ + b, what is inside σ or tanh: a row per step, columns i, f, g, o.

    weights has a row per gate and the columns W, U and b, for one input and one hidden unit.
    """
    z = {gate: [W * number(s.x) + U * number(s.h_prev) + b for s in steps] for gate, W, U, b in weights.itertuples()}
    return by_step(z, len(steps))


def factor_table(rows: Sequence[Sequence[float]]) -> pd.DataFrame:
    """The factors of the gradient of W_f and their product, one row per step from the last to the first."""
    steps = pd.RangeIndex(len(rows), 0, -1, name="step")
    return pd.DataFrame(rows, index=steps, columns=["dh", "dc", "c₋₁", "f (1 - f)", "x", "product"])


def weights_table(cell: LSTMCell) -> pd.DataFrame:
    """All weights of a cell: a row per gate of each hidden unit, a column per number that the gate receives, and b."""
    inputs = numbered(cell.input_size)
    units = numbered(cell.hidden_size)
    columns = [*(f"W: x{n}" for n in inputs), *(f"U: h{n}" for n in units), "b"]
    rows = [f"{gate}{n}" for gate in "ifgo" for n in units]
    return pd.DataFrame(np.column_stack([cell.W, cell.U, cell.b]), index=rows, columns=columns)


def numbered(count: int) -> list[str]:
    """The subscripts ₁, ₂, ..., or a single empty one if count is 1."""
    return [""] if count == 1 else [str(n).translate(SUBSCRIPTS) for n in range(1, count + 1)]


def powers_of_ten(table: pd.DataFrame) -> pd.DataFrame:
    """A table of numbers of very different sizes, as text: 0.0012 becomes 1.20e-03, and zero becomes 0."""
    return table.map(lambda value: f"{value:.2e}" if value else "0")


def share_table(shares: Mapping[tuple[str, int], Sequence[float]], columns: str = "gap") -> pd.DataFrame:
    """A table of shares in percent, with a row per name and a column per number, such as a gap.

    shares is {(name, number): shares from 0 to 1}; each place of the table lists all of its shares. columns says what
    the numbers are.
    """
    words = pd.Series({place: ", ".join(f"{share:.0%}" for share in several) for place, several in shares.items()})
    return words.unstack().rename_axis(columns, axis=1)
