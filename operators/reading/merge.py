"""Puts the text of a page together from the parts of its text layer that are kept and from OCR of the page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import areas, overlaps
from ...schemas.job.text_engines import TEXT_LAYER
from ...schemas.page import Blocks, FloatArray, TextLines, TextSourceReason
from ..layout.blocks import group_lines, select_lines, text_blocks
from ..layout.reading_order import reading_order
from ..text_layer.quality import LayerParts
from .agreement import cannot_read, confirmed_by_ocr, confirmed_lines

# Share of an OCR line that the boxes of words cover where it reads these words again.
_SAME_PLACE = 0.5
# OCR finds text where there is none in photographs; beside a text layer it must be surer than on a scan.
_SURE = 0.7
_PICTURES = ("figure", "chart", "table")


@dataclass(frozen=True)
class MergedText:
    """The text of a page.

    Attributes:
        lines: in reading order, with `source` where there are several.
        blocks: those of the text layer where it is the whole text; else None.
        source: the source of most characters.
        dropped: number of words of an OCR layer that were left out.
    """

    lines: TextLines
    blocks: Blocks | None
    source: str
    reason: TextSourceReason | None
    dropped: int = 0


def merged(
    parts: LayerParts | None,
    ocr: TextLines,
    reader: str,
    reason: TextSourceReason | None,
    size: tuple[float, float],
    *,
    beside: bool = False,
) -> MergedText:
    """The text of a page that OCR has read.

    Args:
        ocr: what OCR read, in reading order.
        reader: source of that text in the tables.
        reason: why OCR was asked.
        size: width and height of the page in the same unit.
        beside: whether the text layer keeps its order and its blocks, among which those of OCR are put.
    """
    if parts is None:
        return MergedText(ocr, None, reader, reason)
    trusted = parts.trusted.lines
    free = ~_covered(ocr, trusted)
    if len(trusted):
        free &= ~(ocr.confidence < _SURE)
    kept, blocks = [trusted], parts.trusted.blocks
    for layer in parts.doubtful:
        there = _covered(ocr, layer.lines)
        # OCR of other places says nothing about a part of the text layer.
        read = ocr if len(parts.doubtful) == 1 and not len(trusted) else select_lines(ocr, np.flatnonzero(there))
        if confirmed_by_ocr(layer.lines, read):
            kept.append(layer.lines)
            blocks = layer.blocks
            free &= ~there
            if read is ocr:
                free[:] = False
    invisible, dropped = parts.invisible.lines, 0
    if len(invisible):
        left = select_lines(ocr, np.flatnonzero(free))
        if cannot_read(invisible, left):
            confirmed = invisible
        else:
            confirmed, used = confirmed_lines(invisible, left)
            free[np.flatnonzero(free)[used]] = False
            dropped = len(invisible.word_text) if not len(confirmed) else 0
        kept.append(confirmed)
    added = select_lines(ocr, np.flatnonzero(free))
    kept = [lines for lines in kept if len(lines)]
    if not kept:
        return MergedText(added, None, reader, reason, dropped)
    if not len(added):
        reason = TextSourceReason.KEPT_AFTER_OCR
    if len(invisible) and not dropped:
        reason = TextSourceReason.OCR_LAYER_CONFIRMED
    if len(kept) == 1 and not len(added):
        return MergedText(kept[0], None if len(invisible) else blocks, TEXT_LAYER, reason, dropped)
    if beside and len(kept) == 1:
        lines, blocks = _beside(kept[0], blocks, added, reader)
        return MergedText(lines, blocks, _main_source(lines), reason, dropped)
    lines = _in_order([*((part, TEXT_LAYER) for part in kept), (added, reader)], size)
    return MergedText(lines, None, _main_source(lines), reason, dropped)


def _beside(layer: TextLines, blocks: Blocks, ocr: TextLines, reader: str) -> tuple[TextLines, Blocks]:
    """The blocks of a text layer in their order, with OCR lines in the pictures around them or in blocks of their own.

    A block of their own comes after what it stands under.
    """
    ocr, found = group_lines(ocr)
    count = len(blocks)
    around = [_picture_around(box, blocks) for box in found.boxes]
    own = [place for place, picture in enumerate(around) if picture is None]
    # Before the block of the text layer that has the same place.
    order = np.argsort(
        [*(_after(found.boxes[place], blocks.boxes) - 0.5 for place in own), *range(count)], kind="stable"
    )
    order = np.where(order < len(own), order + count, order - len(own))
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    home = np.array([count + own.index(i) if home is None else home for i, home in enumerate(around)], np.int32)
    block = rank[np.concatenate([layer.block, home[ocr.block]])]
    lines = select_lines(
        replace(_joined([(layer, TEXT_LAYER), (ocr, reader)]), block=block), np.argsort(block, kind="stable")
    )
    kinds = [*blocks.kind, *["text"] * len(own)]
    boxes = np.concatenate([blocks.boxes, found.boxes[own]])[order]
    texts = text_blocks(lines, boxes).text
    confidence = np.concatenate([blocks.confidence, np.full(len(own), np.nan, np.float32)])[order]
    return lines, Blocks([kinds[i] for i in order.tolist()], boxes, [text or None for text in texts], confidence)


def _picture_around(box: FloatArray, blocks: Blocks) -> int | None:
    """The first block of a picture or table that has the middle of a box in it."""
    x, y = (box[:2] + box[2:]) / 2
    for place, (kind, (x0, y0, x1, y1)) in enumerate(zip(blocks.kind, blocks.boxes.tolist(), strict=True)):
        if kind in _PICTURES and x0 <= x <= x1 and y0 <= y <= y1:
            return place
    return None


def _after(box: FloatArray, blocks: FloatArray) -> int:
    """The place in the order of blocks of one that belongs below or, where none is above it, before them."""
    above = blocks[:, 1] + blocks[:, 3] < box[1] + box[3]
    across = np.minimum(blocks[:, 2], box[2]) > np.maximum(blocks[:, 0], box[0])
    if across.any():
        over = np.flatnonzero(across & above)
        return int(over[-1]) + 1 if len(over) else int(np.flatnonzero(across)[0])
    below = np.flatnonzero(~above)
    return int(below[0]) if len(below) else len(blocks)


def _covered(ocr: TextLines, layer: TextLines) -> NDArray[np.bool_]:
    """(len(ocr),) whether words of the text layer lie where each OCR line lies."""
    if not len(ocr) or not len(layer.word_text):
        return np.zeros(len(ocr), np.bool_)
    shared = overlaps(ocr.boxes.astype(np.float64), layer.word_boxes.astype(np.float64)).sum(axis=1)
    return np.asarray(shared >= _SAME_PLACE * areas(ocr.boxes.astype(np.float64)))


def _main_source(lines: TextLines) -> str:
    count: dict[str, int] = {}
    for text, source in zip(lines.text, lines.source, strict=True):
        count[source] = count.get(source, 0) + len(text)
    return max(count, key=count.__getitem__)


def _in_order(parts: Sequence[tuple[TextLines, str]], size: tuple[float, float]) -> TextLines:
    """The lines of several sources in reading order."""
    joined = _joined(parts)
    scaled = joined.boxes * np.array([*size, *size], np.float32)
    return select_lines(joined, reading_order(scaled).astype(np.intp))


def _joined(parts: Sequence[tuple[TextLines, str]]) -> TextLines:
    lines = [part for part, _ in parts]
    starts = np.cumsum([0, *(len(part) for part in lines)])
    count = int(starts[-1])
    return TextLines(
        text=[text for part in lines for text in part.text],
        boxes=np.concatenate([part.boxes for part in lines]),
        polygons=[polygon for part in lines for polygon in part.polygons],
        confidence=np.concatenate([part.confidence for part in lines]),
        block=np.full(count, -1, np.int32),
        word_text=[text for part in lines for text in part.word_text],
        word_boxes=np.concatenate([part.word_boxes for part in lines]),
        word_confidence=np.concatenate([part.word_confidence for part in lines]),
        word_line=np.concatenate([part.word_line + start for part, start in zip(lines, starts, strict=False)]).astype(
            np.int32
        ),
        source=[source for part, source in parts for _ in range(len(part))],
    )


def painted_over(image: NDArray[np.uint8], boxes: FloatArray) -> NDArray[np.uint8]:
    """A copy of an image (H, W, 3) in which boxes, in shares, have the colour that prevails on their edges."""
    painted = image.copy()
    height, width = image.shape[:2]
    scaled = boxes * np.array([width, height, width, height])
    for x0, y0, x1, y1 in np.rint(scaled).astype(int).tolist():
        box = image[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1]
        if box.size:
            edge = np.concatenate([box[0], box[-1], box[:, 0], box[:, -1]])
            painted[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1] = np.median(edge, axis=0).astype(np.uint8)
    return painted
