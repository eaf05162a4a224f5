"""Nothing of a text is lost or changed on its way from a file to batches, and the data are the texts that we mean."""

import hashlib

import numpy as np
import pytest
from helpers import CHAPTER, PAGES

from lstm_scratch.text import Vocabulary, batches, clean_text, read_text, split_text, without_gutenberg_notices

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
