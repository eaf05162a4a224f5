import os

import benchmark
import numpy as np
import pytest


@pytest.fixture
def small(monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark, "SCALING", [(2, 3)])
    monkeypatch.setattr(benchmark, "ROUNDS", 2)
    monkeypatch.setattr(benchmark, "SECONDS_A_TURN", 0.01)
    monkeypatch.setattr(benchmark, "SETTLE_SECONDS", 0.0)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_table_is_printed_and_nothing_is_written(small, capsys):
    benchmark.print_speed({"tiny": (4, 2, 3)}, with_torch=False)
    benchmark.print_scaling()
    lines = capsys.readouterr().out.splitlines()
    row = next(line for line in lines if line.startswith("tiny"))
    ours, torch, ratio = (float(number) for number in row.split("|")[1].split()[:3])
    assert ours > 0 and np.isnan(torch) and np.isnan(ratio)
    assert any(line.split()[:3] == ["128,", "2,", "3"] for line in lines)
    assert os.listdir(small) == []


def test_with_torch_the_ratio_is_torch_over_ours(small, capsys):
    pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")
    benchmark.print_speed({"tiny": (4, 2, 3)}, with_torch=True)
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("tiny"))
    ours, torch, ratio = (float(number) for number in row.split("|")[1].split()[:3])
    # the median of two rounds' ratios, and the ratio of their medians
    assert torch / ours / 3 < ratio < torch / ours * 3


def test_a_step_is_a_whole_training_step():
    step, model = benchmark.our_step(4, 2, 3)
    before = {name: param.copy() for name, param in model.params.items()}
    step()
    assert all((model.params[name] != before[name]).any() for name in before)


def test_a_wrong_number_of_threads_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmark", "--threads", "0"])
    with pytest.raises(SystemExit):
        benchmark.main()
    assert "--threads must be at least 1, not 0" in capsys.readouterr().err
