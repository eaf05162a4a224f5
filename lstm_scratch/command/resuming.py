"""What a resumed run takes from its checkpoint, which options may be given with it, and what would let it continue."""

import argparse
import os
import zlib
from collections.abc import Mapping
from typing import Any

from lstm_scratch.char_model import CharLM
from lstm_scratch.files import FilePath, naming
from lstm_scratch.run import read_about
from lstm_scratch.text import UTF_8, Vocabulary

# what `train` itself keeps in the checkpoint, and what the command adds to that
OF_THE_RUN = "hidden_size", "batch_size", "seq_length", "learning_rate", "final_learning_rate", "dropout", "weight_drop"
OF_THE_COMMAND = "held_out", "seed", "start", "unknown", "encoding", "epochs", "patience"
# these may differ from the first time; the text itself is compared, so its encoding may change, too
MAY_CHANGE = "encoding", "epochs", "patience"
# what a new run uses for an option that is not given
DEFAULTS: dict[str, Any] = {"seed": 0, "unknown": "refuse", "encoding": UTF_8}


def option(name: str, value: object = "") -> str:
    """An option as it is typed, such as --hidden-size 8."""
    typed = f"{value:g}" if isinstance(value, float) else str(value)
    return f"--{name.replace('_', '-')} {typed}".rstrip()


def use_defaults(options: argparse.Namespace) -> None:
    """Set every option that was not given to the value that a new run uses."""
    for name, value in DEFAULTS.items():
        if getattr(options, name) is None:
            setattr(options, name, value)


def take_over(options: argparse.Namespace, checkpoint: FilePath) -> dict[str, Any]:
    """Set every option that was not given to the value that the run began with; return what the checkpoint describes.

    Raises ValueError if an option was given that disagrees and may not change, or if the file is not a checkpoint.
    """
    about = read_about(checkpoint)
    with naming(checkpoint):
        began = {name: about["run"][name] for name in OF_THE_RUN}
    note = about.get("note") or {}
    began.update((name, note[name]) for name in OF_THE_COMMAND if name in note)
    for name, value in began.items():
        given = getattr(options, name)
        if given is None:
            setattr(options, name, value)
        elif given != value and name not in MAY_CHANGE:
            had = "no " + option(name) if value is None else option(name, value)
            raise ValueError(
                f"{option(name, given)} does not agree with the run of {checkpoint}, which has {had}: leave it out"
            )
    return about


def about_text(path: str, text: str) -> dict[str, Any]:
    """What a checkpoint stores about the text, so that the same text can be recognised."""
    text_sum = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    return {"text": os.path.basename(path), "characters": len(text), "text_sum": text_sum}


def check_same_text(text_now: Mapping[str, Any], checkpoint: FilePath, about: Mapping[str, Any]) -> None:
    """Raise ValueError if this is not the text of the checkpoint's run; both are described as `about_text` does it."""
    note = about.get("note") or {}
    if "text_sum" in note and note["text_sum"] != text_now["text_sum"]:
        raise ValueError(
            f"TEXT {text_now['text']}, of {text_now['characters']:,} characters, does not agree with the run of "
            f"{checkpoint}, which reads {note['text']} as it was then, of {note['characters']:,} characters"
        )


def new_note(
    options: argparse.Namespace, text_now: Mapping[str, Any], held_out: float, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """What the checkpoint stores for `take_over` and `check_same_text`."""
    return {
        **text_now,
        "held_out": held_out,
        "seed": options.seed,
        "start": options.start,
        "unknown": options.unknown,
        "encoding": options.encoding,
        "epochs": settings["epochs"],
        "patience": settings["patience"],
    }


def resumed_model(checkpoint: FilePath, about: Mapping[str, Any]) -> CharLM:
    """A model of the same size as that of the checkpoint's run; its parameters are read when the run is resumed."""
    with naming(checkpoint):
        run = about["run"]
        return CharLM(Vocabulary(run["vocabulary"]), run["hidden_size"], dtype=run["dtype"])


def earlier_scores(checkpoint: FilePath, about: Mapping[str, Any]) -> list[float]:
    """The score on the held-out pieces after each epoch that the checkpoint's run has finished."""
    with naming(checkpoint):
        return [row["valid_bits"] for row in about["history"]]


def how_to_go_on(scores: list[float], epochs: int, patience: int) -> str:
    """Why a run with these held-out scores is over, and how to continue it; empty if it is not over."""
    done = len(scores)
    if not done:
        return ""
    best = scores.index(min(scores)) + 1
    without_better = done - best
    more = [option("epochs", 2 * done)] if done >= epochs else []
    if without_better >= patience:
        more.append(option("patience", 2 * without_better))
        epochs_have = "epoch has" if without_better == 1 else "epochs have"
        return (
            f"Patience ended the run, because {without_better} {epochs_have} brought no better score than epoch "
            f"{best}. To continue all the same, add --resume {' '.join(more)}"
        )
    return f"To train longer, add --resume {' '.join(more)}" if more else ""
