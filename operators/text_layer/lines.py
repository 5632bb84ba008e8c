"""Builds the lines and blocks of text layers, for many pages at a time.

A NumPy call costs several microseconds, however small its arrays, and a single page would need about a hundred calls.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, pairwise
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import clip, run_starts, turn_boxes, turn_points, union_of_runs
from ...schemas.page import Blocks, FloatArray, IntArray, TextLines
from ..layout.blocks import select_lines, text_blocks
from ..layout.reading_order import block_order, out_of_order
from .arrangement import arranged
from .extract import RawPage
from .overprint import overprinted
from .quality import TextLayer
from .words.bidi import is_right_to_left
from .words.walk import BLOCK_BIT


def line_polygons(raw: RawPage, keys: NDArray[np.int64], boxes: FloatArray) -> list[FloatArray | None]:
    """For each line None where it is upright, else its (4, 2) corners in shares of the page as displayed.

    Args:
        keys: (n,) keys of the lines in `raw.seen`.
        boxes: (n, 4) boxes of the lines in shares of the page as displayed.
    """
    seen, rotation = raw.seen, raw.rotation
    if not seen.direction and not rotation:
        return [None] * len(keys)
    quarters = np.full(len(keys), rotation // 90 % 4)
    odd: dict[int, FloatArray] = {}
    if seen.direction:
        for index, key in enumerate(keys.tolist()):
            if key in seen.corners:
                odd[index] = _along_baseline(seen.corners[key], seen.direction[key], raw)
            elif key in seen.direction:
                x, y = seen.direction[key]
                quarters[index] += round(float(np.degrees(np.arctan2(y, x))) // 90)
    quarters %= 4
    x0, y0, x1, y1 = boxes.T
    around = np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=1).reshape(-1, 4, 2)
    order = (np.arange(4) + quarters[:, None]) % 4
    corners = np.take_along_axis(around, order[:, :, None], axis=1)
    upright = quarters == 0
    polygons = [None if up else corner for up, corner in zip(upright.tolist(), corners, strict=True)]
    return [odd.get(index, polygon) for index, polygon in enumerate(polygons)] if odd else polygons


def _along_baseline(corners: list[tuple[float, float]], direction: tuple[float, float], raw: RawPage) -> FloatArray:
    """The rectangle along the baseline around the first and last character, in shares of the page as displayed."""
    x0, y0, x1, y1 = raw.rect
    u = np.array(direction)
    v = np.array([-u[1], u[0]])
    points = np.array(corners) - np.array([x0, y0])
    along, across = points @ u, points @ v
    a, b, c, d = along.min(), along.max(), across.min(), across.max()
    turned = np.array([a * u + c * v, b * u + c * v, b * u + d * v, a * u + d * v]) / np.array([x1 - x0, y1 - y0])
    return np.clip(turn_points(turned, raw.rotation), 0, 1)


# A line's key over several pages: the page's number from this bit on, and below it the line's key in `extract.Walk`.
_PAGE_BIT = 44

# From an `extract.Word`: its box, and the numbers of its block and line.
_NUMBERS = itemgetter(0, 1, 2, 3, 5, 6)


def text_layers(raws: Sequence[RawPage], words: Sequence[list[str]]) -> list[TextLayer]:
    """The text layers of pages, with lines and blocks in reading order.

    Args:
        words: the cleaned words of each page; empty words are dropped.
    """
    text = list(chain.from_iterable(words))
    if not text:
        return [TextLayer(TextLines(), Blocks(), np.empty(0, np.bool_)) for _ in raws]
    boxes, key = _boxes_and_keys(raws)
    boxes, keep = clip(boxes)
    if "" in text:
        keep &= np.array([bool(word) for word in text])
    if not keep.all():
        text = [word for word, kept in zip(text, keep.tolist(), strict=True) if kept]
        boxes, key = boxes[keep], key[keep]
    double = _overprinted(raws, text, boxes, key)
    if double.any():
        text = [word for word, again in zip(text, double.tolist(), strict=True) if not again]
        boxes, key = boxes[~double], key[~double]
    layers = arranged(raws, _assemble(raws, text, boxes, key))
    tops, pages = _tops(layers)
    for index in np.flatnonzero(out_of_order(tops, pages, len(raws))).tolist():
        layers[index] = _in_order(layers[index], raws[index])
    return layers


def _overprinted(
    raws: Sequence[RawPage], words: list[str], boxes: FloatArray, key: NDArray[np.int64]
) -> NDArray[np.bool_]:
    page = key >> _PAGE_BIT
    size = np.array([raw.size for raw in raws], np.float32)[page]
    hidden = np.zeros(len(words), np.bool_)
    for number, raw in enumerate(raws):
        if raw.seen.invisible:
            keys = [number << _PAGE_BIT | line for line in raw.seen.invisible]
            hidden |= np.isin(key, keys)
    return overprinted(words, boxes * np.tile(size, 2), key, page, hidden)


def _boxes_and_keys(raws: Sequence[RawPage]) -> tuple[FloatArray, NDArray[np.int64]]:
    """(n, 4) unclipped boxes of all words in shares of their pages as displayed, and (n,) keys of their lines."""
    counts = [len(raw.words) for raw in raws]
    numbers = chain.from_iterable(map(_NUMBERS, chain.from_iterable(raw.words for raw in raws)))
    columns = np.fromiter(numbers, np.float64, 6 * sum(counts)).reshape(-1, 6)
    corners = columns[:, :4]
    blocks, lines = columns[:, 4:].astype(np.int64).T
    rects = np.array([raw.rect for raw in raws], np.float64)
    size = rects[:, 2:] - rects[:, :2]
    origin, scale = np.tile(rects[:, :2], 2), np.tile(size, 2)
    boxes = ((corners - np.repeat(origin, counts, axis=0)) / np.repeat(scale, counts, axis=0)).astype(np.float32)
    rotations = np.repeat([raw.rotation for raw in raws], counts)
    for rotation in set(rotations.tolist()) - {0}:
        turned = rotations == rotation
        boxes[turned] = turn_boxes(boxes[turned], rotation)
    page = np.repeat(np.arange(len(raws), dtype=np.int64), counts)
    return boxes, page << _PAGE_BIT | blocks << BLOCK_BIT | lines


def _assemble(raws: Sequence[RawPage], words: list[str], boxes: FloatArray, key: NDArray[np.int64]) -> list[TextLayer]:
    new_line = run_starts(key)
    line_key = key[new_line]
    line_bounds = [*new_line.tolist(), len(words)]
    lines = [" ".join(words[a:b]) for a, b in pairwise(line_bounds)]
    line_boxes = union_of_runs(boxes, new_line)
    new_block = run_starts(line_key >> BLOCK_BIT)
    block_bounds = [*new_block.tolist(), len(lines)]
    block_text = ["\n".join(lines[a:b]) for a, b in pairwise(block_bounds)]
    block_boxes = union_of_runs(line_boxes, new_block)

    every = np.arange(len(raws) + 1, dtype=np.int64) << _PAGE_BIT
    word_at = np.searchsorted(key, every)
    line_at = np.searchsorted(line_key, every)
    block_at = np.searchsorted(line_key[new_block], every)
    word_line = _numbered(np.diff(line_bounds)) - np.repeat(line_at[:-1], np.diff(word_at))
    block = _numbered(np.diff(block_bounds)) - np.repeat(block_at[:-1], np.diff(line_at))
    word_line, block = word_line.astype(np.int32), block.astype(np.int32)
    unknown = np.full(len(words), np.nan, np.float32)
    seen_key = line_key & ((1 << _PAGE_BIT) - 1)

    layers = []
    for raw, (a, b), (c, d), (e, f) in zip(
        raws, pairwise(word_at.tolist()), pairwise(line_at.tolist()), pairwise(block_at.tolist()), strict=True
    ):
        text_lines = TextLines(
            text=lines[c:d],
            boxes=line_boxes[c:d],
            polygons=line_polygons(raw, seen_key[c:d], line_boxes[c:d]),
            confidence=unknown[: d - c],
            block=block[c:d],
            word_text=words[a:b],
            word_boxes=boxes[a:b],
            word_confidence=unknown[: b - a],
            word_line=word_line[a:b],
        )
        texts: list[str | None] = [*block_text[e:f]]
        blocks = Blocks(["text"] * (f - e), block_boxes[e:f], texts, unknown[: f - e])
        layers.append(TextLayer(text_lines, blocks, _visible(raw, seen_key[c:d])))
    return layers


def _numbered(lengths: NDArray[np.integer]) -> IntArray:
    """The index of each of `lengths`, repeated that number of times: 0 0 1 1 1 for lengths 2 and 3."""
    return np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)


def _visible(raw: RawPage, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not raw.seen.invisible:
        return np.ones(len(keys), np.bool_)
    return np.array([key not in raw.seen.invisible for key in keys.tolist()], np.bool_)


def _tops(layers: Sequence[TextLayer]) -> tuple[FloatArray, IntArray]:
    """The upper edge of every block, and the index of its page."""
    return np.concatenate([layer.blocks.boxes[:, 1] for layer in layers]), _numbered(
        np.array([len(layer.blocks) for layer in layers])
    )


def _in_order(layer: TextLayer, raw: RawPage) -> TextLayer:
    order = block_order(layer.lines, *raw.size, from_the_right=is_right_to_left(layer.lines.text))
    if order is None:
        return layer
    rank = np.argsort(order)
    return keep_lines(layer, np.argsort(rank[layer.lines.block], kind="stable"))


def keep_lines(layer: TextLayer, order: NDArray[np.intp]) -> TextLayer:
    """The layer with only the lines at the indices `order`, in which the lines of a block must be consecutive.

    Blocks shrink to their remaining lines; empty blocks are dropped.
    """
    lines = select_lines(layer.lines, order)
    starts = run_starts(lines.block)
    number = np.zeros(len(lines), np.int32)
    number[starts[1:]] = 1
    lines = replace(lines, block=np.cumsum(number, dtype=np.int32))
    return TextLayer(lines, text_blocks(lines, union_of_runs(lines.boxes, starts)), layer.visible[order])
