"""The settings that the command trains with unless it is told otherwise, by the text's length and its symbols."""

from dataclasses import asdict, dataclass, replace
from typing import Any

# at most this many characters are read in all epochs together, about a quarter of an hour on two cores
CHARACTERS_TO_READ = 20_000_000
# the texts that were tried out have at most this many different characters
FEW_SYMBOLS = 150
# however short the text is, it is cut into about this many windows
FEWEST_WINDOWS = 8


@dataclass(frozen=True)
class Chosen:
    """The size of a model, and how it is trained. `train` says what each setting does."""

    hidden_size: int
    epochs: int
    batch_size: int
    seq_length: int
    learning_rate: float
    dropout: float
    weight_drop: float
    final_learning_rate: float = 1e-5
    patience: int = 15

    def named(self) -> dict[str, Any]:
        """The settings by name."""
        return asdict(self)


SHORTEST = Chosen(
    hidden_size=128, epochs=120, batch_size=4, seq_length=32, learning_rate=0.008, dropout=0.4, weight_drop=0.4
)
SHORTER = Chosen(
    hidden_size=192, epochs=60, batch_size=8, seq_length=64, learning_rate=0.008, dropout=0.4, weight_drop=0.4
)
SHORT = Chosen(
    hidden_size=192, epochs=100, batch_size=16, seq_length=32, learning_rate=0.006, dropout=0.5, weight_drop=0.5
)
MIDDLING = Chosen(
    hidden_size=256, epochs=30, batch_size=16, seq_length=64, learning_rate=0.005, dropout=0.3, weight_drop=0.4
)
LONG = Chosen(
    hidden_size=256, epochs=20, batch_size=32, seq_length=64, learning_rate=0.004, dropout=0.1, weight_drop=0.1
)
# the least number of characters: the settings, and why; found by trial on parts of a novel, licences and source code.
# Up to 40,000 characters they are only where the trials of trials.py begin
BY_LENGTH = {
    0: (SHORTEST, "a text as short as this is soon learned by heart, and dropout works against that"),
    15_000: (SHORTER, "a short text is soon learned by heart, and dropout works against that"),
    40_000: (SHORT, "a short text is soon learned by heart, and dropout works against that"),
    100_000: (MIDDLING, "a text of this length needs many epochs and much dropout"),
    500_000: (LONG, "a long text needs few epochs and little dropout"),
}


def settings_for(length: int, symbols: int) -> tuple[Chosen, str]:
    """The settings for a training text of this many characters, this many of them different; and why.

    A text with many symbols, such as a Chinese one, has few examples of each of them. It is soon learned by heart, as a
    shorter text with few symbols would be, so it gets the hidden size and the dropout of such a text.
    """
    chosen, why = by_length(length)
    like, why_like = by_length(length * min(1.0, FEW_SYMBOLS / symbols))
    if like != chosen:
        why = f"with {symbols:,} different characters, the text is like a shorter one: {why_like}"
    seq_length = at_least_one(min(chosen.seq_length, length // FEWEST_WINDOWS))
    batch_size = at_least_one(min(chosen.batch_size, length // (FEWEST_WINDOWS * seq_length)))
    # a character takes 4H² multiplications for U h, and HV for the scores of the next one: H (4H + V)
    H = like.hidden_size
    work = (4 * H + max(symbols, FEW_SYMBOLS)) / (4 * H + FEW_SYMBOLS)
    epochs = at_least_one(min(chosen.epochs, int(CHARACTERS_TO_READ / (length * work))))
    return replace(
        chosen,
        hidden_size=H,
        epochs=epochs,
        batch_size=batch_size,
        seq_length=seq_length,
        dropout=like.dropout,
        weight_drop=like.weight_drop,
    ), why


def by_length(length: float) -> tuple[Chosen, str]:
    """The settings that were tried out for texts of this length, and why."""
    return BY_LENGTH[max(characters for characters in BY_LENGTH if characters <= length)]


def at_least_one(number: int) -> int:
    """The number, or 1 if it is smaller."""
    return max(1, number)
