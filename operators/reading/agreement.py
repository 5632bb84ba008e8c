"""Compares a text layer with OCR of the same page, to decide whether a doubtful text layer is kept."""

import difflib
import re

import numpy as np

from ...schemas.page import TextLines

# A text layer whose agreement with OCR reaches this value is kept.
AGREEMENT = 0.7
_NOT_WORD = re.compile(r"[\W_]+")
# OCR that finds less than this share of a text layer's letters cannot read the script, so it is no evidence against
# the text layer.
_SILENCE = 0.2


def confirmed_by_ocr(text_layer: TextLines, ocr: TextLines) -> bool:
    """Whether to keep a doubtful text layer after OCR of the same page."""
    letters = sum(len(_NOT_WORD.sub("", text)) for text in text_layer.text)
    read = sum(len(_NOT_WORD.sub("", text)) for text in ocr.text)
    if letters and read < _SILENCE * letters:
        return True
    return len(text_layer) > 0 and agree(text_layer, ocr) >= AGREEMENT


def agree(text_layer: TextLines, ocr: TextLines) -> float:
    """How well a text layer and OCR of the same page agree, between 0 and 1.

    Each OCR line is compared with the text layer's words whose centres lie in its box, letters and digits only.
    The similarities are weighted by length. Words that no OCR line covers, and OCR lines without words, count as
    disagreement. 1 where neither has text.
    """
    words = [_NOT_WORD.sub("", word.casefold()) for word in text_layer.word_text]
    boxes = text_layer.word_boxes
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    taken = np.zeros(len(words), np.bool_)
    weight = same = 0.0
    for text, box in zip(ocr.text, ocr.boxes, strict=True):
        line = _NOT_WORD.sub("", text.casefold())
        margin = 0.15 * (box[3] - box[1])
        inside = ~taken & (centres[:, 0] >= box[0] - margin) & (centres[:, 0] <= box[2] + margin)
        inside &= (centres[:, 1] >= box[1] - margin) & (centres[:, 1] <= box[3] + margin)
        taken |= inside
        other = "".join(words[i] for i in np.flatnonzero(inside))
        weight += len(line) + len(other)
        if line and other:
            matcher = difflib.SequenceMatcher(None, line, other, autojunk=False)
            same += matcher.ratio() * (len(line) + len(other))
    weight += sum(len(words[i]) for i in np.flatnonzero(~taken))
    return same / weight if weight else 1.0
