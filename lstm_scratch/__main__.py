"""Starts the command: python -m lstm_scratch."""

from lstm_scratch.command import start

if __name__ == "__main__":
    start()
