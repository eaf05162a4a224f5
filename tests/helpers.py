"""Paths and functions that several tests use."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
CHAPTER = ROOT / "data" / "a_tale_of_two_cities_chapter_1.txt"
PAGES = ROOT / "data" / "a_tale_of_two_cities_last_pages.txt"
# how long the notebooks train, in all their places, and a tenth of that
EPOCHS = {
    "epochs = 80": "epochs = 8",
    "epochs=80": "epochs=8",
    '"epochs": 120': '"epochs": 12',
    "updates=1500": "updates=150",
    "range(250)": "range(25)",
    "number / 250": "number / 25",
}


def copies(grads):
    """Copies of the gradients as they are now, because the next backward pass writes into the same arrays."""
    return {name: np.array(grad) for name, grad in grads.items()}


def assert_close(actual, expected, tolerance=1e-12):
    """Assert that two arrays, mappings or lists of arrays have the same shapes, and differ by at most the tolerance."""
    if isinstance(expected, dict):
        assert list(actual) == list(expected)
        actual, expected = actual.values(), expected.values()
    for one, other in zip(actual, expected, strict=True):
        assert np.shape(one) == np.shape(other)
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance)


def steps_in(checkpoint):
    """How many steps of the optimizer a checkpoint contains."""
    with np.load(checkpoint) as arrays:
        return int(arrays["optimizer.steps"])


def refuses_in_a_sentence(call, sentence, exception=ValueError):
    """Assert that the call raises this exception, and that its message is one short line with this sentence in it."""
    with pytest.raises(exception, match=re.escape(sentence)) as caught:
        call()
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def npy(array, header=None):
    """The bytes of an .npy file, with another header if one is given."""
    if header is None:
        header = str({"descr": array.dtype.str, "fortran_order": False, "shape": array.shape})
    line = header.encode("latin-1", "replace").ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(line).to_bytes(2, "little") + line + array.tobytes()


def shorten(notebook):
    """Let a notebook train for a tenth of its time, because how long it trains is not what is tried here."""
    for cell in notebook.cells:
        for long, short in EPOCHS.items():
            cell.source = cell.source.replace(long, short)


def run_python(*arguments, timeout=120, **environment):
    """Run Python in the root of the repository; return how it ended, what it printed, and its errors.

    After `timeout` seconds it is killed, with all processes that it has started, so that no test can wait forever.
    """
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    except BaseException:
        # it is first asked to end, so that it can end what it has started in other sessions, and killed a moment later
        for how in (signal.SIGTERM, signal.SIGKILL) if hasattr(os, "killpg") else ():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, how)
            time.sleep(5)
        process.kill()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)
