"""Tells damaged data of a JPEG, of which decoders make grey, shifted or discoloured parts without a word.

Damaged data are still a sequence of Huffman codes, but seldom one that has a coefficient for each of its places, and
that ends after the last block of the image just where the data end. That is followed here, code by code, for sequential
images of Huffman codes (ITU-T T.81, annex F), without computing a pixel; for progressive ones in `jpeg_progressive`.
"""

import re
from array import array
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .jpeg_progressive import Scan, follow, known_coefficients

# Markers (T.81, table B.1).
_SOF_SEQUENTIAL, _SOF_PROGRESSIVE = (0xC0, 0xC1), 0xC2
_DHT, _SOS, _EOI, _DRI, _DQT = 0xC4, 0xDA, 0xD9, 0xDD, 0xDB
_STANDALONE = (0x01, *range(0xD0, 0xD9))
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_END_OF_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
# More codes are not followed: an image of so many takes seconds.
_MOST_BYTES, _MOST_BYTES_PROGRESSIVE, _MOST_BLOCKS_PROGRESSIVE = 8 << 20, 2 << 20, 500_000
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
        progressive: whether the image comes in several scans.
        codes: the tables of a progressive image, see `Scan.tables`.
        known: which coefficients of each component are not zero, see `follow`.
    """

    size: tuple[int, int] = (0, 0)
    deep: bool = False
    sampling: dict[int, tuple[int, int]] = field(default_factory=dict)
    quantiser: dict[int, int] = field(default_factory=dict)
    steps: dict[int, int] = field(default_factory=dict)
    tables: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    restart: int = 0
    progressive: bool = False
    codes: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    known: dict[int, bytearray] = field(default_factory=dict)


def is_damaged(data: bytes) -> bool:
    """Whether the data of a JPEG do not hold the codes of all of its blocks, and nothing else.

    False for lossless and arithmetically coded images, for those above 8 MiB, and for progressive ones above 2 MiB or
    500,000 blocks, which are not looked at.
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
            if 0xC0 <= marker <= 0xCF and marker not in (*_SOF_SEQUENTIAL, _SOF_PROGRESSIVE, _DHT, 0xC8, 0xCC):
                return False
            if marker in (*_SOF_SEQUENTIAL, _SOF_PROGRESSIVE):
                header.progressive = marker == _SOF_PROGRESSIVE
                header.deep = body[0] > 8
                header.quantiser = {body[i]: body[i + 2] for i in range(6, len(body), 3)}
                header.size = int.from_bytes(body[1:3]), int.from_bytes(body[3:5])
                header.sampling = {body[i]: (body[i + 1] >> 4, body[i + 1] & 15) for i in range(6, len(body), 3)}
                if header.progressive and _is_too_large(header, len(data)):
                    return False
            elif marker == _DHT:
                header.tables |= _tables(body)
                header.codes |= _tables(body, plain=True)
            elif marker == _DQT:
                header.steps |= _steps(body)
            elif marker == _DRI:
                header.restart = int.from_bytes(body[:2])
            elif marker == _SOS:
                end = _END_OF_SCAN.search(data, place)
                until = end.start() if end else len(data)
                is_whole = _is_whole_progressive if header.progressive else _is_whole_scan
                if not end or not is_whole(header, body, data[place:until]):
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


def _is_too_large(header: _Header, size: int) -> bool:
    height, width = header.size
    blocks = sum(x * y for x, y in header.sampling.values()) * _parts(height, 8) * _parts(width, 8)
    return size > _MOST_BYTES_PROGRESSIVE or blocks > _MOST_BLOCKS_PROGRESSIVE


def _tables(body: bytes, *, plain: bool = False) -> dict[tuple[int, int], list[int]]:
    """The lookup tables of a segment of Huffman tables; `plain` ones as progressive images need them.

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
                entry = length * 256 + symbol if plain else _entry(length, symbol, alternating=kind == 1)
                table[low : low + (1 << (16 - length))] = entry
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


def _units(header: _Header, names: list[int]) -> tuple[int, list[int]]:
    """The number of units of a scan, MCUs, and of the blocks of each of its components in a unit."""
    high, wide = (max(factors[side] for factors in header.sampling.values()) for side in (1, 0))
    height, width = header.size
    if len(names) == 1:
        # One component alone has no blocks beyond its own size (T.81, A.2.2).
        x, y = header.sampling[names[0]]
        return _parts(_parts(width * x, wide), 8) * _parts(_parts(height * y, high), 8), [1]
    units = _parts(width, 8 * wide) * _parts(height, 8 * high)
    return units, [header.sampling[name][0] * header.sampling[name][1] for name in names]


def _is_whole_progressive(header: _Header, body: bytes, data: bytes) -> bool:
    components = [(body[1 + 2 * i], body[2 + 2 * i]) for i in range(body[0])]
    units, blocks = _units(header, [name for name, _ in components])
    first, last, places = body[1 + 2 * len(components) :][:3]
    if first > last or last > 63 or (last and (len(components) > 1 or not first)):
        return False
    low, is_of_levels = places & 15, last == 0
    refines = places >> 4 > 0
    numbers = [(0, tables >> 4) if is_of_levels else (1, tables & 15) for _, tables in components]
    highest = _HIGHEST * (_DEEP if header.deep else 1)
    scan = Scan(
        (first, last),
        refines,
        low,
        tuple(place for place, count in enumerate(blocks) for _ in range(count)),
        () if is_of_levels and refines else tuple(header.codes[number] for number in numbers),
        tuple((highest / header.steps[header.quantiser[name]] + 1) / (1 << low) + 1 for name, _ in components),
    )
    known = bytearray()
    if not is_of_levels:
        known = header.known.setdefault(components[0][0], known_coefficients(units))
    parts = _RESTART.split(data)
    each = header.restart or units
    if len(parts) != _parts(units, each):
        return False
    for place, part in enumerate(parts):
        window, end = _window(part)
        bits = follow(scan, window, end, known, range(each * place, min(each * (place + 1), units)))
        if bits is None or not 0 <= end - bits < 8:
            return False
    return True


def _is_whole_scan(header: _Header, body: bytes, data: bytes) -> bool:
    components = [(body[1 + 2 * i], body[2 + 2 * i]) for i in range(body[0])]
    units, blocks = _units(header, [name for name, _ in components])
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


def _window(part: bytes) -> tuple["array[int]", int]:
    """Of data without markers, each byte with the two after it as one number, and the number of its bits."""
    data = np.frombuffer(part.replace(b"\xff\x00", b"\xff") + b"\xff" * 8, np.uint8).astype(np.int32)
    # An array, since a list of as many integers takes ten times the memory.
    return array("i", (data[:-2] << 16 | data[1:-1] << 8 | data[2:]).tobytes()), 8 * (len(data) - 8)


def _is_whole(part: bytes, pattern: list[_Block], units: int) -> bool:
    """Whether data without markers hold just so many units of blocks."""
    window, end = _window(part)
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
