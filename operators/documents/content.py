"""What a file's type is recognised by: its first and last bytes, the root of its XML, the names in its ZIP archive."""

import codecs
import gzip
import re
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from ...schemas.errors import DocumentError, ErrorCode

_EDGE_BYTES = 8192
# The root element of an XML document is searched for in as many bytes, since licences and comments may precede it.
_PROLOG_BYTES = 1 << 20
_GZIP = b"\x1f\x8b\x08"
_MAX_UNPACKED = 64 << 20
_BLANKS = b"\0\t\r\n "
# What is never closed goes up to the end: looking for its end again at each sign would take quadratic time.
_COMMENT = r"<!--.*?(?:-->|\Z)"
_BEFORE_ROOT = re.compile(rf"\s+|<\?.*?(?:\?>|\Z)|{_COMMENT}|<!DOCTYPE[^\[>]*", re.DOTALL | re.IGNORECASE)
_IN_DOCTYPE = re.compile(rf"{_COMMENT}|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z)|[^\]\"'<]+|<", re.DOTALL)
_END_OF_DOCTYPE = re.compile(r"\]?\s*>")
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")


@dataclass(frozen=True)
class Content:
    """The content of a file that is not empty, as far as recognising its type needs it.

    Attributes:
        head, tail: up to 8 KiB of the file's start and end.
    """

    path: str
    head: bytes
    tail: bytes

    @cached_property
    def root(self) -> str:
        """The local name of the XML root element in lower case, also of gzipped XML; empty where there is none.

        Raises DocumentError where the file is gzipped, and damaged or too large.
        """
        if self.is_gzip:
            return xml_root((unpacked(self.path) or b"")[:_PROLOG_BYTES])
        if self.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or self._text.startswith(b"<"):
            with Path(self.path).open("rb") as file:
                return xml_root(file.read(_PROLOG_BYTES))
        return ""

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in a ZIP archive; empty for other files. Raises DocumentError where it is damaged."""
        if not self.head.startswith(b"PK\x03\x04"):
            return frozenset()
        try:
            with ZipFile(self.path) as archive:
                return frozenset(archive.namelist())
        except (BadZipFile, OSError, ValueError, NotImplementedError):
            raise DocumentError(ErrorCode.UNREADABLE, "a damaged ZIP container") from None

    @property
    def is_gzip(self) -> bool:
        return self.head.startswith(_GZIP)

    @property
    def _text(self) -> bytes:
        return self.head.removeprefix(codecs.BOM_UTF8).lstrip()


def content_of(path: str) -> Content:
    """The content of a file.

    Raises:
        DocumentError: `not_found`, `permission_denied`, `unreadable` (an I/O error, or nothing but blanks),
            `unsupported_type` for a folder, or `empty` (no bytes).
    """
    try:
        with Path(path).open("rb") as file:
            head = file.read(_EDGE_BYTES)
            size = file.seek(0, 2)
            file.seek(max(0, size - _EDGE_BYTES))
            content = Content(path, head, file.read(_EDGE_BYTES))
    except FileNotFoundError:
        raise DocumentError(ErrorCode.NOT_FOUND, "there is no such file") from None
    except PermissionError:
        raise DocumentError(ErrorCode.PERMISSION_DENIED, "no permission to read the file") from None
    except IsADirectoryError:
        raise DocumentError(ErrorCode.UNSUPPORTED_TYPE, "this is a folder, not a file") from None
    except OSError as error:
        raise DocumentError(ErrorCode.UNREADABLE, f"the file cannot be read: {error.strerror}") from None
    if not content.head:
        raise DocumentError(ErrorCode.EMPTY, "the file has no bytes")
    if not content.head.strip(_BLANKS):
        raise DocumentError(ErrorCode.UNREADABLE, "the file starts with blanks or zero bytes only")
    return content


def xml_root(data: bytes) -> str:
    """The local name of the root element in lower case; empty where `data` is not the start of an XML document.

    It is more lenient than XML, as is MuPDF: what precedes the root may be malformed.
    """
    text = _decoded(data)
    place = 0
    while match := _BEFORE_ROOT.match(text, place):
        place = match.end()
        if match[0][:2] == "<!" and match[0][2] != "-":
            place = _after_doctype(text, place)
    root = _ROOT.match(text, place)
    return root[1].lower() if root else ""


def _decoded(data: bytes) -> str:
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if utf16 else "utf-8-sig", "replace")


def _after_doctype(text: str, place: int) -> int:
    """Where a document type declaration ends; its own declarations in square brackets may hold any of its signs."""
    if text[place : place + 1] == "[":
        place += 1
        while match := _IN_DOCTYPE.match(text, place):
            place = match.end()
    end = _END_OF_DOCTYPE.match(text, place)
    return end.end() if end else len(text)


def unpacked(path: str) -> bytes | None:
    """The whole of what a gzipped file holds; None for other files.

    Raises:
        DocumentError: `unreadable` for damaged data, `too_large` for more than 64 MiB.
    """
    with Path(path).open("rb") as file:
        if file.read(len(_GZIP)) != _GZIP:
            return None
        file.seek(0)
        try:
            data = gzip.GzipFile(fileobj=file).read(_MAX_UNPACKED + 1)
        except (EOFError, OSError, zlib.error):
            raise DocumentError(ErrorCode.UNREADABLE, "damaged gzip data") from None
    if len(data) > _MAX_UNPACKED:
        message = f"the file holds more than {_MAX_UNPACKED >> 20} MiB once it is unpacked; unpack it first"
        raise DocumentError(ErrorCode.TOO_LARGE, message)
    return data
