"""CharLM's loss is the mean of -log p, its gradients are right, and what it samples follows its probabilities."""

import math

import numpy as np
import pytest
from helpers import assert_close, copies

from lstm_scratch import CharLM, Vocabulary, gradient_check
from lstm_scratch.activations import softmax

VOCABULARY = Vocabulary.from_text("abcdefg ")


def random_case(T=4, B=3, H=5):
    rng = np.random.default_rng(0)
    model = CharLM(VOCABULARY, H, dtype=np.float64, rng=rng)
    for param in model.params.values():
        param += rng.normal(size=param.shape) * 0.3
    inputs, targets = rng.integers(len(VOCABULARY), size=(2, T, B))
    return model, inputs, targets, tuple(rng.normal(size=(2, B, H)))


@pytest.mark.parametrize("drop", [{}, {"dropout": 0.3, "weight_drop": 0.5, "rng": 1}], ids=["plain", "dropout"])
def test_every_gradient_also_with_dropout(drop):
    model, *window = random_case()
    before = copies(model.params)
    _, grads, _ = model.loss_and_grads(*window, **drop)
    assert list(grads) == ["W", "U", "b", "W_y", "b_y"]
    assert_close(model.params, before, 0)
    # the same seed hides the same units and weights every time
    errors = gradient_check(lambda: model.loss_and_grads(*window, **drop)[0], model.params, copies(grads))
    assert max(errors.values()) < 1e-6, errors


def test_the_loss_is_the_mean_of_minus_log_p():
    model, inputs, targets, state = random_case()
    loss, _, last = model.loss_and_grads(inputs, targets, state)
    logits, last_too = model.logits(inputs, state)
    p = softmax(logits)
    expected = [-math.log(p[t, b, targets[t, b]]) for t in range(4) for b in range(3)]
    assert loss == pytest.approx(np.mean(expected), abs=1e-12)
    assert_close(last, last_too, 0)
    # logits = W_y h + b_y, here for one step of one sequence
    h, _ = model.hidden(inputs, state)
    assert_close(logits[2, 1], model.params["W_y"] @ h[2, 1] + model.params["b_y"])


def test_dropout_hides_shares_of_h_and_of_U():
    model, *window = random_case(T=40, H=20)
    plain, _, _ = model.loss_and_grads(*window)
    losses = {
        model.loss_and_grads(*window, **{name: 0.5}, rng=seed)[0]
        for name in ("dropout", "weight_drop")
        for seed in (1, 2)
    }
    assert len({plain, *losses}) == 5
    _, grads, _ = model.loss_and_grads(*window, weight_drop=0.25, rng=1)
    # a weight that is left out has no gradient
    assert 0.2 < (grads["U"] == 0).mean() < 0.3


@pytest.mark.parametrize("piece", [1, 100, 512])
def test_bits_per_char_is_one_pass_in_bits(piece, monkeypatch):
    monkeypatch.setattr("lstm_scratch.char_model.PIECE", piece)
    model, *_ = random_case()
    text = VOCABULARY.decode(np.random.default_rng(5).integers(len(VOCABULARY), size=600))
    ids = VOCABULARY.encode(text)[:, None]
    loss, _, _ = model.loss_and_grads(ids[:-1], ids[1:])
    assert model.bits_per_char(text) == pytest.approx(loss / math.log(2), abs=1e-12)


def test_sampling_is_repeatable_with_a_seed():
    model, *_ = random_case()
    first = model.sample("abc", 50, rng=7)
    assert first == model.sample("abc", 50, rng=7) == model.sample("abc", 50, rng=np.random.default_rng(7))
    assert first != model.sample("abc", 50, rng=8)
    assert len(first) == 50 and set(first) <= set(VOCABULARY.characters)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_sampling_follows_the_probabilities(temperature):
    model, *_ = random_case()
    logits, _ = model.logits(VOCABULARY.encode("abc")[:, None])
    expected, rng, N = softmax(logits[-1, 0] / temperature), np.random.default_rng(0), 2000
    drawn = [model.sample("abc", 1, temperature=temperature, rng=rng) for _ in range(N)]
    shares = np.array([drawn.count(char) / N for char in VOCABULARY.characters])
    # four standard deviations of a share
    assert (np.abs(shares - expected) < 4 * np.sqrt(expected * (1 - expected) / N)).all()


def test_sampling_goes_on_from_what_it_wrote():
    model, *_ = random_case()
    written = "ab" + model.sample("ab", 20, temperature=1e-6, rng=0)
    # at a still lower temperature the largest score wins as well, however small the other probabilities are
    assert written == "ab" + model.sample("ab", 20, temperature=1e-100, rng=1)
    logits, _ = model.logits(VOCABULARY.encode(written[:-1])[:, None])
    assert written[2:] == VOCABULARY.decode(logits[1:, 0].argmax(axis=-1))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_save_and_load_give_the_same_model(tmp_path, dtype):
    model = CharLM(Vocabulary.from_text("aé☃\n\0😀\ud83d"), 6, dtype=dtype, rng=3)
    model.save(tmp_path / "model.npz")
    loaded = CharLM.load(tmp_path / "model.npz")
    assert repr(loaded) == repr(model)
    assert_close(loaded.params, model.params, 0)
    assert loaded.sample("a", 30, rng=1) == model.sample("a", 30, rng=1)
    model.lstm.save(tmp_path / "layer.npz")
    assert_close(type(model.lstm).load(tmp_path / "layer.npz").params, model.lstm.params, 0)


def test_input_gradients_agree_with_finite_differences():
    model, inputs, targets, state = random_case()
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(*inputs.shape, len(VOCABULARY)))
    one_hot = np.eye(len(VOCABULARY))[inputs]
    dx = model.input_gradients(inputs, weights, state).copy()

    def loss():
        h, _ = model.hidden(one_hot, state)
        return float((weights * model.output(h)).sum())

    errors = gradient_check(loss, {"x": one_hot}, {"x": dx})
    assert errors["x"] < 1e-6


def test_no_parameter_is_touched_not_even_by_weight_drop():
    model, inputs, targets, state = random_case()
    # the parameters are read-only, so that a write, even of the same numbers, would raise an error
    for param in model.params.values():
        param.flags.writeable = False
    model.loss_and_grads(inputs, targets, state)
    model.loss_and_grads(inputs, targets, state, dropout=0.5, weight_drop=0.5, rng=1)


def test_hidden_trace_and_logits_tell_the_same_story():
    model, inputs, _, state = random_case()
    h, last = model.hidden(inputs, state)
    trace = model.trace(inputs, state)
    assert_close(trace["h"], h, 0)
    assert_close(trace["c"][-1], last[1], 0)
    assert (model.hidden_size, model.dtype) == (5, np.float64)


def test_the_representation_of_a_model_with_many_characters_is_short():
    model = CharLM(Vocabulary(map(chr, range(97, 3097))), 2)
    assert repr(model) == "CharLM(Vocabulary(3000 characters, 'abcdefghijklmnopqrst'...), hidden_size=2, dtype=float32)"


@pytest.mark.parametrize("given", ["abc", ["a"], {"a": 0}, {"a"}, None])
def test_a_model_is_made_with_a_vocabulary_and_nothing_else(given):
    with pytest.raises(TypeError, match="vocabulary must be a Vocabulary, not"):
        CharLM(given, 2)
