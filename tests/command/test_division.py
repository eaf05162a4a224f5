"""What is held out: pieces from several places, which no window of training touches, and the last part."""

import pytest

from lstm_scratch.command.division import divide, last_share_for, share_for
from lstm_scratch.command.verdict import FEWEST_SCORED

# each character says where it stands
LONG = "".join(map(chr, range(0x4E00, 0x4E00 + 20_000)))


def test_pieces_come_from_ten_places_and_nothing_is_used_twice():
    parts, pieces, last = divide(LONG, None)
    places = [ord(char) - 0x4E00 for char in pieces]
    jumps = [second - first for first, second in zip(places, places[1:], strict=False) if second != first + 1]
    assert len(jumps) == 9 and max(jumps) - min(jumps) <= 2
    assert places[0] < 2_000 and places[-1] > 17_000
    assert sorted("".join(parts) + pieces + last) == list(LONG)
    assert last == LONG[-1_000:] and len(pieces) == pytest.approx(1_000, abs=10)


def test_the_order_of_what_is_trained_on_stays():
    parts, _, _ = divide(LONG, 0.2)
    assert "".join(parts) == "".join(sorted("".join(parts)))


@pytest.mark.parametrize(("length", "held_out"), [(64, 6), (5_772, 577), (15_000, 1_000), (200_000, 10_000)])
def test_a_short_text_holds_out_a_larger_share(length, held_out):
    assert round(length * share_for(length)) == held_out


@pytest.mark.parametrize("length", [2_010, 2_500, 3_000, 3_010])
def test_the_last_part_of_a_short_text_is_enough_for_a_verdict(length):
    _, _, last = divide(LONG[:length], None)
    # every character but the first is scored
    assert len(last) - 1 in (FEWEST_SCORED, FEWEST_SCORED + 1)


@pytest.mark.parametrize(("length", "held_out"), [(64, 10), (2_000, 300), (5_772, 577), (200_000, 10_000)])
def test_the_last_part_takes_no_more_than_15_percent(length, held_out):
    assert round(length * last_share_for(length)) == held_out


def test_a_long_text_holds_out_50000_characters():
    assert 10**8 * share_for(10**8) == pytest.approx(50_000)


@pytest.mark.parametrize("length", [20, 64, 999, 2_001])
def test_a_short_text_is_divided_without_loss(length):
    text = LONG[:length]
    parts, pieces, last = divide(text, None)
    assert sorted("".join(parts) + pieces + last) == list(text) and len(pieces) >= 2


@pytest.mark.parametrize(("text", "share"), [("abcdefgh", 0.6), ("ab", None), ("", None), (LONG[:20], 0.9)])
def test_a_text_that_leaves_nothing_to_train_on_is_refused(text, share):
    with pytest.raises(ValueError, match="holding out .* leaves"):
        divide(text, share)
