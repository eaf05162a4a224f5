"""Is the model ahead of counting? And if not, what to try."""

import pandas as pd


def verdict(history: pd.DataFrame, counting: float) -> str:
    """The best score of a run compared with that of counting, both in bits per character, and advice."""
    best = history.loc[history["valid_bits"].idxmin()]
    bits = best["valid_bits"]
    ahead = counting - bits
    score = (
        f"Best after epoch {best['epoch']:.0f} of {len(history)}: {bits:.3f} bits per character on the held-out text"
    )
    if ahead >= 0:
        flattered = "(a little flattered: that text chose the epoch)"
        return f"{score} {flattered}.\nThe model is ahead of counting, by {ahead:.3f} bits per character."
    behind = f"The model is behind counting, by {-ahead:.3f} bits per character"
    return f"{score}.\n{behind}; {advice(best, len(history))}."


def advice(best: pd.Series, epochs: int) -> str:
    """What to try where counting is ahead, from the row of the best epoch."""
    if best["epoch"] > 0.9 * epochs:
        return "it was still getting better: try more --epochs, or a higher --learning-rate"
    if best["train_bits"] < best["valid_bits"] - 0.5:
        return "it begins to know the text by heart: try --dropout 0.6 --weight-drop 0.6, or a longer text"
    return "try a larger --hidden-size, less --dropout and --weight-drop, or another --learning-rate"
