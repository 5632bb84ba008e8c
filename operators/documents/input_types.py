"""The types of files that can be read: how each is recognised by its content, and how its pages are made."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .content import Content

PDF = "application/pdf"
SVG = "image/svg+xml"
TIFF = "image/tiff"
JPEG = "image/jpeg"
PNG = "image/png"
GIF = "image/gif"
WEBP = "image/webp"

_PNM = re.compile(rb"P[1-6]\s")
_COMIC_PAGES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff")
_COMIC_NOTES = (".xml", ".txt", ".nfo")
_BITMAP_HEADERS = (b"\x0c\0\0\0", b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0")


@dataclass(frozen=True)
class InputType:
    """A type of files.

    Attributes:
        suffixes: usual ends of its files' names; they are for people, recognition never looks at a name.
        recognise: whether a file is of the type.
        recognised_by: what `recognise` looks at, in words.
        page: what one page is.
        mupdf: MuPDF's name of the type, where MuPDF opens it; empty where Pillow does.
        unit: of the width and height of a page.
    """

    name: str
    media_type: str
    suffixes: tuple[str, ...]
    recognise: Callable[[Content], bool]
    recognised_by: str
    page: str
    mupdf: str = ""
    unit: Literal["pt", "px"] = "pt"

    @property
    def opener(self) -> str:
        """The library that opens it."""
        return "MuPDF" if self.mupdf else "Pillow"


def _image(name: str, subtype: str, suffixes: tuple[str, ...], *starts: bytes) -> InputType:
    """An image format of one page that is recognised by its first bytes."""
    return InputType(name, f"image/{subtype}", suffixes, _begins(*starts), "its first bytes", "the image", unit="px")


def _begins(*starts: bytes) -> Callable[[Content], bool]:
    return lambda content: content.head.startswith(starts)


def _root(name: str) -> Callable[[Content], bool]:
    return lambda content: content.root == name


def _is_xps(content: Content) -> bool:
    return any(name.endswith((".fdseq", ".fpage")) for name in content.names)


def _is_comic(content: Content) -> bool:
    """Whether a ZIP archive holds images, and otherwise only notes about them."""
    files = [name.lower() for name in content.names if not name.endswith("/")]
    return any(name.endswith(_COMIC_PAGES) for name in files) and all(
        name.endswith((*_COMIC_PAGES, *_COMIC_NOTES)) for name in files
    )


def _is_office(content: Content) -> bool:
    return not content.names.isdisjoint(("[Content_Types].xml", "content.xml", "Contents/content.hpf"))


INPUT_TYPES: tuple[InputType, ...] = (
    InputType(
        "PDF",
        PDF,
        (".pdf",),
        lambda content: b"%PDF-" in content.head[:1024],
        "`%PDF-` in the first KiB; failing that, objects of a PDF at its start or end",
        "a page",
        mupdf="pdf",
    ),
    _image("PNG", "png", (".png",), b"\x89PNG\r\n\x1a\n"),
    _image("JPEG", "jpeg", (".jpg", ".jpeg"), b"\xff\xd8\xff"),
    InputType(
        "TIFF",
        TIFF,
        (".tif", ".tiff"),
        _begins(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        "its first bytes",
        "a frame",
        unit="px",
    ),
    _image("JPEG 2000", "jp2", (".jp2", ".j2k"), b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
    _image("GIF", "gif", (".gif",), b"GIF87a", b"GIF89a"),
    InputType(
        "WebP",
        WEBP,
        (".webp",),
        lambda content: content.head[:4] == b"RIFF" and content.head[8:12] == b"WEBP",
        "its first bytes",
        "the image",
        unit="px",
    ),
    InputType(
        "BMP",
        "image/bmp",
        (".bmp",),
        lambda content: content.head[:2] == b"BM" and content.head[14:18] in _BITMAP_HEADERS,
        "its first bytes",
        "the image",
        unit="px",
    ),
    InputType(
        "PNM",
        "image/x-portable-anymap",
        (".pbm", ".pgm", ".ppm"),
        lambda content: _PNM.match(content.head) is not None,
        "its first bytes",
        "the image",
        unit="px",
    ),
    InputType(
        "MOBI",
        "application/x-mobipocket-ebook",
        (".mobi",),
        lambda content: content.head[60:68] == b"BOOKMOBI",
        "its first bytes",
        "a page as MuPDF lays it out",
        mupdf="mobi",
    ),
    InputType(
        "EPUB",
        "application/epub+zip",
        (".epub",),
        lambda content: "META-INF/container.xml" in content.names,
        "`META-INF/container.xml` in a ZIP archive",
        "a page as MuPDF lays it out",
        mupdf="epub",
    ),
    InputType(
        "XPS", "application/oxps", (".xps", ".oxps"), _is_xps, "fixed pages in a ZIP archive", "a page", mupdf="xps"
    ),
    InputType(
        "CBZ",
        "application/vnd.comicbook+zip",
        (".cbz",),
        lambda content: _is_comic(content) and not _is_office(content),
        "a ZIP archive of images",
        "an image",
        mupdf="cbz",
    ),
    InputType(
        "SVG",
        SVG,
        (".svg", ".svgz"),
        _root("svg"),
        "the XML root element `svg`, gzipped or not, in UTF-8 or in UTF-16 with a byte order mark",
        "the drawing; its references to outside are never followed",
        mupdf="svg",
        unit="px",
    ),
    InputType(
        "FictionBook",
        "application/x-fictionbook+xml",
        (".fb2",),
        _root("fictionbook"),
        "the XML root element `FictionBook`",
        "a page as MuPDF lays it out",
        mupdf="fb2",
    ),
)
"""In the order in which they are tried; `docs/inputs.md` is generated from it."""


@dataclass(frozen=True)
class Refused:
    """A type of files that is recognised, and not read.

    Attributes:
        name: with its article.
        advice: what a person can do, as the end of a sentence.
    """

    name: str
    recognise: Callable[[Content], bool]
    advice: str


_HELP = "save it as PDF, or exclude it"


def _is_html(content: Content) -> bool:
    low = content.head.lower()
    return content.root == "html" or b"<!doctype html" in low[:1024] or b"<html" in low[:1024]


def _is_text(content: Content) -> bool:
    try:
        content.head[:-4].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in content.head


REFUSED: tuple[Refused, ...] = (
    Refused("an HTML page", _is_html, "print it to PDF from a browser, or exclude it"),
    Refused(
        "an office document",
        lambda content: _is_office(content) or _begins(b"\xd0\xcf\x11\xe0", b"{\\rtf")(content),
        f"convert it to PDF (for example: soffice --convert-to pdf FILE) and {_HELP}",
    ),
    Refused("a ZIP archive", _begins(b"PK\x03\x04"), "unpack it first"),
    Refused("a gzip file", lambda content: content.is_gzip, "unpack it first"),
    Refused("a PostScript file", _begins(b"%!PS"), "convert it to PDF (for example: ps2pdf FILE)"),
    Refused("an XML document", lambda content: content.root != "", _HELP),
    Refused("plain text", _is_text, _HELP),
    Refused("a file of unknown kind", lambda content: True, _HELP),
)
"""In the order in which they are tried, after `INPUT_TYPES`; the last one is every file."""

_BY_MEDIA_TYPE = {one.media_type: one for one in INPUT_TYPES}


def input_type(media_type: str) -> InputType:
    """The type with that media type. Raises ValueError where there is none."""
    if media_type not in _BY_MEDIA_TYPE:
        raise ValueError(f"the media type {media_type!r} has no description in INPUT_TYPES")
    return _BY_MEDIA_TYPE[media_type]
