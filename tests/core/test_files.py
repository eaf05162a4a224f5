"""Files are written whole or not at all; damaged or forged ones are refused by name, and nothing is unpickled."""

import io
import json
import os
import zipfile

import numpy as np
import pytest
from helpers import assert_close, npy, refuses_in_a_sentence, run_python

from lstm_scratch import CharLM, Vocabulary, train
from lstm_scratch.files import check_writable, read_arrays, write_arrays
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
    for place in ("absent/file.npz", "folder.npz"):
        for write in (check_writable, lambda path: write_arrays(path, ARRAYS)):
            with pytest.raises(OSError, match=place.split("/")[0]):
                write(tmp_path / place)
    check_writable(tmp_path / "new.npz")
    assert os.listdir(tmp_path) == ["folder.npz"]


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


def test_a_file_keeps_its_permissions_and_a_link_stays_a_link(path):
    os.chmod(path, 0o640)
    link = path.parent / "link.npz"
    link.symlink_to(path)
    write_arrays(link, {"a": np.arange(7)})
    assert link.is_symlink() and os.stat(path).st_mode & 0o777 == 0o640
    assert read_arrays(path, "a")["a"].size == 7
    new = path.parent / "new.npz"
    write_arrays(new, ARRAYS)
    reference = path.parent / "reference"
    reference.touch()
    assert os.stat(new).st_mode == os.stat(reference).st_mode


@pytest.mark.parametrize("name", ["n" * 240 + ".npz", "ж" * 120 + ".npz", "x.npz", ".hidden"])
def test_a_long_name_is_written(tmp_path, name):
    write_arrays(tmp_path / name, ARRAYS)
    assert os.listdir(tmp_path) == [name]


def refusing(monkeypatch, times):
    """Let the system refuse so many moves, as a virus scanner does."""
    left, original = [times], os.replace

    def replace(source, target):
        left[0] -= 1
        if left[0] >= 0:
            raise PermissionError(13, "Permission denied")
        original(source, target)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr("lstm_scratch.files.PAUSES", (0, 0, 0))


@pytest.mark.parametrize("times", [1, 3])
def test_a_refusal_that_passes_is_waited_for(path, monkeypatch, times):
    refusing(monkeypatch, times)
    write_arrays(path, {"a": np.arange(9)})
    assert read_arrays(path, "a")["a"].size == 9


def test_a_refusal_that_stays_leaves_the_old_file(path, monkeypatch):
    refusing(monkeypatch, 99)
    with pytest.raises(OSError, match="Permission denied: the file could not be written, and is as it was before"):
        write_arrays(path, {"a": np.arange(9)})
    assert_close(read_arrays(path, ARRAYS), ARRAYS, 0)
    assert os.listdir(path.parent) == ["file.npz"]


@pytest.mark.parametrize("dtype", [int, complex, ">f4", bool, "U5", object, "M8[s]", np.longdouble])
def test_a_type_that_could_not_be_loaded_again_leaves_a_good_file_alone(tmp_path, dtype):
    path = tmp_path / "model.npz"
    model = CharLM(Vocabulary("abc"), 2)
    model.save(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="dtype must be float16, float32 or float64, not "):
        model.save(path, dtype=dtype)
    assert path.read_bytes() == before


@pytest.mark.parametrize("dtype", [np.float16, "f4", float, np.dtype("f8"), None])
def test_every_type_that_is_saved_is_loaded(tmp_path, dtype):
    model = CharLM(Vocabulary("abc"), 2)
    model.save(tmp_path / "model.npz", dtype=dtype)
    assert_close(CharLM.load(tmp_path / "model.npz").params, model.params, 1e-3)


def declaring(path, **architecture):
    """A model's file that declares this architecture."""
    CharLM(Vocabulary("abc"), 2).save(path)
    arrays = read_arrays(path)
    arrays["architecture"] = np.frombuffer(json.dumps(architecture).encode(), np.uint8)
    write_arrays(path, arrays)
    return path


def test_the_architecture_is_in_the_file_and_an_option_is_never_dropped(tmp_path):
    path = tmp_path / "model.npz"
    CharLM(Vocabulary("abc"), 2).save(path)
    assert json.loads(read_arrays(path)["architecture"].tobytes()) == {"hidden_size": 2}
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


@pytest.mark.parametrize("broken", ["None", "types.ModuleType('fcntl')"])
def test_the_package_is_imported_and_used_without_file_locks(tmp_path, broken):
    code = (
        f"import sys, types; sys.modules['fcntl'] = {broken}\n"
        "import lstm_scratch as l; m = l.CharLM(l.Vocabulary.from_text('abc'), 4); m.save(sys.argv[1])\n"
        "print(len(l.CharLM.load(sys.argv[1]).sample('a', 3, rng=0)))"
    )
    assert run_python("-c", code, tmp_path / "m.npz").stdout.strip() == "3"
