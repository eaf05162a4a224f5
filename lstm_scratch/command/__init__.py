"""The command: python -m lstm_scratch train | sample | score, with settings for a text's length and a verdict."""

from lstm_scratch.command.options import new_parser
from lstm_scratch.command.program import main, start

__all__ = ["main", "new_parser", "start"]
