"""From a text file to arrays of numbers: reading, cleaning, vocabulary, held-out split, batches."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from lstm_scratch.checks import check_positive, fit_ids


def read_text(path: str | os.PathLike) -> str:
    """The text of a UTF-8 file, with every line end as a single newline and no byte-order mark.

    Raises ValueError if the file is not UTF-8 text or is empty, OSError if it cannot be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: {error}") from error
    if not text or "\0" in text:
        raise ValueError(f"{path} is empty or holds zero bytes, as in UTF-16 or a binary file: a text was expected")
    return text


def without_gutenberg_notices(text: str) -> str:
    """The text without the header and footer that Project Gutenberg puts around its books.

    They are recognised by its lines "*** START OF ..." and "*** END OF ..."; where there are none, only
    empty lines at both ends go.
    """
    marks = {word: re.search(rf"^\*\*\* ?{word} OF TH.*\*\*\*$", text, flags=re.MULTILINE) for word in ("START", "END")}
    start = marks["START"].end() if marks["START"] else 0
    end = marks["END"].start() if marks["END"] else len(text)
    return text[start:end].strip() + "\n"


def clean_text(text: str) -> str:
    """Lower case, letters, digits and single spaces only.

    An apostrophe vanishes with its gap closed (“England’s” becomes “englands”); any other mark, and any
    line end, becomes a space, so that “belief--it” stays two words.
    """
    without_apostrophes = text.lower().replace("’", "").replace("'", "")
    spaced = "".join(char if char.isalnum() else " " for char in without_apostrophes)
    return " ".join(spaced.split())


class Vocabulary:
    """The characters a model knows, in sorted order: the index of a character never depends on chance."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = tuple(characters)
        if not self.characters or list(self.characters) != sorted(set(self.characters)):
            raise ValueError("a vocabulary needs at least one character, in sorted order, each of them once")
        self.index = {char: i for i, char in enumerate(self.characters)}

    @classmethod
    def from_text(cls, text: str) -> "Vocabulary":
        """Every character of the text, once. Raises ValueError if the text is empty."""
        return cls(sorted(set(text)))

    def __len__(self) -> int:
        return len(self.characters)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.characters == other.characters

    def __hash__(self) -> int:
        return hash(self.characters)

    def __repr__(self) -> str:
        return f"Vocabulary({''.join(self.characters)!r})"

    def encode(self, text: str) -> np.ndarray:
        """The index of each character, (len(text),) integers. Raises ValueError at an unknown one."""
        try:
            return np.array([self.index[char] for char in text], dtype=np.intp)
        except KeyError as error:
            char = error.args[0]
            # the code tells apart what looks alike, or like nothing at all
            which = f"unknown character {char!r} (U+{ord(char):04X}) at position {text.index(char)}"
            raise ValueError(f"{which}: the vocabulary has {len(self)} others") from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text that these indices stand for. Raises ValueError at an index outside the vocabulary."""
        return "".join(self.characters[i] for i in fit_ids("ids", ids, len(self)))


def split_text(text: str, held_out: float = 0.1) -> tuple[str, str]:
    """Cut a text in two: all but the last part to learn from, the last part (a fraction) held out.

    Raises ValueError unless both parts have at least two characters.
    """
    cut = len(text) - round(len(text) * held_out)
    if min(cut, len(text) - cut) < 2:
        raise ValueError(f"of {len(text)} characters, {held_out:g} held out leaves a part with fewer than 2")
    return text[:cut], text[cut:]


def batches(ids: np.ndarray, batch_size: int, seq_length: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Cut a text into batch_size parallel streams and walk along all of them, window by window.

    Yields (inputs, targets), each (seq_length, batch_size): the targets are the inputs one character later.
    Column b continues in column b of the next window, so a model can carry its state across. Characters
    after the last whole window of a stream are left out.

    Raises ValueError, when the first window is asked for, if the text is too short for one.
    """
    check_window(len(ids), batch_size, seq_length)
    length = (len(ids) - 1) // batch_size
    inputs = ids[: batch_size * length].reshape(batch_size, length).T
    targets = ids[1 : batch_size * length + 1].reshape(batch_size, length).T
    for start in range(0, length - seq_length + 1, seq_length):
        window = slice(start, start + seq_length)
        yield inputs[window], targets[window]


def check_window(length: int, batch_size: int, seq_length: int) -> None:
    """Raise ValueError unless a text of this length fills at least one window of batch_size streams."""
    check_positive(batch_size=batch_size, seq_length=seq_length)
    needed = batch_size * seq_length + 1
    if length < needed:
        raise ValueError(
            f"a text of {length} characters is shorter than one window: "
            f"batch_size {batch_size} x seq_length {seq_length} + 1 needs {needed}"
        )
