"""Settings that fit a text's length and its number of symbols."""

import pytest

from lstm_scratch.command.settings import settings_for


def test_a_text_of_many_symbols_gets_the_size_and_dropout_of_a_shorter_one():
    few, _ = settings_for(80_000, 80)
    many, why = settings_for(80_000, 2_500)
    shorter, _ = settings_for(5_000, 80)
    assert (many.hidden_size, many.dropout) == (128, 0.4)
    assert (shorter.hidden_size, shorter.dropout) == (many.hidden_size, many.dropout)
    assert few.hidden_size > many.hidden_size and few.batch_size == many.batch_size
    assert "2,500 different characters" in why


@pytest.mark.parametrize("symbols", [1, 2, 57, 150])
@pytest.mark.parametrize("length", [10, 5_000, 50_000, 200_000, 10**7])
def test_few_symbols_change_nothing(length, symbols):
    assert settings_for(length, symbols) == settings_for(length, 80)


def test_many_symbols_take_fewer_epochs_of_a_long_text():
    assert settings_for(3_000_000, 5_000)[0].epochs < settings_for(3_000_000, 80)[0].epochs


@pytest.mark.parametrize("length", [20, 5_000, 50_000, 200_000, 10**7])
def test_patience_can_fire(length):
    assert settings_for(length, 80)[0].patience == 15
