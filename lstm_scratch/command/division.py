"""How the command divides a text: what is trained on, what chooses the epoch, and what is scored once, at the end."""

from lstm_scratch.checks import check_share
from lstm_scratch.text import split_text

# the share of a text that is held out for each of the two purposes
SHARE = 0.05
# a short text gives more, up to so large a share, for so many characters
WANTED = 1_000
LARGEST_SHARE = 0.1
# and a long text gives no more characters than these
MOST_HELD_OUT = 50_000
# the pieces that choose the epoch: at most so many, of at least so many characters
MOST_PIECES = 10
SHORTEST_PIECE = 100


def share_for(length: int) -> float:
    """The share of a text of this length that is held out."""
    share = max(SHARE, min(LARGEST_SHARE, WANTED / max(1, length)))
    return min(share, MOST_HELD_OUT / max(1, length))


def divide(text: str, held_out: float | None) -> tuple[list[str], str, str]:
    """The parts of a text to train on; the pieces that choose the epoch, joined; and the last part, scored at the end.

    held_out is the share of the last part; None: the length decides. The pieces lie evenly spread over the text before
    it, and no character of them is among the parts to train on. Raises ValueError for a text that is too short.
    """
    share = share_for(len(text)) if held_out is None else held_out
    check_share(held_out=share)
    first, last = split_text(text, share)
    chosen = max(2, round(len(first) * share_for(len(first))))
    if len(first) - chosen < 2:
        raise ValueError(f"holding out {share:g} of {len(text)} characters leaves fewer than 2 to train on")
    parts, pieces = without_pieces(first, chosen)
    return parts, "".join(pieces), last


def without_pieces(text: str, characters: int) -> tuple[list[str], list[str]]:
    """What is left of the text without so many characters, and the pieces that these are taken out in."""
    count = max(1, min(MOST_PIECES, characters // SHORTEST_PIECE))
    length = characters // count
    parts = []
    pieces = []
    end = 0
    for number in range(count):
        # each piece lies in the middle of its share of the text
        middle = len(text) * (2 * number + 1) // (2 * count)
        start = middle - length // 2
        parts.append(text[end:start])
        end = start + length
        pieces.append(text[start:end])
    parts.append(text[end:])
    return parts, pieces
