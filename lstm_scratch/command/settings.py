"""Which settings fit a text of which length: what the command trains with where it is not told otherwise."""

from typing import Any

NAMES = "hidden_size", "epochs", "batch_size", "seq_length", "learning_rate", "dropout", "weight_drop"
# shortest text: settings, and why; found by trial on parts of a novel, licences and source code
BY_LENGTH = {
    0: ((128, 120, 4, 32, 0.006, 0.6, 0.6), "so short a text is soon known by heart, so most is dropped at random"),
    15_000: ((192, 100, 16, 32, 0.006, 0.5, 0.5), "a short text is soon known by heart, so half is dropped at random"),
    100_000: ((256, 30, 16, 64, 0.005, 0.3, 0.4), "a text of this length needs many epochs and much dropout"),
    500_000: ((256, 20, 32, 64, 0.004, 0.1, 0.1), "a long text needs few epochs and little dropout"),
}
# about a quarter of an hour on two cores
CHARACTERS_TO_READ = 20_000_000


def settings_for(length: int) -> tuple[dict[str, Any], str]:
    """The settings for a training text of so many characters, and why."""
    values, why = BY_LENGTH[max(shortest for shortest in BY_LENGTH if shortest <= length)]
    hidden_size, epochs, batch_size, seq_length, *rates = values
    epochs = max(1, min(epochs, CHARACTERS_TO_READ // length))
    # however short the text, there are some eight windows
    seq_length = max(1, min(seq_length, length // 8))
    batch_size = max(1, min(batch_size, length // (8 * seq_length)))
    return dict(zip(NAMES, (hidden_size, epochs, batch_size, seq_length, *rates))), why
