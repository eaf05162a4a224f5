"""Larger engines are optional: they are imported when they are needed, and missed in one sentence."""

import importlib
from typing import Any


def need(name: str, package: str) -> Any:
    """The framework, imported now. Raises ImportError, with what to install, if it is not there."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        message = f"{package} is not installed: 'pip install {package}' brings it"
        raise ImportError(message, name=name) from error
