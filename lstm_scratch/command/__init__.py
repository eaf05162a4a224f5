"""The command: python -m lstm_scratch train | sample | score."""

from lstm_scratch.command.verbs import new_parser

__all__ = ["new_parser"]
