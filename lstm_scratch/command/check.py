"""Is your LSTM right? The command that says so in sentences, and writes the template that one fills in."""

import argparse
from typing import Any

from lstm_scratch.lessons import verdict_on_file, write_template

ABOUT = (
    "Check an LSTM of your own: its forward pass against the equations, its backward pass against finite "
    "differences of that forward "
    "pass. Begin with --template, which writes a file to fill in. The file is run, so check only code that you trust."
)


def check(options: argparse.Namespace) -> None:
    """Print the verdict on a file, or write a template. Raises SystemExit with status 1 if something is wrong."""
    if options.template:
        write_template(options.file)
        print(f"{options.file} is written. Fill it in, then: python -m lstm_scratch check {options.file}")
        return
    verdict = verdict_on_file(options.file)
    print(verdict)
    if not verdict.right:
        raise SystemExit(1)


def add_check(verbs: Any) -> None:
    """The options of `check`."""
    checking = verbs.add_parser("check", help="is your own LSTM right?", description=ABOUT)
    checking.set_defaults(run=check)
    checking.add_argument("file", metavar="FILE", help="a Python file made from the template, such as my_lstm.py")
    checking.add_argument(
        "--template", action="store_true", help="write FILE, to be filled in; no file is ever replaced"
    )
