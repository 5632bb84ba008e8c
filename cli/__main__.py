"""`python -m docpipe.cli`."""

from .entry import main

main()
