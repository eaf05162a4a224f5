"""The verb check: it writes a template, prints the verdict on a file, and its status says whether all is right."""

from helpers import ROOT
from running import run


def write(folder, right, wrong):
    """A right LSTM with one change, as my_lstm.py."""
    source = (ROOT / "tests" / "lessons" / "readers" / "rows_in_one_matrix.py").read_text(encoding="utf-8")
    assert right in source
    (folder / "my_lstm.py").write_text(source.replace(right, wrong), encoding="utf-8")


def test_the_template_runs_and_is_said_to_be_empty_and_is_never_replaced(tmp_path):
    out, _ = run(tmp_path, "check", "my_lstm.py", "--template")
    assert out.startswith("my_lstm.py is written.")
    out, _ = run(tmp_path, "check", "my_lstm.py", status=1)
    assert out == "Not checked: forward is still empty: it must return h, c and whatever your backward needs.\n"
    _, errors = run(tmp_path, "check", "my_lstm.py", "--template", status=1)
    assert errors == "my_lstm.py exists; it is left as it is, so choose another name\n"
    _, errors = run(tmp_path, "check", "my_lstm.txt", "--template", status=1)
    assert "must end in .py" in errors


def test_the_command_prints_the_verdict_and_its_status_says_whether_all_is_right(tmp_path):
    write(tmp_path, "hs, kept = [], []", 'print("noise"); hs, kept = [], []')
    out, errors = run(tmp_path, "check", "my_lstm.py")
    assert "Backward: right, to " in out and "noise" not in out + errors
    write(tmp_path, "dcell * g", "dcell * o")
    out, _ = run(tmp_path, "check", "my_lstm.py", status=1)
    assert "The slip: di has o where g belongs." in out and "right, in cell.py:  di = dc * g" in out
    out, _ = run(tmp_path, "check", "nothing.py", status=1)
    assert out == "Not checked: there is no file nothing.py; --template writes one to fill in.\n"
