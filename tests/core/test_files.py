"""Files are written whole or not at all, and read with mistrust."""

import errno
import gc
import io
import os
import subprocess
import sys
import tracemalloc
import zipfile

import numpy as np
import pytest
from helpers import ROOT

from lstm_scratch.files import LEFT_OVER, ArrayFile, Header, write_arrays


def read_all(path):
    with ArrayFile(path, "a test") as file:
        return file.read(file.headers)


@pytest.fixture
def path(tmp_path):
    write_arrays(tmp_path / "file.npz", {"a": np.arange(3), "b": np.ones((2, 2), np.float32)})
    return tmp_path / "file.npz"


def test_round_trip(path):
    back = read_all(path)
    assert list(back) == ["a", "b"]
    np.testing.assert_array_equal(back["a"], np.arange(3))
    np.testing.assert_array_equal(back["b"], np.ones((2, 2)))
    assert back["b"].dtype == np.float32


def test_numpy_can_read_what_was_written_and_the_other_way_round(path):
    with np.load(path) as arrays:
        assert list(arrays) == ["a", "b"]
    # compressed, in the order of Fortran, and with the bytes the other way round
    turned = np.asfortranarray(np.arange(6.0).reshape(2, 3).astype(">f4"))
    np.savez_compressed(path, a=turned, b=np.array(3))
    with ArrayFile(path, "a test") as file:
        assert file.headers["a"] == Header((2, 3), np.dtype(np.float32))
    back = read_all(path)
    np.testing.assert_array_equal(back["a"], [[0, 1, 2], [3, 4, 5]])
    assert back["b"] == 3


def test_a_full_disk_leaves_the_old_file_and_no_rest(path, monkeypatch):
    def full_disk(file):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left.*: the file could not be written.*file.npz") as caught:
        write_arrays(path, {"a": np.arange(4)})
    assert caught.value.errno == errno.ENOSPC and caught.value.filename == str(path)
    assert os.listdir(path.parent) == ["file.npz"]
    np.testing.assert_array_equal(read_all(path)["a"], np.arange(3))


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot limit the size of a file")
def test_a_file_that_the_system_cuts_short_leaves_the_old_one(path):
    # a real failure in the middle of writing: no file of this process may grow beyond 10,000 bytes
    code = (
        "import resource, sys; import numpy as np; from lstm_scratch.files import write_arrays\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "write_arrays(sys.argv[1], {'a': np.arange(10_000)})"
    )
    result = subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 1
    assert "File too large: the file could not be written, and is as it was before" in result.stderr
    assert os.listdir(path.parent) == ["file.npz"]
    np.testing.assert_array_equal(read_all(path)["a"], np.arange(3))


def test_a_folder_that_is_not_there_or_a_folder_in_place_of_the_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"the file could not be written.*absent.*file\.npz"):
        write_arrays(tmp_path / "absent" / "file.npz", {"a": np.arange(4)})
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(OSError, match=r"the file could not be written.*folder\.npz"):
        write_arrays(tmp_path / "folder.npz", {"a": np.arange(4)})
    assert os.listdir(tmp_path) == ["folder.npz"]


def test_leftovers_of_killed_writers_are_removed_in_time(path):
    old, young, other = (path.parent / name for name in (".file.npz.12.part", ".file.npz.13.part", ".more.npz.12.part"))
    for left_over in (old, young, other):
        left_over.write_bytes(b"PK half a file")
    for left_over in (old, other):
        os.utime(left_over, (0, os.path.getmtime(young) - LEFT_OVER - 1))
    write_arrays(path, {"a": np.arange(4)})
    assert sorted(os.listdir(path.parent)) == sorted([young.name, other.name, path.name])
    np.testing.assert_array_equal(read_all(path)["a"], np.arange(4))


def npy(array, header=None):
    """The bytes of an .npy file, with another header if one is given."""
    content = io.BytesIO()
    np.save(content, array)
    if header is None:
        return content.getvalue()
    line = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(line).to_bytes(2, "little") + line + array.tobytes()


def write_members(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)


FOUR = np.arange(4, dtype=np.int32)
CLAIM = "{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            [("a.npy", npy(FOUR, CLAIM.format("<i4", "(5,)")))],
            r"a in .* claims shape \(5,\) of int32: 20 bytes, but .* 16",
        ),
        ([("a.npy", npy(FOUR, CLAIM.format("<i4", "(10**9,)")))], "a is damaged"),
        ([("a.npy", npy(FOUR, CLAIM.format("<i4", "(2000000000, 2000000000)")))], "a in .* claims shape"),
        ([("a.npy", npy(FOUR, CLAIM.format("<i4", "(-2, -2)")))], r"a in .* claims shape \(-2, -2\)"),
        ([("a.npy", npy(FOUR, CLAIM.format("<f8", "(4,)")))], "32 bytes, but the file has 16"),
        ([("a.npy", npy(FOUR, "{" * 90))], "a is damaged"),
        ([("a.npy", npy(FOUR, "__import__('os')"))], "a is damaged"),
        ([("a.npy", npy(FOUR, CLAIM.format("nonsense", "(4,)")))], "a is damaged"),
        ([("a.npy", b"not an array")], "a is damaged"),
        ([("a.npy", npy(FOUR)[:-1])], "16 bytes, but the file has 15"),
        ([("a.npy", npy(FOUR)), ("b.txt", b"hello")], r"b\.txt is in it twice, or is no array"),
    ],
)
def test_arrays_that_are_not_what_their_headers_say_are_refused(tmp_path, members, message):
    write_members(tmp_path / "file.npz", members)
    with pytest.raises(ValueError, match=message):
        ArrayFile(tmp_path / "file.npz", "a test")


def test_an_array_that_is_there_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        write_members(tmp_path / "file.npz", [("a.npy", npy(FOUR)), ("a.npy", npy(FOUR + 1))])
    with pytest.raises(ValueError, match="is not a test: a is in it twice"):
        ArrayFile(tmp_path / "file.npz", "a test")


def test_a_compression_that_numpy_does_not_write_is_refused(tmp_path):
    write_members(tmp_path / "file.npz", [("a.npy", npy(FOUR))], zipfile.ZIP_LZMA)
    with pytest.raises(ValueError, match="a in .* is neither stored nor deflated"):
        ArrayFile(tmp_path / "file.npz", "a test")


def test_an_error_that_lives_on_holds_nothing_open(tmp_path, monkeypatch):
    noticed = []
    monkeypatch.setattr(sys, "unraisablehook", noticed.append)
    with pytest.raises(OSError) as caught:
        write_arrays(tmp_path / "absent" / "file.npz", {"a": FOUR})
    # only the collector of cycles ends these; what it finds wrong, it cannot raise
    cycle = [caught.value]
    cycle.append(cycle)
    del cycle, caught
    gc.collect()
    assert not noticed


def test_a_zip_bomb_is_refused_before_it_goes_off(tmp_path):
    # a hundred million zeros in a hundred thousand bytes; and a file that lies about the size
    np.savez_compressed(tmp_path / "honest.npz", a=FOUR, bomb=np.zeros(10**8, np.uint8))
    content = (tmp_path / "honest.npz").read_bytes()
    true_size = (10**8 + 128).to_bytes(4, "little")
    assert true_size in content
    (tmp_path / "lying.npz").write_bytes(content.replace(true_size, (1000).to_bytes(4, "little")))
    for name, message in (("honest", "bomb in .* claims to hold 100,000,128 bytes: that is absurd"), ("lying", "bomb")):
        tracemalloc.start()
        with pytest.raises(ValueError, match=message):
            read_all(tmp_path / f"{name}.npz")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1_000_000


def test_nothing_is_unpickled(tmp_path):
    np.savez(tmp_path / "file.npz", a=np.array(["a", None], dtype=object))
    with pytest.raises(ValueError, match="a is damaged .*never unpickled"):
        ArrayFile(tmp_path / "file.npz", "a test")


def test_a_changed_byte_or_a_missing_end_is_noticed(path):
    content = path.read_bytes()
    place = content.index(np.arange(3).tobytes()) + 8
    path.write_bytes(content[:place] + b"\x02" + content[place + 1 :])
    with pytest.raises(ValueError, match="a is damaged .*CRC"):
        read_all(path)
    for length in (0, 10, 500, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match="is not a file of arrays .* its table of contents is damaged"):
            ArrayFile(path, "a test")


def test_names_shapes_and_types_must_be_those_expected(path):
    whole, single = np.arange(3).dtype, np.dtype(np.float32)
    with ArrayFile(path, "a test") as file:
        with pytest.raises(ValueError, match="is not a test: it has no array named c, d"):
            file.check_names(["a", "b", "c", "d"])
        with pytest.raises(ValueError, match="is not a test: it has unknown arrays, named b"):
            file.check_names(["a"])
        with pytest.raises(ValueError, match=r"b in .* must have shape \(4,\), not \(2, 2\)"):
            file.read({"a": Header((3,), whole), "b": Header((4,), single)})
        with pytest.raises(ValueError, match="b in .* must hold float64 numbers, not float32"):
            file.read({"b": Header((2, 2), np.dtype(np.float64))})
    write_arrays(path, {"a": np.array([1.0, np.inf])})
    with pytest.raises(ValueError, match="a in .* must be finite"):
        read_all(path)
