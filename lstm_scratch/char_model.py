"""A character model: given the characters so far, how likely is each next one?

h = LSTM(one-hot characters)        p(next) = softmax(W_y h + b_y)
"""

import contextlib
import math
from collections.abc import Iterator

import numpy as np

from lstm_scratch.activations import cross_entropy
from lstm_scratch.checks import check_array, check_positive
from lstm_scratch.files import Arrays, FilePath, naming, read_arrays, write_arrays
from lstm_scratch.kernels import Workspace
from lstm_scratch.layer import LSTM, DType, Rng, State
from lstm_scratch.optimizers import dropout_mask
from lstm_scratch.parameters import Parameters
from lstm_scratch.text import Vocabulary

# how many characters are scored at a time
PIECE = 512


class CharLM:
    """Characters → LSTM → softmax. `params` holds W, U, b of the LSTM, then W_y (V, H) and b_y (V,) of the output.

    dtype is float32 or float64; rng is a seed or a numpy Generator.
    """

    def __init__(
        self, vocabulary: Vocabulary, hidden_size: int, *, forget_bias: float = 1.0, dtype: DType = "f4", rng: Rng = 0
    ) -> None:
        V, rng = len(vocabulary), np.random.default_rng(rng)
        self.vocabulary = vocabulary
        self.lstm = LSTM(V, hidden_size, forget_bias=forget_bias, dtype=dtype, rng=rng)
        bound = 1 / np.sqrt(hidden_size)
        W_y = rng.uniform(-bound, bound, (V, hidden_size)).astype(self.lstm.dtype)
        self.params = Parameters(**self.lstm.params, W_y=W_y, b_y=np.zeros(V, self.lstm.dtype))
        self._memory = Workspace(self.lstm.dtype)

    def __repr__(self) -> str:
        return f"CharLM({self.vocabulary!r}, hidden_size={self.lstm.hidden_size}, dtype={self.lstm.dtype})"

    def output(self, h: np.ndarray) -> np.ndarray:
        """The scores of the next character, (..., V), from h (..., H)."""
        # logits = W_y h + b_y
        return h @ self.params["W_y"].T + self.params["b_y"]

    def logits(self, ids: np.ndarray, state: State | None = None) -> tuple[np.ndarray, State]:
        """Scores of the next character after each of ids (T, B): (T, B, V), and the last state."""
        h, state = self.lstm.forward(ids, state)
        return self.output(h), state

    def loss_and_grads(
        self,
        inputs: np.ndarray,
        targets: np.ndarray,
        state: State | None = None,
        *,
        dropout: float = 0.0,
        weight_drop: float = 0.0,
        rng: Rng = 0,
    ) -> tuple[float, Arrays, State]:
        """Cross-entropy in nats per character, its gradients, and the state to carry into the next window.

        inputs and targets are indices (T, B), targets one character later. The gradients stop at the start of the
        window: truncated backpropagation through time (Williams and Peng, 1990). The next call overwrites the arrays.
        dropout is the share of h that is hidden from the output layer; weight_drop is the share of U that is set to
        zero, the same at every step (DropConnect, as in Merity, Keskar and Socher, *Regularizing and Optimizing LSTM
        Language Models*, 2018); rng draws both. Raises ValueError if the shapes differ or an index is outside the
        vocabulary, FloatingPointError if the loss is not finite.
        """
        inputs, targets = np.asarray(inputs), np.asarray(targets)
        if inputs.ndim != 2 or inputs.shape != targets.shape:
            raise ValueError(f"inputs and targets must both be (T, B), not {inputs.shape} and {targets.shape}")
        rng, W_y, U, H = np.random.default_rng(rng), self.params["W_y"], self.params["U"], self.lstm.hidden_size
        h_mask = dropout_mask(rng, (inputs.size, H), dropout, U.dtype) if dropout else None
        U_mask = dropout_mask(rng, U.shape, weight_drop, U.dtype) if weight_drop else 1
        # the forward and the backward pass both see U ⊙ mask
        with masked(U, U_mask):
            h, state = self.lstm.forward(inputs, state)
            h_seen = h.reshape(-1, H) if h_mask is None else h.reshape(-1, H) * h_mask
            # logits = W_y h + b_y
            logits = np.matmul(h_seen, W_y.T, out=self._memory("logits", inputs.size, len(W_y)))
            logits += self.params["b_y"]
            loss, dlogits = cross_entropy(logits, targets.ravel())
            if not math.isfinite(loss):
                raise FloatingPointError("the loss is not finite: the parameters have grown too large, or contain NaN")
            # dh = (W_yᵀ dlogits) ⊙ mask
            dh = np.matmul(dlogits, W_y, out=self._memory("dh", inputs.size, H))
            if h_mask is not None:
                dh *= h_mask
            self.lstm.backward(dh.reshape(h.shape))
        # dU = (gradient of U ⊙ mask) ⊙ mask
        self.lstm.grads["U"] *= U_mask
        # dW_y = Σ dlogits hᵀ, db_y = Σ dlogits
        return loss, {**self.lstm.grads, "W_y": dlogits.T @ h_seen, "b_y": dlogits.sum(axis=0)}, state

    def bits_per_char(self, text: str) -> float:
        """Mean of -log₂ p(character | all before it) over the text, from the second character on.

        The text is read piece by piece, and the state is carried from one to the next. Raises ValueError for an
        unknown character or a text of fewer than two, FloatingPointError if the score is not finite.
        """
        if len(text) < 2:
            raise ValueError(f"a text needs at least 2 characters to be scored, not {len(text)}")
        ids, state, nats = self.vocabulary.encode(text), None, 0.0
        for start in range(0, len(ids) - 1, PIECE):
            inputs, targets = ids[start : start + PIECE], ids[start + 1 : start + PIECE + 1]
            logits, state = self.logits(inputs[: len(targets), None], state)
            nats += len(targets) * cross_entropy(logits[:, 0], targets)[0]
        if not math.isfinite(nats):
            raise FloatingPointError("the score is not finite: the parameters have grown too large, or contain NaN")
        return nats / (len(ids) - 1) / math.log(2)

    def sample(self, prompt: str, length: int, *, temperature: float = 1.0, rng: Rng | None = None) -> str:
        """Read the prompt, then write `length` characters, each drawn from softmax(logits / temperature).

        Returns what was written, without the prompt; the same rng gives the same text. Raises ValueError for an empty
        prompt, an unknown character, a temperature that is not positive, or a score that is not finite.
        """
        check_positive(temperature=temperature)
        if not prompt:
            raise ValueError("the prompt must have at least one character")
        rng, step = np.random.default_rng(rng), self.lstm.stepper()
        for index in self.vocabulary.encode(prompt):
            h = step(index)
        check_array("the output for the prompt", self.output(h), (len(self.vocabulary),))
        written: list[int] = []
        for _ in range(length):
            logits = self.output(h).astype(np.float64)
            # p ∝ exp(logits / temperature): with the largest at 0, no temperature is too low
            ends = np.cumsum(np.exp((logits - logits.max()) / temperature))
            # where a random point falls among the probabilities laid end to end
            written.append(int(np.searchsorted(ends[:-1], rng.random() * ends[-1], side="right")))
            h = step(written[-1])
        return self.vocabulary.decode(written)

    def save(self, path: FilePath, *, dtype: DType | None = None) -> None:
        """Write the vocabulary and the parameters to an .npz file, atomically.

        dtype=np.float16 halves the size and keeps three digits. Raises OSError if path cannot be written.
        """
        characters = np.array([ord(char) for char in self.vocabulary.characters], dtype=np.uint32)
        stored = np.dtype(dtype or self.lstm.dtype)
        params = {name: check_array(name, param, param.shape, stored) for name, param in self.params.items()}
        write_arrays(path, {"characters": characters, **params})

    @classmethod
    def load(cls, path: FilePath) -> "CharLM":
        """The model that `save` wrote. Raises ValueError if the file is not a model; nothing is unpickled."""
        arrays = read_arrays(path, ("characters", "W", "U", "b", "W_y", "b_y"))
        with naming(path):
            vocabulary = Vocabulary(map(chr, arrays.pop("characters").tolist()))
            return cls.from_weights(vocabulary, **arrays)

    @classmethod
    def from_weights(cls, vocabulary: Vocabulary, **params: np.ndarray) -> "CharLM":
        """A model with copies of W, U, b, W_y, b_y, in the dtype of W. Raises ValueError if a shape does not fit."""
        V, H = len(vocabulary), len(params["U"]) // 4
        # checked first, so that a forged file cannot make the model larger than its arrays
        check_array("W", params["W"], (4 * H, V)), check_array("U", params["U"], (4 * H, H))
        model = cls(vocabulary, H, dtype=params["W"].dtype)
        model.params.update({name: params[name] for name in model.params})
        return model


@contextlib.contextmanager
def masked(U: np.ndarray, mask: np.ndarray | int) -> Iterator[None]:
    """Within this context U is U ⊙ mask; afterwards U is restored."""
    whole = U.copy()
    U *= mask
    try:
        yield
    finally:
        U[...] = whole
