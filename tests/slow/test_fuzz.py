"""Ten thousand damaged and forged files: each gives a model, or a resumed run, or a ValueError, in little memory."""

import io
import json
import random
import struct
import tracemalloc
import warnings
import zipfile

import numpy as np
import pytest

from lstm_scratch import CharLM, Vocabulary, train

TEXT = "abcab" * 9
VOCABULARY = Vocabulary.from_text(TEXT)
OPTIONS = {"epochs": 1, "batch_size": 2, "seq_length": 5, "learning_rate": 0.1, "patience": 3, "progress": False}
# bytes; no file here is larger than 20,000
MEMORY = 1_000_000


def load(path):
    model = CharLM.load(path)
    assert all(np.isfinite(param).all() for param in model.params.values())
    assert len(model.sample(model.vocabulary.characters[0], 2, rng=0)) == 2


def resume(path):
    # its only epoch is done: what comes back is what stands in the file
    model = CharLM(VOCABULARY, 3)
    history = train(model, TEXT, TEXT, **OPTIONS, checkpoint=path, resume=True)
    assert len(history) == 1 and np.isfinite(history.to_numpy(dtype=float)).all()
    assert all(np.isfinite(param).all() for param in model.params.values())


def a_good_file(folder, kind):
    """The arrays of a model or of a checkpoint, and the file they stand in, as bytes."""
    model, path = CharLM(VOCABULARY, 3), folder / "good.npz"
    if kind is load:
        model.save(path)
    else:
        train(model, TEXT, TEXT, **OPTIONS, checkpoint=path)
    with np.load(path) as arrays:
        return dict(arrays), path.read_bytes()


# numbers, types, headers and values that programs stumble over
NUMBERS = [0, 1, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1]
DTYPES = ["<f4", ">f4", "<f8", "<f2", "<i8", "<u4", "|b1", "|O", "<U9", "|S0", "<M8[s]", "<c8", "|V9", "<f16", "f", ""]
TYPES = [*map(repr, DTYPES), "[('a', '<f4')]", "('<f4', (2,))", "None", "7", "[]", "{}", "b'<f4'", "'<i4, <f4'"]
DIMENSIONS = [0, 1, 2, 3, 4, 12, -1, 2**31, 2**62, 10**30, True, 1.5, None, "3"]
HEADERS = [
    "",
    "{}",
    "-" * 900,
    "(" * 900,
    "[" * 99 + "]" * 99,
    "0" * 900,
    "{'descr': ",
    "\0",
    "'\\N{DASH}'",
    "1e999",
    "9L",
]
JSON = ["", "{}", "[]", "null", "NaN", "[" * 5000, '{"settings": 1, "rows": [], "rng": {}}', "\ud800", "1" * 5000]
VALUES = [None, True, -1, 0, 2**70, 10**400, 1e308, 1e999, "", [], {}, [[]], [[1, 2, 3, 4, 5]], {"a": 1}, "PCG64"]
NAMES = ["X.npy", ".npy", "U", "../U.npy", "é.npy", "U.npy.npy", "U.npy/", "a\0b", "W.npy", "run.npy"]


def damaged(chance, content):
    """The bytes with some changed, cut off, doubled, removed, or overwritten by awkward numbers."""
    content = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        place, length = chance.randrange(len(content) + 1), chance.randint(1, 64)
        there = slice(place, place + length)
        number, size = chance.choice(NUMBERS), chance.choice([1, 2, 4, 8])
        what = chance.choice(["flip", "number", "cut", "double", "remove", "clear"])
        if what == "flip" and place < len(content):
            content[place] ^= 1 << chance.randrange(8)
        elif what == "number":
            content[place : place + size] = (number % 256**size).to_bytes(size, "little")
        elif what == "cut":
            del content[place:]
        elif what == "double":
            content[place:place] = content[there]
        elif what == "remove":
            del content[there]
        else:
            content[there] = bytes(length)
    return bytes(content)


def npy(array, header=None):
    """The bytes of an array file, with another header if one is given."""
    if header is None:
        header = str({"descr": array.dtype.str, "fortran_order": False, "shape": array.shape})
    line = header.encode("latin-1", "replace").ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(line)) + line + array.tobytes()


def forged_array(chance, array):
    """The bytes of an array file whose header or contents are not what they should be."""
    descr, order, shape = repr(array.dtype.str), "False", repr(array.shape)
    what = chance.choice(["descr", "shape", "order", "header", "values", "dtype", "reshape", "damage"])
    if what == "descr":
        descr = chance.choice(TYPES)
    elif what == "shape":
        shape = repr(tuple(chance.choices(DIMENSIONS, k=chance.randrange(4))))
    elif what == "order":
        order = chance.choice(["True", "None", "1", "'no'"])
    elif what == "header":
        return npy(array, chance.choice(HEADERS))
    elif what == "values":
        values = [np.nan, np.inf, -1e30, 1e30] if array.dtype.kind == "f" else [0, 1, 99, 2**31 - 1]
        array = array.copy()
        with np.errstate(over="ignore"):
            array.flat[chance.randrange(array.size)] = np.asarray(chance.choice(values)).astype(array.dtype)
    elif what == "dtype":
        array = array.astype(chance.choice(["f2", "f8", "i8", "u1", "c8", "U3", ">f4", ">u4"]))
        return npy(array)
    elif what == "reshape":
        return npy(np.resize(array, [chance.randrange(14) for _ in range(chance.randrange(4))]))
    else:
        return damaged(chance, npy(array))
    return npy(array, f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}")


def forged_run(chance, run):
    """The settings, history and generator of a checkpoint, with something else in one place."""
    saved, value = json.loads(run.tobytes()), chance.choice(VALUES)
    what = chance.choice(["settings", "rows", "rng", "row", "state", "inc", "has_uint32", "text"])
    if what == "row":
        saved["rows"][0][chance.randrange(5)] = value
    elif what in ("state", "inc"):
        saved["rng"]["state"][what] = value
    elif what == "has_uint32":
        saved["rng"][what] = value
    else:
        saved[what] = value
    text = chance.choice(JSON) if what == "text" else json.dumps(saved)
    return npy(np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8))


def forged(chance, arrays):
    """An archive in good order, checksums and all, with some of its arrays forged, missing, renamed or doubled."""
    members = [[f"{name}.npy", npy(array)] for name, array in arrays.items()]
    for _ in range(chance.randint(1, 2)):
        place, other = chance.randrange(len(members)), chance.randrange(len(members))
        array = arrays.get(members[place][0][:-4], np.zeros(3))
        what = chance.choice(["array", "array", "array", "run", "run", "drop", "rename", "double", "swap"])
        if what == "array":
            members[place][1] = forged_array(chance, array)
        elif what == "run" and "run" in arrays:
            # the first of them
            members[0][1] = forged_run(chance, arrays["run"])
        elif what == "drop":
            del members[place]
        elif what == "rename":
            members[place][0] = chance.choice(NAMES)
        elif what == "double":
            members.append([members[place][0], members[other][1]])
        else:
            members[place][1], members[other][1] = members[other][1], members[place][1]
    written, method = (
        io.BytesIO(),
        chance.choice([0] * 30 + [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]),
    )
    with warnings.catch_warnings(), zipfile.ZipFile(written, "w", method) as archive:
        # zipfile says that a name is there twice: it is meant to be
        warnings.simplefilter("ignore", UserWarning)
        for name, content in members:
            archive.writestr(name, content)
    return written.getvalue()


@pytest.mark.parametrize(("kind", "files"), [(load, 8800), (resume, 1300)])
def test_a_mutated_file_gives_a_model_or_a_value_error(tmp_path, kind, files):
    arrays, content = a_good_file(tmp_path, kind)
    path, seen, read = tmp_path / "file.npz", set(), 0
    seed = 0
    while len(seen) < files:
        seed += 1
        chance = random.Random(seed)
        mutated = forged(chance, arrays) if seed % 2 else damaged(chance, content)
        if mutated in seen:
            continue
        seen.add(mutated)
        path.write_bytes(mutated)
        # counting memory takes several times as long as reading the file
        if seed % 20 in (0, 1):
            tracemalloc.start()
        try:
            kind(path)
            read += 1
        except ValueError as error:
            assert str(error)
        except BaseException as error:
            raise AssertionError(f"file {seed} gave {error!r}") from error
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < MEMORY, f"file {seed}"
    # some can be read: the change fell on a byte that says nothing, or is another good value
    assert 0.01 * files < read < 0.3 * files
