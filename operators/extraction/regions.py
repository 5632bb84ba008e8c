"""The regions of a page that tasks ask about."""

import numpy as np

from ...schemas.geometry import Box, areas, overlaps
from ...schemas.page import PageReading, TextLines
from ..grounding.ground import Evidence
from ..inference.request import RequestId
from ..layout.blocks import select_lines

# A line belongs to a region that covers at least this share of the line's area.
_INSIDE = 0.5


def region_of(reading: PageReading, request: RequestId) -> Box | None:
    """The region that a request is about, in shares of the page; None for the whole page."""
    if request.region is not None:
        return request.region
    return None if request.block is None else Box(*reading.blocks.boxes[request.block].tolist())


def blocks_of(reading: PageReading, kinds: frozenset[str]) -> list[int]:
    """Indices of the blocks of these kinds, in reading order."""
    return [index for index, kind in enumerate(reading.blocks.kind) if kind in kinds]


def evidence_in(reading: PageReading, region: Box | None) -> Evidence:
    """The page's own text in a region; the text of the whole page for None."""
    return Evidence([(reading.page_number, reading.lines if region is None else lines_in(reading.lines, region))])


def lines_in(lines: TextLines, region: Box) -> TextLines:
    """The lines of which the region covers at least half of the area."""
    if not len(lines):
        return lines
    inside = overlaps(lines.boxes, np.array([region], np.float32))[:, 0] >= _INSIDE * areas(lines.boxes)
    return select_lines(lines, np.flatnonzero(inside))
