"""The sliders of a cell: what Python writes, and how the memory follows them in a browser."""

import html
import re

import numpy as np
import pytest
from helpers import refuses_in_a_sentence

from lstm_scratch import LSTMCell, figures
from lstm_scratch.cell import unroll
from lstm_scratch.figures import sliders
from lstm_scratch.lessons import example_cell

RANGES = {"W_f": (-2, 2, 0.4), "U_f": (-2, 2, 0.1), "b_f": (-6, 6, 0), "x": (0, 10, 1)}
STEPS = "() => view.steps(view.values((slider) => view.now(slider)))"


@pytest.fixture
def page(open_page):
    return open_page(sliders.slider_page(example_cell(), [1, 2, 3], "Turn the <b>forget gate</b>", RANGES))


def expected_steps(x=1, **values):
    cell = example_cell()
    for name, value in values.items():
        getattr(cell, name)[:] = value
    return unroll(cell, [[x], [2 * x], [3 * x]])


@pytest.mark.parametrize(
    "values", [{}, {"b_f": 6}, {"b_f": 6, "W_f": -1, "x": 3}, {"U_f": -2, "b_f": -0.06}, {"x": 10}, {"x": 0}]
)
def test_the_steps_are_those_of_the_cell_and_the_pile_adds_up_to_c(values, page):
    for name, value in values.items():
        page.locator(f"#{name}").fill(str(value))
    for seen, step in zip(page.evaluate(STEPS), expected_steps(**values), strict=True):
        for name in "ifgoch":
            assert seen[name] == pytest.approx(getattr(step, name).item(), abs=1e-12)
        assert sum(seen["pile"]) == pytest.approx(seen["c"], abs=1e-12)


def test_the_axis_has_room_for_every_place_of_the_sliders(page):
    reach = page.evaluate("view.reach")
    rng = np.random.default_rng(0)
    for _ in range(300):
        values = {name: rng.uniform(low, high) for name, (low, high, _) in RANGES.items()}
        assert all(reach["low"] - 0.02 <= step.c.item() <= reach["high"] + 0.02 for step in expected_steps(**values))


def test_a_slider_says_its_value_as_it_is_shown_and_keys_move_it(page):
    slider = page.get_by_label("b_f")
    slider.focus()
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "−6.00" == page.locator("#b_f-value").inner_text()
    drawn = page.locator("#pile").get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "−5.94" == page.locator("#b_f-value").inner_text()
    page.keyboard.press("End")
    assert page.locator("#pile").get_attribute("aria-label") != drawn
    page.get_by_role("button", name="Back to the start").click()
    assert page.evaluate(STEPS)[2]["c"] == pytest.approx(expected_steps()[2].c.item())
    assert slider.get_attribute("aria-valuetext") == "0.00"


def test_all_is_named_and_markup_in_the_title_is_only_text(page):
    assert page.locator("h1").inner_text() == "Turn the <b>forget gate</b>"
    names = [slider.aria_snapshot() for slider in page.get_by_role("slider").all()]
    assert [re.search('"([^"]*)"', name)[1].split()[0] for name in names] == list(RANGES)
    stops = []
    for _ in range(6):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.id"))
    assert stops == [*RANGES, "back", ""]


def test_what_moved_is_said_politely(page):
    page.locator("#b_f").fill("6")
    page.wait_for_timeout(900)
    c = ", ".join(f"{step.c.item():.2f}" for step in expected_steps(b_f=6))
    assert f"c {c};" in page.locator("#said").inner_text()


def test_changed_numbers_are_where_the_sliders_begin(open_page):
    cell = example_cell()
    cell.W_f[:] = 3.123
    cell.W_g[:] = -0.7
    page = open_page(sliders.slider_page(cell, [0.1, -0.2], "t", {"W_f": (-2, 2, 3.123)}))
    assert page.locator("#W_f-value").inner_text() == "3.12" and page.locator("#W_f").get_attribute("max") == "3.123"
    for seen, step in zip(page.evaluate(STEPS), unroll(cell, [[0.1], [-0.2]]), strict=True):
        assert seen["c"] == pytest.approx(step.c.item(), abs=1e-12)


def test_a_notebook_gets_a_frame_and_a_picture_of_the_start(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **how: shown.append((data, how)))
    figures.show_sliders(example_cell(), [1, 2, 3], "Turn it", **RANGES)
    ((view, how),) = shown
    (written,) = re.findall(r'^<iframe class="lstm-view" .*srcdoc="([^"]*)"></iframe>$', view["text/html"], re.DOTALL)
    assert html.unescape(written) == sliders.slider_page(example_cell(), [1, 2, 3], "Turn it", RANGES)
    assert view["image/png"].startswith(b"\x89PNG")
    assert view["text/plain"] == how["metadata"]["image/png"]["alt"]
    assert f"{expected_steps()[2].c.item():.2f}" in view["text/plain"]
    assert "sliders of W_f, U_f, b_f, x" in view["text/plain"]


def test_what_cannot_be_turned_is_refused():
    two = LSTMCell(np.ones((8, 1)), np.ones((8, 2)), np.ones(8))
    refuses_in_a_sentence(lambda: sliders.slider_page(two, [1], "t", {}), "not one with 2 units and 1 inputs")
    ranges = {"W_y": (0, 1, 0.5)}
    refuses_in_a_sentence(lambda: sliders.slider_page(example_cell(), [1], "t", ranges), "cannot turn W_y")
