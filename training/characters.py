"""Labels of the reading head: which characters stand in each patch of a tile."""

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..evaluation.synthetic.fonts import NEEDED
from ..evaluation.synthetic.labels import SyntheticPage
from ..evaluation.synthetic.languages import LANGUAGES

SLOTS = 3
"""Characters whose middles may lie in one patch of 14 pixels; patches with more are left out of the loss."""

NOTHING, UNKNOWN, IGNORED = 0, 1, -100
# Lower lines can not be read at the tile's resolution.
_LEAST_HEIGHT = 5.0


@cache
def alphabet() -> dict[str, int]:
    """Class of each character that synthetic pages print; 0 is no character, 1 is any other."""
    printable = {chr(code) for code in range(33, 127)} | set(NEEDED)
    for language in LANGUAGES:
        texts = (*language.words, *language.goods, *language.cities, *language.streets, *language.surnames)
        for text in (*texts, *language.forenames, *language.months, *language.currency, *language.companies):
            printable |= set(text) | set(text.upper())
    return {letter: place + 2 for place, letter in enumerate(sorted(printable - {" "}))}


def classes() -> int:
    return len(alphabet()) + 2


def slots(page: SyntheticPage, cols: int, rows: int, thumbnail: bool, tile: int, patch: int) -> NDArray[np.int16]:
    """(tiles, patches, SLOTS): classes of the characters in each patch, in the order of reading.

    The thumbnail is ignored throughout: it is too small to be read.
    """
    side = tile // patch
    labels = np.zeros((cols * rows, side * side, SLOTS), np.int16)
    taken = np.zeros((cols * rows, side * side), np.int64)
    scale = np.array([cols * tile / page.width, rows * tile / page.height])
    for line in page.lines:
        readable = (line.box[3] - line.box[1]) * scale[1] >= _LEAST_HEIGHT
        for letter, centre in zip(line.text, line.centres * scale, strict=True):
            if letter == " " or not np.isfinite(centre).all():
                continue
            x, y = int(centre[0]), int(centre[1])
            if not (0 <= x < cols * tile and 0 <= y < rows * tile):
                continue
            where = (y // tile * cols + x // tile, y % tile // patch * side + x % tile // patch)
            if readable and taken[where] < SLOTS:
                labels[(*where, int(taken[where]))] = _class(letter)
            else:
                labels[where] = IGNORED
                taken[where] = SLOTS
            taken[where] += 1
    if thumbnail:
        labels = np.concatenate([labels, np.full((1, side * side, SLOTS), IGNORED, np.int16)])
    return labels


def _class(letter: str) -> int:
    known = alphabet()
    return known.get(letter) or known.get(unicodedata.normalize("NFC", letter), UNKNOWN)
