"""The plain RNN and the probes give the same answers as calculations done the long way round."""

import math

import numpy as np
import pytest

from lstm_scratch import DATA, CharLM, Vocabulary, gradient_check, read_text
from lstm_scratch.study import (
    RNN,
    after_comma,
    best_cell,
    bits_by_context,
    correlation_of_all,
    correlations,
    influence,
    inside_quotes,
    place_in_line,
    probes,
)

TEXT = "the cat sat on the mat, and the rat, too."


def test_one_step_of_the_rnn_is_the_equation():
    layer, x, h0 = RNN(2, 3, rng=1), np.array([[[0.5, -1.0]]]), np.array([[0.1, 0.2, 0.3]])
    h, (h_T,) = layer.forward(x, (h0,))
    right = np.tanh(layer.params["W"] @ x[0, 0] + layer.params["U"] @ h0[0] + layer.params["b"])
    np.testing.assert_allclose(h[0, 0], right, rtol=1e-14)
    np.testing.assert_array_equal(h_T, h[0])


def test_every_gradient_of_the_rnn_agrees_with_finite_differences():
    rng = np.random.default_rng(0)
    layer, x, h0, weights = RNN(2, 3), rng.normal(size=(5, 2, 2)), rng.normal(size=(2, 3)), rng.normal(size=(5, 2, 3))
    layer.params["b"] = rng.normal(size=3)
    layer.forward(x, (h0,))
    dx, (dh0,) = layer.backward(weights)
    arrays, grads = {**layer.params, "x": x, "h0": h0}, {**layer.grads, "x": dx, "h0": dh0}
    errors = gradient_check(lambda: float((layer.forward(x, (h0,))[0] * weights).sum()), arrays, grads)
    assert max(errors.values()) < 1e-6


def digits(feature):
    return "".join(str(int(value)) for value in feature)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a “b” c", "0011000"), ("b” c", "0000"), ("“a\n\n“b” c”", "1111110000"), ("plain", "00000")],
)
def test_inside_quotes_from_the_opening_mark_up_to_the_closing_one(text, expected):
    assert digits(inside_quotes(text)) == expected


def test_the_place_in_the_line_and_what_follows_a_comma():
    assert digits(place_in_line("ab\n\ncd")) == "120012"
    assert digits(after_comma("ab, cde,f", within=3)) == "001110011"


def test_correlations_are_those_of_numpy_and_zero_for_a_constant_cell():
    rng = np.random.default_rng(2)
    cells, feature = rng.normal(size=(50, 4)), rng.normal(size=50)
    cells[:, 1], cells[:, 2] = 2 * feature + 3, 7.0
    expected = [np.corrcoef(cells[:, place], feature)[0, 1] for place in (0, 1, 3)]
    found = correlations(cells, feature)
    np.testing.assert_allclose(found[[0, 1, 3]], expected, rtol=0, atol=1e-12)
    assert found[1] == pytest.approx(1.0) and found[2] == 0


def test_the_best_cell_is_the_one_that_follows_most_closely_in_either_direction():
    rng = np.random.default_rng(3)
    cells = rng.normal(size=(40, 3))
    feature = -5 * cells[:, 2] + rng.normal(size=40)
    assert best_cell(cells, feature) == 2


def test_all_cells_together_find_what_no_cell_has_alone():
    cells = np.random.default_rng(4).normal(size=(400, 5))
    feature = cells.sum(axis=1)
    alone = np.abs(correlations(cells[200:], feature[200:])).max()
    assert alone < 0.7 < correlation_of_all(cells, feature, fitted=200, penalty=1e-9)
    assert correlation_of_all(cells, feature, fitted=200, penalty=1e-9) == pytest.approx(1)


def test_without_a_penalty_the_weights_are_those_of_least_squares():
    rng = np.random.default_rng(5)
    cells = rng.normal(2.0, 3.0, size=(60, 4))
    feature = cells @ rng.normal(size=4) + rng.normal(size=60)
    with_constant = np.column_stack([cells, np.ones(60)])
    weights, *_ = np.linalg.lstsq(with_constant[:30], feature[:30], rcond=None)
    expected = np.corrcoef(with_constant[30:] @ weights, feature[30:])[0, 1]
    assert correlation_of_all(cells, feature, fitted=30, penalty=0) == pytest.approx(expected, rel=1e-9)


def test_the_penalty_keeps_many_cells_from_fitting_accidents():
    rng = np.random.default_rng(6)
    cells = rng.normal(size=(200, 80))
    feature = cells[:, 0] + 2 * rng.normal(size=200)
    loose = correlation_of_all(cells, feature, fitted=100, penalty=0)
    assert correlation_of_all(cells, feature, fitted=100, penalty=100) > loose + 0.05


def test_a_cell_that_never_changes_does_no_harm_to_the_others():
    cells = np.random.default_rng(7).normal(size=(50, 3))
    feature = cells[:, 0].copy()
    cells[:, 1] = 7.0
    assert correlation_of_all(cells, feature, fitted=25, penalty=0.001) == pytest.approx(1, abs=1e-3)


@pytest.fixture(scope="module")
def model():
    model, rng = CharLM(Vocabulary.from_text(TEXT), 6, dtype=np.float64, rng=0), np.random.default_rng(1)
    for name, param in model.params.items():
        model.params[name] = rng.normal(size=param.shape)
    return model


def test_influence_is_the_slope_of_the_logit_in_every_direction_of_every_input(model):
    k, ids = model.vocabulary.index["t"], model.vocabulary.encode(TEXT[:9])
    one_hot = np.eye(len(model.vocabulary))[ids][:, None]

    def logit(x):
        return model.output(model.hidden(x)[0])[-1, 0, k]

    slopes, d = np.zeros(one_hot.shape), 1e-5
    for place in np.ndindex(slopes.shape):
        step = np.zeros_like(one_hot)
        step[place] = d
        slopes[place] = (logit(one_hot + step) - logit(one_hot - step)) / (2 * d)
    np.testing.assert_allclose(influence(model, TEXT[:9], "t"), np.linalg.norm(slopes[:, 0], axis=1), rtol=1e-6)


def test_bits_by_context_are_those_of_short_texts_read_one_by_one(model, monkeypatch):
    # few positions at a time, so that several turns are needed
    monkeypatch.setattr(probes, "TOGETHER", 150)
    text, positions, expected = TEXT * 4, np.arange(5, 105), []
    for context in (1, 5):
        bits = []
        for place in positions:
            logits, _ = model.logits(model.vocabulary.encode(text[place - context : place])[:, None])
            p = np.exp(logits[-1, 0]) / np.exp(logits[-1, 0]).sum()
            bits.append(-math.log2(p[model.vocabulary.index[text[place]]]))
        expected.append(np.mean(bits))
    np.testing.assert_allclose(bits_by_context(model, text, [1, 5], positions), expected, rtol=1e-12)


def test_an_untrained_network_knows_where_a_line_begins_but_cannot_count_to_its_end():
    """This is what the text notebook says about the place in the line."""
    novel = CharLM.load(DATA / "tale_of_two_cities_lstm.npz")
    pages = read_text(DATA / "a_tale_of_two_cities_last_pages.txt")
    untrained = CharLM(novel.vocabulary, novel.hidden_size, rng=0)
    cells = untrained.trace(novel.vocabulary.encode(pages)[:, None])["c"][:, 0]
    place = place_in_line(pages)
    assert correlation_of_all(cells, place, len(pages) // 2) > 0.6
    far = place > 40
    assert abs(correlation_of_all(cells[far], place[far], far.sum() // 2)) < 0.2
