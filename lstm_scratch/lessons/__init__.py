"""Exercises that answer with a hint, and five broken cells to find the bug in."""

from lstm_scratch.lessons.bug_hunt import SUSPECTS, broken_cell, name_the_bug, reveal
from lstm_scratch.lessons.exercises import check

__all__ = ["SUSPECTS", "broken_cell", "check", "name_the_bug", "reveal"]
