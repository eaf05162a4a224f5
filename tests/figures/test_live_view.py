"""The live view, tested without a browser, colours and describes what is typed, and its button writes."""

import re

import numpy as np
import pytest

from lstm_scratch import CharLM, Vocabulary
from lstm_scratch.figures import live_view
from lstm_scratch.figures.inside import GROWING, SIGNED

TEXT = "the cat sat on the mat\n"


@pytest.fixture(scope="module")
def model():
    model, rng = CharLM(Vocabulary.from_text(TEXT), 5, dtype=np.float64, rng=0), np.random.default_rng(1)
    for name, param in model.params.items():
        model.params[name] = rng.normal(size=param.shape)
    return model


@pytest.fixture
def view(model):
    """The widgets by name: the box to type in, the choices, the coloured page, the bars and the key."""
    box, colouring, writing, shown, key = live_view.widgets(model, "the c", {"some cell": 3}, rng=0).children
    names = ("chosen", "number", "heat", "button")
    children = [*colouring.children, *writing.children]
    return dict(zip(names, children), box=box, page=shown.children[0], bars=shown.children[1], key=key)


def coloured(view):
    """For each character on the page: (its colour, the rest of its style, the words on hovering, the character)."""
    return re.findall(r'background: (#\w+)([^"]*)" title="([^"]*)">([^<]*)<', view["page"].value)


def test_the_surprise_is_minus_log_p_and_the_mean_is_the_score(model):
    reading = live_view.read(model, TEXT)
    assert np.isnan(reading.bits[0]) and np.nanmean(reading.bits) == pytest.approx(model.bits_per_char(TEXT))
    np.testing.assert_allclose(reading.cells, model.trace(model.vocabulary.encode(TEXT)[:, None])["c"][:, 0])
    chances = [p for _, p in reading.likeliest]
    assert len(chances) == 10 and chances == sorted(chances, reverse=True)


def test_what_is_typed_is_coloured_by_surprise_or_by_a_cell(view, model):
    view["box"].value = "the cat"
    bits, cells = (values for values in live_view.read(model, "the cat")[1:3])
    assert "".join(char for *_, char in coloured(view)) == "the cat"
    assert coloured(view)[0][0] == "#ffffff" and coloured(view)[1][0] == live_view.to_hex(GROWING(bits[1] / 8))
    by_surprise = view["page"].value
    view["chosen"].value = "some cell"
    assert view["page"].value != by_surprise and view["number"].disabled
    assert coloured(view)[2][0] == live_view.to_hex(SIGNED(0.5 + 0.5 * np.tanh(cells[2, 3])))
    view["chosen"].value = "the cell with this number:"
    view["number"].value = 1
    assert coloured(view)[2][2] == f"c = {cells[2, 1]:.2f}" and "memory cell 1:" in view["key"].value
    # as many bars as there are likeliest characters, although the model knows more
    assert view["bars"].value.count("<span") == 10


def test_an_unknown_character_is_framed_and_named_and_passed_over(view):
    view["box"].value = "the cé<"
    assert "é (U+00E9, latin small letter e with acute), &lt; (U+003C, less-than sign)" in view["key"].value
    framed = [char for _, frame, _, char in coloured(view) if frame]
    assert framed == ["é", "&lt;"]
    view["box"].value = "é"
    assert view["button"].disabled and "average" not in view["key"].value
    view["box"].value = ""
    assert not coloured(view)


def test_the_button_writes_a_hundred_characters_at_the_slider_s_temperature(view, model):
    view["box"].value, view["heat"].value = "the é", 0.1
    view["button"].click()
    written = model.sample("the ", 100, temperature=0.1, rng=0)
    assert view["box"].value == "the é" + written
    assert "".join(char for *_, char in coloured(view)).replace("⏎", "") == ("the é" + written)


def test_where_nothing_can_be_typed_a_picture_of_the_view_stands(model, capsys, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **how: shown.append((data, how)))
    live_view.watch(model)
    (view, how), (fold, _) = shown
    assert "application/vnd.jupyter.widget-view+json" in view and view["image/png"].startswith(b"\x89PNG")
    assert view["text/plain"] == how["metadata"]["image/png"]["alt"] and view["text/plain"] in fold["text/html"]
    assert "It was the best of times" in view["text/plain"] and "The likeliest next characters:" in view["text/plain"]


def test_on_hovering_one_reads_bits_and_the_probability(view, model):
    view["box"].value = "the"
    bits = live_view.read(model, "the").bits[2]
    assert [words for *_, words, _ in coloured(view)][::2] == [
        "the first character",
        f"{bits:.1f} bits, p = {2**-bits:.2g}",
    ]


def underlined(view):
    return "".join(char for _, style, _, char in coloured(view) if "border-bottom" in style).replace("⏎", "")


def test_what_the_model_wrote_is_marked_and_stays_marked_when_something_else_is_edited(view):
    view["box"].value = "the c"
    assert underlined(view) == "" and "Underlined" not in view["key"].value
    view["button"].click()
    written = view["box"].value[5:]
    assert underlined(view) == written and "Underlined: written by the model" in view["key"].value
    view["box"].value = "on " + view["box"].value
    view["box"].value += "mat"
    assert underlined(view) == written
    view["box"].value = "the c"
    assert underlined(view) == ""


@pytest.mark.parametrize(
    ("old", "new", "marks"),
    [
        ("ab", "abc", "010"),
        ("ab", "xab", "001"),
        ("ab", "axb", "001"),
        ("ab", "a", "0"),
        ("ab", "", ""),
        ("ab", "b", "1"),
    ],
)
def test_marks_move_with_the_characters_that_they_belong_to(old, new, marks):
    carried = live_view.carried_marks(old, [False, True], new)
    assert carried == [mark == "1" for mark in marks]


def test_an_emptied_box_leaves_the_view_as_high_as_before(view):
    view["box"].value = ""
    height = f"min-height: {1.5 * live_view.LEAST_LINES}em"
    assert height in view["page"].value and height in view["bars"].value
    assert "min-height: 2.8em" in view["key"].value


@pytest.mark.parametrize(
    ("char", "sign"),
    [("\n", "⏎\n"), ("\t", "⇥\t"), ("\u00a0", "[U+00A0]"), ("\u200b", "[U+200B]"), (" ", " "), ("e", "e")],
)
def test_invisible_characters_are_shown_by_their_signs(char, sign):
    assert live_view.sign(char) == sign


def test_no_label_is_cut_and_no_row_is_wider_than_a_narrow_page(view):
    for name in ("chosen", "heat"):
        assert view[name].style.description_width == "initial"
    # widths are in em of 13 px, and either row must be narrower than 600 px
    for row in (("chosen", "number"), ("heat", "button")):
        assert 13 * sum(float(view[name].layout.width.removesuffix("em")) for name in row) < 600


def test_the_words_follow_what_is_typed(model):
    said = []
    box = live_view.widgets(model, "the c", {}, rng=0, say=said.append).children[0]
    box.value = "the mat"
    assert said[0].startswith("The text 'the c'.") and said[-1].startswith("The text 'the mat'.")


def test_the_fold_below_the_view_is_the_one_that_is_updated(model, monkeypatch):
    class Handle:
        def update(self, data, raw):
            updates.append(data["text/html"])

    updates = []
    made = []
    monkeypatch.setattr("IPython.display.display", lambda data, **how: Handle() if "display_id" in how else None)
    make = live_view.widgets
    monkeypatch.setattr(live_view, "widgets", lambda *given, **how: made.append(make(*given, **how)) or made[-1])
    live_view.watch(model)
    assert not updates
    made[0].children[0].value = "the cat"
    assert "The text 'the cat'." in updates[-1]
