"""The benchmark times whole training steps and prints its table: here for a size that takes no time."""

import sys

import benchmark
import pytest

from lstm_scratch import CharLM, Vocabulary


def test_the_table_has_a_row_for_each_size(monkeypatch, capsys):
    monkeypatch.setattr(benchmark, "SECONDS_A_TURN", 0.0)
    benchmark.print_table([(4, 2, 3)], rounds=1)
    (row,) = (line for line in capsys.readouterr().out.splitlines() if line.strip().startswith("4, 2, 3 |"))
    ours, torch, ratio, products, speed, *sampling = map(float, row.replace("|", " ").replace("%", "").split()[3:])
    assert min(ours, products, speed, sampling[0]) > 0
    # nan without PyTorch
    assert ratio == pytest.approx(torch / ours, abs=0.05, rel=0.1, nan_ok=True)


def test_a_step_is_a_whole_training_step(monkeypatch):
    model = CharLM(Vocabulary(map(chr, range(benchmark.SYMBOLS))), 4)
    monkeypatch.setattr(benchmark, "CharLM", lambda *arguments: model)
    before = model.params.copies()
    benchmark.our_steps(4, 2, 3)["train"]()
    assert all((model.params[name] != before[name]).any() for name in before)


def test_it_warns_of_variables_that_hold_numpy_back():
    assert benchmark.warning({"OPENBLAS_NUM_THREADS": "1"}) is None
    sentence = benchmark.warning({"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_L2_SIZE": "512"})
    assert "OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE may hold NumPy back" in sentence


def test_without_threadpoolctl_it_says_what_would_tell_the_kernels(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    assert "threadpoolctl would tell" in benchmark.kernels()
