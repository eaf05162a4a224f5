"""Bad calls of probes, figures, exercises and the door to other engines: each with the sentence it gives.

The first table of this kind is in `test_bad_input.py`.
"""

import numpy as np
import pandas as pd
import pytest
from helpers import refuses_in_a_sentence
from matplotlib.figure import Figure

from lstm_scratch import (
    CharLM,
    LSTMCell,
    Vocabulary,
    bug_hunt,
    diagram,
    exchange,
    exercises,
    plots,
    probe_plots,
    probes,
    style,
    text_plots,
)

MODEL = CharLM(Vocabulary("abc"), 4)
WALK = pd.DataFrame(np.linspace(-0.9, 0.9, 18).reshape(3, 6), columns=list("ifgoch"))
HOLE = WALK.where(WALK != WALK["f"].iloc[1])
HISTORY = pd.DataFrame({"epoch": [1, 2], "train_bits": [4, 2], "valid_bits": [4, 3], "grad_norm": [3, 1]})
AXES = {"xlabel": "x", "ylabel": "y"}
EMPTY = "must be a mapping with at least one entry, not {}"


def pull(a):
    return Figure()


CALLS = {
    # probes
    "quotes in a number": (lambda: probes.inside_quotes(5), "text must be a string, not 5"),
    "quotes in bytes": (lambda: probes.inside_quotes(b"ab"), "text must be a string, not b'ab'"),
    "lines of nothing": (lambda: probes.place_in_line(None), "text must be a string, not None"),
    "commas in a list": (lambda: probes.after_comma([","], 1), "text must be a string, not [',']"),
    "half a place after a comma": (lambda: probes.after_comma("a", 0.5), "within must be a whole number of at least 1, not 0.5"),
    "the last of two marks": (lambda: probes.last_place("abc", "ab"), "mark must be one character, not 'ab'"),
    "cells of words": (lambda: probes.correlations([["a"]], [1]), "cells must hold real numbers, not <U1"),
    "influence in no model": (lambda: probes.influence("model", "abc", "a"), "a CharLM was expected, not 'model'"),
    "influence of a number": (lambda: probes.influence(MODEL, 5, "a"), "text must be a string, not 5"),
    "influence on a number": (lambda: probes.influence(MODEL, "abc", 3), "target must be one character, not 3"),
    "contexts of no model": (lambda: probes.bits_by_context(None, "abc", [1], [2]), "a CharLM was expected, not None"),
    "contexts in a number": (lambda: probes.bits_by_context(MODEL, 7, [1], [2]), "text must be a string, not 7"),
    "one context, not in a row": (lambda: probes.bits_by_context(MODEL, "abc", 1, [2]), "contexts must be whole numbers in a row, at least one, not 1"),
    # gates, states, learning
    "gates of nothing": (lambda: plots.plot_gates(None, "t"), "walk must be a pandas DataFrame, not None"),
    "gates of an array": (lambda: plots.plot_gates(np.ones((2, 4)), "t"), "walk must be a pandas DataFrame, not array([[1., 1., 1., 1.], [1., 1., 1., 1.]])"),
    "gates without a column": (lambda: plots.plot_gates(WALK[["i", "f"]], "t"), "walk must have a column 'g', not only ['i', 'f']"),
    "gates of no step": (lambda: plots.plot_gates(WALK.iloc[:0], "t"), "walk must have at least one row, not 0"),
    "gates with a hole": (lambda: plots.plot_gates(HOLE, "t"), "column 'f' of walk must be finite, but it contains NaN or infinity"),
    "states of words": (lambda: plots.plot_states(WALK.astype(str), "t"), "column 'c' of walk must hold real numbers, not"),
    "states without h": (lambda: plots.plot_states(WALK[["c"]], "t"), "walk must have a column 'h', not only ['c']"),
    "no walks": (lambda: plots.plot_walks({}, "t"), f"walks {EMPTY}"),
    "walks in a list": (lambda: plots.plot_walks([1], "t"), "walks must be a mapping with at least one entry, not [1]"),
    "a walk of nothing": (lambda: plots.plot_walks({"a": None}, "t"), "walk 'a' must be a pandas DataFrame, not None"),
    "no pre-activations": (lambda: plots.plot_saturation({}, "t"), f"pre_activations {EMPTY}"),
    "pre-activations with a hole": (lambda: plots.plot_saturation({"a": HOLE}, "t"), "column 'f' of table 'a' must be finite"),
    "no curves": (lambda: plots.plot_curves({}, "t", **AXES), f"curves {EMPTY}"),
    "a curve without x": (lambda: plots.plot_curves({"a": [1, 2, 3]}, "t", **AXES), "'a' must have a pair of x and y, not [1, 2, 3]"),
    "a curve with a y too many": (lambda: plots.plot_curves({"a": ([1], [1, 2])}, "t", **AXES), "y of 'a' must have shape (1,), not (2,)"),
    "a curve of words": (lambda: plots.plot_curves({"a": (["u"], ["v"])}, "t", **AXES), "x of 'a' must hold real numbers, not <U1"),
    "a curve to infinity": (lambda: plots.plot_curves({"a": ([1], [np.inf])}, "t", **AXES), "y of 'a' must be finite, but it contains NaN or infinity"),
    "no answers": (lambda: plots.plot_answers({}, "t"), f"answers {EMPTY}"),
    "a group without answers": (lambda: plots.plot_answers({"a": ([], [])}, "t"), "x of 'a' must be numbers in a row, at least one, not of shape (0,)"),
    "no gradient errors": (lambda: plots.plot_gradient_errors({}, "t"), f"errors {EMPTY}"),
    "a negative gradient error": (lambda: plots.plot_gradient_errors({"W": -1.0}, "t"), "the error of 'W' must be a number from 0 up, not -1.0"),
    "a gradient error of NaN": (lambda: plots.plot_gradient_errors({"W": np.nan}, "t"), "the error of 'W' must be a number from 0 up, not nan"),
    "a gradient error in words": (lambda: plots.plot_gradient_errors({"W": "small"}, "t"), "the error of 'W' must be a number from 0 up, not 'small'"),
    "a limit of nothing": (lambda: plots.plot_gradient_errors({"W": 0.0}, "t", limit=0), "limit must be a positive finite number, not 0"),
    "a cell's step that is a number": (lambda: diagram.plot_cell("t", 5), "a step with one input and one hidden unit was expected"),
    "a cell up to nowhere": (lambda: diagram.plot_cell("t", upto=5), "upto must be one of inputs, f, i, g, c, o, h, not 5"),
    # texts and scores
    "frequencies of a number": (lambda: text_plots.plot_frequencies(5, "t"), "table must be a pandas DataFrame, not 5"),
    "frequencies of nothing named": (lambda: text_plots.plot_frequencies(pd.DataFrame({"count": [1]}), "t"), "table must have a column 'character', not only ['count']"),
    "frequencies of numbers": (lambda: text_plots.plot_frequencies(pd.DataFrame({"character": [7], "count": [1]}), "t"), "column 'character' of table must hold strings only, not 7"),
    "a cloud of a number": (lambda: text_plots.plot_word_cloud(5, "t"), "text must be a string, not 5"),
    "a cloud without words": (lambda: text_plots.plot_word_cloud("", "t"), "at least 1 word"),
    "windows of a number": (lambda: text_plots.plot_windows(5, 1, 1, "t"), "text must be a string, not 5"),
    "windows in no stream": (lambda: text_plots.plot_windows("abc", 0, 1, "t"), "batch_size must be a whole number of at least 1, not 0"),
    "half a window": (lambda: text_plots.plot_windows("abc", 1, 0.5, "t"), "seq_length must be a whole number of at least 1, not 0.5"),
    "a probability too few": (lambda: text_plots.plot_probabilities("abc", [0.5, 0.5], "t"), "probabilities must have shape (3,), not (2,)"),
    "probabilities of nothing": (lambda: text_plots.plot_probabilities("", [], "t"), "characters must be strings in a row, at least one, not ''"),
    "a negative probability": (lambda: text_plots.plot_probabilities("ab", [1.5, -0.5], "t"), "probabilities must lie between 0 and 1, not between -0.5 and 1.5"),
    "a probability of NaN": (lambda: text_plots.plot_probabilities("ab", [np.nan, 1], "t"), "probabilities must be finite, but it contains NaN or infinity"),
    "no scores": (lambda: text_plots.plot_scores({}, "a", "t"), f"scores {EMPTY}"),
    "scores of nobody": (lambda: text_plots.plot_scores({"p": {}}, "a", "t"), f"scores of 'p' {EMPTY}"),
    "a highlight that is not there": (lambda: text_plots.plot_scores({"p": {"a": 1.0}}, "b", "t"), "highlight must be one of a, not 'b'"),
    "a list of highlights": (lambda: text_plots.plot_scores({"p": {"a": 1.0}}, ["a"], "t"), "highlight must be one of a, not ['a']"),
    "history of a number": (lambda: text_plots.plot_history(5, "t"), "history must be a pandas DataFrame, not 5"),
    "history without losses": (lambda: text_plots.plot_history(HISTORY[["epoch"]], "t"), "history must have a column 'train_bits', not only ['epoch']"),
    "history of no epoch": (lambda: text_plots.plot_history(HISTORY.iloc[:0], "t"), "history must have at least one row, not 0"),
    "history clipped at a word": (lambda: text_plots.plot_history(HISTORY, "t", clip="a"), "clip must be a positive finite number, not 'a'"),
    # a look inside
    "no temperatures": (lambda: probe_plots.plot_temperatures("abc", {}, "t"), f"by_temperature {EMPTY}"),
    "a temperature below zero": (lambda: probe_plots.plot_temperatures("ab", {-1: [0.5, 0.5]}, "t"), "temperature must be a positive finite number, not -1"),
    "a temperature in words": (lambda: probe_plots.plot_temperatures("ab", {"hot": [0.5, 0.5]}, "t"), "temperature must be a positive finite number, not 'hot'"),
    "a temperature's probability too few": (lambda: probe_plots.plot_temperatures("abc", {1: [0.5, 0.5]}, "t"), "probabilities at temperature 1 must have shape (3,), not (2,)"),
    "the colours of a number": (lambda: probe_plots.plot_coloured_text(5, [1], "t"), "text must be a string, not 5"),
    "a colour of NaN": (lambda: probe_plots.plot_coloured_text("a", [np.nan], "t"), "values must be finite, but it contains NaN or infinity"),
    "a colour in words": (lambda: probe_plots.plot_coloured_text("a", ["red"], "t"), "values must hold real numbers, not <U3"),
    "a guess without its probability": (lambda: probe_plots.plot_coloured_text("a", [0.5], "t", {0: "b"}), "the guesses at 0 must be pairs of a character and its probability, not 'b'"),
    "a guess for sure and more": (lambda: probe_plots.plot_coloured_text("a", [0.5], "t", {0: [("b", 2)]}), "the probabilities guessed at 0 must lie between 0 and 1, not between 2 and 2"),
    "a guess at a word": (lambda: probe_plots.plot_coloured_text("a", [0.5], "t", {"a": []}), "guesses must stand at places from 0 to 0, not at 'a'"),
    "no lines of influence": (lambda: probe_plots.plot_influence({}, "t"), f"texts {EMPTY}"),
    "a line without influences": (lambda: probe_plots.plot_influence({"e": "th"}, "t"), "'e' must have a pair of a text and its influences, not 'th'"),
    "influences in words": (lambda: probe_plots.plot_influence({"e": ("th", ["a", "b"])}, "t"), "the influences on 'e' must hold real numbers, not <U1"),
    "no gates in use": (lambda: probe_plots.plot_gate_use({}, "t"), f"shares {EMPTY}"),
    "a gate x": (lambda: probe_plots.plot_gate_use({"x": WALK}, "t"), "a gate is one of i, f, g, o, not 'x'"),
    "a gate that is never shut": (lambda: probe_plots.plot_gate_use({"i": WALK[["c"]]}, "t"), "shares of 'i' must have a column 'shut', not only ['c']"),
    "no contexts": (lambda: probe_plots.plot_contexts({}, "t"), f"scores {EMPTY}"),
    "a panel without contexts": (lambda: probe_plots.plot_contexts({"p": {}}, "t"), f"scores of 'p' {EMPTY}"),
    "half a character of context": (lambda: probe_plots.plot_contexts({"p": {"a": ([0.5], [2.0])}}, "t"), "characters seen before must be whole numbers from 1 up, not [0.5]"),
    # into the notebook
    "show a number": (lambda: style.show(5, "words"), "a matplotlib Figure was expected, not 5"),
    "show without words": (lambda: style.show(Figure(), " "), "alt is empty: say in words what the figure shows"),
    "show with a number for words": (lambda: style.show(Figure(), 5), "alt must be a string, not 5"),
    "sliders of nothing": (lambda: style.show_sliders(None, "words", a=(0, 1, 0.5)), "draw must be a function that returns a Figure, not None"),
    "a slider of a number": (lambda: style.show_sliders(pull, "words", a=5), "a must be (lowest, highest, start), start between the two, not 5"),
    "a slider upside down": (lambda: style.show_sliders(pull, "words", a=(1, 0, 0.5)), "a must be (lowest, highest, start), start between the two, not (1, 0, 0.5)"),
    # exercises, and other engines
    "a broken cell F": (lambda: bug_hunt.broken_cell("F"), "the broken cells are called A, B, C, D, E, not 'F'"),
    "a list of broken cells": (lambda: bug_hunt.broken_cell(["A"]), "the broken cells are called A, B, C, D, E, not ['A']"),
    "broken cells in an array": (lambda: bug_hunt.broken_cell(np.array(["A", "B"])), "the broken cells are called A, B, C, D, E, not array(['A', 'B'], dtype='<U1')"),
    "a bug of nothing": (lambda: bug_hunt.name_the_bug(None, 1), "the broken cells are called A, B, C, D, E, not None"),
    "reveal a number": (lambda: bug_hunt.reveal(1), "the broken cells are called A, B, C, D, E, not 1"),
    "an exercise that is not there": (lambda: exercises.check("eleven", 1), "the exercises are forgetful, half-life"),
    "a list of exercises": (lambda: exercises.check(["step"], 1), ", not ['step']"),
    "a number to PyTorch": (lambda: exchange.to_torch(5), "a CharLM or an LSTM was expected, not 5"),
    "a cell to Keras": (lambda: exchange.to_keras(LSTMCell), "a CharLM or an LSTM was expected, not <class 'lstm_scratch.cell.LSTMCell'>"),
    "a word to ONNX": (lambda: exchange.to_onnx("model", "unused.onnx"), "a CharLM or an LSTM was expected, not 'model'"),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_a_bad_call_is_told_what_was_wrong(name):
    refuses_in_a_sentence(*CALLS[name])


def test_no_figure_and_no_probe_is_left_out():
    rooms = (diagram, plots, probe_plots, text_plots)
    figures = {name for room in rooms for name in vars(room) if name.startswith("plot_")}
    shown = {name for name in vars(style) if name.startswith("show")}
    asked = {"inside_quotes", "place_in_line", "after_comma", "correlations", "influence", "bits_by_context"}
    called = {name for call, _ in CALLS.values() for name in call.__code__.co_names}
    assert figures | shown | asked <= called
