import math
import os

import numpy as np
import pytest
from helpers import copies

from lstm_scratch import CharLM, Vocabulary, gradient_check
from lstm_scratch.activations import softmax
from lstm_scratch.optimizers import dropout_mask

VOCABULARY = Vocabulary.from_text("abcdefg ")


def random_case(T=4, B=3, H=5, seed=0):
    rng = np.random.default_rng(seed)
    model = CharLM(VOCABULARY, H, dtype=np.float64, rng=rng)
    for param in model.params.values():
        param += rng.normal(size=param.shape) * 0.3
    inputs, targets = rng.integers(len(VOCABULARY), size=(2, T, B))
    return model, inputs, targets, tuple(rng.normal(size=(2, B, H)))


def test_gradients_of_every_parameter_from_a_state_that_is_not_zero():
    model, inputs, targets, state = random_case()
    _, grads, _ = model.loss_and_grads(inputs, targets, state)
    errors = gradient_check(lambda: model.loss_and_grads(inputs, targets, state)[0], model.params, copies(grads))
    assert list(errors) == ["W", "U", "b", "W_y", "b_y"]
    assert max(errors.values()) < 1e-6, errors


def test_loss_is_the_mean_of_minus_log_p():
    model, inputs, targets, state = random_case()
    loss, _, _ = model.loss_and_grads(inputs, targets, state)
    logits, _ = model.logits(inputs, state)
    p = softmax(logits)
    expected = [-math.log(p[t, b, targets[t, b]]) for t in range(4) for b in range(3)]
    assert loss == pytest.approx(np.mean(expected), abs=1e-12)


def test_an_untrained_model_knows_nothing():
    model = CharLM(VOCABULARY, 64, rng=1)
    rng = np.random.default_rng(0)
    loss, _, _ = model.loss_and_grads(*rng.integers(8, size=(2, 20, 10)))
    assert loss == pytest.approx(math.log(8), abs=0.05)


def test_windows_with_carried_state_give_the_loss_of_one_pass():
    model, inputs, targets, state = random_case(T=6)
    whole, _, last = model.loss_and_grads(inputs, targets, state)
    first, _, state = model.loss_and_grads(inputs[:2], targets[:2], state)
    second, _, state = model.loss_and_grads(inputs[2:], targets[2:], state)
    assert (2 * first + 4 * second) / 6 == pytest.approx(whole, abs=1e-12)
    np.testing.assert_allclose(state, last, rtol=0, atol=1e-12)


def test_bits_per_char_is_one_pass_in_bits():
    model, *_ = random_case()
    # longer than one piece, so the state must be carried from piece to piece
    text = VOCABULARY.decode(np.random.default_rng(5).integers(len(VOCABULARY), size=1300))
    ids = VOCABULARY.encode(text)[:, None]
    loss, _, _ = model.loss_and_grads(ids[:-1], ids[1:])
    assert model.bits_per_char(text) == pytest.approx(loss / math.log(2), abs=1e-12)


def test_sampling_is_repeatable_with_a_seed():
    model, *_ = random_case()
    first = model.sample("abc", 50, rng=7)
    assert first == model.sample("abc", 50, rng=7) == model.sample("abc", 50, rng=np.random.default_rng(7))
    assert first != model.sample("abc", 50, rng=8)
    assert len(first) == 50 and set(first) <= set(VOCABULARY.characters)


def test_sampling_follows_the_probabilities():
    model, *_ = random_case()
    logits, _ = model.logits(VOCABULARY.encode("abc")[:, None])
    for temperature in (0.5, 1.0, 2.0):
        expected = softmax(logits[-1, 0] / temperature)
        rng = np.random.default_rng(0)
        drawn = [model.sample("abc", 1, temperature=temperature, rng=rng) for _ in range(2000)]
        shares = [drawn.count(char) / 2000 for char in VOCABULARY.characters]
        # four standard deviations of a share
        assert (np.abs(shares - expected) < 4 * np.sqrt(expected * (1 - expected) / 2000) + 1e-9).all()


def test_sampling_goes_on_from_what_it_wrote():
    model, *_ = random_case()
    text = model.sample("ab", 20, temperature=1e-6, rng=0)
    # lower still: the largest score wins, however much the others are pushed down
    assert text == model.sample("ab", 20, temperature=1e-100, rng=1)
    written = "ab"
    for char in text:
        logits, _ = model.logits(VOCABULARY.encode(written)[:, None])
        assert char == VOCABULARY.characters[int(logits[-1, 0].argmax())]
        written += char


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_save_and_load_give_the_same_model(tmp_path, dtype):
    model = CharLM(Vocabulary.from_text("aé☃\n\0"), 6, dtype=dtype, rng=3)
    model.save(tmp_path / "model.npz")
    loaded = CharLM.load(tmp_path / "model.npz")
    assert loaded.vocabulary == model.vocabulary
    for name, param in model.params.items():
        assert loaded.params[name].dtype == dtype
        np.testing.assert_array_equal(loaded.params[name], param)
    assert loaded.sample("a", 30, rng=1) == model.sample("a", 30, rng=1)
    assert os.listdir(tmp_path) == ["model.npz"]


def test_files_that_are_not_models_are_refused(tmp_path):
    path = tmp_path / "model.npz"
    path.write_text("It was the best of times")
    with pytest.raises(ValueError, match="is not a file of arrays"):
        CharLM.load(path)
    np.savez(path, W=np.zeros(3))
    with pytest.raises(ValueError, match="is not a model: it has no array named characters, U, b, W_y, b_y"):
        CharLM.load(path)
    np.savez(path, characters=np.array(["a", None]))
    with pytest.raises(ValueError, match="is not a file of arrays"):
        CharLM.load(path)
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(ValueError, match="holds a single array"):
        CharLM.load(tmp_path / "array.npy")
    with pytest.raises(FileNotFoundError):
        CharLM.load(tmp_path / "absent.npz")


def test_characters_beyond_unicode_are_refused(tmp_path):
    path = tmp_path / "model.npz"
    CharLM(VOCABULARY, 4).save(path)
    with np.load(path) as file:
        good = dict(file)
    good["characters"][-1] = 0x110000
    np.savez(path, **good)
    with pytest.raises(ValueError, match="its characters are no characters"):
        CharLM.load(path)


def test_a_loss_that_is_not_finite_is_named():
    model, inputs, targets, state = random_case()
    model.params["b_y"][0] = np.nan
    with pytest.raises(FloatingPointError, match="the loss is not finite"):
        model.loss_and_grads(inputs, targets, state)


def test_a_model_with_damaged_arrays_is_refused(tmp_path):
    path = tmp_path / "model.npz"
    CharLM(VOCABULARY, 4).save(path)
    with np.load(path) as file:
        good = dict(file)
    damage = {
        "W_y": (good["W_y"].T, r"W_y in .* must have shape \(8, 4\), not \(4, 8\)"),
        "b": (np.full(16, np.nan, np.float32), "b in .* must be finite"),
        "characters": (good["characters"][::-1], "must be sorted"),
        "U": (np.zeros((16, 0), np.float32), r"U in .* must have shape \(16, 4\), not \(16, 0\)"),
        "W": (np.full((16, 8), 1e300), "W in .* must hold float32 numbers, not float64"),
        "b_y": (np.zeros(8, complex), "b_y in .* must hold float32 numbers, not complex128"),
        "X": (np.zeros(8, np.float32), "is not a model: it has unknown arrays, named X"),
    }
    for name, (array, message) in damage.items():
        np.savez(path, **{**good, name: array})
        with pytest.raises(ValueError, match=message):
            CharLM.load(path)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.sample("", 5), "the prompt is empty"),
        (lambda m: m.sample("xyz", 5), "unknown character 'x' at position 0"),
        (lambda m: m.sample("a", 0), "length must be a whole number of at least 1, not 0"),
        (lambda m: m.sample("a", 5, temperature=0), "temperature must be a positive finite number, not 0"),
        (lambda m: m.sample("a", 5, temperature=-1.0), "temperature must be a positive finite number, not -1"),
        (lambda m: m.sample("a", 5, temperature=math.nan), "temperature must be a positive finite number, not nan"),
        (lambda m: m.bits_per_char("a"), "at least 2 characters is needed, not 1"),
        (lambda m: m.bits_per_char("aXb"), "unknown character 'X' at position 1"),
        (lambda m: m.loss_and_grads(np.zeros((3, 2), int), np.zeros((2, 2), int)), r"not \(3, 2\) and \(2, 2\)"),
        (lambda m: m.loss_and_grads(np.zeros(3, int), np.zeros(3, int)), r"must both be \(T, B\)"),
        (lambda m: m.loss_and_grads(np.zeros((3, 2), int), np.full((3, 2), 8)), "targets must lie between 0 and 7"),
        (lambda m: m.sample("a", 5, temperature=None), "temperature must be a positive finite number, not None"),
        (lambda m: CharLM("hello", 8), "a Vocabulary, as Vocabulary.from_text makes it, was expected, not 'hello'"),
        (lambda m: CharLM(VOCABULARY, 0), "hidden_size must be a whole number of at least 1, not 0"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(CharLM(VOCABULARY, 4))


def test_masked_gradients_agree_with_finite_differences():
    rng = np.random.default_rng(0)
    model = CharLM(Vocabulary.from_text("abcd"), 3, dtype=np.float64, rng=1)
    inputs, targets = rng.integers(4, size=(2, 5, 2))
    masks = {
        "h_mask": dropout_mask(rng, (5, 2, 3), 0.3, np.float64),
        "U_mask": dropout_mask(rng, (12, 3), 0.5, np.float64),
    }
    before = model.params["U"].copy()
    _, grads, _ = model.loss_and_grads(inputs, targets, **masks)
    np.testing.assert_array_equal(model.params["U"], before)
    errors = gradient_check(lambda: model.loss_and_grads(inputs, targets, **masks)[0], model.params, grads)
    assert max(errors.values()) < 1e-6
    # a masked weight has no influence, and so no gradient
    _, grads, _ = model.loss_and_grads(inputs, targets, **masks)
    assert (grads["U"][masks["U_mask"] == 0] == 0).all() and (grads["U"] != 0).any()


def test_masks_of_ones_change_nothing_and_wrong_shapes_are_refused():
    model = CharLM(Vocabulary.from_text("abcd"), 3, dtype=np.float64)
    inputs, targets = np.random.default_rng(0).integers(4, size=(2, 5, 2))
    plain, _, _ = model.loss_and_grads(inputs, targets)
    assert model.loss_and_grads(inputs, targets, h_mask=np.ones((5, 2, 3)), U_mask=np.ones((12, 3)))[0] == plain
    before = model.params["U"].copy()
    for masks in ({"h_mask": np.ones((5, 3))}, {"U_mask": np.ones((3, 3))}):
        with pytest.raises(ValueError, match="_mask must have shape"):
            model.loss_and_grads(inputs, targets, **masks)
    np.testing.assert_array_equal(model.params["U"], before)


def test_a_dropout_mask_keeps_the_mean():
    mask = dropout_mask(np.random.default_rng(0), (400, 500), 0.2, np.dtype(np.float32))
    assert mask.dtype == np.float32 and set(np.unique(mask)) == {0, np.float32(1.25)}
    assert mask.mean() == pytest.approx(1, abs=0.01)


def test_half_the_digits_take_half_the_space_and_score_the_same(tmp_path):
    text = "half the digits, half the space. " * 9
    model = CharLM(Vocabulary.from_text(text), 64, rng=1)
    model.save(tmp_path / "full.npz")
    model.save(tmp_path / "half.npz", dtype=np.float16)
    assert (tmp_path / "half.npz").stat().st_size < 0.6 * (tmp_path / "full.npz").stat().st_size
    half = CharLM.load(tmp_path / "half.npz")
    assert half.lstm.dtype == np.float32
    assert half.bits_per_char(text) == pytest.approx(model.bits_per_char(text), abs=1e-3)
