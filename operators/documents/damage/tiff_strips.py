"""Tells damaged data of a TIFF, of which libtiff decodes what it can without a word."""

import zlib
from typing import Any

from pymupdf import mupdf

from ..mupdf_messages import forget_messages, take_messages
from .jpeg_scan import is_damaged

# TIFF 6.0: width, length, compression, order of bits, offsets and sizes of strips, rows of a strip, options of group 3;
# offsets and sizes of tiles, and the tables that all JPEG data of a frame share.
_WIDTH, _LENGTH, _COMPRESSION, _FILL_ORDER, _OFFSETS, _ROWS, _SIZES, _OPTIONS = 256, 257, 259, 266, 273, 278, 279, 292
_TILE_OFFSETS, _TILE_SIZES, _TABLES = 324, 325, 347
_GROUP_3, _GROUP_4, _JPEG, _DEFLATE, _PACK_BITS = 3, 4, 7, (8, 32946), 32773
_BITS, _SAMPLES, _PLANES = 258, 277, 284
_MOST_STRIPS = 100_000


def damaged_strips(file: Any) -> int:
    """Number of strips or tiles of the current frame of an open `PIL.Image` of a TIFF whose data are damaged.

    Data of fax (CCITT groups 3 and 4), JPEG, Deflate and PackBits are looked at; the data of other compressions would
    not tell. Fax and PackBits data are not looked at in tiles, nor fax data with the bits of a byte in reverse order.
    """
    tags = file.tag_v2
    kind = tags.get(_COMPRESSION)
    if kind in (_GROUP_3, _GROUP_4):
        return _damaged_fax(file, kind) if tags.get(_FILL_ORDER, 1) == 1 else 0
    if kind == _JPEG:
        tables = bytes(tags.get(_TABLES, b""))[:-2]
        return sum(is_damaged(tables + strip[2 * bool(tables) :]) for strip in _strips(file))
    if kind == _PACK_BITS and _TILE_OFFSETS not in tags:
        return sum(not _unpacks_to(data, size) for data, size in zip(_strips(file), _strip_sizes(tags), strict=False))
    return sum(map(_is_cut, _strips(file))) if kind in _DEFLATE else 0


def _strip_sizes(tags: Any) -> list[int]:
    """The number of bytes that each strip has once it is unpacked."""
    width, length = int(tags[_WIDTH]), int(tags[_LENGTH])
    rows = min(int(tags.get(_ROWS, length)), length)
    apart = tags.get(_PLANES, 1) == 2
    samples, bits = int(tags.get(_SAMPLES, 1)), int(tags.get(_BITS, (1,))[0])
    row = (width * bits * (1 if apart else samples) + 7) // 8
    sizes = [row * min(rows, length - top) for top in range(0, length, rows)]
    return sizes * (samples if apart else 1)


def _unpacks_to(data: bytes, size: int) -> bool:
    """Whether data of PackBits (TIFF 6.0, section 9) are so many bytes, with at most one byte behind them."""
    made = place = 0
    while place < len(data) and made < size:
        count = data[place]
        made += count + 1 if count < 128 else 257 - count if count > 128 else 0
        place += count + 2 if count < 128 else 2 if count > 128 else 1
    return made == size and len(data) - 1 <= place <= len(data)


def _strips(file: Any, tiles: bool = True) -> list[bytes]:
    tags = file.tag_v2
    names = (_TILE_OFFSETS, _TILE_SIZES) if tiles and _TILE_OFFSETS in tags else (_OFFSETS, _SIZES)
    offsets, sizes = (tags.get(name, ()) for name in names)
    if len(offsets) != len(sizes):
        return []
    place = file.fp.tell()
    found = []
    for offset, size in list(zip(offsets, sizes, strict=True))[:_MOST_STRIPS]:
        file.fp.seek(offset)
        found.append(file.fp.read(size))
    file.fp.seek(place)
    return found


def _is_cut(data: bytes) -> bool:
    decoder = zlib.decompressobj()
    try:
        decoder.decompress(data)
    except zlib.error:
        return True
    return not decoder.eof


def _damaged_fax(file: Any, kind: int) -> int:
    tags = file.tag_v2
    width, left = int(tags[_WIDTH]), int(tags[_LENGTH])
    rows = min(int(tags.get(_ROWS, left)), left)
    options = int(tags.get(_OPTIONS, 0))
    coding = -1 if kind == _GROUP_4 else options & 1
    damaged = 0
    for data in _strips(file, tiles=False):
        damaged += not _is_whole(data, coding, bool(options & 4), width, min(rows, left))
        left -= rows
    return damaged


def _is_whole(data: bytes, coding: int, aligned: bool, width: int, rows: int) -> bool:
    forget_messages()
    source = mupdf.fz_open_buffer(mupdf.fz_new_buffer_from_copied_data(data))
    try:
        decoded = mupdf.fz_open_faxd(source, coding, 0, int(aligned), width, rows, 0, 0)
        found = mupdf.fz_buffer_storage(mupdf.fz_read_all(decoded, len(data)))[0]
    except Exception:
        return False
    finally:
        messages = take_messages()
    return not messages and int(found) >= rows * ((width + 7) // 8)
