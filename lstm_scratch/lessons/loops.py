"""The two loops of the text notebook that its reader writes: the training loop and the sampling loop.

The checks run the reader's function with a small model that remembers what it was asked, and say what is missing.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_scratch.activations import softmax
from lstm_scratch.char_model import CharLM
from lstm_scratch.lessons.exercises import STILL, Exercise
from lstm_scratch.text import Vocabulary, batches

TEXT = "the cat sat on the mat. the dog sat on the log. " * 4
RATE = 0.5
# the invitation to a loop whose lines are missing
UNWRITTEN = f"{STILL} write the lines that are missing, and run the cell again."
# how often a character is drawn to see whether the draws follow the probabilities
DRAWS = 400


class Watched(CharLM):
    """A character model that remembers how it was called, and the states that it has returned."""

    calls: list[tuple[np.ndarray, Any]]
    states: list[Any]

    def loss_and_grads(self, inputs: np.ndarray, targets: np.ndarray, state: Any = None, **options: Any) -> Any:
        """As in CharLM; the inputs and the state are remembered."""
        self.calls.append((np.array(inputs), state))
        loss, grads, new_state = super().loss_and_grads(inputs, targets, state, **options)
        self.states.append(new_state)
        return loss, {name: grad.copy() for name, grad in grads.items()}, new_state

    def logits(self, ids: np.ndarray, state: Any = None) -> Any:
        """As in CharLM; the ids and the state are remembered."""
        self.calls.append((np.array(ids), state))
        logits, new_state = super().logits(ids, state)
        self.states.append(new_state)
        return logits, new_state


def watched_model(text: str = TEXT) -> Watched:
    """A small model that is always the same, and has not been called yet."""
    model = Watched(Vocabulary.from_text(text), 6, dtype=np.float64, rng=0)
    model.calls = []
    model.states = []
    return model


def one_epoch(model: CharLM, windows: list[tuple[np.ndarray, np.ndarray]], learning_rate: float) -> list[float]:
    """The training loop: one pass over the windows, with a step of gradient descent at each; the losses in nats."""
    losses = []
    state = None
    for inputs, targets in windows:
        loss, grads, state = model.loss_and_grads(inputs, targets, state)
        for name, param in model.params.items():
            param -= learning_rate * grads[name]
        losses.append(loss)
    return losses


def judge_training_loop(answer: Any) -> str | None:
    """What is missing in a training loop, or None if it trains as `one_epoch` does."""
    if not callable(answer):
        return "Hand over the function itself, without calling it."
    model = watched_model()
    start = model.params.copies()
    windows = list(batches(model.vocabulary.encode(TEXT), batch_size=2, seq_length=12))
    losses = answer(model, windows, RATE)
    if not model.calls:
        return UNWRITTEN
    return (
        fault_of_calls(model, windows)
        or fault_of_states(model)
        or fault_of_steps(model, start, windows)
        or fault_of_losses(losses, len(windows))
    )


def fault_of_calls(model: Watched, windows: list[tuple[np.ndarray, np.ndarray]]) -> str | None:
    """What is wrong with the inputs that the model was given, if anything."""
    if len(model.calls) < len(windows):
        return f"Ask the model once for each of the {len(windows)} windows, and not {len(model.calls)} times."
    for (inputs, _), (right, _) in zip(model.calls, windows, strict=False):
        if not np.array_equal(inputs, right):
            return "The model should read the inputs of each window in turn, and be asked for its targets."
    return None


def fault_of_states(model: Watched) -> str | None:
    """What is wrong with the states that the model was given, if anything."""
    given = [state for _, state in model.calls]
    if all(state is None for state in given):
        return "The state is missing: each window is read with an empty memory. Hand on what the one before returned."
    # the last state is handed to no window
    for state, returned in zip(given[1:], model.states, strict=False):
        if state is None or not np.array_equal(state, returned):
            return "A window should begin with the state that the window just before it has returned."
    return None


def fault_of_steps(
    model: Watched, start: dict[str, np.ndarray], windows: list[tuple[np.ndarray, np.ndarray]]
) -> str | None:
    """What is wrong with the steps of the parameters, if anything."""
    right = watched_model()
    one_epoch(right, windows, RATE)
    if equal(model.params, right.params):
        return None
    still = [name for name, param in model.params.items() if np.array_equal(param, start[name])]
    if len(still) == len(start):
        return (
            "The update is missing: no parameter has moved. `param -= …` changes the array of the model, "
            "and `param = param - …` makes a new one that the model never sees."
        )
    if still:
        return f"Every parameter must move, and {' and '.join(still)} did not."
    slips = {
        "The minus is missing: a step *along* the gradient makes the loss larger.": -RATE,
        "The learning rate is missing: how far does a step go?": 1.0,
    }
    for hint, rate in slips.items():
        slipped = watched_model()
        one_epoch(slipped, windows, rate)
        if equal(model.params, slipped.params):
            return hint
    return "The parameters moved, but not by learning_rate · gradient at every window. Is the step inside the loop?"


def equal(params: Any, others: Any) -> bool:
    """Whether two sets of parameters are the same, up to rounding."""
    return all(np.allclose(param, others[name], rtol=1e-9, atol=1e-12) for name, param in params.items())


def fault_of_losses(losses: Any, count: int) -> str | None:
    """What is wrong with the returned losses, if anything."""
    if losses is None or np.shape(losses) != (count,):
        return f"It trains. Now return a list of {count} losses, one for each window, and not one for each parameter."
    return None


def write(model: CharLM, prompt: str, length: int, rng: np.random.Generator) -> str:
    """The sampling loop: what the model writes after the prompt, each character drawn from its probabilities."""
    logits, state = model.logits(model.vocabulary.encode(prompt)[:, None])
    written = ""
    for _ in range(length):
        p = softmax(logits[-1, 0])
        drawn = rng.choice(len(p), p=p)
        written += model.vocabulary.characters[drawn]
        logits, state = model.logits(np.array([[drawn]]), state)
    return written


def judge_sampling_loop(answer: Any) -> str | None:
    """What is missing in a sampling loop, or None if it writes as `write` does."""
    if not callable(answer):
        return "Hand over the function itself, without calling it."
    model = watched_model()
    prompt = "the c"
    written = answer(model, prompt, 8, np.random.default_rng(0))
    if not written:
        return UNWRITTEN
    if not isinstance(written, str) or set(written) - set(model.vocabulary.characters):
        return f"It should return the characters that it has drawn, as a text, and not {written!r}."
    if written.startswith(prompt) and len(written) == len(prompt) + 8:
        written = written[len(prompt) :]
    if len(written) != 8:
        return f"It was asked for 8 characters and returned {len(written)}."
    return fault_of_feeding(model, prompt, written) or fault_of_drawing(answer, model.vocabulary)


def fault_of_feeding(model: Watched, prompt: str, written: str) -> str | None:
    """What is wrong with what the model was given after the prompt, if anything."""
    encode = model.vocabulary.encode
    (first, _), *later = model.calls
    if not np.array_equal(first.ravel(), encode(prompt)):
        return "First the model should read the whole prompt."
    if not later:
        return "Feed back what was drawn: the model was asked only once, so it never sees what it has written."
    for number, ((ids, state), returned) in enumerate(zip(later, model.states, strict=False), start=1):
        # a model that reads everything again from the beginning needs no state
        if state is None and np.array_equal(ids.ravel(), encode(prompt + written[:number])):
            continue
        if not np.array_equal(ids.ravel(), encode(written[number - 1 : number])):
            return "Feed back the character that was just drawn, and only that one."
        if state is None:
            return "The state is missing: after each character the model has forgotten everything before it."
        if not np.array_equal(state, returned):
            return "Hand on the newest state: the model should remember each character that it has written."
    return None


def fault_of_drawing(answer: Callable[..., Any], vocabulary: Vocabulary) -> str | None:
    """What is wrong with the way in which characters are chosen, if anything."""
    model = watched_model()
    # sharper than a random model, so that the likeliest and the least likely differ
    model.params["W_y"][...] *= 30
    p = softmax(model.logits(vocabulary.encode("t")[:, None])[0][-1, 0])
    rng = np.random.default_rng(1)
    drawn = [answer(model, "t", 1, rng)[-1] for _ in range(DRAWS)]
    shares = np.array([drawn.count(char) for char in vocabulary.characters]) / DRAWS
    if shares.max() == 1:
        likeliest = vocabulary.characters[int(p.argmax())]
        what = "the likeliest character" if drawn[0] == likeliest else "the same character"
        return f"It always takes {what}. Draw: rng.choice(len(p), p=p)."
    # four standard errors of a share
    if np.any(np.abs(shares - p) > 4 * np.sqrt(p * (1 - p) / DRAWS) + 1 / DRAWS):
        return "It draws, but not with the model's probabilities. Does rng.choice know p?"
    return None


training_loop = Exercise("training loop", one_epoch, judge=judge_training_loop)
training_loop.why = (
    "Loss and gradients, the step, the state: every training loop has these lines, however large the model."
)
sampling_loop = Exercise("sampling loop", write, judge=judge_sampling_loop)
sampling_loop.why = "Draw, write down, feed back. Programs that write whole essays contain the same loop."

LOOPS = [training_loop, sampling_loop]
