"""Layout regions of a page from PyMuPDF's layout model, with its kinds mapped to the block kinds of the tables.

The model is a graph neural network over a page's text lines, images and vector graphics, with features of the
rendered page. It finds no regions on an image alone; with the lines of OCR at their positions it does.
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
# A line belongs to a region that covers at least this share of the line's area.
_INSIDE = 0.5
# Share of a page's height at its top and bottom in which headers and footers stand.
_EDGE = 0.2
_FONT = pymupdf.Font("helv")


def page_layout(page: Any, lines: TextLines) -> tuple[TextLines, Blocks]:
    """The lines in the reading order of their blocks, with `block` set, and the blocks.

    The model uses the coordinates of the page before its rotation, and rotated text confuses it. A page with a
    rotation is therefore copied, and the copy gets its content rotated instead.
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
    """Like `page_layout`, for an image (H, W, 3) with the lines that OCR found on it.

    The model gets a page with each line as text in its box, and with the image on top.
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
    """Order of the regions by the median index of their lines; one without lines keeps its predecessor."""
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
    boxes = boxes[keep]
    kinds = [kind for kind, kept in zip(kinds, keep.tolist(), strict=True) if kept]
    return [_checked(kind, box) for kind, box in zip(kinds, boxes.tolist(), strict=True)], boxes


def _checked(kind: str, box: list[float]) -> str:
    """The kind, without headers and footers that the model finds within a page: text that is left out must be sure."""
    is_away = (kind == "header" and box[3] > _EDGE) or (kind == "footer" and box[1] < 1 - _EDGE)
    return "text" if is_away else kind


def assign(lines: TextLines, kinds: list[str], boxes: FloatArray) -> tuple[TextLines, Blocks]:
    """Assign each line to the smallest region that covers most of it, and build the blocks.

    Each run of lines outside all regions forms a block of kind `text` after the block of the line before. Regions of
    running text without lines are dropped; figures, tables, charts and formulas are kept. The box of a text region is
    the box around its lines.
    """
    count = len(lines)
    home = _homes(lines, boxes)
    # The ranks between two regions are for the runs of lines outside all regions.
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
        # Lines locate the edges of text more exactly than the model does; a figure extends beyond the lines in it.
        parts = [lines.boxes[members]]
        if region >= 0 and kinds[region] in _PICTURES:
            parts.append(boxes[region : region + 1])
        out_boxes[index] = union_of_runs(np.concatenate(parts), np.zeros(1, np.intp))[0]
    return lines, Blocks(out_kind, out_boxes, out_text, np.full(len(ranks), np.nan, np.float32))


def _homes(lines: TextLines, boxes: FloatArray) -> NDArray[np.intp]:
    """(lines,) index of the smallest region that covers most of each line; -1 for none."""
    if not len(lines) or not len(boxes):
        return np.full(len(lines), -1, np.intp)
    held = overlaps(lines.boxes, boxes) / np.maximum(areas(lines.boxes), 1e-12)[:, None]
    size = np.where(held >= _INSIDE, areas(boxes)[None, :], np.inf)
    return np.where(np.isfinite(size.min(axis=1)), size.argmin(axis=1), -1).astype(np.intp)
