"""Which settings fit a text of which length and how many symbols: what the command trains with unless it is told."""

from dataclasses import asdict, dataclass, replace
from typing import Any

# about a quarter of an hour on two cores
CHARACTERS_TO_READ = 20_000_000
# the texts that were tried out have up to so many different characters
FEW_SYMBOLS = 150
# however short the text, there are some so many windows
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
    hidden_size=128, epochs=120, batch_size=4, seq_length=32, learning_rate=0.006, dropout=0.6, weight_drop=0.6
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
# from how many characters on: settings, and why; found by trial on parts of a novel, licences and source code
BY_LENGTH = {
    0: (SHORTEST, "so short a text is soon known by heart, so most is dropped at random"),
    15_000: (SHORT, "a short text is soon known by heart, so half is dropped at random"),
    100_000: (MIDDLING, "a text of this length needs many epochs and much dropout"),
    500_000: (LONG, "a long text needs few epochs and little dropout"),
}


def settings_for(length: int, symbols: int) -> tuple[Chosen, str]:
    """The settings for a training text of so many characters, of which so many are different ones, and why.

    A text of many symbols, such as a Chinese one, has fewer examples of each, so it is soon known by heart, like a
    shorter text of few symbols: it gets the size and the dropout of that one.
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
