"""What the command shows on a terminal: lines that fit it, and a curve in characters."""

import re
import shutil
import sys
import textwrap
from collections.abc import Sequence

import numpy as np

CURVE_ROWS = 8
CURVE_COLUMNS = 56


def say(message: str) -> None:
    """Print lines, wrapped between words to fit the terminal; what goes to a file is not wrapped."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for line in message.split("\n"):
        print(wrapped(line, width) if width else line)


def wrapped(line: str, width: int) -> str:
    """Break the line into lines of at most this width, indented alike; an option stays together with its value."""
    indent = line[: len(line) - len(line.lstrip())]
    # textwrap treats a NUL as a letter, so what a NUL joins stays together
    joined = re.sub(r"(--[a-z0-9-]+) (?=\d)", r"\1\0", line.strip())
    lines = textwrap.fill(
        joined,
        max(width, 20),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines.replace("\0", " ")


def curve(scores: Sequence[float], counting: float) -> str:
    """A curve made of characters: a star per epoch for its score, and a line of dashes for the score of counting.

    If there are more epochs than columns, a column shows the last of its epochs.
    """
    columns = min(CURVE_COLUMNS, len(scores))
    # the epoch of each column, counted from 0
    epochs = [(column + 1) * len(scores) // columns - 1 for column in range(columns)]
    heights = np.array([scores[epoch] for epoch in epochs])
    highest = max(heights.max(), counting)
    lowest = min(heights.min(), counting)
    step = (highest - lowest) / (CURVE_ROWS - 1) or 1.0
    rows = [[" "] * columns for _ in range(CURVE_ROWS)]
    counting_row = round((highest - counting) / step)
    rows[counting_row] = ["-"] * columns
    for column, height in enumerate(heights):
        rows[round((highest - height) / step)][column] = "*"
    lines = []
    for number, row in enumerate(rows):
        name = f" counting {counting:.2f}" if number == counting_row else ""
        lines.append(f"{highest - number * step:6.2f} |{''.join(row)}{name}")
    lines.append(f"       +{'-' * columns}")
    last = f"{len(scores)}"
    lines.append(f"epoch   1{last.rjust(columns - 1)}")
    return "\n".join(lines)
