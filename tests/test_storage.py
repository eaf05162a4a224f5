import os

import numpy as np
import pytest

from lstm_scratch.storage import read_arrays, write_arrays


def test_round_trip(tmp_path):
    arrays = {"a": np.arange(3), "b": np.ones((2, 2), np.float32)}
    write_arrays(tmp_path / "file.npz", arrays)
    back = read_arrays(tmp_path / "file.npz")
    assert list(back) == ["a", "b"]
    for name in arrays:
        np.testing.assert_array_equal(back[name], arrays[name])


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    path = tmp_path / "file.npz"
    write_arrays(path, {"a": np.arange(3)})

    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_arrays(path, {"a": np.arange(4)})
    assert os.listdir(tmp_path) == ["file.npz"]
    np.testing.assert_array_equal(read_arrays(path)["a"], np.arange(3))


def test_a_truncated_file_is_refused(tmp_path):
    path = tmp_path / "file.npz"
    write_arrays(path, {"a": np.arange(1000)})
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValueError, match="cannot|can be read"):
        read_arrays(path)
