"""The command: python -m lstm_scratch train TEXT | sample MODEL | score MODEL TEXT.

Its options are in command/options.py.
"""

import io
import os
import signal
import sys
from types import FrameType

from lstm_scratch.command import new_parser


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
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


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


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end_as_ctrl_c_does)
    sys.exit(main())
