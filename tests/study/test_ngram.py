"""The n-gram gives the probabilities of Kneser and Ney's formula, and they add up to 1 on any text."""

import math
from collections import Counter

import numpy as np
import pytest
from helpers import CHAPTER, PAGES, ROOT, refuses_in_a_sentence

from lstm_scratch import DATA, CharLM, Vocabulary, clean_text, read_text, split_text, without_gutenberg_notices
from lstm_scratch.study import NGram, best_share, bits_of_each, lead, mixed_bits
from lstm_scratch.study.ngram import FALLBACK, bits_by_order, bits_of_each_by_order, discounts

ABC = Vocabulary.from_text("abc")
LETTERS = clean_text(read_text(CHAPTER))
# where the card of the novel's model says to save it
NOVEL = ROOT / "tale_of_two_cities.txt"
rng = np.random.default_rng(0)
ODD_TEXTS = {
    "one character": "a",
    "one letter": "a" * 40,
    "two": "ab",
    "alternating": "ab" * 30,
    "all different": "abcdefghijklmnopqrstuvwxyz",
    "a letter that ends it": "a" * 20 + "b",
    "a letter that begins it": "b" + "a" * 20,
    "three lines of one kind": "abcabc\n" * 3,
    "draws": "".join(rng.choice(list("abcd"), p=[0.6, 0.2, 0.15, 0.05], size=300)),
    "Chinese": "天下皆知美之為美,斯惡已。皆知善之為善,斯不善已。",
    "the chapter": LETTERS[:700],
}


def test_a_bigram_worked_out_by_hand():
    # "abab": b came twice after a, and a once after b. No sequence has a count of 3, so the discounts are 1/2 and 1.
    # One character stands before a, and one before b, so the continuation count of either is 1
    model = NGram(ABC, "abab", 2)
    p_a, p_b, p_c = (0.5 + 1 / 3) / 2, (0.5 + 1 / 3) / 2, (1 / 3) / 2
    b_after_a, a_after_b, c_after_b = (2 - 1 + p_b) / 2, (1 - 0.5 + 0.5 * p_a) / 1, 0.5 * p_c
    for text, expected in {"aba": [b_after_a, a_after_b], "bc": [c_after_b], "ca": [p_a]}.items():
        np.testing.assert_allclose(model.probabilities(text), expected, rtol=1e-14)
    assert model.bits_per_char("aba") == pytest.approx(-(math.log2(b_after_a) + math.log2(a_after_b)) / 2, rel=1e-14)
    assert model.bits_per_char("abcabc", order=0) == pytest.approx(math.log2(3))


def test_a_letter_that_follows_one_other_only_is_at_home_in_one_place():
    # u is frequent, but only q stands before it; s is rare, and stands after four different letters
    text = "quququququ" + "asesisos"
    model = NGram(Vocabulary.from_text(text), text, 2)
    assert model.probability("", "u", 0) > model.probability("", "s", 0)
    # nothing was ever counted after this context, so the continuation counts alone decide
    never_met = NGram(Vocabulary.from_text(text + "z"), text, 2)
    assert never_met.probability("z", "u", 1) < never_met.probability("z", "s", 1)


def test_the_discounts_are_those_of_the_counts_of_counts():
    counts = np.array([1] * 4 + [2] * 2 + [3] + [4] + [9])
    # Y = 4 / (4 + 2 · 2) = 1/2
    right = [0, 1 - 2 / 2 * 2 / 4, 2 - 3 / 2 * 1 / 2, 3 - 4 / 2 * 1 / 1]
    np.testing.assert_allclose(discounts(counts), right, rtol=1e-14)


@pytest.mark.parametrize("counts", [[], [5], [1, 1], [1, 2, 4], [2, 3], [1, 1, 2, 3, 3, 3, 3], [1, 2, 3, 4, 4, 4, 4]])
def test_degenerate_counts_of_counts_have_the_fixed_discounts(counts):
    np.testing.assert_array_equal(discounts(np.array(counts, int)), FALLBACK)


def straightforward(text, n, V, context, char, highest=True):
    """Chen and Goodman's formula as it is written, one probability at a time, from counts that are made anew."""
    if n == 0:
        return 1 / V
    places = range(len(text) - n + 1)
    a = Counter(text[i : i + n] for i in places)
    if not highest:
        before = {sequence: {text[i - 1] for i in places if i > 0 and text[i : i + n] == sequence} for sequence in a}
        a = Counter({sequence: len(characters) for sequence, characters in before.items() if characters})
    lower = straightforward(text, n - 1, V, context[1:], char, highest=False)
    followers = [count for sequence, count in a.items() if sequence[:-1] == context]
    if not followers:
        return lower
    n1, n2, n3, n4 = ([*a.values()].count(k) for k in (1, 2, 3, 4))
    D1, D2, D3 = 0.5, 1, 1.5
    if n1 and n2 and n3:
        Y = n1 / (n1 + 2 * n2)
        estimates = 1 - 2 * Y * n2 / n1, 2 - 3 * Y * n3 / n2, 3 - 4 * Y * n4 / n3
        if min(estimates) > 0:
            D1, D2, D3 = estimates
    count = a[context + char]
    discount = {0: 0, 1: D1, 2: D2}.get(count, D3)
    N1, N2 = followers.count(1), followers.count(2)
    left_over = D1 * N1 + D2 * N2 + D3 * (len(followers) - N1 - N2)
    return (count - discount) / sum(followers) + left_over / sum(followers) * lower


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("name", ODD_TEXTS)
def test_every_probability_is_the_formula_s_also_as_a_lower_order_of_a_model(name, order):
    text = ODD_TEXTS[name]
    # characters of the text, in its order and in others, and one that it does not have
    held_out = text[-8:] + text[:4] + "?" + text[:3] + text[2:0:-1]
    vocabulary = Vocabulary.from_text(text + held_out)
    given = NGram(vocabulary, text, order=6).probabilities(held_out, order)
    assert len(given) == len(held_out) - 1
    for place, p in enumerate(given, start=1):
        context = held_out[max(0, place - order + 1) : place]
        n = len(context) + 1
        right = straightforward(text, n, len(vocabulary), context, held_out[place], highest=n == order)
        assert p == pytest.approx(right, rel=1e-12)


@pytest.mark.parametrize("name", ODD_TEXTS)
@pytest.mark.parametrize("alone", [False, True])
def test_the_probabilities_of_all_characters_add_up_to_1_after_every_context(name, alone):
    text = ODD_TEXTS[name]
    unseen = "" if alone else "xyz!?"
    vocabulary = Vocabulary.from_text(text + unseen)
    model = NGram(vocabulary, text, order=8)
    contexts = {text[i : i + n] for n in range(8) for i in range(len(text) - n + 1)}
    contexts |= {text[:2] + text[:2], text[::-1][:7], *unseen, text[0] + unseen}
    for context in contexts:
        for longest in {-1, 0, 1, len(context), 7} & set(range(-1, 8)):
            p = [model.probability(context, char, longest) for char in vocabulary.characters]
            assert sum(p) == pytest.approx(1, abs=1e-12) and min(p) > 0


@pytest.mark.parametrize("name", ODD_TEXTS)
def test_all_orders_at_once_give_the_same_probabilities(name):
    text = ODD_TEXTS[name]
    held_out = text[-30:] + "?" + text[::-1][:30]
    vocabulary = Vocabulary.from_text(text + held_out)
    model = NGram(vocabulary, text, order=9)
    for order, bits in enumerate(bits_of_each_by_order(vocabulary, text, held_out, orders=9), start=1):
        np.testing.assert_allclose(2**-bits, model.probabilities(held_out, order), rtol=1e-12)


def test_the_chapter_in_letters_scores_what_the_notebook_says():
    text, held_out = split_text(LETTERS, 0.1)
    model = NGram(Vocabulary.from_text(LETTERS), text, order=8)
    bits = [model.bits_per_char(held_out, order) for order in range(1, 9)]
    assert np.round(bits, 2).tolist() == [4.03, 3.19, 2.77, 2.57, 2.45, 2.40, 2.39, 2.39]
    np.testing.assert_allclose(bits_by_order(model.vocabulary, text, held_out, orders=8), bits, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.skipif(not NOVEL.exists(), reason="needs the novel, as tale_of_two_cities.txt in the repository's folder")
def test_the_novel_scores_what_the_card_says():
    novel = without_gutenberg_notices(read_text(NOVEL))
    text, held_out = split_text(novel, 0.05)
    vocabulary = Vocabulary.from_text(novel)
    assert (len(text), len(held_out), len(vocabulary)) == (719_725, 37_880, 76)
    by_order = list(bits_of_each_by_order(vocabulary, text, held_out, orders=8))
    scores = [bits.mean() for bits in by_order]
    assert np.round(scores, 3).tolist() == [4.484, 3.504, 2.798, 2.265, 2.023, 1.956, 1.940, 1.947]
    on_pages = bits_by_order(vocabulary, text, read_text(PAGES), orders=8)
    assert np.round(on_pages, 2).tolist() == [4.50, 3.47, 2.80, 2.32, 2.11, 2.06, 2.05, 2.06]
    assert on_pages[6] == pytest.approx(2.048, abs=5e-4)
    # the average with the LSTM, with the share that the first half of the held-out text has chosen
    bits = bits_of_each(CharLM.load(DATA / "tale_of_two_cities_lstm.npz"), held_out)
    counted = by_order[6]
    half = len(bits) // 2
    share = best_share(bits[:half], counted[:half])
    assert share == 0.8
    assert mixed_bits(bits, counted, share).mean() == pytest.approx(1.737, abs=5e-4)
    gain = lead(mixed_bits(bits, counted, share)[half:], bits[half:])
    assert gain.mean == pytest.approx(0.039, abs=5e-4) and gain.error == pytest.approx(0.008, abs=5e-4)
    # what the LSTM knows best
    for marks, right in (("\n", (1.16, 2.83)), ("“”", (1.46, 2.57))):
        here = [char in marks for char in held_out[1:]]
        assert (bits[here].mean(), counted[here].mean()) == pytest.approx(right, abs=0.006)


COUNTED = NGram(ABC, "abab", 3)


@pytest.mark.parametrize("order", [-1, 4, 2.0, True, "2", math.nan])
def test_an_order_that_the_model_does_not_have_is_refused(order):
    refuses_in_a_sentence(lambda: COUNTED.probabilities("abc", order), "order must be a whole number from 0 to 3, not ")
    refuses_in_a_sentence(lambda: COUNTED.bits_per_char("abc", order), "order must be a whole number from 0 to 3, not ")


@pytest.mark.parametrize("order", [0, -1, 2.5, None, math.nan])
def test_a_model_of_no_order_is_refused(order):
    refuses_in_a_sentence(lambda: NGram(ABC, "abab", order), "order must be a whole number of at least 1, not ")
    all_at_once = "orders must be a whole number of at least 1, not "
    refuses_in_a_sentence(lambda: bits_by_order(ABC, "abab", "abc", order), all_at_once)


@pytest.mark.parametrize("text", ["", "b"])
def test_a_text_with_nothing_to_score_is_refused(text):
    too_short = f"a text to score must have at least 2 characters, not {len(text)}"
    refuses_in_a_sentence(lambda: COUNTED.bits_per_char(text), too_short)
    refuses_in_a_sentence(lambda: COUNTED.probabilities(text, 0), too_short)
    refuses_in_a_sentence(lambda: bits_by_order(ABC, "abab", text), too_short)


def test_an_empty_text_cannot_be_counted():
    refuses_in_a_sentence(lambda: NGram(ABC, "", 2), "the text to count in is empty")
    refuses_in_a_sentence(lambda: bits_by_order(ABC, "", "ab"), "the text to count in is empty")


def test_unknown_characters_and_other_vocabularies_are_refused():
    refuses_in_a_sentence(lambda: NGram(ABC, "abx", 2), "unknown character 'x'")
    refuses_in_a_sentence(lambda: COUNTED.bits_per_char("abx"), "unknown character 'x'")
    refuses_in_a_sentence(lambda: bits_by_order(ABC, "ab", "abx"), "unknown character 'x'")
    refuses_in_a_sentence(lambda: NGram("abc", "abab", 2), "vocabulary must be a Vocabulary, not str", TypeError)


@pytest.mark.parametrize("char", ["x", "ab", ""])
def test_the_probability_of_what_is_not_one_known_character_is_refused(char):
    known = "char must be one character of the vocabulary"
    refuses_in_a_sentence(lambda: COUNTED.probability("a", char, 1), known)


@pytest.mark.parametrize("longest", [-2, 3, 1.0])
def test_a_context_length_that_the_model_does_not_have_is_refused(longest):
    known = "longest must be a whole number from -1 to 2"
    refuses_in_a_sentence(lambda: COUNTED.probability("a", "b", longest), known)


def test_a_model_says_what_it_is():
    assert repr(NGram(ABC, "abab", 3)) == "NGram(order=3, 4 characters counted)"
