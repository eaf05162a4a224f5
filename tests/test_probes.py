"""The questions to a trained model, against answers found the long way round."""

import math

import numpy as np
import pytest

from lstm_scratch import CharLM, Vocabulary
from lstm_scratch.study import probes
from lstm_scratch.study.probes import (
    after_comma,
    bits_by_context,
    correlations,
    influence,
    inside_quotes,
    place_in_line,
)

TEXT = "the cat sat on the mat, and the rat, too."


@pytest.fixture(scope="module")
def model():
    model = CharLM(Vocabulary.from_text(TEXT), 6, dtype=np.float64, rng=0)
    rng = np.random.default_rng(1)
    for param in model.params.values():
        param[...] = rng.normal(size=param.shape)
    return model


def digits(feature):
    return "".join(str(int(value)) for value in feature)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a “b” c", "0011000"), ("b” c", "0000"), ("“a\n\n“b” c”", "1111110000"), ("plain", "00000")],
)
def test_inside_quotes_from_the_opening_mark_up_to_the_closing_one(text, expected):
    assert digits(inside_quotes(text)) == expected


def test_the_place_in_the_line_starts_again_after_every_line_end():
    assert digits(place_in_line("ab\n\ncd")) == "120012"


def test_a_comma_counts_for_so_many_characters():
    assert digits(after_comma("ab, cde,f", within=3)) == "001110011"
    assert digits(after_comma("no comma", within=3)) == "0" * 8
    with pytest.raises(ValueError, match="within must be a whole number of at least 1, not 0"):
        after_comma("a,b", within=0)


def test_correlations_are_those_of_numpy_and_zero_for_a_constant_cell():
    rng = np.random.default_rng(2)
    cells, feature = rng.normal(size=(50, 4)), rng.normal(size=50)
    cells[:, 1], cells[:, 2] = 2 * feature + 3, 7.0
    expected = [np.corrcoef(cells[:, place], feature)[0, 1] for place in (0, 1, 3)]
    found = correlations(cells, feature)
    np.testing.assert_allclose(found[[0, 1, 3]], expected, rtol=0, atol=1e-12)
    assert found[1] == pytest.approx(1.0) and found[2] == 0


@pytest.mark.parametrize(
    ("cells", "feature", "message"),
    [
        (np.zeros(3), np.zeros(3), r"cells must have shape \(T, H\), not \(3,\)"),
        (np.zeros((3, 2)), np.zeros(4), r"feature must have shape \(3,\), not \(4,\)"),
        (np.full((3, 2), np.nan), np.arange(3), "cells must be finite"),
        (np.zeros((3, 2)), np.ones(3), "the same everywhere"),
        (np.zeros((50, 2)), np.full(50, 0.1), "the same everywhere"),
        (np.zeros((0, 2)), np.zeros(0), r"cells must have shape \(T, H\), not \(0, 2\)"),
        (np.ones((3, 2)) * 1j, np.arange(3), "cells must hold real numbers, not complex128"),
    ],
)
def test_correlations_refuse_what_has_none(cells, feature, message):
    with pytest.raises(ValueError, match=message):
        correlations(cells, feature)


def test_influence_is_the_slope_of_the_logit_in_every_direction_of_every_input(model):
    target, text, V = "t", TEXT[:9], len(model.vocabulary)
    k = model.vocabulary.index[target]
    one_hot = np.eye(V)[model.vocabulary.encode(text)][:, None]

    def logit(x):
        h, _ = model.lstm.forward(x)
        return h[-1, 0] @ model.params["W_y"][k] + model.params["b_y"][k]

    slopes, d = np.zeros((len(text), V)), 1e-5
    for place in np.ndindex(len(text), V):
        step = np.zeros_like(one_hot)
        step[place[0], 0, place[1]] = d
        slopes[place] = (logit(one_hot + step) - logit(one_hot - step)) / (2 * d)
    np.testing.assert_allclose(influence(model, text, target), np.linalg.norm(slopes, axis=1), rtol=1e-6)


def test_influence_refuses_an_empty_text_and_what_is_no_character(model):
    with pytest.raises(ValueError, match="the text is empty"):
        influence(model, "", "t")
    with pytest.raises(ValueError, match="target must be one character, not 'th'"):
        influence(model, "the", "th")
    with pytest.raises(ValueError, match="unknown character 'z'"):
        influence(model, "the", "z")


def test_bits_by_context_are_those_of_short_texts_read_one_by_one(model, monkeypatch):
    # in more turns than one
    monkeypatch.setattr(probes, "TOGETHER", 150)
    text = TEXT * 4
    positions = np.arange(5, 5 + 100)
    expected = []
    for context in (1, 5):
        bits = []
        for place in positions:
            logits, _ = model.logits(model.vocabulary.encode(text[place - context : place])[:, None])
            p = np.exp(logits[-1, 0]) / np.exp(logits[-1, 0]).sum()
            bits.append(-math.log2(p[model.vocabulary.index[text[place]]]))
        expected.append(np.mean(bits))
    for given in (positions, positions.astype(np.uint64), positions.tolist()):
        np.testing.assert_allclose(bits_by_context(model, text, [1, 5], given), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("contexts", "positions", "message"),
    [
        ([4, 2], [3], "leave room for 4 characters before them and lie below 41, not between 3 and 3"),
        ([1], [41], "leave room for 1 characters before them and lie below 41, not between 41 and 41"),
        ([1], [], r"positions must be whole numbers in a row, at least one, not \[\]"),
        ([1], [2.0], "positions must be whole numbers"),
        ([1], 5, "positions must be whole numbers in a row, at least one, not 5"),
        ([1], [[5, 6], [7, 8]], "positions must be whole numbers in a row"),
        ([1, 0], [5], "contexts must be at least 1, not 0"),
        ([], [5], r"contexts must be whole numbers in a row, at least one, not \[\]"),
        (2, [5], "contexts must be whole numbers in a row, at least one, not 2"),
        ("ab", [5], "contexts must hold real numbers"),
    ],
)
def test_contexts_and_positions_must_fit_the_text(model, contexts, positions, message):
    with pytest.raises(ValueError, match=message):
        bits_by_context(model, TEXT, contexts, positions)
