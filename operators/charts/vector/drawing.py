"""What a figure is made of, as plain data: shapes and labels, in points of the page as displayed, origin at the top
left."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(n, 2) x and y."""
Rect = tuple[float, float, float, float]
"""x0, y0, x1, y1."""
Point = tuple[float, float]
Colour = tuple[float, float, float]
"""Red, green and blue from 0 to 1."""

_RIGHT_ANGLE = 0.03
"""Share of an edge by which it may lean and still be parallel to an axis."""


@dataclass(frozen=True, eq=False)
class Shape:
    """One subpath.

    Attributes:
        knots: ends of its segments; a data point of a line is always one of them, also where the line is smoothed.
        outline: the knots, and points on the curves between them.
        closed: filled, or its end joined to its start.
        curved: whether it has curves.
        fill, stroke: None where it has none.
        dashes: the dash pattern as MuPDF writes it; empty for a solid line.
        path: number of the path that it is part of; numbers rise in the order of drawing.
        clip: what is visible of it; None for all.
    """

    knots: Points
    outline: Points
    closed: bool
    curved: bool
    fill: Colour | None
    stroke: Colour | None
    width: float
    dashes: str
    path: int
    clip: Rect | None

    @cached_property
    def box(self) -> Rect:
        x0, y0 = self.outline.min(0).tolist()
        x1, y1 = self.outline.max(0).tolist()
        return x0, y0, x1, y1

    @property
    def size(self) -> Point:
        x0, y0, x1, y1 = self.box
        return x1 - x0, y1 - y0

    @property
    def centre(self) -> Point:
        x0, y0, x1, y1 = self.box
        return (x0 + x1) / 2, (y0 + y1) / 2

    @property
    def colour(self) -> Colour:
        """Of its fill, else of its stroke."""
        return self.fill or self.stroke or (0.0, 0.0, 0.0)

    @cached_property
    def is_rect(self) -> bool:
        """Whether it fills its box, up to rounded corners."""
        if len(self.outline) < 4 or not self.closed:
            return False
        width, height = self.size
        if not self.curved and len(self.knots) <= 6:
            steps = np.abs(np.diff(np.concatenate([self.knots, self.knots[:1]]), axis=0))
            return (
                bool((steps.min(1) <= _RIGHT_ANGLE * steps.max(1) + 1e-3).all()) and self.area > 0.98 * width * height
            )
        return self.area > 0.88 * width * height and self.area > 0

    @property
    def rounded(self) -> bool:
        """Whether it has curves, also where they were drawn as many short lines."""
        return self.curved or (self.closed and len(self.knots) > 12)

    @cached_property
    def area(self) -> float:
        """Square points that the outline encloses."""
        x, y = self.outline[:, 0], self.outline[:, 1]
        return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2

    @cached_property
    def is_segment(self) -> bool:
        """Whether it is a straight horizontal or vertical line, also one that is drawn as a thin box."""
        width, height = self.size
        thin, long = min(width, height), max(width, height)
        if len(self.knots) == 2:
            return thin <= 0.01 * long + 0.02
        return thin <= 1.3 and long > 3 * thin and not self.curved and (self.is_rect or thin < 0.05)

    @property
    def horizontal(self) -> bool:
        return self.size[0] >= self.size[1]


@dataclass(frozen=True)
class Label:
    """A run of text without a gap, as it was drawn.

    Attributes:
        box: its box; for turned text the box around it.
        size: of the font, in points.
        direction: unit vector of its baseline.
        start, end: the middle of its first and last character's height, at the outer side.
        colour: of its text.
        places: for each character of the text where it starts and ends, in points from the start.
        cuts: indices of characters that were drawn by another command than those before them.
        unseen: whether some of its characters are beyond the page or its clip, or were not read.
    """

    text: str
    box: Rect
    size: float
    direction: Point
    start: Point
    end: Point
    colour: Colour
    places: tuple[tuple[float, float], ...] = ()
    cuts: tuple[int, ...] = ()
    unseen: bool = False

    def part(self, first: int, last: int) -> "Label":
        """The characters from `first` to before `last`."""
        (dx, dy), (x, y) = self.direction, self.start
        low, high = self.places[first][0], self.places[last - 1][1]
        start, end = (x + dx * low, y + dy * low), (x + dx * high, y + dy * high)
        half = 0.36 * self.size
        corners = [(a + s * half * dy, b - s * half * dx) for a, b in (start, end) for s in (-1, 1)]
        xs, ys = zip(*corners, strict=True)
        box = (min(xs), min(ys), max(xs), max(ys))
        cuts = tuple(cut - first for cut in self.cuts if first < cut < last)
        places = tuple((a - low, b - low) for a, b in self.places[first:last])
        text, unseen = self.text[first:last], self.unseen
        return Label(text, box, self.size, self.direction, start, end, self.colour, places, cuts, unseen)

    @property
    def centre(self) -> Point:
        return (self.start[0] + self.end[0]) / 2, (self.start[1] + self.end[1]) / 2

    @property
    def is_horizontal(self) -> bool:
        return self.direction[0] > 0.99

    @property
    def is_vertical(self) -> bool:
        return abs(self.direction[1]) > 0.99


@dataclass(frozen=True)
class Drawing:
    """A page or a part of it.

    Attributes:
        size: width and height of the page as displayed.
        shaded: boxes that are filled with a colour gradient or a tiling pattern.
        images: boxes of images.
    """

    size: Point
    shapes: tuple[Shape, ...]
    labels: tuple[Label, ...]
    shaded: tuple[Rect, ...] = ()
    images: tuple[Rect, ...] = ()


def inside(point: Point, box: Rect, margin: float = 0.0) -> bool:
    return box[0] - margin <= point[0] <= box[2] + margin and box[1] - margin <= point[1] <= box[3] + margin


def middle(box: Rect) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def union(boxes: list[Rect]) -> Rect:
    sides = np.array(boxes)
    return (*sides[:, :2].min(0).tolist(), *sides[:, 2:].max(0).tolist())


def same_colour(one: Colour | None, other: Colour | None, tolerance: float = 0.02) -> bool:
    if one is None or other is None:
        return one is other
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= tolerance


def is_grey(colour: Colour) -> bool:
    return max(colour) - min(colour) < 0.04
