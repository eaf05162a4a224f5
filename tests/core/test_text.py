import hashlib

import numpy as np
import pytest
from helpers import CHAPTER, PAGES

from lstm_scratch import Vocabulary
from lstm_scratch.text import batches, clean_text, read_text, split_text, without_gutenberg_notices


def test_the_chapter_is_the_one_that_was_compared_with_the_novel():
    data = CHAPTER.read_bytes()
    assert hashlib.sha256(data).hexdigest() == "112f70ecfbe273f5ad741eb5394cb6355bc6e130f5f6ef212829e38d8010168e"
    text = read_text(CHAPTER)
    assert len(text) == 5772
    assert len(text.strip().split("\n\n")) == 6
    assert text.startswith("It was the best of times, ")
    assert text.endswith("along the roads that lay before them.\n")


def test_the_last_pages_are_those_that_were_compared_with_the_novel():
    data = PAGES.read_bytes()
    assert hashlib.sha256(data).hexdigest() == "b04c44444e1ca5bd3a13fb83d61215dd8d5f0b853e30fe7b7ff14b6d75a6f5b3"
    text = read_text(PAGES)
    assert len(text) == 8298
    assert text.startswith("On the steps of a church, ")
    assert text.endswith("rest that I go to than I have ever known.”\n")


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


def test_read_text_refuses_what_is_not_text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"abc\xff\xfe")
    with pytest.raises(ValueError, match="is not UTF-8 text: byte 3 cannot be read"):
        read_text(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="is empty"):
        read_text(path)


def test_clean_text():
    assert clean_text("It was--“belief:”\n\nEngland’s  Light!") == "it was belief englands light"


def test_vocabulary_round_trip_and_order():
    vocabulary = Vocabulary.from_text("hello, world")
    assert vocabulary.characters == tuple(" ,dehlorw")
    assert len(vocabulary) == 9
    ids = vocabulary.encode("world")
    assert ids.tolist() == [8, 6, 7, 5, 2]
    assert vocabulary.decode(ids) == vocabulary.decode(iter(ids)) == "world"
    assert vocabulary.decode([]) == ""
    assert vocabulary == Vocabulary.from_text("world, hello")


def test_vocabulary_round_trip_of_the_chapter():
    text = read_text(CHAPTER)
    vocabulary = Vocabulary.from_text(text)
    assert vocabulary.decode(vocabulary.encode(text)) == text


def test_an_unknown_character_is_named_with_its_place():
    vocabulary = Vocabulary.from_text("abc")
    with pytest.raises(ValueError, match="unknown character 'é' at position 2"):
        vocabulary.encode("abé")


def test_vocabulary_refuses_bad_input():
    with pytest.raises(ValueError, match="the text is empty"):
        Vocabulary.from_text("")
    with pytest.raises(ValueError, match="sorted"):
        Vocabulary("ba")
    with pytest.raises(ValueError, match="single characters"):
        Vocabulary(["ab"])
    with pytest.raises(ValueError, match="must lie between 0 and 2, not between -1 and 1"):
        Vocabulary("abc").decode([-1, 1])
    with pytest.raises(ValueError, match="whole numbers"):
        Vocabulary("abc").decode([0.5])


def test_split_text_holds_out_the_end():
    assert split_text("0123456789" * 2, 0.1) == ("012345678901234567", "89")
    with pytest.raises(ValueError, match="between 0 and 1"):
        split_text("0123456789", 1.0)
    with pytest.raises(ValueError, match="too short"):
        split_text("0123456789", 0.1)


def test_batches_continue_from_window_to_window():
    windows = list(batches(np.arange(26), batch_size=3, seq_length=4))
    assert len(windows) == 2
    inputs = np.concatenate([window[0] for window in windows])
    targets = np.concatenate([window[1] for window in windows])
    # three streams of eight: from 0, from 8 and from 16
    np.testing.assert_array_equal(inputs, np.array([0, 8, 16]) + np.arange(8)[:, None])
    np.testing.assert_array_equal(targets, inputs + 1)


def test_batches_refuse_a_text_shorter_than_one_window():
    with pytest.raises(ValueError, match="a text of 12 characters is shorter than one window.* needs 13"):
        list(batches(np.arange(12), batch_size=3, seq_length=4))
    assert len(list(batches(np.arange(13), batch_size=3, seq_length=4))) == 1
    with pytest.raises(ValueError, match="batch_size must be a whole number of at least 1, not 0"):
        list(batches(np.arange(12), batch_size=0, seq_length=4))
