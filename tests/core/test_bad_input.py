"""What happens when somebody gives the wrong thing: each bad call, its exception, and the sentence it gives.

The sentence names what was given and what was expected. The rows stand in the order of the rooms.
"""

import re

import numpy as np
import pytest
from helpers import refuses_in_a_sentence

from lstm_scratch import LSTM, CharLM, LSTMCell, Vocabulary, gradient_check, train
from lstm_scratch.activations import (
    cross_entropy,
    log_softmax,
    sigmoid,
    sigmoid_derivative,
    softmax,
    tanh_derivative,
)
from lstm_scratch.gradcheck import numerical_gradient
from lstm_scratch.optimizers import SGD, Adam, clip_by_global_norm, dropout_mask
from lstm_scratch.study.ngram import NGram
from lstm_scratch.study.rnn import RNN
from lstm_scratch.text import batches, clean_text, read_text, split_text, without_gutenberg_notices

ABC = Vocabulary.from_text("abc")
MODEL = CharLM(ABC, 4)
LAYER = LSTM(3, 4)
CELL = LSTMCell(np.zeros((8, 3)), np.zeros((8, 2)), np.zeros(8))
STEP = CELL.forward(np.zeros(3), np.zeros(2), np.zeros(2))
GRAM = NGram(ABC, "abcabc", 2)
RAGGED = [[1.0, 2.0], [3.0]]
HUGE = 10**400


def options(**changed):
    return {"epochs": 1, "batch_size": 2, "seq_length": 3, "learning_rate": 0.1, "progress": False, **changed}


def train_with(train_text="abc" * 9, valid_text="abc", model=MODEL, **changed):
    return train(model, train_text, valid_text, **options(**changed))


def a_model_with(name, value):
    model = CharLM(ABC, 4)
    model.params[name][0] = value
    return model


CALLS = {
    # activations
    "sigmoid of a word": (lambda: sigmoid("one"), "z must hold real numbers, not <U3"),
    "sigmoid of nothing": (lambda: sigmoid(None), "z must hold real numbers, not object"),
    "sigmoid of uneven rows": (lambda: sigmoid(RAGGED), "z must be an array, with rows of equal length"),
    "sigmoid of complex numbers": (lambda: sigmoid(1j), "z must hold real numbers, not complex128"),
    "σ′ of truth values": (lambda: sigmoid_derivative([True]), "s must hold real numbers, not bool"),
    "tanh′ of a list of words": (lambda: tanh_derivative(["a"]), "t must hold real numbers, not <U1"),
    "softmax of a single number": (lambda: softmax(3.0), r"logits must have shape (..., V) with at least one score, not ()"),
    "softmax of no scores": (lambda: softmax(np.zeros((3, 0))), "with at least one score, not (3, 0)"),
    "log-softmax of words": (lambda: log_softmax(["a", "b"]), "logits must hold real numbers, not <U1"),
    "cross-entropy of lists that do not fit": (lambda: cross_entropy([[1.0, 2.0]], [0, 1]), "logits must be (N, V) and targets (N,), not (1, 2) and (2,)"),
    "cross-entropy, targets not whole": (lambda: cross_entropy([[1.0, 2.0]], [0.5]), "targets must be whole numbers, not float64"),
    "cross-entropy, target unknown": (lambda: cross_entropy([[1.0, 2.0]], [2]), "targets must lie between 0 and 1, not between 2 and 2"),
    # text
    "a vocabulary of nothing": (lambda: Vocabulary([]), "the vocabulary is empty: at least one character was expected"),
    "a vocabulary of a number": (lambda: Vocabulary(5), "a vocabulary is made of single characters, not of 5"),
    "a vocabulary of words": (lambda: Vocabulary(["a", "bc"]), "a vocabulary is made of single characters, not of 'bc'"),
    "a vocabulary of numbers": (lambda: Vocabulary([1, 2]), "a vocabulary is made of single characters, not of 1"),
    "a vocabulary with a character twice": (lambda: Vocabulary("aab"), "must be sorted and each occur once"),
    "a vocabulary of a text of bytes": (lambda: Vocabulary.from_text(b"abc"), "text must be a string, not b'abc'"),
    "a vocabulary of an empty text": (lambda: Vocabulary.from_text(""), "the text is empty: a vocabulary needs at least one character"),
    "encode nothing at all": (lambda: ABC.encode(None), "text must be a string, not None"),
    "encode a list": (lambda: ABC.encode(["a"]), "text must be a string, not ['a']"),
    "encode an unknown character": (lambda: ABC.encode("abx"), "unknown character 'x' at position 2 (U+0078): not among Vocabulary('abc')"),
    "encode an emoji": (lambda: ABC.encode("a😀"), "unknown character '😀' at position 1 (U+1F600)"),
    "encode a combining accent": (lambda: Vocabulary.from_text("é").encode("e\u0301"), "unknown character 'e' at position 0 (U+0065)"),
    "encode a letter that looks alike": (lambda: ABC.encode("a\u0441"), "at position 1 (U+0441)"),
    "encode half a surrogate pair": (lambda: ABC.encode("a\ud83d"), r"unknown character '\ud83d' at position 1 (U+D83D)"),
    "encode a byte-order mark": (lambda: ABC.encode("\ufeffabc"), r"unknown character '\ufeff' at position 0 (U+FEFF)"),
    "encode a Windows line end": (lambda: ABC.encode("ab\r\n"), r"unknown character '\r' at position 2 (U+000D)"),
    "encode with a large vocabulary": (lambda: Vocabulary(map(chr, range(500, 3500))).encode("a"), "ǻǼǽ"),
    "decode a number": (lambda: ABC.decode(5), "ids must be a sequence of whole numbers, not 5"),
    "decode fractions": (lambda: ABC.decode([0.5]), "ids must be whole numbers, not float64"),
    "decode an index too many": (lambda: ABC.decode([3]), "ids must lie between 0 and 2, not between 3 and 3"),
    "decode NaN": (lambda: ABC.decode([float("nan")]), "ids must be whole numbers, not float64"),
    "decode a table": (lambda: ABC.decode([[0], [1]]), "ids must have one dimension, not shape (2, 1)"),
    "decode uneven rows": (lambda: ABC.decode([[0], [1, 2]]), "ids must be a sequence of whole numbers, not [[0], [1, 2]]"),
    "decode an enormous number": (lambda: ABC.decode([10**30]), "ids must be whole numbers, not object"),
    "split no text": (lambda: split_text(None), "text must be a string, not None"),
    "split with NaN": (lambda: split_text("abcdef", float("nan")), "held_out must lie between 0 and 1, not nan"),
    "split with a word": (lambda: split_text("abcdef", "half"), "held_out must lie between 0 and 1, not 'half'"),
    "split a short text": (lambda: split_text("abc", 0.1), "a text of 3 characters is too short to hold out 0.1 of it"),
    "clean bytes": (lambda: clean_text(b"abc"), "text must be a string, not b'abc'"),
    "cut notices from a number": (lambda: without_gutenberg_notices(7), "text must be a string, not 7"),
    "batches of a text": (lambda: list(batches("abc", 1, 1)), "ids must hold real numbers, not <U3"),
    "batches of a table": (lambda: list(batches(np.zeros((3, 3), int), 1, 1)), "ids must have one dimension, not shape (3, 3)"),
    "batches of negative size": (lambda: list(batches([0, 1, 2], -1, 1)), "batch_size must be a whole number of at least 1, not -1"),
    "batches of enormous size": (lambda: list(batches([0, 1, 2], HUGE, 1)), "batch_size must be at most 2147483647, not 1000"),
    # optimizers
    "clip at NaN": (lambda: clip_by_global_norm({}, float("nan")), "max_norm must be a positive finite number, not nan"),
    "clip at a complex number": (lambda: clip_by_global_norm({}, 1j), "max_norm must be a positive finite number, not 1j"),
    "hide everything": (lambda: dropout_mask(np.random.default_rng(0), (2,), 1.0, np.dtype(float)), "rate must be at least 0 and below 1, not 1.0"),
    "hide a word": (lambda: dropout_mask(np.random.default_rng(0), (2,), "half", np.dtype(float)), "rate must be at least 0 and below 1, not 'half'"),
    "SGD at an enormous rate": (lambda: SGD({}, HUGE), "learning_rate must be a positive finite number, not 1000"),
    "Adam without parameters": (lambda: Adam({}, 0.1), "params is empty: at least one array to learn was expected"),
    "Adam with β₁ = 1": (lambda: Adam({"a": np.ones(2)}, 0.1, beta1=1), "beta1 must be at least 0 and below 1, not 1"),
    "Adam with ε = 0": (lambda: Adam({"a": np.ones(2)}, 0.1, epsilon=0), "epsilon must be a positive finite number, not 0"),
    "a step without its gradient": (lambda: SGD({"a": np.ones(2)}, 0.1).step({"b": np.ones(2)}), "there is no gradient for a: gradients were given for ['b']"),
    "a step with another shape": (lambda: Adam({"a": np.ones(2)}, 0.1).step({"a": np.ones(3)}), "the gradient of a must have shape (2,), not (3,)"),
    # cell, layer, rnn
    "a cell of uneven rows": (lambda: LSTMCell(RAGGED, np.zeros((8, 2)), np.zeros(8)), "W must be an array, with rows of equal length"),
    "a cell of words": (lambda: LSTMCell("W", "U", "b"), "W must hold real numbers, not <U1"),
    "a cell without rows": (lambda: LSTMCell(np.zeros((0, 3)), np.zeros((0, 0)), np.zeros(0)), "W must have shape (4H, I), four gates of H rows each, not (0, 3)"),
    "a cell step with infinity": (lambda: CELL.forward([np.inf, 0, 0], [0, 0], [0, 0]), "x must be finite, but it contains NaN or infinity"),
    "a cell step of uneven rows": (lambda: CELL.forward(RAGGED, [0, 0], [0, 0]), "x must be an array, with rows of equal length"),
    "a cell step of words": (lambda: CELL.forward(["a", "b", "c"], [0, 0], [0, 0]), "x must hold real numbers, not <U1"),
    "a cell step without h": (lambda: CELL.forward([0, 0, 0], None, [0, 0]), "h_prev must hold real numbers, not object"),
    "a cell's way back with a row too few": (lambda: CELL.backward(STEP, [0.0], [0.0, 0.0]), "dh must have shape (2,), not (1,)"),
    "a layer of half a unit": (lambda: LSTM(3, 0.5), "hidden_size must be a whole number of at least 1, not 0.5"),
    "a layer of enormous size": (lambda: LSTM(3, 10**12), "hidden_size must be at most 2147483647, not 1000000000000"),
    "a layer of truth": (lambda: LSTM(True, 3), "input_size must be a whole number of at least 1, not True"),
    "a layer of integers": (lambda: LSTM(3, 4, dtype=np.int64), "dtype must be float32 or float64, not <class 'numpy.int64'>"),
    "a layer given words": (lambda: LAYER.forward(np.full((2, 2, 3), "a")), "x must hold real numbers, not <U1"),
    "a layer given nothing": (lambda: LAYER.forward(None), "x must have shape (T, B, 3), or (T, B) for indices, not ()"),
    "a layer given NaN": (lambda: LAYER.forward(np.full((2, 2, 3), np.nan)), "x must be finite, but it contains NaN or infinity"),
    "a layer given a negative index": (lambda: LAYER.forward(np.full((2, 2), -1)), "the indices x must lie between 0 and 2, not between -1 and -1"),
    "a layer's sampling with an index too many": (lambda: LAYER.stepper()(3), "the index must be a whole number from 0 to 2, not 3"),
    "a layer's sampling with a character": (lambda: LAYER.stepper()("a"), "the index must be a whole number from 0 to 2, not 'a'"),
    "a layer's sampling with a half": (lambda: LAYER.stepper()(0.5), "the index must be a whole number from 0 to 2, not 0.5"),
    "a layer with a word for a seed": (lambda: LSTM(3, 4, rng="x"), "rng must be a whole number from 0 on or a numpy Generator, not 'x'"),
    "a layer that forgets a word": (lambda: LSTM(3, 4, forget_bias="x"), "forget_bias must hold real numbers, not <U1"),
    "a layer that forgets beyond float32": (lambda: LSTM(3, 4, forget_bias=1e300), "forget_bias must be finite, but it contains NaN or infinity"),
    "a layer with a number for a state": (lambda: LAYER.forward(np.zeros((2, 2, 3)), 5), "a state is a tuple of h0 and c0, not 5"),
    "a layer with three states": (lambda: LAYER.forward(np.zeros((2, 2, 3)), (0, 0, 0)), "a state is a tuple of h0 and c0, not 3 arrays"),
    "a plain network with a word for a seed": (lambda: RNN(3, 4, rng="x"), "rng must be a whole number from 0 on or a numpy Generator, not 'x'"),
    "a plain network with a number for a state": (lambda: RNN(3, 4).forward(np.zeros((2, 2, 3)), 5), "a state is a tuple of h0, not 5"),
    "a plain network of nothing": (lambda: RNN(0, 3), "input_size must be a whole number of at least 1, not 0"),
    "a plain network given uneven rows": (lambda: RNN(3, 3).forward(np.zeros((2, 3))), "x must have shape (T, B, 3), not (2, 3)"),
    # gradient check
    "check a list": (lambda: gradient_check(lambda: 0.0, {"a": [1.0]}, {"a": [1.0]}), "a must be a NumPy array, which can be changed in place, not [1.0]"),
    "check without a loss": (lambda: gradient_check(0.0, {}, {}), "loss must be a function without arguments, not 0.0"),
    "check against nothing": (lambda: gradient_check(lambda: 0.0, {"a": np.ones(2)}, {}), "there is no gradient for a: gradients were given for []"),
    "check a loss of NaN": (lambda: numerical_gradient(lambda: float("nan"), np.ones(2)), "the loss is not finite near this point"),
    "check a loss that is an array": (lambda: numerical_gradient(lambda: np.ones(2), np.ones(2)), "the loss must be a single number, not"),
    # baselines
    "n-grams of a string of characters": (lambda: NGram("abc", "abc", 2), "a Vocabulary, as Vocabulary.from_text makes it, was expected, not 'abc'"),
    "n-grams of half an order": (lambda: NGram(ABC, "abc", 1.5), "order must be a whole number of at least 1, not 1.5"),
    "n-grams of an enormous order": (lambda: NGram(ABC, "abc", 10**9), "order 1000000000 is too large for 3 characters: V^order must stay below 2^63"),
    "n-grams of no text": (lambda: NGram(ABC, None, 2), "text must be a string, not None"),
    "n-grams asked for half an order": (lambda: GRAM.probabilities("abc", 0.5), "order must lie between 0 and 2, not be 0.5"),
    "n-grams asked about one character": (lambda: GRAM.bits_per_char("a"), "a text of at least 2 characters is needed, not 1"),
    # model
    "a model of a string": (lambda: CharLM("abc", 4), "a Vocabulary, as Vocabulary.from_text makes it, was expected, not 'abc'"),
    "a model of a whole text": (lambda: CharLM("abc" * 9999, 4), "was expected, not 'abcabc"),
    "a model with a word for a seed": (lambda: CharLM(ABC, 4, rng="dice"), "rng must be a whole number from 0 on or a numpy Generator, not 'dice'"),
    "a model with a negative seed": (lambda: CharLM(ABC, 4, rng=-1), "rng must be a whole number from 0 on or a numpy Generator, not -1"),
    "a model that must forget NaN": (lambda: CharLM(ABC, 4, forget_bias=np.nan), "forget_bias must be finite, but it contains NaN or infinity"),
    "score nothing": (lambda: MODEL.bits_per_char(""), "a text of at least 2 characters is needed, not 0: the first has no score"),
    "score a number": (lambda: MODEL.bits_per_char(12), "text must be a string, not 12"),
    "a loss of letters": (lambda: MODEL.loss_and_grads([["a"]], [["b"]]), "inputs must hold real numbers, not <U1"),
    "a loss of uneven windows": (lambda: MODEL.loss_and_grads([[0], [1, 2]], [[0], [1]]), "inputs must be an array, with rows of equal length"),
    "a loss of fractions": (lambda: MODEL.loss_and_grads([[0.5]], [[0]]), "the indices x must be whole numbers, not float64"),
    "a loss of nothing": (lambda: MODEL.loss_and_grads(np.zeros((0, 2), int), np.zeros((0, 2), int)), "x must have shape (T, B, 3), or (T, B) for indices, not (0, 2)"),
    "sample from a number": (lambda: MODEL.sample(1, 3), "prompt must be a string, not 1"),
    "sample an enormous text": (lambda: MODEL.sample("a", HUGE), "length must be at most 2147483647, not 1000"),
    "sample at infinite heat": (lambda: MODEL.sample("a", 3, temperature=np.inf), "temperature must be a positive finite number, not inf"),
    "sample with a fraction for a seed": (lambda: MODEL.sample("a", 3, rng=0.5), "rng must be a whole number from 0 on or a numpy Generator, not 0.5"),
    "sample from broken weights": (lambda: a_model_with("W_y", np.nan).sample("a", 3), "W_y must be finite, but it contains NaN or infinity"),
    "save as whole numbers": (lambda: MODEL.save("unused.npz", dtype=np.int32), "dtype must be float16, float32 or float64, not int32"),
    "save what is too large for half the digits": (lambda: a_model_with("W_y", 1e9).save("unused.npz", dtype=np.float16), "W_y must be finite, but it contains NaN or infinity"),
    # training
    "train a word": (lambda: train_with(model="model"), "a CharLM was expected, not 'model'"),
    "train on bytes": (lambda: train_with(b"abc" * 9), "train_text must be a string, not b'abc"),
    "train on an unknown character": (lambda: train_with("abd" * 9), "unknown character 'd' at position 2"),
    "train on nothing": (lambda: train_with(""), "a text of 0 characters is shorter than one window"),
    "hold out nothing": (lambda: train_with(valid_text=""), "a held-out text of at least 2 characters is needed, not 0"),
    "hold out a list": (lambda: train_with(valid_text=["a"]), "valid_text must be a string, not ['a']"),
    "train for no epoch": (lambda: train_with(epochs=0), "epochs must be a whole number of at least 1, not 0"),
    "train for half an epoch": (lambda: train_with(epochs=0.5), "epochs must be a whole number of at least 1, not 0.5"),
    "train at an enormous rate": (lambda: train_with(learning_rate=HUGE), "learning_rate must be a positive finite number, not 1000"),
    "train at a rate in words": (lambda: train_with(learning_rate="fast"), "learning_rate must be a positive finite number, not 'fast'"),
    "train with a window too long": (lambda: train_with(seq_length=99), "batch_size 2 x seq_length 99 + 1 needs 199"),
    "train with an unhashable optimizer": (lambda: train_with(optimizer=["adam"]), "optimizer must be one of adam, sgd, not ['adam']"),
    "train with dice of glass": (lambda: train_with(rng="glass"), "rng must be a whole number from 0 on or a numpy Generator, not 'glass'"),
    "train and call a word": (lambda: train_with(after_epoch="print"), "after_epoch must be a function of epoch and model, not 'print'"),
    "train and wait for NaN": (lambda: train_with(patience=float("nan")), "patience must be a whole number of at least 1, not nan"),
    "resume from nowhere": (lambda: train_with(resume=True), "resume=True needs a checkpoint to go on from: none was named"),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_a_bad_call_is_told_what_was_wrong(name):
    refuses_in_a_sentence(*CALLS[name])


# other standard exceptions, where they fit better
OTHERS = {
    "a way back without a way there": (lambda: LSTM(3, 4).backward(np.zeros((2, 2, 4))), RuntimeError, "backward needs a forward pass first"),
    "gradients of NaN": (lambda: clip_by_global_norm({"a": np.array([np.nan])}, 1.0), FloatingPointError, "the gradients are not finite"),
    "a loss of NaN": (lambda: a_model_with("b_y", np.nan).loss_and_grads([[0]], [[1]]), FloatingPointError, "the loss is not finite"),
    "a score of NaN": (lambda: a_model_with("b_y", np.nan).bits_per_char("abc"), FloatingPointError, "the score is not finite"),
    "a file that is not there": (lambda: read_text("absent.txt"), FileNotFoundError, "absent.txt"),
    "a folder in place of a file": (lambda: read_text("."), (IsADirectoryError, PermissionError), "'.'"),
    "a number in place of a path": (lambda: read_text(0), TypeError, "expected str, bytes or os.PathLike object, not int"),
    "a model that is not there": (lambda: CharLM.load("absent.npz"), FileNotFoundError, "absent.npz"),
    "a checkpoint in no folder": (lambda: train_with(checkpoint="absent/run.npz"), FileNotFoundError, "there is no folder absent to write the checkpoint to"),
    "a number in place of a checkpoint": (lambda: train_with(checkpoint=7), TypeError, "expected str, bytes or os.PathLike object, not int"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_a_bad_call_is_told_in_another_standard_exception(name):
    call, exception, sentence = OTHERS[name]
    with pytest.raises(exception, match=re.escape(sentence)):
        call()


FILES = {
    "nothing": (b"", "is empty: a text with at least one character was expected"),
    "a byte-order mark alone": (b"\xef\xbb\xbf", "is empty: a text with at least one character was expected"),
    "Latin-1": ("Émile est né".encode("latin-1"), "is not UTF-8 text: byte 0 cannot be read"),
    "UTF-8 with a line of Latin-1 in it": ("né\n".encode() + "né\n".encode("latin-1"), "is not UTF-8 text: byte 5"),
    "UTF-16": ("best of times".encode("utf-16"), "is not UTF-8 text: byte 0 cannot be read"),
    "UTF-16 without a mark": ("best".encode("utf-16-le"), "is not UTF-8 text: byte 1 is zero, as in UTF-16 or a binary file"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "is not UTF-8 text: byte 0 cannot be read"),
    "an archive": (b"PK\x03\x04\x14\x00\x00", "is not UTF-8 text: byte 5 is zero, as in UTF-16 or a binary file"),
    "a character cut in two": ("ab😀".encode()[:-1], "is not UTF-8 text: byte 2 cannot be read"),
    "half a surrogate pair": ("a\ud83d".encode("utf-8", "surrogatepass"), "is not UTF-8 text: byte 1 cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_text_is_refused(tmp_path, name):
    content, sentence = FILES[name]
    (tmp_path / "text.txt").write_bytes(content)
    with pytest.raises(ValueError, match=r"text\.txt " + re.escape(sentence)):
        read_text(tmp_path / "text.txt")


@pytest.mark.parametrize("text", ["😀 😁 e\u0301é\n" * 9, "a\ud83db\udc00" * 9, "\0\r\n\ufeff" * 9])
def test_unusual_characters_go_all_the_way_and_come_back(tmp_path, text):
    model = CharLM(Vocabulary.from_text(text), 4)
    history = train(model, text, text[:9], **options(checkpoint=tmp_path / "run.npz", resume=True))
    model.save(tmp_path / "model.npz")
    loaded = CharLM.load(tmp_path / "model.npz")
    assert loaded.vocabulary.characters == tuple(sorted(set(text)))
    assert loaded.bits_per_char(text[:9]) == history["valid_bits"].iloc[-1]
    again = train(
        CharLM(Vocabulary.from_text(text), 4), text, text[:9], **options(checkpoint=tmp_path / "run.npz", resume=True)
    )
    assert again.equals(history)
