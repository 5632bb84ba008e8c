"""Tells what runs over the pages of a document apart from the text of a page."""

from collections.abc import Mapping
from dataclasses import replace

from ...schemas.job.text_engines import TEXT_LAYER
from ...schemas.page import PageReading, page_text
from ..text_layer.running import Edges, edges_of, running_lines, with_running
from .messages import ReadSettings


def with_running_text(
    reading: PageReading, others: Mapping[int, Edges | None], settings: ReadSettings, own: Edges | None = None
) -> PageReading:
    """The page with what runs over the pages of its document told apart, where its text is that of its text layer.

    Args:
        others: edges of the pages that it is held against, None for a page that cannot be read.
        own: edges of its text layer, which has the lines of the reading and maybe others that nobody sees.
    """
    known = {number: edges for number, edges in others.items() if edges is not None}
    if not known or reading.text_source != TEXT_LAYER or reading.width is None or reading.height is None:
        return reading
    if own is None or own.lines != len(reading.lines):
        own = edges_of(reading.lines, (reading.width, reading.height))
    found = running_lines(own, reading.page_number, known)
    if not found:
        return reading
    lines, blocks = with_running(reading.lines, reading.blocks, found)
    text = page_text(lines, blocks, keep_running=settings.keep_running)
    return replace(reading, lines=lines, blocks=blocks, text=text)
