"""Trains a model on windows of text and returns its history."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.checkpoint import COLUMNS, Run, Trainer
from lstm_scratch.files import FilePath
from lstm_scratch.layer import Rng

if TYPE_CHECKING:
    import pandas as pd

# a checkpoint is written after each epoch, and within one after so many seconds
SECONDS_BETWEEN_CHECKPOINTS = 60.0


# numbers that grow too large show in the loss, which is checked: no warning is needed on the way
@np.errstate(over="ignore", invalid="ignore")
def train(
    model: CharLM,
    train_text: str,
    valid_text: str,
    *,
    rng: Rng = 0,
    checkpoint: FilePath | None = None,
    resume: bool = False,
    progress: bool = True,
    after_epoch: Callable[[int, CharLM], None] | None = None,
    **settings: Any,
) -> "pd.DataFrame":
    """Train the model in place; return its history, one row an epoch. settings are the fields of `Run`.

    The text is cut into batch_size contiguous streams, read in order in windows of seq_length characters. The state
    is carried from window to window and starts empty each epoch. Each epoch begins at a random place among the first
    seq_length characters, so that the windows differ. after_epoch(epoch, model) is called after each epoch.

    The columns: train_bits, the loss while learning (dropout included), and valid_bits, of the held-out text, both in
    bits per character; grad_norm, the mean norm before clipping; learning_rate, at the end of the epoch.

    With a checkpoint path, everything is saved after each epoch, and within it once a minute; with resume=True,
    training goes on from there as if it had never stopped, also to more epochs than at first. Ctrl-C ends the run
    early, with history.attrs["interrupted"] True. However it ends, the model is as a finished epoch left it: the best
    one with patience, the latest without.

    Raises ValueError for a text shorter than one window, an unknown character, a setting out of range, or a
    checkpoint that is damaged or of another run; FloatingPointError if the run diverges; OSError if the checkpoint
    cannot be read or written.
    """
    # imported here: `import lstm_scratch` loads NumPy alone
    import pandas as pd
    from tqdm.auto import tqdm

    run, interrupted = Run(**settings), False
    trainer = Trainer(model, (train_text, valid_text), run, np.random.default_rng(rng), checkpoint)
    if resume:
        trainer.resume()
        if progress:
            print(f"going on {trainer.place()}")
    size, options = run.batch_size * run.seq_length, {"unit": "char", "unit_scale": True, "mininterval": 0.5}
    done, total = len(trainer.history) * trainer.windows + len(trainer.losses), run.epochs * trainer.windows
    bar = tqdm(total=total * size, initial=done * size, disable=not progress, **options)
    try:
        while len(trainer.history) < run.epochs and not trainer.is_out_of_patience():
            for inputs, targets in trainer.windows_to_come():
                trainer.train_window(inputs, targets)
                trainer.save(if_older_than=SECONDS_BETWEEN_CHECKPOINTS)
                bar.set_description(trainer.place(), refresh=False)
                bar.update(size)
            row = trainer.finish_epoch()
            trainer.save()
            bar.set_postfix(train=f"{row['train_bits']:.3f}", held_out=f"{row['valid_bits']:.3f}", refresh=False)
            if after_epoch is not None:
                after_epoch(len(trainer.history), model)
    except KeyboardInterrupt:
        interrupted = True
    except FloatingPointError as error:
        advice = f"try a lower learning rate than {run.learning_rate:g}, such as {min(0.003, run.learning_rate / 10):g}"
        raise FloatingPointError(f"epoch {len(trainer.history) + 1}: {error}; {advice}") from error
    finally:
        bar.close()
        model.params.update(trainer.best if run.patience else trainer.latest)
    if interrupted:
        print(f"interrupted: the model is as epoch {trainer.kept_epoch()} of {run.epochs} left it")
    history = pd.DataFrame(trainer.history, columns=COLUMNS)
    history.attrs["interrupted"] = interrupted
    return history
