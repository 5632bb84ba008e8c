"""Pies and rings: slices around a centre, their shares, and the names and values that stand at them."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..axes.tick_numbers import tick_number
from ..drawing import Colour, Label, Point, Points, Rect, Shape, union
from ..legends import Legend

_LEAST_RADIUS = 14.0
_WHOLE = 2 * math.pi
_CLOSED = 0.02
"""By how much of the whole the angles of all slices may miss or exceed it."""
_PRINTED = re.compile(r"[(\[]?\s*(?P<number>[-+]?[\d.,' ]*\d\s?%?)\s*[)\]]?")
_WITH_NAME = re.compile(r"(?P<name>.*?[^\W\d_].*?)(?:[\s,:;–-]+\(?|\()(?P<number>\d[\d.,' ]*\s?%?)\)?")


@dataclass(frozen=True)
class Slice:
    """A slice with what stands at it.

    Attributes:
        share: of the whole, by its angle.
        printed: the value that stands at it; None where none does.
    """

    share: float
    colour: Colour
    box: Rect
    middle: float
    name: str | None
    printed: float | None


@dataclass(frozen=True)
class Pie:
    """A pie or ring.

    Attributes:
        named_by: labels that were used.
    """

    box: Rect
    slices: tuple[Slice, ...]
    labels: tuple[Label, ...]
    reason: str | None = None


@dataclass(frozen=True)
class _Wedge:
    shape: Shape
    centre: Point
    radius: float
    start: float
    sweep: float

    @property
    def middle(self) -> float:
        return self.start + self.sweep / 2


def find_pies(shapes: Sequence[Shape], labels: Sequence[Label], legends: Sequence[Legend]) -> list[Pie]:
    """Pies whose slices fill the circle; slices of one circle that do not are no pie."""
    parts = [shape for shape in shapes if _may_be_slice(shape)]
    wedges = [wedge for shape in parts if (wedge := _wedge(shape)) is not None]
    pies = []
    while wedges:
        first = wedges[0]
        group = [wedge for wedge in wedges if _together(first, wedge)]
        wedges = [wedge for wedge in wedges if not any(wedge is other for other in group)]
        if len(group) > 1:
            group.extend(_narrow(parts, group))
        group = _distinct(group)
        total = sum(wedge.sweep for wedge in group)
        if len(group) >= 2 and abs(total - _WHOLE) < _CLOSED * _WHOLE:
            pies.append(_named(group, labels, legends))
    return pies


def _narrow(parts: Sequence[Shape], group: Sequence[_Wedge]) -> list[_Wedge]:
    """Parts of a ring that are too narrow to tell their circle, on that of the widest other part."""
    widest = max(group, key=lambda wedge: wedge.sweep)
    known = {id(wedge.shape) for wedge in group}
    found = [_ring_part(shape, (widest.centre, widest.radius)) for shape in parts if id(shape) not in known]
    return [wedge for wedge in found if wedge is not None]


def _may_be_slice(shape: Shape) -> bool:
    return (
        shape.closed
        and shape.rounded
        and shape.fill is not None
        and max(shape.size) > _LEAST_RADIUS / 2
        and len(shape.knots) > 2
    )


def _wedge(shape: Shape) -> _Wedge | None:
    """A slice: the points of its outer edge lie on a circle around a corner of it, or around the centre of a ring."""
    outline = shape.outline
    for corner in _corners(shape.knots):
        distance = np.hypot(*(outline - corner).T)
        radius = float(distance.max())
        if radius < _LEAST_RADIUS:
            return None
        on_rim = np.abs(distance - radius) < 0.012 * radius
        at_centre = distance < 0.02 * radius
        if on_rim.sum() >= 3:
            wedge = _of_angles(shape, corner, radius, outline[on_rim])
            if wedge is not None and _on_edges(wedge, outline[~(on_rim | at_centre)]):
                return wedge
    return _ring_part(shape)


def _on_edges(wedge: _Wedge, points: Points) -> bool:
    """Whether points lie on the two straight edges of a slice, which ggplot2 draws in many parts."""
    if not len(points):
        return True
    angles = np.arctan2(points[:, 1] - wedge.centre[1], points[:, 0] - wedge.centre[0])
    ends = np.array([wedge.start, wedge.start + wedge.sweep])
    off = np.abs((angles[:, None] - ends + math.pi) % _WHOLE - math.pi)
    return bool((off.min(1) < 0.06).all())


def _corners(knots: Points) -> Points:
    """The sharpest corners first, at most eight."""
    before, after = knots - np.roll(knots, 1, axis=0), np.roll(knots, -1, axis=0) - knots
    lengths = np.maximum(np.hypot(*before.T) * np.hypot(*after.T), 1e-9)
    order = np.argsort((before * after).sum(1) / lengths)
    corners: Points = knots[order[:8]]
    return corners


def _ring_part(shape: Shape, known: tuple[Point, float] | None = None) -> _Wedge | None:
    """A part of a ring: two arcs around one centre, which may be known."""
    circle = known or _circle(shape.outline)
    if circle is None:
        return None
    (x, y), radius = circle
    distance = np.hypot(shape.outline[:, 0] - x, shape.outline[:, 1] - y)
    outer = np.abs(distance - radius) < 0.012 * radius
    inner = distance[~outer]
    if not len(inner) or np.ptp(inner) > 0.03 * radius or outer.sum() < 3 or inner.mean() > 0.98 * radius:
        return None
    return _of_angles(shape, np.array([x, y]), radius, shape.outline[outer])


def _circle(points: Points) -> tuple[Point, float] | None:
    """The circle of the outer arc: of three neighbouring points, the one on which most points lie, the larger first."""
    best: tuple[int, float, Point] | None = None
    count = len(points)
    for k in range(count):
        a, b, c = points[k], points[(k + 2) % count], points[(k + 4) % count]
        d = 2 * (a[0] * (b[1] - c[1]) + b[0] * (c[1] - a[1]) + c[0] * (a[1] - b[1]))
        if abs(d) < 1e-6:
            continue
        sa, sb, sc = (float((p**2).sum()) for p in (a, b, c))
        x = (sa * (b[1] - c[1]) + sb * (c[1] - a[1]) + sc * (a[1] - b[1])) / d
        y = (sa * (c[0] - b[0]) + sb * (a[0] - c[0]) + sc * (b[0] - a[0])) / d
        radius = math.hypot(a[0] - x, a[1] - y)
        if not _LEAST_RADIUS <= radius <= 2000:
            continue
        distance = np.hypot(points[:, 0] - x, points[:, 1] - y)
        if (distance > 1.012 * radius).any():
            continue
        on = int((np.abs(distance - radius) < 0.012 * radius).sum())
        if best is None or on > best[0]:
            best = on, radius, (float(x), float(y))
    return None if best is None else (best[2], best[1])


def _of_angles(shape: Shape, centre: Points, radius: float, rim: Points) -> _Wedge | None:
    angles = np.sort(np.arctan2(rim[:, 1] - centre[1], rim[:, 0] - centre[0]))
    gaps = np.diff(np.append(angles, angles[0] + _WHOLE))
    widest = int(gaps.argmax())
    sweep = float(_WHOLE - gaps[widest])
    if sweep <= 0 or gaps[widest] < 1e-3:
        return None
    # The outline has a point each quarter of an arc of at most a right angle: a wider gap is the open side.
    start = float(angles[(widest + 1) % len(angles)])
    return _Wedge(shape, (float(centre[0]), float(centre[1])), radius, start, sweep)


def _together(one: _Wedge, other: _Wedge) -> bool:
    """Whether two slices are of one pie; a slice that is drawn apart is moved by less than a part of the radius."""
    apart = math.dist(one.centre, other.centre)
    return abs(one.radius - other.radius) < 0.03 * one.radius and apart < 0.25 * one.radius


def _distinct(group: Sequence[_Wedge]) -> list[_Wedge]:
    """Slices in the order of their angles; a slice that was drawn again over another counts once."""
    kept: list[_Wedge] = []
    for wedge in sorted(group, key=lambda wedge: wedge.shape.path, reverse=True):
        if not any(
            abs(wedge.sweep - other.sweep) < 0.01 and math.cos(wedge.middle - other.middle) > 0.9999 for other in kept
        ):
            kept.append(wedge)
    return sorted(kept, key=lambda wedge: wedge.start % _WHOLE)


def _named(group: Sequence[_Wedge], labels: Sequence[Label], legends: Sequence[Legend]) -> Pie:
    box = union([wedge.shape.box for wedge in group])
    texts = _texts_at(group, labels, legends)
    names: list[str | None] = [None] * len(group)
    printed: list[float | None] = [None] * len(group)
    used = [label for found in texts for label in found]
    by_colour = _legend_names(group, legends)
    for k, found in enumerate(texts):
        words = []
        percents = [label for label in found if "%" in label.text]
        for label in found:
            match = _PRINTED.fullmatch(label.text)
            # Beside a percentage, a number is a name, such as a year.
            if match and (label in percents or not percents):
                printed[k] = tick_number(match["number"].strip())
                continue
            match = _WITH_NAME.fullmatch(label.text)
            value = None if match is None else tick_number(match["number"].strip())
            # Beside a percentage, a number after a word is a part of the name, such as a year.
            if match and value is not None and by_colour[k] is None and label in (percents or [label]):
                words.append(match["name"].strip())
                printed[k] = value
            else:
                words.append(label.text)
        names[k] = by_colour[k] or (" ".join(words) or None)
    if not any(names) and all(value is not None for value in printed):
        # Numbers that are no shares are names, such as years.
        texts_alone = [found[0].text if len(found) == 1 else None for found in texts]
        whole = sum(value or 0 for value in printed)
        fits = (
            all(
                abs((value or 0) / whole - wedge.sweep / _WHOLE) < 0.012
                for value, wedge in zip(printed, group, strict=True)
            )
            if whole
            else False
        )
        if not fits and not any(text is not None and "%" in text for text in texts_alone):
            names, printed = texts_alone, [None] * len(group)
    total = sum(wedge.sweep for wedge in group)
    slices = []
    for wedge, name, value in zip(group, names, printed, strict=True):
        share = wedge.sweep / total
        slices.append(Slice(share, wedge.shape.colour, wedge.shape.box, wedge.middle, name, value))
    reason = None
    if any(name is None for name in names):
        reason = "slices of the pie have no names"
    elif len(set(names)) < len(names):
        reason = "slices of the pie have the same name"
    slices = _checked(slices)
    if reason is None and any(printed) and not any(part.printed for part in slices):
        # Numbers that are no shares are parts of the names.
        in_full = [by_colour[k] or " ".join(label.text for label in found) for k, found in enumerate(texts)]
        slices = [replace(part, name=name) for part, name in zip(slices, in_full, strict=True)]
    return Pie(box, tuple(slices), tuple(used), reason)


def _checked(slices: list[Slice]) -> list[Slice]:
    """Printed values that agree with the angles; those of all slices, else none."""
    values = [part.printed for part in slices]
    known = [value for value in values if value is not None]
    total = sum(known)
    complete = len(known) == len(slices) and total > 0
    if complete and all(abs((part.printed or 0) / total - part.share) < 0.012 for part in slices):
        return slices
    # Some percentages may be left out at narrow slices.
    if known and all(part.printed is None or abs(part.printed / 100 - part.share) < 0.012 for part in slices):
        return [
            part
            if part.printed is not None
            else Slice(part.share, part.colour, part.box, part.middle, part.name, round(100 * part.share, 1))
            for part in slices
        ]
    return [Slice(part.share, part.colour, part.box, part.middle, part.name, None) for part in slices]


def _texts_at(group: Sequence[_Wedge], labels: Sequence[Label], legends: Sequence[Legend]) -> list[list[Label]]:
    """For each slice the labels in it or just outside of it, from the top."""
    in_legend = {id(label) for legend in legends for label in legend.labels}
    found: list[list[Label]] = [[] for _ in group]
    radius = max(wedge.radius for wedge in group)
    for label in labels:
        if id(label) in in_legend:
            continue
        x, y = label.centre
        best: tuple[float, int] | None = None
        for k, wedge in enumerate(group):
            # A label outside stands with its nearer end at the slice.
            nx = min(max(wedge.centre[0], label.box[0]), label.box[2])
            ny = min(max(wedge.centre[1], label.box[1]), label.box[3])
            near = math.hypot(nx - wedge.centre[0], ny - wedge.centre[1])
            inner = math.hypot(x - wedge.centre[0], y - wedge.centre[1])
            if near > 1.25 * radius + 0.6 * label.size or inner < 0.08 * radius:
                continue
            px, py = (x, y) if inner < 0.95 * radius else (nx, ny)
            angle = math.atan2(py - wedge.centre[1], px - wedge.centre[0])
            off = abs((angle - wedge.middle + math.pi) % _WHOLE - math.pi)
            if off <= wedge.sweep / 2 + 0.12:
                score = off / (wedge.sweep / 2)
                if best is None or score < best[0]:
                    best = score, k
        if best is not None:
            found[best[1]].append(label)
    return [_together_at(one, wedge) for one, wedge in zip(found, group, strict=True)]


def _together_at(labels: list[Label], wedge: _Wedge) -> list[Label]:
    """Labels inside of a slice and the lines of the nearest text outside, from the top; titles are larger or
    farther."""

    def gap(label: Label) -> float:
        x = min(max(wedge.centre[0], label.box[0]), label.box[2])
        y = min(max(wedge.centre[1], label.box[1]), label.box[3])
        return math.hypot(x - wedge.centre[0], y - wedge.centre[1])

    inner = [label for label in labels if math.dist(label.centre, wedge.centre) < 0.95 * wedge.radius]
    outer = [label for label in labels if not any(label is one for one in inner)]
    kept = list(inner)
    if outer:
        nearest = min(outer, key=gap)
        kept.extend(
            label
            for label in outer
            if abs(label.size - nearest.size) < 0.06 * nearest.size
            and abs(label.centre[1] - nearest.centre[1]) < 2.6 * nearest.size
            and max(label.box[0], nearest.box[0]) - min(label.box[2], nearest.box[2]) < 0.6 * nearest.size
        )
    return sorted(kept, key=lambda label: (round(label.centre[1] / 3), label.box[0]))


def _legend_names(group: Sequence[_Wedge], legends: Sequence[Legend]) -> list[str | None]:
    names: list[str | None] = []
    entries = [entry for legend in legends for entry in legend.entries]
    for wedge in group:
        colour = wedge.shape.colour
        fits = [
            entry.name
            for entry in entries
            if any(max(abs(a - b) for a, b in zip(colour, other, strict=True)) < 0.02 for other in entry.colours[:1])
        ]
        names.append(fits[0] if len(fits) == 1 else None)
    return names
