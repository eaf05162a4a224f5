"""What the text notebook says about its training is true where no cell computes it."""

import numpy as np
import pytest
from helpers import CHAPTER

from lstm_scratch import CharLM, Vocabulary, clean_text, read_text, split_text, train, training

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
