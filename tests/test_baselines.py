"""N-gram models against counts and fractions worked out by hand."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from helpers import CHAPTER

from lstm_scratch import Vocabulary
from lstm_scratch.study.ngram import NGram
from lstm_scratch.text import read_text, split_text

AB = Vocabulary.from_text("abc")


def test_order_0_is_uniform():
    model = NGram(AB, "abab", 2)
    assert model.bits_per_char("abcabc", order=0) == pytest.approx(math.log2(3))


def test_a_unigram_worked_out_by_hand():
    # "abab": a 2, b 2 of 4 characters, 2 different ones, V = 3
    a, c = (2 + 2 / 3) / (4 + 2), (0 + 2 / 3) / (4 + 2)
    np.testing.assert_allclose(NGram(AB, "abab", 1).probabilities("cac"), [a, c], rtol=1e-14)


def test_a_bigram_worked_out_by_hand():
    # "abab": after a came b twice (one kind of follower); after b came a once; nothing ever followed c
    model = NGram(AB, "abab", 2)
    p_a, p_b, p_c = (2 + 2 / 3) / 6, (2 + 2 / 3) / 6, (2 / 3) / 6
    b_after_a, a_after_b, c_after_b = (2 + p_b) / 3, (1 + p_a) / 2, (0 + p_c) / 2
    np.testing.assert_allclose(model.probabilities("aba"), [b_after_a, a_after_b], rtol=1e-14)
    np.testing.assert_allclose(model.probabilities("bc"), [c_after_b], rtol=1e-14)
    np.testing.assert_allclose(model.probabilities("ca"), [p_a], rtol=1e-14)
    bits = -(math.log2(b_after_a) + math.log2(a_after_b)) / 2
    assert model.bits_per_char("aba") == pytest.approx(bits, rel=1e-14)


def straightforward(text, order, V, context, char):
    """The formula as it is written, one probability at a time."""
    followers = defaultdict(Counter)
    for place in range(order - 1, len(text)):
        followers[text[place - order + 1 : place]][text[place]] += 1
    lower = 1 / V if order == 1 else straightforward(text, order - 1, V, context[1:], char)
    seen = followers.get(context, Counter())
    total, kinds = sum(seen.values()), len(seen)
    return (seen[char] + kinds * lower) / (total + kinds) if total else lower


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_every_probability_is_the_formula_s(order):
    train_text, held_out = split_text(read_text(CHAPTER)[:900], 0.05)
    vocabulary = Vocabulary.from_text(train_text + held_out)
    given = NGram(vocabulary, train_text, order).probabilities(held_out)
    for place in range(order, len(held_out)):
        context = held_out[place - order + 1 : place]
        right = straightforward(train_text, order, len(vocabulary), context, held_out[place])
        assert given[place - 1] == pytest.approx(right, rel=1e-12)


@pytest.mark.parametrize("context", ["It was the ", "zzzz", "t"])
def test_the_probabilities_of_all_next_characters_add_up_to_one(context):
    text = read_text(CHAPTER)
    model = NGram(Vocabulary.from_text(text), text, 6)
    total = sum(model.probabilities(context + char)[-1] for char in model.vocabulary.characters)
    assert total == pytest.approx(1, rel=1e-12)


def test_a_lower_order_of_a_model_is_the_model_of_that_order():
    text, held_out = split_text(read_text(CHAPTER))
    vocabulary = Vocabulary.from_text(text + held_out)
    seven, three = NGram(vocabulary, text, 7), NGram(vocabulary, text, 3)
    assert seven.bits_per_char(held_out, order=3) == three.bits_per_char(held_out)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="order must be a whole number of at least 1, not 0"):
        NGram(AB, "abc", 0)
    with pytest.raises(ValueError, match="a text of 2 characters is shorter than the order, 3"):
        NGram(AB, "ab", 3)
    with pytest.raises(ValueError, match="order 50 is too large for 3 characters"):
        NGram(AB, "abc" * 20, 50)
    with pytest.raises(ValueError, match="unknown character 'd'"):
        NGram(AB, "abcd", 1)
    model = NGram(AB, "abc", 2)
    with pytest.raises(ValueError, match="order must lie between 0 and 2, not be 3"):
        model.probabilities("abc", order=3)
    with pytest.raises(ValueError, match="at least 2 characters"):
        model.probabilities("a")
