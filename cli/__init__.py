"""The command line: one function a verb, each thin over the package.

Heavy imports happen inside the verbs, so that `--help` and `validate` answer at once.
"""

from .app import app
from .entry import main

__all__ = ["app", "main"]
