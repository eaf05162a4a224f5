"""The check of a reader's LSTM: right ones of any layout pass, each slip is named, and what cannot be run is said."""

import re
from pathlib import Path

import numpy as np
import pytest

from lstm_scratch.cell import LSTMCell, backward_through_time, unroll
from lstm_scratch.lessons import check_lstm, verdict_on_file
from lstm_scratch.lessons.readers_lstm import ReadersLSTM
from lstm_scratch.lessons.slips import SLIPS, Wrong
from lstm_scratch.lessons.your_lstm import verdict_on

READERS = Path(__file__).parent / "readers"
RIGHT = sorted(READERS.glob("*.py"))
NEITHER = "These are the gradients of the six equations. Mend forward, and backward is right."

# a file, what is in it, what stands there instead, and what the check must say of it
WRONG = [
    ("columns_by_gate", "dsigmoid(fs[t])", "sigmoid(fs[t])", "The slip: dz_f has σ where σ′ belongs."),
    ("columns_by_gate", "dc * cs[t - 1]", "dc * cs[t]", "The slip: df is one index off: it has c where c₋₁ belongs."),
    ("columns_by_gate", "return 1 - t * t", "return 1 - t", "The slip: the derivative of tanh is 1 - t instead"),
    (
        "columns_by_gate",
        "1 - t * t",
        "1 - np.tanh(t) ** 2",
        "The slip: the derivative of tanh is taken of a value that is",
    ),
    (
        "columns_by_gate",
        "s * (1 - s)",
        "sigmoid(s) * (1 - sigmoid(s))",
        "of dz_i, dz_f, dz_o takes σ′ of a value that is",
    ),
    ("columns_by_gate", "dhnext = dz[: len(dh)]", "pass", "The slip: dh is not handed on: dh₋₁ stays zero."),
    ("columns_by_gate", "dcnext = dc * fs[t]", "pass", "comes from the next step: it is not handed on."),
    (
        "columns_by_gate",
        "dcnext = dc * fs[t]",
        "dcnext = np.clip(dc * fs[t], -1, 1)",
        "Backward: it clips in the middle.",
    ),
    (
        "columns_by_gate",
        "return grads",
        "return {k: np.clip(v, -5, 5) for k, v in grads.items()}",
        "clips its gradients at 5.",
    ),
    ("columns_by_gate", '+ p["bo"]', '+ p["bf"]', "The output gate uses the bias of the forget gate."),
    ("columns_by_gate", "os_[t] * np.tanh(cs[t])", "os_[t] * cs[t]", "h is computed from c without the tanh."),
    (
        "columns_by_gate",
        "vstack((hs[t - 1]",
        "vstack((hs[-1]",
        "h is not handed on: every step starts from the first h.",
    ),
    ("columns_by_gate", "fs[t] * cs[t - 1] + is_[t]", "is_[t] * cs[t - 1] + fs[t]", "In c, i and f are swapped."),
    ("batch_first_class", "dA.sum(axis=0)", "dA.mean(axis=0)", "The slip: db is a mean over the batch, not a sum."),
    (
        "batch_first_class",
        "((df, dg, di, do))",
        "((di, dg, df, do))",
        "dz_f stands where dz_i belongs, dz_i stands where dz_f",
    ),
    ("batch_first_class", "np.exp(-a)", "np.exp(-2 * a)", "The gates i, f and o take σ(2z) where σ(z) belongs."),
    (
        "batch_first_class",
        "sigmoid(A[:, 2 * H : 3 * H])",
        "sigmoid(f)",
        "The input gate is computed from f, not from a z of",
    ),
    (
        "batch_first_class",
        "= h_prev.T @ dA",
        "= self.cache[7].T @ dA",
        "The slip: dU is computed with c where h₋₁ belongs.",
    ),
    ("batch_first_class", "dc_prev = ds * f", "dc_prev = ds", "The slip: dc₋₁ lacks f."),
    ("batch_first_class", "g = np.tanh(A", "g = sigmoid(A", "The candidate looks like σ where tanh belongs."),
    ("time_last", "da_next * np.tanh(c_next) * ot", "da_next * ot", "The slip: do lacks tanh(c)."),
    (
        "time_last",
        "total[name] += grads[name]",
        "total[name] = grads[name]",
        "dW, dU and db lack the sum over the steps, and",
    ),
    (
        "time_last",
        "dgate, concat.T)",
        "dgate, concat.T) / da_next.shape[1]",
        "dW and dU are a mean over the batch, not a sum",
    ),
    ("time_last", "[:, :n_a].T", "[:, -n_a:].T", "dh₋₁ is cut from the wrong end of the gradient of [h, x]."),
    ("time_last", ", axis=1, keepdims=True)", ", axis=1, keepdims=True) * 2", "The slip: db is counted twice."),
    ("one_step_two_biases", "dc = dc + dh * o * (1 - t * t)", "pass", "dc lacks the part that comes through h, dh ⊙ o"),
    (
        "one_step_two_biases",
        '"bias_hh": dz',
        '"bias_hh": 2 * dz',
        "The gradient of bias_hh is 2 times the right one, over",
    ),
    (
        "one_step_two_biases",
        "dc * i * (1 - g * g)",
        "dc * dc * (1 - g * g)",
        "multiplied by a gradient, where a value belongs.",
    ),
    ("single_precision", "(1 - Ct[t] ** 2)", "(1 - Ct[t])", "The slip: dc has 1 - t where tanh′ = 1 - t² belongs"),
    ("single_precision", "dC[t] += (1", "dC[t] = (1", "comes from the next step: it is not handed on."),
    ("vectors_in_a_block", "c * f + g * i", "c * f + (1 - f) * g", "c takes 1 - f where i belongs."),
    ("vectors_in_a_block", "/ np.cosh(state) ** 2", "* np.tanh(state)", "dc has tanh(c) where tanh′(c) belongs."),
    (
        "rows_in_one_matrix",
        "dz.sum(axis=0)",
        "dz[0]",
        "db lacks the sum over the batch, and has its first sequence alone.",
    ),
    (
        "rows_in_one_matrix",
        "db += dz.sum(axis=0)",
        "db = db + dz",
        "b has shape (2, 12), and b has (12,): the sum over the batch",
    ),
    ("rows_in_one_matrix", '"W": dW,', '"W": dW.T,', "W has shape (10, 12), and W has (12, 10): it is transposed."),
]
TWO = [
    (
        "batch_first_class",
        {"dc_prev = ds * f": "dc_prev = ds", "ds * i * (1 - g**2)": "ds * i * (1 - g)"},
        ["Two slips: ", "dz_g has 1 - t where tanh′ = 1 - t² belongs", "dc₋₁ lacks f"],
    ),
    (
        "rows_in_one_matrix",
        {"do = d * np.tanh(c)": "do = d * c", "do * o * (1 - o)": "do * o"},
        ["Two slips: ", "dz_o has the value of the gate where σ′ belongs", "do has c where tanh(c) belongs"],
    ),
    (
        "time_last",
        {"dstate * c_prev": "dstate * c_next", "da[:, :, t] + da_prev": "da[:, :, t]"},
        ["Two slips: ", "df is one index off", "dh is not handed on to the step before"],
    ),
    (
        "rows_in_one_matrix",
        {"np.tanh(zg)": "sigmoid(zg)", "h = o * np.tanh(c)": "h = o * c"},
        ["The candidate looks like σ where tanh belongs. And h is computed from c without the tanh.", NEITHER],
    ),
    (
        "columns_by_gate",
        {"os_[t] * np.tanh(cs[t])": "os_[t] * cs[t]", "dsigmoid(is_[t])": "is_[t]"},
        ["h is computed from c without the tanh.", "The slip: dz_i has the value of the gate where σ′ belongs."],
    ),
    (
        "columns_by_gate",
        {"dc * is_[t]": "dc * cs[t] ** 3", "dh * np.tanh(cs[t])": "dh * is_[t] ** 3"},
        ["No slip that is known gives these gradients, nor do two together: there is more than one, or one of its own"],
    ),
]


def write(folder, name, changes):
    """A copy of a right file with changes, each of which finds its place exactly once or everywhere."""
    source = (READERS / f"{name}.py").read_text(encoding="utf-8")
    for right, wrong in changes.items():
        assert right in source
        source = source.replace(right, wrong)
    path = folder / "my_lstm.py"
    path.write_text(source, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_a_right_lstm_is_right_in_every_layout(path):
    verdict = verdict_on_file(path)
    assert verdict.right, verdict
    assert re.search(r"^Forward: right, to \de-\d\d", str(verdict), re.MULTILINE)
    assert re.search(r"^Backward: right, to \de-\d\d", str(verdict), re.MULTILINE)
    assert "\nNot checked: " in str(verdict)


@pytest.mark.parametrize(("name", "right", "wrong", "sentence"), WRONG)
def test_a_slip_is_named(name, right, wrong, sentence, tmp_path):
    verdict = verdict_on_file(write(tmp_path, name, {right: wrong}))
    assert not verdict.right
    assert sentence in str(verdict)


@pytest.mark.parametrize(("name", "changes", "sentences"), TWO)
def test_two_slips_are_both_named_or_said_to_be_more_than_one(name, changes, sentences, tmp_path):
    verdict = verdict_on_file(write(tmp_path, name, changes))
    assert not verdict.right
    for sentence in sentences:
        assert sentence in str(verdict)


def test_the_first_number_that_is_off_is_told_with_its_step_and_its_input(tmp_path):
    path = write(tmp_path, "columns_by_gate", {"vstack((hs[t - 1]": "vstack((hs[-1]"})
    assert re.search(
        r"Forward: c differs at step 2: in unit 1, for x = \( ?-?\d\.\d.*it is -?\d\.\d{4} where",
        str(verdict_on_file(path)),
    )


def test_backward_tells_from_which_step_on_which_gradient_is_off_and_how_far(tmp_path):
    verdict = str(verdict_on_file(write(tmp_path, "rows_in_one_matrix", {"dc_next = dcell * f": "pass"})))
    gates = r"\(input gate, forget gate and candidate\)"
    sentence = rf"Backward: right over 1 step; over 2 steps these gradients are off: W {gates} by up to \d+%"
    assert re.search(sentence, verdict)


def test_a_backward_that_fits_a_wrong_forward_is_right_for_it(tmp_path):
    changes = {"h = o * np.tanh(c)": "h = o * c", "d * o * (1 - np.tanh(c) ** 2)": "d * o", "d * np.tanh(c)": "d * c"}
    verdict = verdict_on_file(write(tmp_path, "rows_in_one_matrix", changes))
    assert not verdict.right
    assert "h is computed from c without the tanh." in str(verdict)
    assert "Backward: right for your own forward, to " in str(verdict)


REFUSED = [
    ({"def forward(": "def forward(("}, "my_lstm.py, line 16 (def forward((weights, x, h, c):): SyntaxError"),
    (
        {"import numpy as np": "import no_such_module"},
        "my_lstm.py, line 3 (import no_such_module), when it was imported",
    ),
    ({"def forward": "def forwards"}, "my_lstm.py has no function forward"),
    ({"def backward": "def backwards"}, "there is no function backward, so no gradient was checked"),
    (
        {"np.tanh(zg)": "np.tanh(zgg)"},
        "my_lstm.py, line 22 (f, i, g, o = sigmoid(zf), sigmoid(zi), np.tanh(zgg), sigmoid",
    ),
    (
        {"do = d * np": "do = d @ np"},
        "my_lstm.py, line 38 (do = d @ np.tanh(c)) in backward, with dh of shape (1, 2, 3)",
    ),
    ({"h = o * np.tanh(c)": "h = o * np.nan"}, "forward returned, over 1 step, an h that contains NaN"),
    (
        {"db += dz.sum(axis=0)": "db += np.inf"},
        "backward returned, over 1 step, a gradient of b that contains infinity",
    ),
    ({'X = "T B I"': 'X = "B T I"'}, '(with X = "T B I" forward runs: does that name your axes?)'),
    ({'X = "T B I"': 'X = "time"'}, 'X must name the axes of x with T, B, I and 1, such as "T B I" or "I 1", not'),
    ({'X = "T B I"': ""}, "my_lstm.py does not say which axes x has"),
    (
        {"(4 * H, H + I)": "(10 * H, H + I)"},
        "W has shape (30, 10), which is no weight of an LSTM with I = 7 inputs and H = 3",
    ),
    ({'"b": np.zeros(4 * H)}': '"b": np.zeros(3 * H)}'}, "an LSTM has four gates, but these arrays have 3: b (9,)"),
    ({'{"W": dW, "b": db}': '{"W": dW}'}, "backward returns no gradient for b"),
    ({'{"W": dW, "b": db}': "dW, db"}, "backward must return a dict of gradients by name, not 2 values"),
    ({'{"W": dW, "b": db}': "..."}, "backward is still empty"),
    (
        {"return np.array(hs), c": "return h, c"},
        "forward returned h with shape (2, 3), where T = 5, B = 2, H = 3 are expected",
    ),
    ({"return np.array(hs), c, kept": "pass"}, "forward returned nothing: is its return missing?"),
    ({'return {"W": dW, "b": db}': "pass"}, "backward returned nothing: is its return missing?"),
    ({'{"W": dW, "b": db}': '{"W": dW, "bias": db}'}, "no gradient for b, but one for 'bias', which"),
    (
        {'W, b = weights["W"], weights["b"]': "W, b = np.ones((12, 10)), np.ones(12)"},
        "the same numbers whatever is in W and b: it must use the arrays of `weights` that it is given",
    ),
    ({"return np.array(hs), c, kept": "return np.array(hs)"}, "forward must return h, c, kept, not an array of shape"),
    (
        {"hs, kept = [], []": "hs, kept = [], []; h = h + np.random.rand()"},
        "forward gave other numbers the second time",
    ),
    ({"import numpy as np": "import numpy as np; raise SystemExit(2)"}, "when it was imported: SystemExit: 2"),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSED)
def test_what_cannot_be_checked_is_said_in_a_sentence_with_its_line(changes, sentence, tmp_path):
    verdict = verdict_on_file(write(tmp_path, "rows_in_one_matrix", changes))
    assert not verdict.right
    last = verdict.sentences[-1]
    assert sentence in last
    assert "\n" not in last


def test_gradients_that_add_up_from_call_to_call_are_noticed(tmp_path):
    changes = {
        "dW, db = np.zeros_like(W), np.zeros(4 * H)": 'dW, db = SUMS.setdefault("all", (0 * W, np.zeros(4 * H)))',
        'X = "T B I"': 'X = "T B I"\nSUMS = {}',
    }
    verdict = verdict_on_file(write(tmp_path, "rows_in_one_matrix", changes))
    assert "it is added to that of the call before. Set it to zero" in str(verdict)


def test_gradients_with_something_random_in_them_are_noticed(tmp_path):
    changes = {'{"W": dW, "b": db}': '{"W": dW * np.random.rand(), "b": db}'}
    verdict = verdict_on_file(write(tmp_path, "rows_in_one_matrix", changes))
    assert "Is something random in it, such as dropout" in str(verdict)


def test_one_step_must_start_from_the_h_and_the_c_that_it_is_given():
    def weights(I, H):
        return {"W": np.zeros((4 * H, I)), "U": np.zeros((4 * H, H)), "b": np.zeros(4 * H)}

    def forward(weights, x, h, c):
        step = LSTMCell(**weights).forward(x, 0 * h, 0 * c)
        return step.h, step.c, step

    verdict = verdict_on(lambda: ReadersLSTM("B I", weights, forward, None))
    assert "it uses neither the h nor the c that it is given" in str(verdict)


def test_a_slip_of_backward_is_not_blamed_on_a_wrong_forward(tmp_path):
    """Where no slip is known, backward may be right for the numbers that a wrong forward keeps."""
    verdict = str(verdict_on_file(write(tmp_path, "columns_by_gate", {"fs[t] * cs[t - 1]": "fs[t] * cs[-1]"})))
    assert "c is not handed on: every step starts from the first c." in verdict
    assert "Mend forward first: whether backward has a slip of its own can be said once forward is right." in verdict


def test_two_slips_that_change_one_line_are_never_half_made():
    """A slip in two functions leaves something in the cell, and is nothing without it."""
    in_two = [slip for slip in SLIPS.values() if len(slip.all_changes) > 1]
    call = "cell.backward(step, dh_t + dh_next, dc_next)"
    others = [slip for slip in SLIPS.values() if call in slip.changes and slip not in in_two]
    assert len(in_two) >= 4 and len(others) > 8
    for slip in in_two:
        for other in others:
            with pytest.raises(RuntimeError, match="another slip changes a line"):
                Wrong([slip, other])


def test_functions_of_a_notebook_can_be_handed_over(capsys):
    def weights(I, H):
        return {"W": np.zeros((4 * H, I)), "U": np.zeros((4 * H, H)), "b": np.zeros(4 * H)}

    def forward(weights, x, h, c):
        cell = LSTMCell(**weights)
        steps = unroll(cell, x, (h, c))
        return [step.h for step in steps], steps[-1].c, (cell, steps)

    def backward(weights, kept, dh, dc):
        grads = backward_through_time(*kept, dh)
        return {"W": grads.dW, "U": grads.dU, "b": -grads.db}

    check_lstm("T B I", weights, forward, backward)
    assert "The slip: db has the wrong sign." in capsys.readouterr().out


# ---- every slip of the table, and random right LSTMs ------------------------------------------------------------


def reader_of(model):
    """A reader's LSTM, made of cell.py with slips in it."""

    def weights(I, H):
        return {"W": np.zeros((4 * H, I)), "U": np.zeros((4 * H, H)), "b": np.zeros(4 * H)}

    def forward(weights, x, h, c):
        cell = model.cell_type(**weights)
        steps = model.unroll(cell, x, (h, c))
        return [step.h for step in steps], steps[-1].c, (cell, steps)

    def backward(weights, kept, dh, dc):
        grads = model.backward_through_time(*kept, dh, (np.zeros_like(dc), dc))
        return {"W": grads.dW, "U": grads.dU, "b": grads.db, "x": grads.dx, "h": grads.dh_prev, "c": grads.dc_prev}

    return ReadersLSTM("T B I", weights, forward, backward)


def equal_slips():
    """Slips that give the same numbers wherever no gradient arrives at the last c, so that either name is right."""
    return [
        {
            "dc lacks the part that comes from the next step: it is not handed on",
            "dc is not handed on to the step before",
        },
        {"nothing flows from c to c₋₁ through the forget gate", "dc₋₁ takes dc without the part that comes through h"},
    ]


BACKWARD = [slip for slip in SLIPS.values() if not slip.in_forward and slip.function != "LSTMCell.__init__"]


def sampled(names, step):
    """Every `step`-th of the names is a slow test, and the others are left to the thorough ones."""
    marks = (pytest.mark.thorough, pytest.mark.slow)
    return [pytest.param(name, marks=marks[number % step == 0]) for number, name in enumerate(names)]


@pytest.mark.parametrize("name", sampled([slip.name for slip in BACKWARD], 16))
def test_every_slip_of_the_table_is_found_again(name):
    verdict = str(verdict_on(lambda: reader_of(Wrong([SLIPS[name]]))))
    found = re.search(r"^The slip: (.*?)\.(?: \(|$)", verdict, re.MULTILINE)
    said = found[1] if found else verdict
    if said == name or "not proportional to what arrives" in verdict:
        return
    # another slip may give the same gradients; then it must really do so
    case = np.random.default_rng(0).normal(size=(3, 2, 7)), np.random.default_rng(1).normal(size=(3, 2, 3))
    ours, theirs = (gradients_of(SLIPS[one], *case) for one in (name, said))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def gradients_of(slip, x, dh):
    rng = np.random.default_rng(2)
    model = Wrong([slip])
    cell = model.cell_type(rng.normal(size=(12, 7)), rng.normal(size=(12, 3)), rng.normal(size=12))
    steps = model.unroll(cell, x, (rng.normal(size=(2, 3)), rng.normal(size=(2, 3))))
    grads = model.backward_through_time(cell, steps, dh, (np.zeros((2, 3)), np.zeros((2, 3))))
    return grads[1:]


PARTS = [["x", "h", "b"], ["xh", "b"], ["hx", "b"], ["xhb"], ["hxb"], ["bxh"], ["bhx"]]
X_AXES = ["T B I", "B T I", "T I B", "I B T", "B I T", "T I", "I T", "T I 1", "T 1 I", "B I", "I B", "I", "I 1", "1 I"]


def random_reader(rng):
    """A right LSTM in a random layout: its arrays are made of W, U and b by what is written here alone."""
    parts = PARTS[rng.integers(len(PARTS))]
    order = "".join(rng.permutation(list("ifgo")))
    by_gate, transposed, by_unit = rng.random(3) < 0.5
    axes = X_AXES[rng.integers(len(X_AXES))].split()
    single = rng.random() < 0.3

    def pack(W, U, b):
        H = U.shape[1]
        pieces = {"x": W, "h": U, "b": b[:, None]}
        arrays = {}
        for part in parts:
            whole = np.concatenate([pieces[one] for one in part], axis=1)
            blocks = [whole["ifgo".index(gate) * H :][:H] for gate in order]
            if by_gate:
                for gate, block in zip(order, blocks, strict=True):
                    arrays[f"for_{part}_{gate}"] = block.T if transposed else block
            else:
                stacked = np.stack(blocks, axis=1 if by_unit else 0).reshape(4 * H, -1)
                arrays[f"for_{part}"] = stacked.T if transposed else stacked
        return arrays

    def unpack(arrays, I, H):
        # what each array does is linear, so its entries are found by packing their numbers
        places = pack(
            *(np.split(np.arange(4 * H * (I + H + 1)).reshape(4 * H, -1), [I, I + H], axis=1)[:2]),
            np.arange(4 * H) * (I + H + 1) + I + H,
        )
        M = np.zeros(4 * H * (I + H + 1))
        for name, place in places.items():
            M[place] = arrays[name]
        W, U, b = np.split(M.reshape(4 * H, -1), [I, I + H], axis=1)
        return W, U, b[:, 0]

    def weights(I, H):
        return pack(np.zeros((4 * H, I)), np.zeros((4 * H, H)), np.zeros(4 * H))

    letters = [axis for axis in axes if axis != "1"]
    ours = "".join(axis for axis in "TBI" if axis in letters)

    def theirs_to_ours(array, drop=""):
        source = "".join(axis for axis in letters if axis not in drop)
        their_axes = [axis for axis in axes if axis not in drop]
        lengths = [n for n, axis in zip(array.shape, their_axes, strict=True) if axis != "1"]
        squeezed = array.reshape(lengths)
        return np.einsum(f"{source.lower()}->{''.join(a for a in ours if a not in drop).lower()}", squeezed)

    def ours_to_theirs(array, drop=""):
        target = "".join(axis for axis in letters if axis not in drop)
        moved = np.einsum(f"{''.join(a for a in ours if a not in drop).lower()}->{target.lower()}", array)
        for place, axis in enumerate([a for a in axes if a not in drop]):
            if axis == "1":
                moved = np.expand_dims(moved, place)
        return moved.astype(np.float32) if single else moved

    def forward(given, x, h, c):
        x, h, c = theirs_to_ours(x), theirs_to_ours(h, "T"), theirs_to_ours(c, "T")
        W, U, b = unpack(given, x.shape[-1], h.shape[-1])
        cell = LSTMCell(W, U, b)
        steps = unroll(cell, x if "T" in letters else x[None], (h, c))
        h = np.array([step.h for step in steps])
        return ours_to_theirs(h if "T" in letters else h[0]), ours_to_theirs(steps[-1].c, "T"), (cell, steps)

    def backward(given, kept, dh, dc):
        dh, dc = theirs_to_ours(dh), theirs_to_ours(dc, "T")
        grads = backward_through_time(*kept, dh if "T" in letters else dh[None], (np.zeros_like(dc), dc))
        packed = pack(grads.dW, grads.dU, grads.db)
        if single:
            packed = {name: array.astype(np.float32) for name, array in packed.items()}
        return {**packed, "h": ours_to_theirs(grads.dh_prev, "T"), "c": ours_to_theirs(grads.dc_prev, "T")}

    said = f"{parts} {order} by_gate={by_gate} transposed={transposed} by_unit={by_unit} {axes} {single}"
    return said, ReadersLSTM(" ".join(axes), weights, forward, backward)


@pytest.mark.parametrize("first", sampled(range(0, 300, 10), 15))
def test_random_right_layouts_are_never_accused(first):
    for seed in range(first, first + 10):
        said, reader = random_reader(np.random.default_rng(seed))
        verdict = verdict_on(lambda reader=reader: reader)
        assert verdict.right, (seed, said, str(verdict))


def test_some_random_right_layouts_are_not_accused():
    for seed in range(300, 308):
        said, reader = random_reader(np.random.default_rng(seed))
        verdict = verdict_on(lambda reader=reader: reader)
        assert verdict.right, (seed, said, str(verdict))
