"""What `train` says, saves and draws, from the text to the sample; and how it counts characters."""

import re

import numpy as np
import pandas as pd
import pytest
from running import SMALL, TEXT, copy_of, refused, run

from lstm_scratch import CharLM


def test_a_run_says_what_it_reads_what_it_chose_and_how_it_stands(finished):
    folder, out, errors = finished
    assert "book.txt: 576 characters\n441 characters to learn from, 49 in held-out pieces to choose the epoch" in out
    assert "and the last 86 to score once, at the end." in out
    assert "--hidden-size 8 --epochs 3 --batch-size 4 --seq-length 12 --learning-rate 0.008" in out
    assert "3.585 if all 12 characters are equally likely" in out
    assert re.search(r"[\d.]+ by counting: the best n-gram, smoothed as Kneser and Ney do it", out)
    pieces, last = (float(bits) for bits in re.findall(r"(?:of 3|choose anything): ([\d.]+) bits per character", out))
    assert "No verdict: 85 scored characters are too few" in out
    model = CharLM.load(folder / "model.npz")
    assert model.hidden_size == 8 and model.bits_per_char(TEXT[-86:]) == pytest.approx(last, abs=6e-4)
    middle = TEXT[245 - 24 : 245 + 25]
    assert model.bits_per_char(middle) == pytest.approx(pieces, abs=6e-4)


def test_the_history_lies_beside_the_model(finished):
    folder, out, _ = finished
    history = pd.read_csv(folder / "model.history.csv")
    assert history["epoch"].tolist() == [1, 2, 3]
    scores = history["valid_bits"]
    assert f"Best after epoch 3 of 3: {scores[2]:.3f} bits per character" in out


def test_a_picture_of_the_curve_is_drawn_and_replaced_only_when_asked(finished, tmp_path):
    copy_of(finished, tmp_path)
    train = ["train", "book.txt", *SMALL, "--epochs", "4", "--plot", "curve.png"]
    run(tmp_path, *train, "--resume")
    picture = (tmp_path / "curve.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(pd.read_csv(tmp_path / "model.history.csv")) == 4
    assert "curve.png exists: add --overwrite" in refused(tmp_path, *train, "--model", "new.npz")


def test_the_full_bar_says_so(finished):
    last = finished[2].rstrip().splitlines()[-1]
    assert re.fullmatch(r"epoch 3/3 \|█+\| held out \d\.\d\d  train \d\.\d\d  \d\d:\d\d", last)


def test_a_run_is_lengthened_replaced_and_begun_with_a_saved_model(finished, tmp_path):
    copy_of(finished, tmp_path)
    train = ["train", "book.txt", *SMALL]
    out, _ = run(tmp_path, *train, "--epochs", 5, "--resume")
    assert "continuing after epoch 3 of 5\n" in out and "Best after epoch 5 of 5" in out
    run(tmp_path, *train, "--epochs", 1, "--overwrite", "--float16", "--sample", 9)
    assert CharLM.load(tmp_path / "model.npz").dtype == np.float32
    out, _ = run(tmp_path, *train[:2], "--epochs", 1, "--sample", 9, "--start", "model.npz", "--model", "more.npz")
    assert "--hidden-size 8 --epochs 1" in out and len(out.split("|")[1]) == 9 + len("\n")
    assert run(tmp_path, "sample", "model.npz", "--prompt", "the ", "--length", 0)[0] == "the \n"
    assert re.search(r"[\d.]+ bits per character; 3.585\d if all", run(tmp_path, "score", "more.npz", "book.txt")[0])


@pytest.mark.parametrize("rate", ["1e9", "0.5"])
def test_a_run_that_diverges_ends_with_advice_and_status_1(rate, tmp_path):
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-8")
    _, errors = run(tmp_path, "train", "book.txt", *SMALL, "--learning-rate", rate, "--hidden-size", 64, status=1)
    assert "where guessing costs 3.58; try a lower learning rate" in errors and not (tmp_path / "model.npz").exists()


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("caf\u00e9 au lait ".encode("cp1252") * 50, ["--encoding", "cp1252"], "t.txt: 650 characters\n"),
        (("\ufeff" + "one line\n" * 50).encode("utf-16-le"), ["--encoding", "utf-16-le"], "t.txt: 450 characters\n"),
        (b"one line\r\n" * 50, [], "t.txt: 500 characters, without 50 \\r of line ends\n344 characters to learn"),
        (b"x\n*** START OF THE BOOK ***\n" + b"one line\n" * 50, [], "478 characters, without 28 of Project Gutenberg"),
        (b"a" * 500, [], "0.000 if all 1 characters are equally likely (log2 1),\n  0.000 by counting"),
    ],
)
def test_numbers_of_characters_are_those_of_the_file(tmp_path, content, options, words):
    (tmp_path / "t.txt").write_bytes(content)
    assert words in run(tmp_path, "train", "t.txt", *SMALL, "--epochs", 1, *options)[0].replace("\r\n", "\n")


def test_a_poem_of_three_lines_ends_in_a_sentence(tmp_path):
    poem = "A short poem.\nIt has two lines, and a third.\nThe third is here.\n"
    (tmp_path / "poem.txt").write_text(poem, encoding="utf-8")
    out, _ = run(tmp_path, "train", "poem.txt", "--epochs", 2, "--sample", 0)
    assert "No verdict: " in out and "ahead of" not in out and "behind" not in out
