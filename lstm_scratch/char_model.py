"""A character model: given the characters so far, how likely is each next one?

h = LSTM(one-hot characters)        p(next) = softmax(W_y h + b_y)
"""

from __future__ import annotations

import math
import os
import sys

import numpy as np

from lstm_scratch.activations import cross_entropy, log_softmax, softmax
from lstm_scratch.checks import (
    as_array,
    cast_array,
    check_array,
    check_positive,
    check_sizes,
    check_text,
    check_type,
    new_generator,
)
from lstm_scratch.files import ArrayFile, Header, write_arrays
from lstm_scratch.layer import LSTM, State
from lstm_scratch.text import Vocabulary
from lstm_scratch.workspace import Workspace

# A text is scored in pieces of this many characters, so that memory does not grow with its length.
PIECE = 512


class CharLM:
    """Characters → LSTM → softmax. `params` holds W, U, b of the LSTM, then W_y (V, H) and b_y (V,) of the output.

    Before training the scores are small, so every character is about equally likely. Change params in
    place. Raises ValueError if hidden_size is below 1, dtype is neither float32 nor float64, or vocabulary
    is not a Vocabulary.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        hidden_size: int,
        *,
        forget_bias: float = 1.0,
        dtype: type = np.float32,
        rng: int | np.random.Generator = 0,
    ) -> None:
        check_type("a Vocabulary, as Vocabulary.from_text makes it,", vocabulary, Vocabulary)
        rng = new_generator(rng)
        self.vocabulary = vocabulary
        self.lstm = LSTM(len(vocabulary), hidden_size, forget_bias=forget_bias, dtype=dtype, rng=rng)
        self._memory = Workspace(self.lstm.dtype)
        bound = 1 / np.sqrt(hidden_size)
        W_y = rng.uniform(-bound, bound, (len(vocabulary), hidden_size)).astype(self.lstm.dtype)
        self.params = {**self.lstm.params, "W_y": W_y, "b_y": np.zeros(len(vocabulary), self.lstm.dtype)}

    def logits(self, ids: np.ndarray, state: State | None = None) -> tuple[np.ndarray, State]:
        """Scores of the next character after each of ids (T, B): (T, B, V), and the last state."""
        h, state = self.lstm.forward(ids, state)
        # logits = W_y h + b_y
        return h @ self.params["W_y"].T + self.params["b_y"], state

    def loss_and_grads(
        self,
        inputs: np.ndarray,
        targets: np.ndarray,
        state: State | None = None,
        *,
        h_mask: np.ndarray | None = None,
        U_mask: np.ndarray | None = None,
    ) -> tuple[float, dict[str, np.ndarray], State]:
        """Cross-entropy in nats per character, its gradients, and the state to carry into the next window.

        inputs and targets are indices (T, B), targets one character later. The gradients stop at the
        start of the window: backpropagation through time, truncated (Williams and Peng, 1990).
        The gradients are the same arrays at every call: copy those you want to keep.

        With masks, as `optimizers.dropout_mask` draws them, it is the loss of a model with holes in it: h_mask
        (T, B, H) is multiplied into what the output layer sees of h (dropout), U_mask (4H, H) into U, the same
        at every step (DropConnect, as in Merity, Keskar and Socher, *Regularizing and Optimizing LSTM Language
        Models*, 2018). U itself ends as it began.
        Raises ValueError if the shapes differ or an index is outside the vocabulary, FloatingPointError if
        the loss is not finite.
        """
        inputs, targets = as_array("inputs", inputs), as_array("targets", targets)
        if inputs.ndim != 2 or inputs.shape != targets.shape:
            raise ValueError(f"inputs and targets must both be (T, B), not {inputs.shape} and {targets.shape}")

        if U_mask is None:
            return self._loss_and_grads(inputs, targets, state, h_mask)
        U = self.params["U"]
        U_mask, whole = cast_array("U_mask", U_mask, U.shape, U.dtype), U.copy()
        U *= U_mask
        try:
            loss, grads, state = self._loss_and_grads(inputs, targets, state, h_mask)
        finally:
            U[...] = whole
        # a number multiplied by a mask has its gradient multiplied by the same mask
        grads["U"] *= U_mask
        return loss, grads, state

    def _loss_and_grads(
        self, inputs: np.ndarray, targets: np.ndarray, state: State | None, h_mask: np.ndarray | None
    ) -> tuple[float, dict[str, np.ndarray], State]:
        """The work of `loss_and_grads`, with U as it stands."""
        h, state = self.lstm.forward(inputs, state)
        rows = h.reshape(-1, self.lstm.hidden_size)
        if h_mask is not None:
            h_mask = cast_array("h_mask", h_mask, h.shape, h.dtype).reshape(rows.shape)
            rows = rows * h_mask
        # logits = W_y h + b_y
        logits = np.matmul(rows, self.params["W_y"].T, out=self._memory("logits", len(rows), len(self.vocabulary)))
        logits += self.params["b_y"]
        loss, dlogits = cross_entropy(logits, targets.ravel())
        if not np.isfinite(loss):
            raise FloatingPointError("the loss is not finite: the parameters have grown too large, or hold NaN")
        # dW_y = Σ dlogits hᵀ, db_y = Σ dlogits, dh = W_yᵀ dlogits
        dW_y = dlogits.T @ rows
        db_y = dlogits.sum(axis=0)
        dh = np.matmul(dlogits, self.params["W_y"], out=self._memory("dh", *rows.shape))
        if h_mask is not None:
            dh *= h_mask
        self.lstm.backward(dh.reshape(h.shape))
        return loss, {**self.lstm.grads, "W_y": dW_y, "b_y": db_y}, state

    def bits_per_char(self, text: str) -> float:
        """Mean of -log₂ p(character | all before it) over the text, from the second character on.

        One pass from an empty memory, state carried from character to character. Raises ValueError for an
        unknown character or a text of fewer than two, FloatingPointError if the score is not finite.
        """
        check_text("text", text)
        if len(text) < 2:
            raise ValueError(f"a text of at least 2 characters is needed, not {len(text)}: the first has no score")
        ids, state, nats = self.vocabulary.encode(text), None, 0.0
        for start in range(0, len(ids) - 1, PIECE):
            inputs, targets = ids[start : start + PIECE], ids[start + 1 : start + PIECE + 1]
            logits, state = self.logits(inputs[: len(targets), None], state)
            nats -= float(log_softmax(logits[:, 0])[np.arange(len(targets)), targets].sum(dtype=np.float64))
            if not math.isfinite(nats):
                raise FloatingPointError("the score is not finite: the parameters have grown too large, or hold NaN")
        return nats / (len(ids) - 1) / math.log(2)

    def sample(
        self,
        prompt: str,
        length: int,
        *,
        temperature: float = 1.0,
        rng: int | np.random.Generator | None = None,
    ) -> str:
        """Read the prompt, then write `length` characters, each drawn from softmax(logits / temperature).

        Below 1 the model plays safe, above 1 it takes risks. The same rng gives the same text; None draws
        a new one each time. Returns what was written, without the prompt. Raises ValueError for an empty
        prompt, an unknown character, a length below 1, a temperature that is not positive, or a parameter that is
        not finite.
        """
        check_sizes(length=length)
        check_positive(temperature=temperature)
        check_text("prompt", prompt)
        if not prompt:
            raise ValueError("the prompt is empty: the model needs at least one character to begin from")
        rng = new_generator(rng)
        for name, param in self.params.items():
            check_array(name, param, param.shape)
        step = self.lstm.stepper()
        for index in self.vocabulary.encode(prompt):
            h = step(index)
        written = []
        for _ in range(length):
            # logits = W_y h + b_y
            logits = (self.params["W_y"] @ h + self.params["b_y"]).astype(np.float64)
            # the largest first brought to 0: it stays there however low the temperature
            p = softmax((logits - logits.max()) / temperature)
            # where a random point between 0 and 1 falls among the probabilities laid end to end
            written.append(int(np.searchsorted(np.cumsum(p)[:-1], rng.random(), side="right")))
            h = step(written[-1])
        return self.vocabulary.decode(written)

    def save(self, path: str | os.PathLike, *, dtype: type | None = None) -> None:
        """Write the vocabulary and the parameters to an .npz file, whole or not at all.

        With dtype=np.float16 they take half the space of float32 and keep three digits; `load` gives float32.
        Raises ValueError for another dtype, or a number that is too large for it; OSError if path cannot be written.
        """
        stored = np.dtype(dtype or self.lstm.dtype)
        if stored not in (np.float16, np.float32, np.float64):
            raise ValueError(f"dtype must be float16, float32 or float64, not {stored}")
        characters = np.array([ord(char) for char in self.vocabulary.characters], dtype=np.uint32)
        params = {name: cast_array(name, param, param.shape, stored) for name, param in self.params.items()}
        write_arrays(path, {"characters": characters, **params})

    @classmethod
    def load(cls, path: str | os.PathLike) -> CharLM:
        """The model that `save` wrote. Raises ValueError if the file is not one; nothing is unpickled.

        What the file says of its arrays is looked at before memory is asked for: see `storage.ArrayFile`.
        """
        names = ("characters", "W", "U", "b", "W_y", "b_y")
        with ArrayFile(path, "a model") as file:
            file.check_names(names)
            V, H = (math.prod(file.headers[name].shape) for name in ("characters", "b"))
            H //= 4
            dtype = file.headers["b"].dtype
            if dtype not in (np.float16, np.float32, np.float64):
                raise ValueError(f"b in {path} must hold float16, float32 or float64 numbers, not {dtype}")
            shapes = {"W": (4 * H, V), "U": (4 * H, H), "b": (4 * H,), "W_y": (V, H), "b_y": (V,)}
            expected = {name: Header(shape, dtype) for name, shape in shapes.items()}
            arrays = file.read({"characters": Header((V,), np.dtype(np.uint32)), **expected})
        if V and arrays["characters"].max() > sys.maxunicode:
            raise ValueError(f"{path} is not a model: its characters are no characters")
        try:
            vocabulary = Vocabulary(map(chr, arrays["characters"].tolist()))
            model = cls(vocabulary, H, dtype=np.float32 if dtype == np.float16 else dtype.type)
        except ValueError as error:
            raise ValueError(f"{path} is not a model: {error}") from error
        for name, param in model.params.items():
            param[...] = arrays[name]
        return model
