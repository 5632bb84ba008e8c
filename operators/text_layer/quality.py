"""Judges from measured features whether a text layer matches the visible page."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ...schemas.page import Blocks, TextLines, TextSourceReason

# With fewer characters than this, most of the visible text may be drawn as paths.
FEW_CHARACTERS = 150
# Share of a page that images cover where all of it, or a part of it, may be a scan.
SCANNED_PAGE = 0.5
SCANNED_PART = 0.2
# Share of meaningless characters from which a text layer is doubtful.
MANY_UNKNOWN = 0.05


class Usability(StrEnum):
    """What to do with a text layer: keep it, compare it with OCR, or discard it."""

    USABLE = "usable"
    DOUBTFUL = "doubtful"
    UNUSABLE = "unusable"


@dataclass(frozen=True)
class TextLayer:
    """The text layer of a page.

    Attributes:
        lines, blocks: in reading order, with boxes in shares of the page as displayed; every line belongs to a block.
        visible: (n,) whether each line is drawn.
    """

    lines: TextLines
    blocks: Blocks
    visible: NDArray[np.bool_]


NO_TEXT = TextLayer(TextLines(), Blocks(), np.empty(0, np.bool_))


@dataclass(frozen=True)
class LayerParts:
    """The text layer of a page that OCR reads too, in the parts that are decided about.

    Attributes:
        trusted: stays, whatever OCR reads elsewhere.
        doubtful: each is kept as a whole if OCR agrees with it, and dropped otherwise.
        invisible: an OCR layer over a scan; of it, each line is kept that OCR confirms.
    """

    trusted: TextLayer = NO_TEXT
    doubtful: tuple[TextLayer, ...] = ()
    invisible: TextLayer = NO_TEXT


@dataclass(frozen=True)
class TextLayerFeatures:
    """Features of the visible text of a page's text layer.

    Attributes:
        characters: number of characters without spaces.
        bad_share: share of meaningless characters: replacement characters, private use, controls.
        symbol_ratio: share of symbols that are rare in running text.
        letters: number of pairs of adjacent unaccented Latin letters.
        vowel_share: share of vowels among these letters.
        alternation: frequency of pairs of a vowel and a consonant, divided by the frequency expected by chance. It is
            above 1.25 in all languages tested, and about 1 for shuffled letters. See `features.letter_features`.
        punctuation_share: share of ASCII punctuation; a run of the same mark counts once.
        invisible_share: share of characters of the whole layer that are not seen and have print under them.
        image_cover: share of the page that images cover.
        doubtful_fonts: whether the character map of a font may be wrong; its text counts in no other feature.
        paper_in_image: whether images show print on blank paper where the text layer has no text, as scans do and
            photographs, charts and maps do not.
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
    doubtful_fonts: bool = False
    paper_in_image: bool = False
    unexplained_ink: float | None = None
    off_ink: float | None = None


@dataclass(frozen=True)
class Verdict:
    """The verdict on a text layer, with its reason; None where nothing speaks against it."""

    usability: Usability
    reason: TextSourceReason | None = None

    @property
    def usable(self) -> bool:
        return self.usability is Usability.USABLE


def needs_ink(characters: int, image_cover: float, *, invisible: bool) -> bool:
    """Whether the page must be rendered before its text layer can be judged.

    Args:
        invisible: whether any of the text is invisible.
    """
    return characters < FEW_CHARACTERS or invisible or image_cover >= SCANNED_PART


_ALL_IN_DOUBT = (
    TextSourceReason.MEANINGLESS_GLYPHS,
    TextSourceReason.UNUSUAL_SYMBOLS,
    TextSourceReason.MOSTLY_PUNCTUATION,
    TextSourceReason.NOT_A_LANGUAGE,
)


def judge(features: TextLayerFeatures) -> Verdict:
    """The verdict on a text layer; the first rule that applies decides."""
    unusable, doubtful, why = Usability.UNUSABLE, Usability.DOUBTFUL, TextSourceReason
    nothing = features.characters == 0
    for usability, reason, holds in (
        (unusable, why.NO_INK_UNDER_TEXT, (features.off_ink or 0.0) >= 0.5),
        (doubtful, why.INVISIBLE_TEXT, nothing and features.invisible_share > 0),
        (doubtful, why.FONT_MAP_WRONG, nothing and features.doubtful_fonts),
        (unusable, why.NO_TEXT_LAYER, nothing),
        (unusable, why.MEANINGLESS_GLYPHS, features.bad_share >= 0.3),
        (doubtful, why.MEANINGLESS_GLYPHS, features.bad_share >= MANY_UNKNOWN),
        (doubtful, why.UNUSUAL_SYMBOLS, features.characters >= 20 and features.symbol_ratio >= 0.12),
        (doubtful, why.MOSTLY_PUNCTUATION, features.characters >= 40 and features.punctuation_share >= 0.35),
        (doubtful, why.NOT_A_LANGUAGE, _letters_look_wrong(features)),
        (doubtful, why.INVISIBLE_TEXT, features.invisible_share >= 0.5),
        (doubtful, why.INK_OUTSIDE_TEXT, _lacks_text(features)),
        (doubtful, why.FONT_MAP_WRONG, features.doubtful_fonts),
    ):
        if holds:
            return Verdict(usability, reason)
    return Verdict(Usability.USABLE)


def parts(
    verdict: Verdict, visible: TextLayer, fonts: tuple[TextLayer, ...], invisible: TextLayer
) -> LayerParts | None:
    """What is kept of a text layer that is not usable as it is; None where all of it is discarded.

    Args:
        visible: the text that is seen, without that of doubtful fonts.
        fonts: the text of each doubtful font.
        invisible: the OCR layer.
    """
    if verdict.usability is Usability.UNUSABLE:
        return None
    if verdict.reason in _ALL_IN_DOUBT:
        return LayerParts(doubtful=(visible, *fonts), invisible=invisible)
    return LayerParts(visible, fonts, invisible)


def _lacks_text(features: TextLayerFeatures) -> bool:
    loose = features.unexplained_ink or 0.0
    if features.paper_in_image and loose >= 0.15:
        return True
    little_text = features.characters < FEW_CHARACTERS or features.invisible_share > 0
    return loose >= 0.35 and (little_text or features.image_cover >= SCANNED_PAGE)


def _letters_look_wrong(features: TextLayerFeatures) -> bool:
    if features.letters < 80:
        return False
    return features.alternation < 1.2 or not 0.25 <= features.vowel_share <= 0.65
