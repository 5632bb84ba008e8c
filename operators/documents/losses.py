"""Tells from the messages of MuPDF what of a page could not be read.

MuPDF goes on where an object is missing or damaged and leaves a message. Most messages are about faults that cost
nothing, such as a wrong length or an unbalanced operator; the patterns here are those after which something that a
person would see is missing. Each was seen with MuPDF 1.27 on a file that was damaged on purpose, and none of them
occurs on a page of an undamaged document of the corpora that this project is measured on.
"""

import re
import zlib
from dataclasses import dataclass
from typing import Any

import pymupdf
from pymupdf import mupdf

from .damage.jpeg_scan import is_damaged
from .mupdf_messages import take_messages

# Streams: of the page's content, of forms, fonts and images; and what is left out of a stream: all up to the end of a
# string, an array, a dictionary or an image that does not end where it should, and operators that ran into others.
_UNREADABLE = re.compile(
    r"content stream is not a stream|cannot load content stream part|premature end of data in \w+ filter|"
    r"premature end of file in jpeg|read error; treating as end of file|ignoring zlib error|unknown filter name|"
    r"cannot find XObject resource|no XObject subtype specified|unknown XObject subtype|syntax error in content stream|"
    r"Failed to read JPX|could not parse color ?space|library error|openjpeg error|padding truncated image|"
    r"corrupt object stream|ignored error when loading embedded font|unknown cid font type|"
    r"image (?:width|height) is zero|syntax error in array|invalid key in dict|syntax error after inline image|"
    r"unknown keyword: '\S*(?:BT|ET|T[jJdDmf*]|Do)\S*'|cannot find Font resource|jbig2dec (?:error|warning)"
)
# Causes and consequences of what another message is about.
_SAME = re.compile(
    r"library error|openjpeg error|read error; treating as end of file|padding truncated image|"
    r"syntax error in content stream|jbig2dec warning"
)
# What is found in a stream of rubbish too; it counts where nothing else of the page was read.
_SUSPECT = re.compile(r"unknown keyword|stack overflow")
_CUT_SHORT = re.compile(r"premature end of data in flate filter")
_FLATE = (("name", "/FlateDecode"), ("array", "[/FlateDecode]"))
_JPEG, _FILTER = ("DCTDecode", "DCT"), re.compile(r"/(\w+)")
_JBIG2 = ("JBIG2Decode",)
# Zero bytes in a row, as of a part of a file that was never written: in a stream of content, where they are white
# space, and in data of an arithmetic coder, which decodes anything.
_HOLE = re.compile(rb"\0{64,}")
_REPEATED = re.compile(r"^\.\.\. repeated \d+ times")
# A font that is chosen, and an escape in a name (ISO 32000-2, 9.3.1 and 7.3.5).
_FONT = re.compile(rb"/([^\s/<>\[\]()]+)\s+[-+.\d]+\s+Tf\b")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_RESOURCES = mupdf.pdf_new_name("Resources")
_MOST_FONTS = 1000
_MOST_SHOWN = 3
_MOST_IMAGES = 50
_MOST_COMPRESSED, _PIECE = 64 << 20, 1 << 20


@dataclass(frozen=True)
class Losses:
    """What of a page could not be read.

    Attributes:
        objects: number of different objects that are known to be lost; 0 where the content may be rubbish, which
            says something only of a page on which nothing was read.
        message: the messages of MuPDF, for a person.
    """

    objects: int
    message: str


def take_losses(page: Any) -> Losses | None:
    """What MuPDF has lost of a `pymupdf.Page` since they were last taken or forgotten; None for nothing."""
    text = take_messages()
    content = _content(page) if page.parent.is_pdf else b""
    fonts, holes = _missing_fonts(page, content), len(_HOLE.findall(content))
    if not text and not fonts and not holes:
        return None
    messages = list(dict.fromkeys(line for line in map(str.strip, text.splitlines()) if not _REPEATED.match(line)))
    lost = [message for message in messages if _UNREADABLE.search(message)]
    if any(_CUT_SHORT.search(message) for message in lost) and _only_checksums_cut(page):
        lost = [message for message in lost if not _CUT_SHORT.search(message)]
    suspect = [message for message in messages if _SUSPECT.search(message)]
    if not lost and not suspect and not fonts and not holes:
        return None
    objects = sum(not _SAME.search(message) for message in lost) or min(1, len(lost))
    shown = [f"fonts that are missing: {fonts}"] * bool(fonts) + (lost or suspect)
    shown += [f"parts of the content that are zeros: {holes}"] * bool(holes)
    return Losses(objects + fonts + holes, _printable("; ".join(shown[:_MOST_SHOWN])))


def forget_losses() -> None:
    """Leave no message to the next page, nor a damaged object in MuPDF's cache, of which nothing more would be said."""
    if _UNREADABLE.search(take_messages()):
        forget_damaged_objects()


def damaged_images(page: Any) -> int:
    """How many images of a `pymupdf.Page` have damaged data that MuPDF decodes without a message.

    It stops at the last pixel of deflated data, before their checksum, and makes something of whatever the codes of a
    JPEG are, or of JBIG2 data that are zeros in a row. Images of more than 64 MiB of compressed data, those beyond the
    first 50, inline images and those of patterns are not looked at; nor is what cannot be decoded at all, which
    `take_losses` says.
    """
    document = page.parent
    if not document.is_pdf:
        return 0
    # An image, and the mask that it is seen through.
    numbers = {int(number) for image in page.get_images()[:_MOST_IMAGES] for number in image[:2] if number}
    return sum(_is_damaged(document, xref) for xref in numbers)


def _is_damaged(document: Any, xref: int) -> bool:
    filters = document.xref_get_key(xref, "Filter")
    names = _FILTER.findall(filters[1])
    if names[-1:] and names[-1] in _JPEG:
        return is_damaged(_last_encoded(document, xref, len(names)))
    if names[-1:] and names[-1] in _JBIG2:
        return _HOLE.search(_last_encoded(document, xref, len(names))) is not None
    return filters in _FLATE and _has_other_checksum(document.xref_stream_raw(xref) or b"")


def _last_encoded(document: Any, xref: int, filters: int) -> bytes:
    """The data of an image as its last filter takes them."""
    if filters == 1:
        return bytes(document.xref_stream_raw(xref) or b"")
    data = mupdf.pdf_load_compressed_stream(mupdf.pdf_document_from_fz_document(document.this), xref, 0)
    return bytes(mupdf.fz_buffer_extract_copy(mupdf.FzBuffer(mupdf.ll_fz_keep_buffer(data.m_internal.buffer))))


def _has_other_checksum(left: bytes) -> bool:
    if len(left) > _MOST_COMPRESSED:
        return False
    decoder = zlib.decompressobj()
    try:
        while left and not decoder.eof:
            decoder.decompress(left, _PIECE)
            left = decoder.unconsumed_tail
    except zlib.error as error:
        return "incorrect data check" in str(error)
    return False


def forget_damaged_objects() -> None:
    """Empty MuPDF's cache of fonts and images, so that the next page that uses a damaged one says so again."""
    pymupdf.TOOLS.store_shrink(100)


def _missing_fonts(page: Any, content: bytes) -> int:
    """How many fonts of a page are not there: MuPDF takes another font instead and says nothing.

    They are entries of its resources that are no objects, and names in its content that the resources do not have.
    Names in the content of forms are not looked at.
    """
    if not page.parent.is_pdf:
        return 0
    pdf_page = mupdf.pdf_page_from_fz_page(page.this)
    resources = mupdf.ll_pdf_dict_get_inheritable(pdf_page.m_internal.obj, _RESOURCES.m_internal)
    if not mupdf.ll_pdf_is_dict(resources):
        # Without any resources, text has no font, and a drawing needs none.
        return int(b"Tf" in content)
    fonts = mupdf.ll_pdf_dict_gets(resources, "Font")
    count = min(mupdf.ll_pdf_dict_len(fonts), _MOST_FONTS)
    empty = sum(not mupdf.ll_pdf_is_dict(mupdf.ll_pdf_dict_get_val(fonts, place)) for place in range(count))
    used = {_ESCAPE.sub(_unescaped, name).decode("latin-1") for name in _FONT.findall(content)}
    return empty + sum(mupdf.ll_pdf_dict_gets(fonts, name) is None for name in used)


def _content(page: Any) -> bytes:
    try:
        return bytes(page.read_contents() or b"")
    except Exception:
        # What cannot be read leaves a message of its own.
        return b""


def _unescaped(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 16)])


def _only_checksums_cut(page: Any) -> bool:
    """Whether each compressed stream of the page's content lacks no more than its checksum, the last four bytes.

    Only content is looked at: of a page whose content is whole, something else is cut, and False says so.
    """
    cut = 0
    document = page.parent
    for xref in page.get_contents():
        data = document.xref_stream_raw(xref)
        if not data or document.xref_get_key(xref, "Filter") not in _FLATE:
            continue
        try:
            whole = zlib.decompressobj()
            whole.decompress(data)
            if whole.eof:
                continue
            # The same data without the header of two bytes and the checksum.
            bare = zlib.decompressobj(-zlib.MAX_WBITS)
            bare.decompress(data[2:])
        except zlib.error:
            return False
        if not bare.eof:
            return False
        cut += 1
    return cut > 0


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in text)[:300]
