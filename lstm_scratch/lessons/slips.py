"""Slips in an LSTM, each as a change to `cell.py`: the bug hunt hides five of them, and the check of a reader's LSTM
looks for all of them.

The kinds are those of public repositories: a line copied and not quite changed, σ in place of σ′, a sum that is
missing, an index that is one step off. Keep away from this file while you hunt, because it spells them out.
"""

import ast
import itertools
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lstm_scratch import cell

GATES = {"i": "input gate", "f": "forget gate", "g": "candidate", "o": "output gate"}
FORWARD = "LSTMCell.forward"
BACKWARD = "LSTMCell.backward"
UNROLL = "unroll"
THROUGH_TIME = "backward_through_time"
# in a function of cell.py: {what is there: what stands there instead}
Changes = Mapping[str, str]


@dataclass(frozen=True)
class Slip:
    """What is wrong, in words, and what must be changed in which function of cell.py to make the same mistake."""

    name: str
    function: str
    changes: Changes = field(hash=False)
    # what must be changed in other functions as well
    also: Mapping[str, Changes] = field(default_factory=dict, hash=False)

    @property
    def in_forward(self) -> bool:
        """Whether the forward pass makes the slip."""
        return self.function in (FORWARD, UNROLL)

    @property
    def between_steps(self) -> bool:
        """Whether the slip is in what goes from step to step, or is summed over the steps."""
        return self.function in (UNROLL, THROUGH_TIME)

    @property
    def right_lines(self) -> list[str]:
        """The lines of cell.py, as they are, in which the slip would be."""
        lines = SOURCE.splitlines()
        first, last = lines_of(SOURCE, self.function)
        body = [line.strip() for line in lines[first - 1 : last]]
        return [line for line in body if any(right in line for right in self.changes)]

    @property
    def all_changes(self) -> dict[str, Changes]:
        """What must be changed, by function."""
        return {self.function: self.changes, **self.also}


SOURCE = Path(cell.__file__).read_text(encoding="utf-8")


def lines_of(source: str, function: str) -> tuple[int, int]:
    """The first and the last line of a function, counted from 1. Raises RuntimeError if there is no such function."""
    node: ast.AST = ast.parse(source)
    for name in function.split("."):
        inside = {part.name: part for part in ast.walk(node) if isinstance(part, ast.FunctionDef | ast.ClassDef)}
        if name not in inside:
            raise RuntimeError(f"there is no function {function}")
        found = inside[name]
        node = found
    return found.lineno, found.end_lineno or found.lineno


def change_function(source: str, function: str, right: str, wrong: str) -> str:
    """The source of a module with `wrong` in place of `right` in one of its functions, such as "LSTMCell.forward".

    Raises RuntimeError if there is no such function, or if `right` is not in it exactly once.
    """
    first, last = lines_of(source, function)
    lines = source.splitlines(keepends=True)
    body = replace_once("".join(lines[first - 1 : last]), function, right, wrong)
    return "".join(lines[: first - 1]) + body + "".join(lines[last:])


def replace_once(body: str, function: str, right: str, wrong: str) -> str:
    """The body of a function with `wrong` in place of `right`. Raises RuntimeError if it is not there exactly once."""
    if body.count(right) != 1:
        raise RuntimeError(f"{function} must contain this exactly once: {right}")
    return body.replace(right, wrong)


# ---- the slips of the forward pass ------------------------------------------------------------------------------

Z = "x @ self.W_{0}.T + h_prev @ self.U_{0}.T + self.b_{0}"
ACTIVATION = {"i": "sigmoid", "f": "sigmoid", "g": "np.tanh", "o": "sigmoid"}
PAIRS = [(k, other) for k in GATES for other in GATES if other != k]


def of_every(gates: str, right: str, wrong: str) -> Changes:
    """The same change in the lines of several gates, whose letter stands for {0}."""
    return {right.format(gate): wrong.format(gate) for gate in gates}


def activation_slips() -> Iterator[Slip]:
    """Another function than σ or tanh around z."""
    for gates in ("ifo", "i", "f", "o"):
        who = "the gates i, f and o take" if len(gates) == 3 else f"the {GATES[gates]} takes"
        z = f"sigmoid({Z})"
        start = "{0} = sigmoid("
        yield Slip(f"{who} σ(2z) where σ(z) belongs", FORWARD, of_every(gates, z, f"sigmoid(2 * ({Z}))"))
        yield Slip(f"{who} tanh where σ belongs", FORWARD, of_every(gates, start, "{0} = np.tanh("))
        yield Slip(f"{who} σ twice, σ(σ(z))", FORWARD, of_every(gates, z, f"sigmoid(sigmoid({Z}))"))
        yield Slip(f"{who} z as it is, without σ", FORWARD, of_every(gates, start, "{0} = np.positive("))
        yield Slip(f"{who} σ(-z) where σ(z) belongs", FORWARD, of_every(gates, z, f"sigmoid(-({Z}))"))
        hard = f"np.clip(0.2 * ({Z}) + 0.5, 0, 1)"
        yield Slip(f"{who} a hard sigmoid, made of straight lines, where σ belongs", FORWARD, of_every(gates, z, hard))
    for wrong, what in {
        "sigmoid(": "looks like σ where tanh belongs",
        "np.positive(": "has no tanh",
        "np.maximum(0, ": "looks like a ReLU where tanh belongs",
    }.items():
        yield Slip(f"the candidate {what}", FORWARD, {"g = np.tanh(": f"g = {wrong}"})
    twice = {f"np.tanh({Z.format('g')})": f"np.tanh(np.tanh({Z.format('g')}))"}
    yield Slip("the candidate takes tanh twice", FORWARD, twice)


def sum_slips() -> Iterator[Slip]:
    """Something wrong inside z = W x + U h₋₁ + b."""
    for gates in ("ifgo", "i", "f", "g", "o"):
        who = "every gate" if len(gates) == 4 else f"the {GATES[gates]}"
        yield Slip(f"{who} is computed without its bias b", FORWARD, of_every(gates, " + self.b_{0})", ")"))
        yield Slip(f"{who} adds its bias b twice", FORWARD, of_every(gates, "+ self.b_{0})", "+ 2 * self.b_{0})"))
        without_h = of_every(gates, "h_prev @ self.U_{0}.T + ", "")
        yield Slip(f"h is not fed back: {who} is computed without U h₋₁", FORWARD, without_h)
        yield Slip(f"{who} is computed without W x", FORWARD, of_every(gates, "x @ self.W_{0}.T + ", ""))
        with_c = of_every(gates, "h_prev @ self.U_{0}.T", "c_prev @ self.U_{0}.T")
        yield Slip(f"{who} sees c₋₁ where h₋₁ belongs", FORWARD, with_c)
    one_more = {"+ self.b_f)": "+ self.b_f + 1)"}
    yield Slip("the forget gate adds 1 beside its bias, which is right only if the bias starts at 0", FORWARD, one_more)
    for k, other in PAIRS:
        name = f"the {GATES[k]} uses"
        whose = f"of the {GATES[other]}"
        yield Slip(f"{name} the bias {whose}", FORWARD, {f"self.b_{k})": f"self.b_{other})"})
        yield Slip(f"{name} the W {whose}", FORWARD, {f"self.W_{k}.T": f"self.W_{other}.T"})
        yield Slip(f"{name} the U {whose}", FORWARD, {f"self.U_{k}.T": f"self.U_{other}.T"})
        yield Slip(f"{name} all the weights {whose}", FORWARD, {Z.format(k): Z.format(other)})
        taken = f"{ACTIVATION[other]}({Z.format(other)})"
        yield Slip(f"the {GATES[k]} is computed from {other}, not from a z of its own", FORWARD, {Z.format(k): taken})


def state_slips() -> Iterator[Slip]:
    """Something wrong in c = f ⊙ c₋₁ + i ⊙ g, or in h = o ⊙ tanh(c)."""
    for wrong, what in {
        "f * c_prev + g": "c is computed without the input gate",
        "f * c_prev + i": "c is computed without the candidate",
        "c_prev + i * g": "c is computed without the forget gate",
        "f + i * g": "c is computed without c₋₁",
        "f * c_prev + (1 - f) * g": "c takes 1 - f where i belongs",
        "(1 - i) * c_prev + i * g": "c takes 1 - i where f belongs",
        "(1 - f) * c_prev + i * g": "c takes 1 - f where f belongs",
        "i * c_prev + f * g": "in c, i and f are swapped",
        "g * c_prev + i * f": "in c, g and f are swapped",
        "o * c_prev + i * g": "c takes o where f belongs",
        "f * c_prev + o * g": "c takes o where i belongs",
        "f * c_prev + f * g": "c takes f where i belongs",
        "i * c_prev + i * g": "c takes i where f belongs",
        "f * h_prev + i * g": "c takes h₋₁ where c₋₁ belongs",
        "f * c_prev + i + g": "c adds i and g where they are multiplied",
        "f * c_prev - i * g": "c subtracts i ⊙ g where it is added",
        "f * c_prev * i * g": "c multiplies its two parts where they are added",
        "i * g": "c forgets c₋₁: f ⊙ c₋₁ is missing",
        "np.tanh(f * c_prev + i * g)": "c itself goes through tanh, where only h does",
        "sigmoid(f * c_prev + i * g)": "c itself goes through σ, where it stays as it is",
    }.items():
        yield Slip(what, FORWARD, {"c = f * c_prev + i * g": f"c = {wrong}"})
    for wrong, what in {
        "o * c": "h is computed from c without the tanh",
        "o * sigmoid(c)": "h takes σ(c) where tanh(c) belongs",
        "np.tanh(o * c)": "h takes the tanh of o ⊙ c, where it is o ⊙ tanh(c)",
        "np.tanh(c)": "h is computed without the output gate",
        "o * np.tanh(c_prev)": "h is computed from c₋₁, not from the new c",
        "o * np.tanh(g)": "h is computed from g where c belongs",
        "o + np.tanh(c)": "h adds o and tanh(c) where they are multiplied",
        "i * np.tanh(c)": "h takes i where o belongs",
        "f * np.tanh(c)": "h takes f where o belongs",
        "o * np.tanh(np.tanh(c))": "h takes the tanh of c twice",
        "o * np.maximum(0, c)": "h takes a ReLU of c where tanh(c) belongs",
        "c * np.tanh(o)": "h takes c ⊙ tanh(o), where it is o ⊙ tanh(c)",
    }.items():
        yield Slip(what, FORWARD, {"h = o * np.tanh(c)": f"h = {wrong}"})


def unroll_slips() -> Iterator[Slip]:
    """Something wrong in what one step hands to the next."""
    for wrong, what in {
        "h, step.c": "h is not handed on: every step starts from the first h",
        "step.h, c": "c is not handed on: every step starts from the first c",
        "h, c": "neither h nor c is handed on: every step starts afresh",
        "step.c, step.h": "h and c are handed on in each other's place",
        "step.c, step.c": "the next step gets c where h₋₁ belongs",
        "step.h, step.h": "the next step gets h where c₋₁ belongs",
    }.items():
        yield Slip(what, UNROLL, {"h, c = step.h, step.c": f"h, c = {wrong}"})
    for wrong, what in {
        "x[::-1]": "the inputs are read from the last to the first",
        "[0 * x[0], *x[:-1]]": "x is one index off: each step reads the x of the step before, and the first reads 0",
        "[x[-1], *x[:-1]]": "x is one index off: each step reads the x of the step before, and the first that of index -1",
        "[*x[1:], x[-1]]": "x is one index off: each step reads the x of the next step",
        "[x[0]] * len(x)": "every step reads the first x",
    }.items():
        yield Slip(what, UNROLL, {"for x_t in x:": f"for x_t in {wrong}:"})


# ---- the slips of the backward pass -----------------------------------------------------------------------------

FROM_H = "dh * o * tanh_derivative(np.tanh(c))"


def derivative_slips() -> Iterator[Slip]:
    """Something else than σ′ or tanh′ on the way from a gate to its z."""
    sigmoids = {
        "{1}": "{0} lacks σ′",
        "{1} * sigmoid({2})": "{0} has σ where σ′ belongs",
        "{1} * {2}": "{0} has the value of the gate where σ′ belongs",
        "{1} * (1 - {2})": "{0} has 1 - {2} where σ′ = {2} (1 - {2}) belongs",
        "{1} * sigmoid_derivative(sigmoid({2}))": "{0} takes σ′ of a value that is already squashed: {2} is σ(z), so σ′ is {2} (1 - {2})",
        "{1} * tanh_derivative({2})": "{0} has the derivative of tanh where σ′ belongs",
        "{1} * tanh_derivative(np.tanh({2}))": "{0} has 1 - tanh² where σ′ belongs",
        "{1} * {2} * (1 + {2})": "{0} has {2} (1 + {2}) where σ′ = {2} (1 - {2}) belongs",
        "{1} * {2} * ({2} - 1)": "{0} has the wrong sign: σ′ is {2} (1 - {2})",
        "{1} * (np.log({2} / (1 - {2})) * (1 - np.log({2} / (1 - {2}))))": "{0} takes z (1 - z), where σ′ = {2} (1 - {2}) belongs",
        "{1} * sigmoid_derivative({2}) ** 2": "{0} has σ′ twice",
        "{1} * {2} * (1 - {2} * {2})": "{0} has {2} (1 - {2}²) where σ′ = {2} (1 - {2}) belongs",
    }
    tanhs = {
        "{1}": "{0} lacks tanh′",
        "{1} * np.tanh({2})": "{0} has tanh where tanh′ belongs",
        "{1} * {2}": "{0} has the value of g where tanh′ belongs",
        "{1} * (1 - {2})": "{0} has 1 - t where tanh′ = 1 - t² belongs",
        "{1} * tanh_derivative(np.tanh({2}))": "{0} takes tanh′ of a value that is already squashed: g is tanh(z), so tanh′ is 1 - g²",
        "{1} * sigmoid_derivative({2})": "{0} has the derivative of σ, g (1 - g), where tanh′ = 1 - g² belongs",
        "{1} * sigmoid_derivative(sigmoid({2}))": "{0} has the derivative of σ where tanh′ belongs",
        "{1} * sigmoid({2})": "{0} has σ where tanh′ belongs",
        "{1} * (1 + {2} * {2})": "{0} has 1 + g² where tanh′ = 1 - g² belongs",
        "{1} * ({2} * {2} - 1)": "{0} has the wrong sign: tanh′ is 1 - g²",
        "{1} * (1 - {2}) ** 2": "{0} has (1 - g)² where tanh′ = 1 - g² belongs",
        "{1} * {2} * {2}": "{0} has g² where tanh′ = 1 - g² belongs",
        "{1} * (1 - np.arctanh({2}) ** 2)": "{0} takes 1 - z², where tanh′ = 1 - g² belongs",
        "{1} * tanh_derivative({2}) ** 2": "{0} has tanh′ twice",
    }
    right = {k: f"dz_{k} = d{k} * {'tanh' if k == 'g' else 'sigmoid'}_derivative({k})" for k in GATES}

    def changed(k: str, wrong: str) -> Changes:
        return {right[k]: f"dz_{k} = " + wrong.format("", f"d{k}", k)}

    for wrong, what in sigmoids.items():
        for k in "ifo":
            yield Slip(what.format(f"dz_{k}", f"d{k}", k), BACKWARD, changed(k, wrong))
        for gates in ("ifo", "if", "io", "fo"):
            changes = {line: to for k in gates for line, to in changed(k, wrong).items()}
            names = ", ".join(f"dz_{k}" for k in gates)
            what_each = what.replace("{0} has", "each of {0} has").replace("{0} lacks", "each of {0} lacks")
            what_each = what_each.replace("{0} takes", "each of {0} takes").replace("{2}", "s")
            yield Slip(what_each.format(names), BACKWARD, changes)
    for wrong, what in tanhs.items():
        yield Slip(what.format("dz_g"), BACKWARD, changed("g", wrong))
    # a wrong function for the derivative of tanh is wrong in both places that use it
    right_dc = f"dc = dc + {FROM_H}"
    of_dc = {
        "1 - t instead of 1 - t²": ("{1} * (1 - {2})", "(1 - np.tanh(c))"),
        "t instead of 1 - t²": ("{1} * {2}", "np.tanh(c)"),
        "t² instead of 1 - t²": ("{1} * {2} * {2}", "np.tanh(c) ** 2"),
        "1 + t² instead of 1 - t²": ("{1} * (1 + {2} * {2})", "(1 + np.tanh(c) ** 2)"),
        "(1 - t)² instead of 1 - t²": ("{1} * (1 - {2}) ** 2", "(1 - np.tanh(c)) ** 2"),
        "tanh instead of 1 - t²": ("{1} * np.tanh({2})", "np.tanh(np.tanh(c))"),
        "taken of a value that is already squashed: with t = tanh(z) it is 1 - t²": (
            "{1} * tanh_derivative(np.tanh({2}))",
            "tanh_derivative(np.tanh(np.tanh(c)))",
        ),
        "missing": ("{1}", "1"),
    }
    for what, (wrong_g, wrong_c) in of_dc.items():
        changes = {**changed("g", wrong_g), right_dc: f"dc = dc + dh * o * {wrong_c}"}
        yield Slip(f"the derivative of tanh is {what}", BACKWARD, changes)
    # the same slip in σ and in tanh
    for of_s, of_t, of_c, what in (
        ("{1}", "{1}", "1", "are missing"),
        ("{1} * sigmoid({2})", "{1} * np.tanh({2})", "np.tanh(np.tanh(c))", "are σ and tanh themselves"),
        ("{1} * {2}", "{1} * {2}", "np.tanh(c)", "are the values themselves"),
        (
            "{1} * sigmoid_derivative(sigmoid({2}))",
            "{1} * tanh_derivative(np.tanh({2}))",
            "tanh_derivative(np.tanh(np.tanh(c)))",
            "are taken of values that are already squashed",
        ),
    ):
        changes = {line: to for k in GATES for line, to in changed(k, of_t if k == "g" else of_s).items()}
        yield Slip(f"in all four dz, the derivatives of σ and tanh {what}", BACKWARD, changes)
        changes = {**changes, right_dc: f"dc = dc + dh * o * {of_c}"}
        yield Slip(f"in all four dz and in dc, the derivatives of σ and tanh {what}", BACKWARD, changes)
    for k, other in PAIRS:
        slope = f"{'tanh' if other == 'g' else 'sigmoid'}_derivative({other})"
        name = f"dz_{k} has the derivative of the {GATES[other]}"
        yield Slip(name, BACKWARD, {right[k]: f"dz_{k} = d{k} * {slope}"})


def gate_slips() -> Iterator[Slip]:
    """Something wrong on the way from h and c to the gates."""
    for wrong, what in {
        "dh": "do lacks tanh(c)",
        "dh * c": "do has c where tanh(c) belongs",
        "dh * h": "do has h where tanh(c) belongs",
        "dh * o": "do has o where tanh(c) belongs",
        "dh * g": "do has g where tanh(c) belongs",
        "dh * sigmoid(c)": "do has σ(c) where tanh(c) belongs",
        "dh * np.tanh(c_prev)": "do is one index off: it has tanh(c₋₁) where tanh(c) belongs",
        "dh * tanh_derivative(np.tanh(c))": "do has tanh′(c) where tanh(c) belongs",
        "dh * np.tanh(np.tanh(c))": "do has tanh(tanh(c)) where tanh(c) belongs",
        "dc * np.tanh(c)": "do starts from dc where dh belongs",
        f"(dc + {FROM_H}) * np.tanh(c)": "do starts from dc, with the part from h, where dh belongs",
        "np.tanh(c)": "do lacks dh",
    }.items():
        yield Slip(what, BACKWARD, {"do = dh * np.tanh(c)": f"do = {wrong}"})
    for wrong, what in {
        "dc": "dc lacks the part that comes through h, dh ⊙ o ⊙ tanh′(c)",
        FROM_H: "dc lacks the part that comes from the next step: it is not handed on",
        "dc + dh * o * tanh_derivative(c)": "dc has 1 - c² where tanh′(c) = 1 - tanh(c)² belongs",
        "dc + dh * o * tanh_derivative(np.tanh(np.tanh(c)))": "dc takes tanh′ of a value that is already squashed, tanh(c)",
        "dc + dh * o * (1 - np.tanh(c))": "dc has 1 - t where tanh′ = 1 - t² belongs, with t = tanh(c)",
        "dc + dh * o * (1 - np.tanh(c)) ** 2": "dc has (1 - t)² where tanh′ = 1 - t² belongs, with t = tanh(c)",
        "dc + dh * o * (1 + np.tanh(c) ** 2)": "dc has 1 + t² where tanh′ = 1 - t² belongs, with t = tanh(c)",
        "dc + dh * o * (1 - np.tanh(c**2))": "dc has 1 - tanh(c²) where tanh′(c) = 1 - tanh(c)² belongs",
        "dc + dh * o * np.tanh(c)": "dc has tanh(c) where tanh′(c) belongs",
        "dc + dh * o * np.tanh(c) ** 2": "dc has tanh(c)² where tanh′(c) = 1 - tanh(c)² belongs",
        "dc + dh * o": "dc lacks tanh′(c)",
        "dc + dh * tanh_derivative(np.tanh(c))": "dc lacks o",
        "dc + dh": "dc lacks o and tanh′(c)",
        "dc + dh * o * tanh_derivative(np.tanh(c_prev))": "dc is one index off: it has tanh′(c₋₁) where tanh′(c) belongs",
        "dc + dh * o * tanh_derivative(h)": "dc has 1 - h² where tanh′(c) = 1 - tanh(c)² belongs",
        "dc + dh * o * tanh_derivative(o)": "dc has 1 - o² where tanh′(c) = 1 - tanh(c)² belongs",
        "dc + dh * o * sigmoid_derivative(c)": "dc has c (1 - c) where tanh′(c) = 1 - tanh(c)² belongs",
        "dc + dh * o * sigmoid_derivative(sigmoid(c))": "dc has σ′(c) where tanh′(c) belongs",
        "dc + do * o * tanh_derivative(np.tanh(c))": "dc has do where dh belongs",
        "dc + dh * i * tanh_derivative(np.tanh(c))": "dc has i where o belongs",
        "dc + dh * f * tanh_derivative(np.tanh(c))": "dc has f where o belongs",
        f"dc - {FROM_H}": "dc subtracts the part that comes through h where it is added",
        f"dc * {FROM_H}": "dc multiplies its two parts where they are added",
        f"dc + 2 * {FROM_H}": "dc counts the part that comes through h twice",
        f"2 * dc + {FROM_H}": "dc counts the part that comes from the next step twice",
        f"dc + dh + {FROM_H}": "dc adds dh once too often",
    }.items():
        yield Slip(what, BACKWARD, {f"dc = dc + {FROM_H}": f"dc = {wrong}"})
    for d, partner, others in (
        ("df", "c_prev", ("c", "i", "g", "f", "o", "h", "h_prev", "np.tanh(c_prev)", "np.tanh(c)")),
        ("di", "g", ("c_prev", "c", "i", "f", "o", "np.tanh(g)", "np.tanh(c)")),
        ("dg", "i", ("g", "f", "o", "c_prev", "c", "(1 - i)")),
    ):
        right = f"{d} = dc * {partner}"
        nice = partner.replace("_prev", "₋₁")
        for other in others:
            name = f"{d} has {other.replace('np.', '').replace('_prev', '₋₁')} where {nice} belongs"
            if (d, other) == ("df", "c"):
                name = "df is one index off: it has c where c₋₁ belongs"
            yield Slip(name, BACKWARD, {right: f"{d} = dc * {other}"})
        for wrong, what in {
            "dc": f"{d} lacks {nice}",
            partner: f"{d} lacks dc",
            f"dh * {partner}": f"{d} starts from dh where dc belongs",
            f"(dc - {FROM_H}) * {partner}": f"{d} takes dc without the part that comes through h",
            f"{FROM_H} * {partner}": f"{d} takes dc without the part that comes from the next step",
            f"dh * o * {partner}": f"{d} starts from dh ⊙ o where dc belongs",
            f"2 * dc * {partner}": f"{d} is counted twice",
        }.items():
            yield Slip(what, BACKWARD, {right: f"{d} = {wrong}"})
    yield Slip("in df, there is a gradient where the value c₋₁ belongs", BACKWARD, {"df = dc * c_prev": "df = dc * dc"})
    for wrong, what in {
        "dc * 0": "nothing flows from c to c₋₁ through the forget gate",
        "dc": "dc₋₁ lacks f",
        "dc * i": "dc₋₁ has i where f belongs",
        "dc * o": "dc₋₁ has o where f belongs",
        "dc * c_prev": "dc₋₁ has c₋₁ where f belongs",
        "dc * (1 - f)": "dc₋₁ has 1 - f where f belongs",
        "df * f": "dc₋₁ has df where dc belongs",
        "dc * sigmoid_derivative(f)": "dc₋₁ has σ′ where f belongs",
        f"(dc - {FROM_H}) * f": "dc₋₁ takes dc without the part that comes through h",
        f"{FROM_H} * f": "dc₋₁ takes dc without the part that comes from the next step",
        "dh * f": "dc₋₁ starts from dh where dc belongs",
    }.items():
        yield Slip(what, BACKWARD, {"dc_prev = dc * f": f"dc_prev = {wrong}"})
    late = {f"dc = dc + {FROM_H}": f"dc = dc * f + {FROM_H}", "dc_prev = dc * f": "dc_prev = dc"}
    yield Slip(
        "dc is one index off: what comes from the next step is multiplied by f, not by the f of that step",
        BACKWARD,
        late,
    )


def rows(parts: str) -> str:
    """The code of dz, with these parts in place of dz_i, dz_f, dz_g and dz_o."""
    return f"np.atleast_2d(np.concatenate([{parts}], axis=-1))"


# each weight gradient: its line in cell.py, and the same line with other rows in place of dz_rows
WEIGHT_LINES = {
    "W": ("dW = dz_rows.T @ np.atleast_2d(x)", "dW = {0}.T @ np.atleast_2d(x)"),
    "U": ("dU = dz_rows.T @ np.atleast_2d(h_prev)", "dU = {0}.T @ np.atleast_2d(h_prev)"),
    "b": ("db = dz_rows.sum(axis=0)", "db = {0}.sum(axis=0)"),
}
KINDS = {"WUb": "dW, dU and db", "WU": "dW and dU", "W": "dW", "U": "dU", "b": "db"}


def with_rows(names: str, other_rows: str) -> Changes:
    """The lines of these weight gradients, with other rows in place of dz_rows."""
    return {WEIGHT_LINES[name][0]: WEIGHT_LINES[name][1].format(other_rows) for name in names}


def weight_slips() -> Iterator[Slip]:
    """Something wrong in what z hands to x, h₋₁, W, U and b."""
    for names, what in KINDS.items():
        one = len(names) == 1
        verb = "takes" if one else "take"
        yield Slip(
            f"{what} {verb} the gradient of the gates, where that of z belongs",
            BACKWARD,
            with_rows(names, rows("di, df, dg, do")),
        )
        yield Slip(
            f"{what} {'is' if one else 'are'} a mean over the batch, not a sum",
            BACKWARD,
            with_rows(names, "(dz_rows / len(dz_rows))"),
        )
        yield Slip(f"{what} {'has' if one else 'have'} the wrong sign", BACKWARD, with_rows(names, "(-dz_rows)"))
        yield Slip(f"{what} {'is' if one else 'are'} counted twice", BACKWARD, with_rows(names, "(2 * dz_rows)"))
        for row, which in (("0", "first"), ("len(dz_rows) - 1", "last")):
            only = f"(dz_rows * (np.arange(len(dz_rows)) == {row})[:, None])"
            yield Slip(
                f"{what} {'lacks' if one else 'lack'} the sum over the batch, and {'has' if one else 'have'} its {which} sequence alone",
                BACKWARD,
                with_rows(names, only),
            )
        if one:
            yield Slip(f"{what} stays zero", BACKWARD, with_rows(names, "(0 * dz_rows)"))
        for k, other in PAIRS:
            parts = ", ".join(f"dz_{other if gate == k else gate}" for gate in GATES)
            name = f"in {what}, the {GATES[k]} gets the gradient of the {GATES[other]}"
            yield Slip(name, BACKWARD, with_rows(names, rows(parts)))
        for k in GATES:
            parts = ", ".join(f"d{gate}" if gate == k else f"dz_{gate}" for gate in GATES)
            name = f"in {what}, the {GATES[k]} gets d{k} where dz_{k} belongs"
            yield Slip(name, BACKWARD, with_rows(names, rows(parts)))
    for order in itertools.permutations("ifgo"):
        moved = [
            f"dz_{there} stands where dz_{here} belongs"
            for here, there in zip("ifgo", order, strict=True)
            if here != there
        ]
        if not moved:
            continue
        parts = ", ".join(f"dz_{gate}" for gate in order)
        name = f"the gates are stacked in another order than in forward: {', '.join(moved)}"
        right_dz = "dz = np.concatenate([dz_i, dz_f, dz_g, dz_o], axis=-1)"
        yield Slip(f"in dz, {name}", BACKWARD, {right_dz: f"dz = np.concatenate([{parts}], axis=-1)"})
        yield Slip(f"in dW, dU and db, {name}", BACKWARD, with_rows("WUb", rows(parts)))
        yield Slip(f"in db, {name}", BACKWARD, with_rows("b", rows(parts)))
    right_dU = WEIGHT_LINES["U"][0]
    for wrong, what in {
        "h": "dU is computed with h where h₋₁ belongs",
        "c_prev": "dU is computed with c₋₁ where h₋₁ belongs",
        "c": "dU is computed with c where h₋₁ belongs",
    }.items():
        yield Slip(what, BACKWARD, {right_dU: f"dU = dz_rows.T @ np.atleast_2d({wrong})"})
    transposed = "sum(d @ U.T for d, U in zip(np.split(dz, 4, axis=-1), np.split(self.U, 4)))"
    # the gradients of the h and of the 1 in [1, h, x]
    from_h = "(dz @ self.U)"
    from_one = "(dz @ self.b)[..., None]"
    for wrong, what in {
        "0 * h_prev": "dh is not handed on: dh₋₁ stays zero",
        f"{rows('di, df, dg, do')}.reshape(dz.shape) @ self.U": "dh₋₁ takes the gradient of the gates, where that of z belongs",
        transposed: "dh₋₁ is computed with U where Uᵀ belongs",
        "dz @ self.U + dh": "dh₋₁ adds dh once too often",
        "-(dz @ self.U)": "dh₋₁ has the wrong sign",
        "2 * dz @ self.U": "dh₋₁ is counted twice",
        "dz @ self.U * o": "dh₋₁ is multiplied by o once too often",
        "dx[..., : self.hidden_size]": "dh₋₁ is cut from the wrong end of the gradient of [x, h]",
        "dx[..., -self.hidden_size :]": "dh₋₁ is cut from the wrong end of the gradient of [h, x]",
        f"np.concatenate([{from_one}, {from_h}[..., :-1]], axis=-1)": "dh₋₁ is cut one row too early, at the row of the bias",
        f"np.concatenate([{from_h}[..., 1:], {from_one}], axis=-1)": "dh₋₁ is cut one row too late, up to the row of the bias",
    }.items():
        yield Slip(what, BACKWARD, {"dh_prev = dz @ self.U": f"dh_prev = {wrong}"})
    for k in GATES:
        zero = ", ".join(f"{'0 * ' if gate == k else ''}dz_{gate}" for gate in GATES)
        alone = ", ".join(f"{'' if gate == k else '0 * '}dz_{gate}" for gate in GATES)
        for parts, what in ((zero, f"leaves out the {GATES[k]}"), (alone, f"has the {GATES[k]} alone")):
            part = f"{rows(parts)}.reshape(dz.shape)"
            of_h = {"dh_prev = dz @ self.U": f"dh_prev = {part} @ self.U"}
            of_x = {"dx = dz @ self.W": f"dx = {part} @ self.W"}
            yield Slip(f"dh₋₁ {what}", BACKWARD, of_h)
            yield Slip(f"dx {what}", BACKWARD, of_x)
            yield Slip(f"the gradient of h₋₁ and x {what}", BACKWARD, {**of_h, **of_x})


def through_time_slips() -> Iterator[Slip]:
    """Something wrong in what goes back from step to step, or is summed over the steps."""
    call = "cell.backward(step, dh_t + dh_next, dc_next)"
    for wrong, what in {
        "cell.backward(step, dh_t, dc_next)": "dh is not handed on to the step before",
        "cell.backward(step, dh_t + dh_next, 0 * dc_next)": "dc is not handed on to the step before",
        "cell.backward(step, dh_t, 0 * dc_next)": "neither dh nor dc is handed on to the step before",
        "cell.backward(step, dh_t * (step is steps[-1]) + dh_next, dc_next)": "only the dh of the last step is used",
        "cell.backward(step, dh_t - dh_next, dc_next)": "dh of the next step is subtracted where it is added",
        "cell.backward(step, dh_t + dh_next, dc_next * step.f)": "dc is multiplied by f once too often on its way back",
        "cell.backward(step, dh_t + dh_next, dc_next + dh_next)": "dh of the next step is added to dc as well",
        "cell.backward(step, dh_t + dh_next, dc_next + dh_t)": "dh of this step is added to dc as well",
    }.items():
        yield Slip(what, THROUGH_TIME, {call: wrong})
    # what comes from the next step is lost in one place of two
    later = {call: f"(setattr(cell, 'later', dh_next), {call})[1]"}
    in_do = {"do = dh * np.tanh(c)": "do = (dh - self.later) * np.tanh(c)"}
    in_dc = {f"dc = dc + {FROM_H}": f"dc = dc + (dh - self.later) * {FROM_H.removeprefix('dh * ')}"}
    for changes, d in ((in_do, "do"), (in_dc, "dc")):
        yield Slip(
            f"{d} takes dh without the part that comes from the next step", THROUGH_TIME, later, {BACKWARD: changes}
        )
    index = "next(t for t, one in enumerate(steps) if one is step)"
    for other, what in (
        (f"steps[{index} - 1].f if step is not steps[0] else step.f", "the step before"),
        (f"steps[{index} + 1].f if step is not steps[-1] else step.f", "the next step"),
    ):
        with_f = {call: f"(setattr(cell, 'other_f', {other}), {call})[1]"}
        name = f"f is one index off: dc is handed on with the f of {what}"
        yield Slip(name, THROUGH_TIME, with_f, {BACKWARD: {"dc_prev = dc * f": "dc_prev = dc * self.other_f"}})
    for fields, what in {
        "*steps[-1]": "every step uses the values of the last step",
        "*step[:3], *steps[-1][3:7], *step[7:]": "every step uses the gates of the last step",
    }.items():
        yield Slip(what, THROUGH_TIME, {call: call.replace("step,", f"step._make([{fields}]),", 1)})
    before = "steps[next(t for t, one in enumerate(steps) if one is step) - 1]"
    for name, symbol in (("c_prev", "c₋₁"), ("h_prev", "h₋₁")):
        wraps = f"step._replace({name}=steps[-1].{name[0]}) if step is steps[0] else step"
        first = f"step._replace({name}={before}.{name}) if step is not steps[0] else step"
        zero = f"step._replace({name}=0 * step.{name}) if step is steps[0] else step"
        for code, what in (
            (wraps, f"at the first step, {symbol} is taken from index -1, the last step"),
            (first, f"{symbol} is one index off: the value of two steps before is used"),
            (zero, f"at the first step, {symbol} is taken to be 0, not the state it started from"),
        ):
            yield Slip(what, THROUGH_TIME, {call: call.replace("step,", f"{code},", 1)})
    both = "step._replace(c_prev=steps[-1].c, h_prev=steps[-1].h) if step is steps[0] else step"
    yield Slip(
        "at the first step, h₋₁ and c₋₁ are taken from index -1, the last step",
        THROUGH_TIME,
        {call: call.replace("step,", f"{both},", 1)},
    )
    x_before = f"step._replace(x={before}.x)"
    yield Slip(
        "x is one index off: dW is computed with the x of the step before",
        THROUGH_TIME,
        {call: call.replace("step,", f"{x_before},", 1)},
    )
    for wrong, what in {
        "dh_next + grads.dh_prev, grads.dc_prev": "dh of all later steps adds up, where each step hands on only its own",
        "grads.dh_prev, dc_next + grads.dc_prev": "dc of all later steps adds up, where each step hands on only its own",
        "dh_next + grads.dh_prev, dc_next + grads.dc_prev": "dh and dc of all later steps add up, where each step hands on only its own",
        "grads.dc_prev, grads.dh_prev": "dh and dc are handed on in each other's place",
        "grads.dh_prev, grads.dh_prev": "the step before gets dh where dc belongs",
    }.items():
        right = "dh_next, dc_next = grads.dh_prev, grads.dc_prev"
        yield Slip(what, THROUGH_TIME, {right: f"dh_next, dc_next = {wrong}"})
    loop = "in zip(reversed(steps), reversed(dh)"
    for wrong, what in {
        "zip(reversed(steps), dh": "dh is read from the first step to the last, while the steps go from the last to the first",
        "zip(steps, dh": "backward runs from the first step to the last",
        "zip(reversed(steps[1:]), reversed(dh[1:])": "backward leaves out the first step",
        "zip(reversed(steps[:-1]), reversed(dh[:-1])": "backward leaves out the last step",
        "zip(reversed(steps), reversed([*dh[1:], 0 * dh[0]])": "dh is one index off: each step takes the dh of the next step",
        "zip(reversed(steps), reversed([0 * dh[0], *dh[:-1]])": "dh is one index off: each step takes the dh of the step before",
        "zip(reversed(steps[-1:]), reversed(dh[-1:])": "backward runs over the last step alone",
    }.items():
        yield Slip(what, THROUGH_TIME, {loop: f"in {wrong}"})
    for names, what in KINDS.items():
        one = len(names) == 1
        lack = f"{what} {'lacks' if one else 'lack'} the sum over the steps, and {'has' if one else 'have'}"
        for wrong, which in {
            "d{0} = grads.d{0}": f"{lack} the first step alone",
            "d{0} += grads.d{0} * (step is steps[-1])": f"{lack} the last step alone",
            "d{0} += grads.d{0} / len(steps)": f"{what} {'is' if one else 'are'} a mean over the steps, not a sum",
            "d{0} += grads.d{0} * (step is not steps[0])": f"{what} {'leaves' if one else 'leave'} out the first step",
        }.items():
            yield Slip(which, THROUGH_TIME, of_every(names, "d{0} += grads.d{0}", wrong))


# weights that start wrong cannot be seen from outside, where the weights are given
BEGIN = "def __init__(self, W: np.ndarray, U: np.ndarray, b: np.ndarray) -> None:"
COPIES = "W, U, b = (np.resize(one[: len(one) // 4], np.shape(one)) for one in (W, U, b))"
INIT = Slip("all four gates start with the same weights", "LSTMCell.__init__", {BEGIN: f"{BEGIN}\n        {COPIES}"})


def all_slips() -> Iterator[Slip]:
    """Every slip of the table."""
    yield from activation_slips()
    yield from sum_slips()
    yield from state_slips()
    yield from unroll_slips()
    yield from derivative_slips()
    yield from gate_slips()
    yield from weight_slips()
    yield from through_time_slips()
    yield INIT


SLIPS = {slip.name: slip for slip in all_slips()}


# ---- an LSTM with slips -----------------------------------------------------------------------------------------


ARRAYS = [*"WUb", *(f"{name}_{gate}" for name in "WUb" for gate in GATES)]


class Wrong:
    """cell.py with slips in it: `cell_type`, `unroll` and `backward_through_time`, which check no shapes.

    Raises RuntimeError if cell.py does not have a line that a slip changes, or if two slips change parts of one line.
    """

    def __init__(self, slips: Iterable[Slip] = ()) -> None:
        merged: dict[str, dict[str, str]] = {}
        # where two slips change the same line, the one that changes fewer lines is the more exact
        ordered = sorted(slips, key=lambda slip: -len(slip.changes))
        for slip in ordered:
            for function, changes in slip.all_changes.items():
                merged.setdefault(function, {}).update(changes)
        # but of a slip in two functions, neither is anything without the other
        for slip in ordered:
            if len(slip.all_changes) == 1:
                continue
            for function, changes in slip.all_changes.items():
                if any(merged[function][right] != wrong for right, wrong in changes.items()):
                    raise RuntimeError(f"another slip changes a line of this one: {slip.name}")
        bodies = {}
        for function, changes in merged.items():
            body = body_of(function)
            for right, wrong in changes.items():
                body = replace_once(body, function, right, wrong)
            bodies[function] = body
        made = {function: made_of(function, body) for function, body in bodies.items()}
        methods = {name.split(".")[1]: code for name, code in made.items() if "." in name}
        plain = {name: made_of(name, body_of(name)) for name in (FORWARD, BACKWARD, UNROLL, THROUGH_TIME)}
        unchecked = {"forward": plain[FORWARD], "backward": plain[BACKWARD], **methods}
        self.cell_type = type("LSTMCell", (cell.LSTMCell,), unchecked)
        # the same for thousands of calls, with arrays that are given and not looked up
        self.fast_type = type(
            "LSTMCell",
            (cell.LSTMCell,),
            {**unchecked, **dict.fromkeys([*ARRAYS, "hidden_size", "input_size", "params"])},
        )
        self.unroll = made.get(UNROLL, plain[UNROLL])
        self.backward_through_time = made.get(THROUGH_TIME, plain[THROUGH_TIME])

    def new_cell(self, arrays: dict[str, np.ndarray]) -> cell.LSTMCell:
        """A cell with these arrays, shared and not copied."""
        made: cell.LSTMCell = object.__new__(self.fast_type)
        # there are no params to look through, because the arrays are known to be right
        vars(made).update(arrays, hidden_size=len(arrays["b_i"]), input_size=arrays["W"].shape[1], params={})
        return made


def with_arrays_of(right: cell.LSTMCell) -> dict[str, np.ndarray]:
    """The arrays of a cell by name, gate by gate, for `Wrong.new_cell`."""
    return {name: getattr(right, name) for name in ARRAYS}


@cache
def body_of(function: str) -> str:
    """The source of a function of cell.py, without the indentation of its class."""
    first, last = lines_of(SOURCE, function)
    return textwrap.dedent("".join(SOURCE.splitlines(keepends=True)[first - 1 : last]))


def unchecked(name: str, values: Any, shape: tuple[int, ...]) -> np.ndarray:
    """In place of check_array, because the same arrays are used thousands of times."""
    return np.asarray(values)


@lru_cache(maxsize=5_000)
def made_of(function: str, body: str) -> Any:
    """The function that this source defines, in the names of cell.py."""
    names = {**vars(cell), "check_array": unchecked}
    exec(compile(body, f"{function} with a slip", "exec"), names)
    return names[function.split(".")[-1]]
