"""Reads a page of an image file: its size, its ink, and its image for OCR."""

from dataclasses import replace

from ...schemas.errors import DocumentError, ErrorCode
from ...schemas.page import PageReading, PageWarning, TextSourceReason
from ..documents.image_file import ImageDocument
from ..documents.ink import image_ink, is_blank, share, with_contrast
from ..text_layer.quality import Usability, Verdict
from .messages import ParsedPage, ReadSettings


def read_image_page(
    document: ImageDocument, page_number: int, settings: ReadSettings, *, with_image: bool
) -> ParsedPage:
    """A page of an image file: either blank, or with its image for OCR; raises DocumentError."""
    decoded = document.read(page_number, settings.max_pixels)
    mask = image_ink(decoded.image)
    plain = None if is_blank(mask) else with_contrast(decoded.image)
    reading = PageReading(
        page_number=page_number,
        width=float(decoded.width),
        height=float(decoded.height),
        rotation=decoded.rotation,
        dpi=decoded.dpi,
        text="",
        ink_share=share(mask),
        text_source_reason=TextSourceReason.IMAGE_FILE,
        warnings=(PageWarning.OBJECTS_UNREADABLE.of(decoded.damaged),) if decoded.damaged else (),
    )
    if plain is not None:
        reading = replace(reading, warnings=(*reading.warnings, PageWarning.FAINT_PRINT.of("contrast")))
    if is_blank(mask) and decoded.damaged:
        raise DocumentError(ErrorCode.UNREADABLE, f"the image of page {page_number} is lost: its data is damaged")
    if is_blank(mask):
        blank = TextSourceReason.BLANK
        return ParsedPage(replace(reading, blank=True, text_source_reason=blank), Verdict(Usability.USABLE, blank))
    if settings.reader is None:
        image = decoded.image if with_image else None
        return ParsedPage(reading, Verdict(Usability.USABLE, TextSourceReason.IMAGE_FILE), image=image)
    image = decoded.image if plain is None else plain
    return ParsedPage(reading, Verdict(Usability.UNUSABLE, TextSourceReason.IMAGE_FILE), True, image, ink=mask)
