"""Pictures of the cell: the cell state as a conveyor belt, the gates below it, the numbers on the wires; two cells."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch

from lstm_scratch.figures.style import BROWN, GATE_COLOURS, INK, DescribedFigure, new_axes

# The parts in the order in which a step is computed, and the numbers that each needs, by their names in `cell.Step`.
PARTS = {
    "inputs": {"x", "h_prev", "c_prev"},
    "i": {"i"},
    "f": {"f"},
    "g": {"g"},
    "c": {"c"},
    "o": {"o"},
    "h": {"h"},
}
SIGNS = {"h_prev": "h₋₁", "c_prev": "c₋₁"}
FAINT = "#DDE1E5"
# Heights of the belt, of the wire that brings x and h₋₁, and of the gates; places of the gates and of two products.
BELT = 5.2
RAIL = 0.8
GATES = 2.3
PRODUCT = 3.85
COLUMNS = {"f": 2.4, "i": 4.6, "g": 6.8, "o": 9.0, "h": 11.2}
RADIUS = 0.3
END = 13.2
IN_WORDS = """A thick belt carries c from left to right: the forget gate f multiplies it, i times g is added, and o \
times the tanh of it leaves as h. x and the previous h feed all four gates"""
TWO_IN_WORDS = """Three wires run below two cells: x, and the h₁ and h₂ of the step before. Each of the eight gates, \
i, f, g and o of each cell, is connected to all three. A gate acts only on its own cell: on c₁, from which h₁ is read, \
or on c₂, from which h₂ is read."""

Point = tuple[float, float]


def plot_cell(title: str, **numbers: float) -> DescribedFigure:
    """The cell as a conveyor belt for c: the symbols alone, or with the numbers of a step on the wires.

    numbers are those of one unit, named as in `cell.Step`: x, h_prev, c_prev, i, f, g, o, c, h. Parts whose numbers
    are not given yet are there, but faint.
    """
    figure, axes = new_axes(10, 4.8, title)
    axes.set(xlim=(-0.5, END + 0.2), ylim=(-0.3, 5.9), aspect="equal")
    axes.set_axis_off()
    # a fixed place, so that nothing jumps from one picture to the next
    figure.set_layout_engine("none")
    axes.set_position((0.01, 0.01, 0.98, 0.9))
    numbers = {name: float(np.squeeze(value)) for name, value in numbers.items()}
    # the faint parts first, so that nothing of them lies over the others
    known_parts = [part for part, needed in PARTS.items() if needed <= set(numbers)]
    faint_parts = [part for part in PARTS if part not in known_parts]
    for part in faint_parts + known_parts:
        pen = Pen(axes, numbers, revealed=not numbers or part in known_parts)
        draw_part(pen, part)
    known = ", ".join(f"{SIGNS.get(name, name)} = {written(value)}" for name, value in numbers.items())
    return figure.describe(f"{IN_WORDS}. On the wires: {known}." if known else f"{IN_WORDS}.")


def draw_part(pen: "Pen", part: str) -> None:
    """A gate, the inputs or a state, by its name in PARTS."""
    if part in GATE_COLOURS:
        draw_gate(pen, part)
    elif part == "inputs":
        draw_inputs(pen)
    elif part == "c":
        draw_cell_state(pen)
    else:
        draw_hidden_state(pen)


def draw_inputs(pen: "Pen") -> None:
    """What the step before left behind, c₋₁ on the belt and h₋₁ on the rail, and the input x."""
    pen.wire((-0.4, BELT), (COLUMNS["f"] - RADIUS, BELT), width=5)
    pen.label("c₋₁", (-0.4, BELT + 0.2), pen.numbers.get("c_prev"))
    pen.wire((-0.4, RAIL), (COLUMNS["o"], RAIL), colour=BROWN)
    pen.label("h₋₁", (-0.4, RAIL + 0.15), pen.numbers.get("h_prev"))
    pen.wire((1.5, -0.2), (1.5, RAIL), colour=BROWN)
    pen.label("x", (1.65, -0.3), pen.numbers.get("x"))


def draw_gate(pen: "Pen", name: str) -> None:
    """A gate, from the rail up to where its value is used."""
    x = COLUMNS[name]
    colour = GATE_COLOURS[name]
    pen.wire((x, RAIL), (x, GATES - 0.4), colour=BROWN, arrow=True)
    pen.box("tanh" if name == "g" else "σ", (x, GATES), colour)
    above = (x, GATES + 0.4)
    beside = (x + 0.13, GATES + 0.5)
    if name == "f":
        pen.wire(above, (x, BELT - RADIUS), colour=colour, arrow=True)
        pen.node("×", (x, BELT))
        pen.wire((x + RADIUS, BELT), (COLUMNS["g"] - RADIUS, BELT), width=5)
        pen.label("f · c₋₁", (x + 0.45, BELT + 0.2), pen.product("f", "c_prev"))
    elif name == "i":
        pen.wire(above, (x, PRODUCT), (COLUMNS["g"] - RADIUS, PRODUCT), colour=colour, arrow=True)
    elif name == "g":
        pen.wire(above, (x, PRODUCT - RADIUS), colour=colour, arrow=True)
    else:
        pen.wire((x + 0.5, GATES), (COLUMNS["h"] - RADIUS, GATES), colour=colour, arrow=True)
        beside = (x + 0.56, GATES + 0.13)
    pen.label(name, beside, pen.numbers.get(name))


def draw_cell_state(pen: "Pen") -> None:
    """c = f · c₋₁ + i · g, on the belt."""
    x = COLUMNS["g"]
    pen.node("×", (x, PRODUCT))
    pen.wire((x, PRODUCT + RADIUS), (x, BELT - RADIUS), arrow=True)
    pen.label("i · g", (x + 0.15, 4.33), pen.product("i", "g"))
    pen.node("+", (x, BELT))
    pen.wire((x + RADIUS, BELT), (END, BELT), width=5, arrow=True)
    pen.label("c", (x + 0.45, BELT + 0.2), pen.numbers.get("c"))


def draw_hidden_state(pen: "Pen") -> None:
    """h = o · tanh(c), read off the belt."""
    x = COLUMNS["h"]
    pen.wire((x, BELT), (x, 4.3), arrow=True)
    pen.box("tanh", (x, 3.9), INK)
    pen.wire((x, 3.5), (x, GATES + RADIUS), arrow=True)
    c = pen.numbers.get("c")
    pen.label("tanh c", (x + 0.15, 2.93), None if c is None else math.tanh(c))
    pen.node("×", (x, GATES))
    pen.wire((x, GATES - RADIUS), (x, RAIL), (END, RAIL), colour=BROWN, arrow=True)
    pen.label("h", (x + 0.2, RAIL + 0.15), pen.numbers.get("h"))


class Pen(NamedTuple):
    """Draws wires, nodes, boxes and labels: in colour and with numbers if revealed, else faint and without."""

    axes: Axes
    numbers: Mapping[str, float]
    revealed: bool

    def product(self, left: str, right: str) -> float | None:
        """The product of two numbers, None if one is not known."""
        known = left in self.numbers and right in self.numbers
        return self.numbers[left] * self.numbers[right] if known else None

    def wire(self, *points: Point, colour: str = INK, width: float = 2.4, arrow: bool = False) -> None:
        """A line through the points, with an arrow's head at its end if wanted."""
        colour, order = (colour, 3) if self.revealed else (FAINT, 2)
        line = list(points)
        if arrow:
            head = {"arrowstyle": "-|>", "color": colour, "mutation_scale": 8 + 5 * width, "shrinkA": 0, "shrinkB": 0}
            self.axes.annotate("", points[-1], points[-2], arrowprops=head, zorder=order)
            # the line itself ends inside the arrow's head, or it would blunt the tip
            x, y = points[-1]
            x_before, y_before = points[-2]
            back = 0.05 * width
            line[-1] = (x - back * np.sign(x - x_before), y - back * np.sign(y - y_before))
        self.axes.plot(*zip(*line), color=colour, linewidth=width, solid_capstyle="round", zorder=order)

    def node(self, sign: str, centre: Point) -> None:
        """A circle in which two wires are multiplied (×) or added (+)."""
        colour = INK if self.revealed else FAINT
        x, y = centre
        self.axes.add_patch(Circle(centre, RADIUS, facecolor="white", edgecolor=colour, linewidth=2, zorder=6))
        # drawn, not written: the signs of a font sit a little off the middle
        arms = [(0.13, 0.13), (0.13, -0.13)] if sign == "×" else [(0.18, 0), (0, 0.18)]
        for dx, dy in arms:
            self.axes.plot([x - dx, x + dx], [y - dy, y + dy], color=colour, linewidth=2, zorder=7)

    def box(self, function: str, centre: Point, colour: str) -> None:
        """A function on a wire: σ or tanh."""
        edge = colour if self.revealed else FAINT
        x, y = centre
        style = {"boxstyle": "round,pad=0.08", "facecolor": "white", "edgecolor": edge, "linewidth": 2.4}
        self.axes.add_patch(FancyBboxPatch((x - 0.42, y - 0.3), 0.84, 0.6, zorder=5, **style))
        ink = INK if self.revealed else FAINT
        self.axes.text(x, y - 0.02, function, ha="center", va="center", fontsize=14, color=ink, zorder=7)

    def label(self, name: str, place: Point, value: float | None) -> None:
        """The name of a wire, and its number."""
        if self.revealed:
            number = "" if value is None else f" = {written(value)}"
            self.axes.text(*place, name + number, fontsize=13, color=INK, zorder=8)


def written(value: float) -> str:
    """Whole numbers whole, others to three places."""
    return f"{value:.0f}" if value == round(value) else f"{value:.3f}"


def plot_two_cells(title: str) -> DescribedFigure:
    """A layer of two cells with one input: each has four gates of its own, and each gate sees x and both h₋₁."""
    figure, axes = new_axes(10, 4.2, title)
    axes.set(xlim=(-1.3, 12.9), ylim=(-0.3, 5.2), aspect="equal")
    axes.set_axis_off()
    pen = Pen(axes, {}, revealed=True)
    rails = {"x": 0.0, "h₁ before": 0.6, "h₂ before": 1.2}
    for name, height in rails.items():
        pen.wire((0.5, height), (11.2, height), colour=BROWN)
        pen.label(name, (-1.2, height - 0.13), None)
    for number, left in (("₁", 1.2), ("₂", 7.2)):
        draw_small_cell(pen, number, left, list(rails.values()))
    return figure.describe(TWO_IN_WORDS)


def draw_small_cell(pen: Pen, number: str, left: float, rails: list[float]) -> None:
    """One cell of a layer: a belt, four gates below it, a wire from every rail to every gate, and h."""
    belt = 4.4
    h = left + 4.4
    pen.wire((left - 0.5, belt), (left + 5.2, belt), width=5, arrow=True)
    pen.label(f"c{number}", (left - 0.5, belt + 0.2), None)
    for place, (gate, colour) in enumerate(GATE_COLOURS.items()):
        x = left + 1.1 * place
        pen.wire((x, rails[0]), (x, 2.0), colour=BROWN, arrow=True)
        pen.axes.plot([x] * len(rails), rails, "o", color=BROWN, markersize=6, zorder=4)
        pen.box(gate + number, (x, 2.4), colour)
        end = [(x, 3.3), (h - RADIUS, 3.3)] if gate == "o" else [(x, belt - 0.15)]
        pen.wire((x, 2.8), *end, colour=colour, arrow=True)
    pen.wire((h, belt), (h, 3.3 + RADIUS), arrow=True)
    pen.node("×", (h, 3.3))
    pen.wire((h, 3.3 - RADIUS), (h, 2.0), colour=BROWN, arrow=True)
    pen.label(f"h{number}", (h + 0.15, 2.1), None)
