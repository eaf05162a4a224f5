"""While a run writes to a file, no other may, and whoever held a lock, it ends with them."""

import os
import subprocess
import sys

import pytest
from helpers import ROOT

from lstm_scratch.command import lock
from lstm_scratch.command.lock import locked

# takes the lock of a file and holds it until a line arrives on the standard input
HOLDER = """
import sys
from lstm_scratch.command.lock import locked
with locked(sys.argv[1]):
    print("locked", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock of file.npz."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "file.npz")]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "locked\n"
    yield process
    process.kill()
    process.communicate()


def test_a_file_that_another_process_has_locked_is_refused_at_once_and_free_when_that_ends(tmp_path, holder):
    with pytest.raises(BlockingIOError, match=r"another run is writing to this file.*file\.npz"):
        with locked(tmp_path / "file.npz"):
            pass
    holder.communicate("\n")
    assert os.listdir(tmp_path) == []
    with locked(tmp_path / "file.npz"):
        assert os.listdir(tmp_path) == [".file.npz.lock"]
    assert os.listdir(tmp_path) == []


def test_the_lock_of_a_killed_process_locks_nothing(tmp_path, holder):
    holder.kill()
    holder.communicate()
    assert os.listdir(tmp_path) == [".file.npz.lock"]
    with locked(tmp_path / "file.npz"):
        pass
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only administrators make links")
def test_a_link_and_its_file_have_one_lock(tmp_path, holder):
    (tmp_path / "link.npz").symlink_to(tmp_path / "file.npz")
    with pytest.raises(BlockingIOError), locked(tmp_path / "link.npz"):
        pass


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no file that is open")
def test_a_lock_that_its_holder_has_removed_is_not_taken_for_one(tmp_path, monkeypatch):
    """After we have opened the small file and before we lock it, its holder may end and remove it."""
    known, removed = lock.lock_descriptor, []

    def lock_after_the_holder_has_ended(descriptor):
        if not removed:
            removed.append((tmp_path / ".file.npz.lock").unlink())
        known(descriptor)

    monkeypatch.setattr(lock, "lock_descriptor", lock_after_the_holder_has_ended)
    with locked(tmp_path / "file.npz"):
        assert removed and os.listdir(tmp_path) == [".file.npz.lock"]
