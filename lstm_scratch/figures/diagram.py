"""A picture of the cell: the cell state as a conveyor belt, the gates below it, and the numbers on the wires."""

import math
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

from lstm_scratch.cell import Step
from lstm_scratch.figures.style import BROWN, GATE_COLOURS, INK, new_axes

# The order in which a step is computed, and in which the picture is revealed.
STAGES = ("inputs", "f", "i", "g", "c", "o", "h")
FAINT = "#DDE1E5"
# Heights of the belt, of the wire that brings x and h₋₁, and of the gates; places of the gates and of two products.
BELT, RAIL, GATES, PRODUCT = 5.2, 0.8, 2.3, 3.85
COLUMNS = {"f": 2.4, "i": 4.6, "g": 6.8, "o": 9.0, "h": 11.2}
RADIUS, END = 0.3, 13.2

Point = tuple[float, float]


def plot_cell(title: str, step: Step | None = None, upto: str = "h") -> Figure:
    """The cell as a conveyor belt for c, drawn up to one of STAGES: what comes later is there, but faint.

    With a step of one input and one hidden unit, its numbers stand on the wires; without one, the symbols
    alone do.
    """
    figure, axes = new_axes(10, 4.8, title)
    axes.set(xlim=(-0.5, END + 0.2), ylim=(-0.3, 5.9), aspect="equal")
    axes.set_axis_off()
    # a fixed place, so that nothing jumps from one picture to the next
    figure.set_layout_engine("none")
    axes.set_position((0.01, 0.01, 0.98, 0.9))
    revealed = STAGES.index(upto)
    # the faint parts first, so that nothing of them lies over the others
    for place in reversed(range(len(STAGES))):
        stage, pen = STAGES[place], Pen(axes, step, revealed=place <= revealed)
        if stage in GATE_COLOURS:
            draw_gate(pen, stage)
        else:
            {"inputs": draw_inputs, "c": draw_cell_state, "h": draw_hidden_state}[stage](pen)
    return figure


def draw_inputs(pen: "Pen") -> None:
    """What the step before left behind, c₋₁ on the belt and h₋₁ on the rail, and the input x."""
    pen.wire((-0.4, BELT), (COLUMNS["f"] - RADIUS, BELT), width=5)
    pen.label("c₋₁", (-0.4, BELT + 0.2), pen.number("c_prev"))
    pen.wire((-0.4, RAIL), (COLUMNS["o"], RAIL), colour=BROWN)
    pen.label("h₋₁", (-0.4, RAIL + 0.15), pen.number("h_prev"))
    pen.wire((1.5, -0.2), (1.5, RAIL), colour=BROWN)
    pen.label("x", (1.65, -0.3), pen.number("x"))


def draw_gate(pen: "Pen", name: str) -> None:
    """A gate, from the rail up to where its value is used."""
    x, colour = COLUMNS[name], GATE_COLOURS[name]
    pen.wire((x, RAIL), (x, GATES - 0.4), colour=BROWN, arrow=True)
    pen.box("tanh" if name == "g" else "σ", (x, GATES), colour)
    above, beside = (x, GATES + 0.4), (x + 0.13, GATES + 0.5)
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
    pen.label(name, beside, pen.number(name))


def draw_cell_state(pen: "Pen") -> None:
    """c = f · c₋₁ + i · g, on the belt."""
    x = COLUMNS["g"]
    pen.node("×", (x, PRODUCT))
    pen.wire((x, PRODUCT + RADIUS), (x, BELT - RADIUS), arrow=True)
    pen.label("i · g", (x + 0.15, 4.33), pen.product("i", "g"))
    pen.node("+", (x, BELT))
    pen.wire((x + RADIUS, BELT), (END, BELT), width=5, arrow=True)
    pen.label("c", (x + 0.45, BELT + 0.2), pen.number("c"))


def draw_hidden_state(pen: "Pen") -> None:
    """h = o · tanh(c), read off the belt."""
    x = COLUMNS["h"]
    pen.wire((x, BELT), (x, 4.3), arrow=True)
    pen.box("tanh", (x, 3.9), INK)
    pen.wire((x, 3.5), (x, GATES + RADIUS), arrow=True)
    c = pen.number("c")
    pen.label("tanh c", (x + 0.15, 2.93), None if c is None else math.tanh(c))
    pen.node("×", (x, GATES))
    pen.wire((x, GATES - RADIUS), (x, RAIL), (END, RAIL), colour=BROWN, arrow=True)
    pen.label("h", (x + 0.2, RAIL + 0.15), pen.number("h"))


class Pen(NamedTuple):
    """Draws wires, nodes, boxes and labels: in colour and with numbers if revealed, else faint and without."""

    axes: Axes
    step: Step | None
    revealed: bool

    def number(self, name: str) -> float | None:
        """A value of the step, None without one."""
        return None if self.step is None else getattr(self.step, name).item()

    def product(self, left: str, right: str) -> float | None:
        """The product of two of them."""
        return None if self.step is None else self.number(left) * self.number(right)

    def wire(self, *points: Point, colour: str = INK, width: float = 2.4, arrow: bool = False) -> None:
        """A line through the points, with an arrow's head at its end if wanted."""
        colour, order = (colour, 3) if self.revealed else (FAINT, 2)
        line = list(points)
        if arrow:
            head = {"arrowstyle": "-|>", "color": colour, "mutation_scale": 8 + 5 * width, "shrinkA": 0, "shrinkB": 0}
            self.axes.annotate("", points[-1], points[-2], arrowprops=head, zorder=order)
            # the line itself ends inside the arrow's head, or it would blunt the tip
            (x, y), (x_before, y_before), back = points[-1], points[-2], 0.05 * width
            line[-1] = (x - back * np.sign(x - x_before), y - back * np.sign(y - y_before))
        self.axes.plot(*zip(*line), color=colour, linewidth=width, solid_capstyle="round", zorder=order)

    def node(self, sign: str, centre: Point) -> None:
        """A circle in which two wires are multiplied (×) or added (+)."""
        colour, (x, y) = INK if self.revealed else FAINT, centre
        self.axes.add_patch(Circle(centre, RADIUS, facecolor="white", edgecolor=colour, linewidth=2, zorder=6))
        # drawn, not written: the signs of a font sit a little off the middle
        arms = [(0.13, 0.13), (0.13, -0.13)] if sign == "×" else [(0.18, 0), (0, 0.18)]
        for dx, dy in arms:
            self.axes.plot([x - dx, x + dx], [y - dy, y + dy], color=colour, linewidth=2, zorder=7)

    def box(self, function: str, centre: Point, colour: str) -> None:
        """A function on a wire: σ or tanh."""
        edge, (x, y) = colour if self.revealed else FAINT, centre
        style = {"boxstyle": "round,pad=0.08", "facecolor": "white", "edgecolor": edge, "linewidth": 2.4}
        self.axes.add_patch(FancyBboxPatch((x - 0.42, y - 0.3), 0.84, 0.6, zorder=5, **style))
        ink = INK if self.revealed else FAINT
        self.axes.text(x, y - 0.02, function, ha="center", va="center", fontsize=14, color=ink, zorder=7)

    def label(self, name: str, place: Point, value: float | None) -> None:
        """The name of a wire, and its number: whole numbers whole, others to three places."""
        if self.revealed:
            written = "" if value is None else f" = {value:.0f}" if value == round(value) else f" = {value:.3f}"
            self.axes.text(*place, name + written, fontsize=13, color=INK, zorder=8)
