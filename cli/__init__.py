"""The command line: one thin function for each verb.

The verbs import heavy modules inside their functions, so that `--help` and `validate` respond at once.
"""

from .app import app
from .entry import main

__all__ = ["app", "main"]
