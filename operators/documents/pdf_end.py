"""Tells a PDF whose end is missing, so that what was saved last may be.

A PDF ends with `%%EOF` (ISO 32000-2, 7.5.5), and so does each update that is appended to it. Where a file is cut short
within an update, readers go back to the table of objects before it, or make one of the objects that are left: the
document opens without a word, with the values that it had before.
"""

import mmap
import re
from pathlib import Path

_END = b"%%EOF"
_CONTENT = re.compile(rb"\b\d+\s+\d+\s+obj\b|\bstartxref\b|\bxref\s|\btrailer\b|\bstream\b")
# What is searched for the mark, from the end of the file.
_MOST_BYTES = 64 << 20


def is_cut_short(path: str) -> bool:
    """Whether objects or tables of a PDF stand behind its last end mark, or it has no such mark in its last 64 MiB."""
    with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        place = data.rfind(_END, max(0, len(data) - _MOST_BYTES))
        return place < 0 or _CONTENT.search(data, place) is not None
