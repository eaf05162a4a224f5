"""Figures look the same whatever a user has set, and each is narrow enough for a phone."""

import io

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import test_accessibility
from matplotlib.text import Text
from PIL import Image

from lstm_scratch import figures
from lstm_scratch.figures import style

FIGURES = test_accessibility.FIGURES
OPTIONS = test_accessibility.OPTIONS
# what users may have set before they draw: styles, and single settings
STYLES = {
    "dark": "dark_background",
    "ggplot": "ggplot",
    "grayscale": "grayscale",
    "seaborn": ["seaborn-v0_8-darkgrid", "seaborn-v0_8-talk"],
    "large letters": {"font.size": 20, "axes.titlesize": 30, "xtick.labelsize": 20},
    "dots": {"figure.dpi": 300, "savefig.dpi": 40, "savefig.transparent": True, "savefig.bbox": "tight"},
    "TeX": {"text.usetex": True},
    "missing font": {"font.family": "No Such Font", "font.monospace": ["No Such Font"]},
    "serif": {"font.family": "serif", "mathtext.fontset": "cm"},
    "layout": {"figure.constrained_layout.use": True, "axes.grid": True, "axes.spines.left": False},
    "autolayout": {"figure.autolayout": True, "figure.facecolor": "0.2"},
    "locale": {"axes.unicode_minus": False, "axes.formatter.use_locale": True, "timezone": "Asia/Tokyo"},
    "lines": {"lines.linewidth": 9, "lines.marker": "x", "patch.edgecolor": "red", "patch.force_edgecolor": True},
    "ticks": {"xtick.bottom": False, "ytick.labelcolor": "white", "axes.xmargin": 0.4, "axes.axisbelow": False},
    "legend": {"legend.fontsize": 30, "legend.labelcolor": "white", "hatch.linewidth": 9},
    "rough": {"path.simplify_threshold": 1.0, "path.sketch": (5, 100, 2), "lines.antialiased": False},
}
SHOWN = ("cell", "gates", "coloured_text")


def draw(name):
    return getattr(figures, f"plot_{name}")(*FIGURES[name], **OPTIONS.get(name, {}))


def pixels(figure):
    return np.asarray(style.render(figure, 40))


@pytest.fixture(scope="module")
def usual():
    """The pixels of each figure with nothing set."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        return {name: pixels(draw(name)) for name in FIGURES}


def set_style(chosen):
    if isinstance(chosen, dict):
        matplotlib.rcParams.update(chosen)
    else:
        plt.style.use(chosen)


@pytest.mark.parametrize("name", STYLES)
def test_a_figure_looks_the_same_whatever_style_is_set(name, usual):
    with matplotlib.rc_context():
        set_style(STYLES[name])
        for shown in SHOWN:
            np.testing.assert_array_equal(pixels(draw(shown)), usual[shown])


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_looks_the_same_with_all_of_them_set(name, usual):
    with matplotlib.rc_context(), plt.xkcd():
        for chosen in STYLES.values():
            set_style(chosen)
        np.testing.assert_array_equal(pixels(draw(name)), usual[name])


def test_a_figure_made_before_a_style_is_set_is_drawn_and_saved_as_before(usual):
    figures_made = {name: draw(name) for name in SHOWN}
    with matplotlib.rc_context():
        for chosen in STYLES.values():
            set_style(chosen)
        for name, figure in figures_made.items():
            np.testing.assert_array_equal(pixels(figure), usual[name])
            saved = io.BytesIO()
            figure.savefig(saved, dpi=40)
            # the saved picture has a fourth channel, for transparency, so shades may be rounded differently
            kept = np.asarray(Image.open(saved).convert("RGB"), dtype=int)
            np.testing.assert_allclose(kept, usual[name], atol=1)


def test_a_users_settings_are_theirs_again_after_a_figure_also_when_it_fails():
    with matplotlib.rc_context({"font.size": 17.0, "text.usetex": True}):
        before = dict(matplotlib.rcParams)
        draw("curves")
        with pytest.raises(TypeError):
            figures.plot_states("no table", "t")
        assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("name", [name for name in FIGURES if name not in ("coloured_text", "influence")])
def test_every_figure_is_about_7_inches_wide_and_its_letters_have_at_least_8_points(name):
    figure = draw(name)
    assert figure.get_figwidth() == style.WIDTH
    written = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    assert min(text.get_fontsize() for text in written) >= 8


def test_a_long_title_gets_a_second_line_and_stays_on_the_figure():
    title = "A sentence that states what these particular numbers show, and that is too long for one line of a figure"
    figure, _ = style.new_axes(7, 3, title)
    figure.draw_without_rendering()
    box = figure._suptitle.get_window_extent()
    assert figure.get_suptitle().replace("\n", " ") == title and "\n" in figure.get_suptitle()
    assert 0.09 * figure.dpi < box.x0 and box.x1 < figure.bbox.width - 0.05 * figure.dpi
    assert box.y1 < figure.bbox.height - 0.05 * figure.dpi and figure.get_figheight() > 3
    assert figure.describe("Words.").words == f"{title}. Words."
