"""Which entry of a reader's arrays is which weight of the LSTM, found from shapes, names and what fits.

In the notation of cell.py, all weights together are one table M (4, H, I + H + 1): the gates i, f, g, o, the hidden
units, and for each of them its W, its U and its b. A layout says for each entry of the reader's arrays where in M it
belongs. If two entries belong in the same place, as with two biases, they are added.
"""

import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

Arrays = dict[str, np.ndarray]
# three indices for each entry of an array: which of its gates, which hidden unit, which column of M
Places = tuple[np.ndarray, np.ndarray, np.ndarray]

# the orders in which gates are stacked, the usual ones first
USUAL = ["ifgo", "ifog", "figo", "fiog", "fgio", "iofg", "gifo", "ogif", "ifgo"[::-1], "oifg"]
ORDERS = list(dict.fromkeys([*USUAL, *("".join(order) for order in itertools.permutations("ifgo"))]))


@dataclass(frozen=True)
class Layout:
    """How the arrays of a reader are laid out, in words (`said`) and as places in M."""

    said: str
    # the order of the gates
    order: str
    # whether the names of the arrays, or the reader, say which gate is which
    named: bool
    # for each array: which gate, unit and column of M each of its entries is
    places: Mapping[str, Places]
    size: tuple[int, int, int]

    def canonical(self, weights: Arrays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """W (4H, I), U (4H, H) and b (4H,) of cell.py, made of the arrays of the reader."""
        M = np.zeros(self.size)
        for name, places in self.places.items():
            np.add.at(M, places, weights[name])
        gates, H, columns = self.size
        I = columns - H - 1
        flat = M.reshape(gates * H, columns)
        return flat[:, :I], flat[:, I : I + H], flat[:, -1]

    def from_canonical(self, dW: np.ndarray, dU: np.ndarray, db: np.ndarray) -> Arrays:
        """The gradients of the reader's arrays, in their layout, from those of W, U and b."""
        M = np.concatenate([dW, dU, db[:, None]], axis=1).reshape(self.size)
        return {name: M[places] for name, places in self.places.items()}

    def gates_of(self, name: str) -> np.ndarray:
        """Which gate each entry of an array belongs to: 0 to 3 for i, f, g, o."""
        return self.places[name][0]


def find_layouts(weights: Arrays, I: int, H: int) -> list[Layout]:
    """Every layout that the shapes and the names of the arrays allow, the likeliest first.

    Raises ValueError if an array has a shape that no LSTM with I inputs and H hidden units has, or if the number of
    gates is not four.
    """
    kinds = {name: kind_of(name, array.shape, I, H) for name, array in weights.items()}
    slots, named = number_gates(weights, kinds)
    found = []
    choices: list[list[bool]] = [
        [False, True] if any(count > 1 for _, count in kinds.values()) else [False],
        [False, True] if any(kind in ("xh", "xhb") for kind, _ in kinds.values()) else [False],
        [False, True] if any(kind == "xhb" for kind, _ in kinds.values()) else [False],
        [False, True] if any(is_square(weights[name], H) for name in kinds) else [False],
    ]
    all_named = named == set(weights)
    for by_unit, x_first, b_first, transposed in itertools.product(*choices):
        raw = {}
        for name, array in weights.items():
            raw[name] = places_in(array.shape, kinds[name], I, H, by_unit, x_first, b_first, transposed)
        for order in ORDERS:
            letters = np.array(["ifgo".index(letter) for letter in order])
            places = {}
            for name, (slot, unit, column) in raw.items():
                number = np.array(slots[name])[slot]
                # the numbers of named gates are those of i, f, g, o already
                keeps = name in named and not all_named
                places[name] = (number if keeps else letters[number], unit, column)
            said = in_words(order, kinds, x_first, by_unit, all_named, transposed, weights)
            found.append(Layout(said, order, all_named, places, (4, H, I + H + 1)))
    # an order that is not the usual one is less likely than, say, [x, h] instead of [h, x]
    return sorted(found, key=lambda layout: ORDERS.index(layout.order))


def stripped(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without its axes of length 1."""
    return tuple(n for n in shape if n != 1)


def is_square(array: np.ndarray, H: int) -> bool:
    """Whether the array, or a gate in it, is (H, H), so that its shape does not say which axis is which."""
    return stripped(array.shape).count(H) == 2


def columns_of(I: int, H: int) -> dict[int, str]:
    """What an axis of each length reads: x, h, both, or both and a 1 for the bias."""
    return {I: "x", H: "h", I + H: "xh", I + H + 1: "xhb"}


def kind_of(name: str, shape: tuple[int, ...], I: int, H: int) -> tuple[str, int]:
    """What an array reads ("x", "h", "xh", "xhb" or "b") and of how many gates. Raises ValueError for another shape."""
    short = stripped(shape)
    columns = columns_of(I, H)
    counts = {count * H: count for count in (1, 2, 3, 4)}
    if len(short) == 1 and short[0] in counts:
        return "b", counts[short[0]]
    if len(short) == 2:
        for rows, read in (short, short[::-1]):
            if rows in counts and read in columns:
                return columns[read], counts[rows]
        for gates, rows in (short, short[::-1]):
            if gates in (2, 4) and rows == H:
                return "b", gates
    if len(short) == 3:
        for gates, rows, read in itertools.permutations(short):
            if gates in (2, 4) and rows == H and read in columns:
                return columns[read], gates
    raise ValueError(
        f"{name} has shape {shape}, which is no weight of an LSTM with I = {I} inputs and H = {H} hidden units: "
        f"weights(I, H) must return the arrays of the LSTM alone, made for the I and H that it is given"
    )


def places_in(
    shape: tuple[int, ...],
    kind: tuple[str, int],
    I: int,
    H: int,
    by_unit: bool,
    x_first: bool,
    b_first: bool,
    transposed: bool,
) -> Places:
    """The gate, the unit and the column of M of each entry of an array of this kind.

    by_unit: the gates of a unit lie side by side. x_first: [x, h], not [h, x]. b_first: the bias comes before them.
    transposed: of two axes that could be either, the first is what is read.
    """
    read, count = kind
    of_x = np.arange(I)
    of_h = I + np.arange(H)
    of_b = np.array([I + H])
    both = [of_x, of_h] if x_first else [of_h, of_x]
    columns = {
        "x": of_x,
        "h": of_h,
        "b": of_b,
        "xh": np.concatenate(both),
        "xhb": np.concatenate([of_b, *both] if b_first else [*both, of_b]),
    }[read]
    rows = np.arange(count * H)
    gate, unit = (rows % count, rows // count) if by_unit else (rows // H, rows % H)
    short = stripped(shape)
    axes = len(short)
    if axes == 1:
        parts: list[np.ndarray] = [gate, unit, np.full(len(rows), of_b[0])]
    elif axes == 2 and read != "b":
        rows_first = short[0] == len(rows) and not (short[0] == short[1] and transposed)
        parts = [part[:, None] + 0 * columns for part in (gate, unit)] + [columns + 0 * rows[:, None]]
        parts = parts if rows_first else [part.T for part in parts]
    else:
        # the gates have an axis of their own
        lengths = {"gate": count, "unit": H, "column": len(columns)} if read != "b" else {"gate": count, "unit": H}
        names = axis_names(short, lengths, transposed)
        grids = dict(zip(names, np.indices(short), strict=True))
        column = columns[grids["column"]] if "column" in grids else np.full(short, of_b[0])
        parts = [grids["gate"], grids["unit"], column]
    gate, unit, column = (np.reshape(part, shape) for part in parts)
    return gate, unit, column


def axis_names(short: tuple[int, ...], lengths: dict[str, int], transposed: bool) -> list[str]:
    """The name of each axis, by its length."""
    free = dict(lengths)
    if transposed:
        free = dict(reversed(free.items()))
    names = []
    for length in short:
        name = next(name for name, n in free.items() if n == length)
        del free[name]
        names.append(name)
    return names


def number_gates(weights: Arrays, kinds: dict[str, tuple[str, int]]) -> tuple[dict[str, list[int]], set[str]]:
    """For each array the numbers of its gates, and which arrays have names that say so.

    Among arrays of one gate each, the numbers are those of i, f, g, o if the names tell, and otherwise count from 0.
    Raises ValueError if what is read by the gates is not read by four of them.
    """
    slots: dict[str, list[int]] = {}
    named: set[str] = set()
    for kind in dict.fromkeys(kind for kind, _ in kinds.values()):
        names = [name for name in weights if kinds[name][0] == kind]
        counts = [kinds[name][1] for name in names]
        if sum(counts) % 4 or (kind != "b" and sum(counts) != 4):
            shapes = ", ".join(f"{name} {weights[name].shape}" for name in names)
            raise ValueError(f"an LSTM has four gates, but these arrays have {sum(counts)}: {shapes}")
        letters = letters_of(names) if set(counts) == {1} else None
        if letters:
            named.update(names)
        number = 0
        for name, count in zip(names, counts, strict=True):
            slots[name] = ["ifgo".index(letters[name])] if letters else [n % 4 for n in range(number, number + count)]
            number += count
    read = set("".join(kind for kind, _ in kinds.values()).replace("b", ""))
    if read != {"x", "h"}:
        missing = " and ".join(sorted({"x", "h"} - read, reverse=True))
        raise ValueError(f"weights(I, H) has no array that reads {missing}: an LSTM has weights for x and for h")
    return slots, named


WORDS = {"forget": "f", "input": "i", "update": "i", "output": "o", "candidate": "g", "cand": "g", "cell": "g"}


def letters_of(names: list[str]) -> dict[str, str] | None:
    """The gate of each array by its name, such as W_f or bias_forget; None if the names do not tell."""
    if len(names) == 8:
        # two biases for each gate, called by turns or one kind after the other
        for halves in ((names[:4], names[4:]), (names[::2], names[1::2])):
            found = [letters_of(half) for half in halves]
            if found[0] and found[1]:
                return {**found[0], **found[1]}
        return None
    lower = [name.lower() for name in names]
    start = len(os.path.commonprefix(lower))
    end = len(os.path.commonprefix([name[start:][::-1] for name in lower]))
    rest = [name[start : len(name) - end].strip("_") for name in lower]
    guess = {}
    for name, part, whole in zip(names, rest, lower, strict=True):
        word = next((letter for word, letter in WORDS.items() if word in whole), None)
        guess[name] = word or part[:1]
    letters = list(guess.values())
    if {"f", "o"} - set(letters) or len(set(letters)) != 4:
        return None
    others = [letter for letter in letters if letter not in "fo"]
    if "i" in others:
        rename = {letter: "g" for letter in others if letter != "i"}
    elif "u" in others:
        rename = {letter: "i" if letter == "u" else "g" for letter in others}
    else:
        return None
    return {name: rename.get(letter, letter) for name, letter in guess.items()}


def in_words(
    order: str,
    kinds: dict[str, tuple[str, int]],
    x_first: bool,
    by_unit: bool,
    all_named: bool,
    transposed: bool,
    weights: Arrays,
) -> str:
    """A layout in words."""
    parts = ["gates by their names" if all_named else f"gates in the order {', '.join(order)}"]
    if by_unit:
        parts.append("side by side for each unit")
    if any(kind in ("xh", "xhb") for kind, _ in kinds.values()):
        parts.append(f"over {'[x, h]' if x_first else '[h, x]'}")
    if transposed:
        parts.append("U as h U")
    return ", ".join(parts)
