"""Is a reader's LSTM right? Its forward pass is held against the six equations, its backward pass against difference
quotients of its own forward pass, and what is wrong against every slip of the table in `slips`.
"""

import itertools
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lstm_scratch.cell import LSTMCell
from lstm_scratch.gradcheck import difference_quotient, numerical_gradient
from lstm_scratch.lessons.layouts import Arrays, Layout, find_layouts, kind_of
from lstm_scratch.lessons.readers_lstm import LONG, H, I, NotChecked, ReadersLSTM, Run, axes_of, from_file
from lstm_scratch.lessons.slips import GATES, SLIPS, Slip, Wrong, with_arrays_of

STEPS = (1, 2, 3)
# the gradients that arrive are first small, so that clipping cannot hide another slip, and then large
SMALL = 1e-3
LARGE = 1e4
# no more than so many layouts are tried with two slips at once
LAYOUTS_WITH_PAIRS = 24
NUMBERS = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"]
# no more pairs than these are tried, and no more rounds look for one more slip
MOST_PAIRS = 4_000
MOST_SLIPS = 7
UNSEEN = "an output layer and a loss, dropout, several layers, and your optimizer"


@dataclass
class Verdict:
    """What the check found, in sentences, and whether everything that was checked is right."""

    sentences: list[str] = field(default_factory=list)
    right: bool = True

    def wrong(self, sentence: str) -> None:
        """Add a sentence that says that something is wrong."""
        self.right = False
        self.sentences.append(sentence)

    def __str__(self) -> str:
        return "\n".join(self.sentences)


@dataclass
class Case:
    """One input: x (T, B, I), the state before it, and what arrives at h of every step and at the last c."""

    x: np.ndarray
    h0: np.ndarray
    c0: np.ndarray
    dh: np.ndarray
    dc: np.ndarray


def check_lstm(
    x: str | os.PathLike,
    weights: Callable[..., Any] | None = None,
    forward: Callable[..., Any] | None = None,
    backward: Callable[..., Any] | None = None,
) -> None:
    """Print whether an LSTM is right, and if it is not, what is wrong and where.

    x is the file of a filled-in template, or, with the three functions of the template, the axes of their x, such as
    "T B I". `python -m lstm_scratch check --template my_lstm.py` writes the template.
    """
    if weights is None or forward is None:
        print(verdict_on_file(x))
    else:
        print(verdict_on(lambda: ReadersLSTM(x, weights, forward, backward)))


def verdict_on_file(path: str | os.PathLike) -> Verdict:
    """The verdict on a file that was made from the template."""
    return verdict_on(lambda: from_file(path))


def verdict_on(reader: Callable[[], ReadersLSTM]) -> Verdict:
    """The verdict on a reader's LSTM; what cannot be run is a verdict, too."""
    verdict = Verdict()
    try:
        Check(reader(), verdict).run()
    except NotChecked as reason:
        verdict.wrong(f"Not checked: {reason}.")
    return verdict


class Check:
    """One check of one LSTM, which adds its sentences to the verdict."""

    def __init__(self, reader: ReadersLSTM, verdict: Verdict) -> None:
        self.reader = reader
        self.verdict = verdict
        rng = np.random.default_rng(12)
        zeros = reader.new_weights()
        self.weights = {name: 0.7 * rng.normal(size=array.shape) for name, array in zeros.items()}
        batch = reader.batch
        self.cases = {}
        self.long = new_case(rng, LONG, batch, reader.is_step)
        for T in STEPS:
            self.cases[T] = new_case(rng, T, batch, reader.is_step)
        self.layouts: list[Layout] = []

    def run(self) -> None:
        """The whole check."""
        try:
            self.layouts = find_layouts(self.weights, I, H)
        except ValueError as error:
            raise NotChecked(str(error)) from None
        self.learn_axes()
        self.find_state()
        self.check_used()
        runs = {T: self.forward(case) for T, case in self.cases.items()}
        for T, run in runs.items():
            check_finite(f"forward returned, over {in_steps(T)}, an h", run.h)
            if run.c is not None:
                check_finite(f"forward returned, over {in_steps(T)}, a c", run.c)
        numbers = np.concatenate([run.h.ravel() for run in runs.values()])
        self.single = bool(np.array_equal(numbers, numbers.astype(np.float32)))
        self.tolerance = 1e-4 if self.single else 1e-8
        fit = ForwardFit(self, runs)
        fit.find()
        self.say_forward(fit)
        if self.reader.functions["backward"] is None:
            self.verdict.wrong("Backward: there is no function backward, so no gradient was checked.")
            return
        self.check_backward(fit)
        state = [] if self.uses_h and self.uses_c else [self.state_unseen()]
        batch = ["several sequences side by side"] if self.reader.batch == 1 else []
        handing = ["a dc that arrives after the last step"]
        if self.reader.is_step:
            handing = ["your loop over the steps, because forward is one step"]
        self.verdict.sentences.append(f"Not checked: {', '.join([*state, *batch, *handing, UNSEEN])}.")

    # ---- forward ----

    def forward(self, case: Case, state: tuple[np.ndarray, np.ndarray] | None = None) -> Run:
        """The reader's forward pass."""
        h0, c0 = state or (case.h0, case.c0)
        return self.reader.run(self.weights, case.x, h0, c0)

    def learn_axes(self) -> None:
        """Run a long sequence, whose shapes show the axes. If that fails, see whether another X would work."""
        try:
            first = self.forward(self.long)
            again = self.forward(self.long)
        except NotChecked as failed:
            other = self.other_axes()
            if other is None:
                raise
            raise NotChecked(f'{failed} (with X = "{other}" forward runs: does that name your axes?)') from None
        # a class may keep the state of the call before
        if not np.array_equal(first.h, again.h, equal_nan=True):
            raise NotChecked(
                "forward gave other numbers the second time, with the same x, h, c and weights: it keeps something "
                "from the call before, such as h and c, or draws random numbers"
            )

    def other_axes(self) -> str | None:
        """Another X with which forward runs, or None."""
        functions = self.reader.functions
        assert functions["weights"] and functions["forward"]
        for x_axes in (
            "T B I",
            "B T I",
            "T I B",
            "I B T",
            "T I 1",
            "T 1 I",
            "T I",
            "I T",
            "B I",
            "I B",
            "I 1",
            "1 I",
            "I",
        ):
            if axes_of(x_axes) == self.reader.axes:
                continue
            other = ReadersLSTM(x_axes, functions["weights"], functions["forward"], None, self.reader.folder)
            case = new_case(np.random.default_rng(0), LONG, other.batch, other.is_step)
            try:
                other.run(self.weights, case.x, case.h0, case.c0)
            except NotChecked:
                continue
            return x_axes
        return None

    def find_state(self) -> None:
        """Whether forward starts from the h and the c that it is given, or from zeros of its own."""
        case = self.cases[3]
        h = self.forward(case).h
        self.uses_h = not np.array_equal(h, self.forward(case, (case.h0 + 0.5, case.c0)).h)
        self.uses_c = not np.array_equal(h, self.forward(case, (case.h0, case.c0 + 0.5)).h)

    def check_used(self) -> None:
        """Raise NotChecked if forward has not a single number of what it is given, as of a class not filled."""
        case = self.cases[3]
        h = self.forward(case).h
        others = {name: array + 0.1 for name, array in self.weights.items()}
        if np.array_equal(h, self.reader.run(others, case.x, case.h0, case.c0).h):
            raise NotChecked(
                f"forward gives the same numbers whatever is in {in_a_row(list(self.weights))}: it must use the "
                "arrays of `weights` that it is given (a class: copy them into the object)"
            )
        if self.reader.is_step and not self.uses_h and not self.uses_c:
            raise NotChecked(
                "forward is one step (X has no T), but it uses neither the h nor the c that it is given: start the "
                "step from them (a class: set them in the object)"
            )

    def state_unseen(self) -> str:
        """Which part of the state at the start was not seen."""
        parts = [name for name, used in (("h", self.uses_h), ("c", self.uses_c)) if not used]
        return f"{' and '.join(parts)} at the start, which your forward takes to be 0"

    def start(self, case: Case) -> tuple[np.ndarray, np.ndarray]:
        """The state from which the reader's forward really starts."""
        return case.h0 * self.uses_h, case.c0 * self.uses_c

    def say_forward(self, fit: "ForwardFit") -> None:
        """Say whether the forward pass is right, and if not, what the first number is that is off, and why."""
        axes = ", ".join(self.reader.axes)
        said = fit.layout.said if fit.found else f"{fit.layout.said}, which comes closest"
        self.verdict.sentences.append(f"Read as: x with the axes ({axes}), {said}.")
        if fit.found and not fit.slips and not fit.renamed:
            self.verdict.sentences.append(f"Forward: right, to {size_of(fit.distance)}, over 1, 2 and 3 steps.")
            return
        place = fit.first_difference()
        if fit.renamed:
            self.verdict.wrong(f"Forward: {place} The gates do not do what their names say: {fit.renamed}.")
        elif fit.found:
            reason = " And ".join(capital(slip.name) + "." for slip in fit.slips)
            self.verdict.wrong(f"Forward: {place} {reason}")
            self.show_lines(fit.slips)
        else:
            self.verdict.wrong(
                f"Forward: {place} No slip that is known explains it, nor do two together: there is more than one, "
                "or one of its own kind."
            )

    def show_lines(self, slips: Iterable[Slip]) -> None:
        """Show the lines of cell.py in which these slips would be."""
        for slip in slips:
            for line in slip.right_lines[:4]:
                self.verdict.sentences.append(f"    right, in cell.py:  {line}")

    # ---- backward ----

    def check_backward(self, fit: "ForwardFit") -> None:
        """Compare the gradients with difference quotients, and find out what is wrong with them."""
        theirs = {T: self.gradients(T, SMALL) for T in STEPS}
        for T in STEPS:
            again = self.gradients(T, SMALL)
            for name, grad in theirs[T].items():
                check_finite(f"backward returned, over {in_steps(T)}, a gradient of {name}", grad)
                if not np.array_equal(grad, again[name]):
                    said = (
                        f"Backward: the gradient of {name} is another one the second time, though all else is the same"
                    )
                    third, fourth = (self.gradients(T, SMALL)[name] for _ in range(2))
                    # what adds up grows by the same numbers each time
                    if close(fourth - third, third - again[name], 1e-2 if self.single else 1e-6):
                        said += ": it is added to that of the call before. Set it to zero at the start of backward."
                    else:
                        said += ". Is something random in it, such as dropout, or kept from the call before?"
                    self.verdict.wrong(said)
                    return
        right = {T: self.numeric(T, theirs[T]) for T in STEPS}
        bad_shapes = self.check_shapes(theirs, right)
        names = [name for name in theirs[3] if name not in bad_shapes]
        limit = 5e-3 if self.single else 1e-4
        share = 0.1 if self.single else 0.01
        errors = {T: {name: relative(theirs[T][name], right[T][name], share) for name in names} for T in STEPS}
        wrong = {T: [name for name in names if errors[T][name] > limit] for T in STEPS}
        if not any(wrong.values()):
            clipped = self.clipping(theirs, names)
            if not bad_shapes and not clipped:
                worst = max(max(of.values()) for of in errors.values())
                own = "" if fit.found and not fit.slips else " for your own forward"
                what = "" if fit.found and not fit.slips else ", so it must change with it"
                over = "over 1, 2 and 3 steps"
                self.verdict.sentences.append(
                    f"Backward: right{own}, to {size_of(worst)}, {over}{what}: the gradients of {in_a_row(names)}."
                )
            return
        self.say_wrong(fit, wrong, errors, theirs, right)
        self.name_slips(fit, theirs, right, names, wrong)
        self.clipping(theirs, names)

    def gradients(self, T: int, scale: float) -> Arrays:
        """The reader's gradients over T steps, with what arrives scaled and the result scaled back."""
        case = self.cases[T]
        run = self.forward(case)
        grads = self.reader.gradients(self.weights, run, case.dh * scale, case.dc * scale)
        return {name: grad / scale for name, grad in grads.items()}

    def numeric(self, T: int, names: Iterable[str]) -> Arrays:
        """The gradients of the reader's own forward pass over T steps, from difference quotients."""
        case = self.cases[T]
        arrays = {**self.weights, "x": case.x, "h": case.h0, "c": case.c0}

        def loss() -> float:
            run = self.forward(case)
            return float(np.sum(case.dh * run.h) + (np.sum(case.dc * run.c) if run.c is not None else 0))

        gradient = coarse_gradient if self.single else numerical_gradient
        found = {}
        for name in names:
            try:
                found[name] = gradient(loss, arrays[name])
            except ValueError as error:
                raise NotChecked(f"the difference quotients of {name} fail: {error}") from None
        return found

    def check_shapes(self, theirs: dict[int, Arrays], right: dict[int, Arrays]) -> set[str]:
        """Say which gradients have other shapes than their weights, and why, if it shows."""
        bad = set()
        for name, expected in right[3].items():
            given = theirs[3][name]
            if given.shape == expected.shape:
                continue
            bad.add(name)
            reason = ""
            batch = self.reader.batch
            sums = [given.sum(axis=k) for k in range(given.ndim) if given.shape[k] == batch]
            if any(one.size == expected.size and close(one.reshape(expected.shape), expected, 1e-5) for one in sums):
                reason = ": the sum over the batch is missing"
            elif given.T.shape == expected.shape:
                same = close(given.T, expected, 1e-5)
                reason = ": it is transposed" + ("" if same else ", and transposing it back is not all")
            elif given.size == expected.size * batch:
                reason = ": the sum over the batch seems to be missing"
            self.verdict.wrong(
                f"Backward: the gradient of {name} has shape {given.shape}, and {name} has {expected.shape}{reason}."
            )
        return bad

    def say_wrong(
        self,
        fit: "ForwardFit",
        wrong: dict[int, list[str]],
        errors: dict[int, dict[str, float]],
        theirs: dict[int, Arrays],
        right: dict[int, Arrays],
    ) -> None:
        """Say which gradients are off, from which step on, and how far."""
        first = min(T for T in STEPS if wrong[T])
        parts = []
        for name in wrong[first]:
            gates = ""
            if fit.found and name in self.weights:
                gates = off_gates(fit.layout, name, theirs[first][name], right[first][name])
            parts.append(f"{name}{gates} by up to {percent(errors[first][name])}")
        before = "" if first == 1 else f"right over {in_steps(first - 1)}; "
        kept = [name for name in errors[first] if name not in wrong[first]]
        others = f" {in_a_row(kept)} {'is' if len(kept) == 1 else 'are'} right there." if kept else ""
        self.verdict.wrong(
            f"Backward: {before}over {in_steps(first)} these gradients are off: {', '.join(parts)}.{others}"
        )
        later = [name for name in wrong[3] if name not in wrong[first]]
        if later:
            self.verdict.sentences.append(
                f"Over 3 steps {in_a_row(later)} {'is' if len(later) == 1 else 'are'} off as well."
            )

    def name_slips(
        self,
        fit: "ForwardFit",
        theirs: dict[int, Arrays],
        right: dict[int, Arrays],
        names: list[str],
        wrong: dict[int, list[str]],
    ) -> None:
        """Name the slip, or the two slips, that give exactly these gradients."""
        slips = self.find_slips(fit, theirs, names)
        multiples: list[str] = []
        if slips is None:
            # what is a multiple of the right gradient is said as it is, and a slip looked for in the rest
            for name in names:
                shares = [times(theirs[T][name], right[T][name]) for T in STEPS if right[T][name].any()]
                same = bool(shares) and None not in shares and np.ptp(np.array(shares, float)) < 1e-4
                if same and abs(float(shares[0] or 0) - 1) > 1e-4:
                    multiples.append(name)
                    said = f"{shares[0]:.4g} times the right one" if shares[0] else "zero"
                    if abs(shares[0] or 0) < 1e-9:
                        said = "zero, where it should not be"
                    self.verdict.sentences.append(f"The gradient of {name} is {said}, over 1, 2 and 3 steps.")
            rest = [name for name in names if name not in multiples]
            if multiples and not any(name in wrong[T] for T in STEPS for name in rest):
                return
            if multiples:
                slips = self.find_slips(fit, theirs, rest)
        if slips is None and (not fit.found or fit.slips):
            self.verdict.sentences.append(
                "Mend forward first: whether backward has a slip of its own can be said once forward is right."
            )
        elif slips is None:
            besides = "Besides, no" if multiples else "No"
            self.verdict.sentences.append(
                f"{besides} slip that is known gives these gradients, nor do two together: there is more than one, "
                f"or one of its own kind. {self.advice(fit, theirs, right, wrong)}"
            )
        elif not slips and not fit.slips:
            self.verdict.sentences.append(
                "These would be right if your forward started from the h and the c that it is given. It starts from "
                "0, so leave h and c out of the gradients, or start from those given."
            )
        elif not slips:
            self.verdict.sentences.append(
                "These are the gradients of the six equations. Mend forward, and backward is right."
            )
        else:
            which = "The slip" if len(slips) == 1 else f"{NUMBERS[len(slips)]} slips"
            reasons = "; and ".join(slip.name for slip in slips)
            self.verdict.sentences.append(f"{which}: {reasons}.{self.own_names(reasons)}")
            self.show_lines(slips)
            if fit.slips:
                self.verdict.sentences.append("What else is off there will be right once forward is.")

    def find_slips(self, fit: "ForwardFit", theirs: dict[int, Arrays], names: list[str]) -> list[Slip] | None:
        """The slips that give the gradients of these names; None if there is no such slip."""
        if not fit.found or fit.renamed or not names:
            return None
        return BackwardFit(self, fit, theirs, names).find()

    def own_names(self, reasons: str) -> str:
        """What dW, dU and db are in the reader's arrays, if a reason speaks of them."""
        said = []
        for letter in "WUb":
            here = [name for name, array in self.weights.items() if letter in parts_of(array.shape)]
            if f"d{letter}" in reasons and here != [letter] and len(here) < 3:
                said.append(f"d{letter} is in your gradient of {in_a_row(here)}")
        return f" ({'; '.join(said)}.)" if said else ""

    def advice(
        self, fit: "ForwardFit", theirs: dict[int, Arrays], right: dict[int, Arrays], wrong: dict[int, list[str]]
    ) -> str:
        """Where to look if no slip is known."""
        first = min(T for T in STEPS if wrong[T])
        if first == 2 and not self.uses_c:
            return (
                "Over one step the forget gate has no part, because c starts at 0: look at df, dz_f, and what one step "
                "hands to the step before."
            )
        if first > 1:
            return (
                f"Over {in_steps(first - 1)} all is right, so look at what one step hands to the step before, and "
                "at the sums over the steps."
            )
        if not any(name in self.weights for name in wrong[1]):
            return (
                f"Over one step the gradients of all weights are right, so look at the lines that compute the "
                f"gradient of {in_a_row(wrong[1])}."
            )
        off: set[int] = set()
        for name in wrong[1]:
            if name in self.weights:
                off.update(gates_off(fit.layout, name, theirs[1][name], right[1][name]))
        if off == {0, 1, 2}:
            return (
                "The output gate is right and the three others are not, so look at dc, where their gradients come from."
            )
        if 0 < len(off) < 4:
            names = in_a_row([GATES["ifgo"[gate]] for gate in sorted(off)])
            return f"Over one step all that is off belongs to the {names}, so look at the lines of its d and its dz."
        return "It is off over one step already, and in all four gates, so look at one step alone first."

    def clipping(self, theirs: dict[int, Arrays], names: list[str]) -> bool:
        """Say that the gradients are clipped, if large ones are not proportional to small ones."""
        large = self.gradients(3, LARGE)
        changed = [name for name in names if not close(large[name], theirs[3][name], 1e-3 if self.single else 1e-4)]
        if not changed:
            return False
        smaller = self.gradients(3, SMALL / 100)
        if not all(close(smaller[name], theirs[3][name], 1e-3 if self.single else 1e-4) for name in names):
            self.verdict.wrong(
                "Backward is not proportional to what arrives: twice the dh does not give twice the gradients. "
                "Somewhere a gradient is multiplied by a gradient, where a value belongs."
            )
            return True
        biggest = max(float(np.abs(large[name]).max()) for name in changed) * LARGE
        weights = [name for name in names if name in self.weights]
        at_the_end = all(
            close(large[name] * LARGE, np.clip(theirs[3][name] * LARGE, -biggest, biggest), 1e-4) for name in weights
        )
        if at_the_end:
            self.verdict.wrong(
                f"Backward: it clips its gradients at {biggest:.4g}. That is no slip, but they are no longer "
                "gradients: clip in the training loop, after backward."
            )
        else:
            self.verdict.wrong(
                "Backward: it clips in the middle. Ten times as much arriving at h does not give ten times the "
                "gradients, and what "
                "is cut off is missing in all earlier steps. Clip once, after backward."
            )
        return True


class ForwardFit:
    """The layout of the weights and the slips with which our equations give what the reader's forward gives."""

    def __init__(self, check: Check, runs: dict[int, Run]) -> None:
        self.check = check
        self.runs = runs
        self.found = False
        self.slips: list[Slip] = []
        self.layout = check.layouts[0]
        self.renamed = ""
        self.distance = np.inf
        self.cells = {
            id(layout): with_arrays_of(LSTMCell(*layout.canonical(check.weights))) for layout in check.layouts
        }

    def find(self) -> None:
        """Try no slip, then one, then two."""
        layouts = self.check.layouts
        as_named = [layout for layout in layouts if not layout.named or layout.order == "ifgo"]
        forward = [slip for slip in SLIPS.values() if slip.in_forward]
        if self.check.reader.is_step:
            # our own loop goes from step to step
            forward = [slip for slip in forward if not slip.between_steps]
        if self.fits(as_named, []):
            return
        # some of the reader's numbers may be rounded to single precision on the way
        exact = self.check.tolerance
        self.check.tolerance = 1e-5
        if self.fits(as_named, []):
            self.check.single = True
            return
        self.check.tolerance = exact
        if any(self.fits(as_named, [slip]) for slip in forward):
            return
        others = [layout for layout in layouts if layout not in as_named]
        if self.fits(others, []):
            real = {name: self.layout.order["ifgo".index(name)] for name in "ifgo"}
            moved = [f"what is called {name} acts as the {GATES[real[name]]}" for name in real if real[name] != name]
            self.renamed = " and ".join(moved)
            return
        if self.find_pair(as_named, forward):
            return
        self.take_closest(as_named)

    def find_pair(self, layouts: list[Layout], forward: list[Slip]) -> bool:
        """Two slips: first those of which one makes c right, then any two."""
        layouts = self.plausible(layouts)
        half = []
        for slip in forward:
            model = Wrong([slip])
            half += [(slip, layout) for layout in layouts if self.differs(model, layout, 1, "c") is False]
        right = Wrong()
        plain = [layout for layout in layouts if self.differs(right, layout, 1, "c") is False]
        for slip, layout in half:
            for other in forward:
                if self.fits([layout], [slip, other]):
                    return True
        if plain:
            pairs = itertools.combinations([slip for slip in forward if touches_h(slip)], 2)
            return any(self.fits(plain, list(pair)) for pair in pairs)
        few = layouts[:LAYOUTS_WITH_PAIRS]
        return any(self.fits(few, list(pair)) for pair in itertools.combinations(forward, 2))

    def fits(self, layouts: list[Layout], slips: list[Slip]) -> bool:
        """Whether the equations with these slips give the reader's numbers in one of the layouts, which is kept."""
        try:
            model = Wrong(slips)
        except RuntimeError:
            # two slips in one line
            return False
        for layout in layouts:
            if all(self.differs(model, layout, T) is False for T in STEPS):
                self.found = True
                self.layout = layout
                self.slips = slips
                self.distance = max(self.distance_at(model, layout, T) for T in STEPS)
                return True
        return False

    def expected(self, model: Wrong, layout: Layout, T: int) -> tuple[np.ndarray, np.ndarray]:
        """h (T, B, H) and c (T, B, H) of the equations, with the slips of the model."""
        case = self.check.cases[T]
        steps = model.unroll(model.new_cell(self.cells[id(layout)]), case.x, self.check.start(case))
        return np.array([step.h for step in steps]), np.array([step.c for step in steps])

    def distance_at(self, model: Wrong, layout: Layout, T: int, part: str = "hc") -> float:
        """The largest difference over T steps."""
        with np.errstate(all="ignore"):
            h, c = self.expected(model, layout, T)
        run = self.runs[T]
        distance = float(np.abs(h - run.h).max()) if "h" in part else 0.0
        if run.c is not None:
            distance = max(distance, float(np.abs(c[-1] - run.c).max()))
        return distance if np.isfinite(distance) else np.inf

    def differs(self, model: Wrong, layout: Layout, T: int, part: str = "hc") -> bool | None:
        """Whether the reader's numbers differ over T steps; None if there is no number to compare."""
        if part == "c" and self.runs[T].c is None:
            return None
        return self.distance_at(model, layout, T, part) > self.check.tolerance

    def take_closest(self, layouts: list[Layout]) -> None:
        """Keep the layout in which the six equations come closest."""
        model = Wrong()

        def off(layout: Layout) -> tuple[int, int, float]:
            h, _ = self.expected(model, layout, 1)
            c_off = sum(bool(self.differs(model, layout, T, "c")) for T in STEPS)
            all_off = sum(bool(self.differs(model, layout, T)) for T in STEPS)
            return c_off, all_off, float(np.median(np.abs(h - self.runs[1].h)))

        self.layout = min(self.plausible(layouts), key=off)

    def plausible(self, layouts: list[Layout]) -> list[Layout]:
        """The layouts in which c does not depend on the output gate, nor on the forget gate where c₋₁ is 0.

        All of them if there is no such layout.
        """
        case = self.check.cases[1]
        if self.runs[1].c is None:
            return layouts
        start = (case.h0, 0 * case.c0)
        before = self.check.forward(case, start).c
        found = []
        for layout in layouts:
            moved = {}
            for name, array in self.check.weights.items():
                gates = layout.gates_of(name)
                moved[name] = array + 0.3 * ((gates == 3) | (gates == 1))
            after = self.check.reader.run(moved, case.x, *start).c
            if before is not None and after is not None and np.abs(after - before).max() <= self.check.tolerance:
                found.append(layout)
        return found or layouts

    def first_difference(self) -> str:
        """Which number is the first that differs from the six equations."""
        layout = self.layout
        if self.renamed:
            layout = next(one for one in self.check.layouts if one.named and one.order == "ifgo")
        model = Wrong()
        for T in STEPS:
            h, c = self.expected(model, layout, T)
            run = self.runs[T]
            for name, ours, theirs in (("c", c[-1], run.c), ("h", h[-1], run.h[-1])):
                if theirs is None or np.abs(ours - theirs).max() <= self.check.tolerance:
                    continue
                row, unit = np.argwhere(np.abs(ours - theirs) > self.check.tolerance)[0]
                sequence = f" of sequence {row + 1}" if self.check.reader.batch > 1 else ""
                x = ", ".join(f"{number:.2f}" for number in self.check.cases[T].x[T - 1, row, :3])
                right_c = ", and c is right" if name == "h" and run.c is not None else ""
                return (
                    f"{name} differs at step {T}: in unit {unit + 1}{sequence}, for x = ({x}, …), it is "
                    f"{theirs[row, unit]:.4f} "
                    f"where the equations give {ours[row, unit]:.4f}{right_c}."
                )
        return "it differs from the equations."


class BackwardFit:
    """The slips with which our backward pass gives the gradients of the reader."""

    def __init__(self, check: Check, fit: ForwardFit, theirs: dict[int, Arrays], names: list[str]) -> None:
        self.check = check
        self.fit = fit
        self.names = names
        self.theirs = {T: {name: theirs[T][name] for name in names} for T in STEPS}
        layout = fit.layout
        gates = {name: layout.gates_of(name) for name in names if name in check.weights}
        # what is compared at a time: a gradient, or the part of it that belongs to one gate
        self.parts: list[tuple[int, str, Any]] = []
        self.gate_of: list[int] = []
        for T, name in itertools.product(STEPS, names):
            if name in gates:
                self.parts += [(T, name, gates[name] == gate) for gate in np.unique(gates[name])]
                self.gate_of += [int(gate) for gate in np.unique(gates[name])]
            else:
                self.parts.append((T, name, ...))
                self.gate_of.append(-1)
        self.tolerance = 3e-3 if check.single else 1e-6

    def find(self) -> list[Slip] | None:
        """No slip, one slip or two; None if these do not explain the gradients."""
        backward = [slip for slip in SLIPS.values() if not slip.in_forward and slip.function != "LSTMCell.__init__"]
        if self.check.reader.is_step:
            backward = [slip for slip in backward if not slip.between_steps]
        base = self.predicted([])
        assert base is not None
        off = self.differing(base, self.theirs)
        if not off:
            return []
        changed: dict[str, set[int]] = {}
        left: dict[str, set[int]] = {}
        for slip in backward:
            predicted = self.predicted([slip])
            if predicted is None:
                continue
            left[slip.name] = self.differing(predicted, self.theirs)
            if not left[slip.name]:
                return [slip]
            changed[slip.name] = self.differing(predicted, base)
        usable = [slip for slip in backward if changed.get(slip.name)]
        # together, two slips change what is off and nothing else
        pairs = [
            (one.name, other.name)
            for one, other in itertools.combinations(usable, 2)
            if changed[one.name] | changed[other.name] == off
        ]

        def least_likely(pair: tuple[str, str]) -> tuple[int, int]:
            one, other = pair
            # what only one of the two changes, it mostly makes right on its own
            alone = (changed[one] - changed[other]) & left[one] | (changed[other] - changed[one]) & left[other]
            return len(alone), len(left[one]) + len(left[other])

        pairs = sorted(pairs, key=least_likely)[:MOST_PAIRS]
        for pair in pairs:
            slips = [SLIPS[name] for name in pair]
            predicted = self.predicted(slips)
            if predicted is not None and not self.differing(predicted, self.theirs, first=True):
                return slips
        return self.find_more(usable, off, changed)

    def find_more(self, usable: list[Slip], off: set[int], changed: dict[str, set[int]]) -> list[Slip] | None:
        """Slips added as long as each one, or each two together, makes more parts right; None if some stay wrong."""
        found: list[Slip] = []
        left = off
        for _ in range(MOST_SLIPS):
            more = self.best_of(found, [[slip] for slip in usable if slip not in found], left, STEPS)
            if not more:
                # two slips that touch the same part can only be seen together, and over one step already
                first = {number for number in left if self.parts[number][0] == 1}
                touched = {
                    slip.name: changed[slip.name] & first
                    for slip in usable
                    if not slip.between_steps and changed[slip.name] <= off
                }
                # one of them belongs to a single gate
                together = [
                    [SLIPS[one], SLIPS[other]]
                    for one, other in itertools.combinations(touched, 2)
                    if touched[one] & touched[other]
                    and min(self.gates_in(touched[one]), self.gates_in(touched[other])) == 1
                ]
                more = self.best_of(found, together, first, (1,))
            if not more:
                return None
            found += more
            predicted = self.predicted(found)
            assert predicted is not None
            left = self.differing(predicted, self.theirs)
            if not left:
                return found
        return None

    def gates_in(self, numbers: set[int]) -> int:
        """To how many gates these parts of the gradients belong."""
        return len({self.gate_of[number] for number in numbers})

    def best_of(self, found: list[Slip], choices: list[list[Slip]], left: set[int], steps: Iterable[int]) -> list[Slip]:
        """The choice that, added to what was found, makes most of the wrong parts right; none if none does."""
        best: list[Slip] = []
        fewest = len(left)
        for choice in choices:
            predicted = self.predicted([*found, *choice], steps)
            if predicted is None:
                continue
            wrong = len(self.differing(predicted, self.theirs))
            if wrong < fewest:
                best, fewest = choice, wrong
        return best

    def predicted(self, slips: list[Slip], steps_of: Iterable[int] = STEPS) -> dict[int, Arrays] | None:
        """The gradients that our backward pass gives with these slips; None if they cannot be made together."""
        try:
            model = Wrong([*self.fit.slips, *slips])
        except RuntimeError:
            return None
        found = {}
        cell = model.new_cell(self.fit.cells[id(self.fit.layout)])
        with np.errstate(all="ignore"):
            for T in steps_of:
                case = self.check.cases[T]
                steps = model.unroll(cell, case.x, self.check.start(case))
                # scaled as for the reader, because a slip may multiply one gradient by another
                arriving = (np.zeros_like(case.dc), SMALL * case.dc)
                grads = model.backward_through_time(cell, steps, SMALL * case.dh, arriving)
                arrays = self.fit.layout.from_canonical(grads.dW, grads.dU, grads.db)
                arrays = {**arrays, "x": grads.dx, "h": grads.dh_prev, "c": grads.dc_prev}
                found[T] = {name: np.asarray(array) / SMALL for name, array in arrays.items()}
        return found

    def differing(self, one: dict[int, Arrays], other: dict[int, Arrays], first: bool = False) -> set[int]:
        """The numbers of the parts in which two sets of gradients differ; with `first`, no more than one of them."""
        numbers = set()
        for number, (T, name, part) in enumerate(self.parts):
            if T not in one:
                continue
            a = one[T][name]
            b = other[T][name]
            if a.shape != b.shape or not close(a[part], b[part], self.tolerance):
                numbers.add(number)
                if first:
                    break
        return numbers


def new_case(rng: np.random.Generator, T: int, batch: int, is_step: bool) -> Case:
    """A random input of T steps."""
    dc = rng.normal(size=(batch, H))
    # a backward over a sequence need not take a dc, so none arrives there
    return Case(
        x=rng.normal(size=(T, batch, I)),
        h0=rng.normal(size=(batch, H)) * 0.5,
        c0=rng.normal(size=(batch, H)),
        dh=rng.normal(size=(T, batch, H)),
        dc=dc if is_step else 0 * dc,
    )


def coarse_gradient(loss: Callable[[], float], array: np.ndarray) -> np.ndarray:
    """The gradient of a loss that is computed in single precision, from quotients over larger distances."""
    numeric = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        near = difference_quotient(loss, array, place, 0.02)
        far = difference_quotient(loss, array, place, 0.04)
        # the error is close to a multiple of ε², which the two cancel
        numeric[place] = (4 * near - far) / 3
    return numeric


def relative(a: np.ndarray, n: np.ndarray, share: float) -> float:
    """The largest relative error of a gradient; an entry below this share of the largest counts as that
    share."""
    size = np.maximum(np.abs(a), np.abs(n))
    s = max(share * float(size.max()), 1e-6)
    return float((np.abs(a - n) / np.maximum(size, s)).max())


def close(a: np.ndarray, b: np.ndarray, tolerance: float) -> bool:
    """Whether two arrays are equal, up to a share of their largest entry."""
    return bool(np.abs(a - b).max() <= tolerance * max(float(np.abs(b).max()), 1e-3))


def touches_h(slip: Slip) -> bool:
    """Whether a slip of the forward pass may leave the first c right."""
    return slip.between_steps or any(
        "o" in part.split(" = ")[0] or "h = " in part or "_o" in part for part in slip.changes
    )


def gates_off(layout: Layout, name: str, given: np.ndarray, right: np.ndarray) -> list[int]:
    """Which gates of a gradient are off: numbers from 0 to 3."""
    gates = layout.gates_of(name)
    limit = max(1e-5 * float(np.abs(right).max()), 1e-9)
    return [int(gate) for gate in np.unique(gates) if np.abs(given - right)[gates == gate].max() > limit]


def off_gates(layout: Layout, name: str, given: np.ndarray, right: np.ndarray) -> str:
    """Which gates of a gradient are off, in words, if not all of its gates are."""
    off = gates_off(layout, name, given, right)
    here = len(np.unique(layout.gates_of(name)))
    if here == 1 or len(off) == here:
        return ""
    return f" ({in_a_row([GATES['ifgo'[gate]] for gate in off])})"


def times(a: np.ndarray, b: np.ndarray) -> float | None:
    """The k for which a is k times b, or None."""
    k = float(np.sum(a * b) / max(float(np.sum(b * b)), 1e-30))
    return k if np.abs(a - k * b).max() <= 1e-5 * np.abs(b).max() else None


def check_finite(what: str, array: np.ndarray) -> None:
    """Raise NotChecked if an array has NaN or infinity in it."""
    if not np.isfinite(array).all():
        kind = "NaN" if np.isnan(array).any() else "infinity"
        raise NotChecked(f"{what} that contains {kind}")


def in_steps(T: int) -> str:
    """A number of steps."""
    return "1 step" if T == 1 else f"{T} steps"


def size_of(error: float) -> str:
    """How large an error is, such as 3e-10; nothing is exact."""
    return f"{max(error, 1e-16):.0e}"


def percent(error: float) -> str:
    """An error in percent, with a digit that is not 0."""
    return f"{error:.0%}" if error >= 0.01 else f"{100 * error:.1g}%"


def parts_of(shape: tuple[int, ...]) -> str:
    """Which of W, U and b an array of this shape contains."""
    read, _ = kind_of("", shape, I, H)
    return {"x": "W", "h": "U", "b": "b", "xh": "WU", "xhb": "WUb"}[read]


def in_a_row(names: list[str]) -> str:
    """Names as one says them: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def capital(sentence: str) -> str:
    """A sentence with a capital first letter, unless it begins with a formula."""
    first = sentence.split(" ")[0]
    is_word = first.isalpha() and (len(first) > 2 or first in ("in", "at"))
    return sentence[0].upper() + sentence[1:] if is_word else sentence
