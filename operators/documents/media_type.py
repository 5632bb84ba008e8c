"""Detects the media type of a document from its content, never from its name."""

import re
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from ...schemas.errors import DocumentError, ErrorCode

PDF = "application/pdf"
SVG = "image/svg+xml"
TIFF = "image/tiff"
JPEG = "image/jpeg"

# Pillow decodes these; a TIFF has one page for each frame, the others have one page.
IMAGE_TYPES = frozenset(
    {JPEG, TIFF, "image/png", "image/webp", "image/jp2", "image/gif", "image/bmp", "image/x-portable-anymap"}
)
# MuPDF opens these; the values are its names of the file types.
MUPDF_TYPES = {
    PDF: "pdf",
    SVG: "svg",
    "application/epub+zip": "epub",
    "application/oxps": "xps",
    "application/vnd.comicbook+zip": "cbz",
    "application/x-fictionbook+xml": "fb2",
    "application/x-mobipocket-ebook": "mobi",
}

_HEAD_BYTES = 8192
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/jp2"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_PNM = re.compile(rb"P[1-6]\s")
_PDF_TRACES = re.compile(rb"\d+ \d+ obj\b|startxref|/Type\s*/Catalog")
_HELP = "save it as PDF, or exclude it"
_ADVICE = {
    "an HTML page": "print it to PDF from a browser, or exclude it",
    "an office document": f"convert it to PDF (for example: soffice --convert-to pdf FILE) and {_HELP}",
    "a ZIP archive": "unpack it first",
    "a PostScript file": "convert it to PDF (for example: ps2pdf FILE)",
}


@dataclass(frozen=True)
class DocumentInfo:
    """Properties of a document that are known once it is open.

    Attributes:
        media_type: media type from the content.
        page_count: at least 1; the number of frames of a TIFF, of pages of other documents.
        title: title from the document's metadata; None where it has none.
        likely_scanned: whether most pages will probably need OCR, estimated from a sample and used for planning only.
            False where no sample was requested.
    """

    media_type: str
    page_count: int
    title: str | None = None
    likely_scanned: bool = False


def sniff(path: str) -> str:
    """The media type of a file.

    Raises:
        DocumentError: `not_found`, `permission_denied`, `unreadable` (an I/O error), `empty` (no bytes), or
            `unsupported_type`.
    """
    try:
        with Path(path).open("rb") as file:
            head = file.read(_HEAD_BYTES)
            file.seek(0, 2)
            size = file.tell()
            file.seek(max(0, size - _HEAD_BYTES))
            tail = file.read(_HEAD_BYTES)
    except FileNotFoundError:
        raise DocumentError(ErrorCode.NOT_FOUND, "there is no such file") from None
    except PermissionError:
        raise DocumentError(ErrorCode.PERMISSION_DENIED, "no permission to read the file") from None
    except IsADirectoryError:
        raise DocumentError(ErrorCode.UNSUPPORTED_TYPE, "this is a folder, not a file") from None
    except OSError as error:
        raise DocumentError(ErrorCode.UNREADABLE, f"the file cannot be read: {error.strerror}") from None
    if not head:
        raise DocumentError(ErrorCode.EMPTY, "the file has no bytes")
    if not head.strip(b"\0\t\r\n "):
        raise DocumentError(ErrorCode.UNREADABLE, "the file starts with blanks or zero bytes only")
    media_type = _by_signature(head) or _by_container(head, path) or _by_markup(head)
    if media_type is not None:
        return media_type
    # A PDF whose header is damaged or not at the start: MuPDF reconstructs it from its objects.
    if b"%PDF-" in head or _PDF_TRACES.search(head) or _PDF_TRACES.search(tail):
        return PDF
    kind = _what_else(head)
    advice = _ADVICE.get(kind, _HELP)
    raise DocumentError(ErrorCode.UNSUPPORTED_TYPE, f"{kind} is not among the supported types; {advice}")


def _by_signature(head: bytes) -> str | None:
    if b"%PDF-" in head[:1024]:
        return PDF
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:2] == b"BM" and head[14:18] in (b"\x0c\0\0\0", b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0"):
        return "image/bmp"
    if _PNM.match(head):
        return "image/x-portable-anymap"
    if head[60:68] == b"BOOKMOBI":
        return "application/x-mobipocket-ebook"
    return None


def _by_container(head: bytes, path: str) -> str | None:
    if not head.startswith(b"PK\x03\x04"):
        return None
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        raise DocumentError(ErrorCode.UNREADABLE, "a damaged ZIP container") from None
    known = set(names)
    if "META-INF/container.xml" in known:
        return "application/epub+zip"
    if "FixedDocumentSequence.fdseq" in known or any(name.endswith((".fdseq", ".fpage")) for name in names):
        return "application/oxps"
    if "[Content_Types].xml" in known or "content.xml" in known or "Contents/content.hpf" in known:
        return _refuse("an office document")
    files = [name for name in names if not name.endswith("/")]
    images = [n for n in files if n.lower().endswith((".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff"))]
    others = [n for n in files if n not in set(images) and not n.lower().endswith((".xml", ".txt", ".nfo"))]
    if images and not others:
        return "application/vnd.comicbook+zip"
    return _refuse("a ZIP archive")


def _by_markup(head: bytes) -> str | None:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text.startswith(b"<"):
        return None
    low = text.lower()
    if b"<svg" in low:
        return SVG
    if b"<fictionbook" in low:
        return "application/x-fictionbook+xml"
    return None


def _what_else(head: bytes) -> str:
    low = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if low.startswith((b"<!doctype html", b"<html")) or b"<html" in low[:1024]:
        return "an HTML page"
    if head.startswith(b"\xd0\xcf\x11\xe0") or head.startswith(b"{\\rtf"):
        return "an office document"
    if head.startswith(b"%!PS"):
        return "a PostScript file"
    if b"\0" not in head:
        try:
            head[:-4].decode("utf-8")
        except UnicodeDecodeError:
            return "a file of unknown kind"
        return "plain text"
    return "a file of unknown kind"


def _refuse(kind: str) -> str:
    raise DocumentError(ErrorCode.UNSUPPORTED_TYPE, f"{kind} is not among the supported types; {_ADVICE[kind]}")
