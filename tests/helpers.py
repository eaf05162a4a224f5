"""What several tests share."""

from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
CHAPTER = ROOT / "data" / "a_tale_of_two_cities_chapter_1.txt"
PAGES = ROOT / "data" / "a_tale_of_two_cities_last_pages.txt"


def copies(grads):
    """The gradients as they are now: the next backward pass writes into the same arrays."""
    return {name: np.array(grad) for name, grad in grads.items()}
