"""The command: python -m lstm_scratch train | sample | score, with settings for a text's length and a verdict."""

from lstm_scratch.command.options import new_parser

__all__ = ["new_parser"]
