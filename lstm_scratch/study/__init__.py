"""What the LSTM is compared with (RNN, n-grams, simple forecasts) and mixed with, and probes of what it has learned."""

from lstm_scratch.study.comparison import bits_of_each, lead
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
    "bits_by_context",
    "bits_of_each",
    "compare_forecasts",
    "correlation_of_all",
    "correlations",
    "influence",
    "inside_quotes",
    "lead",
    "mixed_bits",
    "place_in_line",
    "rivals",
]
