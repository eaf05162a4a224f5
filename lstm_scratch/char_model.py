"""A character model: given the characters so far, how likely is each next one?

h = LSTM(one-hot characters)        p(next) = softmax(W_y h + b_y)
"""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

from lstm_scratch.activations import cross_entropy
from lstm_scratch.checks import check_array, check_ids, check_positive, check_rng, check_share, is_whole_number
from lstm_scratch.files import Arrays, FilePath, check_names, naming, packed, read_arrays, unpacked, write_arrays
from lstm_scratch.layer import LSTM, DType, Rng, State, input_gradient, weight_gradients
from lstm_scratch.parameters import HasParameters, Parameters
from lstm_scratch.run import kept_parameters, read_about
from lstm_scratch.text import Vocabulary, check_text, check_vocabulary

# how many characters are scored at a time
PIECE = 512


class CharLM(HasParameters):
    """Characters → LSTM → softmax.

    `params` holds W (4H, V), U (4H, H) and b (4H,) of the LSTM, then W_y (V, H) and b_y (V,) of the output layer, which
    start uniform in ±1/√H and at zero. The other arguments are those of LSTM: dtype is float32 or float64, and rng is a
    seed or a numpy Generator, by default 0, so that a run can be repeated. Raises TypeError if vocabulary is not a
    Vocabulary, and ValueError as LSTM does.

    Several threads may score, sample, trace and compute gradients with one model at once. An optimizer changes the
    parameters in place, so what another thread computes during its step comes from parameters on their way; train and
    score in turns. A copy or a pickle has the parameters, and no memory that work has filled.
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
        rng = check_rng(rng)
        self._vocabulary = vocabulary
        self._lstm = LSTM(V, hidden_size, forget_bias=forget_bias, dtype=dtype, rng=rng)
        bound = 1 / np.sqrt(hidden_size)
        W_y = rng.uniform(-bound, bound, (V, hidden_size)).astype(self.dtype)
        b_y = np.zeros(V, self.dtype)
        self.params = Parameters(**self.lstm.params, W_y=W_y, b_y=b_y)

    @property
    def vocabulary(self) -> Vocabulary:
        """The characters, in the order in which W, W_y and b_y have them. It cannot be replaced, nor can lstm."""
        return self._vocabulary

    @property
    def lstm(self) -> LSTM:
        """The layer, whose parameters are W, U and b of this model. To copy others, use lstm.params.update(...)."""
        return self._lstm

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

        A new option of the model must be added here, under the name of its argument. Then it is saved and loaded with
        the model, and a checkpoint of a model without it is not taken for one with it.
        """
        return {
            "vocabulary": "".join(self.vocabulary.characters),
            "hidden_size": self.hidden_size,
            "dtype": self.dtype.name,
        }

    def __repr__(self) -> str:
        return f"CharLM({self.vocabulary!r}, hidden_size={self.hidden_size}, dtype={self.dtype})"

    def zero_state(self, batch_size: int) -> State:
        """The state before a text, for this many streams: (h0, c0), each (B, H), all zeros."""
        zeros = np.zeros((2, batch_size, self.hidden_size), self.dtype)
        return zeros[0], zeros[1]

    def hidden(self, ids: np.ndarray, state: State | None = None) -> tuple[np.ndarray, State]:
        """h of every step, (T, B, H), and the last state, after ids (T, B) or their one-hot vectors (T, B, V).

        state is (h0, c0), each (B, H), by default zeros, and the last state has the same form. h is read-only. Raises
        ValueError if a shape does not fit or an index is outside the vocabulary, and FloatingPointError if h is not
        finite.
        """
        with self.lstm.memory() as memory:
            passed = self.lstm.run(ids, state, memory=memory)
            return passed.h, passed.last_state

    def output(self, h: np.ndarray) -> np.ndarray:
        """The scores of the next character, (..., V), from h (..., H). Raises ValueError if the shape does not fit."""
        shape = (*np.shape(h)[:-1], self.hidden_size)
        return self._logits(check_array("h", h, shape, self.dtype))

    # the output layer, forward and backward; `out` is an array for the result, by default a new one

    def _logits(self, h: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        # logits = W_y h + b_y
        logits = np.matmul(h, self.params["W_y"].T, out=out)
        logits += self.params["b_y"]
        return logits

    def _dh(self, dlogits: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        # dh = W_yᵀ dlogits
        return np.matmul(dlogits, self.params["W_y"], out=out)

    def _output_gradients(self, dlogits: np.ndarray, h_rows: np.ndarray) -> Arrays:
        # dW_y = Σ dlogits hᵀ, db_y = Σ dlogits
        return {"W_y": dlogits.T @ h_rows, "b_y": dlogits.sum(axis=0)}

    def logits(self, ids: np.ndarray, state: State | None = None) -> tuple[np.ndarray, State]:
        """The scores (T, B, V) of the next character after each of ids (T, B), and the last state.

        state is as in `hidden`. Raises as `hidden` does.
        """
        h, state = self.hidden(ids, state)
        return self._logits(h), state

    def trace(self, ids: np.ndarray, state: State | None = None) -> dict[str, np.ndarray]:
        """The gates i, f, g, o and the states c, h of every step, each (T, B, H), after ids (T, B).

        state is as in `hidden`. Raises as `hidden` does.
        """
        return self.lstm.trace(ids, state)

    def input_gradients(self, ids: np.ndarray, dlogits: np.ndarray, state: State | None = None) -> np.ndarray:
        """∂L/∂x of the one-hot vector x of each character of ids (T, B), from dlogits = ∂L/∂logits (T, B, V).

        Returns (T, B, V). Raises ValueError if a shape does not fit or an index is outside the vocabulary.
        """
        V = len(self.vocabulary)
        if np.ndim(ids) != 2:
            raise ValueError(f"ids must be (T, B), not {np.shape(ids)}")
        # the rows of an identity matrix are the one-hot vectors
        one_hot = np.eye(V, dtype=self.dtype)[check_ids("ids", ids, V)]
        dlogits = check_array("dlogits", dlogits, one_hot.shape, self.dtype)
        with self.lstm.memory() as memory:
            passed = self.lstm.run(one_hot, state, memory=memory, back=True)
            dz, _ = self.lstm.run_back(passed, self._dh(dlogits))
            return input_gradient(passed, dz)

    def loss_and_grads(
        self,
        inputs: np.ndarray,
        targets: np.ndarray,
        state: State | None = None,
        *,
        dropout: float = 0.0,
        weight_drop: float = 0.0,
        rng: Rng | None = None,
    ) -> tuple[float, Arrays, State]:
        """Cross-entropy in nats per character, its gradients, and the state to carry into the next window.

        inputs and targets are indices (T, B); the targets are one character later. state is as in `hidden`. The
        gradients have the names and shapes of `params`, and are new arrays. They stop at the start of the window, which
        is truncated backpropagation through time (Williams and Peng, 1990).

        dropout is the share of h that is hidden from the output layer. weight_drop is the share of U that is left out,
        in the same places at every step (DropConnect, as in Merity, Keskar and Socher, *Regularizing and Optimizing
        LSTM Language Models*, 2018). rng draws both: pass one numpy Generator to all calls of a run, so that each call
        hides something else; a seed hides the same every time.

        Raises ValueError if a shape does not fit, an index is outside the vocabulary, a share is not at least 0 and
        below 1 or has no rng to be drawn with, and FloatingPointError if the loss is not finite.
        """
        inputs = np.asarray(inputs)
        targets = np.asarray(targets)
        if inputs.ndim != 2 or inputs.shape != targets.shape:
            raise ValueError(f"inputs and targets must both be (T, B), not {inputs.shape} and {targets.shape}")
        check_share(dropout=dropout, weight_drop=weight_drop)
        if rng is not None:
            rng = check_rng(rng)
        elif dropout or weight_drop:
            raise ValueError("dropout and weight_drop draw what they hide: pass an rng, made once with default_rng(0)")
        T, B = inputs.shape
        N, H, V = inputs.size, self.hidden_size, len(self.vocabulary)
        lstm = self.lstm
        U = self.params["U"]
        h_mask = dropout_mask(rng, (N, H), dropout, self.dtype) if rng and dropout else None
        U_mask = dropout_mask(rng, U.shape, weight_drop, self.dtype) if rng and weight_drop else None
        # the forward and the backward pass both use U ⊙ mask
        used_U = U if U_mask is None else U * U_mask

        with lstm.memory() as memory:
            passed = lstm.run(inputs, state, memory=memory, h=memory("h", T + 1, B, H), U=used_U, back=True)
            h_rows = passed.h.reshape(N, H)
            if h_mask is not None:
                h_rows = h_rows * h_mask
            logits = self._logits(h_rows, out=memory("logits", N, V))
            loss, dlogits = cross_entropy(logits, targets.ravel())
            if not math.isfinite(loss):
                raise FloatingPointError("the loss is not finite: the parameters have grown too large, or contain NaN")
            dh = self._dh(dlogits, out=memory("dh", N, H))
            # the output layer saw h ⊙ mask
            if h_mask is not None:
                dh *= h_mask
            dz, _ = lstm.run_back(passed, dh.reshape(T, B, H))
            grads = {name: np.empty_like(param) for name, param in lstm.params.items()}
            weight_gradients(passed, dz, out=grads)
            if U_mask is not None:
                # dU = (gradient of U ⊙ mask) ⊙ mask
                grads["U"] *= U_mask
            grads |= self._output_gradients(dlogits, h_rows)
            return loss, grads, passed.last_state

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
        check_text(text)
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
        empty prompt, an unknown character, a length below 0, a temperature that is not positive, or a score that is not
        finite, and TypeError for a prompt that is not a str.
        """
        if not is_whole_number(length) or length < 0:
            raise ValueError(f"length must be a whole number of at least 0, not {length!r}")
        return "".join(islice(self.stream(prompt, temperature=temperature, rng=rng), length))

    def stream(self, prompt: str, *, temperature: float = 1.0, rng: Rng | None = None) -> Iterator[str]:
        """What `sample` writes, one character at a time and without an end.

        Raises for the same reasons as `sample`, before the first character is asked for if the prompt is the reason.
        """
        check_positive(temperature=temperature)
        check_text(prompt)
        if not prompt:
            raise ValueError("the prompt must have at least one character")
        rng = check_rng(rng)
        step = self.lstm.stepper()
        for index in self.vocabulary.encode(prompt):
            h = step(index)
        check_array("the output for the prompt", self._logits(h), (len(self.vocabulary),))
        return self._characters(step, h, temperature, rng)

    def _characters(
        self, step: Callable[[int], np.ndarray], h: np.ndarray, temperature: float, rng: np.random.Generator
    ) -> Iterator[str]:
        """Yield character after character, from h after the prompt; step(index) returns h after one more character."""
        while True:
            logits = self._logits(h).astype(np.float64)
            largest = logits.max()
            # the largest of numbers with a NaN among them is NaN
            if not math.isfinite(largest):
                raise ValueError("the scores are not finite: the parameters have grown too large, or contain NaN")
            # p ∝ exp(logits / temperature); the largest logit is moved to 0, so no temperature is too low
            p = np.exp((logits - largest) / temperature)
            # the probabilities are laid end to end, and a random point falls on one of them
            ends = np.cumsum(p)
            point = rng.random() * ends[-1]
            index = int(np.searchsorted(ends[:-1], point, side="right"))
            yield self.vocabulary.characters[index]
            h = step(index)

    def save(self, path: FilePath, *, dtype: DType | None = None) -> None:
        """Write the architecture, the vocabulary and the parameters to an .npz file, atomically.

        dtype=np.float16 halves the size of a float32 model and keeps three digits. Raises ValueError, before any file
        is touched, if dtype is not float16, float32 or float64 or a parameter is not finite in it, and OSError if path
        cannot be written.
        """
        stored = self.dtype if dtype is None else file_type(dtype)
        # the vocabulary and the type of the numbers are stored as arrays
        options = {name: value for name, value in self.architecture.items() if name not in ("vocabulary", "dtype")}
        characters = np.array([ord(char) for char in self.vocabulary.characters], dtype=np.uint32)
        arrays = {"architecture": packed(options), "characters": characters}
        for name, param in self.params.items():
            arrays[name] = check_array(name, param, param.shape, stored)
        write_arrays(path, arrays)

    @classmethod
    def load(cls, path: FilePath) -> "CharLM":
        """Return the model that `save` wrote, or the one after the best epoch of a checkpoint. Nothing is unpickled.

        Raises ValueError if the file is not a model, and OSError if it cannot be opened.
        """
        arrays = read_arrays(path)
        if "about" in arrays:
            return cls._from_checkpoint(path)
        with naming(path):
            check_names(arrays, ["characters", "U"], among_others=True)
            vocabulary = Vocabulary(map(chr, arrays.pop("characters").tolist()))
            # a file without an architecture was written before models had options
            declared = unpacked(arrays.pop("architecture")) if "architecture" in arrays else {}
            return cls._built(vocabulary, declared, arrays)

    @classmethod
    def _from_checkpoint(cls, path: FilePath) -> "CharLM":
        """The model after the best epoch of a checkpoint's run."""
        about = read_about(path)
        arrays = kept_parameters(path)
        with naming(path):
            check_names(arrays, ["U"], among_others=True)
            known = cls(Vocabulary("ab"), 1).architecture
            declared = {name: value for name, value in about["run"].items() if name in known}
            vocabulary = Vocabulary(declared.pop("vocabulary"))
            declared.pop("dtype")
            return cls._built(vocabulary, declared, arrays)

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
        return cls._built(vocabulary, {}, {"W": W, "U": U, "b": b, "W_y": W_y, "b_y": b_y})

    @classmethod
    def _built(cls, vocabulary: Vocabulary, declared: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> "CharLM":
        """A model of the declared architecture with copies of these arrays."""
        V = len(vocabulary)
        H = len(arrays["U"]) // 4
        declared = {"hidden_size": H, **declared}
        # checked first, so that a forged file cannot make the model larger than its arrays
        if declared["hidden_size"] != H:
            raise ValueError(f"it declares {declared['hidden_size']} hidden units, and its U has those of {H}")
        check_names(arrays, ["W"], among_others=True)
        check_array("W", arrays["W"], (4 * H, V))
        check_array("U", arrays["U"], (4 * H, H))
        options = set(declared) - set(inspect.signature(cls).parameters)
        if options:
            raise ValueError(f"it is a model with {', '.join(sorted(options))}, which CharLM does not have")
        model = cls(vocabulary, dtype=np.asarray(arrays["W"]).dtype, **declared)
        check_names(arrays, model.params)
        model.params.update(arrays)
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
