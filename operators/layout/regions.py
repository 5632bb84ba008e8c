"""Layout regions of a page: PyMuPDF's layout model, its kinds put into the terms of the tables.

The model is a graph network over a page's text lines, images and vector graphics, with features of the rendered
page beside them. It finds nothing on a bare image; given the OCR's lines at their places it does.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray

from ...schemas.geometry import areas, clip, overlaps, to_shares, union_of_runs
from ...schemas.page import Blocks, FloatArray, TextLines
from .blocks import select_lines

_KINDS = {
    "title": "title",
    "section-header": "title",
    "text": "text",
    "list-item": "list",
    "table": "table",
    "table-fallback": "table",
    "picture": "figure",
    "chart": "chart",
    "caption": "caption",
    "footnote": "text",
    "formula": "formula",
    "page-header": "header",
    "page-footer": "footer",
}
_PICTURES = frozenset({"table", "figure", "chart", "formula"})
_ROTATED = (90, 180, 270)
# A line belongs to a region that holds at least this share of it.
_INSIDE = 0.5
_FONT = pymupdf.Font("helv")


def page_layout(page: Any, lines: TextLines) -> tuple[TextLines, Blocks]:
    """The lines in the reading order of their blocks, with `block` set, and the blocks.

    The model works in the space of the unturned page, where turned text confuses it: a page with a rotation is
    laid out from a copy without one.
    """
    if int(page.rotation) % 360 in _ROTATED:
        with pymupdf.open() as single:
            single.insert_pdf(page.parent, from_page=page.number, to_page=page.number)
            upright = single[0]
            upright.remove_rotation()
            kinds, boxes = _regions(upright)
    else:
        kinds, boxes = _regions(page)
    return assign(lines, kinds, boxes)


def image_layout(image: NDArray[np.uint8], lines: TextLines) -> tuple[TextLines, Blocks]:
    """As `page_layout`, for an (H, W, 3) image with the lines that OCR found on it.

    The model sees a page on which each word is set in its box, below the image.
    """
    height, width = image.shape[:2]
    scale = 842.0 / max(height, width)
    page_width, page_height = width * scale, height * scale
    with pymupdf.open() as document:
        page = document.new_page(width=page_width, height=page_height)
        writer = pymupdf.TextWriter(page.rect)
        size = np.array([page_width, page_height] * 2)
        for text, box in zip(lines.text, (lines.boxes * size).tolist(), strict=True):
            _set(writer, text, box)
        writer.write_text(page)
        pixmap = pymupdf.Pixmap(pymupdf.csRGB, width, height, np.ascontiguousarray(image).tobytes(), False)
        page.insert_image(page.rect, pixmap=pixmap)
        kinds, boxes = _regions(page)
    order = _order_of_lines(lines, boxes)
    return assign(lines, [kinds[i] for i in order], boxes[order])


def _order_of_lines(lines: TextLines, boxes: FloatArray) -> NDArray[np.intp]:
    """The regions by the middle one of their lines; one without lines stays behind the one it came after."""
    home, position, before = _homes(lines, boxes), [], -1.0
    for region in range(len(boxes)):
        members = np.flatnonzero(home == region)
        before = float(np.median(members)) if len(members) else before
        position.append(before)
    return np.argsort(np.array(position), kind="stable")


def _set(writer: Any, text: str, box: list[float]) -> None:
    x0, y0, x1, y1 = box
    length = _FONT.text_length(text, 1.0)
    if length <= 0:
        return
    size = min((x1 - x0) / length, (y1 - y0) * 0.95)
    writer.append((x0, y1 - 0.22 * (y1 - y0)), text, font=_FONT, fontsize=max(size, 1.0))


def _regions(page: Any) -> tuple[list[str], FloatArray]:
    page.get_layout()
    found = [region for region in page.layout_information or [] if len(region) >= 5]
    if not found:
        return [], np.empty((0, 4), np.float32)
    boxes, keep = clip(to_shares(np.array([region[:4] for region in found], np.float64), tuple(page.rect)))
    kinds = [_KINDS.get(str(region[4]), "text") for region in found]
    return [kind for kind, kept in zip(kinds, keep.tolist(), strict=True) if kept], boxes[keep]


def assign(lines: TextLines, kinds: list[str], boxes: FloatArray) -> tuple[TextLines, Blocks]:
    """Lines and blocks put together: each line goes to the smallest region that holds most of it.

    Lines that no region holds form blocks of kind `text`, one for each run of them, that follow the block of the
    line before. Regions of running text that no line falls into are left out; figures, tables, charts and
    formulas stay. The box of a region of text is that of its lines.
    """
    count = len(lines)
    home = _homes(lines, boxes)
    # Ranks leave room between the regions for the runs of lines that no region holds.
    rank = np.empty(count, np.float64)
    last = -1.0
    for i, region in enumerate(home.tolist()):
        if region >= 0:
            last = float(region)
        rank[i] = region if region >= 0 else last + 0.5
    empty = [i for i, kind in enumerate(kinds) if kind in _PICTURES and i not in set(home.tolist())]
    order = np.argsort(rank, kind="stable")
    ranks = sorted({*rank.tolist(), *(float(i) for i in empty)})
    number = {value: index for index, value in enumerate(ranks)}
    block = np.array([number[value] for value in rank[order].tolist()], np.int32)
    lines = replace(select_lines(lines, order), block=block)
    out_kind: list[str] = []
    out_text: list[str | None] = []
    out_boxes = np.empty((len(ranks), 4), np.float32)
    for index, value in enumerate(ranks):
        members = np.flatnonzero(block == index)
        region = int(value) if value >= 0 and value == int(value) else -1
        out_kind.append(kinds[region] if region >= 0 else "text")
        out_text.append("\n".join(lines.text[i] for i in members) if len(members) else None)
        # Lines tell better than the model where text ends; an image is more than the lines in it.
        parts = [lines.boxes[members]]
        if region >= 0 and kinds[region] in _PICTURES:
            parts.append(boxes[region : region + 1])
        out_boxes[index] = union_of_runs(np.concatenate(parts), np.zeros(1, np.intp))[0]
    return lines, Blocks(out_kind, out_boxes, out_text, np.full(len(ranks), np.nan, np.float32))


def _homes(lines: TextLines, boxes: FloatArray) -> NDArray[np.intp]:
    """The smallest region that holds most of each line, -1 for none."""
    if not len(lines) or not len(boxes):
        return np.full(len(lines), -1, np.intp)
    held = overlaps(lines.boxes, boxes) / np.maximum(areas(lines.boxes), 1e-12)[:, None]
    size = np.where(held >= _INSIDE, areas(boxes)[None, :], np.inf)
    return np.where(np.isfinite(size.min(axis=1)), size.argmin(axis=1), -1).astype(np.intp)
