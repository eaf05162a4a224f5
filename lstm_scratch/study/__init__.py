"""What an LSTM is held against (a plain RNN, n-grams, simple forecasts), and probes that ask what it has learned."""

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
    "bits_by_context",
    "compare_forecasts",
    "correlation_of_all",
    "correlations",
    "influence",
    "inside_quotes",
    "place_in_line",
    "rivals",
]
