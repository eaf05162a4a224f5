"""The command: python -m lstm_scratch train TEXT | sample MODEL | score MODEL TEXT; its options: command/options.py."""

import io
import signal
import sys
from types import FrameType

from lstm_scratch.command import new_parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return the exit status: 0, 1 after an error, 130 after Ctrl-C or SIGTERM."""
    options = new_parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a console without some character shows another; a file has each line at once
        sys.stdout.reconfigure(errors="replace", line_buffering=True)
    try:
        options.run(options)
    except (ValueError, OSError, FloatingPointError, MemoryError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def end_as_ctrl_c_does(number: int, frame: FrameType | None) -> None:
    """What SIGTERM does: a batch system or a shutdown ends a run, which then still saves its model."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end_as_ctrl_c_does)
    sys.exit(main())
