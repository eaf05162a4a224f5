"""Files are written whole or not at all; damaged or forged ones are refused by name, and nothing is unpickled."""

import errno
import io
import os
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers import assert_close, npy, refuses_in_a_sentence, run_python

from lstm_scratch import CharLM, Vocabulary, files, train
from lstm_scratch.files import check_writable, packed, read_arrays, unpacked, write_arrays
from lstm_scratch.parameters import Parameters

ARRAYS = {"a": np.arange(3), "b": np.ones((2, 2), np.float32)}


@pytest.fixture
def path(tmp_path):
    write_arrays(tmp_path / "file.npz", ARRAYS)
    return tmp_path / "file.npz"


def test_arrays_come_back_and_half_precision_comes_back_as_float32(path):
    back = read_arrays(path, ["b", "a"])
    assert_close(back, {"b": ARRAYS["b"], "a": ARRAYS["a"]}, 0)
    assert [array.dtype for array in back.values()] == [np.float32, ARRAYS["a"].dtype]
    write_arrays(path, {"a": np.array([0.1], np.float16)})
    assert read_arrays(path, "a")["a"].dtype == np.float32


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot limit the size of a file")
def test_a_file_that_the_system_cuts_short_leaves_the_old_one(path):
    # a real failure in the middle of writing, because no file of that process may grow beyond 10,000 bytes
    code = (
        "import resource, sys; import numpy as np; from lstm_scratch.files import write_arrays\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "write_arrays(sys.argv[1], {'a': np.arange(10_000)})"
    )
    result = run_python("-c", code, path)
    assert result.returncode == 1
    assert "File too large: the file could not be written, and is as it was before" in result.stderr
    assert os.listdir(path.parent) == ["file.npz"]
    assert_close(read_arrays(path, ARRAYS), ARRAYS, 0)


def test_a_path_that_cannot_be_written_is_named_before_the_work_and_after_it(tmp_path):
    (tmp_path / "folder.npz").mkdir()
    for place in ("absent/file.npz", "folder.npz", "x" * 300):
        for write in (check_writable, lambda path: write_arrays(path, ARRAYS)):
            with pytest.raises(OSError, match=place.split("/")[0]):
                write(tmp_path / place)
    check_writable(tmp_path / "new.npz")
    assert os.listdir(tmp_path) == ["folder.npz"]


@pytest.fixture
def no_pauses(monkeypatch):
    """Do not wait before the next try."""
    monkeypatch.setattr(files, "PAUSES", [0.0] * len(files.PAUSES))


# what a disk refuses for a moment: the name of the call, which of its calls fail, and how
PASSING = {
    "a virus scanner holds the file": ("replace", [1], PermissionError(errno.EACCES, "Permission denied")),
    "twice": ("replace", [1, 2], PermissionError(errno.EACCES, "Permission denied")),
    "five times": ("replace", [1, 2, 3, 4, 5], PermissionError(errno.EPERM, "Operation not permitted")),
    "the file is busy": ("replace", [1], OSError(errno.EBUSY, "Device or resource busy")),
    "the disk is full": ("fsync", [1, 2], OSError(errno.ENOSPC, "No space left on device")),
    "a network drive stalls": ("fsync", [1], OSError(errno.EIO, "Input/output error")),
}


def failing(patch, name, calls, error):
    """Let some calls of a function of the operating system fail."""
    known, made = getattr(os, name), []

    def call(*arguments):
        made.append(arguments)
        if len(made) in calls:
            raise error
        return known(*arguments)

    patch.setattr(os, name, call)


@pytest.mark.parametrize(("name", "calls", "error"), PASSING.values(), ids=PASSING)
# a file that may not be written to keeps that, and so does the temporary file
@pytest.mark.parametrize("mode", [0o644, 0o444])
def test_a_refusal_of_the_disk_that_passes_does_no_harm(path, monkeypatch, no_pauses, name, calls, error, mode):
    os.chmod(path, mode)
    with monkeypatch.context() as patch:
        failing(patch, name, calls, error)
        write_arrays(path, {"a": np.ones(5)})
    assert os.listdir(path.parent) == [path.name]
    assert_close(read_arrays(path), {"a": np.ones(5)}, 0)


@pytest.mark.parametrize(("name", "calls", "error"), PASSING.values(), ids=PASSING)
def test_a_refusal_of_the_disk_that_stays_keeps_the_old_file(path, monkeypatch, no_pauses, name, calls, error):
    with monkeypatch.context() as patch:
        failing(patch, name, range(100), error)
        with pytest.raises(OSError, match=f"{error.strerror}: the file could not be written, and is as it was before"):
            write_arrays(path, {"a": np.ones(5)})
    assert os.listdir(path.parent) == [path.name]
    assert_close(read_arrays(path, ARRAYS), ARRAYS, 0)


def test_a_fault_that_cannot_pass_is_told_at_once(path, monkeypatch):
    waits = []
    monkeypatch.setattr(files.time, "sleep", waits.append)
    failing(monkeypatch, "replace", range(100), OSError(errno.EROFS, "Read-only file system"))
    with pytest.raises(OSError, match="Read-only file system"):
        write_arrays(path, ARRAYS)
    assert waits == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_new_file_has_the_permissions_of_the_one_that_it_replaces(tmp_path):
    path = tmp_path / "file.npz"
    write_arrays(path, ARRAYS)
    (tmp_path / "other").touch()
    # as any other new file
    assert path.stat().st_mode == (tmp_path / "other").stat().st_mode
    for mode in (0o600, 0o640, 0o664, 0o444, 0o755):
        path.chmod(mode)
        write_arrays(path, ARRAYS)
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert_close(read_arrays(path, ARRAYS), ARRAYS, 0)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only administrators make links")
def test_a_symbolic_link_stays_a_link_and_its_file_is_replaced(tmp_path):
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    file = tmp_path / "there" / "file.npz"
    write_arrays(file, ARRAYS)
    links = {name: tmp_path / "here" / name for name in ("direct", "relative", "chain", "new", "loop")}
    links["direct"].symlink_to(file)
    links["relative"].symlink_to("../there/file.npz")
    links["chain"].symlink_to(links["relative"])
    links["new"].symlink_to("../there/new.npz")
    links["loop"].symlink_to(links["loop"])
    (tmp_path / "folder").symlink_to("there", target_is_directory=True)
    for number, link in enumerate([links["direct"], links["relative"], links["chain"], tmp_path / "folder/file.npz"]):
        write_arrays(link, {"a": np.full(3, number)})
        assert_close(read_arrays(file), {"a": np.full(3, number)}, 0)
    # a link to a file that is yet to be written
    check_writable(links["new"])
    write_arrays(links["new"], ARRAYS)
    assert sorted(os.listdir(tmp_path / "there")) == ["file.npz", "new.npz"]
    for write in (check_writable, lambda path: write_arrays(path, ARRAYS)):
        with pytest.raises(OSError, match="loop"):
            write(links["loop"])
    assert all(link.is_symlink() for link in links.values())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_pipe_is_not_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for write in (check_writable, lambda path: write_arrays(path, ARRAYS)):
        with pytest.raises(OSError, match="it is a device or a pipe"):
            write(tmp_path / "pipe")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.parametrize("name", ["x" * 240, "x" * 251 + ".npz", "ü" * 120, "\U0001f600" * 60, "file with spaces.npz"])
def test_a_long_name_is_no_problem_as_long_as_the_system_allows_it(tmp_path, name):
    check_writable(tmp_path / name)
    write_arrays(tmp_path / name, ARRAYS)
    assert os.listdir(tmp_path) == [name]
    assert_close(read_arrays(tmp_path / name, ARRAYS), ARRAYS, 0)


def test_several_threads_that_write_the_same_file_leave_a_whole_one(path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write_arrays(path, {"a": np.full(50_000, number)}), range(40)))
    assert len(set(read_arrays(path)["a"])) == 1 and os.listdir(path.parent) == [path.name]


def test_what_could_not_be_read_is_not_written(path):
    with pytest.raises(ValueError, match="b contains Python objects"):
        write_arrays(path, {"a": np.ones(2), "b": np.array([{}, "x"], object)})
    assert_close(read_arrays(path, ARRAYS), ARRAYS, 0)


DESCRIPTIONS = {
    "a set": {"a": {1}},
    "an array": {"a": np.ones(2)},
    "NaN": {"a": float("nan")},
    "infinity": {"a": [float("inf")]},
    "bytes": {"a": b"x"},
    "a complex number": {"a": 1j},
    "a key that is no text": {"a": {1: 2}},
    "two keys that become one": {1: 2, "1": 3},
    "a tuple, which would become a list": {"a": (1, 2)},
    "a key that is a tuple": {(1, 2): 3},
    "NumPy's whole number": {"a": np.int64(3)},
    "an object": {"a": object()},
}


@pytest.mark.parametrize("description", DESCRIPTIONS.values(), ids=DESCRIPTIONS)
def test_a_description_that_would_not_come_back_is_refused(description):
    with pytest.raises(ValueError, match="JSON"):
        packed(description)


def test_a_description_comes_back():
    itself = {}
    itself["a"] = itself
    with pytest.raises(ValueError, match="JSON cannot hold it: Circular reference"):
        packed(itself)
    description = {"a": [1, 2.5, None, True, {"b": "é\ud800"}], "": {}, "c": 2**100, "d": np.float64(0.1)}
    assert unpacked(packed(description)) == description
    for wrong in (b"[1]", b"3", b"null"):
        with pytest.raises(ValueError, match="its description is not a table of names and values"):
            unpacked(np.frombuffer(wrong, np.uint8))


def test_the_core_needs_no_locks_and_no_threads(tmp_path):
    """Python in a browser has no module fcntl, or an empty one, and can start no thread."""
    code = (
        "import sys, threading, types\n"
        "sys.modules['fcntl'] = types.ModuleType('fcntl') if sys.argv[2] == 'empty' else None\n"
        "def refuse(self): raise RuntimeError('can\\'t start new thread')\n"
        "threading.Thread.start = refuse\n"
        "from lstm_scratch import CharLM, Vocabulary, train\n"
        "text = 'hello world ' * 60\n"
        "model = CharLM(Vocabulary.from_text(text), 4)\n"
        "history = train(model, text, text[:50], epochs=1, batch_size=2, seq_length=10, learning_rate=0.01)\n"
        "model.save(sys.argv[1])\n"
        "print(len(history), len(CharLM.load(sys.argv[1]).sample('h', 3, rng=0)))\n"
    )
    for kind in ("empty", "absent"):
        result = run_python("-c", code, tmp_path / "model.npz", kind)
        assert (result.returncode, result.stdout) == (0, "1 3\n"), result.stderr


def archive(*contents, compression=zipfile.ZIP_STORED):
    """The bytes of an archive whose array a has these contents, or of an empty archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as made:
        for array in contents:
            made.writestr("a.npy", array)
    return content.getvalue()


FOUR = np.arange(4, dtype=np.int32)
CLAIM = "{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}"
GOOD = archive(npy(FOUR))
NOT_ARRAYS = {
    "text": (b"It was the best of times", "it is not an .npz file"),
    "nothing": (b"", "it is not an .npz file"),
    "a single array": (npy(FOUR), "it is not an .npz file"),
    "an archive cut short": (GOOD[:-30], "it is not an .npz file"),
    "another archive": (archive(), "it has no array named a"),
    "a changed number": (GOOD.replace(FOUR.tobytes(), FOUR[::-1].tobytes()), "Bad CRC-32"),
    "a compressed array": (archive(npy(FOUR), compression=zipfile.ZIP_DEFLATED), "its arrays are compressed"),
    "objects": (archive(npy(FOUR, CLAIM.format("|O", "(4,)"))), "Object arrays cannot be loaded"),
    "too few numbers": (archive(npy(FOUR, CLAIM.format("<i4", "(5,)"))), "EOF"),
    "4 GB claimed": (archive(npy(FOUR, CLAIM.format("<i4", "(1000000000,)"))), "EOF"),
    "2⁶³ numbers claimed": (archive(npy(FOUR, CLAIM.format("<i4", "(9223372036854775808,)"))), "cannot be used: "),
    "a header that is code": (archive(npy(FOUR, "__import__('os').abort()")), "malformed node"),
    "no header": (archive(b"not an array"), "cannot be used: "),
}


@pytest.mark.parametrize(("content", "sentence"), NOT_ARRAYS.values(), ids=NOT_ARRAYS)
def test_a_file_that_does_not_hold_the_arrays_is_named(tmp_path, content, sentence):
    path = tmp_path / "file.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"^{path} cannot be used: ") as caught:
        read_arrays(path, ["a"])
    assert sentence in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot tell the largest memory of a process")
def test_what_a_false_header_claims_is_not_filled(tmp_path):
    (tmp_path / "file.npz").write_bytes(NOT_ARRAYS["4 GB claimed"][0])
    code = (
        "import contextlib, resource, sys; from lstm_scratch.files import read_arrays\n"
        "largest = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = largest()\n"
        "with contextlib.suppress(ValueError): read_arrays(sys.argv[1], ['a'])\n"
        "print((largest() - before) // (1024 if sys.platform == 'darwin' else 1))"
    )
    # in kB
    assert int(run_python("-c", code, tmp_path / "file.npz").stdout) < 100_000


MODELS = {
    "a layer": ({"W_y": None}, "it has no array named W_y"),
    "a second layer": ({"U2": np.zeros((8, 2))}, "it also has arrays of unknown meaning: U2"),
    "a turned array": ({"W_y": np.zeros((2, 3))}, "W_y must have shape (3, 2), not (2, 3)"),
    "NaN": ({"b": np.full(8, np.nan)}, "b must be finite"),
    "U without columns": ({"U": np.zeros((8, 0))}, "U must have shape (8, 2), not (8, 0)"),
    "U too large": ({"U": np.zeros((80, 2))}, "it declares 2 hidden units, and its U has those of 20"),
    "whole numbers": ({"W": np.zeros((8, 3), int)}, "dtype must be float32 or float64, not int64"),
    "unsorted characters": ({"characters": np.array([99, 98, 97])}, "in sorted order"),
    "characters beyond Unicode": ({"characters": np.array([97, 98, 0x110000])}, "chr() arg not in range"),
}


@pytest.mark.parametrize(("changed", "sentence"), MODELS.values(), ids=MODELS)
def test_arrays_that_are_no_model_are_refused(path, changed, sentence):
    model = CharLM(Vocabulary("abc"), 2)
    model.save(path)
    arrays = {**read_arrays(path), **changed}
    write_arrays(path, {name: array for name, array in arrays.items() if array is not None})
    refuses_in_a_sentence(lambda: CharLM.load(path), f"{path} cannot be used: ")
    refuses_in_a_sentence(lambda: CharLM.load(path), sentence)


def declaring(path, **architecture):
    """A model's file that declares this architecture."""
    CharLM(Vocabulary("abc"), 2).save(path)
    arrays = read_arrays(path)
    arrays["architecture"] = packed(architecture)
    write_arrays(path, arrays)
    return path


def test_the_architecture_is_in_the_file_and_an_option_is_never_dropped(tmp_path):
    path = tmp_path / "model.npz"
    CharLM(Vocabulary("abc"), 2).save(path)
    assert unpacked(read_arrays(path)["architecture"]) == {"hidden_size": 2}
    with pytest.raises(ValueError, match="it is a model with layers, which CharLM does not have"):
        CharLM.load(declaring(path, hidden_size=2, layers=2))
    with pytest.raises(ValueError, match="it declares 1000000 hidden units, and its U has those of 2"):
        CharLM.load(declaring(path, hidden_size=10**6))
    # a model file of before there was an architecture
    arrays = read_arrays(declaring(path, hidden_size=2))
    del arrays["architecture"]
    write_arrays(path, arrays)
    assert CharLM.load(path).hidden_size == 2


class WithOption(CharLM):
    """A model with an option of its own, which adds an array."""

    def __init__(self, vocabulary, hidden_size, *, skip=False, **options):
        super().__init__(vocabulary, hidden_size, **options)
        self.skip = skip
        if skip:
            self.params = Parameters(**self.params, W_skip=np.ones((len(vocabulary),) * 2, self.dtype))

    @property
    def architecture(self):
        return {**super().architecture, "skip": self.skip}


def test_an_option_that_is_added_is_saved_and_loaded_without_a_change_elsewhere(tmp_path):
    path = tmp_path / "model.npz"
    model = WithOption(Vocabulary("abc"), 2, skip=True)
    model.params["W_skip"][...] = 5
    model.save(path)
    back = WithOption.load(path)
    assert back.skip and (back.params["W_skip"] == 5).all()
    with pytest.raises(ValueError, match="it is a model with skip, which CharLM does not have"):
        CharLM.load(path)


@pytest.mark.parametrize("patience", [None, 3])
def test_the_model_of_a_checkpoint_can_be_taken_out(tmp_path, patience):
    text = "the cat sat on the mat. " * 20
    model, path = CharLM(Vocabulary.from_text(text), 8), tmp_path / "run.npz"
    options = {"epochs": 4, "batch_size": 4, "seq_length": 12, "learning_rate": 0.05, "progress": False}
    history = train(model, text, text[:90], **options, patience=patience, checkpoint=path)
    assert CharLM.load(path).bits_per_char(text[:90]) == history["valid_bits"].min()
