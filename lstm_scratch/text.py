"""From a text file to arrays of numbers: reading, cleaning, vocabulary, held-out split, batches."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from lstm_scratch.checks import check_ids, check_positive


def read_text(path: str | os.PathLike) -> str:
    """The text of a UTF-8 file, with every line end as a newline. Raises ValueError if it is not UTF-8 text."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: {error}") from error


def without_gutenberg_notices(text: str) -> str:
    """The text between Project Gutenberg's lines "*** START OF ..." and "*** END OF ...", if there are such lines."""
    start = re.search(r"^\*\*\* ?START OF TH.*\*\*\*$", text, re.MULTILINE)
    end = re.search(r"^\*\*\* ?END OF TH.*\*\*\*$", text, re.MULTILINE)
    book = text[start.end() if start else 0 : end.start() if end else len(text)]
    return book.strip() + "\n" if start or end else text


def clean_text(text: str) -> str:
    """Lower case: letters, digits and single spaces only. “England’s” becomes “englands”, “belief--it” two words."""
    joined = text.lower().replace("’", "").replace("'", "")
    spaced = "".join(char if char.isalnum() else " " for char in joined)
    return " ".join(spaced.split())


class Vocabulary:
    """The characters a model knows, in sorted order, so that the same text always gives the same indices."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = tuple(characters)
        if not self.characters or list(self.characters) != sorted(set(self.characters)):
            raise ValueError("a vocabulary needs at least one character, in sorted order, each of them once")
        self.index = {char: i for i, char in enumerate(self.characters)}

    @classmethod
    def from_text(cls, text: str) -> "Vocabulary":
        """The different characters of the text. Raises ValueError if the text is empty."""
        return cls(sorted(set(text)))

    def __len__(self) -> int:
        return len(self.characters)

    def __repr__(self) -> str:
        return f"Vocabulary({''.join(self.characters)!r})"

    def encode(self, text: str, dtype: type | np.dtype = np.intp) -> np.ndarray:
        """The index of each character, (len(text),) integers. Raises ValueError at an unknown one."""
        try:
            return np.fromiter(map(self.index.__getitem__, text), dtype, len(text))
        except KeyError as error:
            char = error.args[0]
            # the code point distinguishes characters that look alike
            raise ValueError(f"unknown character {char!r} (U+{ord(char):04X}) at position {text.index(char)}") from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text that these indices stand for. Raises ValueError at an index outside the vocabulary."""
        return "".join(self.characters[i] for i in check_ids("ids", ids, len(self)))


def split_text(text: str, held_out: float = 0.1) -> tuple[str, str]:
    """A text for training and one for scoring: the latter is the last part of the text, a fraction `held_out` of it."""
    cut = len(text) - round(len(text) * held_out)
    if min(cut, len(text) - cut) < 2:
        raise ValueError(f"holding out {held_out:g} of {len(text)} characters leaves a part with fewer than 2")
    return text[:cut], text[cut:]


def batches(ids: np.ndarray, batch_size: int, seq_length: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Cut a text into batch_size parallel streams and read all of them side by side, window by window.

    Yields (inputs, targets), each (seq_length, batch_size): the targets are the inputs one character later. Column b
    continues in column b of the next window, so a model can carry its state across. Characters after the last whole
    window of a stream are left out. Raises ValueError if the text is too short for one window.
    """
    count_windows(len(ids), batch_size, seq_length)
    length = (len(ids) - 1) // batch_size
    inputs = ids[: batch_size * length].reshape(batch_size, length).T
    targets = ids[1 : batch_size * length + 1].reshape(batch_size, length).T
    for start in range(0, length - seq_length + 1, seq_length):
        yield inputs[start : start + seq_length], targets[start : start + seq_length]


def count_windows(length: int, batch_size: int, seq_length: int) -> int:
    """How many windows of batch_size streams a text of this length fills. Raises ValueError if it fills none."""
    check_positive(batch_size=batch_size, seq_length=seq_length)
    if length <= batch_size * seq_length:
        needed = f"batch_size {batch_size} x seq_length {seq_length} + 1"
        raise ValueError(f"a text of {length} characters is shorter than one window, which needs {needed}")
    return (length - 1) // (batch_size * seq_length)
