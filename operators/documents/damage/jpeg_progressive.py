"""Follows the codes of the scans of a progressive JPEG (ITU-T T.81, annex G), without computing a pixel.

Such an image comes in several scans: of the mean levels of its blocks, of a band of further coefficients, and of one
more bit of what an earlier scan gave. Codes may end bands of many blocks at once, and a scan that refines a band has a
bit for each coefficient that is known not to be zero: which these are is all that is remembered of a scan.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat

_ZEROS = 15
_COEFFICIENTS = 64
# Bits of the largest coefficient that 8 bits of a level can give, and one more for encoders that go beyond.
_MOST_BITS = 11


@dataclass(frozen=True)
class Scan:
    """A scan of a progressive image.

    Attributes:
        band: the first and the last coefficient; 0 and 0 for the mean levels.
        refines: whether an earlier scan gave all but the lowest bit.
        low: the place of its lowest bit.
        blocks: of a unit of the scan, the component of each block, counting from 0.
        tables: of the mean levels by component, or the only one of a band; a table has a number for each sequence of 16
            bits that begins with a code: the length of the code times 256, plus its symbol.
        highest: by component, what the mean levels are at most, in their own unit.
    """

    band: tuple[int, int]
    refines: bool
    low: int
    blocks: tuple[int, ...]
    tables: tuple[Sequence[int], ...]
    highest: tuple[float, ...]

    @property
    def is_of_levels(self) -> bool:
        return self.band[1] == 0


def known_coefficients(blocks: int) -> bytearray:
    """A mark for each coefficient of the blocks of a component, for `follow`."""
    return bytearray(_COEFFICIENTS * blocks)


def follow(scan: Scan, window: "array[int]", end: int, known: bytearray, units: range) -> int | None:
    """The number of bits that the codes of some units of a scan take; None where they are damaged.

    Args:
        window: for each byte of the data, it and the two after it as one number.
        end: number of bits of the data.
        known: which coefficients of the component are not zero, which is added to; not used for mean levels.
        units: the units, counting from 0, between two restart markers.
    """
    if scan.is_of_levels:
        return len(units) * len(scan.blocks) if scan.refines else _levels(scan, window, end, len(units))
    return (_refined if scan.refines else _first)(scan, window, end, known, units)


def _levels(scan: Scan, window: "array[int]", end: int, units: int) -> int | None:
    bit = 0
    levels = [0] * len(scan.tables)
    for _ in repeat(None, units):
        for component in scan.blocks:
            code = scan.tables[component][window[bit >> 3] >> (8 - (bit & 7)) & 0xFFFF]
            bit += code >> 8
            if size := code & 0xFF:
                if size > _ZEROS:
                    return None
                step = window[bit >> 3] >> (24 - (bit & 7) - size) & ((1 << size) - 1)
                bit += size
                levels[component] += step if step >> (size - 1) else step - (1 << size) + 1
            if bit > end or abs(levels[component]) > scan.highest[component]:
                return None
    return bit


def _first(scan: Scan, window: "array[int]", end: int, known: bytearray, units: range) -> int | None:
    table, (first, last) = scan.tables[0], scan.band
    bit = ended = 0
    for block in units:
        if ended:
            ended -= 1
            continue
        at, base = first, _COEFFICIENTS * block
        while at <= last:
            code = table[window[bit >> 3] >> (8 - (bit & 7)) & 0xFFFF]
            bit += code >> 8
            run, size = code >> 4 & 15, code & 15
            if size:
                at += run
                bit += size
                if at > last or size + scan.low > _MOST_BITS or bit > end:
                    return None
                known[base + at] = 1
                at += 1
            elif run == _ZEROS:
                at += 16
            else:
                # The band ends here in this block, and in as many that follow.
                ended = (1 << run) - 1 + (window[bit >> 3] >> (24 - (bit & 7) - run) & ((1 << run) - 1))
                bit += run
                break
        else:
            if at > last + 1:
                return None
        if bit > end:
            return None
    return None if ended else bit


def _refined(scan: Scan, window: "array[int]", end: int, known: bytearray, units: range) -> int | None:
    table, (first, last) = scan.tables[0], scan.band
    bit = ended = 0
    for block in units:
        at, base = first, _COEFFICIENTS * block
        until = base + last + 1
        while not ended and at <= last:
            code = table[window[bit >> 3] >> (8 - (bit & 7)) & 0xFFFF]
            bit += code >> 8
            run, size = code >> 4 & 15, code & 15
            if size > 1 or bit > end:
                return None
            if not size and run < _ZEROS:
                ended = (1 << run) + (window[bit >> 3] >> (24 - (bit & 7) - run) & ((1 << run) - 1))
                bit += run
                break
            bit += size
            # Over as many zeros; what is not zero has a bit of its own.
            place = base + at
            while place < until:
                if known[place]:
                    bit += 1
                elif run:
                    run -= 1
                else:
                    break
                place += 1
            if size and place >= until:
                return None
            if size:
                known[place] = 1
            at = place - base + 1
        if ended:
            bit += known.count(1, base + at, until)
            ended -= 1
        if bit > end:
            return None
    return None if ended else bit
