"""The LSTM in one file: gradients as in cell.py, a score as in the package, and nothing else is needed."""

import ast
import sys

import min_lstm
import numpy as np
import pytest
from helpers import CHAPTER, ROOT, run_python

from lstm_scratch import CharLM, LSTMCell, Vocabulary, cross_entropy, read_text, split_text, train
from lstm_scratch.cell import backward_through_time, unroll

FILE = ROOT / "notebooks" / "min_lstm.py"


def test_it_imports_numpy_and_the_standard_library_alone():
    tree = ast.parse(FILE.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} - sys.stdlib_module_names == {"numpy"}


def test_its_gradients_are_those_of_the_cell():
    V, H, T, B = 6, 5, 7, 3
    rng = np.random.default_rng(0)
    params = {name: rng.normal(size=param.shape) for name, param in min_lstm.new_params(V, H, rng).items()}
    inputs, targets = rng.integers(V, size=(2, T, B))
    h0, c0 = rng.normal(size=(2, B, H))
    loss, tape, (h, c) = min_lstm.forward(params, inputs, targets, h0, c0)
    grads = min_lstm.backward(params, tape)

    cell = LSTMCell(params["W"], params["U"], params["b"])
    steps = unroll(cell, np.eye(V)[inputs], (h0, c0))
    h_rows = np.array([step.h for step in steps]).reshape(T * B, H)
    right_loss, dlogits = cross_entropy(h_rows @ params["W_y"].T + params["b_y"], targets.ravel())
    right = backward_through_time(cell, steps, (dlogits @ params["W_y"]).reshape(T, B, H))
    expected = {"W": right.dW, "U": right.dU, "b": right.db, "W_y": dlogits.T @ h_rows, "b_y": dlogits.sum(axis=0)}
    assert abs(loss - right_loss) < 1e-12
    np.testing.assert_allclose(h, steps[-1].h, rtol=0, atol=1e-12)
    np.testing.assert_allclose(c, steps[-1].c, rtol=0, atol=1e-12)
    assert grads.keys() == expected.keys()
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, expected[name], rtol=0, atol=1e-12)


def test_on_the_chapter_it_reaches_what_the_package_reaches(capsys):
    text = read_text(CHAPTER)
    train_text, held_out = split_text(text)
    vocabulary = Vocabulary.from_text(text)
    model = CharLM(vocabulary, min_lstm.H, dtype=np.float64, rng=0)
    params = {name: param.copy() for name, param in model.params.items()}
    ids = vocabulary.encode(text)
    cut = len(train_text)

    min_lstm.train(params, ids[:cut], np.random.default_rng(1))
    history = train(
        model,
        train_text,
        held_out,
        epochs=min_lstm.EPOCHS,
        batch_size=min_lstm.B,
        seq_length=min_lstm.T,
        learning_rate=min_lstm.RATE,
        final_learning_rate=min_lstm.LAST_RATE,
        clip=min_lstm.CLIP,
        rng=np.random.default_rng(1),
        progress=False,
    )
    mine = min_lstm.bits(params, ids[cut:])
    # the same numbers but for round-off, and far below a bigram
    assert abs(mine - history["valid_bits"].iloc[-1]) < 1e-6
    assert mine < min_lstm.bigram_bits(ids[:cut], ids[cut:], len(vocabulary)) - 0.3


def test_it_checks_its_gradients_and_a_wrong_one_is_noticed(monkeypatch, capsys):
    assert min_lstm.main(["--check"]) == 0
    assert "agree with finite differences" in capsys.readouterr().out
    right = min_lstm.backward

    def wrong(*arguments):
        grads = right(*arguments)
        grads["U"][0, 0] *= 1.001
        return grads

    monkeypatch.setattr(min_lstm, "backward", wrong)
    assert min_lstm.main(["--check"]) == 1
    assert "DIFFER from finite differences" in capsys.readouterr().out


def test_in_an_empty_folder_it_trains_scores_and_writes(tmp_path):
    copy = tmp_path / "min_lstm.py"
    source = FILE.read_text(encoding="utf-8")
    copy.write_text(source.replace("EPOCHS = 30", "EPOCHS = 2"), encoding="utf-8")
    (tmp_path / "book.txt").write_text("Über den Hügeln. " * 60, encoding="utf-8")
    result = run_python("-I", copy, tmp_path / "book.txt", PYTHONIOENCODING="utf-8")
    assert result.returncode == 0, result.stderr
    speed, scores, written = result.stdout.split("\n", 2)
    assert speed.endswith(" characters a second")
    assert scores.startswith("the last tenth, in bits per character: LSTM ") and ", bigram " in scores
    assert len(written) == 401
    assert result.stderr.count("epoch ") == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("too short", "has 9 characters, and 572 are needed: take a longer text, or a smaller B or T"),
        (b"\xff\xfe\xfa", "cannot be read as a text in UTF-8"),
        (None, "cannot be read as a text in UTF-8"),
    ],
)
def test_what_it_cannot_learn_is_said_in_a_sentence(content, said, tmp_path, capsys):
    path = tmp_path / "book.txt"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert min_lstm.main([str(path)]) == 1
    out = capsys.readouterr().out
    assert said in out and out.count("\n") == 1


def test_without_arguments_it_says_how_it_is_used(capsys):
    assert min_lstm.main([]) == 0
    assert "python min_lstm.py book.txt" in capsys.readouterr().out
    assert min_lstm.main(["--nonsense"]) == 2
