"""How tests run the command: as a process, as its users do."""

import os
import subprocess
import sys
import time

from helpers import ROOT

TEXT = "the cat sat on the mat. the rat sat on the hat. " * 12
SMALL = ["--hidden-size", "8", "--batch-size", "4", "--seq-length", "12", "--sample", "0", "--dropout", "0"]


def start(folder, *arguments):
    """Begin the command in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    command = [sys.executable, "-m", "lstm_scratch", *map(str, arguments)]
    return subprocess.Popen(command, cwd=folder, env=environment, **pipes)


def finish(process, status=0, timeout=120):
    """What it wrote; its exit status is as expected."""
    try:
        out, errors = process.communicate(timeout=timeout)
    finally:
        process.kill()
    assert process.returncode == status and "Traceback" not in errors, errors
    return out, errors


def run(folder, *arguments, status=0):
    return finish(start(folder, *arguments), status)


def wait_for_a_checkpoint(path):
    deadline = time.monotonic() + 60
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)


def refused(folder, *arguments):
    """The one sentence with which the command refuses, at once and leaving every file alone."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    _, errors = run(folder, *arguments, status=1)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before and errors.count("\n") == 1
    return errors


def copy_of(finished, folder):
    """A folder of one's own with the text, the model and the checkpoint of the finished run."""
    for name in ("book.txt", "model.npz", "model.checkpoint.npz"):
        (folder / name).write_bytes((finished[0] / name).read_bytes())
    return folder
