"""Compares a text layer with OCR of the same page, to decide what is kept of a doubtful text layer or an OCR layer."""

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ...schemas.geometry import union_of_runs
from ...schemas.page import TextLines
from ..layout.blocks import select_lines
from ..values.normalization import plain

# A text layer whose agreement with OCR reaches this value is kept.
AGREEMENT = 0.7
_NOT_WORD, _DIGIT = re.compile(r"[\W_]+"), re.compile(r"\d")
# What changes the value of the digits around it: separators, and a minus, also before the sign of a currency.
_MARK = re.compile(r"(?<=\d)[.,:/'](?=\d)|-(?=[^\w-]?\d)")
_UNKNOWN, _FEW_UNKNOWN = "\ufffd", 2
# OCR that finds less than this share of a text layer's letters cannot read the script, so it is no evidence against
# the text layer.
_SILENCE = 0.2


def cannot_read(text_layer: TextLines, ocr: TextLines) -> bool:
    """Whether OCR finds so little of a text layer's letters that it is no evidence against it."""
    letters = sum(len(_NOT_WORD.sub("", text)) for text in text_layer.text)
    read = sum(len(_NOT_WORD.sub("", text)) for text in ocr.text)
    return letters > 0 and read < _SILENCE * letters


def confirmed_by_ocr(text_layer: TextLines, ocr: TextLines) -> bool:
    """Whether to keep a doubtful text layer, or the doubtful text of one font, after OCR of the same place.

    Letters agree as a whole; each digit must be read as itself, most times that it is there. Characters without a value
    must not be readable.
    """
    if cannot_read(text_layer, ocr):
        return True
    if not len(text_layer) or agree(text_layer, ocr) < AGREEMENT:
        return False
    return not _reads_unknown(text_layer, ocr) and not _digits_read_as_others(text_layer, ocr)


def _reads_unknown(text_layer: TextLines, ocr: TextLines) -> bool:
    """Whether OCR has letters and digits for half of the characters whose value a text layer does not know, or more."""
    unknown = sum(text.count(_UNKNOWN) for text in text_layer.text)
    if unknown < _FEW_UNKNOWN:
        return False
    known, read = (sum(len(_NOT_WORD.sub("", text)) for text in lines.text) for lines in (text_layer, ocr))
    return read - known >= unknown / 2


def _digits_read_as_others(text_layer: TextLines, ocr: TextLines) -> set[str]:
    """The digits of a text layer that OCR reads as other digits in most of the places where it reads a digit."""
    total: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for text, members in zip(ocr.text, _words_inside(text_layer, ocr), strict=True):
        line, other = (_NOT_WORD.sub("", one) for one in (text, "".join(text_layer.word_text[i] for i in members)))
        for read, written in _opposite(line, other):
            if read.isdecimal() and written.isdecimal():
                total[written] += 1
                wrong[written] += read != written
    return {digit for digit, count in total.items() if wrong[digit] > count / 2}


def _opposite(line: str, other: str) -> Iterator[tuple[str, str]]:
    """Pairs of the characters of two readings of a line, with digits opposite digits, whichever they are."""
    if len(line) == len(other):
        yield from zip(line, other, strict=True)
        return
    alike = difflib.SequenceMatcher(None, _DIGIT.sub("0", line), _DIGIT.sub("0", other), autojunk=False)
    for block in alike.get_matching_blocks():
        yield from zip(line[block.a :][: block.size], other[block.b :][: block.size], strict=True)


def confirmed_lines(layer: TextLines, ocr: TextLines) -> tuple[TextLines, list[int]]:
    """The lines of an OCR layer that OCR of the page reads alike, and the indices of the OCR lines that they replace.

    Letters are compared without case and accents, which OCR often loses; digits must be equal, with their separators
    and signs. None are kept where the layer as a whole does not agree with OCR. The kept lines have the confidence of
    the OCR, since that is the evidence.
    """
    if agree(layer, ocr) < AGREEMENT:
        return TextLines(), []
    inside = _words_inside(layer, ocr)
    chosen: list[int] = []
    words: list[int] = []
    lengths: list[int] = []
    for index, (text, members) in enumerate(zip(ocr.text, inside, strict=True)):
        written = "".join(layer.word_text[i] for i in members)
        if members and _bare(written) == _bare(text) and _marks(written) == _marks(text):
            chosen.append(index)
            words += members
            lengths.append(len(members))
    if not chosen:
        return TextLines(), []
    starts = np.cumsum(lengths) - np.array(lengths)
    of_line = np.repeat(np.arange(len(chosen), dtype=np.int32), lengths)
    confidence = ocr.confidence[chosen]
    bounds = [*starts.tolist(), len(words)]
    joined = [" ".join(layer.word_text[i] for i in words[a:b]) for a, b in pairwise(bounds)]
    boxes = layer.word_boxes[words]
    kept = replace(
        select_lines(ocr, np.array(chosen, np.intp)),
        text=joined,
        boxes=union_of_runs(boxes, starts),
        word_text=[layer.word_text[i] for i in words],
        word_boxes=boxes,
        word_confidence=confidence[of_line],
        word_line=of_line,
    )
    return kept, chosen


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _NOT_WORD.sub("", "".join(character for character in decomposed if not unicodedata.combining(character)))


def _marks(text: str) -> list[tuple[int, str]]:
    """The marks of the numbers of a line, each with the number of letters and digits before it."""
    solid = "".join(plain(text).split())
    return [(sum(map(str.isalnum, solid[: mark.start()])), mark[0]) for mark in _MARK.finditer(solid)]


def _words_inside(layer: TextLines, ocr: TextLines) -> list[list[int]]:
    """For each OCR line the words of the text layer whose centres lie in its box; no word in two lines."""
    boxes = layer.word_boxes
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    taken = np.zeros(len(boxes), np.bool_)
    found = []
    for box in ocr.boxes:
        margin = 0.15 * (box[3] - box[1])
        inside = ~taken & (centres[:, 0] >= box[0] - margin) & (centres[:, 0] <= box[2] + margin)
        inside &= (centres[:, 1] >= box[1] - margin) & (centres[:, 1] <= box[3] + margin)
        taken |= inside
        found.append(np.flatnonzero(inside).tolist())
    return found


def agree(text_layer: TextLines, ocr: TextLines) -> float:
    """How well a text layer and OCR of the same page agree, between 0 and 1.

    Each OCR line is compared with the text layer's words whose centres lie in its box, letters and digits only.
    The similarities are weighted by length. Words that no OCR line covers, and OCR lines without words, count as
    disagreement. 1 where neither has text.
    """
    words = [_NOT_WORD.sub("", word.casefold()) for word in text_layer.word_text]
    left = set(range(len(words)))
    weight = same = 0.0
    for text, members in zip(ocr.text, _words_inside(text_layer, ocr), strict=True):
        line = _NOT_WORD.sub("", text.casefold())
        left.difference_update(members)
        other = "".join(words[i] for i in members)
        weight += len(line) + len(other)
        if line and other:
            matcher = difflib.SequenceMatcher(None, line, other, autojunk=False)
            same += matcher.ratio() * (len(line) + len(other))
    weight += sum(len(words[i]) for i in left)
    return same / weight if weight else 1.0
