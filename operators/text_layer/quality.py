"""Whether a text layer says what is seen on the page, judged from measured signs."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ...schemas.page import Blocks, TextLines

# With fewer characters than this, most of what is seen may be drawn as paths.
FEW_CHARACTERS = 150


class Usability(StrEnum):
    """What to do with a text layer: keep it, hold it against OCR, or throw it away."""

    USABLE = "usable"
    DOUBTFUL = "doubtful"
    UNUSABLE = "unusable"


@dataclass(frozen=True)
class TextLayer:
    """What a page's text layer says.

    Attributes:
        lines, blocks: in reading order, boxes as shares of the page as it is displayed; every line belongs to a block.
        visible: (n,) whether each line is drawn at all.
    """

    lines: TextLines
    blocks: Blocks
    visible: NDArray[np.bool_]


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
    """A judgement of a text layer and, in a few words, its ground."""

    usability: Usability
    reason: str

    @property
    def usable(self) -> bool:
        return self.usability is Usability.USABLE


def needs_ink(characters: int, image_cover: float, *, invisible: bool) -> bool:
    """Whether the page must be rendered before its text layer can be judged; `invisible` if any of it is."""
    return characters < FEW_CHARACTERS or invisible or image_cover >= 0.5


def judge(features: TextLayerFeatures) -> Verdict:
    """Whether a text layer can be used; the first sign that speaks decides."""
    for usability, reason, holds in (
        (Usability.UNUSABLE, "no text layer", features.characters == 0),
        (Usability.UNUSABLE, "glyphs without meaning", features.bad_share >= 0.3),
        (Usability.UNUSABLE, "text where no ink stands", (features.off_ink or 0.0) >= 0.5),
        (Usability.DOUBTFUL, "some glyphs without meaning", features.bad_share >= 0.05),
        (Usability.DOUBTFUL, "unusual signs", features.characters >= 20 and features.symbol_ratio >= 0.12),
        (Usability.DOUBTFUL, "mostly punctuation", features.characters >= 40 and features.punctuation_share >= 0.35),
        (Usability.DOUBTFUL, "letters in no order of a language", _letters_look_wrong(features)),
        (Usability.DOUBTFUL, "invisible text", features.invisible_share >= 0.5),
        (Usability.DOUBTFUL, "much ink outside the text", (features.unexplained_ink or 0.0) >= 0.35),
    ):
        if holds:
            return Verdict(usability, reason)
    return Verdict(Usability.USABLE, "text layer")


def _letters_look_wrong(features: TextLayerFeatures) -> bool:
    if features.letters < 80:
        return False
    return features.alternation < 1.2 or not 0.25 <= features.vowel_share <= 0.65
