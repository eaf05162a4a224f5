"""The command: python -m lstm_scratch train TEXT | sample MODEL | score MODEL TEXT; its options: command/options.py."""

import io
import os
import signal
import sys
from types import FrameType

from lstm_scratch.command import new_parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return the exit status: 0, 1 after an error, 130 after Ctrl-C or SIGTERM, 141 under `head`.

    Raises SystemExit after --help, and with status 2 after an option that is refused.
    """
    prepare_output()
    try:
        try:
            return run(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # what is read by `head`, and by it no longer: other programs end in silence there, with this status
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
    """A console shows another character for one it does not have; everything else is given UTF-8, line by line."""
    for output in (sys.stdout, sys.stderr):
        if not isinstance(output, io.TextIOWrapper):
            continue
        if not output.isatty():
            output.reconfigure(encoding="utf-8")
        output.reconfigure(errors="replace", line_buffering=True)


def silence_output() -> None:
    """Let all that is still to be written go nowhere, so that Python does not complain of it while it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for output in (sys.stdout, sys.stderr):
        try:
            output.flush()
        except BrokenPipeError:
            os.dup2(nowhere, output.fileno())


def end_as_ctrl_c_does(number: int, frame: FrameType | None) -> None:
    """What SIGTERM does: a batch system or a shutdown ends a run, which then still saves its model."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end_as_ctrl_c_does)
    sys.exit(main())
