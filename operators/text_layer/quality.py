"""Whether a text layer says what is seen on the page, judged from measured signs."""

import difflib
import re
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ...schemas.page import TextLines, TextSourceReason

# A text layer of which OCR reads at least this share is kept.
AGREEMENT = 0.7
# With fewer characters than this, most of what is seen may be drawn as paths.
FEW_CHARACTERS = 150


class Usability(StrEnum):
    """What to do with a text layer: keep it, hold it against OCR, or throw it away."""

    USABLE = "usable"
    DOUBTFUL = "doubtful"
    UNUSABLE = "unusable"


@dataclass(frozen=True)
class TextLayerFeatures:
    """What was measured on a page's text layer.

    Attributes:
        characters: without spaces.
        bad_share: share of them that mean nothing: replacement characters, private use, controls.
        symbol_ratio: share that are signs of no common use in running text.
        letters: unaccented Latin letters next to another one.
        vowel_share: share of vowels among them.
        alternation: how often a vowel and a consonant stand side by side, over what chance would give: languages
            alternate (above 1.25 in all languages tried), shuffled letters do not (about 1). See
            `text_signs.letter_signs`.
        punctuation_share: share of ASCII punctuation, a row of one sign counted once.
        invisible_share: share of characters drawn neither filled nor stroked, or transparent.
        image_cover: share of the page under images.
        unexplained_ink: share of the ink outside words; None where it was not measured.
        off_ink: share of characters whose word has no ink under it; None where it was not measured.
    """

    characters: int = 0
    bad_share: float = 0.0
    symbol_ratio: float = 0.0
    letters: int = 0
    vowel_share: float = 0.4
    alternation: float = 1.3
    punctuation_share: float = 0.0
    invisible_share: float = 0.0
    image_cover: float = 0.0
    unexplained_ink: float | None = None
    off_ink: float | None = None


@dataclass(frozen=True)
class Verdict:
    """A judgement of a text layer and its ground, None where nothing speaks against it."""

    usability: Usability
    reason: TextSourceReason | None = None

    @property
    def usable(self) -> bool:
        return self.usability is Usability.USABLE


def needs_ink(characters: int, image_cover: float, *, invisible: bool) -> bool:
    """Whether the page must be rendered before its text layer can be judged; `invisible` if any of it is."""
    return characters < FEW_CHARACTERS or invisible or image_cover >= 0.5


def judge(features: TextLayerFeatures) -> Verdict:
    """Whether a text layer can be used; the first sign that speaks decides."""
    unusable, doubtful, why = Usability.UNUSABLE, Usability.DOUBTFUL, TextSourceReason
    for usability, reason, holds in (
        (unusable, why.NO_TEXT_LAYER, features.characters == 0),
        (unusable, why.MEANINGLESS_GLYPHS, features.bad_share >= 0.3),
        (unusable, why.NO_INK_UNDER_TEXT, (features.off_ink or 0.0) >= 0.5),
        (doubtful, why.MEANINGLESS_GLYPHS, features.bad_share >= 0.05),
        (doubtful, why.UNUSUAL_SYMBOLS, features.characters >= 20 and features.symbol_ratio >= 0.12),
        (doubtful, why.MOSTLY_PUNCTUATION, features.characters >= 40 and features.punctuation_share >= 0.35),
        (doubtful, why.NOT_A_LANGUAGE, _letters_look_wrong(features)),
        (doubtful, why.INVISIBLE_TEXT, features.invisible_share >= 0.5),
        (doubtful, why.INK_OUTSIDE_TEXT, (features.unexplained_ink or 0.0) >= 0.35),
    ):
        if holds:
            return Verdict(usability, reason)
    return Verdict(Usability.USABLE)


def _letters_look_wrong(features: TextLayerFeatures) -> bool:
    if features.letters < 80:
        return False
    return features.alternation < 1.2 or not 0.25 <= features.vowel_share <= 0.65


_NOT_WORD = re.compile(r"[\W_]+")
# OCR that finds less than this share of a text layer's letters cannot read the script, and says nothing of it.
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

    Each OCR line is compared with the text layer's words whose centres lie in its box, letters and digits only;
    the similarity is weighted by length. Words that no OCR line covers count against the text layer, lines
    without words too. 1 where neither has text.
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
