"""Each of a hundred or (slow) ten thousand damaged and forged files gives a model, a resumed run or a ValueError."""

import io
import json
import random
import zipfile

import numpy as np
import pytest
from helpers import npy

from lstm_scratch import CharLM, Vocabulary, train

TEXT = "abcab" * 9
VOCABULARY = Vocabulary.from_text(TEXT)
OPTIONS = {"epochs": 1, "batch_size": 2, "seq_length": 5, "learning_rate": 0.1, "patience": 3, "progress": False}

# values that programs stumble over: numbers in place of some bytes, parts of headers, whole headers, numbers, JSON
NUMBERS = [0, 1, 127, 255, 2**15, 2**16 - 1, 2**31, 2**32 - 1, 2**40, 2**63, 2**64 - 1]
TYPES = ["<f4", ">f4", "<f8", "<f2", "<i8", "|b1", "|O", "<U9", "|S0", "<M8[s]", "<c8", "|V9", "", "f", "<i4, <f4"]
SHAPES = [(), (0,), (3,), (12, 3), (3, 12), (-1,), (2**31,), (2**62, 2**62), (10**30,), (True,), (1.5,), None, "3"]
HEADERS = ["", "{}", "-" * 900, "(" * 900, "[" * 99 + "]" * 99, "{'descr': ", "\0", "'\\N{DASH}'", "1e999", "9L"]
VALUES = [np.nan, np.inf, -1e30, 0, 99, 2**31 - 1]
ENTRIES = [None, True, -1, 0, 2**70, 10**400, 1e308, 1e999, "", [], {}, [[]], [[1, 2, 3, 4, 5]], {"a": 1}, "PCG64"]
JSON = ["", "{}", "[]", "null", "NaN", "[" * 5000, '{"run": 1, "history": [], "rng": {}}', "\ud800", "1" * 5000]
NAMES = ["X.npy", ".npy", "U", "../U.npy", "é.npy", "U.npy.npy", "U.npy/", "a\0b", "W.npy", "about.npy"]


def load(path):
    model = CharLM.load(path)
    assert all(np.isfinite(param).all() for param in model.params.values())
    assert len(model.sample(model.vocabulary.characters[0], 2, rng=0)) == 2


def resume(path):
    # its only epoch is done, so that everything that comes back was in the file
    model = CharLM(VOCABULARY, 3)
    history = train(model, TEXT, TEXT, **OPTIONS, checkpoint=path, resume=True)
    assert np.isfinite(history.to_numpy(dtype=float)).all()
    assert all(np.isfinite(param).all() for param in model.params.values())


def damaged(chance, content):
    """The bytes with some removed, doubled, cleared, or overwritten by an awkward number, or with the end cut off."""
    content = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(content) + 1)
        part = slice(place, place + chance.choice([1, 2, 4, 8, 64]))
        size = len(content[part])
        number = chance.choice(NUMBERS) % 256**size
        new = [chance.randbytes(size), number.to_bytes(size, "little"), content[part] * 2, b"", bytes(size)]
        content[part] = chance.choice(new)
    return bytes(content[: chance.choice([place] + [None] * 5)])


def forged_array(chance, name, array):
    """The bytes of an array file whose header or contents are not what they should be."""
    header = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
    part = chance.choice([*header, "whole header", "bytes", "type", "value", "value"])
    if part in header:
        others = {"descr": TYPES, "fortran_order": [True, None, 1, "no"], "shape": SHAPES}
        return npy(array, str(header | {part: chance.choice(others[part])}))
    if part == "whole header":
        return npy(array, chance.choice(HEADERS))
    if part == "bytes":
        return damaged(chance, npy(array))
    if part == "value" and name == "about":
        return npy(np.frombuffer(forged_about(chance, array).encode("utf-8", "surrogatepass"), np.uint8))
    array = array.copy()
    # NumPy warns about numbers that do not fit, which are intended here
    with np.errstate(all="ignore"):
        if part == "type":
            return npy(array.astype(chance.choice(["f2", "f8", "i8", "u1", "U3", ">f4", ">u4"])))
        array.flat[chance.randrange(array.size)] = np.asarray(chance.choice(VALUES)).astype(array.dtype)
    return npy(array)


def forged_about(chance, array):
    """A checkpoint's description of its run, as JSON, with another value in one place."""
    about, value = json.loads(array.tobytes()), chance.choice(ENTRIES)
    places = [about, about["run"], about["history"][0], about["rng"], about["rng"]["state"]]
    place = chance.choice(places)
    place[chance.choice(list(place))] = value
    return chance.choice([json.dumps(about)] * 4 + [chance.choice(JSON)])


def forged(chance, arrays):
    """An archive with right checksums, in which an array is forged, missing, renamed or swapped with another."""
    members = [[f"{name}.npy", npy(array)] for name, array in arrays.items()]
    place, other = chance.randrange(len(members)), chance.randrange(len(members))
    what = chance.choice(["forge"] * 6 + ["drop", "rename", "swap"])
    if what == "forge":
        # half of the time it is the first array, which describes the others
        name = chance.choice([next(iter(arrays)), chance.choice(list(arrays))])
        members[list(arrays).index(name)][1] = forged_array(chance, name, arrays[name])
    elif what == "drop":
        del members[place]
    elif what == "rename":
        members[place][0] = chance.choice(NAMES)
    else:
        members[place][1], members[other][1] = members[other][1], members[place][1]
    written, method = io.BytesIO(), chance.choice([zipfile.ZIP_STORED] * 20 + [zipfile.ZIP_DEFLATED])
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return written.getvalue()


@pytest.mark.parametrize("files", [50, pytest.param(5000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("use", [load, resume])
# a renamed array may have the name of another one, which is intended
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_damaged_file_gives_a_model_or_a_value_error(tmp_path, use, files):
    path, read = tmp_path / "file.npz", 0
    model = CharLM(VOCABULARY, 3)
    if use is load:
        model.save(path)
    else:
        train(model, TEXT, TEXT, **OPTIONS, checkpoint=path)
    content = path.read_bytes()
    with np.load(path) as archive:
        arrays = dict(archive)
    for seed in range(files):
        chance = random.Random(seed)
        path.write_bytes(forged(chance, arrays) if seed % 2 else damaged(chance, content))
        try:
            use(path)
            read += 1
        except ValueError as error:
            assert str(path) in str(error), f"file {seed}: {error}"
        except BaseException as error:
            raise AssertionError(f"file {seed} gave {error!r}") from error
    # some can still be read, because the change fell on a byte without a meaning, or gave another valid value
    assert 0 < read < files / 2
