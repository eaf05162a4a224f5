"""An LSTM written in NumPy, to be read, trusted and used.

>>> from lstm_scratch import CharLM, Vocabulary
>>> model = CharLM(Vocabulary.from_text("hello"), hidden_size=8)
>>> len(model.sample("h", 4, rng=0))
4

The modules in this folder are the core: cell and layer contain the LSTM, and char_model and training use it. The
sub-packages are figures, lessons, study, exchange and command. README.md in this folder says what each module is for,
and in which order to read them.
"""

from pathlib import Path

from lstm_scratch.activations import cross_entropy, softmax
from lstm_scratch.cell import LSTMCell
from lstm_scratch.char_model import CharLM
from lstm_scratch.gradcheck import gradient_check
from lstm_scratch.layer import LSTM
from lstm_scratch.optimizers import SGD, Adam, clip_by_global_norm
from lstm_scratch.parameters import joined
from lstm_scratch.text import Vocabulary, batches, clean_text, read_text, split_text, without_gutenberg_notices
from lstm_scratch.training import train

# the folder with the texts and the model: in an installed package it is inside, in a clone next to the package
DATA = Path(__file__).parent / "data"
if not DATA.is_dir():
    DATA = Path(__file__).parent.parent / "data"

__version__ = "0.2.0"

__all__ = [
    "DATA",
    "LSTM",
    "SGD",
    "Adam",
    "CharLM",
    "LSTMCell",
    "Vocabulary",
    "batches",
    "clean_text",
    "clip_by_global_norm",
    "cross_entropy",
    "gradient_check",
    "joined",
    "read_text",
    "softmax",
    "split_text",
    "train",
    "without_gutenberg_notices",
]
