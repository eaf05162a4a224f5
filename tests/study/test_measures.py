"""The text notebook's measures, against what can be computed by hand or another way."""

import numpy as np
import pytest

from lstm_scratch import CharLM, Vocabulary, study
from lstm_scratch.activations import softmax

TEXT = "the cat sat on the mat. “the dog,” he said. “it sat.” "
VOCABULARY = Vocabulary.from_text(TEXT)


@pytest.fixture(scope="module")
def model():
    return CharLM(VOCABULARY, 6, dtype=np.float64, rng=3)


def test_the_copies_of_a_training_are_the_model_before_it_and_after_each_epoch(model):
    trained = CharLM(VOCABULARY, 6, dtype=np.float64, rng=3)
    told = []
    settings = {"batch_size": 2, "seq_length": 8, "learning_rate": 0.01, "progress": False, "rng": 0}
    history, copies = study.train_and_keep(trained, TEXT * 4, TEXT, 3, lambda epoch, _: told.append(epoch), **settings)
    assert list(copies) == [0, 1, 2, 3] and told == [1, 2, 3]
    assert all(np.array_equal(copies[0].params[name], param) for name, param in model.params.items())
    for epoch, bits in zip(history["epoch"], history["valid_bits"], strict=True):
        assert copies[epoch].bits_per_char(TEXT) == pytest.approx(bits, abs=1e-9)


@pytest.mark.parametrize(("n", "share"), [(0, 1), (1, 1), (2, 2 / 3), (3, 1 / 2)])
def test_contexts_that_were_met_are_counted_by_hand(n, share):
    # for n = 2 the contexts before "b", "c" and "x" are a, b and x; for n = 3 they are ab and bx
    assert study.contexts_met("abc", "abxc", n) == pytest.approx(share)


def test_the_kinds_of_characters_and_their_bits():
    assert study.kinds_of("a bc") == ["space", "first letter of a word", "within a word"]
    table = study.bits_by_kind({"one": np.array([1.0, 2, 3, 5])}, "a bcd")
    assert table.loc["within a word"].tolist() == [2, 4] and table.loc["space", "one"] == 1


def test_the_share_of_known_words_leaves_out_what_may_be_cut_off():
    assert study.share_of_known_words("xx the cat zat yy", "the cat") == pytest.approx(2 / 3)
    assert np.isnan(study.share_of_known_words("xx yy", "xx"))


def test_bits_and_hits_are_those_of_each_character(model):
    bits, hits = study.bits_and_hits(model, TEXT, first=5)
    expected = study.likeliest(model, TEXT, 1)
    assert bits == pytest.approx(study.bits_of_each(model, TEXT)[4:].mean())
    right = [expected[k][0][0] == TEXT[k] for k in range(5, len(TEXT))]
    assert hits == pytest.approx(np.mean(right))


def test_the_likeliest_belong_to_the_place_that_they_are_expected_in(model):
    guesses = study.likeliest(model, TEXT, 3)
    assert len(guesses) == len(TEXT) and guesses[0] == []
    p = softmax(model.logits(VOCABULARY.encode(TEXT[:9])[:, None])[0][-1, 0])
    assert guesses[9][0] == (VOCABULARY.characters[int(p.argmax())], pytest.approx(p.max()))


def test_blame_and_memory_are_products_of_forget_gates(model):
    ids = VOCABULARY.encode(TEXT)[:12, None]
    f = model.trace(ids)["f"][:, 0]
    assert np.allclose(study.blame_left(model, ids)[2], f[-1] * f[-2] * f[-3])
    by_hand = np.mean([f[k] * f[k + 1] * f[k + 2] for k in range(10)], axis=0)
    assert np.allclose(study.memory_left(f, 3), by_hand)
    with pytest.raises(ValueError, match="from 1 to 12, not 13"):
        study.memory_left(f, 13)


def test_a_cell_that_turns_round_on_the_second_half_gets_a_negative_number():
    feature = np.tile([0.0, 1, 1, 0, 1], 8)
    cells = np.stack([np.cos(np.arange(40)), np.r_[-feature[:20], feature[20:]]], axis=1)
    found = study.find_cell(cells, feature)
    assert found == {"cell": 1, "r, first half": pytest.approx(1), "r, second half": pytest.approx(-1)}


def test_a_cell_set_to_what_it_holds_changes_nothing_and_another_value_does_what_a_run_by_hand_does(model):
    place = 20
    ids = VOCABULARY.encode(TEXT)
    p = softmax(model.logits(ids[: place + 1, None])[0][-1, 0])[VOCABULARY.index["a"]]
    trace = model.trace(ids[:, None])
    held = trace["c"][place - 8, 0, 2]
    for value in (None, held):
        assert study.p_with_cell_set(model, TEXT, [place], "a", 2, value) == pytest.approx(p, abs=1e-12)
    h, c = (trace[name][place - 8].copy() for name in "hc")
    c[0, 2] = 3
    h[0, 2] = trace["o"][place - 8, 0, 2] * np.tanh(3)
    logits, _ = model.logits(ids[place - 7 : place + 1, None], (h, c))
    by_hand = softmax(logits[-1, 0])[VOCABULARY.index["a"]]
    assert study.p_with_cell_set(model, TEXT, [place], "a", 2, 3.0) == pytest.approx(by_hand, abs=1e-12)
    assert abs(by_hand - p) > 1e-6
    with pytest.raises(ValueError, match="8 characters before them"):
        study.p_with_cell_set(model, TEXT, [7], "a", 2, 0.0)
