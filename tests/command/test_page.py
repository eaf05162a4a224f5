"""`page` writes one file that holds a saved model, and replaces nothing unasked."""

import numpy as np
import pytest

from lstm_scratch import CharLM, Vocabulary
from lstm_scratch.command import main


@pytest.fixture
def model(tmp_path):
    CharLM(Vocabulary.from_text("при вет"), 3, rng=0).save(tmp_path / "my.model.npz")
    return tmp_path / "my.model.npz"


def test_a_page_lies_beside_the_model_under_its_name(model, capsys):
    assert main(["page", str(model)]) == 0
    written = model.with_name("my.model.html")
    assert f"{written} is written, 0.0 MB: open it in a browser\n" == capsys.readouterr().out
    assert "<title>my.model</title>" in written.read_text(encoding="utf-8")
    assert sorted(path.name for path in model.parent.iterdir()) == ["my.model.html", "my.model.npz"]


def test_an_existing_file_is_replaced_only_when_asked(model, capsys):
    other = model.with_name("other.html")
    other.write_text("mine")
    assert main(["page", str(model), "-o", str(other)]) == 1
    assert (
        f"{other} exists already: --output names another file, --overwrite replaces this one\n"
        == capsys.readouterr().err
    )
    assert other.read_text() == "mine"
    options = ["--overwrite", "--title", "Привет <b>", "--text", "</script>", "--float32"]
    assert main(["page", str(model), "-o", str(other), *options]) == 0
    written = other.read_text(encoding="utf-8")
    assert "<title>Привет &lt;b&gt;</title>" in written and written.count("</script>") == 2


def test_the_model_itself_is_never_replaced(model, capsys):
    before = model.read_bytes()
    assert main(["page", str(model), "-o", str(model), "--overwrite"]) == 1
    assert "is the model itself" in capsys.readouterr().err and model.read_bytes() == before


def test_what_is_not_a_model_makes_no_page(tmp_path, capsys):
    np.savez(tmp_path / "a.npz", a=1)
    assert main(["page", str(tmp_path / "a.npz")]) == 1
    assert main(["page", str(tmp_path / "none.npz")]) == 1
    assert "a.npz is not a model" in capsys.readouterr().err and not [*tmp_path.glob("*.html")]


def test_what_is_no_model_is_refused_in_words_of_its_user(tmp_path, capsys):
    path = tmp_path / "mine.npz"
    np.savez(path, a=np.zeros(3))
    assert main(["page", str(path)]) == 1
    assert capsys.readouterr().err == f"{path} is not a model: name the .npz file that `train` has written\n"
