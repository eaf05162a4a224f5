"""A reader's LSTM, called through the three functions of the template, whatever its axes are."""

import contextlib
import importlib.util
import io
import os
import re
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lstm_scratch.lessons.layouts import Arrays, kind_of, stripped

TEMPLATE = '''"""My LSTM, as the check sees it:   python -m lstm_scratch check {name}

Fill in what is marked with ..., or copy your code in here and call it. An output layer and a loss are left out.
"""

import numpy as np

# The axes of the x that your forward reads: T steps, B sequences side by side, I inputs, 1 for an axis of length 1.
# For example "T B I", "B T I", "T I", "T I 1", "I B T". Without T, forward is one step: "B I", "I B", "I", "I 1".
X = "T B I"


def weights(I, H):
    """Your weights for I inputs and H hidden units, by your own names. Only their shapes matter here."""
    return {{"W": np.zeros((4 * H, I)), "U": np.zeros((4 * H, H)), "b": np.zeros(4 * H)}}


def forward(weights, x, h, c):
    """From x and the state before it (axes as in X, with H in place of I and without T) to h of every step.

    Also return c (the last or all of them; None if you do not have it) and whatever your backward needs.
    """
    return ..., ..., ...  # h, c, kept


def backward(weights, kept, dh, dc):
    """The gradients by the names of the weights, from dh = ∂L/∂h of every step and dc = ∂L/∂c of the last one.

    Where your code computes dh from its output layer, use the given dh. "x", "h" and "c" may be in the dict, too: they
    are the gradients of x and of the state before; if forward is one step, "h" and "c" must be.
    """
    return ...  # {{"W": dW, "U": dU, "b": db}}
'''
# sizes that no two axes share, so that the length of an axis says what it is
I = 7
H = 3
B = 2
LONG = 5


class NotChecked(Exception):
    """The reader's code cannot be checked; the message says why, in a sentence."""


@dataclass
class Run:
    """What a forward pass returned: h (T, B, H), the last c (B, H) or None, and what the backward pass needs."""

    h: np.ndarray
    c: np.ndarray | None
    kept: Any


# the names under which backward may return the gradients of x, of h and of c
STATES = {"x": ("x", "dx"), "h": ("h", "dh", "dh_prev", "h_prev"), "c": ("c", "dc", "dc_prev", "c_prev")}


class ReadersLSTM:
    """The functions of a reader, called with arrays of our axes: x (T, B, I), h and c (B, H).

    x_axes is the X of the template. Raises NotChecked if it is not understood.
    """

    def __init__(
        self,
        x_axes: object,
        weights: Callable[..., Any],
        forward: Callable[..., Any],
        backward: Callable[..., Any] | None,
        folder: Path | None = None,
    ) -> None:
        self.functions = {"weights": weights, "forward": forward, "backward": backward}
        self.folder = folder
        self.axes = axes_of(x_axes)
        self.is_step = "T" not in self.axes
        self.batch = B if "B" in self.axes else 1
        # found at the first call: the axes of h and c as they are returned
        self.h_axes: list[str] | None = None
        self.c_axes: list[str] | None = None

    def call(self, name: str, *arguments: Any, note: str = "") -> Any:
        """What a function of the reader returns; what it prints is not shown. Raises NotChecked if it fails."""
        function = self.functions[name]
        assert function is not None
        with quiet():
            try:
                return function(*arguments)
            except NotChecked:
                raise
            except (Exception, SystemExit) as error:
                raise NotChecked(f"{self.where(error)} in {name}{note}: {in_a_line(error)}") from error

    def where(self, error: BaseException) -> str:
        """The place in the reader's code where an error was raised."""
        return place_of(error, self.folder)

    def new_weights(self) -> Arrays:
        """The arrays of `weights`, with zeros. Raises NotChecked if they are not arrays by name."""
        given = self.call("weights", I, H)
        if given is None or given is ...:
            raise NotChecked("weights is still empty: it must return your arrays by name, such as {'W': ..., 'b': ...}")
        if not isinstance(given, Mapping) or not given:
            raise NotChecked(f"weights must return a dict of arrays by name, not {type(given).__name__}")
        arrays = {}
        for name, values in given.items():
            try:
                arrays[str(name)] = np.zeros_like(np.asarray(values, dtype=np.float64))
            except (TypeError, ValueError):
                raise NotChecked(f"weights must return arrays of numbers, but {name!r} is {values!r:.60}") from None
            try:
                kind_of(str(name), arrays[str(name)].shape, I, H)
            except ValueError as error:
                raise NotChecked(str(error)) from None
        return arrays

    def run(self, weights: Arrays, x: np.ndarray, h0: np.ndarray, c0: np.ndarray) -> Run:
        """The forward pass over x (T, B, I) from a state, each (B, H)."""
        if not self.is_step:
            return self.run_once(weights, x, h0, c0)
        h, c = h0, c0
        steps = []
        for x_t in x:
            step = self.run_once(weights, x_t[None], h, c)
            if step.c is None:
                raise NotChecked("forward is one step (X has no T), so it must return c as well: h, c, kept")
            h, c = step.h[0], step.c
            steps.append(step)
        return Run(np.array([step.h[0] for step in steps]), c, [step.kept for step in steps])

    def run_once(self, weights: Arrays, x: np.ndarray, h0: np.ndarray, c0: np.ndarray) -> Run:
        """One call of forward."""
        axes = self.axes
        given = to_axes(x, "TBI", axes)
        state_axes = [{"I": "H"}.get(axis, axis) for axis in axes if axis != "T"]
        state = [to_axes(array, "BH", state_axes) for array in (h0, c0)]
        said = f", with x of shape {given.shape} and h and c of shape {state[0].shape}"
        result = self.call("forward", copied(weights), given, *state, note=said)
        if result is None:
            raise NotChecked("forward returned nothing: is its return missing? It must return h, c, kept")
        if not isinstance(result, tuple) or len(result) not in (2, 3):
            raise NotChecked(f"forward must return h, c, kept, not {kind_in_words(result)}")
        if result[0] is None or result[0] is ...:
            raise NotChecked("forward is still empty: it must return h, c and whatever your backward needs")
        h, c, kept = (*result, None)[:3]
        T, batch = x.shape[:2]
        sizes = {"T": T, "B": batch, "H": H}
        h_array, self.h_axes = from_axes("h", h, self.h_axes, sizes, with_time=not self.is_step)
        c_array = None
        if c is not None and c is not ...:
            needed = False if self.is_step else None
            c_array, self.c_axes = from_axes("c", c, self.c_axes, sizes, with_time=needed)
        return Run(h_array, None if c_array is None else c_array[-1], kept)

    def gradients(self, weights: Arrays, run: Run, dh: np.ndarray, dc: np.ndarray) -> Arrays:
        """What backward returns, for dh (T, B, H) and the dc (B, H) of the last step.

        The gradients of the weights are in their own shapes, those of x, h and c in (T, B, I) and (B, H). Raises
        NotChecked if something is missing.
        """
        if not self.is_step:
            return self.gradients_once(weights, run.kept, dh, dc)
        total: Arrays = {}
        dx = []
        dh_next = np.zeros_like(dc)
        for t in reversed(range(len(dh))):
            grads = self.gradients_once(weights, run.kept[t], (dh[t] + dh_next)[None], dc)
            for name in ("h", "c"):
                if name not in grads:
                    raise NotChecked(
                        f"forward is one step (X has no T), so backward must also return the gradient of the {name} "
                        f"before it, "
                        f'as "{name}"'
                    )
            dh_next, dc = grads.pop("h"), grads.pop("c")
            if "x" in grads:
                dx.append(grads.pop("x")[0])
            for name, grad in grads.items():
                total[name] = total.get(name, 0) + grad
        if dx:
            total["x"] = np.array(dx[::-1])
        return {**total, "h": dh_next, "c": dc}

    def gradients_once(self, weights: Arrays, kept: Any, dh: np.ndarray, dc: np.ndarray) -> Arrays:
        """One call of backward."""
        assert self.h_axes is not None
        h_axes = self.h_axes
        state_axes = [{"I": "H"}.get(axis, axis) for axis in self.axes if axis != "T"]
        dh_given = to_axes(dh, "TBH", h_axes)
        dc_given = to_axes(dc, "BH", state_axes)
        said = f", with dh of shape {dh_given.shape}"
        result = self.call("backward", copied(weights), kept, dh_given, dc_given, note=said)
        if result is None:
            raise NotChecked("backward returned nothing: is its return missing? It must return the gradients by name")
        if result is ...:
            raise NotChecked("backward is still empty: it must return a dict with the gradient of every weight")
        if not isinstance(result, Mapping):
            raise NotChecked(f"backward must return a dict of gradients by name, not {kind_in_words(result)}")
        grads: Arrays = {}
        for name, array in weights.items():
            given = first_of(result, (name, f"d{name}"))
            if given is None:
                known = {*weights, *(f"d{one}" for one in weights), *sum(STATES.values(), ())}
                unknown = " and ".join(repr(one) for one in result if one not in known)
                said = f", but one for {unknown}, which `weights` does not have" if unknown else ""
                raise NotChecked(f"backward returns no gradient for {name}{said}")
            grads[name] = gradient_of(name, given, array.shape)
        T, batch = dh.shape[:2]
        x_axes = to_axes(np.zeros((T, batch, I)), "TBI", self.axes).shape
        states = to_axes(np.zeros((batch, H)), "BH", state_axes).shape
        for name, shape, order in (
            ("x", x_axes, "TBI"),
            ("h", states, "BH"),
            ("c", states, "BH"),
        ):
            given = first_of(result, [other for other in STATES[name] if other not in weights])
            if given is not None and name not in weights:
                array = gradient_of(name, given, shape)
                axes = self.axes if name == "x" else state_axes
                grads[name] = back_from_axes(array, axes, order)
        return grads


def first_of(result: Mapping[str, Any], names: Any) -> Any:
    """The first of these entries that there is, or None."""
    return next((result[name] for name in names if name in result and result[name] is not None), None)


def gradient_of(name: str, given: Any, shape: tuple[int, ...]) -> np.ndarray:
    """A gradient as float64, in the shape of what it belongs to where only axes of length 1 differ."""
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise NotChecked(f"the gradient of {name} must be an array of numbers, not {given!r:.60}") from None
    if array.shape != shape and stripped(array.shape) == stripped(shape):
        return array.reshape(shape).copy()
    return array.copy()


def axes_of(x_axes: object) -> list[str]:
    """The axes of the template's X, such as ["T", "B", "I"]. Raises NotChecked if it is not understood."""
    axes = re.findall(r"\w", x_axes.upper()) if isinstance(x_axes, str) else []
    letters = [axis for axis in axes if axis != "1"]
    if "I" not in letters or len(set(letters)) != len(letters) or not set(letters) <= set("TBI"):
        raise NotChecked(f'X must name the axes of x with T, B, I and 1, such as "T B I" or "I 1", not {x_axes!r}')
    return axes


def to_axes(array: np.ndarray, names: str, axes: list[str]) -> np.ndarray:
    """An array whose axes have these names, with the axes in another order; "1" is a new axis of length 1."""
    kept = [name for name in names if name in axes]
    index = tuple(slice(None) if name in axes else 0 for name in names)
    moved = array[index].transpose([kept.index(axis) for axis in axes if axis != "1"])
    for place, axis in enumerate(axes):
        if axis == "1":
            moved = np.expand_dims(moved, place)
    return moved.copy()


def back_from_axes(array: np.ndarray, axes: list[str], names: str) -> np.ndarray:
    """The opposite of `to_axes`."""
    if array.ndim != len(axes):
        return array
    ones = tuple(place for place, axis in enumerate(axes) if axis == "1")
    present = [axis for axis in axes if axis != "1"]
    moved = array.squeeze(ones) if all(array.shape[one] == 1 for one in ones) else array
    if moved.ndim != len(present):
        return array
    moved = moved.transpose([present.index(name) for name in names if name in present])
    for place, name in enumerate(names):
        if name not in present:
            moved = np.expand_dims(moved, place)
    return moved


def from_axes(
    name: str, given: Any, axes: list[str] | None, sizes: dict[str, int], with_time: bool | None
) -> tuple[np.ndarray, list[str]]:
    """What the reader returned as h or c, as (T, B, H), and its axes, which its lengths tell where T is LONG.

    with_time says whether it must have an axis T; None leaves it open. Raises NotChecked for other shapes.
    """
    try:
        # a copy, because the next call may write into the same array
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise NotChecked(f"forward must return {name} as an array of numbers, not {kind_in_words(given)}") from None
    if axes is None:
        names = {length: axis for axis, length in sizes.items() if length != 1}
        axes = [names.get(length, "1" if length == 1 else "?") for length in array.shape]
    wanted = "".join(axis for axis in "TBH" if axis == "H" or sizes[axis] != 1 or axis in axes)
    if with_time is False or (with_time is None and "T" not in axes):
        wanted = wanted.replace("T", "")
    letters = [axis for axis in axes if axis != "1"]
    if sorted(letters) != sorted(wanted) or len(axes) != array.ndim:
        lengths = ", ".join(f"{axis} = {sizes[axis]}" for axis in wanted)
        extra = ""
        if "T" in wanted and sizes["T"] + 1 in array.shape:
            extra = "; leave out the state before the first step"
        elif "T" in wanted and "T" not in letters:
            extra = "; return the h of every step"
        raise NotChecked(f"forward returned {name} with shape {array.shape}, where {lengths} are expected{extra}")
    full = back_from_axes(array, axes, "TBH")
    if full.shape != (sizes["T"] if "T" in wanted else 1, sizes["B"], sizes["H"]):
        raise NotChecked(f"forward returned {name} with shape {array.shape} for {sizes['T']} steps")
    return full, axes


def copied(weights: Arrays) -> Arrays:
    """Copies of the weights, which the reader's code may change."""
    return {name: array.copy() for name, array in weights.items()}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Do not show what is printed or warned of here."""
    nowhere = io.StringIO()
    with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            yield


def in_a_line(error: BaseException) -> str:
    """An error in one line."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def kind_in_words(value: Any) -> str:
    """What a value is, in a few words."""
    if isinstance(value, tuple):
        return f"{len(value)} values"
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


def place_of(error: BaseException, folder: Path | None) -> str:
    """The file and the line of the reader's code in which an error was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = str(Path(__file__).parent.parent)
    libraries = (ours, os.path.dirname(np.__file__), os.path.dirname(os.__file__))
    theirs = [frame for frame in frames if not frame.filename.startswith(libraries)]
    if folder is not None:
        theirs = [frame for frame in theirs if Path(frame.filename).parent == folder] or theirs
    if not theirs:
        return "an error"
    frame = theirs[-1]
    name = Path(frame.filename).name if folder is not None else "your code"
    line = f" ({frame.line})" if frame.line else ""
    return f"{name}, line {frame.lineno}{line}"


def from_file(path: str | os.PathLike) -> ReadersLSTM:
    """The LSTM in a file that was made from the template. Raises NotChecked if it cannot be run or lacks a function."""
    file = Path(path).resolve()
    if not file.is_file():
        raise NotChecked(f"there is no file {path}; --template writes one to fill in")
    module = import_file(file)
    found: dict[str, Any] = {}
    for name in ("weights", "forward", "backward"):
        function = getattr(module, name, None)
        if not callable(function) and name != "backward":
            raise NotChecked(
                f"{file.name} has no function {name}; --template writes a file that shows what is expected"
            )
        found[name] = function if callable(function) else None
    if not hasattr(module, "X"):
        raise NotChecked(f'{file.name} does not say which axes x has; add a line such as X = "T B I"')
    return ReadersLSTM(module.X, found["weights"], found["forward"], found["backward"], file.parent)


def import_file(file: Path) -> types.ModuleType:
    """Import a Python file by its path, with its folder to import from. Raises NotChecked if that fails."""
    name = f"readers_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise NotChecked(f"{file.name} is not a Python file; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    known = set(sys.modules)
    sys.modules[name] = module
    sys.path.insert(0, str(file.parent))
    try:
        with quiet():
            spec.loader.exec_module(module)
    except SyntaxError as error:
        place = f"{Path(error.filename or file).name}, line {error.lineno}"
        raise NotChecked(f"{place} ({(error.text or '').strip()}): {type(error).__name__}: {error.msg}") from error
    except (Exception, SystemExit) as error:
        raise NotChecked(f"{place_of(error, file.parent)}, when it was imported: {in_a_line(error)}") from error
    finally:
        sys.path.remove(str(file.parent))
        # modules beside the file are read afresh the next time, because the reader is changing them
        for other in set(sys.modules) - known:
            source = getattr(sys.modules[other], "__file__", None)
            if source and Path(source).parent == file.parent:
                del sys.modules[other]
    return module


def write_template(path: str | os.PathLike) -> None:
    """Write a template to fill in.

    Raises FileExistsError if there is such a file, and OSError if it cannot be written.
    """
    file = Path(path)
    if file.suffix != ".py":
        raise ValueError(f"the name of a Python file must end in .py, which {file.name!r} does not")
    try:
        # "x" makes a new file, and never replaces one
        with open(file, "x", encoding="utf-8") as new:
            new.write(TEMPLATE.format(name=file.name))
    except FileExistsError:
        raise FileExistsError(f"{path} exists; it is left as it is, so choose another name") from None
