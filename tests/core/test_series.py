"""The forecaster of series, its output layer and loss, and what a series may look like."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from helpers import refuses_in_a_sentence

from lstm_scratch import DATA, LSTM, Adam, gradient_check, joined
from lstm_scratch.series import (
    Forecaster,
    OutputLayer,
    last_steps,
    quantile,
    read_series,
    real_steps,
    training_step,
)
from lstm_scratch.study import compare_forecasts, rivals

SUNSPOTS = np.loadtxt(DATA / "sunspots.csv", delimiter=",", skiprows=1)[:, 1]


@pytest.fixture(scope="module")
def fitted():
    return Forecaster(steps=60).fit(SUNSPOTS[:249])


def miss(forecasts, values, start):
    return np.sqrt(np.nanmean((np.asarray(forecasts)[start : len(values)] - values[start:]) ** 2))


@pytest.mark.parametrize("loss", ["squared error", "cross-entropy"])
@pytest.mark.parametrize("masked", ["nothing", "gaps", "lengths", "last step"])
def test_gradients_of_output_layer_and_lstm_agree_with_differences(loss, masked):
    rng = np.random.default_rng(0)
    lstm = LSTM(2, 3, dtype=np.float64, rng=rng)
    output = OutputLayer(3, 4, loss, dtype=np.float64, rng=rng)
    x = rng.normal(size=(5, 2, 2))
    targets = rng.normal(size=(5, 2, 4)) if loss == "squared error" else rng.integers(4, size=(5, 2))
    if masked == "gaps" and loss == "squared error":
        targets[[0, 3], [1, 0], [2, 1]] = np.nan
    mask = {"lengths": real_steps([5, 3], 5), "last step": last_steps([4, 2], 5)}.get(masked)
    params = joined(lstm=lstm.params, output=output.params)

    def loss_and_grads():
        value = output.forward(lstm.forward(x)[0], targets, mask)
        lstm.backward(output.backward())
        return value, joined(lstm=lstm.grads, output=output.grads)

    errors = gradient_check(lambda: loss_and_grads()[0], params, loss_and_grads()[1])
    assert max(errors.values()) < 1e-6


def test_masked_targets_do_not_count_and_get_no_gradient():
    output = OutputLayer(2, 2, "cross-entropy", dtype=np.float64)
    h = np.random.default_rng(0).normal(size=(4, 2, 2))
    mask = real_steps([4, 1], 4)
    classes = np.array([[0, 1], [1, -1], [0, -1], [1, -1]])
    loss = output.forward(h, classes, mask)
    dh = output.backward()
    assert np.isfinite(loss) and not dh[1:, 1].any() and dh[mask].any()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda layer, h: layer.forward(h, np.zeros((4, 2))), "targets must be numbers of shape (4, 2, 1)"),
        (lambda layer, h: layer.forward(h[0], np.zeros((2, 1))), "h must have shape"),
        (lambda layer, h: layer.forward(h, np.full((4, 2, 1), np.nan)), "no target counts"),
        (lambda layer, h: layer.forward(h, np.full((4, 2, 1), np.inf)), "targets must be finite"),
        (lambda layer, h: layer.forward(h, np.zeros((4, 2, 1)), np.ones((4, 1), bool)), "mask must be True or False"),
        (lambda layer, h: real_steps([0, 3], 4), "lengths must be whole numbers from 1 to 4"),
        (lambda layer, h: OutputLayer(3, 1, "mse"), "loss must be one of"),
    ],
)
def test_the_output_layer_refuses_what_numpy_would_broadcast(call, sentence):
    refuses_in_a_sentence(lambda: call(OutputLayer(3, 1), np.zeros((4, 2, 3))), sentence)


def test_backward_needs_a_forward_pass_of_its_own():
    refuses_in_a_sentence(OutputLayer(3, 1).backward, "call forward before", RuntimeError)


def test_a_training_step_lowers_the_loss():
    rng = np.random.default_rng(0)
    lstm, output = LSTM(1, 8, dtype=np.float64, rng=rng), OutputLayer(8, 1, dtype=np.float64, rng=rng)
    optimizer = Adam(joined(lstm=lstm.params, output=output.params), 0.01)
    waves = np.sin(0.3 * np.arange(31)[:, None, None] + rng.uniform(0, 6, (8, 1)))
    losses = [training_step(lstm, output, optimizer, waves[:-1], waves[1:]) for _ in range(60)]
    assert losses[-1] < 0.2 * losses[0]


def test_sunspots_are_far_ahead_of_the_last_value_and_level_with_ar_by_one_call():
    simple = rivals(SUNSPOTS, 249)
    forecasts = Forecaster().fit(SUNSPOTS[:249]).forecasts(SUNSPOTS)
    table = compare_forecasts(SUNSPOTS, {"Forecaster": forecasts, **simple}, 249)
    assert round(miss(simple["last value"], SUNSPOTS, 249), 1) == 32.9
    assert table.loc["last value", "verdict"] == "Forecaster is ahead"
    assert miss(forecasts, SUNSPOTS, 249) < 1.05 * min(miss(ar, SUNSPOTS, 249) for ar in list(simple.values())[1:])


def test_forecasts_are_for_their_index_and_use_nothing_after_it(fitted):
    forecasts = fitted.forecasts(SUNSPOTS)
    assert forecasts.shape == (310,)
    changed = SUNSPOTS.copy()
    changed[260:] += 50
    assert np.array_equal(fitted.forecasts(changed)[:261], forecasts[:261], equal_nan=True)
    assert fitted.forecasts(changed)[261] != forecasts[261]


def test_predict_and_update_give_what_forecasts_gives(fitted):
    walker = copy.deepcopy(fitted)
    one_by_one = []
    for step in range(249, 270):
        one_by_one.append(walker.predict()[0])
        walker.update(SUNSPOTS[step : step + 1])
    np.testing.assert_allclose(one_by_one, fitted.forecasts(SUNSPOTS)[249:270], rtol=1e-12)


def test_further_ahead_each_forecast_is_read_as_the_next_value(fitted):
    two = fitted.predict(2)
    walker = copy.deepcopy(fitted).update(two[:1])
    np.testing.assert_allclose(walker.predict(), two[1:], rtol=1e-12)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))])
def test_copies_forecast_the_same(fitted, copied):
    assert np.array_equal(copied(fitted).predict(5), fitted.predict(5))


def test_a_saved_forecaster_continues_where_it_was(fitted, tmp_path):
    fitted.save(tmp_path / "f.npz")
    loaded = Forecaster.load(tmp_path / "f.npz")
    for one, other in zip(loaded.predict(6, coverage=0.8), fitted.predict(6, coverage=0.8), strict=True):
        assert np.array_equal(one, other)
    assert repr(loaded) == repr(fitted) and len(repr(fitted)) < 150
    LSTM(1, 2).save(tmp_path / "layer.npz")
    refuses_in_a_sentence(lambda: Forecaster.load(tmp_path / "layer.npz"), "cannot be used")


@pytest.mark.parametrize("freq", ["D", "W-SAT", "MS", "h"])
def test_dates_are_kept_in_forecasts_updates_and_files(freq, tmp_path):
    index = pd.date_range("2020-01-04", periods=120, freq=freq)
    series = pd.Series(np.sin(np.arange(120) / 3), index=index, name="wave")
    gappy = series.drop(index[50:53])
    forecaster = Forecaster(steps=20).fit(gappy[:97])
    forecasts = forecaster.predict(3)
    assert list(forecasts.index) == list(index[100:103]) and forecasts.name == "wave"
    forecaster.save(tmp_path / "f.npz")
    loaded = Forecaster.load(tmp_path / "f.npz")
    # one value is missing: it is a gap
    loaded.update(series.iloc[[100, 102]])
    assert loaded.predict().index[0] == index[103]
    refuses_in_a_sentence(lambda: loaded.update(series[:3]), "the new values must begin at")


def test_two_columns_and_inputs():
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(80, 2)).cumsum(axis=0)
    both = Forecaster(steps=10).fit(columns)
    assert both.predict(4).shape == (4, 2) and both.forecasts(columns).shape == (81, 2)
    one = Forecaster(steps=10).fit(columns[:, 0], inputs=columns[:, 1])
    assert one.predict(4, inputs=columns[:3, 1]).shape == (4,)
    refuses_in_a_sentence(lambda: one.predict(4, inputs=columns[:4, 1]), "inputs must be (3, 1)")
    refuses_in_a_sentence(lambda: both.update([1.0, 2.0]), "one step of two columns is [[a, b]]")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (SUNSPOTS[:10], "the series is too short"),
        (np.full(60, np.nan), "no known value at all"),
        (np.r_[SUNSPOTS, np.full(100, np.nan)], "the stopping stretch"),
        (SUNSPOTS[None], "turn them with .T"),
        (3.0, "a row for each step"),
        ([], "have no row"),
        (np.r_[SUNSPOTS, np.inf], "contain infinity at row 309"),
        (["1,5", "2,5"], "'1,5' is not one"),
        ({"a": 1}, "must be in the order of time"),
        (pd.Series(SUNSPOTS, index=np.arange(2008, 1699, -1)), "newest first"),
        (pd.Series(SUNSPOTS[:99], index=pd.date_range("2020", periods=99)[::-1]), "newest first"),
        (pd.Series([1.0, 2.0], index=pd.to_datetime(["2020-01-01"] * 2)), "is there twice"),
        (pd.Series([1.0, 2.0], index=["Jan", "Feb"]), "the index is text"),
        (pd.DataFrame({"day": ["a"] * 50, "y": range(50)}), "make the dates the index"),
    ],
)
def test_a_series_that_cannot_be_used_is_refused_with_the_way_out(values, sentence):
    refuses_in_a_sentence(lambda: Forecaster().fit(values), sentence)


def test_what_is_asked_for_too_early_or_in_vain_is_refused(fitted):
    refuses_in_a_sentence(Forecaster().predict, "call fit(values) first", RuntimeError)
    refuses_in_a_sentence(lambda: fitted.predict(0), "horizon must be")
    refuses_in_a_sentence(lambda: fitted.predict(coverage=80), "coverage must be")
    refuses_in_a_sentence(lambda: Forecaster().fit(SUNSPOTS, inputs=SUNSPOTS[1:]), "inputs have 308 rows")
    refuses_in_a_sentence(lambda: fitted.forecasts(np.ones((50, 2))), "as in fit, not 2")


def hard_series():
    rng = np.random.default_rng(3)
    walk = np.cumsum(rng.normal(size=400))
    gaps = np.sin(np.arange(400) / 4) + rng.normal(0, 0.1, 400)
    gaps[rng.random(400) < 0.3] = np.nan
    step = rng.normal(size=400)
    step[200:] += 8
    return {
        "constant": np.full(60, 7.0),
        "forty points": walk[:40],
        "random walk": walk,
        "white noise": rng.normal(size=400),
        "30 % gaps": gaps,
        "integers": np.round(20 + 3 * np.sin(np.arange(300) / 5)).astype(int),
        "step change": step,
        "exponential growth": np.exp(0.03 * np.arange(200)),
    }


@pytest.mark.parametrize("name", hard_series())
def test_no_kind_of_series_falls_behind_the_last_value(name):
    values = hard_series()[name]
    first = round(0.8 * len(values))
    forecaster = Forecaster(steps=60).fit(values[:first])
    forecasts = forecaster.forecasts(values)
    assert np.isfinite(forecasts[first:]).all() and np.isfinite(forecaster.predict(20)).all()
    known = np.asarray(values, float)
    last = np.append(np.nan, pd.Series(known).ffill())
    assert miss(forecasts, known, first) <= 1.03 * miss(last, known, first) + 1e-9


def test_changes_beat_values_on_a_walk_that_wanders_off():
    walk = np.cumsum(np.random.default_rng(20).normal(0, 1.85, 1500))
    auto = Forecaster(steps=60).fit(walk[:1200])
    values = Forecaster(steps=60, predicts="values", linear=False).fit(walk[:1200])
    last = miss(np.append(np.nan, walk), walk, 1200)
    assert auto.predicts_ == "changes" and miss(auto.forecasts(walk), walk, 1200) < 1.02 * last
    assert miss(values.forecasts(walk), walk, 1200) > 3 * last


def test_an_interval_is_the_quantile_with_one_case_more():
    assert quantile(np.arange(1.0, 10)[:, None], 0.8) == 8
    assert quantile(np.full((5, 1), np.nan), 0.8) == 0


def test_an_interval_holds_about_what_it_says_on_steps_never_seen():
    rng = np.random.default_rng(0)
    values = np.zeros(1200)
    for step in range(1, 1200):
        values[step] = 0.8 * values[step - 1] + rng.normal()
    forecaster = Forecaster(steps=60).fit(values[:600])
    _, low, high = (part[600:1200] for part in forecaster.forecasts(values, coverage=0.8))
    assert 0.75 < np.mean((values[600:] >= low) & (values[600:] <= high)) < 0.88


@pytest.mark.parametrize(
    "text",
    [
        "day;sales\n04.01.2024;3,5\n03.01.2024;\n02.01.2024;1,5\n",
        "day,sales\n2024-01-02,1.5\n2024-01-03,NA\n2024-01-04,3.5\n",
        "day\tsales\n2024-01-02\t1,5\n2024-01-03\t\n2024-01-04\t3,5\n",
    ],
)
def test_a_file_is_read_whatever_separates_its_columns(text, tmp_path):
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    table = read_series(tmp_path / "mine.csv")
    assert list(table.index) == list(pd.date_range("2024-01-02", periods=3))
    np.testing.assert_array_equal(table["sales"], [1.5, np.nan, 3.5])


def test_a_missing_date_becomes_a_row_so_that_rows_and_steps_agree(tmp_path):
    (tmp_path / "mine.csv").write_text("day,y\n2024-01-02,1\n2024-01-03,2\n2024-01-05,3\n", encoding="utf-8")
    np.testing.assert_array_equal(read_series(tmp_path / "mine.csv")["y"], [1, 2, np.nan, 3])


def test_text_among_numbers_is_named(tmp_path):
    (tmp_path / "mine.csv").write_text("year,sales\n2001,1\n2002,many\n2003,2\n", encoding="utf-8")
    refuses_in_a_sentence(lambda: read_series(tmp_path / "mine.csv"), "'sales' is text at row 2, 'many'")
