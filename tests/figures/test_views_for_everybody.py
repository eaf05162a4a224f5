"""The views can be read in light and in dark: words with a contrast of 4.5 to 1, marks and borders with 3 to 1."""

import pytest
from test_accessibility import contrast

from lstm_scratch import CharLM, Vocabulary
from lstm_scratch.figures.live_view import model_page

# the colour that a browser makes of some CSS, as #rrggbb
COLOUR = """css => {
    const probe = document.createElement("span");
    document.body.append(probe);
    probe.style.color = css;
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    probe.remove();
    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
    return "#" + [r, g, b].map((one) => one.toString(16).padStart(2, "0")).join("");
}"""
MARKS = ["blue", "vermilion", "green", "purple", "brown", "grey", "ink"]
WORDS = ["ink", "grey", "blue", *(f"{name}-words" for name in MARKS[:5])]
# letters stand on these grounds, and on all shades between them and the paper
GROUNDS = ["warm", "cold"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_marks_stand_out(scheme, open_page):
    page = open_page(model_page(CharLM(Vocabulary.from_text("ab"), 2), "ab", None, "t", 8), color_scheme=scheme)

    def colour(css):
        return page.evaluate(COLOUR, css)

    paper = colour("var(--paper)")
    assert contrast(paper, page.evaluate(COLOUR, "canvas")) < 1.2
    for name in WORDS:
        assert contrast(colour(f"var(--{name})"), paper) >= 4.5, name
    for name in MARKS:
        assert contrast(colour(f"var(--{name})"), paper) >= 3, name
    ink = colour("var(--ink)")
    for ground in GROUNDS:
        for share in (25, 50, 75, 100):
            assert contrast(ink, colour(f"color-mix(in srgb, var(--{ground}) {share}%, var(--paper))")) >= 4.5, ground
    # the newest piece of the pile is the deepest
    assert contrast(ink, page.evaluate(COLOUR, page.evaluate("shade('pile', 0.8)"))) >= 4.5


def test_a_print_and_a_forced_palette_keep_the_letters(open_page):
    page = open_page(model_page(CharLM(Vocabulary.from_text("ab"), 2), "ab", None, "t", 8), forced_colors="active")
    assert page.evaluate("getComputedStyle(part('text')).color") != page.evaluate(
        "getComputedStyle(document.body).backgroundColor"
    )
