"""`python -m docpipe.cli`."""

from .entry import program

program()
