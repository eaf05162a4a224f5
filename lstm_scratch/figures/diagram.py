"""Pictures of the cell: the cell state as a conveyor belt, the gates below it, the numbers on the wires.

They show the cell alone, the cell at every step of a sequence, the gradients on their way back through these steps,
and a layer of two cells.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch

from lstm_scratch.figures.style import (
    GATE_COLOURS,
    GREY,
    HIDDEN_STATE,
    INK,
    MARK,
    PAD,
    POINTS_PER_INCH,
    WIDTH,
    DescribedFigure,
    for_words,
    new_axes,
    our_style,
)

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
# The heights of the belt, of the rail (the wire that brings x and h₋₁), of the gates and of the product i · g; the
# places of the gates and of h from left to right; the radius of a node; and the right end of the belt.
BELT = 5.2
RAIL = 0.8
GATES = 2.3
PRODUCT = 3.85
COLUMNS = {"i": 2.3, "f": 4.1, "g": 7.1, "o": 8.9, "h": 11.3}
RADIUS = 0.3
END = 13.2
# of a longer sequence, only the last steps are drawn, this many of them
MOST_STEPS = 5
IN_WORDS = """A thick belt carries c from left to right: the forget gate f multiplies it, i times g is added, and o \
times the tanh of it leaves as h. x and the previous h feed all four gates"""
TWO_IN_WORDS = """Three wires run below two cells: x, and the h₁ and h₂ of the step before. Each of the eight gates, \
i, f, g and o of each cell, is connected to all three. A gate acts only on its own cell: f multiplies its \
belt, i times g is added to it, and o times the tanh of it leaves as h₁ or h₂, for the next step."""

Point = tuple[float, float]


@our_style()
def plot_cell(title: str, question: str = "", **numbers: float) -> DescribedFigure:
    """The cell as a conveyor belt for c: the symbols alone, or with the numbers of a step on the wires.

    numbers are those of one unit, named as in `cell.Step`: x, h_prev, c_prev, i, f, g, o, c, h. If only some of them
    are given, the parts that need the others are drawn faint. A question is written where h leaves the cell.
    """
    figure, axes = new_axes(WIDTH, 3.5, title)
    axes.set(xlim=(-0.5, END + 0.5), ylim=(-0.5, 5.9), aspect="equal")
    axes.set_axis_off()
    # a fixed place, so that nothing jumps from one picture to the next
    figure.set_layout_engine("none")
    lines = 1 + figure.get_suptitle().count("\n")
    axes.set_position((0.01, 0.01, 0.98, 0.98 - (0.25 * lines + PAD) / figure.get_figheight()))
    numbers = {name: float(np.squeeze(value)) for name, value in numbers.items()}
    # the faint parts are drawn first, so that they do not cover the others
    known_parts = [part for part, needed in PARTS.items() if needed <= set(numbers)]
    faint_parts = [part for part in PARTS if part not in known_parts]
    for part in faint_parts + known_parts:
        pen = Pen(axes, numbers, revealed=not numbers or part in known_parts)
        draw_part(pen, part)
    if question:
        place = {"ha": "right", "va": "top", "fontsize": 13, "weight": "bold"}
        axes.text(END, RAIL - 0.15, question, color=for_words(MARK), **place)
    known = ", ".join(f"{SIGNS.get(name, name)} = {written(value)}" for name, value in numbers.items())
    sentences = [IN_WORDS]
    if known:
        sentences.append(f"On the wires: {known}")
    if question:
        sentences.append(f"Where h leaves, the question: {question}")
    return figure.describe(f"{'. '.join(sentences)}.".replace("?.", "?"))


def draw_part(pen: "Pen", part: str) -> None:
    """Draw a gate, the inputs or a state; part is its name in PARTS."""
    if part in GATE_COLOURS:
        draw_gate(pen, part)
    elif part == "inputs":
        draw_inputs(pen)
    elif part == "c":
        draw_cell_state(pen)
    else:
        draw_hidden_state(pen)


def draw_inputs(pen: "Pen") -> None:
    """Draw the input x and what comes from the step before: c₋₁ on the belt and h₋₁ on the rail."""
    pen.wire((-0.4, BELT), (COLUMNS["f"] - RADIUS, BELT), width=5)
    pen.label("c₋₁", (-0.4, BELT + 0.2), pen.numbers.get("c_prev"))
    pen.wire((-0.4, RAIL), (COLUMNS["o"], RAIL), colour=HIDDEN_STATE)
    pen.label("h₋₁", (-0.4, RAIL + 0.15), pen.numbers.get("h_prev"))
    pen.wire((1.5, -0.2), (1.5, RAIL), colour=HIDDEN_STATE)
    pen.label("x", (1.65, -0.25), pen.numbers.get("x"))


def draw_gate(pen: "Pen", name: str) -> None:
    """Draw a gate, from the rail up to where its value is used."""
    x = COLUMNS[name]
    colour = GATE_COLOURS[name]
    pen.wire((x, RAIL), (x, GATES - 0.4), colour=HIDDEN_STATE, arrow=True)
    pen.box("tanh" if name == "g" else "σ", (x, GATES), colour)
    above = (x, GATES + 0.4)
    beside = (x + 0.13, GATES + 0.5)
    if name == "f":
        # the wire of f crosses the wire of i without touching it
        pen.gap((x, PRODUCT))
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
    """Draw c = f · c₋₁ + i · g on the belt."""
    x = COLUMNS["g"]
    pen.node("×", (x, PRODUCT))
    pen.wire((x, PRODUCT + RADIUS), (x, BELT - RADIUS), arrow=True)
    pen.label("i · g", (x + 0.15, 4.33), pen.product("i", "g"))
    pen.node("+", (x, BELT))
    pen.wire((x + RADIUS, BELT), (END, BELT), width=5, arrow=True)
    pen.label("c", (x + 0.45, BELT + 0.2), pen.numbers.get("c"))


def draw_hidden_state(pen: "Pen") -> None:
    """Draw h = o · tanh(c), with a wire that brings c down from the belt."""
    x = COLUMNS["h"]
    pen.wire((x, BELT), (x, 4.3), arrow=True)
    pen.box("tanh", (x, 3.9), INK)
    pen.wire((x, 3.5), (x, GATES + RADIUS), arrow=True)
    c = pen.numbers.get("c")
    pen.label("tanh c", (x + 0.15, 2.93), None if c is None else math.tanh(c))
    pen.node("×", (x, GATES))
    pen.wire((x, GATES - RADIUS), (x, RAIL), (END, RAIL), colour=HIDDEN_STATE, arrow=True)
    pen.label("h", (x + 0.2, RAIL + 0.15), pen.numbers.get("h"))


class Pen(NamedTuple):
    """Draws wires, nodes, boxes and labels: in colour if revealed, and otherwise faint and without labels."""

    axes: Axes
    numbers: Mapping[str, float]
    revealed: bool

    def product(self, left: str, right: str) -> float | None:
        """The product of two numbers, or None if one of them is not known."""
        known = left in self.numbers and right in self.numbers
        return self.numbers[left] * self.numbers[right] if known else None

    def wire(self, *points: Point, colour: str = INK, width: float = 2.4, arrow: bool = False) -> None:
        """Draw a line through the points, with an arrowhead at its end if `arrow` is True."""
        colour, order = (colour, 3) if self.revealed else (FAINT, 2)
        line = list(points)
        if arrow:
            head = {"arrowstyle": "-|>", "color": colour, "mutation_scale": 6 + 3.5 * width, "shrinkA": 0, "shrinkB": 0}
            self.axes.annotate("", points[-1], points[-2], arrowprops=head, zorder=order)
            # the line itself ends inside the arrowhead, because otherwise it would blunt the tip
            x, y = points[-1]
            x_before, y_before = points[-2]
            back = 0.05 * width
            line[-1] = (x - back * np.sign(x - x_before), y - back * np.sign(y - y_before))
        self.axes.plot(
            *zip(*line, strict=True), color=colour, linewidth=0.7 * width, solid_capstyle="round", zorder=order
        )

    def gap(self, place: Point) -> None:
        """Interrupt a horizontal wire where a vertical one crosses it."""
        x, y = place
        self.axes.plot([x, x], [y - 0.18, y + 0.18], color="white", linewidth=7, solid_capstyle="butt", zorder=3)

    def node(self, sign: str, centre: Point) -> None:
        """Draw a circle in which two wires are multiplied (×) or added (+)."""
        colour = INK if self.revealed else FAINT
        x, y = centre
        self.axes.add_patch(Circle(centre, RADIUS, facecolor="white", edgecolor=colour, linewidth=1.5, zorder=6))
        # the signs are drawn, not written, because those of a font are a little off the middle
        arms = [(0.13, 0.13), (0.13, -0.13)] if sign == "×" else [(0.18, 0), (0, 0.18)]
        for dx, dy in arms:
            self.axes.plot([x - dx, x + dx], [y - dy, y + dy], color=colour, linewidth=1.5, zorder=7)

    def box(self, function: str, centre: Point, colour: str) -> None:
        """Draw a box on a wire with the function that it applies, σ or tanh, or with the name of a gate."""
        edge = colour if self.revealed else FAINT
        x, y = centre
        style = {"boxstyle": "round,pad=0.08", "facecolor": "white", "edgecolor": edge, "linewidth": 1.8}
        self.axes.add_patch(FancyBboxPatch((x - 0.42, y - 0.3), 0.84, 0.6, zorder=5, **style))
        ink = INK if self.revealed else FAINT
        self.axes.text(x, y - 0.02, function, ha="center", va="center", fontsize=10.5, color=ink, zorder=7)

    def label(self, name: str, place: Point, value: float | None) -> None:
        """Write the name of a wire and its number, if there is one; nothing if the pen is not revealed."""
        if self.revealed:
            number = "" if value is None else f" = {written(value)}"
            self.axes.text(*place, name + number, fontsize=10, color=INK, zorder=8)


def written(value: float) -> str:
    """A number as it is written on a wire: a whole one without decimals, any other with three."""
    return f"{value:.0f}" if value == round(value) else f"{value:.3f}"


def decimal(value: float) -> str:
    """A number to three significant digits, without powers of ten: -0.0000411."""
    return np.format_float_positional(float(f"{value:.2e}"), trim="-")


@our_style()
def plot_unrolled(table: pd.DataFrame, inputs: Sequence[float], title: str) -> DescribedFigure:
    """The same cell at every step: x enters from below, c is handed on along the belt, and h along a wire below it.

    table has a row per step and the columns c and h, and inputs has one x per step. Of a long sequence, the last five
    steps are drawn.
    """
    shown = table.tail(MOST_STEPS)
    figure, pen, places = new_row(len(shown), height=4.4, title=title)
    hidden = 1.5
    belt = 2.9
    left = places[0] - 1.65
    before = table.shift(1, fill_value=0.0).loc[shown.index]
    pen.label("c", (left - 0.1, belt + 0.15), before["c"].iloc[0])
    pen.label("h", (left - 0.1, hidden + 0.15), before["h"].iloc[0])
    for place, step, x in zip(places, shown.itertuples(), inputs[-len(shown) :], strict=True):
        pen.wire((left, belt), (place - 0.95, belt), width=5)
        pen.wire((left, hidden), (place - 0.95, hidden), colour=HIDDEN_STATE, arrow=True)
        draw_closed_cell(pen, place, bottom=0.95, top=3.45)
        pen.wire((place, -0.1), (place, 0.85), colour=HIDDEN_STATE, arrow=True)
        pen.label("x", (place + 0.15, 0.0), x)
        pen.axes.text(place, 3.65, f"step {step.Index}", ha="center", fontsize=10, color=GREY)
        left = place + 0.95
        pen.label("c", (left + 0.1, belt + 0.15), step.c)
        pen.label("h", (left + 0.1, hidden + 0.15), step.h)
    pen.wire((left, belt), (left + 1.6, belt), width=5, arrow=True)
    pen.wire((left, hidden), (left + 1.6, hidden), colour=HIDDEN_STATE, arrow=True)
    steps = "; ".join(f"step {step.Index}: c = {written(step.c)}, h = {written(step.h)}" for step in shown.itertuples())
    return figure.describe(f"The same cell at {len(table)} steps, each handing c and h to the next. {steps}.")


@our_style()
def plot_way_back(table: pd.DataFrame, back: pd.DataFrame, title: str) -> DescribedFigure:
    """One way back of the gradient: from h of the last step through the output gate to c, then along the belt.

    At each crossing stands the factor by which the gradient is multiplied: o (1 - tanh(c)²) on the way from h to c, and
    f on the way to the step before. All widths have one scale: where the line is half as wide, the gradient is a
    hundredth (see `back_width`). table has a row per step and the columns f, o and c; back has the same rows and the
    columns dc, with all ways added up, and dh. Of a long sequence, the last five steps are drawn.
    """
    shown = table.tail(MOST_STEPS)
    figure, pen, places = new_row(len(shown), height=5.3, title=title)
    belt = 3.6
    crossing_of_h = 0.95
    last = shown.iloc[-1]
    start = float(back["dh"].loc[shown.index[-1]])
    into_belt = float(last["o"] * (1 - np.tanh(last["c"]) ** 2))
    pen.axes.plot([places[0] - 1.9, places[-1] + 1.7], [belt + 0.95] * 2, color=FAINT, linewidth=4, zorder=1)
    pen.axes.text(places[0] - 1.9, belt + 1.2, "forward: the belt carries c", color=GREY, fontsize=10)
    # from the answer up to the belt
    answer = places[-1] + 0.9
    largest = abs(start)
    draw_back_line(pen, (answer, 0.25), (answer, crossing_of_h), start, largest)
    words = {"fontsize": 10, "color": for_words(MARK)}
    pen.axes.text(answer + 0.35, 0.35, f"dh = {decimal(start)}", va="center", **words)
    value = start * into_belt
    draw_back_line(pen, (answer, crossing_of_h), (answer, belt), value, largest)
    draw_crossing(pen, (answer, crossing_of_h), "through o and tanh", into_belt, beside=True)
    place_before = answer
    carried = {shown.index[-1]: value}
    for place, step in zip(places[::-1], shown[::-1].itertuples(), strict=True):
        pen.axes.text(place + 0.9, belt + 0.3, f"{decimal(value)}", ha="center", va="bottom", **words)
        pen.axes.text(place + 0.9, -0.25, f"step {step.Index}", ha="center", va="center", fontsize=10, color=GREY)
        if step.Index == shown.index[0]:
            break
        crossing = (place - 0.85, belt)
        draw_back_line(pen, (place_before, belt), crossing, value, largest)
        value *= step.f
        draw_back_line(pen, crossing, (place - 2.6, belt), value, largest)
        draw_crossing(pen, crossing, f"f of step {step.Index}", step.f)
        place_before = place - 2.6
        carried[step.Index - 1] = value
    arrow_to = (places[0] + 0.9 - 1.1, belt)
    draw_back_line(pen, (places[0] + 0.9, belt), arrow_to, value, largest, arrow=True)
    draw_widths(pen, largest, (places[0] - 1.9, 0.2))
    factors = ", ".join(f"×{step.f:.3f} at step {step.Index}" for step in shown.iloc[:0:-1].itertuples())
    steps = "; ".join(
        f"step {step}: {decimal(number)} on this way, dc = {decimal(back['dc'].loc[step])} in all"
        for step, number in carried.items()
    )
    words_back = f"The gradient {decimal(start)} is multiplied by {into_belt:.3f} on its way to the belt"
    return figure.describe(f"{words_back}, and by f along it ({factors}). {steps}.")


def back_width(value: float, largest: float) -> float:
    """The width of a gradient's line in points: 12 for the largest, and 3 less for each tenth of it; at least 1."""
    if not value or not largest:
        return 1.0
    return max(1.0, 12 + 3 * math.log10(abs(value) / largest))


def draw_back_line(
    pen: "Pen",
    start: Point,
    end: Point,
    value: float,
    largest: float,
    *,
    arrow: bool = False,
    cap: str = "projecting",
) -> None:
    """Draw a piece of the way back, as wide as its gradient is large, with an arrowhead at its end if `arrow`."""
    width = back_width(value, largest)
    pen.axes.plot(*zip(start, end, strict=True), color=MARK, linewidth=width, solid_capstyle=cap, zorder=3)
    if arrow:
        left, right = pen.axes.get_xlim()
        point = (right - left) / (WIDTH * POINTS_PER_INCH)
        x, y = end
        half = (0.5 * width + 5) * point
        pen.axes.fill([x, x - 2 * half, x], [y - half, y, y + half], color=MARK, linewidth=0, zorder=4)


def draw_crossing(pen: "Pen", place: Point, name: str, factor: float, beside: bool = False) -> None:
    """Draw a crossing with the factor by which it multiplies the gradient, and its name."""
    x, y = place
    pen.axes.add_patch(Circle(place, RADIUS, facecolor="white", edgecolor=INK, linewidth=1.5, zorder=6))
    for dy in (0.12, -0.12):
        pen.axes.plot([x - 0.12, x + 0.12], [y + dy, y - dy], color=INK, linewidth=1.5, zorder=7)
    number = f"×{factor:.3f}"
    if beside:
        pen.axes.text(x - 0.5, y + 0.25, number, ha="right", va="center", fontsize=11, weight="bold", color=INK)
        pen.axes.text(x - 0.5, y - 0.25, name, ha="right", va="center", fontsize=10, color=INK)
        return
    pen.axes.text(x, y - 0.65, number, ha="center", va="center", fontsize=11, weight="bold", color=INK)
    pen.axes.text(x, y - 1.15, name, ha="center", va="center", fontsize=10, color=INK)


def draw_widths(pen: "Pen", largest: float, place: Point) -> None:
    """Draw the key of the widths: the largest gradient, and a tenth, a hundredth and a thousandth of it."""
    x, y = place
    left, right = pen.axes.get_xlim()
    # a line of the key is 0.19 inches below the one before
    apart = 0.19 * (right - left) / WIDTH
    for number, share in enumerate((1.0, 0.1, 0.01, 0.001)):
        height = y + apart * (3 - number)
        draw_back_line(pen, (x, height), (x + 0.7, height), share, 1.0, cap="butt")
        pen.axes.text(x + 0.9, height, decimal(largest * share), va="center", fontsize=9, color=INK)


def new_row(steps: int, height: float, title: str) -> tuple[DescribedFigure, "Pen", np.ndarray]:
    """A figure for this many steps side by side, a pen that draws on it, and the middles of the steps, (steps,)."""
    width = 3.5 * steps + 1.2
    figure, axes = new_axes(WIDTH, min(4.0, 0.6 + WIDTH * height / width), title)
    axes.set(xlim=(0, width), ylim=(-0.4, height - 0.4), aspect="equal")
    axes.set_axis_off()
    places = 2.0 + 3.5 * np.arange(steps)
    return figure, Pen(axes, {}, revealed=True), places


def draw_closed_cell(pen: "Pen", place: float, bottom: float, top: float) -> None:
    """Draw a cell from outside, as a box with the names of its gates."""
    style = {"boxstyle": "round,pad=0.08", "facecolor": "white", "edgecolor": INK, "linewidth": 2}
    pen.axes.add_patch(FancyBboxPatch((place - 0.85, bottom), 1.7, top - bottom, zorder=5, **style))
    for gate, shift in zip(GATE_COLOURS, (-0.54, -0.18, 0.18, 0.54), strict=True):
        look = {"ha": "center", "va": "center", "fontsize": 11, "color": for_words(GATE_COLOURS[gate])}
        pen.axes.text(place + shift, (bottom + top) / 2, gate, zorder=6, **look)


@our_style()
def plot_two_cells(title: str) -> DescribedFigure:
    """A layer of two cells with one input: each has four gates, and each gate is connected to x and to both h₋₁."""
    figure, axes = new_axes(WIDTH, 3.3, title)
    axes.set(xlim=(-1.3, 14.1), ylim=(-0.4, 5.9), aspect="equal")
    axes.set_axis_off()
    pen = Pen(axes, {}, revealed=True)
    rails = {"x": 0.0, "h₁ before": 0.6, "h₂ before": 1.2}
    for name, height in rails.items():
        pen.wire((0.5, height), (11.7, height), colour=HIDDEN_STATE)
        pen.label(name, (-1.2, height - 0.13), None)
    for number, left in (("₁", 1.2), ("₂", 7.9)):
        draw_small_cell(pen, number, left, list(rails.values()))
    return figure.describe(TWO_IN_WORDS)


def draw_small_cell(pen: Pen, number: str, left: float, rails: list[float]) -> None:
    """Draw one cell of a layer: a belt, four gates below it, a wire from every rail to every gate, and h."""
    belt = 5.0
    product = 3.75
    i, f, g, o = (left + 1.15 * place for place in range(4))
    h = left + 4.8
    for x, (gate, colour) in zip((i, f, g, o), GATE_COLOURS.items(), strict=True):
        pen.wire((x, rails[0]), (x, 2.0), colour=HIDDEN_STATE, arrow=True)
        pen.axes.plot([x] * len(rails), rails, "o", color=HIDDEN_STATE, markersize=4, zorder=4)
        pen.box(gate + number, (x, 2.4), colour)
    pen.wire((i, 2.8), (i, product), (g - RADIUS, product), colour=GATE_COLOURS["i"], arrow=True)
    pen.gap((f, product))
    pen.wire((f, 2.8), (f, belt - RADIUS), colour=GATE_COLOURS["f"], arrow=True)
    pen.wire((g, 2.8), (g, product - RADIUS), colour=GATE_COLOURS["g"], arrow=True)
    pen.wire((o, 2.8), (o, 3.1), (h - RADIUS, 3.1), colour=GATE_COLOURS["o"], arrow=True)
    pen.wire((left - 0.5, belt), (left + 5.6, belt), width=5, arrow=True)
    pen.label(f"c{number}", (left - 0.5, belt + 0.2), None)
    pen.node("×", (f, belt))
    pen.node("×", (g, product))
    pen.wire((g, product + RADIUS), (g, belt - RADIUS), arrow=True)
    pen.node("+", (g, belt))
    pen.wire((h, belt), (h, 4.5), arrow=True)
    pen.box("tanh", (h, 4.1), INK)
    pen.wire((h, 3.7), (h, 3.1 + RADIUS), arrow=True)
    pen.node("×", (h, 3.1))
    pen.wire((h, 3.1 - RADIUS), (h, 1.9), (h + 0.8, 1.9), colour=HIDDEN_STATE, arrow=True)
    pen.label(f"h{number}", (h + 0.15, 2.05), None)
