"""What the command shows on a terminal: lines that fit it, broken between words. What goes to a file is not broken."""

import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TextIO


def width_of(output: TextIO) -> int:
    """The columns of the terminal that this output goes to, or 0 if it goes elsewhere."""
    return max(20, shutil.get_terminal_size().columns) if output.isatty() else 0


def say(message: str, output: TextIO | None = None) -> None:
    """Print lines that fit the terminal; the output is sys.stdout unless another one is given."""
    output = output or sys.stdout
    width = width_of(output)
    for line in message.split("\n"):
        print(wrapped(line, width) if width else line, file=output)


def wrapped(line: str, width: int) -> str:
    """Break the line into lines of at most this width, indented alike; an option stays together with its value."""
    indent = line[: len(line) - len(line.lstrip())]
    # textwrap treats a NUL as a letter, so what a NUL joins stays together
    joined = re.sub(r"(--[a-z0-9-]+) (?=\d)", r"\1\0", line.strip())
    lines = textwrap.fill(
        joined,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines.replace("\0", " ")


def stream(characters: Iterable[str]) -> None:
    """Print characters as they come; on a terminal, a word as soon as it is complete."""
    width = width_of(sys.stdout)
    for piece in flowing(characters, width) if width else characters:
        print(piece, end="", flush=True)


def flowing(characters: Iterable[str], width: int) -> Iterator[str]:
    """The characters, with a line end in place of what would break a word at the end of a line of this width."""
    column = 0
    word = ""
    for char in characters:
        if not char.isspace():
            word += char
            # a word as long as a line has to be broken; it is shown as far as it has come
            if columns_of(word) < width:
                continue
            char = ""
        if column and column + columns_of(word) > width:
            yield "\n"
            column = 0
        column += columns_of(word + char)
        # what separates two words is not needed where the line is full
        ends = char == "\n" or bool(char) and column > width
        yield word + ("\n" if ends else char)
        column = 0 if ends else column
        word = ""
    yield ("\n" if column and column + columns_of(word) > width else "") + word


def columns_of(text: str) -> int:
    """How many columns of a terminal the text takes: East Asian characters are wide, combining marks have no width."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    joined = sum(unicodedata.combining(char) > 0 for char in text)
    # a tab goes on to the next column that can be divided by 8, so it takes at most as many
    return len(text) + wide - joined + 7 * text.count("\t")
