"""What several tests share."""

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
CHAPTER = ROOT / "data" / "a_tale_of_two_cities_chapter_1.txt"
PAGES = ROOT / "data" / "a_tale_of_two_cities_last_pages.txt"


def copies(grads):
    """The gradients as they are now: the next backward pass writes into the same arrays."""
    return {name: np.array(grad) for name, grad in grads.items()}


def refuses_in_a_sentence(call, sentence):
    """Assert that the call raises a ValueError with this in it, on one line and not a long one."""
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        call()
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300
