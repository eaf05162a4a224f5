"""From a text file to arrays of numbers: reading, cleaning, vocabulary, held-out split, batches."""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator

import numpy as np

from lstm_scratch.checks import check_ids, check_share, check_whole

# UTF-8; a byte order mark, if there is one, is not part of the text
UTF_8 = "utf-8-sig"
# what a text that is not in UTF-8 may be in
ENCODINGS = "utf-8", "cp1252", "shift_jis", "gb18030", "koi8-r"
WIDE_ENCODINGS = "utf-16", "utf-16-le", "utf-16-be"
# characters without a width that join the letters of a word in some scripts
JOINERS = "\u200c\u200d"


def read_text(path: str | os.PathLike, encoding: str = UTF_8) -> str:
    """The text of a file, with every line end as a newline.

    Raises ValueError if the file is not a text in this encoding, and suggests others to try; OSError if it cannot be
    opened.
    """
    return read_exactly(path, encoding).replace("\r\n", "\n").replace("\r", "\n")


def read_exactly(path: str | os.PathLike, encoding: str = UTF_8) -> str:
    """The text of a file with its line ends as they are. Raises ValueError and OSError as `read_text` does."""
    try:
        with open(path, encoding=encoding, newline="") as file:
            text = file.read()
        if "\0" in text:
            raise UnicodeError("it has NUL characters")
    except (UnicodeError, LookupError) as error:
        raise ValueError(f"{path} cannot be read: {error}; {advice_on_encoding(path, encoding)}") from error
    return text


def advice_on_encoding(path: str | os.PathLike, failed: str) -> str:
    """Which encodings to try for a file that could not be read in this one, which is not suggested again."""
    with open(path, "rb") as file:
        content = file.read()
    # zeros are a sign of UTF-16
    is_wide = 0 in content[:1000]
    others = WIDE_ENCODINGS if is_wide else ENCODINGS
    fitting = [name for name in others if name not in failed.lower() and can_be_decoded(content, name)]
    if not fitting:
        return "no encoding that we have tried fits, so it may be no text"
    # what can be read as UTF-8 was hardly ever written as anything else
    if fitting[0] == "utf-8":
        return "it is a text in another encoding, which is utf-8"
    return f"if it is a text, try another encoding, such as {' or '.join(fitting)}"


def can_be_decoded(content: bytes, encoding: str) -> bool:
    """Whether these bytes are a text in this encoding."""
    try:
        return "\0" not in content.decode(encoding)
    except UnicodeError:
        return False


def without_gutenberg_notices(text: str) -> str:
    """The text between Project Gutenberg's lines "*** START OF ..." and "*** END OF ...", if there are such lines."""
    start = re.search(r"^\*\*\* ?START OF TH.*\*\*\*$", text, re.MULTILINE)
    end = re.search(r"^\*\*\* ?END OF TH.*\*\*\*$", text, re.MULTILINE)
    if not start and not end:
        return text
    first = start.end() if start else 0
    last = end.start() if end else len(text)
    return text[first:last].strip() + "\n"


def clean_text(text: str) -> str:
    """The text in lower case, with only its letters and digits, and single spaces.

    “England’s” becomes “englands”, and “belief--it” becomes two words. Letters of all scripts are kept, with their
    accents and vowel signs: as one character where Unicode has one for both (its form NFC), and otherwise as the letter
    followed by its marks.
    """
    composed = unicodedata.normalize("NFC", text)
    joined = composed.lower().replace("’", "").replace("'", "")
    kept: list[str] = []
    for char in joined:
        in_a_word = bool(kept) and kept[-1] != " "
        is_kept = char.isalnum() or in_a_word and is_part_of_a_letter(char)
        kept.append(char if is_kept else " ")
    return " ".join("".join(kept).split())


def is_part_of_a_letter(char: str) -> bool:
    """Whether a character is a mark, such as an accent or a vowel sign, or joins letters, so no word ends at it."""
    return unicodedata.category(char).startswith("M") or char in JOINERS


class Vocabulary:
    """The characters of a model, in sorted order, so that the same text always gives the same indices.

    Raises ValueError if there are no characters, if they are not sorted, or if one is given twice.
    """

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = tuple(characters)
        if not self.characters or list(self.characters) != sorted(set(self.characters)):
            raise ValueError("a vocabulary needs at least one character, all of them in sorted order and given once")
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
        """The index of each character, (len(text),) integers. Raises ValueError for an unknown character."""
        try:
            return np.fromiter(map(self.index.__getitem__, text), dtype, len(text))
        except KeyError as error:
            char = error.args[0]
            # the code point distinguishes characters that look alike
            raise ValueError(f"unknown character {char!r} (U+{ord(char):04X}) at position {text.index(char)}") from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text that these indices stand for. Raises ValueError for an index outside the vocabulary."""
        return "".join(self.characters[i] for i in check_ids("ids", ids, len(self)))


def check_vocabulary(given: object) -> None:
    """Raise TypeError, which says how to make one, unless this is a Vocabulary. (A str has a length, too.)"""
    if not isinstance(given, Vocabulary):
        kind = type(given).__name__
        raise TypeError(f"vocabulary must be a Vocabulary, not {kind}: make one with Vocabulary.from_text(text)")


def split_text(text: str, held_out: float = 0.1) -> tuple[str, str]:
    """Split a text into one for training and one for scoring, which is the last fraction `held_out` of the text.

    Raises ValueError if held_out is not at least 0 and below 1, or if either part would have fewer than 2 characters.
    """
    check_share(held_out=held_out)
    cut = len(text) - round(len(text) * held_out)
    if min(cut, len(text) - cut) < 2:
        raise ValueError(f"holding out {held_out:g} of {len(text)} characters leaves a part with fewer than 2")
    return text[:cut], text[cut:]


def batches(ids: np.ndarray, batch_size: int, seq_length: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Cut the ids (N,) of a text into batch_size parallel streams, and read them side by side, window by window.

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
    check_whole(batch_size=batch_size, seq_length=seq_length)
    if length <= batch_size * seq_length:
        needed = f"batch_size {batch_size} x seq_length {seq_length} + 1"
        raise ValueError(f"a text of {length} characters is shorter than one window, which needs {needed}")
    return (length - 1) // (batch_size * seq_length)
