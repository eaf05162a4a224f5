"""Every figure of the notebooks, and how a figure gets into one."""

from lstm_scratch.figures.diagram import plot_cell
from lstm_scratch.figures.gates import (
    plot_answers,
    plot_curves,
    plot_gates,
    plot_gradient_errors,
    plot_saturation,
    plot_states,
    plot_walks,
)
from lstm_scratch.figures.inside import (
    plot_coloured_text,
    plot_contexts,
    plot_gate_use,
    plot_influence,
    plot_temperatures,
)
from lstm_scratch.figures.style import show, show_sliders
from lstm_scratch.figures.texts import (
    plot_frequencies,
    plot_history,
    plot_probabilities,
    plot_scores,
    plot_windows,
    plot_word_cloud,
)

__all__ = [
    "plot_answers",
    "plot_cell",
    "plot_coloured_text",
    "plot_contexts",
    "plot_curves",
    "plot_frequencies",
    "plot_gate_use",
    "plot_gates",
    "plot_gradient_errors",
    "plot_history",
    "plot_influence",
    "plot_probabilities",
    "plot_saturation",
    "plot_scores",
    "plot_states",
    "plot_temperatures",
    "plot_walks",
    "plot_windows",
    "plot_word_cloud",
    "show",
    "show_sliders",
]
