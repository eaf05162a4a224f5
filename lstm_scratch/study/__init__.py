"""What the LSTM is compared with (RNN, n-grams, simple forecasts) and mixed with, and probes of what it has learned."""

from lstm_scratch.study.comparison import bits_of_each, lead
from lstm_scratch.study.measures import (
    bits_and_hits,
    bits_by_kind,
    blame_left,
    contexts_met,
    find_cell,
    kinds_of,
    likeliest,
    memory_left,
    p_with_cell_set,
    share_of_known_words,
    train_and_keep,
)
from lstm_scratch.study.mixture import best_share, mixed_bits
from lstm_scratch.study.ngram import NGram
from lstm_scratch.study.probes import (
    after_comma,
    best_cell,
    bits_by_context,
    correlation_of_all,
    correlations,
    influence,
    inside_quotes,
    place_in_line,
)
from lstm_scratch.study.rivals import compare_forecasts, rivals
from lstm_scratch.study.rnn import RNN

__all__ = [
    "RNN",
    "NGram",
    "after_comma",
    "best_cell",
    "best_share",
    "bits_and_hits",
    "bits_by_context",
    "bits_by_kind",
    "bits_of_each",
    "blame_left",
    "contexts_met",
    "compare_forecasts",
    "correlation_of_all",
    "correlations",
    "find_cell",
    "influence",
    "inside_quotes",
    "kinds_of",
    "lead",
    "likeliest",
    "memory_left",
    "mixed_bits",
    "p_with_cell_set",
    "place_in_line",
    "rivals",
    "share_of_known_words",
    "train_and_keep",
]
