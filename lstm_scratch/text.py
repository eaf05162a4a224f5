"""From a text file to arrays of numbers: reading, cleaning, vocabulary, held-out split, batches."""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, MappingView, Set
from types import MappingProxyType

import numpy as np

from lstm_scratch.checks import check_ids, check_share, check_whole, is_whole_number

# UTF-8; a byte order mark, if there is one, is not part of the text
UTF_8 = "utf-8-sig"
# what a text that is not in UTF-8 may be in
ENCODINGS = "utf-8", "cp1252", "shift_jis", "gb18030", "koi8-r"
WIDE_ENCODINGS = "utf-16", "utf-16-le", "utf-16-be"
# characters without a width that join the letters of a word in some scripts
JOINERS = "\u200c\u200d"
# how files begin that are no plain text, what they are, and how they become one
PACKED = "unpack it first, and read the file that comes out"
EXPORT = "open it where it was made, and save it as plain text (UTF-8)"
NO_TEXTS = [
    (b"PK\x03\x04", "a ZIP archive, as .docx, .odt, .epub, .xlsx and .npz files are", f"{EXPORT}, or unpack it"),
    (b"%PDF", "a PDF document", "extract its text, as with pdftotext"),
    (b"\x1f\x8b", "a gzip archive", PACKED),
    (b"BZh", "a bzip2 archive", PACKED),
    (b"\xfd7zXZ", "an xz archive", PACKED),
    (b"7z\xbc\xaf", "a 7z archive", PACKED),
    (b"\xd0\xcf\x11\xe0", "an old Office document, as .doc and .xls files are", EXPORT),
    (b"\x89PNG", "a picture (PNG)", "only text can be read"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "only text can be read"),
]
# these are text, but full of marks; under a name that ends in .txt they are read with them
MARKED_UP = [
    (b"{\\rtf", "an RTF document", EXPORT),
    (b"<!doctype html", "an HTML page", "save the page as plain text"),
    (b"<html", "an HTML page", "save the page as plain text"),
]
# characters that are easily taken for each other, where Unicode itself does not say so
LOOK_ALIKES = ['"“”„‟«»″', "'‘’‚‛‹›′ʼ`´", "-‐‑‒–—―−\u00ad", " \u00a0\u2009\u202f\t", "…."]


def read_text(path: str | os.PathLike, encoding: str = UTF_8) -> str:
    """The text of a file, with every line end as a newline.

    Raises ValueError if the file is not a text in this encoding, and suggests others to try; OSError if it cannot be
    opened.
    """
    return read_exactly(path, encoding).replace("\r\n", "\n").replace("\r", "\n")


def read_exactly(path: str | os.PathLike, encoding: str = UTF_8) -> str:
    """The text of a file with its line ends as they are. Raises ValueError and OSError as `read_text` does."""
    check_plain(path)
    try:
        with open(path, encoding=encoding, newline="") as file:
            text = file.read()
        if "\0" in text:
            raise UnicodeError("it has NUL characters")
    except (UnicodeError, LookupError) as error:
        raise ValueError(f"{path} cannot be read: {error}; {advice_on_encoding(path, encoding)}") from error
    return text


def check_plain(path: str | os.PathLike) -> None:
    """Raise ValueError, which says what it is and what to do, if the file begins as one that is no plain text."""
    # a pipe can be read only once
    if not os.path.isfile(path):
        return
    with open(path, "rb") as file:
        first = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    for beginning, kind, remedy in NO_TEXTS:
        if first.startswith(beginning):
            raise ValueError(f"{path} is {kind}, not a plain text: {remedy}")
    for beginning, kind, remedy in MARKED_UP:
        if first.lower().startswith(beginning) and not os.fspath(path).endswith(".txt"):
            how = "to learn its marks as well, give it a name that ends in .txt"
            raise ValueError(f"{path} is {kind}, not a plain text: {remedy}; {how}")


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
    *most, last = fitting
    return f"if it is a text, try another encoding, such as {', '.join(most) + ' or ' if most else ''}{last}"


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


def in_order(characters: object) -> list[str]:
    """The characters of a vocabulary in the order of their numbers.

    Given are a Vocabulary; a text, a list or an array of the characters in order; or a dict, in which the ids count:
    char → id, id → char, or "id" → char, as JSON has it. Raises TypeError for a set, which has no order, or for what
    are no characters, and ValueError for an entry that is not a single character or for ids other than 0 to V - 1.
    """
    if isinstance(characters, Vocabulary):
        return list(characters.characters)
    if isinstance(characters, (Set, MappingView)):
        kind = type(characters).__name__
        raise TypeError(f"a {kind} has no order of its own: give a list of the characters in order, or a dict with ids")
    if isinstance(characters, Mapping):
        characters = by_id(characters)
    if not isinstance(characters, Iterable) or isinstance(characters, (bytes, bytearray)):
        raise TypeError(f"a vocabulary is made of characters in order, not of a {type(characters).__name__}")
    found = list(characters)
    for char in found:
        if not isinstance(char, str) or len(char) != 1:
            raise ValueError(f"a vocabulary must consist of single characters, and {char!r:.40} is none")
    # also those of an array, which are NumPy's own kind of str
    return [str(char) for char in found]


def by_id(entries: Mapping) -> list[object]:
    """The characters of a dict in the order of its ids. Raises ValueError unless the ids are 0 to V - 1, each once."""
    if entries and all(is_whole_number(value) for value in entries.values()):
        numbered = [(int(number), char) for char, number in entries.items()]
    else:
        # JSON has made strings of the ids
        numbered = [(int(key) if str(key).isdecimal() else -1, char) for key, char in entries.items()]
    numbered.sort(key=lambda entry: entry[0])
    if [number for number, _ in numbered] != list(range(len(numbered))):
        last = len(numbered) - 1
        raise ValueError(f"a dict of {len(numbered)} characters must give each of the ids 0 to {last} to one of them")
    return [char for _, char in numbered]


class Vocabulary:
    """The characters of a model, in sorted order, so that the same text always gives the same indices.

    They may be given as `in_order` describes. `characters` and `index`, from character to number, cannot be changed.
    Raises ValueError if there are no characters, if they are not sorted, if one is given twice, or if an entry is not a
    single character; TypeError for a set, which has no order.
    """

    def __init__(self, characters: Iterable[str]) -> None:
        self._characters = tuple(in_order(characters))
        if not self._characters or list(self._characters) != sorted(set(self._characters)):
            raise ValueError("a vocabulary needs at least one character, all of them in sorted order and given once")
        self._index = {char: i for i, char in enumerate(self._characters)}

    @property
    def characters(self) -> tuple[str, ...]:
        """The characters in the order of their numbers."""
        return self._characters

    @property
    def index(self) -> Mapping[str, int]:
        """The number of each character."""
        return MappingProxyType(self._index)

    @classmethod
    def from_text(cls, text: str) -> "Vocabulary":
        """The different characters of the text. Raises ValueError if the text is empty, TypeError if it is no str."""
        check_text(text)
        return cls(sorted(set(text)))

    def __len__(self) -> int:
        return len(self.characters)

    def __repr__(self) -> str:
        shown = "".join(self.characters[:20])
        return f"Vocabulary({shown!r})" if len(self) <= 20 else f"Vocabulary({len(self)} characters, {shown!r}...)"

    def encode(self, text: str, dtype: type | np.dtype = np.intp) -> np.ndarray:
        """The index of each character, (len(text),) integers.

        Raises ValueError for an unknown character, with those that look like it, and TypeError if the text is no str.
        """
        check_text(text)
        try:
            return np.fromiter(map(self._index.__getitem__, text), dtype, len(text))
        except KeyError as error:
            char = error.args[0]
            # the code point distinguishes characters that look alike
            unknown = f"unknown character {char!r} (U+{ord(char):04X}) at position {text.index(char)}"
            raise ValueError(unknown + self.advice_on(char, text)) from None

    def advice_on(self, char: str, text: str) -> str:
        """What to write for an unknown character of a text: a form of it that is known, or what looks like it."""
        for form in ("NFC", "NFD"):
            # é is one character, or an e and an accent
            if all(other in self._index for other in unicodedata.normalize(form, text)):
                return f': this model knows the text in the form unicodedata.normalize("{form}", text)'
        alike = [f"{known!r} (U+{ord(known):04X})" for known in self.characters if look_alike(char, known)]
        return f": this model knows {' and '.join(alike[:3])}" if alike else ""

    def decode(self, ids: Iterable[int]) -> str:
        """The text that these indices stand for. Raises ValueError for an index outside the vocabulary."""
        return "".join(self.characters[i] for i in check_ids("ids", ids, len(self)))


def look_alike(one: str, other: str) -> bool:
    """Whether two characters are easily taken for each other: quotation marks, dashes, spaces, accents, capitals."""
    if any(one in group and other in group for group in LOOK_ALIKES):
        return True
    return plain_letter(one) == plain_letter(other) != ""


def plain_letter(char: str) -> str:
    """A letter without its accents, in lower case and in its usual width."""
    return "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part)).lower()


def check_text(text: object) -> None:
    """Raise TypeError, which says what to do, unless this is a str."""
    if isinstance(text, (bytes, bytearray)):
        raise TypeError(f"a text must be a str, not {type(text).__name__}: write text.decode()")
    if not isinstance(text, str):
        raise TypeError(f"a text must be a str, not {type(text).__name__}")


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
    ids = np.asarray(ids)
    if ids.ndim != 1:
        raise ValueError(f"ids must have shape (N,), not {ids.shape}")
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
