"""Settings that fit a text's length and its number of symbols, and the time that they take."""

import time

import pytest

from lstm_scratch import CharLM, Vocabulary, train
from lstm_scratch.command.duration import seconds_per_epoch, time_in_words
from lstm_scratch.command.settings import settings_for


def test_a_text_of_many_symbols_gets_the_size_and_dropout_of_a_shorter_one():
    few, _ = settings_for(80_000, 80)
    many, why = settings_for(80_000, 2_500)
    shorter, _ = settings_for(5_000, 80)
    assert (many.hidden_size, many.dropout, many.weight_drop) == (128, 0.6, 0.6)
    assert (shorter.hidden_size, shorter.dropout) == (many.hidden_size, many.dropout)
    assert few.dropout < many.dropout and few.batch_size == many.batch_size
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


def test_the_estimate_is_near_the_time_a_run_takes_and_leaves_the_model_alone():
    model = CharLM(Vocabulary("abc"), 64)
    before = model.params.copies()
    text = "abc" * 8_000
    settings = {"batch_size": 8, "seq_length": 32, "dropout": 0.2, "weight_drop": 0.2}
    estimate = seconds_per_epoch(model, text, "abc" * 400, settings)
    assert all((before[name] == param).all() for name, param in model.params.items())
    begin = time.perf_counter()
    train(model, text, "abc" * 400, **settings, learning_rate=0.01, epochs=1, progress=False)
    # other work on the same machine may slow down either of them
    assert 0.1 < estimate / (time.perf_counter() - begin) < 10


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.01, "1 second"), (41, "41 seconds"), (324, "5 minutes"), (7_000, "117 minutes")]
)
def test_time_is_told_in_minutes(seconds, words):
    assert time_in_words(seconds) == words
