"""The labels and straight lines around a plot area."""

from collections.abc import Sequence

import numpy as np

from ..drawing import Label, Rect, Shape
from .axis import Side

REACH = 70.0
"""Points from a side of the plot area within which its tick labels start."""
_TICK = 14.0
"""Points that a tick mark may be long."""


class Surroundings:
    """The labels and straight lines of a figure, by their boxes."""

    def __init__(self, labels: Sequence[Label], segments: Sequence[Shape]) -> None:
        self.all_labels = labels
        self._labels, self._segments = labels, segments
        self._label_boxes = np.array([label.box for label in labels]).reshape(-1, 4)
        self._segment_boxes = np.array([segment.box for segment in segments]).reshape(-1, 4)
        width, height = (self._segment_boxes[:, 2:] - self._segment_boxes[:, :2]).T
        self._horizontal = width >= height

    def labels(self, frame: Rect, side: Side) -> list[Label]:
        """Labels that start within reach of a side, in no order."""
        boxes = self._label_boxes
        along, across = (0, 1) if side.horizontal else (1, 0)
        after = side in (Side.BOTTOM, Side.RIGHT)
        distance = boxes[:, across] - frame[across + 2] if after else frame[across] - boxes[:, across + 2]
        # Words that belong to a label in reach may be farther.
        near = (distance >= -2.5) & (distance <= 3 * REACH)
        near &= (boxes[:, along + 2] >= frame[along] - 5) & (boxes[:, along] <= frame[along + 2] + 5)
        return [self._labels[k] for k in np.flatnonzero(near).tolist()]

    def text_share(self, frame: Rect) -> float:
        """The share of a box that text covers."""
        boxes = self._label_boxes
        if not len(boxes):
            return 0.0
        low = np.maximum(boxes[:, :2], frame[:2])
        high = np.minimum(boxes[:, 2:], frame[2:])
        return float(np.clip(high - low, 0, None).prod(1).sum()) / max(
            1.0, (frame[2] - frame[0]) * (frame[3] - frame[1])
        )

    def places(self, frame: Rect, side: Side) -> list[float]:
        """Places along a side where a tick or a grid line stands, rising."""
        along, across = (0, 1) if side.horizontal else (1, 0)
        edge = frame[across + 2] if side in (Side.BOTTOM, Side.RIGHT) else frame[across]
        length = frame[across + 2] - frame[across]
        boxes = self._segment_boxes[self._horizontal != side.horizontal]
        place = (boxes[:, along] + boxes[:, along + 2]) / 2
        a, b = boxes[:, across], boxes[:, across + 2]
        is_tick = (b - a <= _TICK) & (a - 2.5 <= edge) & (edge <= b + 2.5)
        is_grid = (b - a >= 0.9 * length) & (a <= frame[across + 2]) & (b >= frame[across])
        within = (frame[along] - 1.5 <= place) & (place <= frame[along + 2] + 1.5)
        found = np.sort(place[within & (is_tick | is_grid)]).tolist()
        return [place for k, place in enumerate(found) if not k or place - found[k - 1] > 0.05]
