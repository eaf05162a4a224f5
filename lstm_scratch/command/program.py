"""The command as a program: its exit status, its outputs, and the signals that end it."""

import io
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from lstm_scratch.command.options import new_parser
from lstm_scratch.command.terminal import say


def start() -> NoReturn:
    """Run the command with the arguments of this process, and end the process."""
    signal.signal(signal.SIGTERM, end_as_ctrl_c_does)
    sys.exit(main())


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status.

    The status is 0, or 1 after an error, 130 after Ctrl+C or SIGTERM, and 141 if the program that reads the output,
    such as `head`, has stopped reading. Raises SystemExit with status 0 after --help, and with status 2 if an option
    is refused.
    """
    prepare_output()
    try:
        try:
            return run(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # `head`, for example, has read enough, so we end without a message and with this status, as other programs do
        silence_output()
        return 141


def run(arguments: list[str] | None) -> int:
    """Do what the arguments ask for; return the exit status."""
    try:
        options = new_parser().parse_args(arguments)
        options.run(options)
    except BrokenPipeError:
        raise
    except (ValueError, OSError, FloatingPointError, MemoryError) as error:
        say(in_words(error), sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def in_words(error: Exception) -> str:
    """What went wrong, without the number that an operating system has for it."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, MemoryError):
        return f"there is not enough memory: {error}" if str(error) else "there is not enough memory"
    return str(error)


def prepare_output() -> None:
    """Write UTF-8, line by line; a console keeps its own encoding and shows `?` for a character that it lacks."""
    for output in (sys.stdout, sys.stderr):
        if not isinstance(output, io.TextIOWrapper):
            continue
        if not output.isatty():
            output.reconfigure(encoding="utf-8")
        output.reconfigure(errors="replace", line_buffering=True)


def silence_output() -> None:
    """Discard everything that is still to be written, so that Python does not complain about it as it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for output in (sys.stdout, sys.stderr):
        try:
            output.flush()
        except BrokenPipeError:
            os.dup2(nowhere, output.fileno())


def end_as_ctrl_c_does(number: int, frame: FrameType | None) -> None:
    """Treat SIGTERM like Ctrl+C, so that a run that is ended by a batch system or a shutdown still saves its model."""
    raise KeyboardInterrupt
