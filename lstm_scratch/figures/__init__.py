"""Every figure of the notebooks: data in, a figure out that describes itself; sliders, the live view."""

from lstm_scratch.figures.curves import plot_answers, plot_curves, plot_gradient_errors
from lstm_scratch.figures.diagram import plot_cell, plot_two_cells
from lstm_scratch.figures.gates import plot_gate_use, plot_gates, plot_saturation, plot_states, plot_walks
from lstm_scratch.figures.inside import plot_coloured_text, plot_influence
from lstm_scratch.figures.live_view import watch
from lstm_scratch.figures.scores import plot_contexts, plot_history, plot_scores
from lstm_scratch.figures.sliders import show_sliders
from lstm_scratch.figures.tables import (
    factor_table,
    powers_of_ten,
    pre_activations,
    share_table,
    step_table,
    walk,
    weights_table,
)
from lstm_scratch.figures.texts import (
    plot_frequencies,
    plot_probabilities,
    plot_temperatures,
    plot_windows,
    plot_word_cloud,
)

__all__ = [
    "factor_table",
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
    "plot_two_cells",
    "plot_walks",
    "plot_windows",
    "plot_word_cloud",
    "powers_of_ten",
    "pre_activations",
    "share_table",
    "show_sliders",
    "step_table",
    "walk",
    "watch",
    "weights_table",
]
