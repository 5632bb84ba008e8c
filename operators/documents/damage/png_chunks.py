"""Tells damaged data of a PNG, which Pillow decodes as far as it can without a word."""

import zlib
from pathlib import Path

_SIGNATURE = 8
# The length and the kind of a chunk before its data, and the checksum behind them.
_HEAD, _CHECKSUM = 8, 4
_MOST_BYTES = 1 << 28


def damaged_chunks(path: str) -> int:
    """Number of chunks of pixels whose checksum is wrong; 0 for a PNG of more than 256 MiB, which is not looked at."""
    if Path(path).stat().st_size > _MOST_BYTES:
        return 0
    data = memoryview(Path(path).read_bytes())
    damaged, place = 0, _SIGNATURE
    while place + _HEAD <= len(data):
        end = place + _HEAD + int.from_bytes(data[place : place + 4])
        if bytes(data[place + 4 : place + _HEAD]) == b"IDAT":
            damaged += zlib.crc32(data[place + 4 : end]) != int.from_bytes(data[end : end + _CHECKSUM])
        place = end + _CHECKSUM
    return damaged
