"""Creates searchable PDFs, with invisible text over unchanged pages. It runs in a sandboxed child process."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray
from PIL import Image

from ..documents.image_file import DecodedImage, ImageDocument
from ..documents.input_types import JPEG, PDF, TIFF, input_type
from ..documents.media_type import sniff
from ..documents.mupdf import open_document, page_failure
from ..documents.mupdf_messages import forget_messages
from ..documents.page_box import load_page
from .overlay import TextOverlay
from .words import OverlayWord

_MAX_PIXELS = 40_000_000
_ASSUMED_DPI = 150.0
# The largest side of a page that all PDF readers support, in points.
_MAX_SIDE = 14_400.0
_JPEG_QUALITY = 90


class SearchablePdf:
    """Creates one document at a time: `begin`, then `add` for the pages with text in page order, then `save`."""

    def __init__(self) -> None:
        self._pdf: Any = None
        self._images: ImageDocument | None = None
        self._overlay: TextOverlay | None = None
        self._path = ""
        self._laid: list[tuple[int, int]] = []

    def begin(self, path: str, passwords: Sequence[str]) -> int:
        """Open a document and return its number of pages; raises DocumentError."""
        self._close()
        media_type = sniff(path)
        self._overlay, self._path, self._laid = TextOverlay(), path, []
        if not input_type(media_type).mupdf:
            self._images = ImageDocument(path, media_type)
            self._pdf = pymupdf.open()
            return self._images.page_count
        document, info = open_document(path, media_type, passwords)
        try:
            self._pdf = document if media_type == PDF else pymupdf.open("pdf", document.convert_to_pdf())
        except Exception as error:
            raise page_failure(error, "the document cannot be converted to PDF") from error
        return info.page_count

    def add(self, page_number: int, words: Sequence[OverlayWord]) -> None:
        """Add words to a page; their quads are in shares of the page as displayed. Raises DocumentError."""
        assert self._overlay is not None
        self._add_images(page_number)
        try:
            page = load_page(self._pdf, page_number)
            if words:
                self._laid.append((page_number, self._prepare(page, words)))
        except Exception as error:
            raise page_failure(error, f"the text of page {page_number} cannot be added") from error
        finally:
            forget_messages()

    def save(self, path: str) -> None:
        """Write the PDF with the encryption of the original, and close it; raises DocumentError."""
        if self._images is not None:
            self._add_images(self._images.page_count)
        laid: set[int] = set()
        for number, index in self._laid:
            try:
                page = load_page(self._pdf, number)
                # A page may stand several times in a document.
                if not page.xref or page.xref not in laid:
                    self._lay(page, index)
                    laid.add(page.xref)
            except Exception as error:
                raise page_failure(error, f"the text of page {number} cannot be added") from error
            finally:
                forget_messages()
        try:
            self._pdf.save(path, garbage=1, deflate=True, encryption=pymupdf.PDF_ENCRYPT_KEEP)
        except Exception as error:
            raise page_failure(error, "the PDF cannot be written") from error
        finally:
            self._close()

    def _prepare(self, page: Any, words: Sequence[OverlayWord]) -> int:
        """The index of the overlay's page with these words."""
        assert self._overlay is not None
        rotation = int(page.rotation)
        size = np.array([page.rect.width, page.rect.height])
        upright = np.array(page.derotation_matrix).reshape(3, 2)
        page.set_rotation(0)
        try:
            rect = page.rect
            moved = [
                OverlayWord(word.text, (word.quad * size) @ upright[:2] + upright[2], word.space) for word in words
            ]
            _drop_invisible_text(page)
            return self._overlay.add(rect.width, rect.height, moved)
        finally:
            page.set_rotation(rotation)

    def _lay(self, page: Any, index: int) -> None:
        """Show a page of the overlay, which must be whole: MuPDF's map of copied objects never grows."""
        assert self._overlay is not None
        rotation = int(page.rotation)
        page.set_rotation(0)
        try:
            page.show_pdf_page(page.rect, self._overlay.document, index, keep_proportion=False)
        finally:
            page.set_rotation(rotation)

    def _add_images(self, up_to: int) -> None:
        if self._images is None:
            return
        for number in range(self._pdf.page_count + 1, up_to + 1):
            decoded = self._images.read(number, _MAX_PIXELS)
            width, height = _size_in_points(decoded)
            page = self._pdf.new_page(width=width, height=height)
            page.insert_image(page.rect, stream=self._encoded(decoded), keep_proportion=False)

    def _encoded(self, decoded: DecodedImage) -> bytes:
        """The file's own bytes where a PDF can contain them unchanged, else the image as JPEG or PNG."""
        assert self._images is not None
        if self._images.media_type == JPEG and decoded.image.shape[1] == decoded.width and _is_plain_jpeg(self._path):
            with open(self._path, "rb") as file:  # noqa: PTH123 - keeps undecodable names
                return file.read()
        stream = io.BytesIO()
        image, two_valued = _reduced(decoded.image)
        if two_valued or self._images.media_type not in (JPEG, TIFF):
            image.save(stream, "png")
        else:
            image.save(stream, "jpeg", quality=_JPEG_QUALITY)
        return stream.getvalue()

    def _close(self) -> None:
        for part in (self._pdf, self._images, self._overlay):
            if part is not None:
                part.close()
        self._pdf = self._images = self._overlay = None


def _is_plain_jpeg(path: str) -> bool:
    """Whether the JPEG is upright and grey or RGB, so that every PDF reader displays it in the same way."""
    with Image.open(path) as image:
        return image.mode in ("L", "RGB") and image.getexif().get(0x0112, 1) in (0, 1)


def _reduced(pixels: NDArray[np.uint8]) -> tuple[Image.Image, bool]:
    """The image in the smallest sufficient mode, and whether it has only black and white pixels."""
    if not ((pixels[..., 0] == pixels[..., 1]) & (pixels[..., 1] == pixels[..., 2])).all():
        return Image.fromarray(pixels), False
    grey = pixels[..., 0]
    two_valued = bool(((grey == 0) | (grey == 255)).all())
    image = Image.fromarray(np.ascontiguousarray(grey))
    return (image.convert("1", dither=Image.Dither.NONE) if two_valued else image), two_valued


def _size_in_points(decoded: DecodedImage) -> tuple[float, float]:
    height, width = decoded.image.shape[:2]
    scale = 72 / decoded.dpi if decoded.dpi else 72 / _ASSUMED_DPI * decoded.width / width
    scale = min(scale, _MAX_SIDE / max(width, height))
    return max(width * scale, 1.0), max(height * scale, 1.0)


def _drop_invisible_text(page: Any) -> None:
    """Remove a page's text where all of it is invisible: an old OCR layer, which the new one replaces."""
    spans = page.get_texttrace()
    if not spans or any(span["type"] != 3 and span["opacity"] > 0 for span in spans):
        return
    page.add_redact_annot(page.rect, fill=False)
    page.apply_redactions(
        images=pymupdf.PDF_REDACT_IMAGE_NONE,
        graphics=pymupdf.PDF_REDACT_LINE_ART_NONE,
        text=pymupdf.PDF_REDACT_TEXT_REMOVE,
    )
