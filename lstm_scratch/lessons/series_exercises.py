"""The exercises of the notebook on own numbers: what the last value misses, changes, and how wide a band must be."""

import numpy as np

from lstm_scratch.lessons.exercises import Exercise

rng = np.random.default_rng(5)
series = [(np.cumsum(rng.normal(size=N)).round(1),) for N in (8, 13)]

last_miss = Exercise("last value", lambda y: np.sqrt(np.mean(np.diff(y) ** 2)), series)
last_miss.advice = (
    "Not right yet: it gives {given:.4f} where {right:.4f} is right. Forecast, difference, square, mean, root."
)
last_miss.slips = {
    "That is the mean square. Take its root at the end.": lambda y: np.mean(np.diff(y) ** 2),
    "Misses must not cancel: square them before you take the mean.": lambda y: np.mean(np.diff(y)),
    "That is the mean size of a miss. RMSE squares first, so that a large miss counts more.": lambda y: np.mean(
        np.abs(np.diff(y))
    ),
    "That is the spread around the mean, and the forecast is the value before.": lambda y: np.std(y),
    "There is no forecast for the first value, so divide by one fewer.": lambda y: np.sqrt(
        np.sum(np.diff(y) ** 2) / len(y)
    ),
}

changes = Exercise("changes", lambda y: (np.diff(y)[:-1], np.diff(y)[1:]), series, parts=("the inputs", "the targets"))
changes.advice = "Not right yet: {wrong}. The model reads a change and is asked for the one after it."
changes.slips = {
    "The targets are the inputs themselves: nothing is left to forecast.": lambda y: (np.diff(y)[:-1], np.diff(y)[:-1]),
    "Those are the values. Take their differences first.": lambda y: (y[:-1], y[1:]),
    "The sign: a change is the later value minus the earlier one.": lambda y: (-np.diff(y)[:-1], -np.diff(y)[1:]),
    "The last change has no change after it, so it is no input.": lambda y: (np.diff(y), np.diff(y)[1:]),
}

misses = [(np.abs(rng.normal(size=N)).round(2), 0.8) for N in (9, 24)]


def width(miss: np.ndarray, coverage: float, more: int = 1) -> float:
    """The k-th smallest miss, k = (N + 1) · coverage rounded up."""
    k = int(np.ceil((len(miss) + more) * coverage))
    return float(np.sort(miss)[min(k, len(miss)) - 1])


band = Exercise(
    "band", width, misses, "Not right yet: it gives {given:.2f} where {right:.2f} is right. Sort, then count."
)
band.slips = {
    "Count one case more: the next miss is not among those that you have.": lambda miss, coverage: width(
        miss, coverage, more=0
    ),
    "That is wide enough for every past miss, so for more than was asked.": lambda miss, coverage: float(miss.max()),
    "Those are the largest misses: sort them upwards.": lambda miss, coverage: width(miss, 1 - coverage),
    "The coverage counts cases. It is no share of the largest miss.": lambda miss, coverage: float(
        coverage * miss.max()
    ),
}

last_miss.why = "This is the number that any forecast must beat."
changes.why = "The last value is added again afterwards, so the network never has to know how high the series stands."
band.why = "The next miss is as likely to be in any place among the others, so k of N + 1 cases lie within."

SERIES_EXERCISES = [last_miss, changes, band]
