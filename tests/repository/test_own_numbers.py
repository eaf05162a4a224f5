"""The series that the notebook on own numbers begins with, what is said of it, and what readers may change."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest
from helpers import ROOT

from lstm_scratch import DATA
from lstm_scratch.figures import plot_band
from lstm_scratch.figures.style import OTHERS
from lstm_scratch.series import Forecaster
from lstm_scratch.study import compare_forecasts, rivals

NOTEBOOK = ROOT / "notebooks" / "LSTM_Own_Numbers.ipynb"
SUNSPOTS = np.loadtxt(DATA / "sunspots.csv", delimiter=",", skiprows=1)[:, 1]
SCORED = 249


def run_notebook(change, last_cell="### Keep it"):
    """The names that the first part defines, when its line with read_series reads another file."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names = {"display": lambda *shown: None}
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and last_cell in source:
            break
        if cell["cell_type"] == "code" and "/kaggle/input" not in source:
            exec("from lstm_scratch import DATA\n" + source.replace(*change), names)
    return names


def test_the_series_is_the_one_that_is_described():
    lines = (DATA / "sunspots.csv").read_bytes()
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert f"{hashlib.sha256(lines).hexdigest()}  sunspots.csv" in readme
    years, sunspots = np.loadtxt(DATA / "sunspots.csv", delimiter=",", skiprows=1, unpack=True)
    assert years.tolist() == list(range(1700, 2009))
    assert 0 <= sunspots.min() and sunspots.max() == sunspots[years == 1957] == 190.2
    # more active than ever before
    assert sunspots[SCORED:].max() > sunspots[:SCORED].max()


def test_every_seed_is_ahead_of_the_last_value_and_not_behind_ar():
    simple = rivals(SUNSPOTS, SCORED)
    for seed in range(3):
        forecasts = Forecaster(rng=seed).fit(SUNSPOTS[:SCORED]).forecasts(SUNSPOTS)
        table = compare_forecasts(SUNSPOTS, {"Forecaster": forecasts, **simple}, SCORED)
        assert table.loc["last value", "verdict"] == "Forecaster is ahead"
        assert table["typical miss"].idxmin() == "Forecaster"


def test_ar_is_found_by_least_squares_and_its_order_before_the_scored_years():
    simple = rivals(SUNSPOTS, SCORED)
    assert list(simple) == ["last value", "AR(10)"]
    changed = SUNSPOTS.copy()
    changed[SCORED:] *= 3
    assert np.array_equal(
        rivals(changed, SCORED)["AR(10)"][: SCORED + 1], simple["AR(10)"][: SCORED + 1], equal_nan=True
    )
    # exactly a sum of two last values: nothing is missed
    wave = np.sin(0.3 * np.arange(200))
    found = next(forecast for name, forecast in rivals(wave, 150).items() if name.startswith("AR"))
    assert np.abs(found[150:200] - wave[150:]).max() < 1e-4


def test_a_season_ago_is_a_rival_where_there_is_a_season():
    months = np.tile(np.arange(12.0), 20) + np.random.default_rng(0).normal(0, 0.1, 240)
    simple = rivals(months, 200, season=12)
    assert simple["season ago"][212] == months[200] and len(simple["season ago"]) == 241


def test_two_forecasts_that_differ_by_chance_are_too_close_to_call():
    rng = np.random.default_rng(0)
    values = rng.normal(size=400)
    forecasts = {"one": np.append(rng.normal(size=400) / 9, 0), "other": np.append(rng.normal(size=400) / 9, 0)}
    assert compare_forecasts(values, forecasts, 0).loc["other", "verdict"] == "too close to call"
    forecasts["bad"] = np.full(401, 3.0)
    assert compare_forecasts(values, forecasts, 0).loc["bad", "verdict"] == "one is ahead"


@pytest.mark.filterwarnings("ignore")
def test_a_reader_swaps_the_file_in_one_line(tmp_path):
    days = pd.date_range("2022-01-01", periods=400)
    sales = 50 + 0.05 * np.arange(400) + 5 * np.sin(np.arange(400) * 2 * np.pi / 7)
    table = pd.DataFrame({"sales": sales + np.random.default_rng(0).normal(size=400), "price": 1.5}, index=days)
    table.iloc[50, 0] = np.nan
    table.drop(days[100]).to_csv(tmp_path / "mine.csv", sep=";", decimal=",", index_label="day")
    names = run_notebook(('read_series(DATA / "sunspots.csv")', f"read_series({str(tmp_path / 'mine.csv')!r})"))
    assert names["result"].loc["last value", "verdict"] == "Forecaster is ahead"


def test_a_band_counts_what_lies_in_it_and_shows_the_last_value_in_grey():
    figure = plot_band([1, 2, 3], [1.0, 5.0, 2.0], [1, 2, 2], [0, 1, 1], [2, 3, 3], "t", ylabel="y", coverage=0.8)
    assert "2 values, 67%, lie in the band that is to hold 80%" in figure.words
    last, forecast, values = figure.axes[0].lines
    assert last.get_ydata().tolist()[1:] == [1, 5] and last.get_color() == OTHERS
    assert forecast.get_ydata().tolist() == [1, 2, 2] and values.get_ydata().tolist() == [1, 5, 2]
