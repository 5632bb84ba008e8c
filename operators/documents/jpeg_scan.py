"""Tells damaged data of a JPEG, of which decoders make grey, shifted or discoloured parts without a word.

Damaged data are still a sequence of Huffman codes, but seldom one that has a coefficient for each of its places, and
that ends after the last block of the image just where the data end. That is followed here, code by code, for sequential
images of Huffman codes (ITU-T T.81, annex F), without computing a pixel.
"""

import re
from array import array
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np

# Markers (T.81, table B.1).
_SOF_SEQUENTIAL, _DHT, _SOS, _EOI, _DRI, _DQT = (0xC0, 0xC1), 0xC4, 0xDA, 0xD9, 0xDD, 0xDB
_STANDALONE = (0x01, *range(0xD0, 0xD9))
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_END_OF_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
# More codes are not followed: an image of so many takes seconds.
_MOST_BYTES = 8 << 20
_BAD = 1 << 20
_MOST_BITS = 15
_COEFFICIENTS = 64
# Mean levels of a block are 1,024 at most, times 8 over 8, before they are divided by the quantiser; an encoder that
# changed an image without decoding it may have gone beyond by a little.
_HIGHEST = 1.1 * 1024
# How many times larger levels of 12 bits are.
_DEEP = 16


@dataclass
class _Header:
    """What of the headers is needed to follow the codes.

    Attributes:
        size: height and width of the image in pixels.
        deep: whether levels have 12 bits and not 8.
        sampling: horizontal and vertical factor of each component, by its identifier.
        quantiser: number of the table of each component, by its identifier.
        steps: what each of these tables divides the mean level of a block by.
        tables: the lookup table of each class (0 for DC, 1 for AC) and number.
        restart: blocks of the scan, MCUs, between restart markers; 0 for none.
    """

    size: tuple[int, int] = (0, 0)
    deep: bool = False
    sampling: dict[int, tuple[int, int]] = field(default_factory=dict)
    quantiser: dict[int, int] = field(default_factory=dict)
    steps: dict[int, int] = field(default_factory=dict)
    tables: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    restart: int = 0


def is_damaged(data: bytes) -> bool:
    """Whether the data of a JPEG do not hold the codes of all of its blocks, and nothing else.

    False for progressive, lossless and arithmetically coded images, and for those above 8 MiB, which are not looked at.
    """
    if len(data) > _MOST_BYTES:
        return False
    header = _Header()
    place = 2
    while place + 2 <= len(data):
        if data[place] != 0xFF:
            return True
        marker = data[place + 1]
        if marker == 0xFF or marker in _STANDALONE:
            place += 1 if marker == 0xFF else 2
            continue
        if marker == _EOI:
            return False
        body = data[place + 4 : place + 2 + int.from_bytes(data[place + 2 : place + 4])]
        place += 4 + len(body)
        try:
            if 0xC0 <= marker <= 0xCF and marker not in (*_SOF_SEQUENTIAL, _DHT, 0xC8, 0xCC):
                return False
            if marker in _SOF_SEQUENTIAL:
                header.deep = body[0] > 8
                header.quantiser = {body[i]: body[i + 2] for i in range(6, len(body), 3)}
                header.size = int.from_bytes(body[1:3]), int.from_bytes(body[3:5])
                header.sampling = {body[i]: (body[i + 1] >> 4, body[i + 1] & 15) for i in range(6, len(body), 3)}
            elif marker == _DHT:
                header.tables |= _tables(body)
            elif marker == _DQT:
                header.steps |= _steps(body)
            elif marker == _DRI:
                header.restart = int.from_bytes(body[:2])
            elif marker == _SOS:
                end = _END_OF_SCAN.search(data, place)
                until = end.start() if end else len(data)
                if not end or not _is_whole_scan(header, body, data[place:until]):
                    return True
                place = until
        except (IndexError, KeyError, ZeroDivisionError):
            return True
    return True


def is_damaged_file(path: str) -> bool:
    """As `is_damaged`, of a file, which is read only where it is looked at."""
    file = Path(path)
    return file.stat().st_size <= _MOST_BYTES and is_damaged(file.read_bytes())


def _steps(body: bytes) -> dict[int, int]:
    """The first entry of each table of a segment of quantisers."""
    found = {}
    place = 0
    while place < len(body):
        size = 1 + (body[place] >> 4)
        found[body[place] & 15] = int.from_bytes(body[place + 1 : place + 1 + size])
        place += 1 + 64 * size
    return found


def _tables(body: bytes) -> dict[tuple[int, int], list[int]]:
    """The lookup tables of a segment of Huffman tables.

    A table has a number for each sequence of 16 bits that begins with a code: of AC the number of bits of the code and
    of what follows it, times 256, plus the number of places of the block that the code takes; of DC the number of bits
    of the code, times 256, plus that of the bits that follow. What is no code has a larger number.
    """
    found = {}
    place = 0
    while place < len(body):
        kind, number = body[place] >> 4, body[place] & 15
        counts = body[place + 1 : place + 17]
        symbols = body[place + 17 : place + 17 + sum(counts)]
        place += 17 + len(symbols)
        table = np.full(1 << 16, _BAD, np.int64)
        code, at = 0, 0
        for length, count in enumerate(counts, 1):
            for symbol in symbols[at : at + count]:
                low = code << (16 - length)
                table[low : low + (1 << (16 - length))] = _entry(length, symbol, alternating=kind == 1)
                code += 1
            at += count
            code <<= 1
        found[kind, number] = table.tolist()
    return found


def _entry(length: int, symbol: int, *, alternating: bool) -> int:
    if not alternating:
        return length * 256 + symbol if symbol <= _MOST_BITS else _BAD
    # A run of zeros, and the size of the coefficient behind it.
    run, size = symbol >> 4, symbol & 15
    if not size and run not in (0, 15):
        return _BAD
    return (length + size) * 256 + (run + 1 if size or run else _COEFFICIENTS)


def _is_whole_scan(header: _Header, body: bytes, data: bytes) -> bool:
    components = [(body[1 + 2 * i], body[2 + 2 * i]) for i in range(body[0])]
    high, wide = (max(factors[side] for factors in header.sampling.values()) for side in (1, 0))
    height, width = header.size
    if len(components) == 1:
        # One component alone has no blocks beyond its own size (T.81, A.2.2).
        x, y = header.sampling[components[0][0]]
        units = _parts(_parts(width * x, wide), 8) * _parts(_parts(height * y, high), 8)
        blocks = [1]
    else:
        units = _parts(width, 8 * wide) * _parts(height, 8 * high)
        blocks = [header.sampling[name][0] * header.sampling[name][1] for name, _ in components]
    highest = _HIGHEST * (_DEEP if header.deep else 1)
    pattern = [
        _Block(place, header.tables[0, numbers >> 4], header.tables[1, numbers & 15], highest / header.steps[table] + 1)
        for place, ((name, numbers), count) in enumerate(zip(components, blocks, strict=True))
        for table in [header.quantiser[name]] * count
    ]
    parts = _RESTART.split(data)
    each = header.restart or units
    if len(parts) != _parts(units, each):
        return False
    return all(_is_whole(part, pattern, min(each, units - each * place)) for place, part in enumerate(parts))


def _parts(whole: int, part: int) -> int:
    """How many parts hold the whole."""
    return -(-whole // part)


class _Block(NamedTuple):
    """A block of a unit: the place of its component in the scan, its tables, and the limit of its mean level."""

    component: int
    dc: list[int]
    ac: list[int]
    highest: float


def _is_whole(part: bytes, pattern: list[_Block], units: int) -> bool:
    """Whether data without markers hold just so many units of blocks."""
    data = np.frombuffer(part.replace(b"\xff\x00", b"\xff") + b"\xff" * 8, np.uint8).astype(np.int32)
    # An array, since a list of as many integers takes ten times the memory.
    window = array("i", (data[:-2] << 16 | data[1:-1] << 8 | data[2:]).tobytes())
    end = 8 * (len(data) - 8)
    bit = 0
    levels = [0] * (1 + max(block.component for block in pattern))
    for _ in repeat(None, units):
        for component, dc, ac, highest in pattern:
            code = dc[window[bit >> 3] >> (8 - (bit & 7)) & 0xFFFF]
            bit += code >> 8
            if size := code & 0xFF:
                step = window[bit >> 3] >> (24 - (bit & 7) - size) & ((1 << size) - 1)
                bit += size
                # T.81, figure F.12.
                levels[component] += step if step >> (size - 1) else step - (1 << size) + 1
            place = 1
            while place < _COEFFICIENTS:
                code = ac[window[bit >> 3] >> (8 - (bit & 7)) & 0xFFFF]
                bit += code >> 8
                place += code & 0xFF
            beyond = place > _COEFFICIENTS and code & 0xFF != _COEFFICIENTS
            if bit > end or beyond or not -highest <= levels[component] <= highest:
                return False
    # What is left of the last byte is filled with ones.
    return end - bit < 8
