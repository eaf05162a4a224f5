"""Out to another engine and back again: nothing changes on the way, and the numbers there are the numbers here."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from helpers import CHAPTER, ROOT

from lstm_scratch import LSTM, CharLM, Vocabulary, exchange, train
from lstm_scratch.text import clean_text, read_text

TEXT = clean_text(read_text(CHAPTER))
VOCABULARY = Vocabulary.from_text(TEXT)
# Keras is behind NumPy in one place of its own
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:keras")


def engine(name):
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return pytest.importorskip(name, reason=f"{name} is not installed: nothing to exchange with")


def char_model(dtype=np.float32, H=12, seed=0):
    model = CharLM(VOCABULARY, H, dtype=dtype, rng=seed)
    rng = np.random.default_rng(seed)
    for param in model.params.values():
        param += rng.normal(size=param.shape).astype(dtype) / 2
    return model


def layer(dtype=np.float32):
    layer = LSTM(5, 7, dtype=dtype, rng=0)
    layer.params["b"][...] = np.random.default_rng(1).normal(size=28)
    return layer


def assert_same(ours, back):
    assert type(back) is type(ours)
    assert list(back.params) == list(ours.params)
    for name, param in ours.params.items():
        assert back.params[name].dtype == param.dtype
        np.testing.assert_array_equal(back.params[name], param)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", [char_model, layer])
@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_round_trips_are_exact(framework, make, dtype):
    engine(framework)
    ours = make(dtype)
    if framework == "torch":
        back = exchange.from_torch(exchange.to_torch(ours))
    else:
        back = exchange.from_keras(exchange.to_keras(ours), VOCABULARY if make is char_model else None)
    assert_same(ours, back)
    if make is char_model:
        assert back.vocabulary == ours.vocabulary


def test_torch_gives_the_same_logits_and_carries_the_state():
    torch = engine("torch")
    model, ids = char_model(), np.random.default_rng(2).integers(27, size=(9, 4))
    expected, (h_T, c_T) = model.logits(ids)
    module = exchange.to_torch(model)
    with torch.no_grad():
        first, state = module(torch.from_numpy(ids[:5]))
        second, state = module(torch.from_numpy(ids[5:]), state)
    np.testing.assert_allclose(np.concatenate([first, second]), expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(state[0][0], h_T, rtol=0, atol=1e-6)
    np.testing.assert_allclose(state[1][0], c_T, rtol=0, atol=1e-6)


def test_torch_gives_the_same_gradients():
    torch = engine("torch")
    model, (inputs, targets) = char_model(np.float64), np.random.default_rng(3).integers(27, size=(2, 9, 4))
    loss, grads, _ = model.loss_and_grads(inputs, targets)
    module = exchange.to_torch(model)
    logits, _ = module(torch.from_numpy(inputs))
    theirs = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.from_numpy(targets).flatten())
    theirs.backward()
    assert theirs.item() == pytest.approx(loss, abs=1e-12)
    names = {"W": "lstm.weight_ih_l0", "U": "lstm.weight_hh_l0", "b": "lstm.bias_ih_l0"}
    names |= {"W_y": "output.weight", "b_y": "output.bias"}
    for name, theirs in names.items():
        np.testing.assert_allclose(module.get_parameter(theirs).grad.numpy(), grads[name], rtol=0, atol=1e-10)


def test_a_bare_layer_in_torch_is_an_nn_lstm():
    torch = engine("torch")
    ours, x = layer(np.float64), np.random.default_rng(4).normal(size=(6, 3, 5))
    module = exchange.to_torch(ours)
    assert type(module) is torch.nn.LSTM
    np.testing.assert_allclose(module(torch.from_numpy(x))[0].detach(), ours.forward(x)[0], rtol=0, atol=1e-12)


def stranger(torch, **options):
    """A module that was not made here: one-hot characters, an nn.LSTM and an nn.Linear."""
    parts = {"reader": torch.nn.LSTM(27, 6, **options), "head": torch.nn.Linear(6, 27)}
    return torch.nn.ModuleDict(parts)


@pytest.mark.parametrize("options", [{}, {"batch_first": True}, {"bias": False}, {"dtype": "float64"}])
def test_a_stranger_s_lstm_and_linear_are_taken_over(options):
    torch = engine("torch")
    dtype = getattr(torch, options.pop("dtype", "float32"))
    module = stranger(torch, **options).to(dtype)
    back = exchange.from_torch(module, VOCABULARY)
    ids = np.random.default_rng(5).integers(27, size=(7, 1))
    one_hot = torch.eye(27, dtype=dtype)[torch.from_numpy(ids)]
    if options.get("batch_first"):
        one_hot = one_hot.transpose(0, 1)
    with torch.no_grad():
        logits = module["head"](module["reader"](one_hot)[0])
    np.testing.assert_allclose(back.logits(ids)[0].ravel(), logits.numpy().ravel(), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_layers": 2}, "num_layers=1 can be taken over, not num_layers=2"),
        ({"bidirectional": True}, "bidirectional=False can be taken over, not bidirectional=True"),
        ({"proj_size": 3}, "proj_size=0 can be taken over, not proj_size=3"),
    ],
)
def test_other_lstms_are_refused_by_name(change, message):
    torch = engine("torch")
    with pytest.raises(ValueError, match=message):
        exchange.from_torch(stranger(torch, **change), VOCABULARY)


def test_other_modules_are_refused_by_name():
    torch = engine("torch")
    with_embedding = stranger(torch)
    with_embedding["embedding"] = torch.nn.Embedding(27, 27)
    cases = [
        (with_embedding, VOCABULARY, "expected, not Embedding, LSTM, Linear"),
        (torch.nn.Linear(2, 2), VOCABULARY, "expected, not Linear"),
        ("model.pt", VOCABULARY, "a torch.nn.Module was expected, not 'model.pt'"),
        (torch.nn.ReLU(), VOCABULARY, "expected, not nothing with weights"),
        (stranger(torch).half(), VOCABULARY, "must be float32 or all float64, not float16"),
        (stranger(torch), None, "which 27 characters does it read"),
        (stranger(torch), Vocabulary.from_text("abc"), "a vocabulary of 3 does not fit 27 inputs and 27 outputs"),
    ]
    for module, vocabulary, message in cases:
        with pytest.raises(ValueError, match=message):
            exchange.from_torch(module, vocabulary)


def test_keras_gives_the_same_logits():
    engine("keras")
    model, ids = char_model(), np.random.default_rng(6).integers(27, size=(9, 4))
    logits = exchange.to_keras(model).predict(np.eye(27, dtype=np.float32)[ids.T], verbose=0)
    np.testing.assert_allclose(logits.swapaxes(0, 1), model.logits(ids)[0], rtol=0, atol=1e-6)


def test_other_keras_models_are_refused_by_name():
    keras = engine("keras")
    layers, start = keras.layers, keras.Input((None, 27))
    cases = [
        ([layers.GRU(4)], None, "was expected, not GRU"),
        ([layers.LSTM(4, return_sequences=True), layers.LSTM(4)], None, "was expected, not LSTM, LSTM"),
        ([layers.LSTM(4, recurrent_activation="hard_sigmoid")], None, "only recurrent_activation='sigmoid'"),
        ([layers.LSTM(4, use_bias=False)], None, "only use_bias=True"),
        ([layers.LSTM(4), layers.Dense(27, activation="softmax")], VOCABULARY, "only activation='linear'"),
        ([layers.LSTM(4), layers.Dense(27)], None, "A vocabulary is needed"),
    ]
    for parts, vocabulary, message in cases:
        with pytest.raises(ValueError, match=message):
            exchange.from_keras(keras.Sequential([start, *parts]), vocabulary)
    with pytest.raises(ValueError, match="a keras.Model was expected, not 'model.keras'"):
        exchange.from_keras("model.keras")


def test_onnx_gives_the_same_logits_at_any_length_and_batch_and_greedy_samples(tmp_path):
    onnx, runtime = engine("onnx"), engine("onnxruntime")
    model, path = char_model(H=16), tmp_path / "model.onnx"
    exchange.to_onnx(model, path)
    assert list(tmp_path.iterdir()) == [path]
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    characters = json.loads(session.get_modelmeta().custom_metadata_map["characters"])
    assert Vocabulary(characters) == model.vocabulary

    rng = np.random.default_rng(7)
    for T, B in ((9, 4), (1, 1), (3, 2)):
        ids, state = rng.integers(27, size=(T, B)), tuple(rng.normal(size=(2, B, 16)).astype(np.float32))
        expected, (h_T, c_T) = model.logits(ids, state)
        logits, *last = session.run(None, {"ids": ids, "h0": state[0][None], "c0": state[1][None]})
        np.testing.assert_allclose(logits, expected, rtol=0, atol=1e-6)
        np.testing.assert_allclose(np.array(last)[:, 0], [h_T, c_T], rtol=0, atol=1e-6)

    written, ids = "", model.vocabulary.encode("it was the ")[:, None]
    h, c = np.zeros((2, 1, 1, 16), np.float32)
    for _ in range(60):
        logits, h, c = session.run(None, {"ids": ids, "h0": h, "c0": c})
        ids = logits[-1:].argmax(axis=-1)
        written += characters[ids.item()]
    assert written == model.sample("it was the ", 60, temperature=1e-6, rng=0)


def test_onnx_gives_the_same_layer(tmp_path):
    engine("onnx")
    runtime = engine("onnxruntime")
    ours, x = layer(), np.random.default_rng(8).normal(size=(6, 3, 5)).astype(np.float32)
    exchange.to_onnx(ours, tmp_path / "layer.onnx")
    session = runtime.InferenceSession(tmp_path / "layer.onnx", providers=["CPUExecutionProvider"])
    h, h_T, _ = session.run(
        None, {"x": x, "h0": np.zeros((1, 3, 7), np.float32), "c0": np.zeros((1, 3, 7), np.float32)}
    )
    np.testing.assert_allclose(h, ours.forward(x)[0], rtol=0, atol=1e-6)
    np.testing.assert_allclose(h_T[0], h[-1], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "package"),
    [
        (lambda: exchange.to_torch(layer()), "torch"),
        (lambda: exchange.from_torch(None), "torch"),
        (lambda: exchange.to_keras(layer()), "keras"),
        (lambda: exchange.from_keras(None), "keras"),
        (lambda: exchange.to_onnx(layer(), "model.onnx"), "onnx"),
    ],
)
def test_where_the_framework_is_missing_one_sentence_says_what_to_install(call, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=f"^{package} is not installed: 'pip install {package}' brings it$"):
        call()


def test_importing_exchange_imports_no_framework():
    code = "import sys, lstm_scratch.exchange, lstm_scratch.exchange.distributed\n"
    code += "print({'torch', 'keras', 'onnx', 'onnxruntime'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def torchrun(module, *arguments):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*command, "-m", module, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=True,
    )


def test_one_step_on_two_ranks_is_one_step_of_ours_on_the_joined_batch(tmp_path):
    engine("torch")
    model, text = char_model(), TEXT[: 4 * 16 + 1]
    model.save(tmp_path / "start.npz")
    (tmp_path / "text.txt").write_text(text, encoding="utf-8")
    arguments = (
        "lstm_scratch.exchange.distributed",
        tmp_path / "start.npz",
        tmp_path / "text.txt",
        tmp_path / "end.npz",
    )
    torchrun(*arguments, "--batch-size", 4, "--seq-length", 16, "--learning-rate", 0.01)
    # a text of exactly one window: one epoch is one step
    before = {name: param.copy() for name, param in model.params.items()}
    train(model, text, text, epochs=1, batch_size=4, seq_length=16, learning_rate=0.01, progress=False)
    end = CharLM.load(tmp_path / "end.npz")
    for name, param in model.params.items():
        assert np.abs(param - before[name]).max() > 5e-3
        np.testing.assert_allclose(end.params[name], param, rtol=0, atol=1e-6)


def test_after_training_on_the_weights_come_back_and_score_the_same(tmp_path):
    torch = engine("torch")
    model, text, held_out = char_model(), TEXT[:2000], TEXT[2000:2600]
    model.save(tmp_path / "start.npz")
    (tmp_path / "text.txt").write_text(text, encoding="utf-8")
    arguments = (
        "lstm_scratch.exchange.distributed",
        tmp_path / "start.npz",
        tmp_path / "text.txt",
        tmp_path / "end.npz",
    )
    said = torchrun(*arguments, "--epochs", 3, "--batch-size", 8, "--seq-length", 25, "--learning-rate", 0.01).stdout
    assert said.count("bits per character") == 3
    end = CharLM.load(tmp_path / "end.npz")
    assert end.bits_per_char(held_out) < model.bits_per_char(held_out) - 0.5
    ids = torch.from_numpy(end.vocabulary.encode(held_out))
    with torch.no_grad():
        logits, _ = exchange.to_torch(end)(ids[:-1, None])
    bits = torch.nn.functional.cross_entropy(logits[:, 0], ids[1:]).item() / np.log(2)
    assert bits == pytest.approx(end.bits_per_char(held_out), abs=1e-5)


def test_the_ranks_talk_is_timed():
    engine("torch")
    lines = torchrun("lstm_scratch.benchmark", "--all-reduce").stdout.splitlines()
    assert [line.split(":")[0].split(", ") for line in lines] == [
        ["2 ranks", f"{size:3} MB"] for size in (1, 5, 20, 80)
    ]


def test_a_batch_that_cannot_be_shared_out_is_refused(monkeypatch):
    torch = engine("torch")
    from lstm_scratch.exchange.distributed import go_on

    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 0)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 2)
    with pytest.raises(ValueError, match="a batch of 3 streams cannot be shared out equally among 2 ranks"):
        go_on(char_model(), TEXT, epochs=1, batch_size=3, seq_length=8, learning_rate=0.01)


def test_the_recipe_is_short():
    assert len((ROOT / "lstm_scratch" / "many_machines.py").read_text(encoding="utf-8").splitlines()) <= 80
