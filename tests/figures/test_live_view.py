"""The view of a model: what Python writes, and how it answers in a browser to what is typed, pasted and chosen."""

import html
import json
import re

import numpy as np
import pytest
from helpers import PAGES, refuses_in_a_sentence

from lstm_scratch import CharLM, Vocabulary, figures, read_text
from lstm_scratch.figures import live_view, pages

TEXT = "the cat sat on the mat\n“hush” “&"
HOSTILE = '</script><script>document.title = "run"</script><img src=x onerror="document.title = \'run\'">“&<!--'
# a class, the share of its colour and the character, for all characters in the box
COLOURS = "() => view.spans.map((span) => [span.className, span.style.getPropertyValue('--share'), span.textContent])"


@pytest.fixture(scope="module")
def model():
    model, rng = CharLM(Vocabulary.from_text(TEXT), 5, dtype=np.float64, rng=0), np.random.default_rng(1)
    for name, param in model.params.items():
        model.params[name] = rng.normal(size=param.shape)
    return model


def page_of(model, text="the c", cells=None, bits=32):
    return live_view.model_page(model, text, {"some cell": 3} if cells is None else cells, "A title", bits)


def until(page, condition):
    """Wait until the condition, in JavaScript, holds. (The page's policy forbids what playwright has for this.)"""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


def words(page):
    return page.locator("#key").inner_text()


def labels(page):
    """What stands beside the bars of the likeliest characters, and the colours of these bars."""
    return page.evaluate(
        """() => [[...part("bars").querySelectorAll("text.char")].map((mark) => mark.textContent),
                 [...part("bars").querySelectorAll("rect")].map((mark) => mark.getAttribute("fill"))]"""
    )


# what Python writes


def test_the_surprise_is_minus_log_p_and_the_mean_is_the_score(model):
    reading = live_view.read(model, "the é cat")
    assert np.isnan(reading.bits[[0, 4]]).all() and not np.isnan(reading.bits[[3, 5]]).any()
    assert np.nanmean(live_view.read(model, TEXT).bits) == pytest.approx(model.bits_per_char(TEXT))
    chances = [p for _, p in reading.likeliest]
    assert len(chances) == 8 and chances == sorted(chances, reverse=True)


def test_what_comes_from_outside_is_data_and_never_markup(model):
    vocabulary = Vocabulary.from_text(HOSTILE)
    written = live_view.model_page(CharLM(vocabulary, 2), HOSTILE, {HOSTILE: 1}, HOSTILE, 8)
    assert written.count("<script") == 2 and written.count("</script>") == 2 and "<img" not in written
    data = json.loads(re.search(r'id="data">(.*?)</script>', written, flags=re.DOTALL)[1])
    assert data["text"] == data["title"] == HOSTILE and data["cells"] == {HOSTILE: 1}
    assert data["model"]["characters"] == "".join(vocabulary.characters)


def test_a_page_allows_its_own_script_and_nothing_from_outside(model):
    written = page_of(model)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', written)
    script = re.findall(r"<script>(.*?)</script>", written, flags=re.DOTALL)
    style = re.findall(r"<style>(.*?)</style>", written, flags=re.DOTALL)
    allowed = f"script-src {pages.hashed(script[0])}; style-src {pages.hashed(style[0])}"
    assert policy == f"default-src 'none'; {allowed}; base-uri 'none'"
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", written)


def test_a_page_is_saved_once_and_replaced_only_when_asked(model, tmp_path):
    path = tmp_path / "model.html"
    figures.save_page(model, path, "the c", title="Mine")
    first = path.read_text(encoding="utf-8")
    assert "<title>Mine</title>" in first
    refuses_in_a_sentence(lambda: figures.save_page(model, path), "exists already", FileExistsError)
    assert path.read_text(encoding="utf-8") == first
    figures.save_page(model, path, overwrite=True, bits=32)
    assert path.read_text(encoding="utf-8") != first and [*tmp_path.iterdir()] == [path]


def test_a_cell_that_is_not_there_is_refused(model):
    refuses_in_a_sentence(lambda: page_of(model, cells={"a": 5}), "cell 'a' must be from 0 to 4, not 5")


def test_the_box_begins_with_something_that_the_model_can_read(model):
    known = CharLM(Vocabulary.from_text(live_view.START), 2)
    assert live_view.beginning(known) == live_view.START
    other = CharLM(Vocabulary.from_text("при вет"), 2)
    assert len(live_view.beginning(other)) > 10 and set(live_view.beginning(other)) <= set("при вет")


def test_a_notebook_gets_a_frame_and_a_picture_with_words(model, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **how: shown.append((data, how)))
    figures.watch(model, "the cat", {"some cell": 3})
    ((view, how),) = shown
    (written,) = re.findall(r'^<iframe class="lstm-view" .*srcdoc="([^"]*)"></iframe>$', view["text/html"], re.DOTALL)
    assert html.unescape(written) == live_view.model_page(model, "the cat", {"some cell": 3}, "", 8)
    assert view["image/png"].startswith(b"\x89PNG")
    assert view["text/plain"] == how["metadata"]["image/png"]["alt"]
    assert "'the cat'" in view["text/plain"] and "The likeliest next characters:" in view["text/plain"]


# what lives in a browser


def test_hostile_text_runs_nowhere(open_page):
    model = CharLM(Vocabulary.from_text(HOSTILE), 2)
    page = open_page(live_view.model_page(model, HOSTILE, {HOSTILE: 1}, HOSTILE, 8))
    page.locator("#text").fill(HOSTILE + "é<b>")
    for choice in ("gates", "guesses"):
        page.locator(f"input[value={choice}]").check()
    page.get_by_role("button", name="Let it write").click()
    page.wait_for_timeout(300)
    assert page.title() == HOSTILE and not page.locator("#text ~ * img, #colours img, h1 img, #key b").count()
    assert page.locator("h1").inner_text() == HOSTILE


def test_what_is_typed_is_coloured_by_surprise_or_by_a_cell(model, open_page):
    page = open_page(page_of(model))
    page.locator("#text").fill("the cat")
    shares = [share for _, share, _ in page.evaluate(COLOURS)]
    bits = live_view.read(model, "the cat").bits
    assert shares[1:] == [f"{min(100, 100 * value / 8):.1f}%" for value in bits[1:]]
    page.locator("input[value=cell]").check()
    c = model.trace(model.vocabulary.encode("the cat")[:, None])["c"][:, 0, 3]
    seen = page.evaluate(COLOURS)
    assert [kind for kind, *_ in seen] == ["below" if value < 0 else "" for value in c]
    assert [float(share[:-1]) for _, share, _ in seen] == pytest.approx(100 * np.abs(np.tanh(c)), abs=0.06)
    assert "memory cell 3: below zero" in words(page)
    page.get_by_label("number").fill("99")
    page.get_by_label("number").press("Enter")
    assert "memory cell 4: below zero" in words(page)
    assert page.locator("#named option:checked").inner_text() == "the one with this number"


def test_the_bar_that_comes_true_is_orange_on_an_axis_from_0_to_1(model, open_page):
    page = open_page(page_of(model, "the cat"))
    characters, colours = labels(page)
    p = live_view.read(model, "the cat").likeliest
    assert characters == [{" ": "␣", "\n": "⏎"}.get(char, char) for char, _ in p] and set(colours) == {"var(--blue)"}
    page.locator("#text").evaluate("box => box.setSelectionRange(5, 5)")
    until(page, "part('bars').querySelector('rect[fill*=vermilion]')")
    characters, colours = labels(page)
    assert characters[colours.index("var(--vermilion)")] == "a"
    assert page.locator("#bars text.small").all_text_contents()[1:4] == ["0", "0.5", "1"]


def test_an_unknown_character_is_framed_and_named_and_passed_over(model, open_page):
    page = open_page(page_of(model, "the cé<\u200b"))
    assert "do not know" not in words(page) and "é (U+00E9), < (U+003C), U+200B." in words(page)
    framed = [char for kind, _, char in page.evaluate(COLOURS) if "unknown" in kind]
    assert framed == ["é", "<", "\u200b"]
    page.locator("#text").fill("é")
    assert page.get_by_role("button", name="Let it write").is_disabled() and "average" not in words(page)
    page.get_by_role("button", name="Empty the box").click()
    assert page.evaluate(COLOURS) == [] and page.locator("#text").input_value() == ""


def test_it_writes_until_it_is_stopped_and_what_it_wrote_stays_marked(model, open_page):
    page = open_page(page_of(model))
    page.get_by_role("button", name="Let it write").click()
    until(page, "part('text').value.length > 15")
    page.get_by_role("button", name="Stop").click()
    text = page.locator("#text").input_value()
    page.wait_for_timeout(100)
    assert page.locator("#text").input_value() == text and text.startswith("the c")
    page.locator("#text").fill("on " + text)
    page.locator("#text").fill("on " + text + "mat")
    marked = "".join(char for kind, _, char in page.evaluate(COLOURS) if "written" in kind)
    assert marked == text[5:] and "underlined: written by the model" in words(page)


def test_a_cold_model_writes_the_likeliest(open_page):
    model = CharLM(Vocabulary.from_text("ab"), 1, rng=0)
    model.params["b_y"] = np.array([0.0, 9.0])
    page = open_page(page_of(model, "a", {}), reduced_motion="reduce")
    page.locator("#temperature").fill("0.1")
    assert page.locator("#temperature").get_attribute("aria-valuetext") == "0.1"
    page.get_by_role("button", name="Let it write").click()
    # where motion is unwelcome, fifty characters appear at a time
    assert page.locator("#text").input_value() == "a" + 50 * "b"


def test_a_hand_on_a_cell_changes_what_is_expected_and_leaves_a_ghost(model, open_page):
    page = open_page(page_of(model, "the cat"))
    before = page.evaluate("() => view.reading.expected(7)")
    page.get_by_label("The memory cell", exact=True).select_option("hold")
    page.locator("#hold").fill("-3")
    assert page.locator("#hold").get_attribute("aria-valuetext") == "−3.0" == page.locator("#hold-value").inner_text()
    held = page.evaluate("() => [view.reading.expected(7), view.untouched.expected(7), view.reading.after[6].c[3]]")
    assert held[1] == before and held[2] == -3 and not np.allclose(held[0], before, atol=0.01)
    assert page.locator("#bars rect[stroke-dasharray]").count() == 8
    assert "if left alone" in page.locator("#effect").inner_text()
    page.get_by_label("The memory cell", exact=True).select_option("f")
    page.locator("input[value=gates]").check()
    assert page.evaluate("() => view.reading.unit(3, 6).f") == 0
    page.get_by_label("The memory cell", exact=True).select_option("")
    assert page.evaluate("() => view.reading.expected(7)") == before
    assert not page.locator("#bars rect[stroke-dasharray]").count()


def test_the_guess_that_comes_true_is_framed(model, open_page):
    page = open_page(page_of(model, TEXT))
    framed = page.locator("#strip rect[fill=none]").count()
    ids = model.vocabulary.encode(TEXT)
    logits = model.logits(ids[:-1, None])[0][:, 0]
    ranks = (logits > logits[np.arange(len(ids) - 1), ids[1:]][:, None]).sum(axis=1)
    # the places that fit into the width of the page
    shown = page.locator("#strip text.char[y='20']").count() - 1
    assert framed == (ranks[-shown:] < 5).sum()
    right = f"The first guess is right at {(ranks == 0).sum()} of {len(ranks)} characters."
    assert right in page.locator("#strip").text_content()


PASTED = {
    "60 paragraphs": "\n\n".join(["It was the best of times, it was the worst of times. " * 4] * 60),
    "300 letters": "a" * 300,
    "right to left": "مرحبا بالعالم, it was\nשלום עולם\n" * 9,
    "emoji and marks": "👨‍👩‍👧 🇫🇷 e\u0301 x\u200by\u00a0z\ttab 👍🏽\n" * 9,
}


@pytest.mark.parametrize("width", [390, 1000])
@pytest.mark.parametrize("name", PASTED)
def test_after_a_long_paste_colours_and_caret_are_where_the_text_is(name, width, model, open_page):
    page = open_page(page_of(model))
    page.set_viewport_size({"width": width, "height": 800})
    box = page.locator("#text")
    box.focus()
    page.keyboard.insert_text(PASTED[name])
    page.keyboard.type("!")
    until(page, "view.reading.done")
    size = "box => [box.scrollHeight, box.scrollTop, box.clientWidth]"
    assert box.evaluate(size) == page.locator("#colours").evaluate(size)
    # the end, at which one types, is in sight
    assert box.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight") < 12
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("view.place") == len("the c" + PASTED[name] + "!")


def test_text_and_colours_break_at_the_same_letter_at_every_width(model, open_page):
    page = open_page(page_of(model, "a" * 2500))
    differ = page.evaluate(
        """() => Array.from({length: 500}, (_, k) => 400 + k / 7).filter((width) => {
            document.querySelector("main").style.width = `${width}px`;
            return part("text").scrollHeight !== part("colours").scrollHeight;
        })"""
    )
    assert differ == []


def test_a_text_may_be_as_long_as_the_box_says_and_no_longer(model, open_page):
    page = open_page(page_of(model))
    page.locator("#text").focus()
    page.keyboard.insert_text("at " * 11_000)
    until(page, "view.reading.done")
    assert len(page.locator("#text").input_value()) == 30_000 and "the box is full with 30000" in words(page)


def test_what_changed_is_said_politely(model, open_page):
    page = open_page(page_of(model))
    page.locator("#text").fill("the ca")
    until(page, "part('said').textContent.includes('Likeliest next')")
    assert page.locator("#said").get_attribute("aria-live") == "polite"
    assert page.locator("#said").inner_text().startswith("a had p = ")


def test_the_keyboard_alone_reaches_and_leaves_every_control(model, open_page):
    page = open_page(page_of(model))
    names = []
    for _ in range(12):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.id || document.activeElement.name || 'left'"))
    assert names[:9] == ["colour", "named", "cell", "text", "write", "temperature", "clear", "hand", "below"]
    assert names[9] == "left"


def test_every_control_has_a_name(model, open_page):
    page = open_page(page_of(model, cells={"a": 1}))
    page.get_by_label("The memory cell", exact=True).select_option("hold")
    for role in ("radio", "combobox", "spinbutton", "textbox", "button", "slider", "img"):
        for control in page.get_by_role(role).all():
            assert re.search(r'[a-z]+ "[^"]{2,}', control.aria_snapshot()), control.aria_snapshot()


def test_a_notebook_of_a_book_is_read(open_page):
    text = read_text(PAGES)[:2000]
    page = open_page(page_of(CharLM(Vocabulary.from_text(text), 4), text))
    until(page, "view.reading.done")
    assert page.evaluate("view.spans.length") == 2000
