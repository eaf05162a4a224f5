"""An LSTM written in NumPy, to be read, trusted and used.

>>> from lstm_scratch import CharLM, Vocabulary
>>> model = CharLM(Vocabulary.from_text("hello"), hidden_size=8)
>>> len(model.sample("h", 4, rng=0))
4
"""

from lstm_scratch.cell import LSTMCell
from lstm_scratch.char_model import CharLM
from lstm_scratch.gradient_check import gradient_check
from lstm_scratch.layer import LSTM
from lstm_scratch.text import Vocabulary

__all__ = ["LSTM", "CharLM", "LSTMCell", "Vocabulary", "gradient_check", "train"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`lstm_scratch.train` needs pandas and tqdm: they are loaded when it is first asked for."""
    if name == "train":
        from lstm_scratch.training import train

        return train
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
