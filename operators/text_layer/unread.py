"""Finds parts of a page that may show print which its text layer does not have: images, and characters as outlines.

Where they are follows from the structured text alone. Whether something is printed there, and what, is seen only in the
drawn page: see `ink.shows_print`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import areas, clip, overlaps, to_shares, turn_boxes
from ...schemas.page import FloatArray
from .extract import RawPage

# Points: sides below which a part holds no word that can be read.
_LEAST_WIDTH, _LEAST_HEIGHT = 24.0, 6.0
# Share of a part that words of the text layer cover at most; what is more is the background of these words.
_MOST_WORDS = 0.3
# Points: images whose gap is less are strips of one.
_STRIPS = 1.0
_MOST_PARTS = 200
# Characters of an outlined word at least, the number of widths that they have, and the gaps within a line in heights.
_FEW_OUTLINES, _WIDTHS, _GAP = 6, 3, 3.0


def unread_parts(raw: RawPage) -> FloatArray:
    """(n, 4) boxes, in shares of the page as displayed, of what may show print without text."""
    boxes = np.concatenate([_images(raw.seen.images), _outlined(raw.outlines)])
    if not len(boxes):
        return np.empty((0, 4), np.float32)
    wide, high = (boxes[:, 2:] - boxes[:, :2]).T
    words = np.array([word[:4] for word in raw.words], np.float64).reshape(-1, 4)
    shared = overlaps(boxes, words).sum(axis=1)
    kept = boxes[
        (np.maximum(wide, high) >= _LEAST_WIDTH)
        & (np.minimum(wide, high) >= _LEAST_HEIGHT)
        & (shared <= _MOST_WORDS * areas(boxes))
    ]
    inside, keep = clip(turn_boxes(to_shares(kept, raw.rect), raw.rotation))
    return inside[keep]


def _images(images: Any) -> NDArray[np.float64]:
    """The boxes of images, those that touch as one."""
    corners = np.array(images, np.float64).reshape(-1, 2, 2)
    corners = corners[np.isfinite(corners).all(axis=(1, 2))]
    boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    if len(boxes) > _MOST_PARTS:
        boxes = boxes[np.sort(np.argsort(-areas(boxes), kind="stable")[:_MOST_PARTS])]
    return _joined(boxes, _STRIPS)


def _joined(boxes: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """The boxes with those joined whose distance is less than a gap, until none is."""
    while len(boxes) > 1:
        around = boxes + np.array([-gap, -gap, gap, gap]) / 2
        touch = overlaps(around, around) > 0
        group = np.arange(len(boxes))
        for place in range(len(boxes)):
            group[place] = group[touch[place]].min()
        found = [
            np.concatenate([boxes[group == one, :2].min(axis=0), boxes[group == one, 2:].max(axis=0)])
            for one in np.unique(group)
        ]
        if len(found) == len(boxes):
            break
        boxes = np.array(found)
    return boxes


def _outlined(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The boxes of lines of characters that are drawn as paths, from the boxes of paths that may be characters.

    Characters of a line stand on one level, close to each other, and have several widths; the points of a diagram have
    one.
    """
    found = []
    boxes = boxes[np.argsort(boxes[:, 3], kind="stable")]
    for level in np.split(boxes, np.flatnonzero(np.diff(boxes[:, 3]) > 0.5) + 1):
        if len(level) < _FEW_OUTLINES:
            continue
        level = level[np.argsort(level[:, 0], kind="stable")]
        height = float(np.median(level[:, 3] - level[:, 1]))
        ends = np.maximum.accumulate(level[:, 2])
        for word in np.split(level, np.flatnonzero(level[1:, 0] - ends[:-1] > _GAP * height) + 1):
            widths = np.unique(np.round(word[:, 2] - word[:, 0]))
            if len(word) >= _FEW_OUTLINES and len(widths) >= _WIDTHS:
                low, high = word[:, :2].min(axis=0), word[:, 2:].max(axis=0)
                # Descenders reach below the line on which the others stand.
                found.append([low[0] - height, low[1] - height / 2, high[0] + height, high[1] + height / 2])
    return np.array(found, np.float64).reshape(-1, 4)
