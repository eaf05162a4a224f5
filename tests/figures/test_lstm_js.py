"""What lstm.js computes in a browser is what NumPy computes."""

import base64

import numpy as np
import pytest
from helpers import PAGES, refuses_in_a_sentence

from lstm_scratch import DATA, CharLM, LSTMCell, Vocabulary, read_text, softmax
from lstm_scratch.cell import unroll
from lstm_scratch.figures import pages
from lstm_scratch.figures.live_view import model_page

# the states and the probabilities of a text, as the view computes them, and how long a character takes in milliseconds
READ = """text => {
    const reading = new Reading(view.model);
    const chars = Array.from(text);
    reading.follow(chars, 0);
    const start = performance.now();
    reading.stepUntil(Infinity);
    return {
        c: reading.after.map(({c}) => Array.from(c)),
        h: reading.after.map(({h}) => Array.from(h)),
        p: chars.map((_, place) => reading.expected(place + 1)),
        bits: reading.meanBits,
        milliseconds: (performance.now() - start) / chars.length,
    };
}"""


@pytest.fixture(scope="module")
def novel():
    return CharLM.load(DATA / "tale_of_two_cities_lstm.npz")


def unpacked(data):
    """The parameters that a page carries, as float32."""

    def numbers(name, part):
        shape = {"W": (4 * H, V), "U": (4 * H, H), "W_y": (V, H)}.get(name, (-1,))
        if "scale" not in part:
            return np.frombuffer(base64.b64decode(part["bytes"]), "<f4").reshape(shape)
        scale = np.frombuffer(base64.b64decode(part["scale"]["bytes"]), "<f4")
        return np.frombuffer(base64.b64decode(part["bytes"]), "i1").reshape(shape) * scale[:, None]

    V = len(data["characters"])
    H = len(base64.b64decode(data["b"]["bytes"])) // 16
    return {name: numbers(name, part) for name, part in data.items() if name != "characters"}


def in_eight_bits(model):
    return CharLM.from_weights(model.vocabulary, **unpacked(pages.packed(model)))


def expected_of(model, text):
    trace = model.trace(model.vocabulary.encode(text)[:, None])
    return {"c": trace["c"][:, 0], "h": trace["h"][:, 0], "p": softmax(model.output(trace["h"][:, 0]))}


@pytest.mark.parametrize("bits", [8, 32])
def test_states_and_probabilities_of_500_characters_agree_with_numpy(bits, novel, open_page):
    text = read_text(PAGES)[:500]
    page = open_page(model_page(novel, "", None, "", bits))
    seen = page.evaluate(READ, text)
    for name, values in expected_of(novel if bits == 32 else in_eight_bits(novel), text).items():
        np.testing.assert_allclose(seen[name], values, rtol=0, atol=1e-4, err_msg=name)
    # less than a frame of a screen with 60 pictures a second
    assert seen["milliseconds"] < 16


def test_eight_bits_are_enough_for_the_novel(novel):
    text = read_text(PAGES)
    small = in_eight_bits(novel)
    assert abs(small.bits_per_char(text) - novel.bits_per_char(text)) < 0.001
    assert np.abs(expected_of(small, text)["p"] - expected_of(novel, text)["p"]).max() < 0.03
    assert len(model_page(novel, text, None, "", 8).encode()) < 2_000_000


@pytest.mark.slow
def test_the_page_scores_the_last_pages_as_numpy_does(novel, open_page):
    text = read_text(PAGES)
    without_states = READ.replace("Array.from(c)", "0").replace("Array.from(h)", "0")
    seen = open_page(model_page(novel, "", None, "", 8)).evaluate(without_states, text)
    assert abs(seen["bits"] - novel.bits_per_char(text)) < 0.001
    assert np.abs(seen["p"] - expected_of(novel, text)["p"]).max() < 0.03


def test_a_float64_model_and_a_row_of_zeros_travel_too(open_page):
    model = CharLM(Vocabulary.from_text("äb😀\n<"), 5, dtype=np.float64, rng=1)
    model.params["U"][3] = 0
    text = "b😀ä\n<<b"
    page = open_page(model_page(model, "", None, "", 32))
    for name, values in expected_of(model, text).items():
        np.testing.assert_allclose(page.evaluate(READ, text)[name], values, rtol=0, atol=1e-6)


@pytest.mark.parametrize("hand", [{"hold": -1.5}, {"shut": "i"}, {"shut": "f"}, {"shut": "o"}])
def test_a_hand_on_a_cell_changes_its_equations_and_no_others(hand, open_page):
    rng = np.random.default_rng(2)
    model = CharLM(Vocabulary.from_text("abc"), 3, dtype=np.float64, rng=rng)
    page = open_page(model_page(model, "", None, "", 32))
    text = "abcab"
    seen = page.evaluate(READ.replace("view.model)", f"view.model, {{unit: 1, ...{hand}}})"), text)
    cell = LSTMCell(*(model.params[name] for name in ("W", "U", "b")))
    h, c = np.zeros(3), np.zeros(3)
    for place, x in enumerate(np.eye(3)[model.vocabulary.encode(text)]):
        step = cell.forward(x, h, c)
        gates = {gate: getattr(step, gate).copy() for gate in "ifgo"}
        if "shut" in hand:
            gates[hand["shut"]][1] = 0
        c = gates["f"] * c + gates["i"] * gates["g"]
        c[1] = hand.get("hold", c[1])
        h = gates["o"] * np.tanh(c)
        np.testing.assert_allclose(seen["c"][place], c, atol=1e-6)
        np.testing.assert_allclose(seen["h"][place], h, atol=1e-6)


def test_the_cell_reads_vectors_as_numpy_does(open_page):
    rng = np.random.default_rng(3)
    W, U, b, x = rng.normal(size=(8, 3)), rng.normal(size=(8, 2)), rng.normal(size=8), rng.normal(size=(4, 3))
    model = CharLM(Vocabulary.from_text("ab"), 1)
    seen = open_page(model_page(model, "", None, "", 32)).evaluate(
        """([W, U, b, x]) => {
            const cell = new LSTMCell(W.flat(), U.flat(), b);
            let [h, c] = [new Float32Array(2), new Float32Array(2)];
            return x.map((x_t) => ([h, c] = cell.forward(x_t, h, c)).map((state) => Array.from(state)));
        }""",
        [array.tolist() for array in (W, U, b, x)],
    )
    for (h, c), step in zip(seen, unroll(LSTMCell(W, U, b), x), strict=True):
        np.testing.assert_allclose(h, step.h, atol=1e-6)
        np.testing.assert_allclose(c, step.c, atol=1e-6)


def test_what_is_written_is_drawn_from_the_probabilities(open_page):
    page = open_page(model_page(CharLM(Vocabulary.from_text("ab"), 1), "", None, "", 32))
    drawn = page.evaluate("() => Array.from({length: 4000}, () => view.model.draw([0.2, 0, 0.5, 0.3]))")
    shares = np.bincount(drawn, minlength=4) / 4000
    np.testing.assert_allclose(shares, [0.2, 0, 0.5, 0.3], atol=0.05)
    assert page.evaluate("() => softmax([1000, 999], 0.5)") == pytest.approx(softmax(np.array([2.0, 0.0])))


def test_weights_that_cannot_be_shown_are_refused():
    model = CharLM(Vocabulary.from_text("ab"), 2)
    refuses_in_a_sentence(lambda: pages.packed(model, 16), "in 8 or in 32 bits, not in 16")
    model.params["b_y"][0] = np.nan
    refuses_in_a_sentence(lambda: pages.packed(model), "b_y has NaN or infinite entries")
