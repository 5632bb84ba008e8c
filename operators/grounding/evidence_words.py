"""Collects the words of pages with their boxes and reading directions into flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import bidirectional, normalize

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import clip
from ...schemas.page import TextLines


@dataclass(frozen=True)
class EvidenceWords:
    """n words of one or several pages, in reading order.

    Attributes:
        text: in NFC, without white space at the ends, never empty.
        boxes: (n, 4) boxes in shares of the page.
        line: (n,) index into the page's lines.
        page: (n,) page number.
        turn: (n,) clockwise quarter turns of the text: 1 reads downwards, 2 upside down, 3 upwards.
        from_right: (n,) whether the word is read from right to left.
        recognised: (n,) whether the word has a confidence, which means that it comes from OCR.
    """

    text: list[str]
    boxes: NDArray[np.float64]
    line: NDArray[np.int32]
    page: NDArray[np.int32]
    turn: NDArray[np.int8]
    from_right: NDArray[np.bool_]
    recognised: NDArray[np.bool_]


def collect_words(pages: Sequence[tuple[int, TextLines]]) -> EvidenceWords:
    """The words of pages; a line without words counts as one word, and words with a box off the page are dropped."""
    text: list[str] = []
    boxes: list[NDArray[np.float32]] = []
    line: list[int] = []
    page: list[int] = []
    turn: list[int] = []
    recognised: list[bool] = []
    for number, lines in pages:
        turns = [_quarter_turns(polygon) for polygon in lines.polygons]
        turns += [0] * (len(lines) - len(turns))
        for word, box, index, confidence in _page_words(lines):
            text.append(word)
            boxes.append(box)
            line.append(index)
            page.append(number)
            turn.append(turns[index] if index < len(turns) else 0)
            recognised.append(not np.isnan(confidence))
    found = np.array(boxes, np.float32).reshape(-1, 4)
    clipped, keep = clip(found)
    kept = np.flatnonzero(keep).tolist()
    return EvidenceWords(
        text=[text[i] for i in kept],
        boxes=clipped[keep].astype(np.float64),
        line=np.array(line, np.int32)[keep],
        page=np.array(page, np.int32)[keep],
        turn=np.array(turn, np.int8)[keep],
        from_right=np.array([_reads_from_right(text[i]) for i in kept], np.bool_),
        recognised=np.array(recognised, np.bool_)[keep],
    )


def _page_words(lines: TextLines) -> list[tuple[str, NDArray[np.float32], int, float]]:
    found: list[tuple[str, NDArray[np.float32], int, float]] = []
    with_words = set(lines.word_line.tolist())
    word = 0
    for index in range(len(lines)):
        if index not in with_words:
            if text := _clean(lines.text[index]):
                found.append((text, lines.boxes[index], index, float(lines.confidence[index])))
            continue
        while word < len(lines.word_text) and lines.word_line[word] <= index:
            if text := _clean(lines.word_text[word]):
                found.append((text, lines.word_boxes[word], index, float(lines.word_confidence[word])))
            word += 1
    return found


def _clean(text: str) -> str:
    # A lone surrogate can neither be encoded nor compared by RapidFuzz.
    valid = text if text.isascii() else normalize("NFC", text.encode("utf-8", "replace").decode())
    return " ".join(valid.split())


def _quarter_turns(polygon: NDArray[np.float32] | None) -> int:
    if polygon is None or len(polygon) < 2:
        return 0
    dx, dy = (polygon[1] - polygon[0]).tolist()
    if abs(dx) >= abs(dy):
        return 0 if dx >= 0 else 2
    return 1 if dy > 0 else 3


def _reads_from_right(text: str) -> bool:
    return not text.isascii() and any(bidirectional(character) in ("R", "AL") for character in text)
