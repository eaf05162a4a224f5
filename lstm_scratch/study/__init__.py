"""What the LSTM is compared with and asked: the plain RNN, the n-gram, and the probes."""

from lstm_scratch.study.ngram import NGram
from lstm_scratch.study.probes import (
    after_comma,
    bits_by_context,
    correlations,
    influence,
    inside_quotes,
    place_in_line,
)
from lstm_scratch.study.rnn import RNN

__all__ = [
    "RNN",
    "NGram",
    "after_comma",
    "bits_by_context",
    "correlations",
    "influence",
    "inside_quotes",
    "place_in_line",
]
