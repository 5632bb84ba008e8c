"""hOCR 1.2: words with boxes in whole pixels, as XHTML that OCR tools read."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from ... import __version__
from ...schemas.geometry import Box
from ..tables.by_document import DocumentRows
from ..tables.records import StoredBlock, StoredDocument, StoredLine, StoredPage
from .word_boxes import PlacedWord, placed_words

_DPI = 150.0
"""Resolution of the pixel grid for pages measured in points of which no image was rendered."""

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="und" lang="und">
<head>
<title>{title}</title>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<meta name="ocr-system" content="docpipe {version}" />
<meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word" />
<meta name="ocr-number-of-pages" content="{pages}" />
</head>
<body>
"""


def write_hocr(document: DocumentRows, path: Path) -> int:
    """Write the pages of a document and return their number. Lines without a box are left out."""
    facts = document.stored()
    pages = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(
            _HEAD.format(title=_text(facts.title or facts.name), version=__version__, pages=facts.page_count or 0)
        )
        for rows in document.pages:
            file.writelines(page_hocr(facts, rows.stored()))
            pages += 1
        file.write("</body>\n</html>\n")
    return pages


def page_hocr(document: StoredDocument, page: StoredPage) -> Iterator[str]:
    """The element of one page, as fragments of XHTML."""
    grid = _Grid(page)
    uri = quote(document.uris[0] if document.uris else document.name, safe="/:")
    number = page.page_number
    properties = f'image "{uri}"; {grid.box(Box(0, 0, 1, 1))}; ppageno {number - 1}; scan_res {grid.dpi} {grid.dpi}'
    yield f'<div class="ocr_page" id="page_{number}" title={quoteattr(properties)}>\n'
    blocks = {block.block_id: block for block in page.blocks}
    for i, (block_id, group) in enumerate(groupby(page.lines, key=lambda line: line.block_id), 1):
        lines = [line for line in group if line.box is not None]
        if lines:
            yield from _area(grid, f"{number}_{i}", blocks.get(block_id or ""), lines)
    yield "</div>\n"


class _Grid:
    """The pixel grid of a page."""

    def __init__(self, page: StoredPage) -> None:
        dpi = page.dpi or _DPI
        scale = dpi / 72 if page.unit != "px" else 1.0
        self.dpi = round(dpi)
        self.width = max(1, round((page.width or 595.0) * scale))
        self.height = max(1, round((page.height or 842.0) * scale))

    def box(self, box: Box) -> str:
        """The property `bbox`, which is not empty and is within the page."""
        x0, x1 = _span(box.x0, box.x1, self.width)
        y0, y1 = _span(box.y0, box.y1, self.height)
        return f"bbox {x0} {y0} {x1} {y1}"


def _span(low: float, high: float, size: int) -> tuple[int, int]:
    start = min(math.floor(low * size + 1e-3), size - 1)
    return start, max(start + 1, min(math.ceil(high * size - 1e-3), size))


def _area(grid: _Grid, name: str, block: StoredBlock | None, lines: Sequence[StoredLine]) -> Iterator[str]:
    # Boxes are extended to their contents, since hOCR requires nested boxes.
    placed = [(line, placed_words(line)) for line in lines]
    held = [_union([line.box, *(word.box for word in words)]) for line, words in placed]
    box = grid.box(_union([*held, block.box if block else None]))
    kind = f"; x_kind {block.kind}" if block else ""
    yield f'<div class="ocr_carea" id="carea_{name}" title={quoteattr(box + kind)}>'
    yield f'<p class="ocr_par" id="par_{name}" title={quoteattr(box)}>\n'
    for i, ((line, words), line_box) in enumerate(zip(placed, held, strict=True), 1):
        yield from _line(grid, f"{name}_{i}", line, line_box, words)
    yield "</p></div>\n"


def _line(grid: _Grid, name: str, line: StoredLine, box: Box, words: Sequence[PlacedWord]) -> Iterator[str]:
    angle = _angle(grid, line)
    turned = f"; textangle {angle:.4g}" if angle else ""
    yield f'<span class="ocr_line" id="line_{name}" title={quoteattr(grid.box(box) + turned)}>'
    for i, word in enumerate(words, 1):
        confidence = line.confidence if word.confidence is None else word.confidence
        # A text layer gives no confidence; its words count as certain.
        sure = 100 if confidence is None else round(100 * min(max(confidence, 0.0), 1.0))
        title = f"{grid.box(word.box)}; x_wconf {sure}"
        space = " " if word.space else ""
        yield f'<span class="ocrx_word" id="word_{name}_{i}" title={quoteattr(title)}>{_text(word.text)}</span>{space}'
    yield "</span>\n"


def _angle(grid: _Grid, line: StoredLine) -> float:
    """Counter-clockwise rotation of the text in degrees, as hOCR defines it; 0 for upright text."""
    if line.polygon is None or len(line.polygon) < 2:
        return 0.0
    (x0, y0), (x1, y1) = line.polygon[:2]
    return -math.degrees(math.atan2((y1 - y0) * grid.height, (x1 - x0) * grid.width)) or 0.0


def _union(boxes: Iterable[Box | None]) -> Box:
    x0, y0, x1, y1 = zip(*(box for box in boxes if box is not None), strict=True)
    return Box(min(x0), min(y0), max(x1), max(y1))


def _text(text: str) -> str:
    """Escaped text without control characters other than tab and newline, which XML does not allow."""
    return escape("".join(c if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff") else "\ufffd" for c in text))
