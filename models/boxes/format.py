"""Boxes as the model writes them, for prompts."""

import math
import re

from .markup import TAG
from .numbers import SCALE, SHARES_BELOW, Bbox


def format_box(bbox: Bbox) -> str:
    """A box in shares as the model writes it, for prompts; each side is within 1/1000, 2/1000 in the top left corner.

    Raises:
        ValueError: `bbox` is no box within the image.
    """
    x0, y0, x1, y1 = bbox
    if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
        raise ValueError(f"{bbox} is no box in shares: 0 ≤ x0 < x1 ≤ 1 and 0 ≤ y0 < y1 ≤ 1 are needed")
    (left, right), (top, bottom) = _per_mille(x0, x1), _per_mille(y0, y1)
    if left + top + right + bottom < SHARES_BELOW:
        right = bottom = 2
    return f"<box>[[{left}, {top}, {right}, {bottom}]]</box>"


def ref(label: str) -> str:
    """A label as the model writes it, for prompts.

    Raises:
        ValueError: `label` holds a tag.
    """
    tag = re.search(TAG, label)
    if tag is not None:
        raise ValueError(f"the label holds {tag[0]}, which would end it; take it out")
    return f"<ref>{label}</ref>"


def _per_mille(low: float, high: float) -> tuple[int, int]:
    """Whole numbers next to two sides, never the same."""
    first, last = round(low * SCALE), round(high * SCALE)
    if first == last:
        first, last = math.floor(low * SCALE), math.ceil(high * SCALE)
    if first == last:
        return (first, first + 1) if first < SCALE else (first - 1, first)
    return first, last
