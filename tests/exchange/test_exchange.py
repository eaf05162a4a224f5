"""A model goes to PyTorch, Keras or ONNX and back without a change to its weights, and computes the same there."""

import json
import os
import sys

import numpy as np
import pytest
from helpers import CHAPTER, PAGES, assert_close, refuses_in_a_sentence

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


def shuffled(name, theirs):
    """A model of ours, and its layers in the framework for which the characters are numbered as in `theirs`."""
    ours = char_model(np.float64)
    order = [ours.vocabulary.index[char] for char in theirs]
    arrays = dict(ours.params.copies(), W=ours.params["W"][:, order], W_y=ours.params["W_y"][order])
    arrays["b_y"] = ours.params["b_y"][order]
    elsewhere = CharLM.from_weights(ours.vocabulary, **arrays)
    if name == "torch":
        module = exchange.to_torch(elsewhere)
        return ours, (module.lstm, module.output)
    return ours, exchange.to_keras(elsewhere).layers


@pytest.mark.parametrize("name", ["torch", "keras"])
def test_the_ids_of_a_dict_count_and_a_set_is_refused(name):
    engine(name)
    take = getattr(exchange, f"from_{name}")
    theirs = [*reversed(VOCABULARY.characters)]
    ours, layers = shuffled(name, theirs)
    ids = {char: number for number, char in enumerate(theirs)}
    for given in (ids, json.loads(json.dumps(ids, sort_keys=True)), dict(enumerate(theirs)), np.array(theirs)):
        assert_same(ours, take(*layers, given))
    assert_same(ours, take(*layers, json.loads(json.dumps(dict(enumerate(theirs)), sort_keys=True))))
    for given in (set(theirs), ids.keys()):
        with pytest.raises(TypeError, match="has no order of its own"):
            take(*layers, given)
    with pytest.raises(ValueError, match="must consist of single characters"):
        take(*layers, ["the", *theirs[1:]])


def test_a_module_can_be_saved_as_torch_saves(tmp_path):
    torch = engine("torch")
    model, ids = char_model(), np.arange(8).reshape(4, 2)
    torch.save(exchange.to_torch(model), tmp_path / "whole.pt")
    loaded = torch.load(tmp_path / "whole.pt", weights_only=False)
    assert_same(model, exchange.from_torch(loaded.lstm, loaded.output, VOCABULARY))
    assert_close(loaded(torch.from_numpy(ids))[0].detach().numpy(), model.logits(ids)[0], 1e-6)


def test_an_embedding_before_the_lstm_becomes_a_part_of_W():
    """These are the lines of the page on the exchange."""
    torch = engine("torch")
    embedding, lstm, linear = torch.nn.Embedding(27, 5), torch.nn.LSTM(5, 6), torch.nn.Linear(6, 27)
    W = lstm.weight_ih_l0 @ embedding.weight.T
    b = lstm.bias_ih_l0 + lstm.bias_hh_l0
    weights = {"W": W, "U": lstm.weight_hh_l0, "b": b, "W_y": linear.weight, "b_y": linear.bias}
    model = CharLM.from_weights(VOCABULARY, **{name: w.detach().numpy() for name, w in weights.items()})
    ids = np.random.default_rng(3).integers(27, size=(9, 4))
    expected = linear(lstm(embedding(torch.from_numpy(ids)))[0]).detach().numpy()
    assert_close(model.logits(ids)[0], expected, 1e-6)
    with pytest.raises(ValueError, match="an Embedding E before it becomes a part of W: W @ E.T"):
        exchange.from_torch(lstm, linear, VOCABULARY)


def test_what_torch_wraps_is_named_with_where_its_layers_are():
    nn = engine("torch").nn
    lstm, linear = nn.LSTM(27, 4), nn.Linear(4, 27)
    module = exchange.to_torch(char_model())
    for call, sentence in (
        (
            lambda: exchange.from_torch(lstm, nn.Sequential(nn.Dropout(), linear), VOCABULARY),
            "an nn.Linear, not Sequential: hand over its .get_submodule('1')",
        ),
        (
            lambda: exchange.from_torch(lstm, nn.Dropout(), VOCABULARY),
            "the output layer must be an nn.Linear, not Dropout",
        ),
        (lambda: exchange.from_torch(lstm, nn.Embedding(4, 27), VOCABULARY), "must be an nn.Linear, not Embedding"),
        (
            lambda: exchange.from_torch(module, module.output, VOCABULARY),
            "not CharModule, whose weights mean something else: hand over its .lstm",
        ),
        (lambda: exchange.from_torch(nn.Sequential(lstm)), "hand over its .get_submodule('0')"),
        (lambda: exchange.from_torch(module.lstm, linear.weight, VOCABULARY), "must be an nn.Linear, not Parameter"),
        (lambda: exchange.to_torch("model.npz"), "a CharLM or an LSTM is needed, not str"),
    ):
        refuses_in_a_sentence(call, sentence, TypeError)
    wrapped = nn.Sequential(nn.Dropout(), linear).get_submodule("1")
    assert exchange.from_torch(lstm, wrapped, VOCABULARY).hidden_size == 4


def test_what_keras_puts_around_or_between_is_taken_or_named():
    keras = engine("keras")
    layers = keras.layers
    ours = char_model()
    lstm, dense = exchange.to_keras(ours).layers
    around = layers.TimeDistributed(dense)
    around.build((None, None, 12))
    assert_same(ours, exchange.from_keras(lstm, around, VOCABULARY))
    for call, sentence, exception in (
        (
            lambda: exchange.from_keras(lstm, layers.Dropout(0.5), VOCABULARY),
            "is needed, not Dropout; layers between the two that have no weights",
            TypeError,
        ),
        (lambda: exchange.from_keras(lstm, layers.Embedding(27, 5), VOCABULARY), "is needed, not Embedding", TypeError),
        (
            lambda: exchange.from_keras(layers.Embedding(27, 5)),
            "an LSTM layer of Keras is needed, not Embedding",
            TypeError,
        ),
        (
            lambda: exchange.from_keras(layers.Bidirectional(layers.LSTM(3))),
            "an LSTM layer of Keras is needed, not Bidirectional",
            TypeError,
        ),
        (
            lambda: exchange.from_keras(exchange.to_keras(ours)),
            "an LSTM layer of Keras is needed, not Sequential",
            TypeError,
        ),
        (
            lambda: exchange.from_keras(layers.LSTM(4)),
            "has no weights yet: call the model once, or give it an Input layer",
            ValueError,
        ),
        (lambda: exchange.from_keras(lstm, layers.Dense(27), VOCABULARY), "has no weights yet", ValueError),
        (
            lambda: exchange.from_keras(*shuffled("keras", VOCABULARY.characters)[1], "abc"),
            "reads 27 numbers a step, and there are 3 characters",
            ValueError,
        ),
    ):
        refuses_in_a_sentence(call, sentence, exception)


def test_the_way_out_of_a_softmax_works():
    keras = engine("keras")
    ours = char_model()
    lstm, dense = exchange.to_keras(ours).layers
    dense.activation = keras.activations.softmax
    sentence = "before a softmax stand the logits: set dense.activation = keras.activations.linear"
    refuses_in_a_sentence(lambda: exchange.from_keras(lstm, dense, VOCABULARY), sentence)
    dense.activation = keras.activations.linear
    assert_same(ours, exchange.from_keras(lstm, dense, VOCABULARY))


def test_an_option_that_would_be_lost_on_the_way_is_named():
    class Deeper(CharLM):
        @property
        def architecture(self):
            return {**super().architecture, "layers": 2}

    with pytest.raises(ValueError, match="a model with the option layers cannot be exchanged"):
        layer_of(Deeper(Vocabulary("abc"), 2))
