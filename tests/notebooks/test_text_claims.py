"""What the text notebook says about its training is true where no cell computes it."""

import numpy as np
import pytest
from helpers import CHAPTER

from lstm_scratch import CharLM, Vocabulary, clean_text, read_text, split_text, train, training
from lstm_scratch.study import NGram, bits_of_each, lead

pytestmark = pytest.mark.slow
SETTINGS = {"batch_size": 16, "seq_length": 32, "learning_rate": 0.02, "final_learning_rate": 1e-6, "rng": 0}


def test_the_longest_gradient_of_the_run_is_086_so_clipping_never_acts(monkeypatch):
    norms = []
    clip = training.clip_by_global_norm

    def recorded(grads, limit):
        norms.append(clip(grads, limit))
        return norms[-1]

    monkeypatch.setattr(training, "clip_by_global_norm", recorded)
    train_text, held_out = split_text(clean_text(read_text(CHAPTER)), held_out=0.1)
    model = CharLM(Vocabulary.from_text(train_text + held_out), 80, dtype=np.float64, rng=1859)
    train(model, train_text, held_out, epochs=80, progress=False, **SETTINGS)
    assert len(norms) == 9 * 80
    assert max(norms) == pytest.approx(0.86, abs=0.005)


CALM = {"batch_size": 4, "seq_length": 32, "learning_rate": 0.006, "final_learning_rate": 1e-6}
CALM.update(epochs=120, patience=120, progress=False)


@pytest.mark.parametrize(("seed", "with_dropout", "ahead"), [(1, 2.60, 0.21), (2, 2.59, 0.20)])
def test_with_other_seeds_dropout_helps_as_much_and_counting_stays_ahead(seed, with_dropout, ahead):
    train_text, held_out = split_text(clean_text(read_text(CHAPTER)), held_out=0.1)
    vocabulary = Vocabulary.from_text(train_text + held_out)
    dropped = CharLM(vocabulary, 128, dtype=np.float64, rng=seed)
    train(dropped, train_text, held_out, dropout=0.7, weight_drop=0.7, rng=seed, **CALM)
    assert dropped.bits_per_char(held_out) == pytest.approx(with_dropout, abs=0.005)
    counting = NGram(vocabulary, train_text, order=8)
    difference = lead(-np.log2(counting.probabilities(held_out)), bits_of_each(dropped, held_out))
    assert difference.mean == pytest.approx(ahead, abs=0.005) and difference.error == pytest.approx(0.13, abs=0.005)


def test_the_inner_tenth_chooses_a_share_of_07_for_dropout():
    """The last tenth of the training part, with three seeds; the held-out part has no say in it."""
    clean = clean_text(read_text(CHAPTER))
    train_text, _ = split_text(clean, held_out=0.1)
    inner_text, inner_held_out = split_text(train_text, held_out=0.1)
    means = {}
    for share in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        bits = []
        for seed in (1859, 1, 2):
            model = CharLM(Vocabulary.from_text(clean), 128, dtype=np.float64, rng=seed)
            train(model, inner_text, inner_held_out, dropout=share, weight_drop=share, rng=0, **CALM)
            bits.append(model.bits_per_char(inner_held_out))
        means[share] = np.mean(bits)
    assert min(means, key=means.get) == 0.7
    assert [round(mean, 2) for mean in means.values()] == [3.04, 3.01, 2.98, 2.96, 2.93, 2.95]


def test_on_the_held_out_part_a_share_of_06_would_have_given_254():
    clean = clean_text(read_text(CHAPTER))
    train_text, held_out = split_text(clean, held_out=0.1)
    bits = []
    for seed in (1859, 1, 2):
        model = CharLM(Vocabulary.from_text(clean), 128, dtype=np.float64, rng=seed)
        train(model, train_text, held_out, dropout=0.6, weight_drop=0.6, rng=0, **CALM)
        bits.append(model.bits_per_char(held_out))
    assert np.mean(bits) == pytest.approx(2.54, abs=0.005)
