"""How long the training may take, estimated from a few steps before it begins."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.optimizers import Adam, clip_by_global_norm
from lstm_scratch.text import batches, count_windows

# the number of steps that are timed, after one that only warms up
TIMED_STEPS = 3
SMALL_RATE = 1e-6
# the number of held-out characters whose scoring is timed
TIMED_CHARACTERS = 500


def minutes_at_most(model: CharLM, train_text: str, pieces: str, settings: Mapping[str, Any]) -> str:
    """How many minutes all epochs take, in words. The model does not change, because a copy of it is trained."""
    seconds = seconds_per_epoch(model, train_text, pieces, settings)
    epochs = settings["epochs"]
    patience = settings["patience"]
    estimate = f"All {epochs} epochs take about {time_in_words(epochs * seconds)} on this machine"
    if patience >= epochs:
        return f"{estimate}."
    return f"{estimate}; {patience} epochs without a better score end the run earlier."


def seconds_per_epoch(model: CharLM, train_text: str, pieces: str, settings: Mapping[str, Any]) -> float:
    """How many seconds an epoch takes: a few training steps and some scoring, timed and scaled up."""
    trial = CharLM.from_weights(model.vocabulary, **model.params)
    # a step takes equally long at any learning rate, and at a small one nothing can diverge here
    optimizer = Adam(trial.params, SMALL_RATE)
    B = settings["batch_size"]
    T = settings["seq_length"]
    windows = count_windows(len(train_text), B, T)
    ids = trial.vocabulary.encode(train_text[: B * T + 1])
    inputs, targets = next(batches(ids, B, T))
    times = []
    for _ in range(1 + TIMED_STEPS):
        begin = time.perf_counter()
        _, grads, _ = trial.loss_and_grads(
            inputs, targets, dropout=settings["dropout"], weight_drop=settings["weight_drop"], rng=0
        )
        clip_by_global_norm(grads, 1.0)
        optimizer.step(grads)
        times.append(time.perf_counter() - begin)
    scored = pieces[:TIMED_CHARACTERS]
    begin = time.perf_counter()
    trial.bits_per_char(scored)
    scoring = (time.perf_counter() - begin) * len(pieces) / len(scored)
    return windows * float(np.median(times[1:])) + scoring


def time_in_words(seconds: float) -> str:
    """Minutes, or seconds where a minute is too coarse."""
    if seconds < 90:
        whole = max(1, round(seconds))
        return "1 second" if whole == 1 else f"{whole} seconds"
    return f"{seconds / 60:.0f} minutes"
