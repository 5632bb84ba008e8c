"""Opens documents with MuPDF and converts its errors into DocumentErrors."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymupdf

from ...schemas.errors import DocumentError, ErrorCode
from ...schemas.page import PageWarning
from ..sandbox.child import is_out_of_memory
from .content import unpacked
from .input_types import PDF, SVG, input_type
from .media_type import DocumentInfo
from .mupdf_messages import forget_messages, take_messages
from .page_tree import PageTree, mend_page_tree
from .pdf_end import is_cut_short
from .svg.rewrite import rewritten

pymupdf.TOOLS.mupdf_display_errors(False)
pymupdf.TOOLS.mupdf_display_warnings(False)
# Importing PyMuPDF's layout model sets this option for the whole process. It is set here too, so that boxes do not
# depend on that import.
pymupdf.TOOLS.unset_quad_corrections(True)

_ENCRYPTION = re.compile(r"encrypt|crypt|security handler|password", re.IGNORECASE)
_MUPDF_CODE = re.compile(r"^code=\d+: ")
# In a document with fewer pages than this, the first page is the only sample.
_SHORT = 8
# A4 at 100 dpi.
_SCAN_PIXELS = 900_000
_MAX_TITLE = 1000
_NO_FIELDS = (("array", "[]"), ("null", "null"))


def open_document(path: str, media_type: str, passwords: Sequence[str]) -> tuple[Any, DocumentInfo]:
    """The open `pymupdf.Document` and its properties.

    Raises:
        DocumentError: `encrypted` where no password is correct or the security handler is unknown, `unreadable`,
            `empty` for an undamaged document without pages, `out_of_memory`.
    """
    try:
        with _name_in_utf8(path) as name:
            data, ignored = _svg(path) if media_type == SVG else (None, 0)
            document = pymupdf.open(None if data else name, stream=data, filetype=input_type(media_type).mupdf)
    except Exception as error:
        raise _failure(error, "the document cannot be opened") from error
    try:
        _unlock(document, passwords)
        tree = mend_page_tree(document) if media_type == PDF else PageTree()
        pages = int(document.page_count)
        if pages < 1:
            if media_type == PDF and (document.is_repaired or tree.short or not _has_empty_tree(document)):
                raise DocumentError(ErrorCode.UNREADABLE, "the document is damaged: no page can be found")
            raise DocumentError(ErrorCode.EMPTY, "the document has no pages")
        title = _title(document)
        forget_messages()
        warnings = _beside_pages(document) if media_type == PDF else ()
        if ignored:
            warnings = (*warnings, PageWarning.STYLES_IGNORED.of(ignored))
        if media_type == PDF and is_cut_short(path):
            warnings = (*warnings, PageWarning.CUT_SHORT.of("file"))
        return document, DocumentInfo(
            media_type, pages, title, pages_gone=tree.gone, pages_short=tree.short, warnings=warnings
        )
    except DocumentError:
        document.close()
        raise
    except Exception as error:
        document.close()
        raise _failure(error, "the document cannot be read") from error


def _svg(path: str) -> tuple[bytes | None, int]:
    """The data of an SVG file where MuPDF should not read the file itself, and the rules of styles that are lost."""
    # MuPDF would unpack without a limit, and not every encoding; None is not packed.
    whole = unpacked(path)
    found = rewritten(Path(path).read_bytes() if whole is None else whole)
    return (whole if found.data is None else found.data), found.ignored


@contextmanager
def _name_in_utf8(path: str) -> Iterator[str]:
    """The path, or another name of the same file where the path is not valid UTF-8, which MuPDF requires."""
    try:
        path.encode()
    except UnicodeEncodeError:
        with Path(path).open("rb") as file:
            yield f"/proc/self/fd/{file.fileno()}"
    else:
        yield path


def likely_scanned(document: Any) -> bool:
    """Whether a PDF looks scanned, judged by its first page and, in a long document, its middle page.

    A scanned page has no font, or it has an image with the pixel count of a page (a scan with recognised text).
    """
    try:
        pages = int(document.page_count)
        return any(
            not document.get_page_fonts(number)
            or any(width * height >= _SCAN_PIXELS for _, _, width, height, *_ in document.get_page_images(number))
            for number in ({0} if pages < _SHORT else {0, pages // 2})
        )
    except Exception:
        # The sampled page is damaged, which reading it will report.
        return False


def page_failure(error: Exception, doing: str) -> DocumentError:
    """The DocumentError for an exception of MuPDF.

    Args:
        doing: the operation that failed, as the start of the message.
    """
    return _failure(error, doing)


def _failure(error: Exception, doing: str) -> DocumentError:
    if isinstance(error, DocumentError):
        return error
    # PyMuPDF's own message for a failed opening has only the path; the reason is in the cause.
    cause = error.__cause__ if isinstance(error, pymupdf.FileDataError) and error.__cause__ else error
    text = _MUPDF_CODE.sub("", " ".join(str(cause).split()))[:300]
    if not type(error).__module__.startswith("pymupdf"):
        text = f"{type(error).__name__}: {text}"
    if is_out_of_memory(error):
        return DocumentError(ErrorCode.OUT_OF_MEMORY, f"{doing}: not enough memory ({text})")
    # Damaged files produce the same warning many times.
    warnings = "; ".join(dict.fromkeys(line.strip() for line in take_messages().splitlines()))[:200]
    if _ENCRYPTION.search(text) or ("open" in doing and _ENCRYPTION.search(warnings)):
        return DocumentError(ErrorCode.ENCRYPTED, f"{doing}: {text}")
    detail = text if not warnings or warnings in text else f"{text}; {warnings}"
    return DocumentError(ErrorCode.UNREADABLE, f"{doing}: {detail}")


def _unlock(document: Any, passwords: Sequence[str]) -> None:
    if not document.needs_pass:
        return
    if any(document.authenticate(password) for password in passwords):
        return
    tried = f"none of {len(passwords)} passwords is correct" if passwords else "no password was given"
    raise DocumentError(ErrorCode.ENCRYPTED, f"the document is encrypted and {tried} (inputs.passwords_env)")


def _beside_pages(document: Any) -> tuple[str, ...]:
    """Warnings of contents of a PDF that its pages do not show: a portfolio of files, and a form built by a program."""
    catalog = document.pdf_catalog()
    found = []
    try:
        if document.xref_get_key(catalog, "Collection")[0] != "null" and (files := int(document.embfile_count())):
            found.append(PageWarning.FILES_ATTACHED.of(files))
        # A form that is drawn on its pages has fields too.
        is_built = document.xref_get_key(catalog, "NeedsRendering") == ("bool", "true")
        is_built |= document.xref_get_key(catalog, "AcroForm/Fields") in _NO_FIELDS
        if is_built and document.xref_get_key(catalog, "AcroForm/XFA")[0] != "null":
            found.append(PageWarning.DYNAMIC_FORM.of("xfa"))
    except Exception:
        # A damaged catalog must not cost the pages.
        return tuple(found)
    return tuple(found)


def _has_empty_tree(document: Any) -> bool:
    catalog = document.pdf_catalog()
    count, kids = (document.xref_get_key(catalog, f"Pages/{key}") for key in ("Count", "Kids"))
    return bool(count == ("int", "0") and kids in (("array", "[]"), ("null", "null")))


def _title(document: Any) -> str | None:
    try:
        title = str((document.metadata or {}).get("title") or "")
    except Exception:
        return None
    title = "".join(c if c.isprintable() else " " for c in title.encode("utf-8", "ignore").decode())
    return " ".join(title.split())[:_MAX_TITLE] or None
