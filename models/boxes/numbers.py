"""Converts the numbers of a box's mark-up to a box in shares, and records the repairs that this needed."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

Bbox = tuple[float, float, float, float]

SCALE = 1000
SHARES_BELOW = 4
"""The reference reads numbers of a smaller sum as shares."""

# A smaller side is lost where boxes are stored as 32-bit shares.
_LEAST = 1e-6
# Possessive throughout, here and for mark-up: no place is tried again and again, so the time grows with the length of
# the output only.
NUMBER = re.compile(r"[-+]?+(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][-+]?+\d++)?+")
NUMBERS = re.compile(rf"{NUMBER.pattern}(?:[\s,;]++{NUMBER.pattern})*+")
# Of skeletons, see `skeleton`.
_WHOLE = re.compile(r"\[\[0\](?:,\[0\])*+\]")
_ONLY_LISTS = re.compile(r"(?:0(?!0)|[\[\](),;])*+")


class Mend(StrEnum):
    """What was done to the numbers or the mark-up of a box."""

    FRACTIONS = "fractions"
    """Numbers whose sizes sum to less than 4 were read as shares from 0 to 1 (the reference's rule)."""
    REVERSED = "reversed"
    """A right or lower side came before the left or upper one; they were exchanged."""
    CLIPPED = "clipped"
    """A side stuck out of the image and was moved to its edge."""
    BRACKETS = "brackets"
    """Brackets, commas or tags were missing, too many or of another kind."""
    CUT = "cut"
    """The output ends with the box's last number, which may lack digits."""
    QUAD = "quad"
    """Four corners were replaced by the rectangle around them."""


@dataclass(frozen=True)
class ModelBox:
    """One box: `bbox` x0 y0 x1 y1 in shares of the original image, origin at the top left, `0 ≤ x0 < x1 ≤ 1`.

    Attributes:
        label: the content of `<ref>`; without tags, the text before the box on its line; None if there is neither.
        span: range of the box's numbers in the output; spans of several boxes are in order and disjoint.
    """

    label: str | None
    bbox: Bbox
    mended: tuple[Mend, ...]
    span: tuple[int, int]


def skeleton(body: str) -> str | None:
    """The brackets and commas of lists, 0 for each run of numbers; None if `body` contains anything else."""
    bare = "".join(NUMBERS.sub("0", body).split())
    return bare if _ONLY_LISTS.fullmatch(bare) else None


def read_boxes(
    plain: str, body: tuple[int, int], whole: bool, label: str | None
) -> list[tuple[tuple[int, int], ModelBox | str]]:
    """The boxes of one mark-up, or why there is none, each with its place in the output.

    Args:
        plain: the output in ASCII punctuation.
        body: range of the lists of numbers in it.
        whole: whether none of the mark-up's tags lack.
    """
    lists_only = skeleton(plain[slice(*body)])
    if lists_only is None:
        return [(body, "it holds more than numbers")]
    found = list(NUMBERS.finditer(plain, *body))
    if not found:
        return [(body, "0 numbers where 4 are needed")]
    lists = [(run.span(), [float(number) for number in NUMBER.findall(run[0])]) for run in found]
    whole = whole and _WHOLE.fullmatch(lists_only) is not None
    if len(lists) in (2, 4) and all(len(numbers) == 2 for _, numbers in lists):
        # Corners as points of their own.
        lists = [((found[0].start(), found[-1].end()), [number for _, numbers in lists for number in numbers])]
        whole = False
    mends = () if whole else (Mend.BRACKETS,)
    return [
        (span, _box(numbers, label, mends + ((Mend.CUT,) if span[1] == len(plain) else ()), span))
        for span, numbers in lists
    ]


def _box(numbers: list[float], label: str | None, mends: tuple[Mend, ...], span: tuple[int, int]) -> ModelBox | str:
    made = list(mends)
    if len(numbers) == 8:
        xs, ys = numbers[::2], numbers[1::2]
        numbers = [min(xs), min(ys), max(xs), max(ys)]
        made.append(Mend.QUAD)
    if len(numbers) != 4:
        return f"{len(numbers)} numbers where 4 are needed"
    if not all(math.isfinite(number) for number in numbers):
        return "a number is too large"
    shares = [number / SCALE for number in numbers]
    if sum(abs(number) for number in numbers) < SHARES_BELOW:
        made.append(Mend.FRACTIONS)
        shares = numbers
    x0, x1 = sorted(shares[::2])
    y0, y1 = sorted(shares[1::2])
    if [x0, y0, x1, y1] != shares:
        made.append(Mend.REVERSED)
    if x1 <= 0 or y1 <= 0 or x0 >= 1 or y0 >= 1:
        return "it is outside the image"
    bbox = (max(0.0, x0), max(0.0, y0), min(x1, 1.0), min(y1, 1.0))
    if bbox != (x0, y0, x1, y1):
        made.append(Mend.CLIPPED)
    if bbox[2] - bbox[0] <= _LEAST or bbox[3] - bbox[1] <= _LEAST:
        return "it has no area"
    return ModelBox(label, bbox, tuple(made), span)
