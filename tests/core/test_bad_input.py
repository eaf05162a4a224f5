"""Bad input is refused in one sentence that says what was expected and what was given.

NumPy would accept it silently, or refuse it with a puzzling message.
"""

import ast
import re

import numpy as np
import pytest
from helpers import refuses_in_a_sentence

from lstm_scratch import LSTM, SGD, Adam, CharLM, LSTMCell, Vocabulary, gradient_check, train
from lstm_scratch.activations import cross_entropy, sigmoid
from lstm_scratch.cell import backward_through_time, unroll
from lstm_scratch.optimizers import clip_by_global_norm
from lstm_scratch.study import RNN, bits_by_context, correlation_of_all, correlations, influence
from lstm_scratch.text import batches, read_text, split_text

zeros, inf, nan = np.zeros, np.inf, np.nan
ABC = Vocabulary.from_text("abc")
# sizes: I = 3, H = 2; a batch of 5 in the rows that have one
CELL, LAYER, MODEL = LSTMCell(zeros((8, 3)), zeros((8, 2)), zeros(8)), LSTM(3, 2), CharLM(ABC, 2)
STEP = CELL.forward(zeros((5, 3)), zeros((5, 2)), zeros((5, 2)))
SEQUENCE = unroll(CELL, zeros((4, 5, 3)))
ONE = LSTM(1, 2)
MASKED = np.ma.masked_less(np.arange(60.0).reshape(4, 5, 3), 2)


def model_with(name, value):
    model = CharLM(ABC, 2)
    # not through model.params["W"] = ..., which would refuse the value: arithmetic might do the same
    model.params[name][0] = value
    return model


def column_of_nan(char):
    """A model of which only the weights of one character are broken."""
    model = CharLM(ABC, 2)
    model.params["W"][:, ABC.index[char]] = nan
    return model


def cell_with_nan():
    cell = LSTMCell(zeros((8, 3)), zeros((8, 2)), zeros(8))
    cell.U_o[0, 0] = nan
    return cell


def backward(dh, dstate):
    layer = LSTM(3, 2)
    layer.forward(zeros((4, 5, 3)))
    return layer.backward(dh, dstate)


def train_with(valid_text="abc", **changed):
    options = {"epochs": 1, "batch_size": 2, "seq_length": 3, "learning_rate": 0.1, "progress": False}
    return train(CharLM(ABC, 2), "abc" * 9, valid_text, **{**options, **changed})


def check(array, gradient):
    return gradient_check(lambda: 1.0, {"A": array}, {"A": gradient})


# each row: the call, and a part of the message; all of them raise ValueError
CALLS = [
    # the cell: shapes that would broadcast, and numbers that are not finite
    (lambda: LSTMCell(zeros((7, 3)), zeros((8, 2)), zeros(8)), "W must have shape (4H, I), four gates of H rows each, not (7, 3)"),
    (lambda: LSTMCell(zeros((8, 3)), zeros((8, 3)), zeros(8)), "U must have shape (8, 2), not (8, 3)"),
    (lambda: LSTMCell(zeros((8, 3)), zeros((8, 2)), zeros(1)), "b must have shape (8,), not (1,)"),
    (lambda: LSTMCell(np.full((8, 3), nan), zeros((8, 2)), zeros(8)), "W must be finite, but it contains NaN or infinity"),
    (lambda: CELL.forward(zeros(4), zeros(2), zeros(2)), "x must have shape (3,), not (4,)"),
    (lambda: CELL.forward(zeros((5, 3)), zeros(2), zeros((5, 2))), "h_prev must have shape (5, 2), not (2,)"),
    (lambda: CELL.forward(zeros((5, 3)), zeros((5, 2)), zeros((1, 2))), "c_prev must have shape (5, 2), not (1, 2)"),
    (lambda: CELL.forward([0, inf, 0], zeros(2), zeros(2)), "x must be finite"),
    (lambda: CELL.backward(STEP, zeros(2), zeros((5, 2))), "dh must have shape (5, 2), not (2,)"),
    (lambda: CELL.backward(STEP, zeros((5, 2)), zeros(2)), "dc must have shape (5, 2), not (2,)"),
    (lambda: CELL.backward(LSTMCell(zeros((8, 1)), zeros((8, 2)), zeros(8)).forward([0], zeros(2), zeros(2)), zeros(2), zeros(2)), "the step comes from a cell of another size: I = 1 and H = 2"),
    (lambda: setattr(LSTMCell(zeros((8, 3)), zeros((8, 2)), zeros(8)), "W", zeros((8, 2))), "W must have shape (8, 3), not (8, 2)"),
    (lambda: setattr(LSTMCell(zeros((8, 3)), zeros((8, 2)), zeros(8)), "U_g", zeros(2)), "U_g must have shape (2, 2), not (2,)"),
    (lambda: setattr(LSTMCell(zeros((8, 3)), zeros((8, 2)), zeros(8)), "b", [nan] * 8), "b must be finite"),
    (lambda: cell_with_nan().forward(zeros(3), zeros(2), zeros(2)), "U must be finite"),
    (lambda: LSTMCell([["1"]] * 4, zeros((4, 1)), zeros(4)), "W must be numbers, not text"),
    (lambda: LSTMCell([[1], [1, 2]], zeros((4, 1)), zeros(4)), "W must be an array, and its rows have different lengths"),
    # the cell over a sequence
    (lambda: unroll(CELL, zeros(3)), "x must have shape (T, I) or (T, B, I), not (3,)"),
    (lambda: unroll(CELL, zeros((4, 5, 3)), (zeros(2), zeros(2))), "state (h0, c0) must have shape (2, 5, 2), not (2, 2)"),
    *[
        (lambda shape=shape: backward_through_time(CELL, SEQUENCE, np.ones(shape)), f"dh must have shape (4, 5, 2), not {shape}")
        for shape in [(3, 5, 2), (7, 5, 2), (4, 1, 2), (4, 5, 1), (4, 5), (4,), (1, 5, 2), (4, 2), (), (4, 5, 2, 1)]
    ],
    (lambda: backward_through_time(CELL, SEQUENCE, np.ones((4, 5, 2)), np.ones((2, 2))), "dstate (dh_T, dc_T) must have shape (2, 5, 2), not (2, 2)"),
    (lambda: backward_through_time(CELL, [], zeros((0, 2))), "there are no steps to go back through: the sequence was empty"),
    (lambda: backward_through_time(CELL, SEQUENCE, np.full((4, 5, 2), nan)), "dh must be finite"),
    # what are no numbers
    (lambda: LAYER.forward([[["1", "2", "3"]]]), "x must be numbers, not text"),
    (lambda: LAYER.forward(zeros((4, 5, 3), "M8[D]")), "x must be numbers, not dates"),
    (lambda: LAYER.forward(zeros((4, 5, 3), "m8[D]")), "x must be numbers, not lengths of time"),
    (lambda: LAYER.forward(zeros((4, 5, 3), complex)), "x must be numbers, not complex numbers"),
    (lambda: LAYER.forward(zeros((4, 5, 3), object)), "x must be numbers, not Python objects"),
    (lambda: LAYER.forward(zeros((4, 5), "i4, f4")), "x must be numbers, not records"),
    (lambda: LAYER.forward({"x": 1}), "x must be numbers, not dict"),
    (lambda: LAYER.forward(None), "x must be numbers, not NoneType"),
    (lambda: LAYER.forward(MASKED), "x must have no masked numbers: fill them, or leave their places out"),
    (lambda: LAYER.forward(zeros((4, 5, 3)), (MASKED[0, :, :2], zeros((5, 2)))), "state (h0, c0) must have no masked numbers"),
    (lambda: LAYER.forward(zeros((4, 5, 3)), (zeros((5, 2)), zeros((4, 2)))), "state (h0, c0) must be an array, and its rows have different lengths"),
    (lambda: CELL.forward(MASKED[0], zeros((5, 2)), zeros((5, 2))), "x must have no masked numbers"),
    (lambda: backward([[["1", "2"]] * 5] * 4, None), "dh must be numbers, not text"),
    (lambda: sigmoid(MASKED), "z must have no masked numbers"),
    (lambda: cross_entropy([["a", "b"]], [0]), "logits must be numbers, not text"),
    (lambda: cross_entropy(zeros((0, 3)), zeros(0, int)), "logits must be (N, V) and targets (N,), not (0, 3) and (0,)"),
    (lambda: MODEL.output(zeros((2, 3))), "h must have shape (2, 2), not (2, 3)"),
    (lambda: check(zeros(2), ["a", "b"]), "the gradient of A must be numbers, not text"),
    # the layer
    (lambda: LSTM(1, 2, forget_bias=nan), "forget_bias must be finite, but it contains NaN or infinity"),
    (lambda: LSTM(1, 2, forget_bias="one"), "forget_bias must be numbers, not str"),
    *[
        (lambda make=make, rng=rng: make(rng), f"rng must be a whole number of at least 0, or a numpy Generator, not {rng!r}")
        for make in (lambda rng: LSTM(1, 2, rng=rng), lambda rng: CharLM(ABC, 2, rng=rng), lambda rng: RNN(1, 2, rng=rng), lambda rng: MODEL.sample("a", 2, rng=rng), lambda rng: MODEL.loss_and_grads([[0]], [[1]], dropout=0.5, rng=rng))
        for rng in (-1, 1.5, "seed", [[-1]])
    ],
    (lambda: LSTM.from_weights([["1"]] * 4, [[1]] * 4, [0] * 4), "W must be numbers, not text"),
    (lambda: LSTM.from_weights(zeros((4, 1), "f2"), zeros((4, 1)), zeros(4)), "dtype must be float32 or float64, not float16"),
    (lambda: LSTM.from_weights([0.0] * 4, [[0.0]] * 4, [0.0] * 4), "W must have shape (4H, I), four gates of H rows each, not (4,)"),
    (lambda: LSTM(3, 0), "hidden_size must be a whole number of at least 1, not 0"),
    (lambda: LAYER.forward(zeros(3)), "x must have shape (T, B, 3), or (T, B) for indices, not (3,)"),
    (lambda: LAYER.forward(zeros((0, 5, 3))), "x must have shape (T, B, 3), or (T, B) for indices, not (0, 5, 3)"),
    (lambda: LAYER.forward(zeros((4, 5, 1))), "x must have shape (4, 5, 3), not (4, 5, 1)"),
    (lambda: LAYER.forward(zeros((4, 5))), "x (T, B) must be indices, not float64; numbers have three axes, (T, B, 3)"),
    (lambda: LAYER.forward(np.full((4, 5), -1)), "the indices x must lie between 0 and 2, not between -1 and -1"),
    (lambda: LAYER.forward(np.full((4, 5, 3), 1e300)), "x must be finite"),  # too large for float32
    (lambda: LAYER.forward(zeros((4, 5, 3)), (zeros(2), zeros(2))), "state (h0, c0) must have shape (2, 5, 2), not (2, 2)"),
    (lambda: backward(zeros((4, 5, 2)), zeros((2, 1, 2))), "dstate (dh_T, dc_T) must have shape (2, 5, 2), not (2, 1, 2)"),
    # classes, characters and texts
    (lambda: cross_entropy(zeros((3, 4)), zeros((3, 1), int)), "logits must be (N, V) and targets (N,), not (3, 4) and (3, 1)"),
    (lambda: cross_entropy(zeros((3, 4)), [0, 1, -1]), "targets must lie between 0 and 3, not between -1 and 1"),
    (lambda: cross_entropy(zeros((1, 4)), [0.5]), "targets must be whole numbers, not float64"),
    (lambda: Vocabulary.from_text(""), "a vocabulary needs at least one character, all of them in sorted order and given once"),
    (lambda: ABC.encode("ab\u0441"), "unknown character '\u0441' (U+0441) at position 2"),  # a Cyrillic letter
    (lambda: ABC.decode([-1]), "ids must lie between 0 and 2, not between -1 and -1"),
    (lambda: list(batches(np.arange(12), 3, 4)), "a text of 12 characters is shorter than one window, which needs batch_size 3 x seq_length 4 + 1"),
    # the model
    (lambda: MODEL.loss_and_grads(zeros((3, 2), int), zeros((3, 1), int)), "inputs and targets must both be (T, B), not (3, 2) and (3, 1)"),
    (lambda: MODEL.bits_per_char("a"), "a text needs at least 2 characters to be scored, not 1"),
    (lambda: MODEL.loss_and_grads([[0]], [[1]], dropout=0.5), "dropout and weight_drop draw what they hide: pass an rng"),
    (lambda: MODEL.loss_and_grads([[0]], [[1]], weight_drop=0.5), "dropout and weight_drop draw what they hide: pass an rng"),
    (lambda: MODEL.input_gradients([[-1]], zeros((1, 1, 3))), "ids must lie between 0 and 2, not between -1 and -1"),
    (lambda: MODEL.input_gradients([0], zeros((1, 1, 3))), "ids must be (T, B), not (1,)"),
    (lambda: MODEL.sample("a", -1), "length must be a whole number of at least 0, not -1"),
    (lambda: column_of_nan("b").sample("a", 100, rng=0), "the scores are not finite"),
    (lambda: column_of_nan("a").sample("a", 1, rng=0), "the output for the prompt must be finite"),
    (lambda: list(batches(zeros((9, 1), int), 2, 3)), "ids must have shape (N,), not (9, 1)"),
    (lambda: MODEL.sample("", 5), "the prompt must have at least one character"),
    (lambda: MODEL.sample("a", 5, temperature=0), "temperature must be a positive finite number, not 0"),
    (lambda: model_with("b_y", nan).sample("a", 5), "the output for the prompt must be finite"),
    (lambda: model_with("W_y", 1e9).save("unused.npz", dtype="f2"), "W_y must be finite"),  # too large for half precision
    *[
        (lambda dtype=dtype: MODEL.save("unused.npz", dtype=dtype), "dtype must be float16, float32 or float64, not ")
        for dtype in (int, complex, bool, ">f4", "abc", "S5", np.longdouble, object, 0, "M8[s]", "f4,f4")
    ],
    # gradients and training
    (lambda: check(zeros(2, "f4"), zeros(2)), "a gradient check needs float64, not float32"),
    (lambda: check(zeros((2, 2)), zeros(2)), "the gradient of A must have shape (2, 2), not (2,)"),
    (lambda: check(zeros(2), [nan, 0]), "the gradient of A must be finite"),
    (lambda: SGD({}, nan), "learning_rate must be a positive finite number, not nan"),
    (lambda: SGD({"a": zeros(2)}, 0.1).step({"a": zeros(1)}), "the gradient of a must have shape (2,), not (1,)"),
    (lambda: Adam({"a": zeros(2)}, 0.1, beta1=1.0), "beta1 must be at least 0 and below 1, not 1.0"),
    (lambda: train_with(epochs=0), "epochs must be a whole number of at least 1, not 0"),
    (lambda: train_with(epochs=2.5), "epochs must be a whole number of at least 1, not 2.5"),
    (lambda: train_with(epochs="three"), "epochs must be a whole number of at least 1, not 'three'"),
    (lambda: train_with(batch_size=2.0), "batch_size must be a whole number of at least 1, not 2.0"),
    (lambda: train_with(seq_length=True), "seq_length must be a whole number of at least 1, not True"),
    (lambda: train_with(patience=0), "patience must be a whole number of at least 1, not 0"),
    (lambda: train_with(learning_rate=-1), "learning_rate must be a positive finite number, not -1"),
    (lambda: train_with(learning_rate="fast"), "learning_rate must be a positive finite number, not 'fast'"),
    (lambda: train_with(final_learning_rate=inf), "final_learning_rate must be a positive finite number, not inf"),
    (lambda: train_with(clip=0), "clip must be a positive finite number, not 0"),
    (lambda: train_with(dropout=1.0), "dropout must be at least 0 and below 1, not 1.0"),
    (lambda: train_with(weight_drop=nan), "weight_drop must be at least 0 and below 1, not nan"),
    (lambda: train_with(optimizer="rmsprop"), "optimizer must be one of 'adam', 'sgd', not 'rmsprop'"),
    (lambda: train_with(optimizer=Adam(CharLM(ABC, 2).params, 0.1)), "the optimizer must be made with the parameters of this model"),
    (lambda: train_with(optimizer=Adam), "pass Adam(model.params, learning_rate), not the class"),
    (lambda: train_with(optimizer=SGD), "pass SGD(model.params, learning_rate), not the class"),
    (lambda: train_with(note={"a": {1}}), "note cannot be kept in a checkpoint: JSON cannot hold it"),
    (lambda: train_with(note={1: "a"}), "note cannot be kept in a checkpoint: JSON would change it"),
    (lambda: train_with(valid_text=""), "the held-out text: it needs at least 2 characters to be scored, not 0"),
    (lambda: train_with(valid_text="a"), "the held-out text: it needs at least 2 characters to be scored, not 1"),
    (lambda: train_with(valid_text="abX"), "the held-out text: unknown character 'X'"),
    (lambda: train_with(resume="maybe"), "resume must be one of False, True, 'auto', not 'maybe'"),
    (lambda: gradient_check(lambda: zeros(2), {"A": zeros(2)}, {"A": zeros(2)}), "loss must return one number, not an array of shape (2,)"),
    (lambda: gradient_check(lambda: None, {"A": zeros(2)}, {"A": zeros(2)}), "loss must return one number, not None"),
    (lambda: CharLM.from_weights(ABC, W=zeros((8, 3)), U=zeros((8, 3)), b=zeros(8), W_y=zeros((3, 2)), b_y=zeros(3)), "U must have shape (8, 2), not (8, 3)"),
    (lambda: MODEL.input_gradients([[0]], zeros((1, 3))), "dlogits must have shape (1, 1, 3), not (1, 3)"),
    (lambda: split_text("abc" * 9, nan), "held_out must be at least 0 and below 1, not nan"),
    (lambda: train_with(valid_text="abX"), "unknown character 'X' (U+0058) at position 2"),
    (lambda: train_with(resume=True), "cannot resume without a checkpoint: pass checkpoint=PATH"),
    # what the model is compared with and asked
    (lambda: RNN(3, 2).forward(zeros((4, 5, 3)), (zeros(2),)), "h0 must have shape (5, 2), not (2,)"),
    (lambda: RNN(3, 2).forward(zeros((4, 3))), "x must have shape (T, B, 3), not (4, 3)"),
    (lambda: correlations(zeros((4, 2)), zeros((4, 1))), "feature must have shape (4,), not (4, 1)"),
    (lambda: correlations(zeros((4, 1, 2)), zeros(4)), "cells must have shape (T, H), not (4, 1, 2)"),
    (lambda: correlation_of_all(zeros((4, 2)), zeros(4), fitted=4), "of 4 steps, between 1 and 3 may be fitted, not 4"),
    (lambda: influence(MODEL, "abc", "ab"), "target must be one character, not 'ab'"),
    (lambda: influence(MODEL, "", "a"), "the text must have at least one character"),
    (lambda: bits_by_context(MODEL, "abc" * 9, [0], [4]), "context must be a whole number of at least 1, not 0"),
    (lambda: bits_by_context(MODEL, "abc" * 9, [1], []), "positions must be a list of at least one place"),
    (lambda: bits_by_context(MODEL, "abc" * 9, [1], [27]), "positions must lie between 0 and 26, not between 27 and 27"),
    (lambda: bits_by_context(MODEL, "abc" * 9, [1, 5], [4]), "positions must have 5 characters before them, but the first is 4"),
]  # fmt: skip
# each row: the call, a part of the message, and the exception, which is more precise than a ValueError
OTHERS = [
    (lambda: clip_by_global_norm({"a": np.array([nan])}, 1.0), "the gradients are not finite", FloatingPointError),
    (lambda: model_with("b_y", nan).loss_and_grads([[0]], [[1]]), "the loss is not finite", FloatingPointError),
    (lambda: model_with("b_y", nan).bits_per_char("abc"), "the score is not finite", FloatingPointError),
    (lambda: column_of_nan("b").bits_per_char("aba"), "h is not finite", FloatingPointError),
    (lambda: column_of_nan("b").trace([[1], [0]]), "h is not finite", FloatingPointError),
    (lambda: RNN(1, 2).backward(zeros((1, 1, 2))), "there is no forward pass to go back through", RuntimeError),
    (lambda: MODEL.sample(b"a", 5), "a text must be a str, not bytes: write text.decode()", TypeError),
    (lambda: MODEL.bits_per_char(b"abc"), "a text must be a str, not bytes: write text.decode()", TypeError),
    (lambda: Vocabulary.from_text(b"abc"), "a text must be a str, not bytes: write text.decode()", TypeError),
    (lambda: ABC.encode(["a", "b"]), "a text must be a str, not list", TypeError),
    (lambda: CharLM.load("absent.npz"), "absent.npz", FileNotFoundError),
    (lambda: CharLM("abc", 4), "vocabulary must be a Vocabulary, not str: make one with Vocabulary.from_text(text)", TypeError),
    (lambda: CharLM.from_weights(ABC), "missing 5 required keyword-only arguments: 'W', 'U', 'b', 'W_y', and 'b_y'", TypeError),
    (lambda: train(MODEL, "abc", "abc"), "missing 4 required keyword-only arguments: 'epochs', 'batch_size', 'seq_length', and 'learning_rate'", TypeError),
    (lambda: train_with(learnig_rate=3), "unexpected keyword argument 'learnig_rate'", TypeError),
]  # fmt: skip
ROWS = [(*row, ValueError) for row in CALLS] + OTHERS


@pytest.mark.parametrize(("call", "sentence", "exception"), ROWS, ids=[sentence[:60] for _, sentence, _ in ROWS])
def test_a_bad_call_is_told_what_was_wrong(call, sentence, exception):
    refuses_in_a_sentence(call, sentence, exception)


@pytest.mark.parametrize(
    ("content", "reason", "others"),
    [
        ("né".encode("latin-1"), "can't decode byte", "cp1252 or koi8-r"),
        ("best".encode("utf-16"), "can't decode byte", "utf-16, utf-16-le or utf-16-be"),
        ("best".encode("utf-16-le"), "it has NUL characters", "utf-16, utf-16-le or utf-16-be"),
        ("ab😀".encode()[:-1], "can't decode bytes", "cp1252 or koi8-r"),
    ],
    ids=["Latin-1", "UTF-16", "UTF-16 without its mark", "a character cut in two"],
)
def test_a_file_that_is_not_text_is_named_with_what_to_try(tmp_path, content, reason, others):
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    refuses_in_a_sentence(lambda: read_text(path), reason)
    refuses_in_a_sentence(lambda: read_text(path), f"try another encoding, such as {others}")


def test_an_unknown_encoding_is_refused(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("best", encoding="utf-8")
    refuses_in_a_sentence(lambda: read_text(path, encoding="utf-99"), "unknown encoding: utf-99")


# whole numbers and floats of every shape that is none, and what the sentence says to write instead
@pytest.mark.parametrize("inputs", [1, 3])
@pytest.mark.parametrize(
    "x",
    [
        [[10], [20], [30]],
        [[10.0], [20.0], [30.0]],
        [10, 20, 30],
        [0.1, 0.2],
        [0, 1, 2],
        [[0.1, 0.2, 0.3]] * 4,
        [[5, 2, 3]] * 4,
        [[0.5, 0.5]] * 3,
        np.eye(3, dtype=bool),
        [[[1], [2]], [[0], [1]]],
        [[5, 7]],
    ],
    ids=str,
)
def test_the_advice_on_a_shape_leads_to_a_call_that_works(x, inputs):
    try:
        LSTM(inputs, 2).forward(x)
    except ValueError as error:
        sentence = str(error)
        assert len(sentence) < 300
        # each piece of advice is tried: a reshape, and perhaps a layer of another input size
        for size, shape in re.findall(r"(?:input_size=(\d+) and )?np\.reshape\(x, (\([\d, ]+\))\)", sentence):
            LSTM(int(size or inputs), 2).forward(np.reshape(x, ast.literal_eval(shape)))
        assert "np.reshape" in sentence or np.ndim(x) == 1
