"""The command: python -m lstm_scratch train TEXT | sample MODEL | score MODEL TEXT; its options: command/options.py."""

import io
import sys

from lstm_scratch.command import new_parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return the exit status: 0, 1 after an error, 130 after Ctrl-C."""
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


if __name__ == "__main__":
    sys.exit(main())
