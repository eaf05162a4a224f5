"""What the command refuses before any work: values, texts that cannot be read, and what would lose earlier work."""

import os
import threading
import zipfile

import pytest
from running import SMALL, TEXT, copy_of, refused, run

from lstm_scratch.command import main

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
AT_LEAST_1 = "must be a whole number of at least 1, not"
AT_LEAST_0 = "must be a whole number of at least 0, not"
POSITIVE = "must be a positive finite number, not"
SHARE = "must be at least 0 and below 1, not"
REFUSED = [
    *[("train", "--epochs", value, AT_LEAST_1) for value in ("0", "-1", "2.5", "nan", "x")],
    *[("train", "--hidden-size", value, "must be a whole number from 1 to 10,000, not") for value in ("0", "10001")],
    *[("train", name, "0", AT_LEAST_1) for name in ("--batch-size", "--seq-length", "--patience")],
    *[("train", name, "-1", AT_LEAST_0) for name in ("--seed", "--sample")],
    *[("train", "--learning-rate", value, POSITIVE) for value in ("0", "-1", "nan", "inf", "fast")],
    ("train", "--final-learning-rate", "0", POSITIVE),
    *[("train", name, value, SHARE) for name in ("--dropout", "--weight-drop") for value in ("1", "-0.1", "nan")],
    *[("train", "--held-out", value, "must be above 0 and below 1, not") for value in ("0", "1", "-1", "nan", "inf")],
    *[("train", name, "", "must be the name of a file, not") for name in ("--model", "--checkpoint", "--start")],
    *[("train", "--encoding", value, "must be an encoding of texts") for value in ("utf-99", "hex", "")],
    ("train", "--unknown", "ask", "invalid choice"),
    *[("sample", name, "-1", AT_LEAST_0) for name in ("--length", "--seed")],
    *[("sample", "--temperature", value, POSITIVE) for value in ("0", "-1", "nan", "inf")],
    ("sample", "--prompt", "", "must have at least one character"),
    ("score", "--encoding", "rot13", "must be an encoding of texts"),
    ("score", "--unknown", "learn", "invalid choice"),
]
FILES = {"train": ["book.txt"], "sample": ["model.npz"], "score": ["model.npz", "book.txt"]}


@pytest.mark.parametrize(("verb", "name", "value", "sentence"), REFUSED)
def test_a_value_out_of_its_range_is_refused_by_the_name_of_its_option(verb, name, value, sentence, capsys):
    with pytest.raises(SystemExit) as caught:
        # no file of these names is there: the value is refused before any is looked for
        main([verb, *FILES[verb], f"{name}={value}"])
    out, errors = capsys.readouterr()
    assert caught.value.code == 2 and out == ""
    assert f"error: argument {name}: {sentence}" in errors


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--batch-size", 60, "--seq-length", 60], "--batch-size 60 --seq-length 60: the text for training has 441"),
        (["--held-out", 0.999], "--held-out 0.999: holding out 0.999 of 576 characters leaves a part with fewer"),
        (["--held-out", 0.001], "--held-out 0.001: holding out 0.001 of 576 characters leaves a part with fewer"),
    ],
)
def test_a_value_that_does_not_fit_the_text_is_refused_before_anything_is_counted(tmp_path, options, sentence):
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-8")
    assert sentence in refused(tmp_path, "train", "book.txt", *options)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "model.npz exists: add --resume to continue its run, --overwrite to replace it, or --model FILE"),
        (["--model", "new.npz", "--checkpoint", "model.checkpoint.npz"], "model.checkpoint.npz exists: add --resume"),
        (["--model", "new.npz", "--resume"], "there is no checkpoint new.checkpoint.npz to continue from"),
        (["--model", "book.txt", "--overwrite"], "must be three files, not book.txt, book.txt"),
        (["--model", "./x.npz", "--checkpoint", "x.npz"], "must be three files, not book.txt, ./x.npz, x.npz"),
        (["--model", ".", "--overwrite"], ". is a folder"),
        (["--model", "absent/m.npz"], "absent/m.npz cannot be written: there is no folder"),
        (["--model", "m.npz", "--checkpoint", "absent/c.npz"], "absent/c.npz cannot be written: there is no folder"),
        (["--model", "m.npz", "--start", "book.txt"], "book.txt is not a model: name the .npz file"),
        (["--model", "m.npz", "--start", "absent.npz"], "there is no file absent.npz: MODEL must be"),
        (["--model", "m.npz", "--resume", "--checkpoint", "model.npz"], "model.npz is a model, not the checkpoint of"),
        (["--resume", "--epochs", "2"], "has already finished 3 epochs: ask for more than that, or leave --epochs out"),
        (["--model", "m.npz", "--plot", "m.jpg"], "its name must end in .png, not m.jpg"),
        (["--model", "m.npz", "--plot", "book.txt/p.png"], "book.txt/p.png cannot be written: there is no folder"),
        (
            ["--model", "m.npz", "--checkpoint", "m.history.csv"],
            "m.history.csv is the file for the scores of all epochs",
        ),
        (
            ["--model", "m.npz", "--start", "model.npz", "--hidden-size", "9"],
            "model.npz, which has 8 hidden units: leave it out",
        ),
    ],
)
def test_what_would_lose_work_is_refused_before_training(finished, arguments, sentence):
    options = [*SMALL, "--epochs", "3", *arguments]
    assert sentence in refused(finished[0], "train", "book.txt", *options)


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("caf\u00e9 au lait ".encode("latin-1") * 9, [], "try another encoding, such as cp1252"),
        ("caf\u00e9 au lait ".encode("utf-16") * 9, [], "try another encoding, such as utf-16"),
        (b"a\0b\0" * 99, [], "it has NUL characters; if it is a text, try another encoding, such as utf-16"),
        # an encoding that has just failed is not suggested again, nor is one that would fail, too
        (b"ab\xff", ["--encoding", "ascii"], "try another encoding, such as cp1252 or koi8-r\n"),
        ("caf\u00e9 \u043c\u0438\u0440".encode(), ["--encoding", "ascii"], "another encoding, which is utf-8\n"),
        (b"", [], "t.txt is empty"),
        (b"\r\n", [], "t.txt has 1 character, which is too few to train on: at least 20 are needed"),
        (b"ab", [], "t.txt has 2 characters, which are too few to train on: at least 20 are needed"),
        (b"%PDF-1.7 \xe2", [], "t.txt is a PDF document, not a plain text: extract its text"),
        (b"\x1f\x8b\x08 a", [], "t.txt is a gzip archive, not a plain text: unpack it first"),
        (b"a" * 20, ["--held-out", "0.9"], "leaves fewer than 2 to train on"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_try(tmp_path, content, options, words):
    (tmp_path / "t.txt").write_bytes(content)
    assert words in refused(tmp_path, "train", "t.txt", *options)


def test_a_document_is_neither_a_text_nor_a_model(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.docx", "w") as archive:
        archive.writestr("word/document.xml", "It was the best of times")
    assert "t.docx is a ZIP archive, as .docx" in refused(tmp_path, "train", "t.docx")
    assert refused(tmp_path, "sample", "t.docx").startswith("t.docx is not a model: name the .npz file that `train`")


@pytest.mark.parametrize("name", ["quite_another_name.md", "absent/book.txt"])
@pytest.mark.parametrize("verb", [["train"], ["train", "--resume"], ["score", "model.npz"]], ids=" ".join)
def test_a_mistyped_name_is_what_the_answer_is_about(finished, verb, name):
    assert refused(finished[0], *verb, name) == f"there is no file {name}: TEXT must be a file that exists\n"


def test_a_file_with_a_name_like_the_mistyped_one_is_named(tmp_path, capsys):
    (tmp_path / "licence.txt").write_text("some text")
    assert main(["train", str(tmp_path / "license.txt")]) == 1
    assert capsys.readouterr().err.endswith(f"license.txt: did you mean {tmp_path / 'licence.txt'}?\n")


def test_a_folder_a_model_and_a_checkpoint_are_no_texts(finished):
    assert refused(finished[0], "train", ".") == ". is a folder, and TEXT must be a file: name one in it\n"
    assert refused(finished[0], "train", "model.npz").startswith("model.npz is a model, so there is no text")
    assert refused(finished[0], "score", "model.npz", "model.checkpoint.npz").startswith("model.checkpoint.npz is the")


def test_a_checkpoint_may_be_given_for_the_model_of_its_best_epoch(finished, tmp_path):
    copy_of(finished, tmp_path)
    for verb in (["sample"], ["score"]):
        rest = ["book.txt"] if verb == ["score"] else ["--seed", 1]
        assert run(tmp_path, *verb, "model.checkpoint.npz", *rest) == run(tmp_path, *verb, "model.npz", *rest)
    options = [*SMALL, "--epochs", 1, "--start", "model.checkpoint.npz", "--model", "more.npz"]
    assert "Best after epoch 1 of 1" in run(tmp_path, "train", "book.txt", *options)[0]


@posix
def test_a_text_may_come_through_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=[TEXT])
    writer.start()
    assert "pipe: 576 characters" in run(tmp_path, "train", "pipe", *SMALL, "--epochs", 1)[0]
    writer.join()
