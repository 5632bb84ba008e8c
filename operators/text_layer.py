"""The text layer of a page, column by column, from MuPDF's structured text."""

import re
import unicodedata
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray

from ..schemas.geometry import clip, covered, run_starts, to_shares, turn_boxes, turn_points, union_of_runs
from ..schemas.page import Blocks, FloatArray, TextLines
from .stext import Walk, walk
from .text_blocks import select_lines, text_blocks
from .text_order import block_order
from .text_quality import TextLayerSigns, letter_signs

# Ligatures are expanded (no PRESERVE_LIGATURES), clipped text is left out, glyphs without a meaning become
# U+FFFD (no USE_CID), pictures are listed. Paths are not (no COLLECT_VECTORS): they would cut blocks apart.
FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_PRESERVE_IMAGES | pymupdf.TEXT_CLIP

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_MEANINGLESS = re.compile("[\ufffd\x01-\x08\x0b-\x1f\x7f-\x9f\ue000-\uf8ff\U000f0000-\U0010fffd]")
# What Arrow, Parquet and a reader's eye cannot use: controls, surrogates, direction marks, byte order marks.
_REMOVED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
# Bullets of the Symbol and Wingdings fonts, which map to private use, and presentation forms of Latin ligatures.
_EXPANDED = str.maketrans(
    {
        "\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓", "\uf0e0": "→", "\xa0": " ",
        "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
    }
)  # fmt: skip
_BLANK = re.compile(r"[^\S\n]+")
_PRINTABLE_ODD = re.compile("[\ufffd\ufb00-\ufb06]")
# Marks that running text does not need; many of them are text read through a wrong table.
_SOUP = re.compile(r"[^\w\s.,;:!?'\"()\[\]{}/%&@+*=<>€$£¥#|°§–—…“”„‘’«»•▪·×_\\~^-]")
_ASCII = bytes(range(128))
_ASCII_SOUP = "".join(_SOUP.findall(_ASCII.decode())).encode()
_ASCII_COMMON = bytes(code for code in _ASCII if code not in _ASCII_SOUP)
_IMAGE_GRID = 48


@dataclass(frozen=True)
class MeasuredTextLayer:
    """A page's text layer and its cheap signs.

    Attributes:
        lines, blocks: in reading order; every line belongs to a block.
        visible: (n,) whether each line is drawn at all.
        signs: as far as they can be measured without rendering.
    """

    lines: TextLines
    blocks: Blocks
    visible: NDArray[np.bool_]
    signs: TextLayerSigns


def read_text_layer(page: Any) -> MeasuredTextLayer:
    """The text layer of a `pymupdf.Page`, boxes as shares of the page as it is displayed."""
    rotation = int(page.rotation) % 360
    text_page = page.get_textpage(flags=FLAGS)
    rect = tuple(text_page.rect)
    words = text_page.extractWORDS()
    seen = walk(text_page.this.m_internal)
    image_cover = _cover(seen.images, rect)
    if not words:
        nothing = TextLayerSigns(image_cover=image_cover)
        return MeasuredTextLayer(TextLines(), Blocks(), np.empty(0, np.bool_), nothing)

    *corners, texts, block_numbers, line_numbers, _ = zip(*words, strict=True)
    boxes, keep = clip(turn_boxes(to_shares(np.array(corners, np.float64).T, rect), rotation))
    key = np.array(block_numbers, np.int64) << 20 | np.array(line_numbers, np.int64)
    text, signs = _clean(list(texts), image_cover)
    if "" in text:
        keep &= np.array([bool(word) for word in text])
    if not keep.all():
        text = [word for word, kept in zip(text, keep.tolist(), strict=True) if kept]
        boxes, key = boxes[keep], key[keep]
        if not text:
            return MeasuredTextLayer(TextLines(), Blocks(), np.empty(0, np.bool_), replace(signs, characters=0))
    joined = "".join(text)
    if not joined.isascii() and _RIGHT_TO_LEFT.search(joined):
        text, boxes, key = _rejoin(text, boxes, key)
    layer = _assemble(text, boxes, key, seen, signs, rect, rotation)
    width, height = rect[2] - rect[0], rect[3] - rect[1]
    order = block_order(layer.lines, *((height, width) if rotation in (90, 270) else (width, height)))
    if order is None:
        return layer
    rank = np.argsort(order)
    return keep_lines(layer, np.argsort(rank[layer.lines.block], kind="stable"))


def _assemble(
    words: list[str],
    boxes: FloatArray,
    key: NDArray[np.int64],
    seen: Walk,
    signs: TextLayerSigns,
    rect: tuple[float, ...],
    rotation: int,
) -> MeasuredTextLayer:
    new_line = run_starts(key)
    line_key = key[new_line]
    bounds = [*new_line.tolist(), len(words)]
    lines = [" ".join(words[a:b]) for a, b in pairwise(bounds)]
    line_boxes = union_of_runs(boxes, new_line)
    new_block = run_starts(line_key >> 20)
    word_line = np.repeat(np.arange(len(lines), dtype=np.int32), np.diff(bounds))
    block = np.repeat(np.arange(len(new_block), dtype=np.int32), np.diff([*new_block.tolist(), len(lines)]))

    visible = np.ones(len(lines), np.bool_)
    if seen.invisible:
        visible = np.array([number not in seen.invisible for number in line_key.tolist()])
        length = np.array([len(line) for line in lines])
        signs = replace(signs, invisible_share=float(length[~visible].sum() / length.sum()))
    text_lines = TextLines(
        text=lines,
        boxes=line_boxes,
        polygons=_polygons(line_key, line_boxes, seen, rect, rotation),
        confidence=np.full(len(lines), np.nan, np.float32),
        block=block,
        word_text=words,
        word_boxes=boxes,
        word_confidence=np.full(len(words), np.nan, np.float32),
        word_line=word_line,
    )
    return MeasuredTextLayer(text_lines, text_blocks(text_lines, union_of_runs(line_boxes, new_block)), visible, signs)


def keep_lines(layer: MeasuredTextLayer, order: NDArray[np.intp]) -> MeasuredTextLayer:
    """The layer with only these lines (indices, blocks kept together); blocks shrink to them, empty ones go."""
    lines = select_lines(layer.lines, order)
    starts = run_starts(lines.block)
    number = np.zeros(len(lines), np.int32)
    number[starts[1:]] = 1
    lines = replace(lines, block=np.cumsum(number, dtype=np.int32))
    blocks = text_blocks(lines, union_of_runs(lines.boxes, starts))
    return MeasuredTextLayer(lines, blocks, layer.visible[order], layer.signs)


def _clean(words: list[str], image_cover: float) -> tuple[list[str], TextLayerSigns]:
    """Words as they may be stored, and the signs of a page: what their characters give, and its pictures' cover."""
    joined = "\n".join(words)
    latin = letter_signs(joined)
    characters = max(len(joined) - len(words) + 1, 1)
    bad = 0
    # Every other character with a special treatment is not printable in Python's sense.
    odd = not joined.replace("\n", "").isprintable()
    if odd or (not joined.isascii() and _PRINTABLE_ODD.search(joined)):
        bad = len(_MEANINGLESS.findall(joined.translate(_EXPANDED)))
        # A soft hyphen is printed only where a line ends after it.
        joined = _REMOVED.sub("", joined.translate(_EXPANDED)).replace("\xad\n", "-\n").replace("\xad", "")
        joined = _BLANK.sub(" ", joined).replace(" \n", "\n").replace("\n ", "\n").strip(" ")
        words = joined.split("\n")
    if not joined.isascii() and not unicodedata.is_normalized("NFC", joined):
        joined = unicodedata.normalize("NFC", joined)
        words = joined.split("\n")
    soup = _count_soup(joined) - bad
    return words, TextLayerSigns(
        image_cover=image_cover,
        characters=characters,
        bad_share=bad / characters,
        soup_share=max(soup, 0) / characters,
        letters=latin.letters,
        vowel_share=latin.vowel_share,
        alternation=latin.alternation,
        punctuation_share=latin.punctuation / characters,
    )


def _count_soup(text: str) -> int:
    if text.isascii():
        return len(text.encode().translate(None, _ASCII_COMMON))
    return len(_SOUP.findall(text))


def _rejoin(
    words: list[str], boxes: FloatArray, key: NDArray[np.int64]
) -> tuple[list[str], FloatArray, NDArray[np.int64]]:
    """Joins what MuPDF cut between right-to-left and other characters without a space on the page."""
    height = (boxes[1:, 3] - boxes[1:, 1]) * 0.05
    gap = np.maximum(boxes[1:, 0] - boxes[:-1, 2], boxes[:-1, 0] - boxes[1:, 2])
    rtl = np.array([bool(_RIGHT_TO_LEFT.search(word)) for word in words])
    join = (key[1:] == key[:-1]) & (gap < height) & (rtl[1:] | rtl[:-1])
    starts = np.flatnonzero(np.concatenate([[True], ~join]))
    bounds = [*starts.tolist(), len(words)]
    joined = ["".join(words[a:b]) for a, b in pairwise(bounds)]
    return joined, union_of_runs(boxes, starts), key[starts]


def _polygons(
    keys: NDArray[np.int64], boxes: FloatArray, seen: Walk, rect: tuple[float, ...], rotation: int
) -> list[FloatArray | None]:
    if not seen.direction and not rotation:
        return [None] * len(keys)
    quarters = np.full(len(keys), rotation // 90 % 4)
    odd: dict[int, FloatArray] = {}
    if seen.direction:
        for index, key in enumerate(keys.tolist()):
            if key in seen.corners:
                odd[index] = _along_baseline(seen.corners[key], seen.direction[key], rect, rotation)
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


def _along_baseline(
    corners: list[tuple[float, float]], direction: tuple[float, float], rect: tuple[float, ...], rotation: int
) -> FloatArray:
    """The rectangle along the baseline around the first and last character, in shares of the turned page."""
    u = np.array(direction)
    v = np.array([-u[1], u[0]])
    points = np.array(corners) - np.array(rect[:2])
    along, across = points @ u, points @ v
    a, b, c, d = along.min(), along.max(), across.min(), across.max()
    size = np.array([rect[2] - rect[0], rect[3] - rect[1]])
    turned = np.array([a * u + c * v, b * u + c * v, b * u + d * v, a * u + d * v]) / size
    return np.clip(turn_points(turned, rotation), 0, 1)


def _cover(images: list[tuple[float, float, float, float]], rect: tuple[float, ...]) -> float:
    if not images:
        return 0.0
    boxes, keep = clip(to_shares(np.array(images, np.float64), (rect[0], rect[1], rect[2], rect[3])))
    return float(covered(boxes[keep], _IMAGE_GRID, _IMAGE_GRID).mean())
