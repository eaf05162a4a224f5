"""Every figure of the notebooks: data in, a figure out that describes itself; and the views that live in a browser."""

from lstm_scratch.figures.curves import (
    plot_answers,
    plot_curves,
    plot_horizons,
    plot_learning,
    plot_mixture,
    plot_seeds,
)
from lstm_scratch.figures.diagram import plot_cell, plot_two_cells, plot_unrolled, plot_way_back
from lstm_scratch.figures.gates import plot_gate_use, plot_gates, plot_gating, plot_saturation, plot_states, plot_sums
from lstm_scratch.figures.inside import plot_coloured_text, plot_gates_on_text, plot_guesses, plot_influence
from lstm_scratch.figures.live_view import save_page, watch
from lstm_scratch.figures.scores import plot_contexts, plot_history, plot_scores
from lstm_scratch.figures.series import plot_band
from lstm_scratch.figures.sliders import show_sliders
from lstm_scratch.figures.tables import (
    as_table,
    factor_table,
    plain_steps,
    powers_of_ten,
    pre_activations,
    share_table,
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
    "as_table",
    "factor_table",
    "plain_steps",
    "plot_answers",
    "plot_band",
    "plot_cell",
    "plot_coloured_text",
    "plot_contexts",
    "plot_curves",
    "plot_frequencies",
    "plot_gate_use",
    "plot_gates",
    "plot_gates_on_text",
    "plot_gating",
    "plot_guesses",
    "plot_history",
    "plot_horizons",
    "plot_influence",
    "plot_learning",
    "plot_mixture",
    "plot_probabilities",
    "plot_saturation",
    "plot_scores",
    "plot_seeds",
    "plot_states",
    "plot_sums",
    "plot_temperatures",
    "plot_two_cells",
    "plot_unrolled",
    "plot_way_back",
    "plot_windows",
    "plot_word_cloud",
    "powers_of_ten",
    "pre_activations",
    "save_page",
    "share_table",
    "show_sliders",
    "watch",
    "weights_table",
]
