"""How the command divides a text: what is trained on, what chooses the epoch, and what is scored once, at the end."""

from lstm_scratch.checks import check_share
from lstm_scratch.command.verdict import FEWEST_SCORED
from lstm_scratch.text import split_text

# the share of a text that is held out for each of the two purposes
SHARE = 0.05
# a short text gives a larger share, up to the second number, because this many characters are wanted
WANTED = 1_000
LARGEST_SHARE = 0.1
# the last part of a very short text may take this share, so that there is enough of it for a verdict
LARGEST_LAST_SHARE = 0.15
# a long text gives at most this many characters
MOST_HELD_OUT = 50_000
# the pieces that choose the epoch: at most this many, each of at least this many characters
MOST_PIECES = 10
SHORTEST_PIECE = 100


def share_for(length: int) -> float:
    """The share of a text of this length that is held out for one purpose."""
    share = max(SHARE, min(LARGEST_SHARE, WANTED / max(1, length)))
    return min(share, MOST_HELD_OUT / max(1, length))


def last_share_for(length: int) -> float:
    """The share of a text of this length that is its last part, which is scored once.

    The verdict is about every character of that part but the first.
    """
    enough_for_a_verdict = (FEWEST_SCORED + 1) / max(1, length)
    return max(share_for(length), min(LARGEST_LAST_SHARE, enough_for_a_verdict))


def divide(text: str, held_out: float | None) -> tuple[list[str], str, str]:
    """The parts of a text to train on; the pieces that choose the epoch, joined; and the last part, scored at the end.

    held_out is the share of the last part, or None if the length of the text decides. The pieces are spread evenly over
    the text before the last part, and none of their characters is trained on. Raises ValueError if the text is too
    short.
    """
    share = last_share_for(len(text)) if held_out is None else held_out
    check_share(held_out=share)
    first, last = split_text(text, share)
    chosen = max(2, round(len(first) * share_for(len(first))))
    if len(first) - chosen < 2:
        raise ValueError(f"holding out {share:g} of {len(text)} characters leaves fewer than 2 to train on")
    parts, pieces = without_pieces(first, chosen)
    return parts, "".join(pieces), last


def without_pieces(text: str, characters: int) -> tuple[list[str], list[str]]:
    """Take about this many characters out of the text, in pieces: what is left of the text, and the pieces."""
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
