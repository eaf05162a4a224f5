"""The comparison of two models finds the better one, and estimates the error of their difference correctly."""

import numpy as np
import pytest
from helpers import CHAPTER

from lstm_scratch import CharLM, Vocabulary
from lstm_scratch.study.comparison import bits_of_each, lead
from lstm_scratch.study.ngram import NGram, bits_of_each_by_order


def resembling(rng, count):
    """Differences of mean 0, in which neighbours within 20 characters resemble each other."""
    return np.convolve(rng.normal(0, 1, count + 19), np.ones(20) / 20, mode="valid")


def test_two_equal_models_are_told_apart_once_in_20_times():
    rng = np.random.default_rng(0)
    signs = [lead(resembling(rng, 3_000), 0.0).sign for _ in range(1_000)]
    assert 0.03 < np.mean(np.abs(signs)) < 0.08


def test_an_error_that_took_characters_for_independent_would_tell_them_apart_far_too_often():
    rng = np.random.default_rng(0)
    draws = [resembling(rng, 3_000) for _ in range(300)]
    naive = [abs(draw.mean()) > 2 * draw.std() / np.sqrt(len(draw)) for draw in draws]
    assert np.mean(naive) > 0.4


def test_a_difference_above_its_error_is_seen_from_both_sides():
    differences = resembling(np.random.default_rng(1), 3_000)
    bits = differences + 2.0
    assert lead(bits, 2.5).sign == 1 and lead(bits, 1.5).sign == -1
    assert lead(bits, 2.5).mean == pytest.approx(0.5 - differences.mean())


def test_scores_of_different_characters_are_refused():
    with pytest.raises(ValueError, match=r"the same characters, not \(20,\) and \(21,\)"):
        lead(np.zeros(20), np.zeros(21))
    with pytest.raises(ValueError, match="11 characters are fewer than the 12 blocks"):
        lead(np.zeros(11), 1.0)


def test_the_mean_of_each_character_is_the_score_of_the_text():
    text = CHAPTER.read_text(encoding="utf-8")[:1_300]
    model = CharLM(Vocabulary.from_text(text), 8)
    bits = bits_of_each(model, text)
    assert bits.shape == (1_299,) and bits.mean() == pytest.approx(model.bits_per_char(text), rel=1e-5)
    # the 900th character alone, from a state of zeros
    logits, _ = model.logits(model.vocabulary.encode(text[:899])[:, None])
    p = np.exp(logits[-1, 0]) / np.exp(logits[-1, 0]).sum()
    assert bits[898] == pytest.approx(-np.log2(p[model.vocabulary.index[text[899]]]), rel=1e-4)


def test_each_character_has_the_probability_that_counting_gives():
    text = CHAPTER.read_text(encoding="utf-8")
    vocabulary = Vocabulary.from_text(text)
    counting = NGram(vocabulary, text[:5_000], order=4)
    for order, bits in enumerate(bits_of_each_by_order(vocabulary, text[:5_000], text[5_000:], orders=4), start=1):
        np.testing.assert_allclose(bits, -np.log2(counting.probabilities(text[5_000:], order)), rtol=1e-12)
