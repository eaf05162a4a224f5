"""What a forecast must beat: the last value, that of one season ago, and a weighted sum of the last values (AR).

All are given as one-step forecasts (N + 1,) with the index of the step that each is for, as `Forecaster.forecasts`.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lstm_scratch.series import BLOCKS, ORDERS, filled, least_squares
from lstm_scratch.study.comparison import ERRORS_THAT_TELL

# a difference of squares that is smaller than this share of the values' mean square is round-off
ROUND_OFF = 1e-12


def rivals(values: Any, first_scored: int, season: int | None = None) -> dict[str, np.ndarray]:
    """One-step forecasts of values (N,) by the simple methods, {name: forecasts (N + 1,)}.

    Nothing is learned from the steps from first_scored on. AR(p) is a weighted sum of the last p values, plus a
    constant, by least squares; with a season, a number of steps, the values of one season ago are tried as well. p is
    chosen by the last fifth of the steps before first_scored, and the weights are then fitted to all of them. A gap
    counts as the last known value.
    """
    known = np.asarray(values, np.float64)
    series = filled(known[:, None])[:, 0]
    forecasts = {"last value": np.append(np.nan, series)}
    if season is not None:
        forecasts["season ago"] = np.append(np.full(season, np.nan), series[: len(series) - season + 1])
    learned = round(0.8 * first_scored)
    lowest = np.inf
    for order in ORDERS[1:]:
        for ago in ((), (season - 1, season)) if season else ((),):
            lags = sorted({*range(order), *ago})
            if len(lags) + 1 > learned / 4:
                continue
            candidate = ar_forecasts(known, series, lags, learned)
            errors = (candidate[:-1] - known)[learned:first_scored]
            score = float(np.nanmean(errors**2))
            if score < lowest:
                lowest = score
                seasonal = " + season" if ago and max(ago) >= order else ""
                best = f"AR({order}){seasonal}", lags
    name, lags = best
    forecasts[name] = ar_forecasts(known, series, lags, first_scored)
    return forecasts


def ar_forecasts(known: np.ndarray, series: np.ndarray, lags: list[int], end: int) -> np.ndarray:
    """One-step forecasts (N + 1,) by a weighted sum of the values at these lags, fitted to the steps before `end`."""
    N = len(series)
    first = max(lags) + 1
    columns = [series[first - 1 - lag : N - lag] for lag in lags]
    # row k forecasts step first + k
    design = np.column_stack([*columns, np.ones(N + 1 - first)])
    weights = least_squares(design[: end - first], known[first:end, None])
    return np.append(np.full(first, np.nan), design @ weights)


def lead_of_first(difference: np.ndarray, size: float) -> tuple[float, float, int | None]:
    """The mean of the differences, its standard error, and 1 or -1 if it is clear, 0 if not, None if there are too few.

    size is the mean square of the values: a difference that is tiny beside it is round-off.
    """
    if len(difference) < 2 * BLOCKS:
        return float(difference.mean()) if len(difference) else math.nan, math.nan, None
    means = [block.mean() for block in np.array_split(difference, BLOCKS)]
    error = float(np.std(means, ddof=1) / np.sqrt(BLOCKS))
    mean = float(difference.mean())
    is_clear = abs(mean) > max(ERRORS_THAT_TELL * error, ROUND_OFF * size)
    return mean, error, int(np.sign(mean)) if is_clear else 0


def compare_forecasts(values: Any, forecasts: Mapping[str, Any], first_scored: int) -> Any:
    """A table of the typical miss (RMSE) of each of the forecasts, and whether the first one is ahead of it.

    The mean difference of the squared errors is compared with its standard error, which comes from means over 12 blocks
    of time, as in `lstm_scratch.study.comparison`. Returns a pandas DataFrame.
    """
    import pandas as pd

    known = np.asarray(values, np.float64)
    errors = {}
    for name, forecast in forecasts.items():
        errors[name] = (np.asarray(forecast, np.float64)[: len(known)] - known)[first_scored:]
    first = next(iter(errors))
    rows = {}
    for name, own in errors.items():
        # positive where the first is ahead
        difference = own**2 - errors[first] ** 2
        difference = difference[np.isfinite(difference)]
        mean, error, ahead = lead_of_first(difference, float(np.nanmean(known**2)))
        said = {1: f"{first} is ahead", -1: f"{name} is ahead", 0: "too close to call", None: "too few to judge"}
        verdict = said[ahead]
        rows[name] = {
            "typical miss": float(np.sqrt(np.nanmean(own**2))),
            "squared, minus the first's": mean,
            "±": error,
            "verdict": "" if name == first else verdict,
        }
    return pd.DataFrame.from_dict(rows, orient="index")
