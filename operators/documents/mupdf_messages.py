"""The messages that MuPDF leaves about what it cannot read.

MuPDF counts a message that equals the one before instead of storing it, until it is told to write out what it holds
back. `pymupdf.TOOLS.reset_mupdf_warnings` does not do that: after it, the first message about another page could be
taken for a repetition and be lost.
"""

import pymupdf


def take_messages() -> str:
    """All messages since they were last taken or forgotten, one a line."""
    return str(pymupdf.TOOLS.mupdf_warnings())


def forget_messages() -> None:
    """Leave no message to those who take them next."""
    take_messages()
