"""A character model: given the characters so far, how likely is each next one?

h = LSTM(one-hot characters)        p(next) = softmax(W_y h + b_y)
"""

import contextlib
import math
from collections.abc import Callable, Iterator

import numpy as np

from lstm_scratch.activations import cross_entropy
from lstm_scratch.checks import check_array, check_positive, check_share
from lstm_scratch.files import Arrays, FilePath, naming, read_arrays, write_arrays
from lstm_scratch.kernels import Workspace
from lstm_scratch.layer import LSTM, DType, Rng, State
from lstm_scratch.parameters import Parameters
from lstm_scratch.text import Vocabulary, check_vocabulary

# how many characters are scored at a time
PIECE = 512


class CharLM:
    """Characters → LSTM → softmax.

    `params` holds W (4H, V), U (4H, H) and b (4H,) of the LSTM, then W_y (V, H) and b_y (V,) of the output layer, which
    start uniform in ±1/√H and at zero. The other arguments are those of LSTM: dtype is float32 or float64, and rng is a
    seed or a numpy Generator. Raises TypeError if vocabulary is not a Vocabulary, and ValueError as LSTM does.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        hidden_size: int,
        *,
        forget_bias: float = 1.0,
        dtype: DType = np.float32,
        rng: Rng = 0,
    ) -> None:
        check_vocabulary(vocabulary)
        V = len(vocabulary)
        rng = np.random.default_rng(rng)
        self.vocabulary = vocabulary
        self.lstm = LSTM(V, hidden_size, forget_bias=forget_bias, dtype=dtype, rng=rng)
        bound = 1 / np.sqrt(hidden_size)
        W_y = rng.uniform(-bound, bound, (V, hidden_size)).astype(self.dtype)
        b_y = np.zeros(V, self.dtype)
        self.params = Parameters(**self.lstm.params, W_y=W_y, b_y=b_y)
        self._memory = Workspace(self.dtype)

    @property
    def hidden_size(self) -> int:
        """H, the number of hidden units."""
        return self.lstm.hidden_size

    @property
    def dtype(self) -> np.dtype:
        """The type of all parameters: float32 or float64."""
        return self.lstm.dtype

    @property
    def architecture(self) -> dict[str, str | int]:
        """What two models must share for the parameters of one to mean the same in the other.

        A new option of the model must be added here, so that a checkpoint of a model without it is not taken for one
        with it.
        """
        return {
            "vocabulary": "".join(self.vocabulary.characters),
            "hidden_size": self.hidden_size,
            "dtype": self.dtype.name,
        }

    def __repr__(self) -> str:
        return f"CharLM({self.vocabulary!r}, hidden_size={self.hidden_size}, dtype={self.dtype})"

    def hidden(self, ids: np.ndarray, state: State | None = None) -> tuple[np.ndarray, State]:
        """h of every step, (T, B, H), and the last state, after ids (T, B) or their one-hot vectors (T, B, V).

        state is (h0, c0), each (B, H), by default zeros, and the last state has the same form. h is read-only. Raises
        ValueError if a shape does not fit or an index is outside the vocabulary.
        """
        return self.lstm.forward(ids, state)

    def output(self, h: np.ndarray) -> np.ndarray:
        """The scores of the next character, (..., V), from h (..., H)."""
        # logits = W_y h + b_y
        return h @ self.params["W_y"].T + self.params["b_y"]

    def logits(self, ids: np.ndarray, state: State | None = None) -> tuple[np.ndarray, State]:
        """The scores (T, B, V) of the next character after each of ids (T, B), and the last state.

        state is as in `hidden`. Raises ValueError as `hidden` does.
        """
        h, state = self.hidden(ids, state)
        return self.output(h), state

    def trace(self, ids: np.ndarray, state: State | None = None) -> dict[str, np.ndarray]:
        """The gates i, f, g, o and the states c, h of every step, each (T, B, H), after ids (T, B).

        state is as in `hidden`. Raises ValueError as `hidden` does.
        """
        return self.lstm.trace(ids, state)

    def input_gradients(self, ids: np.ndarray, dlogits: np.ndarray, state: State | None = None) -> np.ndarray:
        """∂L/∂x of the one-hot vector x of each character of ids (T, B), from dlogits = ∂L/∂logits (T, B, V).

        Returns (T, B, V). Raises ValueError if a shape does not fit or an index is outside the vocabulary.
        """
        # the rows of an identity matrix are the one-hot vectors
        one_hot = np.eye(len(self.vocabulary), dtype=self.dtype)[ids]
        dlogits = check_array("dlogits", dlogits, one_hot.shape, self.dtype)
        self.hidden(one_hot, state)
        # logits = W_y h + b_y, so dh = W_yᵀ dlogits
        dx, _ = self.lstm.backward(dlogits @ self.params["W_y"])
        assert dx is not None  # it is None only where the layer was given indices
        return dx

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

        inputs and targets are indices (T, B); the targets are one character later. state is as in `hidden`. The
        gradients have the names and shapes of `params`, and the next call overwrites them. They stop at the start of
        the window, which is truncated backpropagation through time (Williams and Peng, 1990).

        dropout is the share of h that is hidden from the output layer. weight_drop is the share of U that is set to
        zero, in the same places at every step (DropConnect, as in Merity, Keskar and Socher, *Regularizing and
        Optimizing LSTM Language Models*, 2018). rng, a seed or a numpy Generator, draws both.

        Raises ValueError if a shape does not fit, an index is outside the vocabulary or a share is not at least 0 and
        below 1, and FloatingPointError if the loss is not finite.
        """
        inputs = np.asarray(inputs)
        targets = np.asarray(targets)
        if inputs.ndim != 2 or inputs.shape != targets.shape:
            raise ValueError(f"inputs and targets must both be (T, B), not {inputs.shape} and {targets.shape}")
        check_share(dropout=dropout, weight_drop=weight_drop)
        rng = np.random.default_rng(rng)
        N, H, V = inputs.size, self.hidden_size, len(self.vocabulary)
        U, W_y, b_y = self.params["U"], self.params["W_y"], self.params["b_y"]
        h_mask = dropout_mask(rng, (N, H), dropout, self.dtype) if dropout else None
        U_mask = dropout_mask(rng, U.shape, weight_drop, self.dtype) if weight_drop else None

        # the forward and the backward pass both use U ⊙ mask
        with masked(U, U_mask):
            h, state = self.lstm.forward(inputs, state, out=self._memory("h", len(inputs) + 1, inputs.shape[1], H))
            h_rows = h.reshape(N, H)
            if h_mask is not None:
                h_rows = h_rows * h_mask
            # logits = W_y h + b_y
            logits = np.matmul(h_rows, W_y.T, out=self._memory("logits", N, V))
            logits += b_y
            loss, dlogits = cross_entropy(logits, targets.ravel())
            if not math.isfinite(loss):
                raise FloatingPointError("the loss is not finite: the parameters have grown too large, or contain NaN")
            # dh = (W_yᵀ dlogits) ⊙ mask
            dh = np.matmul(dlogits, W_y, out=self._memory("dh", N, H))
            if h_mask is not None:
                dh *= h_mask
            self.lstm.backward(dh.reshape(h.shape))

        grads = dict(self.lstm.grads)
        if U_mask is not None:
            # dU = (gradient of U ⊙ mask) ⊙ mask
            grads["U"] *= U_mask
        # dW_y = Σ dlogits hᵀ, db_y = Σ dlogits
        grads["W_y"] = dlogits.T @ h_rows
        grads["b_y"] = dlogits.sum(axis=0)
        return loss, grads, state

    def bits_per_char(self, text: str) -> float:
        """The mean of -log₂ p(character | all before it), in bits, over the text from its second character on.

        The text is read piece by piece, and the state is carried from one piece to the next. Raises ValueError for an
        unknown character or a text of fewer than two characters, and FloatingPointError if the score is not finite.
        """
        nats = 0.0
        for logits, targets in self.predictions(text):
            loss, _ = cross_entropy(logits, targets)
            nats += len(targets) * loss
        if not math.isfinite(nats):
            raise FloatingPointError("the score is not finite: the parameters have grown too large, or contain NaN")
        return nats / (len(text) - 1) / math.log(2)

    def predictions(self, text: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The logits (n, V) for n characters in turn, and the indices (n,) of these characters, a piece at a time.

        The first piece begins with the second character of the text, and the state is carried from one piece to the
        next. Raises ValueError for an unknown character or a text of fewer than two characters.
        """
        if len(text) < 2:
            raise ValueError(f"a text needs at least 2 characters to be scored, not {len(text)}")
        ids = self.vocabulary.encode(text)
        inputs = ids[:-1]
        targets = ids[1:]
        state = None
        for start in range(0, len(inputs), PIECE):
            piece = slice(start, start + PIECE)
            logits, state = self.logits(inputs[piece, None], state)
            yield logits[:, 0], targets[piece]

    def sample(self, prompt: str, length: int, *, temperature: float = 1.0, rng: Rng | None = None) -> str:
        """Read the prompt, then write `length` characters, each drawn from softmax(logits / temperature).

        Returns what was written, without the prompt. The same seed as rng gives the same text. Raises ValueError for an
        empty prompt, an unknown character, a temperature that is not positive, or a score that is not finite.
        """
        written = self.stream(prompt, temperature=temperature, rng=rng)
        return "".join(char for _, char in zip(range(length), written))

    def stream(self, prompt: str, *, temperature: float = 1.0, rng: Rng | None = None) -> Iterator[str]:
        """What `sample` writes, one character at a time and without an end.

        Raises ValueError for the same reasons as `sample`, before the first character is asked for.
        """
        check_positive(temperature=temperature)
        if not prompt:
            raise ValueError("the prompt must have at least one character")
        rng = np.random.default_rng(rng)
        step = self.lstm.stepper()
        for index in self.vocabulary.encode(prompt):
            h = step(index)
        check_array("the output for the prompt", self.output(h), (len(self.vocabulary),))
        return self._characters(step, h, temperature, rng)

    def _characters(
        self, step: Callable[[int], np.ndarray], h: np.ndarray, temperature: float, rng: np.random.Generator
    ) -> Iterator[str]:
        """Yield character after character, from h after the prompt; step(index) returns h after one more character."""
        while True:
            logits = self.output(h).astype(np.float64)
            # p ∝ exp(logits / temperature); the largest logit is moved to 0, so no temperature is too low
            p = np.exp((logits - logits.max()) / temperature)
            # the probabilities are laid end to end, and a random point falls on one of them
            ends = np.cumsum(p)
            point = rng.random() * ends[-1]
            index = int(np.searchsorted(ends[:-1], point, side="right"))
            yield self.vocabulary.characters[index]
            h = step(index)

    def save(self, path: FilePath, *, dtype: DType | None = None) -> None:
        """Write the vocabulary and the parameters to an .npz file, atomically.

        dtype=np.float16 halves the size of a float32 model and keeps three digits. Raises ValueError
        for another type than float16, float32 or float64, or if a parameter is not finite in it, and OSError if path
        cannot be written.
        """
        stored = self.dtype if dtype is None else file_type(dtype)
        characters = np.array([ord(char) for char in self.vocabulary.characters], dtype=np.uint32)
        arrays = {"characters": characters}
        for name, param in self.params.items():
            arrays[name] = check_array(name, param, param.shape, stored)
        write_arrays(path, arrays)

    @classmethod
    def load(cls, path: FilePath) -> "CharLM":
        """Return the model that `save` wrote. Nothing is unpickled.

        Raises ValueError if the file is not a model, and OSError if it cannot be opened.
        """
        arrays = read_arrays(path, ("characters", "W", "U", "b", "W_y", "b_y"))
        with naming(path):
            vocabulary = Vocabulary(map(chr, arrays.pop("characters").tolist()))
            return cls.from_weights(vocabulary, **arrays)

    @classmethod
    def from_weights(
        cls,
        vocabulary: Vocabulary,
        *,
        W: np.ndarray,
        U: np.ndarray,
        b: np.ndarray,
        W_y: np.ndarray,
        b_y: np.ndarray,
    ) -> "CharLM":
        """A model with copies of W (4H, V), U (4H, H), b (4H,), W_y (V, H) and b_y (V,), in the dtype of W.

        Raises TypeError if vocabulary is not a Vocabulary, and ValueError if a shape does not fit, a number is not
        finite, or W is neither float32 nor float64.
        """
        check_vocabulary(vocabulary)
        V = len(vocabulary)
        H = len(U) // 4
        # checked first, so that a forged file cannot make the model larger than its arrays
        check_array("W", W, (4 * H, V))
        check_array("U", U, (4 * H, H))
        model = cls(vocabulary, H, dtype=np.asarray(W).dtype)
        model.params.update(W=W, U=U, b=b, W_y=W_y, b_y=b_y)
        return model


def file_type(dtype: DType) -> np.dtype:
    """The type of the numbers in a file. Raises ValueError unless `CharLM.load` can read it."""
    try:
        if np.dtype(dtype) in (np.float16, np.float32, np.float64):
            return np.dtype(dtype)
    except TypeError:
        # NumPy knows no such type
        pass
    raise ValueError(f"dtype must be float16, float32 or float64, not {dtype!r}")


def dropout_mask(rng: np.random.Generator, shape: tuple[int, ...], rate: float, dtype: np.dtype) -> np.ndarray:
    """A mask that is 0 with probability `rate`, and 1 / (1 - rate) elsewhere, so that its mean is 1.

    rate is at least 0 and below 1. The mask drops units at random, so that the model cannot rely on any one of them
    (Srivastava et al., *Dropout*, 2014).
    """
    kept = rng.random(shape, dtype=np.float32) >= rate
    return kept * np.asarray(1 / (1 - rate), dtype)


@contextlib.contextmanager
def masked(U: np.ndarray, mask: np.ndarray | None) -> Iterator[None]:
    """Within this context U is U ⊙ mask; afterwards U is restored. Without a mask, U stays as it is."""
    if mask is None:
        yield
        return
    whole = U.copy()
    U *= mask
    try:
        yield
    finally:
        U[...] = whole
