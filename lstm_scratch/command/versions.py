"""What `--version` says: the versions of everything that decides what the package computes, for a report."""

import platform
from typing import Any

import numpy as np

import lstm_scratch


def versions() -> str:
    """The package, Python, NumPy with its library for products of matrices (BLAS), and the system, a line each."""
    config: Any = np.show_config(mode="dicts")
    blas = config.get("Build Dependencies", {}).get("blas", {})
    return "\n".join(
        [
            f"lstm_scratch {lstm_scratch.__version__}",
            f"Python {platform.python_version()} ({platform.python_implementation()})",
            f"NumPy {np.__version__}, BLAS {blas.get('name', 'unknown')} {blas.get('version', '')}".rstrip(),
            f"{platform.system()} {platform.release()}, {platform.machine()}",
        ]
    )
