"""Nothing of a text is lost or changed on its way from a file to batches, and the data are the texts that we mean."""

import bz2
import gzip
import hashlib
import lzma
from collections import Counter

import numpy as np
import pytest
from helpers import CHAPTER, PAGES, refuses_in_a_sentence

from lstm_scratch.text import (
    Vocabulary,
    batches,
    clean_text,
    in_order,
    read_text,
    split_text,
    without_gutenberg_notices,
)

SHA256 = [
    (CHAPTER, "112f70ecfbe273f5ad741eb5394cb6355bc6e130f5f6ef212829e38d8010168e"),
    (PAGES, "b04c44444e1ca5bd3a13fb83d61215dd8d5f0b853e30fe7b7ff14b6d75a6f5b3"),
]


@pytest.mark.parametrize(("path", "checksum"), SHA256, ids=["chapter", "last pages"])
def test_the_texts_are_those_that_were_compared_with_the_novel(path, checksum):
    assert hashlib.sha256(path.read_bytes()).hexdigest() == checksum


def test_read_text_folds_line_ends_and_drops_the_byte_order_mark(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes("\ufeffone\r\ntwo\rthree\n".encode())
    assert read_text(path) == "one\ntwo\nthree\n"


def test_the_notices_around_a_book_are_cut_off():
    book = "\n\nTITLE\n\nIt was *** the best.\n\n"
    header = "The Project Gutenberg eBook\n*** START OF THE PROJECT GUTENBERG EBOOK TITLE ***\n"
    footer = "*** END OF THIS PROJECT GUTENBERG EBOOK TITLE ***\nUpdated editions will replace it."
    for text in (header + book + footer, book + footer, header + book):
        assert without_gutenberg_notices(text) == "TITLE\n\nIt was *** the best.\n"
    assert without_gutenberg_notices(book) == book


def test_clean_text():
    assert clean_text("It was--“belief:”\n\nEngland’s  Light!") == "it was belief englands light"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        # a letter and its accent become the one character that means both
        ("E\u0301te\u0301!", "\u00e9t\u00e9"),
        # vowel signs, and a joiner that has no width, divide no word
        ("हिन्दी, भाषा।", "हिन्दी भाषा"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("İstanbul", "i\u0307stanbul"),
        # a mark that follows no letter is removed
        ("a - \u0301 b", "a b"),
    ],
)
def test_clean_text_keeps_words_of_other_scripts_whole(text, cleaned):
    assert clean_text(text) == cleaned


def test_read_text_in_another_encoding(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes("café\r\n".encode("cp1252"))
    assert read_text(path, encoding="cp1252") == "café\n"


def test_a_vocabulary_is_sorted_and_brings_every_text_back():
    vocabulary = Vocabulary.from_text("hello, world")
    assert vocabulary.characters == tuple(" ,dehlorw") and len(vocabulary) == 9
    assert vocabulary.encode("world").tolist() == [8, 6, 7, 5, 2]
    assert vocabulary.decode([8, 6, 7, 5, 2]) == "world" and vocabulary.decode(vocabulary.encode("")) == ""
    for text in (read_text(CHAPTER), "😀 e\u0301é\n", "a\ud83db\udc00", "\0\r\n\ufeff"):
        vocabulary = Vocabulary.from_text(text)
        assert vocabulary.decode(vocabulary.encode(text)) == text


def test_split_text_holds_out_the_end():
    assert split_text("0123456789" * 2, 0.1) == ("012345678901234567", "89")


def test_batches_continue_from_window_to_window():
    windows = list(batches(np.arange(26), batch_size=3, seq_length=4))
    assert len(windows) == 2
    inputs, targets = np.concatenate(windows, axis=1)
    # three streams of eight: from 0, from 8 and from 16
    np.testing.assert_array_equal(inputs, np.array([0, 8, 16]) + np.arange(8)[:, None])
    np.testing.assert_array_equal(targets, inputs + 1)
    # the shortest text that fills a window
    assert len(list(batches(np.arange(13), batch_size=3, seq_length=4))) == 1


ORDERED = [
    "abc",
    ["a", "b", "c"],
    iter("abc"),
    np.array(["a", "b", "c"]),
    {"a": 0, "b": 1, "c": 2},
    {"c": 2, "a": 0, "b": 1},
    {"b": np.int64(1), "c": np.int64(2), "a": np.int64(0)},
    {2: "c", 0: "a", 1: "b"},
    {"2": "c", "1": "b", "0": "a"},
    Vocabulary("abc"),
]


# by number, because the name of an iterator differs from one process to the next
@pytest.mark.parametrize("given", ORDERED, ids=range(len(ORDERED)))
def test_a_vocabulary_comes_in_many_forms_and_ids_count(given):
    vocabulary = Vocabulary(given)
    assert vocabulary.characters == ("a", "b", "c") and vocabulary.index == {"a": 0, "b": 1, "c": 2}
    assert all(type(char) is str for char in vocabulary.characters)


def test_digits_are_characters_in_a_dict_from_characters_and_ids_in_a_dict_from_json():
    assert in_order({"1": 0, "0": 1}) == ["1", "0"]
    assert in_order({"1": "a", "0": "b"}) == ["b", "a"]
    many = {str(number): chr(97 + number) for number in range(12)}
    # "10" is sorted before "2" by its letters, not by its number
    assert in_order(dict(sorted(many.items()))) == list(many.values())


@pytest.mark.parametrize(
    ("given", "sentence", "exception"),
    [
        ({"a", "b"}, "a set has no order of its own: give a list of the characters in order", TypeError),
        (frozenset("ab"), "a frozenset has no order of its own", TypeError),
        ({"b": 0, "a": 1}.keys(), "a dict_keys has no order of its own", TypeError),
        ({0: "a"}.values(), "a dict_values has no order of its own", TypeError),
        (b"ab", "a vocabulary is made of characters in order, not of a bytes", TypeError),
        (None, "a vocabulary is made of characters in order, not of a NoneType", TypeError),
        (5, "a vocabulary is made of characters in order, not of a int", TypeError),
        (["a", "bc"], "a vocabulary must consist of single characters, and 'bc' is none", ValueError),
        (["a", ""], "a vocabulary must consist of single characters, and '' is none", ValueError),
        (["the", "cat"], "and 'the' is none", ValueError),
        ([1, 2], "and 1 is none", ValueError),
        ({"the": 0, "cat": 1}, "and 'the' is none", ValueError),
        (["e\u0301"], "and 'e\u0301' is none", ValueError),
        (["a", "a"], "all of them in sorted order and given once", ValueError),
        (["b", "a"], "all of them in sorted order and given once", ValueError),
        ({"a": 1, "b": 0}, "all of them in sorted order and given once", ValueError),
        ({}, "a vocabulary needs at least one character", ValueError),
        ({"a": 0, "b": 0}, "a dict of 2 characters must give each of the ids 0 to 1 to one of them", ValueError),
        ({"a": 1, "b": 2}, "a dict of 2 characters must give each of the ids 0 to 1 to one of them", ValueError),
        (Counter("aab"), "a dict of 2 characters must give each of the ids 0 to 1 to one of them", ValueError),
        ({0.5: "a"}, "a dict of 1 characters must give", ValueError),
    ],
    # the order of a set differs from one process to the next
    ids=lambda given: type(given).__name__ if isinstance(given, set | frozenset) else repr(given)[:30],
)
def test_what_is_no_vocabulary_is_refused_when_it_is_made(given, sentence, exception):
    refuses_in_a_sentence(lambda: Vocabulary(given), sentence, exception)


@pytest.mark.parametrize(
    ("known", "text", "advice"),
    [
        ("a“”", 'a"', "this model knows '“' (U+201C) and '”' (U+201D)"),
        ('a"', "“a”", "this model knows '\"' (U+0022)"),
        ("a’", "a'", "this model knows '’' (U+2019)"),
        ("a'", "a`", 'this model knows "\'" (U+0027)'),
        ("a–", "a—", "this model knows '–' (U+2013)"),
        ("a-", "a−", "this model knows '-' (U+002D)"),
        ("a ", "a\u00a0", "this model knows ' ' (U+0020)"),
        ("aé", "e\u0301", 'this model knows the text in the form unicodedata.normalize("NFC", text)'),
        ("ae\u0301", "é", 'this model knows the text in the form unicodedata.normalize("NFD", text)'),
        ("ae", "é", "this model knows 'e' (U+0065)"),
        ("ae", "E", "this model knows 'e' (U+0065)"),
        ("a1", "\uff11", "this model knows '1' (U+0031)"),
    ],
)
def test_an_unknown_character_comes_with_what_looks_like_it(known, text, advice):
    refuses_in_a_sentence(lambda: Vocabulary(sorted(known)).encode(text), f": {advice}")


def test_a_character_like_no_other_comes_without_advice():
    for char in "zя漢😀":
        with pytest.raises(ValueError, match=r"position 1$"):
            Vocabulary(".a").encode("a" + char)


FILES = [
    (
        "novel.docx",
        b"PK\x03\x04....",
        "is a ZIP archive, as .docx, .odt, .epub, .xlsx and .npz files are, not a plain text",
    ),
    ("novel.pdf", b"%PDF-1.7 ...", "is a PDF document, not a plain text: extract its text"),
    ("novel.txt.gz", gzip.compress(b"text"), "is a gzip archive, not a plain text: unpack it first"),
    ("novel.bz2", bz2.compress(b"text"), "is a bzip2 archive, not a plain text: unpack it first"),
    ("novel.xz", lzma.compress(b"text"), "is an xz archive, not a plain text: unpack it first"),
    ("novel.rtf", b"{\\rtf1\\ansi It was", "is an RTF document, not a plain text: open it where it was made"),
    (
        "novel.html",
        b"\xef\xbb\xbf\n<!DOCTYPE html><p>It was",
        "is an HTML page, not a plain text: save the page as plain text",
    ),
    ("novel.htm", b"<html lang=en>It was", "is an HTML page, not a plain text"),
    (
        "novel.doc",
        b"\xd0\xcf\x11\xe0\xa1\xb1",
        "is an old Office document, as .doc and .xls files are, not a plain text",
    ),
    ("page.png", b"\x89PNG\r\n", "is a picture (PNG), not a plain text"),
    # what it is says the content, and not the name
    ("novel.txt", b"%PDF-1.4 ...", "is a PDF document, not a plain text"),
]


@pytest.mark.parametrize(("name", "content", "sentence"), FILES, ids=[name for name, _, _ in FILES])
def test_a_file_that_is_no_plain_text_is_told_what_it_is(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    refuses_in_a_sentence(lambda: read_text(tmp_path / name), sentence)


def test_marks_are_text_under_a_name_that_says_so(tmp_path):
    path = tmp_path / "page.txt"
    path.write_text("<html><p>It was", encoding="utf-8")
    assert read_text(path) == "<html><p>It was"


def test_the_representation_of_a_large_vocabulary_is_short():
    assert repr(Vocabulary("abc")) == "Vocabulary('abc')"
    assert repr(Vocabulary(map(chr, range(97, 3097)))) == "Vocabulary(3000 characters, 'abcdefghijklmnopqrst'...)"
