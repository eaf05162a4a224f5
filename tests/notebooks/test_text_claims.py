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


@pytest.mark.parametrize(("seed", "without", "with_dropout", "ahead"), [(1, 2.76, 2.53, 0.14), (2, 2.75, 2.50, 0.11)])
def test_with_other_seeds_dropout_helps_as_much_and_counting_stays_ahead(seed, without, with_dropout, ahead):
    train_text, held_out = split_text(clean_text(read_text(CHAPTER)), held_out=0.1)
    vocabulary = Vocabulary.from_text(train_text + held_out)
    calm = SETTINGS | {"batch_size": 4, "learning_rate": 0.006, "rng": seed, "epochs": 120, "progress": False}
    larger, dropped = (CharLM(vocabulary, 128, dtype=np.float64, rng=seed) for _ in range(2))
    train(larger, train_text, held_out, patience=8, **calm)
    train(dropped, train_text, held_out, patience=120, dropout=0.6, weight_drop=0.6, **calm)
    assert larger.bits_per_char(held_out) == pytest.approx(without, abs=0.005)
    assert dropped.bits_per_char(held_out) == pytest.approx(with_dropout, abs=0.005)
    counting = NGram(vocabulary, train_text, order=8)
    difference = lead(-np.log2(counting.probabilities(held_out)), bits_of_each(dropped, held_out))
    assert difference.mean == pytest.approx(ahead, abs=0.005) and difference.error == pytest.approx(0.10, abs=0.005)
