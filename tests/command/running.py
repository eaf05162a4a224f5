"""How tests run the command: in this process, or as a process of its own where that matters, and what they check."""

import contextlib
import io
import os
import subprocess
import sys
import time

from helpers import ROOT, steps_in

from lstm_scratch.command import main

TEXT = "the cat sat on the mat. the rat sat on the hat. " * 12
SMALL = ["--hidden-size", "8", "--batch-size", "4", "--seq-length", "12", "--sample", "0", "--dropout", "0"]


def run(folder, *arguments, status=0):
    """What the command wrote to its two outputs, run in this folder and in this process; it ended with this status."""
    out = io.StringIO()
    errors = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors), inside(folder):
        try:
            ended = main([str(argument) for argument in arguments])
        except SystemExit as end:
            ended = end.code
    assert ended == status, errors.getvalue()
    return out.getvalue(), errors.getvalue()


@contextlib.contextmanager
def inside(folder):
    """Make this the current folder for a while."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def refused(folder, *arguments):
    """The one sentence with which the command refuses, having counted nothing and left every file alone."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    out, errors = run(folder, *arguments, status=1)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert errors.count("\n") == 1 and "counting" not in out
    return errors


def start(folder, *arguments, environment=None, **outputs):
    """Begin the command as a process, as its users do, with its outputs in pipes unless others are given."""
    variables = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    return subprocess.Popen(
        [sys.executable, "-m", "lstm_scratch", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **variables, **(environment or {})},
        encoding="utf-8",
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **outputs},
    )


def finish(process, status=0, timeout=120):
    """What the process wrote to its two outputs; it ended with this status, and without a traceback."""
    try:
        out, errors = process.communicate(timeout=timeout)
    finally:
        process.kill()
    assert process.returncode == status and "Traceback" not in (errors or ""), errors
    return out, errors


def kill(process):
    """End the process as a power cut would."""
    process.kill()
    process.communicate()


def wait_for_a_checkpoint(path, process, steps=0):
    """Wait until the process has written this checkpoint, after at least this many steps of the optimizer."""
    deadline = time.monotonic() + 60
    while not path.exists() or steps_in(path) < steps:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)


def copy_of(finished, folder):
    """A folder of one's own with all files of the finished run."""
    for path in finished[0].iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder
