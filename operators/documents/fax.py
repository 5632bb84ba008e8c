"""Tells damaged fax data (CCITT groups 3 and 4) of a TIFF, of which libtiff decodes what it can without a word."""

from typing import Any

from pymupdf import mupdf

from .mupdf_messages import forget_messages, take_messages

# TIFF 6.0: width, length, compression, order of bits, offsets and sizes of strips, rows of a strip, options of group 3.
_WIDTH, _LENGTH, _COMPRESSION, _FILL_ORDER, _OFFSETS, _ROWS, _SIZES, _OPTIONS = 256, 257, 259, 266, 273, 278, 279, 292
_GROUP_3, _GROUP_4 = 3, 4
_MOST_STRIPS = 100_000


def damaged_strips(file: Any) -> int:
    """Number of strips of the current frame of an open `PIL.Image` of a TIFF that do not hold all of their rows.

    0 for other compressions, and for data with the bits of each byte in reverse order, which are not looked at.
    """
    tags = file.tag_v2
    kind = tags.get(_COMPRESSION)
    offsets, sizes = tags.get(_OFFSETS, ()), tags.get(_SIZES, ())
    if kind not in (_GROUP_3, _GROUP_4) or tags.get(_FILL_ORDER, 1) != 1 or len(offsets) != len(sizes):
        return 0
    width, left = int(tags[_WIDTH]), int(tags[_LENGTH])
    rows = min(int(tags.get(_ROWS, left)), left)
    options = int(tags.get(_OPTIONS, 0))
    coding = -1 if kind == _GROUP_4 else options & 1
    place = file.fp.tell()
    damaged = 0
    for offset, size in list(zip(offsets, sizes, strict=True))[:_MOST_STRIPS]:
        file.fp.seek(offset)
        damaged += not _is_whole(file.fp.read(size), coding, bool(options & 4), width, min(rows, left))
        left -= rows
    file.fp.seek(place)
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
