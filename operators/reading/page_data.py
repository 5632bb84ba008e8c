"""Data for engines without weights, taken from a page of the open document; see `collect`."""

from collections.abc import Mapping
from dataclasses import replace

from ..documents.losses import forget_losses
from ..documents.page_box import load_page
from .collect import collect
from .last_document import LastDocument
from .messages import ParsedPage, ReadSettings


def page_data(last: LastDocument, page_number: int, settings: ReadSettings, parsed: ParsedPage) -> Mapping[str, object]:
    """What the collectors of the settings take from a page of the open document.

    Args:
        parsed: the page, with its image where OCR needs that.
    """
    page = None if last.is_image else load_page(last.document, page_number)
    image, reading = parsed.image if parsed.needs_ocr else None, parsed.reading
    if parsed.unread is not None and parsed.text_layer is not None:
        # What OCR adds stands beside the graphics of the page, which explain its text layer.
        layer = parsed.text_layer.trusted
        image, reading = None, replace(reading, lines=layer.lines, blocks=layer.blocks)
    try:
        return collect(settings.collect, page, image, reading)
    finally:
        forget_losses()
