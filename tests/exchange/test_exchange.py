"""A model goes to PyTorch, Keras or ONNX and back without a change to its weights, and computes the same there."""

import json
import os
import sys

import numpy as np
import pytest
from helpers import CHAPTER, PAGES, assert_close

from lstm_scratch import DATA, LSTM, CharLM, Vocabulary, clean_text, exchange, read_text
from lstm_scratch.exchange.shared import layer_of
from lstm_scratch.parameters import Parameters

TEXT = clean_text(read_text(CHAPTER))
VOCABULARY = Vocabulary.from_text(TEXT)
# in one place Keras itself uses something that NumPy has deprecated
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:keras")


def engine(name):
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return pytest.importorskip(name, reason=f"{name} is not installed: nothing to exchange with")


def char_model(dtype=np.float32, H=12):
    model, rng = CharLM(VOCABULARY, H, dtype=dtype, rng=0), np.random.default_rng(0)
    for param in model.params.values():
        param += rng.normal(size=param.shape).astype(dtype) / 2
    return model


def layer(dtype=np.float32):
    layer = LSTM(5, 7, dtype=dtype, rng=0)
    layer.params["b"][...] = np.random.default_rng(1).normal(size=28)
    return layer


def assert_same(ours, back):
    assert repr(back) == repr(ours)
    assert_close(back.params, ours.params, 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_round_trips_through_torch_are_exact(dtype):
    engine("torch")
    ours, module = char_model(dtype), exchange.to_torch(char_model(dtype))
    assert_same(ours, exchange.from_torch(module.lstm, module.output, ours.vocabulary))
    assert_same(layer(dtype), exchange.from_torch(exchange.to_torch(layer(dtype))))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_round_trips_through_keras_are_exact(dtype):
    engine("keras")
    ours, module = char_model(dtype), exchange.to_keras(char_model(dtype))
    assert_same(ours, exchange.from_keras(*module.layers, ours.vocabulary))
    assert_same(layer(dtype), exchange.from_keras(*exchange.to_keras(layer(dtype)).layers))


def test_modules_made_elsewhere_with_two_biases_or_none_give_the_same_logits():
    torch = engine("torch")
    ids = np.random.default_rng(3).integers(27, size=(9, 4))
    x = torch.nn.functional.one_hot(torch.from_numpy(ids), 27).double()
    for bias in (True, False):
        lstm, linear = torch.nn.LSTM(27, 6, bias=bias).double(), torch.nn.Linear(6, 27, bias=bias).double()
        expected = linear(lstm(x)[0]).detach().numpy()
        logits, _ = exchange.from_torch(lstm, linear, VOCABULARY).logits(ids)
        assert_close(logits, expected, 1e-12)


def test_what_is_not_one_plain_lstm_is_refused():
    torch, keras = engine("torch"), engine("keras")
    lstm, linear, nn, layers = torch.nn.LSTM(27, 4), torch.nn.Linear(4, 27), torch.nn, keras.layers
    small = layers.LSTM(4, recurrent_activation="hard_sigmoid")
    for call, message in (
        (lambda: exchange.from_torch(nn.LSTM(27, 4, num_layers=2)), "must have num_layers=1, not num_layers=2"),
        (lambda: exchange.from_torch(nn.LSTM(27, 4, bidirectional=True)), "must have bidirectional=False"),
        (lambda: exchange.from_torch(lstm, linear), "only one of them was given"),
        (lambda: exchange.from_torch(lstm, linear, Vocabulary("abc")), "reads 27 numbers a step, and there are 3"),
        (lambda: exchange.from_torch(lstm, linear, ["a"] * 27), "each of them given once"),
        (lambda: exchange.from_torch(nn.LSTM(3, 4, dtype=torch.bfloat16)), "not torch.bfloat16: call its .float()"),
        (lambda: exchange.from_torch(lstm.half(), linear.half(), VOCABULARY), "float32 or float64, not torch.float16"),
        (lambda: exchange.from_keras(small), "must have recurrent_activation='sigmoid'"),
        (lambda: exchange.from_keras(layers.LSTM(4), layers.Dense(27, "softmax")), "must return the logits"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_what_is_no_lstm_is_named():
    nn = engine("torch").nn
    layers = engine("keras").layers
    for call, message in (
        (
            lambda: exchange.from_torch(nn.LSTM(3, 4).state_dict()),
            "not its state_dict: load that into",
        ),
        (lambda: exchange.from_torch(nn.GRU(1, 4)), "an nn.LSTM is needed, not GRU"),
        (lambda: exchange.from_torch(nn.LSTMCell(1, 4)), "an nn.LSTM is needed, not LSTMCell"),
        (lambda: exchange.from_keras(layers.GRU(4)), "an LSTM layer of Keras is needed, not GRU"),
    ):
        with pytest.raises(TypeError, match=message):
            call()


@pytest.mark.parametrize("name", ["torch", "keras"])
def test_characters_numbered_in_another_order_are_sorted_with_their_weights(name):
    """Most scripts number the characters in the order in which the text first uses them."""
    engine(name)
    ours = char_model(np.float64)
    theirs = list(dict.fromkeys(TEXT))
    order = [ours.vocabulary.characters.index(char) for char in theirs]
    shuffled = dict(ours.params.copies(), W=ours.params["W"][:, order], W_y=ours.params["W_y"][order])
    shuffled["b_y"] = ours.params["b_y"][order]
    # for the engine, this is a model whose vocabulary is in their order
    elsewhere = CharLM.from_weights(ours.vocabulary, **shuffled)
    if name == "torch":
        module = exchange.to_torch(elsewhere)
        back = exchange.from_torch(module.lstm, module.output, theirs)
    else:
        back = exchange.from_keras(*exchange.to_keras(elsewhere).layers, theirs)
    assert_same(ours, back)
    assert back.bits_per_char(TEXT[:200]) == ours.bits_per_char(TEXT[:200])


def run_onnx(model, path, state, **inputs):
    """Run the ONNX file of the model; return the logits or h, the last state, and the metadata of the file."""
    exchange.to_onnx(model, path)
    session = engine("onnxruntime").InferenceSession(path, providers=["CPUExecutionProvider"])
    outputs, *last = session.run(None, {**inputs, "h0": state[0][None], "c0": state[1][None]})
    return outputs, np.array(last)[:, 0], session.get_modelmeta().custom_metadata_map


def test_the_novel_s_model_gives_the_same_logits_everywhere(tmp_path):
    torch, _, _ = engine("torch"), engine("onnxruntime"), engine("onnx")
    novel = CharLM.load(DATA / "tale_of_two_cities_lstm.npz")
    ids = novel.vocabulary.encode(read_text(PAGES)[:400])[:, None]
    expected, _ = novel.logits(ids)
    precise = CharLM.from_weights(novel.vocabulary, **{name: w.astype(np.float64) for name, w in novel.params.items()})
    for model, tolerance in ((novel, 2e-5), (precise, 1e-12)):
        with torch.no_grad():
            there, _ = exchange.to_torch(model)(torch.from_numpy(ids))
        assert_close(there.numpy(), model.logits(ids)[0], tolerance)
    there, _, _ = run_onnx(novel, tmp_path / "novel.onnx", np.zeros((2, 1, 512), np.float32), ids=ids)
    assert_close(there, expected, 2e-5)


def test_keras_gives_the_same_logits():
    engine("keras")
    novel = CharLM.load(DATA / "tale_of_two_cities_lstm.npz")
    ids = novel.vocabulary.encode(read_text(PAGES)[:400])[:, None]
    logits = exchange.to_keras(novel).predict(np.eye(76, dtype=np.float32)[ids.T], verbose=0)
    assert_close(logits.swapaxes(0, 1), novel.logits(ids)[0], 2e-5)


def test_onnx_gives_the_same_at_any_length_and_batch_and_carries_the_state(tmp_path):
    onnx, path, rng = engine("onnx"), tmp_path / "model.onnx", np.random.default_rng(7)
    for T, B in ((9, 4), (1, 1), (3, 2)):
        ids, state = rng.integers(27, size=(T, B)), rng.normal(size=(2, B, 12)).astype(np.float32)
        logits, last, about = run_onnx(char_model(), path, state, ids=ids)
        expected, expected_last = char_model().logits(ids, state)
        assert_close(logits, expected, 1e-6)
        assert_close(last, expected_last, 1e-6)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    assert Vocabulary(json.loads(about["characters"])).index == VOCABULARY.index
    x, state = rng.normal(size=(6, 3, 5)).astype(np.float32), rng.normal(size=(2, 3, 7)).astype(np.float32)
    assert_close(run_onnx(layer(), path, state, x=x)[0], layer().forward(x, state)[0], 1e-6)


def test_parameters_that_would_be_lost_on_the_way_are_named():
    model = CharLM(Vocabulary("abc"), 2)
    model.params = Parameters(**model.params, U2=np.zeros((8, 2)))
    with pytest.raises(ValueError, match="but the model also has U2"):
        layer_of(model)


def test_another_number_of_gates_is_refused():
    model = CharLM(Vocabulary("abc"), 2)
    model._params = Parameters({**model.params, "U": np.zeros((6, 2))})
    with pytest.raises(ValueError, match=r"only four gates can be exchanged: U must have shape \(8, 2\), not \(6, 2\)"):
        layer_of(model)


def test_a_missing_framework_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="^torch is not installed: pip install torch$"):
        exchange.to_torch(layer())


def test_a_missing_backend_of_keras_is_named_with_what_to_do(monkeypatch):
    def without_tensorflow(package):
        raise ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")

    monkeypatch.setattr("importlib.import_module", without_tensorflow)
    with pytest.raises(
        ImportError, match="^keras needs tensorflow, which is not installed; .* set KERAS_BACKEND=torch"
    ):
        exchange.to_keras(layer())
