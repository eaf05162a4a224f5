"""How the command reads a text file, and says what it left out."""

from lstm_scratch.text import read_exactly, without_gutenberg_notices


def read(path: str, encoding: str) -> str:
    """The text of the file, line ends as newlines, without Project Gutenberg's notices; prints what was left out.

    Raises ValueError, with advice, if the file is no text in this encoding.
    """
    whole = read_exactly(path, encoding)
    lines = whole.replace("\r\n", "\n").replace("\r", "\n")
    text = without_gutenberg_notices(lines)
    returns = len(whole) - len(lines)
    notices = len(lines) - len(text)
    left_out = []
    if returns:
        left_out.append(f"{returns:,} \\r of line ends")
    if notices:
        left_out.append(f"{notices:,} of Project Gutenberg's notices")
    without = f", without {' and '.join(left_out)}" if left_out else ""
    print(f"{path}: {len(whole):,} characters{without}")
    return text
