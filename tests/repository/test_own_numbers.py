"""The page on one's own numbers: what it says beyond the numbers that its own code prints, and its picture.

The page itself runs as a doctest. Here its code is run once more, for what would take the page too long. To draw the
picture anew: write_file(PICTURE, to_png(run_page()["figure"])).
"""

import doctest
import hashlib
import io
import re

import numpy as np
import pytest
from helpers import ROOT
from PIL import Image

from lstm_scratch import DATA
from lstm_scratch.figures import plot_forecasts
from lstm_scratch.figures.style import to_png

GUIDE = ROOT / "notebooks" / "guides" / "OWN_NUMBERS.md"
PICTURE = GUIDE.parent / "sunspots.png"
SEEDS = range(3)


def run_page():
    """The names that the page has defined at the end."""
    names = {}
    for example in doctest.DocTestParser().get_examples(GUIDE.read_text(encoding="utf-8")):
        exec(example.source, names)
    return names


@pytest.fixture(scope="module")
def page():
    return run_page()


def scores(page, part, inputs, values, targets, **options):
    """The typical miss of the page's forecaster in a part of the series, for each of three seeds."""
    runs = [page["forecaster"](inputs, targets, seed, **options) for seed in SEEDS]
    return [page["rmse"](forecasts, values, page[part]) for forecasts in runs]


def test_the_series_is_the_one_that_is_described():
    lines = (DATA / "sunspots.csv").read_bytes()
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert f"{hashlib.sha256(lines).hexdigest()}  sunspots.csv" in readme
    years, sunspots = np.loadtxt(DATA / "sunspots.csv", delimiter=",", skiprows=1, unpack=True)
    assert years.tolist() == list(range(1700, 2009))
    assert 0 <= sunspots.min() and sunspots.max() == sunspots[years == 1957] == 190.2


def test_no_example_has_more_than_twenty_lines():
    examples = doctest.DocTestParser().get_examples(GUIDE.read_text(encoding="utf-8"))
    assert max(example.source.count("\n") for example in examples) <= 20


def test_a_figure_of_forecasts_says_how_far_each_is_off():
    figure = plot_forecasts([1, 2], [3.0, 5.0], {"same": [3.0, 5.0], "other": [0.0, 1.0]}, "t", ylabel="y")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["same: off by 0.0", "other: off by 3.5"]
    assert "same, off by 0.0 (RMSE); other, off by 3.5 (RMSE)" in figure.words
    for axes, forecast in zip(figure.axes, ([3, 5], [0, 1])):
        values, drawn = axes.lines
        assert values.get_ydata().tolist() == [3, 5] and drawn.get_ydata().tolist() == forecast


def test_fewer_values_than_nine_are_worse_and_more_are_hardly_better_in_the_stopping_years():
    sunspots = np.loadtxt(DATA / "sunspots.csv", delimiter=",", skiprows=1)[:, 1]
    misses = {}
    for order in range(1, 13):
        rows = np.array([[*sunspots[year - order : year], 1] for year in range(order, 249)])
        # fitted to the years before the stopping years
        weights = np.linalg.lstsq(rows[:-40], sunspots[order:209], rcond=None)[0]
        misses[order] = np.sqrt(np.mean((rows[-40:] @ weights - sunspots[209:249]) ** 2))
    assert all(misses[order] > misses[9] for order in range(1, 9))
    assert all(misses[order] > misses[9] - 0.1 for order in range(10, 13))


@pytest.mark.slow
def test_values_against_differences_in_the_stopping_years(page):
    sunspots, change, last_value = page["sunspots"], page["change"], page["last_value"]
    values = scores(page, "stopped", sunspots[:, None], sunspots, sunspots)
    # the miss of a change is the miss of the value: the last value is known
    changes = scores(page, "stopped", change[:, None], change, change)
    assert all(11 < score < 12 for score in values + changes)
    assert round(page["rmse"](page["ar"], sunspots, page["stopped"])) == 14
    assert 23 < page["rmse"](last_value, sunspots, page["stopped"]) < 24


@pytest.mark.slow
def test_long_windows_are_less_reliable(page):
    sunspots = page["sunspots"]
    misses = scores(page, "scored", sunspots[:, None], sunspots, sunspots, length=60)
    assert (round(min(misses)), round(max(misses))) == (19, 27)


@pytest.mark.slow
def test_a_trend_needs_differences(page):
    rising, scored = page["rising"], page["scored"]
    assert round(page["rmse"](np.append(np.nan, rising), rising, scored), 1) == 32.8
    assert min(scores(page, "scored", rising[:, None], rising, rising)) > 50
    change = np.diff(rising, prepend=rising[0] - 1)
    assert all(score < 19 for score in scores(page, "scored", change[:, None], change, change))


@pytest.mark.slow
def test_a_column_that_marks_the_gaps_helps(page):
    gappy, filled = page["gappy"], page["filled"]
    both = np.column_stack([filled, page["known"]])
    marked = scores(page, "scored", both, gappy, gappy)
    unmarked = scores(page, "scored", filled[:, None], gappy, filled)
    assert (round(min(marked)), round(max(marked))) == (20, 21)
    assert (round(min(unmarked)), round(max(unmarked))) == (23, 24)


@pytest.mark.slow
def test_several_columns_are_forecast_at_once(page):
    columns = page["scale"](page["columns"])
    x = page["windows"](columns[:208], 30)
    target = page["windows"](columns[1:209], 30)
    lstm = page["LSTM"](2, 16)
    output = {"W": np.zeros((2, 16)), "b": np.zeros(2)}
    optimizer = page["Adam"](page["joined"](lstm=lstm.params, output=output), learning_rate=0.01)
    for _ in range(100):
        page["training_step"](lstm, output, optimizer, x, target)
    misses = lstm.forward(x)[0] @ output["W"].T + output["b"] - target
    # the mean of either column is off by about 1, after the scaling
    assert all(np.sqrt(np.mean(misses**2, axis=(0, 1))) < 0.7)
    # what the page says that `forecasts_of` must return then
    returned = re.search(r"`(np\.vstack\(.*\))`", GUIDE.read_text(encoding="utf-8"))[1]
    h, _ = lstm.forward(columns[:, None])
    forecasts = eval(returned, {"np": np, "F": 2, "h": h, "output": output})
    assert forecasts.shape == (310, 2) and np.isnan(forecasts[0]).all() and np.isfinite(forecasts[1:]).all()


@pytest.mark.slow
def test_the_model_has_as_many_weights_as_the_page_says(page):
    lstm = page["LSTM"](1, 16)
    weights = sum(param.size for param in lstm.params.values()) + 16 + 1
    assert f"{weights:,}" in GUIDE.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_picture_is_the_one_that_the_page_draws(page):
    drawn, committed = (
        np.asarray(Image.open(picture).convert("L").resize((24, 12), Image.Resampling.BOX), dtype=float).ravel()
        for picture in (io.BytesIO(to_png(page["figure"])), PICTURE)
    )
    assert np.corrcoef(drawn, committed)[0, 1] > 0.85
    values, forecast = (line.get_ydata() for line in page["figure"].axes[0].lines)
    # 1957 to 1959, at a distance of 8 to 10 years from 1949
    assert all(forecast[8:11] < values[8:11] - 20)
    alt = re.search(r"!\[([^]]*)\]\(sunspots.png\)", GUIDE.read_text(encoding="utf-8"))[1]
    titles = [axes.get_title(loc="left") for axes in page["figure"].axes]
    assert [re.search(r"[\d.]+$", title)[0] for title in titles] == re.findall(r"\d+\.\d", alt)
