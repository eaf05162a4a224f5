"""Numbers instead of text: the output layer and loss of any such task, and a forecaster of series.

`OutputLayer` is what stands between an LSTM and a target. `Forecaster` is an LSTM with everything that a forecast of a
real series needs. Its forecast of the next value is a sum of three parts,

    forecast = start + linear part + LSTM

where the start is the last known value (the model then predicts *changes*) or 0 (it predicts *values*), the linear part
is a weighted sum of the last values, found by least squares, and the LSTM learns what is left over.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from lstm_scratch.activations import cross_entropy
from lstm_scratch.checks import check_array, check_choice, check_positive, check_share, check_whole, is_whole_number
from lstm_scratch.files import Arrays, FilePath, naming, read_arrays, write_arrays
from lstm_scratch.layer import LSTM, DType, Rng
from lstm_scratch.optimizers import Adam, clip_by_global_norm
from lstm_scratch.parameters import Parameters, joined

LOSSES = ("squared error", "cross-entropy")
MODES = ("changes", "values")
# the numbers of last values among which the linear part chooses
ORDERS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 18, 24, 25, 26, 30, 36)
# an input further from the mean than so many standard deviations would only saturate the gates
FARTHEST = 4.0
# how many windows a training step sees, how many are computed at once, and how often the stopping stretch is asked
BATCH = 64
AT_ONCE = 4096
STEPS_BETWEEN_SCORES = 10
# how few known values a series may have, and how many blocks the errors of a difference come from
FEWEST = 20
BLOCKS = 12
# by what share of the mean squared error one of two must be better before it matters: 1% of the typical miss
MATTERS = 0.02
# a season longer than this is known by its date alone, and not by the value of one season ago
LONGEST_LAG = 200


class OutputLayer:
    """y = W_y h + b_y, and its loss: "squared error" with numbers as targets, or "cross-entropy" with classes.

    `params` and `grads` hold W_y (K, H) and b_y (K,), which start uniform in ±1/√H and at zero. dtype is float32 or
    float64, as in the LSTM; rng is a seed or a numpy Generator. Raises ValueError for a size below 1 or another loss.
    """

    def __init__(
        self,
        hidden_size: int,
        output_size: int,
        loss: str = "squared error",
        *,
        dtype: DType = np.float32,
        rng: Rng = 0,
    ) -> None:
        check_whole(hidden_size=hidden_size, output_size=output_size)
        check_choice("loss", loss, LOSSES)
        bound = 1 / np.sqrt(hidden_size)
        W_y = np.random.default_rng(rng).uniform(-bound, bound, (output_size, hidden_size)).astype(dtype)
        self.loss = loss
        self.params = Parameters(W_y=W_y, b_y=np.zeros(output_size, dtype))
        self.grads = {name: np.zeros_like(param) for name, param in self.params.items()}
        self._kept: tuple[np.ndarray, np.ndarray] | None = None

    def __repr__(self) -> str:
        K, H = self.params["W_y"].shape
        return f"OutputLayer(hidden_size={H}, output_size={K}, loss={self.loss!r})"

    def output(self, h: np.ndarray) -> np.ndarray:
        """y (..., K) from h (..., H)."""
        # y = W_y h + b_y
        return h @ self.params["W_y"].T + self.params["b_y"]

    def forward(self, h: np.ndarray, targets: np.ndarray, mask: np.ndarray | None = None) -> float:
        """The mean loss over all targets that count.

        h is (T, B, H). Targets of the squared error are numbers (T, B, K), and one that is NaN does not count. Targets
        of the cross-entropy are classes (T, B); the loss is in nats. mask (T, B) says which steps count, by default
        all: `real_steps` and `last_steps` make one from the lengths of the sequences. Raises ValueError if a shape does
        not fit, a class is out of range, or nothing counts.
        """
        K, H = self.params["W_y"].shape
        h = np.asarray(h)
        h = check_array("h", h, (*h.shape[:2], H), self.params["W_y"].dtype)
        counts = np.ones(h.shape[:2], bool) if mask is None else np.asarray(mask)
        if counts.shape != h.shape[:2] or counts.dtype != bool:
            raise ValueError(
                f"mask must be True or False at each step, {h.shape[:2]}, not {counts.dtype} {counts.shape}"
            )
        y = self.output(h)
        dy = np.zeros_like(y)
        targets = np.asarray(targets)
        if self.loss == "cross-entropy":
            if targets.shape != h.shape[:2]:
                raise ValueError(f"targets must be classes of shape {h.shape[:2]}, not {targets.shape}")
            refuse_nothing(counts)
            loss, dy[counts] = cross_entropy(y[counts], targets[counts])
        else:
            if targets.shape != y.shape:
                raise ValueError(f"targets must be numbers of shape {y.shape}, not {targets.shape}")
            known = counts[..., None] & ~np.isnan(targets)
            refuse_nothing(known)
            difference = check_array("targets", y[known] - targets[known], (int(known.sum()),))
            # L = mean of (y - target)², so ∂L/∂y = 2 (y - target) / count
            loss = float(np.mean(difference**2))
            dy[known] = 2 * difference / known.sum()
        self._kept = h, dy
        return loss

    def backward(self) -> np.ndarray:
        """dh (T, B, H) of the last forward pass; fills `grads`. Raises RuntimeError without a new forward pass."""
        if self._kept is None:
            raise RuntimeError("there is no new forward pass: call forward before each call of backward")
        h, dy = self._kept
        self._kept = None
        h_rows = h.reshape(-1, h.shape[2])
        dy_rows = dy.reshape(-1, dy.shape[2])
        # dW_y = Σ dy hᵀ, db_y = Σ dy, dh = W_yᵀ dy
        self.grads["W_y"][...] = dy_rows.T @ h_rows
        self.grads["b_y"][...] = dy_rows.sum(axis=0)
        return dy @ self.params["W_y"]


def refuse_nothing(counts: np.ndarray) -> None:
    """Raise ValueError if no target counts: the mean of nothing is not a loss."""
    if not counts.any():
        raise ValueError("no target counts: all are masked or NaN")


def real_steps(lengths: Sequence[int], T: int) -> np.ndarray:
    """A mask (T, B): True at the steps that a sequence of each length has, False where it is padded at its end."""
    return np.arange(T)[:, None] < checked_lengths(lengths, T)


def last_steps(lengths: Sequence[int], T: int) -> np.ndarray:
    """A mask (T, B): True at the last real step of each sequence alone, for one answer a sequence."""
    return np.arange(T)[:, None] == checked_lengths(lengths, T) - 1


def checked_lengths(lengths: Sequence[int], T: int) -> np.ndarray:
    """The lengths as an array (B,). Raises ValueError unless each is a whole number from 1 to T."""
    array = np.asarray(lengths)
    if array.ndim != 1 or array.dtype.kind not in "iu" or array.size and (array.min() < 1 or array.max() > T):
        raise ValueError(f"lengths must be whole numbers from 1 to {T}, one for each sequence")
    return array


class Forecaster:
    """Forecasts the next values of a series, of one or several columns: `fit`, `predict`, `update`, `forecasts`.

    hidden_size      the number of memory cells
    window           how many steps the LSTM reads before each forecast; a short series gets shorter windows
    predicts         "values", "changes" (the last known value is added), or "auto": changes, unless values are
                     clearly better in the stopping stretch (`is_clearly_better`)
    linear           whether a weighted sum of the last values is fitted first, and the LSTM learns what it leaves over;
                     False: the LSTM alone
    season           "auto": the time of the year, week and day as inputs, if the series has dates; a number of steps,
                     such as 12; or None
    stop             the share of the series, at its end, that says when to stop the training and what to predict.
                     The model does not learn from it
    steps            the number of training steps, by default more for more data, from 100 to 600
    learning_rate    that of Adam; it falls to 0
    rng              a seed or a numpy Generator

    After `fit`: predicts_, linear_order_ (how many last values the linear part reads), lstm_steps_ (at which step the
    LSTM was best; 0: it adds nothing, because it was not better than the linear part by more than one standard error)
    and stopping_scores_ (the typical miss in the stopping stretch of each choice, {"changes, linear": …}).
    """

    def __init__(
        self,
        hidden_size: int = 16,
        window: int = 30,
        *,
        predicts: str = "auto",
        linear: bool = True,
        season: str | int | None = "auto",
        stop: float = 0.2,
        steps: int | None = None,
        learning_rate: float = 0.01,
        rng: Rng = 0,
    ) -> None:
        check_whole(hidden_size=hidden_size, window=window)
        check_choice("predicts", predicts, ("auto", *MODES))
        check_choice("linear", linear, (True, False))
        check_share(stop=stop)
        check_positive(stop=stop)
        check_positive(learning_rate=learning_rate)
        if steps is not None:
            check_whole(steps=steps)
        if season not in ("auto", None) and (not is_whole_number(season) or season < 2):  # type: ignore[operator]
            raise ValueError(f'season must be "auto", None or a number of steps of at least 2, not {season!r}')
        self.hidden_size = hidden_size
        self.window = window
        self.predicts = predicts
        self.linear = linear
        self.season = season
        self.stop = stop
        self.steps = steps
        self.learning_rate = learning_rate
        self.rng = rng

    def __repr__(self) -> str:
        told = f"Forecaster(hidden_size={self.hidden_size}, window={self.window}"
        if not hasattr(self, "predicts_"):
            return f"{told}, not fitted)"
        lstm = f"LSTM of step {self.lstm_steps_}" if self.lstm_steps_ else "no LSTM"
        linear = f"linear part of order {self.linear_order_}" if self.linear else "no linear part"
        return f"{told}: {self.predicts_}, {linear}, {lstm})"

    def fit(self, values: Any, inputs: Any = None) -> "Forecaster":
        """Learn from a series, oldest value first, and remember it; return the forecaster itself.

        values are numbers (N,) or (N, F), with NaN for a gap, or a Series or DataFrame of pandas, whose dates must have
        equal steps between them. inputs (N, I) are further columns that are read and not forecast; a row of them is
        known when the row of the values is. Raises ValueError if the series cannot be learned from: the message says
        what to do.
        """
        seen = Seen(*as_series(values, inputs, self.season))
        first_stopped = self._first_stopped(seen.values)
        self.window_ = min(self.window, max(2, first_stopped // 3))
        candidates = []
        for mode in MODES if self.predicts == "auto" else (self.predicts,):
            candidate = Candidate(self, seen, mode, first_stopped)
            candidate.train(self.window_)
            candidates.append(candidate)
        self.stopping_scores_: dict[str, float] = {}
        for candidate in candidates:
            self.stopping_scores_ |= candidate.scores()
        chosen = candidates[0]
        if len(candidates) == 2 and is_clearly_better(candidates[1].errors, candidates[0].errors):
            chosen = candidates[1]
        self._take(chosen)
        self.predicts_ = chosen.mode
        self.linear_order_ = chosen.order
        self.lstm_steps_ = chosen.best_step
        self._seen = seen
        self._first_stopped_ = first_stopped
        return self

    def _first_stopped(self, values: np.ndarray) -> int:
        """The index at which the stopping stretch begins. Raises ValueError if a stretch has too few known values."""
        N = len(values)
        first = N - max(5, round(self.stop * N))
        known = np.isfinite(values).all(axis=1)
        if known.sum() < FEWEST:
            raise ValueError(
                f"the series is too short: {int(known.sum())} known values, and at least {FEWEST} are needed; "
                "the last value, repeated, is the forecast to use"
            )
        if known[first:].sum() < 3:
            raise ValueError(
                f"the stopping stretch, the last {N - first} of {N} steps, has fewer than 3 known values: "
                "end the series at its last known value, or set a larger stop, such as stop=0.3"
            )
        if known[:first].sum() < FEWEST // 2:
            raise ValueError(
                f"only {int(known[:first].sum())} known values are left to learn from before the stopping stretch: "
                "set a smaller stop, such as stop=0.2"
            )
        return first

    def _take(self, chosen: "Candidate") -> None:
        """Keep what the chosen candidate needs to forecast."""
        self._model = chosen.model
        self._reach = chosen.model.reach

    def _fitted(self) -> "Seen":
        """The series seen so far. Raises RuntimeError before `fit`."""
        if not hasattr(self, "_seen"):
            raise RuntimeError("this forecaster has seen nothing yet: call fit(values) first")
        return self._seen

    def update(self, new: Any, inputs: Any = None) -> "Forecaster":
        """Read what has come since, without learning from it; return the forecaster itself.

        new and inputs are as in `fit`, with the same columns; dates, if there were any, must continue. Raises
        ValueError if they do not fit, and RuntimeError before `fit`.
        """
        self._seen = self._fitted().followed_by(new, inputs)
        return self

    def predict(self, horizon: int = 1, inputs: Any = None, *, coverage: float | None = None) -> Any:
        """The next `horizon` values after what it has seen, (horizon,) or (horizon, F), with dates if it has dates.

        Each forecast is read as if it were the next value. inputs (horizon - 1, I) are the further columns in the steps
        to come; without them, their last known values are repeated. With coverage, such as 0.8, the result is
        (forecasts, low, high), and the value is to lie between low and high in that share of the cases; see `interval`.
        Raises ValueError for a horizon below 1, and RuntimeError before `fit`.
        """
        seen = self._fitted()
        check_whole(horizon=horizon)
        to_come = None if inputs is None else as_columns("inputs", inputs)
        if to_come is not None and to_come.shape != (horizon - 1, seen.inputs.shape[1]):
            wanted = (horizon - 1, seen.inputs.shape[1])
            raise ValueError(f"inputs must be {wanted}, a row for each step but the last, not {to_come.shape}")
        origin = np.array([len(seen.values) - 1])
        forecasts = self._ahead(seen, origin, horizon, to_come)[:, 0]
        results = [forecasts]
        if coverage is not None:
            width = self._widths(horizon, coverage)
            results += [forecasts - width, forecasts + width]
        labelled = [seen.labelled(result, start=len(seen.values)) for result in results]
        return labelled[0] if coverage is None else tuple(labelled)

    def forecasts(self, values: Any, inputs: Any = None, *, coverage: float | None = None) -> Any:
        """One-step forecasts of a whole series, each from the values before it; nothing is learned.

        The forecast of a step has the index of the step that it is *for*, so there is one more than there are values;
        the first ones, before a window has been read, are NaN. With coverage, the result is (forecasts, low, high),
        where each interval comes from the errors before its step. Raises ValueError if the columns do not fit.
        """
        own = self._fitted()
        seen = Seen(*as_series(values, inputs, self.season))
        own.check_columns(seen)
        if has_dates(own.index) != has_dates(seen.index):
            raise ValueError("the series must have dates exactly if the one that was fitted had them")
        forecasts = self._one_step(seen)
        results = [forecasts]
        if coverage is not None:
            widths = self._running_widths(seen.values, forecasts, coverage)
            results += [forecasts - widths, forecasts + widths]
        labelled = [seen.labelled(result, start=0) for result in results]
        return labelled[0] if coverage is None else tuple(labelled)

    def _one_step(self, seen: "Seen") -> np.ndarray:
        """One-step forecasts (N + 1, F) of a series."""
        N, F = seen.values.shape
        forecasts = np.full((N + 1, F), np.nan)
        origins = np.arange(self._reach - 1, N)
        if len(origins):
            forecasts[origins + 1] = self._ahead(seen, origins, 1)[0]
        return forecasts

    def _ahead(self, seen: "Seen", origins: np.ndarray, horizon: int, to_come: np.ndarray | None = None) -> np.ndarray:
        """Forecasts (horizon, B, F) of the steps after each origin (B,); each forecast is read as the next value."""
        season = seen.season(len(seen.values) + horizon)
        pieces = [origins[start : start + AT_ONCE] for start in range(0, len(origins), AT_ONCE)]
        results = []
        for piece in pieces:
            places = piece + np.arange(1 - self._reach, 1)[:, None]
            rows = seen.rows(places)
            forecasts = []
            for ahead in range(1, horizon + 1):
                forecast = self._model.forecast(rows, season[places + 1])
                forecasts.append(forecast)
                inputs = rows.inputs[-1] if to_come is None or ahead == horizon else to_come[ahead - 1 : ahead]
                rows = rows.followed_by(forecast, inputs)
                places = places + 1
            results.append(np.stack(forecasts))
        return np.concatenate(results, axis=1)

    def _widths(self, horizon: int, coverage: float) -> np.ndarray:
        """Half the width of the interval, (horizon, F), at each step ahead.

        Forecasts are made from every origin of what has been seen (the last 1,000), and compared with what came. The
        half-width is the quantile of these misses that covers the share asked for, in the whole past or from the
        stopping stretch on, whichever is wider, because in its training stretch a model knows the answers.
        """
        check_coverage(coverage)
        seen = self._seen
        N = len(seen.values)
        origins = np.arange(self._reach - 1, N - 1)[-1000:]
        # steps beyond the end are compared with nothing
        season_end = np.concatenate([seen.values, np.full((horizon, seen.values.shape[1]), np.nan)])
        misses = np.abs(self._ahead(seen, origins, horizon) - season_end[origins + np.arange(1, horizon + 1)[:, None]])
        later = origins + 1 >= self._first_stopped_
        widths = [np.maximum(quantile(miss, coverage), quantile(miss[later], coverage)) for miss in misses]
        # further ahead is never surer
        return np.maximum.accumulate(np.array(widths), axis=0)

    def _running_widths(self, values: np.ndarray, forecasts: np.ndarray, coverage: float) -> np.ndarray:
        """Half the width of the one-step interval at each step, from what was seen and the misses up to that step."""
        known = self._widths(1, coverage)[0]
        own = np.abs(self._one_step(self._seen)[:-1] - self._seen.values)
        same = len(own) <= len(values) and np.array_equal(self._seen.values, values[: len(own)], equal_nan=True)
        misses = np.abs(forecasts[:-1] - values)
        widths = np.tile(known, (len(forecasts), 1))
        start = len(own) if same else len(values)
        for step in range(start, len(forecasts)):
            past = misses[:step]
            recent = misses[self._first_stopped_ : step]
            widths[step] = np.maximum(quantile(past, coverage), quantile(recent, coverage))
        return widths

    def save(self, path: FilePath) -> None:
        """Write the forecaster, and the series that it has seen, to an .npz file, atomically.

        Raises OSError if it cannot be written, and RuntimeError before `fit`.
        """
        seen = self._fitted()
        model = self._model
        told = {
            "hidden_size": self.hidden_size,
            "window": self.window,
            "predicts": self.predicts,
            "linear": self.linear,
            "season": self.season,
            "stop": self.stop,
            "steps": self.steps,
            "learning_rate": self.learning_rate,
            "window_": self.window_,
            "predicts_": self.predicts_,
            "linear_order_": self.linear_order_,
            "lstm_steps_": self.lstm_steps_,
            "stopping_scores_": self.stopping_scores_,
            "first_stopped": self._first_stopped_,
            "lags": list(model.lags),
            "has_season": model.has_season,
            "has_constant": model.has_constant,
            "marks_gaps": model.marks_gaps,
            **seen.told(),
        }
        settings = np.frombuffer(json.dumps(told).encode(), np.uint8)
        write_arrays(path, {"settings": settings, "values": seen.values, "inputs": seen.inputs, **model.arrays()})

    @classmethod
    def load(cls, path: FilePath) -> "Forecaster":
        """Return the forecaster that `save` wrote; it continues where that one was. Nothing is unpickled.

        Raises ValueError if the file is not a forecaster, and OSError if it cannot be opened.
        """
        arrays = read_arrays(path, ("settings", "values", "inputs", *Model.NAMES))
        with naming(path):
            told = json.loads(arrays.pop("settings").tobytes())
            names = ("hidden_size", "window", "predicts", "linear", "season", "stop", "steps", "learning_rate")
            forecaster = cls(**{name: told[name] for name in names})
            for name in ("window_", "predicts_", "linear_order_", "lstm_steps_", "stopping_scores_"):
                setattr(forecaster, name, told[name])
            values = arrays.pop("values")
            inputs = arrays.pop("inputs")
            if values.ndim != 2 or inputs.ndim != 2 or len(inputs) != len(values):
                raise ValueError("its series has the wrong shape")
            forecaster._seen = Seen.from_told(values, inputs, told)
            forecaster._first_stopped_ = int(told["first_stopped"])
            forecaster._model = Model.from_arrays(arrays, told)
            forecaster._reach = forecaster._model.reach
        return forecaster


def check_coverage(coverage: float) -> None:
    """Raise ValueError unless the coverage lies between 0 and 1, both excluded."""
    check_share(coverage=coverage)
    check_positive(coverage=coverage)


def quantile(misses: np.ndarray, coverage: float) -> np.ndarray:
    """The miss (F,) that is large enough in the given share of cases, (N, F), and in one more that is still to come.

    Of N past misses the k-th smallest is taken, with k = (N + 1) · coverage, rounded up (Vovk, Gammerman and Shafer,
    *Algorithmic Learning in a Random World*, 2005). Without a past miss it is 0.
    """
    result = np.zeros(misses.shape[1])
    for column in range(misses.shape[1]):
        known = np.sort(misses[np.isfinite(misses[:, column]), column])
        if len(known):
            result[column] = known[min(len(known), int(np.ceil((len(known) + 1) * coverage))) - 1]
    return result


def is_clearly_better(errors: np.ndarray, other: np.ndarray) -> bool:
    """Whether errors (N, F) have a lower mean square than others, by more than one standard error of the difference.

    Neighbouring errors resemble each other, so the standard error comes from means over blocks of time. Of two that
    cannot be told apart the simpler one is kept: the rule of one standard error (Breiman, Friedman, Olshen and Stone,
    *Classification and Regression Trees*, 1984). The difference must also matter, and fewer errors
    than blocks can tell nothing apart.
    """
    known = np.isfinite(errors).any(axis=1)
    if known.sum() < BLOCKS:
        return False
    difference = np.nanmean((other**2 - errors**2)[known], axis=1)
    blocks = np.array_split(difference, BLOCKS)
    means = [block.mean() for block in blocks]
    error = np.std(means, ddof=1) / np.sqrt(len(means))
    return bool(difference.mean() > max(error, MATTERS * mean_square(other)))


class Rows:
    """Consecutive rows of B series at once: filled (P, B, F), known (P, B, F) and inputs (P, B, I)."""

    def __init__(self, filled: np.ndarray, known: np.ndarray, inputs: np.ndarray) -> None:
        self.filled = filled
        self.known = known
        self.inputs = inputs

    def followed_by(self, values: np.ndarray, inputs: np.ndarray) -> "Rows":
        """The rows one step later, when values (B, F) and inputs (B, I) have come."""
        filled = np.concatenate([self.filled[1:], values[None]])
        known = np.concatenate([self.known[1:], np.ones_like(self.known[:1])])
        later = np.broadcast_to(inputs, self.inputs.shape[1:])
        return Rows(filled, known, np.concatenate([self.inputs[1:], later[None]]))


class Model:
    """forecast = start + linear part + LSTM, for rows of a series; what a Forecaster keeps of its training."""

    NAMES = ("A", "mean", "spread", "rest_spread", "W", "U", "b", "W_y", "b_y")

    # the weights of the linear part, (D, F), and the scales of what the LSTM reads and of what it learns
    A: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    rest_spread: np.ndarray
    lstm: LSTM
    output: OutputLayer

    def __init__(
        self, mode: str, lags: Sequence[int], has_season: bool, has_constant: bool, window: int, marks_gaps: bool
    ) -> None:
        self.mode = mode
        self.lags = tuple(lags)
        self.has_season = has_season
        self.has_constant = has_constant
        self.window = window
        self.marks_gaps = marks_gaps
        # one row more, because the first change needs the value before it
        self.reach = max(window, max(self.lags, default=0) + 1) + 1

    def base(self, rows: Rows) -> np.ndarray:
        """What the model reads of each row but the first, (P - 1, B, F + I): values or their changes, and inputs."""
        read = rows.filled[1:]
        if self.mode == "changes":
            read = read - rows.filled[:-1]
        return np.concatenate([read, rows.inputs[1:]], axis=2)

    def design(self, base: np.ndarray, season: np.ndarray) -> np.ndarray:
        """What the linear part weighs for the step after the last row, (B, D): last values, season, 1; or nothing."""
        B = base.shape[1]
        columns = [base[-1 - lag] for lag in self.lags]
        if self.has_season:
            columns.append(season)
        if self.has_constant:
            columns.append(np.ones((B, 1)))
        return np.concatenate([np.zeros((B, 0)), *columns], axis=1)

    def lstm_inputs(self, base: np.ndarray, known: np.ndarray, season: np.ndarray) -> np.ndarray:
        """x (T, B, I) of the LSTM: what is read, scaled; which values are known; the season of the step to forecast."""
        z = np.clip((base - self.mean) / self.spread, -FARTHEST, FARTHEST)
        marks = [known.astype(float)] if self.marks_gaps else []
        return np.concatenate([z, *marks, season], axis=2)

    def start(self, rows: Rows) -> np.ndarray:
        """What a forecast starts from, (B, F): the last known value, or 0."""
        return rows.filled[-1] if self.mode == "changes" else np.zeros_like(rows.filled[-1])

    def forecast(self, rows: Rows, season: np.ndarray) -> np.ndarray:
        """The next value (B, F) after rows; season (P, B, S) is that of the step after each row."""
        base = self.base(rows)
        linear = self.design(base, season[-1]) @ self.A
        x = self.lstm_inputs(base, rows.known[1:], season[1:])[-self.window :]
        h, _ = self.lstm.forward(x)
        # forecast = start + linear part + LSTM
        return self.start(rows) + linear + self.output.output(h[-1]) * self.rest_spread

    def arrays(self) -> Arrays:
        """All its arrays, by the names that a file gives them."""
        own = {"A": self.A, "mean": self.mean, "spread": self.spread, "rest_spread": self.rest_spread}
        return {**own, **self.lstm.params, **self.output.params}

    @classmethod
    def from_arrays(cls, arrays: Arrays, told: dict[str, Any]) -> "Model":
        """The model with these arrays and what `save` has told of it. Raises ValueError if a shape does not fit."""
        told_of = [told[name] for name in ("predicts_", "lags", "has_season", "has_constant", "window_", "marks_gaps")]
        model = cls(*told_of)
        for name in ("A", "mean", "spread", "rest_spread"):
            setattr(model, name, check_array(name, arrays[name], arrays[name].shape))
        model.lstm = LSTM.from_weights(arrays["W"], arrays["U"], arrays["b"])
        K, H = arrays["W_y"].shape
        model.output = OutputLayer(H, K, dtype=np.float64)
        model.output.params.update(W_y=arrays["W_y"], b_y=arrays["b_y"])
        return model


class Candidate:
    """A model that predicts values or changes, trained on what comes before the stopping stretch."""

    def __init__(self, forecaster: Forecaster, seen: "Seen", mode: str, first_stopped: int) -> None:
        self.forecaster = forecaster
        self.mode = mode
        N = len(seen.values)
        # every row but the last has a target, the step after it
        self.rows = seen.rows(np.arange(N)[:, None])
        self.season = seen.season(N + 1)
        start = self.rows.filled[:-1, 0] if mode == "changes" else 0
        self.target = seen.values[1:] - start
        self.learned = np.arange(1, N) < first_stopped
        self.first_stopped = first_stopped
        self.marks_gaps = not np.isfinite(seen.values[:first_stopped]).all()
        self.periods = seen.periods()

    def train(self, window: int) -> None:
        """Fit the linear part, then train the LSTM on what it leaves over, and keep the best step."""
        # without a linear part, a mean is all that is taken away
        lags = self.best_lags() if self.forecaster.linear else ()
        self.order = next(order for order in range(len(lags or ()) + 1) if order not in (lags or ()))
        self.model = self.new_model(lags, window)
        base = self.model.base(self.rows)
        design = self.series_design(self.model, base)
        self.model.A = least_squares(design[self.learned], self.target[self.learned])
        rest = self.target - design @ self.model.A
        self.scale(base, rest)
        self.train_lstm(rest)

    def new_model(self, lags: Sequence[int] | None, window: int) -> Model:
        """A model without weights; lags of None stand for no linear part at all, not even a constant."""
        has_season = lags is not None and self.forecaster.linear and self.season.shape[1] > 0
        return Model(self.mode, lags or (), has_season, lags is not None, window, self.marks_gaps)

    def series_design(self, model: Model, base: np.ndarray) -> np.ndarray:
        """The design of every row but the last, (N - 1, D), with NaN where the series has not enough rows before."""
        N = len(base) + 1
        columns = []
        for lag in model.lags:
            column = np.full((N - 1, base.shape[2]), np.nan)
            column[lag + 1 :] = base[: N - 2 - lag, 0]
            columns.append(column)
        if model.has_season:
            columns.append(self.season[1:N])
        if model.has_constant:
            columns.append(np.ones((N - 1, 1)))
        return np.column_stack([np.zeros((N - 1, 0)), *columns])

    def best_lags(self) -> tuple[int, ...] | None:
        """The last values, and those of one season ago, with the lowest AICc in the training stretch; None: nothing.

        AICc = N log(mean squared error) + 2 k N / (N - k - 1) for k weights (Hurvich and Tsai, *Regression and time
        series model selection in small samples*, 1989). All are compared on the same steps.
        """
        N = int(self.learned.sum())
        width = self.rows.filled.shape[2] + self.rows.inputs.shape[2]
        choices: list[tuple[int, ...] | None] = [None]
        for order in ORDERS:
            for ago in [(), *((period - 1, period) for period in self.periods if 3 * period < N)]:
                tried = (*range(order), *(lag for lag in ago if lag >= order))
                weights = len(tried) * width + self.season.shape[1] + 1
                if tried not in choices and (not tried or weights <= N / 6):
                    choices.append(tried)
        longest = max(max(lags or (), default=0) for lags in choices)
        # the steps on which all can be computed
        steps = self.learned & (np.arange(len(self.learned)) > longest)
        floor = 1e-18 * np.nanvar(self.target[steps]) + 1e-300
        scores = []
        for lags in choices:
            model = self.new_model(lags, window=2)
            design = self.series_design(model, model.base(self.rows))[steps]
            errors = design @ least_squares(design, self.target[steps]) - self.target[steps]
            n = int(np.isfinite(errors).all(axis=1).sum())
            k = design.shape[1]
            score = n * np.log(np.nanmean(errors**2, axis=0) + floor).mean() + 2 * k * n / max(n - k - 1, 1)
            scores.append(score)
        return choices[int(np.argmin(scores))]

    def scale(self, base: np.ndarray, rest: np.ndarray) -> None:
        """Means and standard deviations of the training stretch alone, because later steps are not known yet."""
        learned = base[: self.first_stopped - 1, 0]
        self.model.mean = learned.mean(axis=0)
        self.model.spread = positive(learned.std(axis=0), learned)
        self.model.rest_spread = positive(np.nanstd(rest[self.learned], axis=0), self.rows.filled[:, 0])

    def train_lstm(self, rest: np.ndarray) -> None:
        """Train on windows of the training stretch; keep the weights that are best in the stopping stretch."""
        settings = self.forecaster
        model = self.model
        L = model.window
        N = len(self.target) + 1
        # row t is known at step t, and its target is step t + 1; the first row has no change
        x = model.lstm_inputs(model.base(self.rows), self.rows.known[1:], self.season[2 : N + 1, None])[:, 0]
        target = (rest / model.rest_spread)[1:]
        rng = np.random.default_rng(settings.rng)
        model.lstm = LSTM(x.shape[1], settings.hidden_size, dtype=np.float64, rng=rng)
        model.output = OutputLayer(settings.hidden_size, target.shape[1], dtype=np.float64, rng=rng)
        # training starts from the linear part alone
        model.output.params["W_y"] = np.zeros_like(model.output.params["W_y"])
        params = joined(lstm=model.lstm.params, output=model.output.params)
        optimizer = Adam(params, settings.learning_rate)
        starts = self.starts(target, L)
        stopped = np.arange(max(self.first_stopped - 2, L - 1), N - 2)
        stopping_windows = x[stopped + np.arange(1 - L, 1)[:, None]]
        self.linear_errors = target[stopped]
        self.errors = self.linear_errors
        self.best_step = 0
        best = params.copies()
        lowest = mean_square(self.errors)
        steps = settings.steps or steps_for(len(starts))
        for step in range(1, steps + 1):
            # the rate falls to 0
            optimizer.learning_rate = settings.learning_rate * (1 - step / (steps + 1))
            some = rng.choice(starts, min(BATCH, len(starts)), replace=False)
            places = some + np.arange(L)[:, None]
            training_step(model.lstm, model.output, optimizer, x[places], target[places])
            if step % STEPS_BETWEEN_SCORES == 0 or step == steps:
                h, _ = model.lstm.forward(stopping_windows)
                errors = target[stopped] - model.output.output(h[-1])
                score = mean_square(errors)
                if score < lowest:
                    lowest = score
                    best = params.copies()
                    self.errors = errors
                    self.best_step = step
        if settings.linear and not is_clearly_better(self.errors, self.linear_errors):
            self.best_step = 0
            self.errors = self.linear_errors
            best["output.W_y"] = np.zeros_like(best["output.W_y"])
            best["output.b_y"] = np.zeros_like(best["output.b_y"])
        params.update(best)
        self.errors = self.errors * model.rest_spread
        self.linear_errors = self.linear_errors * model.rest_spread

    def starts(self, target: np.ndarray, L: int) -> np.ndarray:
        """Where windows of L rows begin whose targets are all in the training stretch, and not all of them gaps."""
        known = np.isfinite(target).any(axis=1)
        starts = np.arange(max(self.first_stopped - 1 - L, 1))
        return np.array([start for start in starts if known[start : start + L].any()])

    def scores(self) -> dict[str, float]:
        """The typical miss in the stopping stretch, of the linear part alone and with the LSTM."""
        with_lstm = f"{self.mode}, {'linear + ' if self.forecaster.linear else ''}LSTM"
        scores = {f"{self.mode}, linear": float(np.sqrt(mean_square(self.linear_errors)))}
        if not self.forecaster.linear:
            scores = {}
        return {**scores, with_lstm: float(np.sqrt(mean_square(self.errors)))}


def training_step(lstm: LSTM, output: OutputLayer, optimizer: Adam, x: np.ndarray, target: np.ndarray) -> float:
    """One step of training on x (T, B, I) and targets (T, B, K), NaN where unknown; return the loss before it."""
    h, _ = lstm.forward(x)
    loss = output.forward(h, target)
    lstm.backward(output.backward())
    grads = joined(lstm=lstm.grads, output=output.grads)
    clip_by_global_norm(grads, 1.0)
    optimizer.step(grads)
    return loss


def steps_for(windows: int) -> int:
    """How many training steps so many windows are worth by default: 150 at 200 windows, growing with their root."""
    return int(np.clip(150 * np.sqrt(windows / 200), 100, 600))


def mean_square(errors: np.ndarray) -> float:
    """The mean square of what is known."""
    return float(np.nanmean(errors**2))


def positive(spread: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Standard deviations to divide by: 1 where a column is constant up to round-off."""
    return np.where(spread > 1e-9 * (np.abs(values).max() + 1e-300), spread, 1.0)


def least_squares(design: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Weights A (D, F) with the least squares of target - design A, over the rows in which both are known.

    A trace of ridge regression keeps columns that say the same from getting huge weights of opposite signs.
    """
    if not design.shape[1]:
        return np.zeros((0, target.shape[1]))
    size = np.sqrt(np.nanmean(design**2, axis=0))
    scaled = design / np.where(size > 0, size, 1)
    weights = []
    for column in target.T:
        rows = np.isfinite(scaled).all(axis=1) & np.isfinite(column)
        X = scaled[rows]
        ridge = 1e-7 * len(X) * np.eye(X.shape[1])
        weights.append(np.linalg.solve(X.T @ X + ridge, X.T @ column[rows]))
    return np.column_stack(weights) / np.where(size > 0, size, 1)[:, None]


class Seen:
    """A series as a Forecaster keeps it: values (N, F) with NaN for gaps, inputs (N, I) without, and its dates."""

    def __init__(self, values: np.ndarray, inputs: np.ndarray, index: Any, names: Any, cycles: list) -> None:
        self.values = values
        self.inputs = filled(inputs)
        self.index = index
        # None: an array (N, F); "": an array (N,); a name or names: a Series or a DataFrame
        self.names = names
        self.cycles = cycles
        self.filled = filled(values)

    def rows(self, places: np.ndarray) -> Rows:
        """The rows at these places (P, B)."""
        return Rows(self.filled[places], np.isfinite(self.values)[places], self.inputs[places])

    def season(self, steps: int) -> np.ndarray:
        """Sines and cosines (steps, S) of the place in each cycle, for the series and the steps after it."""
        dates = None if self.index is None else extended(self.index, steps)
        columns = [np.zeros((steps, 0))]
        for cycle in self.cycles:
            angle = 2 * np.pi * place_in(cycle, dates, steps)
            # a cycle has a few waves of its own, for its shape need not be a sine
            for wave in range(1, (2 if cycle == "year" else 3) + 1):
                if wave == 1 or not isinstance(cycle, int) or 2 * wave < cycle:
                    columns.append(np.column_stack([np.sin(wave * angle), np.cos(wave * angle)]))
        return np.concatenate(columns, axis=1)

    def periods(self) -> list[int]:
        """The length of each cycle in steps, where it is a whole number of them and not too long to look back."""
        lengths = []
        for cycle in self.cycles:
            steps = cycle if isinstance(cycle, int) else steps_of(cycle, self.index)
            if 2 <= steps <= LONGEST_LAG:
                lengths.append(int(round(steps)))
        return lengths

    def check_columns(self, other: "Seen") -> None:
        """Raise ValueError unless another series has the same columns."""
        if other.values.shape[1] != self.values.shape[1]:
            raise ValueError(
                f"values must have {self.values.shape[1]} columns, as in fit, not {other.values.shape[1]}: "
                "one step of two columns is [[a, b]]"
            )
        if other.inputs.shape[1] != self.inputs.shape[1]:
            raise ValueError(f"inputs must have {self.inputs.shape[1]} columns, as in fit, not {other.inputs.shape[1]}")
        other.cycles = self.cycles

    def followed_by(self, new: Any, inputs: Any) -> "Seen":
        """The series with what has come since. Raises ValueError if the columns or the dates do not continue it."""
        values, later, index, _, _ = as_series(new, inputs, None, continued=self)
        other = Seen(values, later, index, self.names, self.cycles)
        self.check_columns(other)
        dates = None if self.index is None else extended(self.index, len(self.values) + len(values))
        together = np.concatenate([self.values, values])
        return Seen(together, np.concatenate([self.inputs, later]), dates, self.names, self.cycles)

    def labelled(self, result: np.ndarray, start: int) -> Any:
        """Results (n, F) as they are handed over: as an array or, with the dates of their steps, as pandas."""
        if self.names is None:
            return result
        if isinstance(self.names, str) and not self.names:
            return result[:, 0]
        import pandas as pd

        index = None if self.index is None else extended(self.index, start + len(result))[start:]
        if index is None:
            index = pd.RangeIndex(start, start + len(result))
        if isinstance(self.names, list):
            return pd.DataFrame(result, index=index, columns=self.names)
        return pd.Series(result[:, 0], index=index, name=self.names[0])

    def told(self) -> dict[str, Any]:
        """What a file says of the series besides its numbers."""
        names = list(map(str, self.names)) if isinstance(self.names, (list, tuple)) else self.names
        told = {"names": names, "is_column": isinstance(self.names, tuple), "cycles": self.cycles, "dates": None}
        if self.index is not None:
            kind = type(self.index).__name__
            told["dates"] = [kind, str(self.index[0]), getattr(self.index, "freqstr", None)]
        return told

    @classmethod
    def from_told(cls, values: np.ndarray, inputs: np.ndarray, told: dict[str, Any]) -> "Seen":
        """The series of a file."""
        index = None
        if told["dates"] is not None:
            import pandas as pd

            kind, first, freq = told["dates"]
            if kind == "RangeIndex":
                index = pd.RangeIndex(int(first), int(first) + len(values))
            else:
                make = pd.period_range if kind == "PeriodIndex" else pd.date_range
                index = make(first, periods=len(values), freq=freq)
        names = tuple(told["names"]) if told["is_column"] else told["names"]
        return cls(values, inputs, index, names, told["cycles"])


def filled(values: np.ndarray) -> np.ndarray:
    """Values (N, F) with the last known value in each gap, and the first known one before it."""
    known = np.isfinite(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values))[:, None], -1), axis=0)
    first = np.argmax(known, axis=0)
    return np.take_along_axis(values, np.where(last < 0, first, last), axis=0)


def as_series(values: Any, inputs: Any, season: str | int | None, continued: "Seen | None" = None) -> tuple:
    """Values (N, F), inputs (N, I), the dates or None, names and cycles of a series.

    continued is the series that goes on with these values. Raises ValueError, with a way out, if they cannot be used.
    """
    index = getattr(values, "index", None)
    names: Any = None
    if hasattr(values, "columns"):
        names = list(values.columns)
    elif index is not None and not callable(index):
        names = (values.name,)
    array = as_columns("values", values)
    if names is None and np.ndim(values) == 1:
        names = ""
    extra = np.zeros((len(array), 0)) if inputs is None else as_columns("inputs", inputs)
    if len(extra) != len(array):
        raise ValueError(f"inputs have {len(extra)} rows and values {len(array)}: give a row of inputs for each value")
    dates = None
    if names not in (None, ""):
        dates, array, extra = on_a_grid(index, array, extra, continued)
    if continued is not None and has_dates(continued.index) and not has_dates(dates) and names not in (None, ""):
        raise ValueError("the series that was fitted has dates, so the new values need dates, too, or no index at all")
    if continued is not None:
        return array, extra, dates, names, []
    for name, columns in (("values", array), ("inputs", extra)):
        if columns.size and not np.isfinite(columns).any(axis=0).all():
            raise ValueError(f"a column of the {name} has no known value at all: leave it out")
    if array.shape[1] == 0:
        raise ValueError("values have no column: give at least one number for each step")
    cycles = cycles_of(season, dates, len(array))
    return array, extra, dates, names, cycles


def as_columns(name: str, values: Any) -> np.ndarray:
    """Values as float64 (N, F), NaN for gaps. Raises ValueError for text, infinity, or another shape."""
    if isinstance(values, dict | set):
        raise ValueError(f"{name} must be in the order of time: a {type(values).__name__} has none, so give a list")
    if isinstance(values, np.ma.MaskedArray):
        values = np.where(np.ma.getmaskarray(values), np.nan, np.asarray(values, np.float64))
    array = np.asarray(values)
    if array.dtype == object and hasattr(values, "isna"):
        # pandas' own sign for a gap becomes NaN
        array = np.asarray(values.astype(object).where(~values.isna(), np.nan))
    try:
        if array.dtype.kind not in "fiubO":
            raise ValueError
        array = array.astype(np.float64)
    except (ValueError, TypeError):
        raise ValueError(
            f"{name} must be numbers, but {first_text(array)} is not one: make the dates the index, write gaps as NaN, "
            "and read a file with read_series(path), which knows ; and decimal commas"
        ) from None
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise ValueError(f"{name} must be (N,) or (N, columns), a row for each step, not {array.shape}")
    if array.size == 0 and array.shape[1:] != (0,):
        raise ValueError(f"{name} have no row: give at least one step")
    if len(array) == 1 and array.shape[1] >= FEWEST:
        raise ValueError(f"{name} have 1 row and {array.shape[1]} columns: a row is a step, so turn them with .T")
    if np.isinf(array).any():
        row = int(np.argmax(np.isinf(array).any(axis=1)))
        raise ValueError(f"{name} contain infinity at row {row}: write NaN for a gap")
    return array


def first_text(array: np.ndarray) -> str:
    """The first entry that is not a number, as it is written."""
    for entry in array.ravel().tolist():
        try:
            float(entry)
        except (TypeError, ValueError):
            return repr(entry)
    return f"{array.dtype}"


def on_a_grid(index: Any, values: np.ndarray, inputs: np.ndarray, continued: "Seen | None" = None) -> tuple:
    """Dates with equal steps, and the columns on them with NaN where a date was missing; None for what has no dates.

    Raises ValueError if dates are not in order, twice there, or on no regular grid.
    """
    import pandas as pd

    if isinstance(index, pd.PeriodIndex | pd.DatetimeIndex):
        check_order(index)
        if continued is not None:
            grid = grid_after(continued, index)
        elif isinstance(index, pd.PeriodIndex):
            grid = pd.period_range(index[0], index[-1], freq=index.freq)
        else:
            grid = pd.date_range(index[0], index[-1], freq=step_of(index))
        places = index.get_indexer(grid)
        there = (places >= 0)[:, None]
        return grid, np.where(there, values[places], np.nan), np.where(there, inputs[places], np.nan)
    if index.dtype.kind in "iuf":
        if index.is_monotonic_decreasing and len(index) > 1 and index[-1] != 0:
            raise ValueError(f"the index falls from {index[0]} to {index[-1]}, newest first: use .sort_index()")
        # years, for example, go on; any other numbers say nothing
        goes_on = index.dtype.kind in "iu" and len(index) > 1 and (index[1:] - index[:-1] == 1).all()
        return pd.RangeIndex(index[0], index[0] + len(index)) if goes_on else None, values, inputs
    raise ValueError(f"the index is text, such as {index[0]!r}: make it dates with pd.to_datetime, or reset_index()")


def has_dates(index: Any) -> bool:
    """Whether an index has dates, and not numbers such as years."""
    return hasattr(index, "freqstr")


def grid_after(continued: "Seen", index: Any) -> Any:
    """The dates from the end of a series to the last of the index. Raises ValueError if that does not continue it."""
    if not has_dates(continued.index):
        raise ValueError("the new values have dates, and the series that was fitted had none: give an array")
    N = len(continued.index)
    steps = N + len(index)
    while extended(continued.index, steps)[-1] < index[-1]:
        steps *= 2
    grid = extended(continued.index, steps)
    if not index.isin(grid[N:]).all():
        raise ValueError(f"the new values must begin at {grid[N]}, or after it, in the same steps, not at {index[0]}")
    return grid[N : grid.get_loc(index[-1]) + 1]


def check_order(index: Any) -> None:
    """Raise ValueError unless every date is later than the one before."""
    if index.hasnans:
        raise ValueError("a date is missing in the index: drop its row, or write the date")
    if index.is_monotonic_increasing and index.is_unique:
        return
    if not index.is_unique:
        twice = index[index.duplicated()][0]
        raise ValueError(f"the date {twice} is there twice: join its values, with .groupby(level=0).mean()")
    newest = ", newest first" if index.is_monotonic_decreasing else ""
    raise ValueError(f"the dates are not in order{newest}: use .sort_index(), so that the oldest row comes first")


def step_of(index: Any) -> Any:
    """The step between dates, although some may be missing. Raises ValueError if they are on no regular grid."""
    import pandas as pd

    if index.freq is not None:
        return index.freq
    first = index[0]
    offsets = pd.offsets
    # from long steps to short ones: the first grid that has all dates
    grids = [
        offsets.YearBegin(month=first.month),
        offsets.YearEnd(month=first.month),
        offsets.QuarterBegin(startingMonth=(first.month - 1) % 3 + 1),
        offsets.QuarterEnd(startingMonth=(first.month - 1) % 3 + 1),
        offsets.MonthBegin(),
        offsets.MonthEnd(),
        offsets.Week(weekday=first.weekday()),
        offsets.BDay(),
        offsets.Day(),
        (index[1:] - index[:-1]).min(),
    ]
    for step in grids:
        if index.isin(pd.date_range(first, index[-1], freq=step)).all():
            return step
    raise ValueError(
        'the dates are not equally far apart: put them on a grid first, as in table.resample("D").mean() for days, '
        '"W" for weeks or "h" for hours'
    )


def extended(index: Any, steps: int) -> Any:
    """The dates of so many steps, from the first one on."""
    import pandas as pd

    if isinstance(index, pd.RangeIndex):
        return pd.RangeIndex(index[0], index[0] + steps)
    make = pd.period_range if isinstance(index, pd.PeriodIndex) else pd.date_range
    return make(index[0], periods=steps, freq=index.freq)


def cycles_of(season: str | int | None, dates: Any, N: int) -> list:
    """The cycles of a series: a number of steps, or those of its dates that it has gone through at least twice."""
    if season is None or season == "auto" and not has_dates(dates):
        return []
    if season != "auto":
        return [int(season)]
    return [cycle for cycle in ("year", "week", "day") if 2 <= steps_of(cycle, dates) <= N / 2]


def steps_of(cycle: str, dates: Any) -> float:
    """How many steps of these dates a cycle has."""
    dates = timestamps(dates)
    # working days: 5 a week
    step = (dates[-1] - dates[0]) / (len(dates) - 1)
    days = {"year": 365.25, "week": 7, "day": 1}[cycle]
    return days * 86400 / step.total_seconds()


def place_in(cycle: str | int, dates: Any, steps: int) -> np.ndarray:
    """Where each step is in its cycle, from 0 to 1, (steps,)."""
    if not isinstance(cycle, str):
        return np.arange(steps) / cycle % 1
    dates = timestamps(dates)
    hour = np.asarray(dates.hour + dates.minute / 60)
    if cycle == "day":
        return hour / 24
    if cycle == "week":
        return (np.asarray(dates.day_of_week) + hour / 24) / 7
    return (np.asarray(dates.day_of_year) - 1 + hour / 24) / 365.25


def timestamps(dates: Any) -> Any:
    """Dates as points of time: a period is at its beginning."""
    return dates.to_timestamp() if hasattr(dates, "to_timestamp") else dates


def read_series(path: FilePath) -> Any:
    """A table of numbers over time from a CSV file, as a DataFrame, oldest row first.

    Columns may be separated by commas, semicolons or tabs, and decimals by points or commas. The first column that
    holds dates becomes the index, or a first column of rising whole numbers such as years. Empty fields, NA and missing
    dates are gaps. Dates that are not equally far apart stay as they are, for you to resample. Raises ValueError if a
    column is text, with the first one, and OSError if the file cannot be opened.
    """
    import pandas as pd

    with open(path, encoding="utf-8-sig") as file:
        head = file.readline()
    separator = max(";\t,", key=head.count)
    table = pd.read_csv(path, sep=separator, encoding="utf-8-sig", skipinitialspace=True)
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            table[name] = as_numbers_or_dates(str(name), table[name])
    dates = [name for name in table.columns if pd.api.types.is_datetime64_any_dtype(table[name])]
    if dates:
        return with_every_date(table.set_index(dates[0]).sort_index())
    first = table[table.columns[0]]
    if table.shape[1] > 1 and first.dtype.kind == "i" and first.diff().dropna().abs().eq(1).all():
        return table.set_index(table.columns[0]).sort_index()
    return table


def with_every_date(table: Any) -> Any:
    """The table with a row of gaps for each missing date; as it is, if its dates are on no grid."""
    import pandas as pd

    index = table.index
    if index.hasnans or not index.is_unique:
        return table
    try:
        step = step_of(index)
    except ValueError:
        return table
    return table.reindex(pd.date_range(index[0], index[-1], freq=step, name=index.name))


def as_numbers_or_dates(name: str, column: Any) -> Any:
    """A column of text as numbers, maybe with decimal commas, or as dates. Raises ValueError if it is neither."""
    import pandas as pd

    text = column.astype("string").str.strip()
    known = text.notna() & (text != "")
    # 1.234,5 has points between thousands and a decimal comma; 4.1.2024 is no such number
    commas = text.where(text.str.fullmatch(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?"))
    commas = commas.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(commas, errors="coerce")
    plain = pd.to_numeric(text, errors="coerce")
    for parsed in (plain, numbers):
        if parsed[known].notna().all():
            return parsed.astype(float)
    # 3.4.2024 may be in April or in March: of two readings, the one with the more regular steps is right
    readings = []
    for day_first in (False, True):
        parsed = pd.to_datetime(text, errors="coerce", dayfirst=day_first, format="mixed")
        if parsed[known].notna().all():
            readings.append(parsed)
    if readings:
        return min(readings, key=lambda dates: dates.sort_values().diff().std())
    row = int(np.argmax((known & plain.isna() & numbers.isna()).to_numpy()))
    raise ValueError(f"the column {name!r} is text at row {row + 1}, {column.iloc[row]!r}: correct it or leave it out")
