"""Upright boxes cut to what their clip path shows, since MuPDF shows the whole of them: bars beyond an axis."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in user space."""

_PART = re.compile(r"([MLHVZmlhvz])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|[\s,]+")
_REFERENCE = re.compile(r"\s*url\(\s*[\"']?\s*#([^\"')\s]+)\s*[\"']?\s*\)\s*")
_MOST_POINTS = 6
_FLAT = 1e-3


def clip_boxes(elements: Iterable[Any]) -> dict[str, Box]:
    """The boxes of clip paths that are one upright rectangle in the space of what they clip, by their ids."""
    found: dict[str, Box] = {}
    for element in elements:
        if _local(element) != "clipPath" or not element.get("id") or len(element) != 1:
            continue
        inner = element[0]
        is_moved = any("transform" in one.attrib or "clip-path" in one.attrib for one in (element, inner))
        if not is_moved and element.get("clipPathUnits", "userSpaceOnUse") == "userSpaceOnUse":
            box = _box_of(inner)
            if box is not None:
                found[element.get("id")] = box
    return found


def shown(value: str, above: Box | None, known: dict[str, Box]) -> Box | None:
    """The box that a value of `clip-path` leaves of another one; None for all."""
    match = _REFERENCE.fullmatch(value)
    box = known.get(match[1]) if match else None
    if box is None or above is None:
        return box or above
    return max(box[0], above[0]), max(box[1], above[1]), min(box[2], above[2]), min(box[3], above[3])


def cut(element: Any, window: Box) -> bool:
    """Cut an upright box to a window; whether anything is left of it. Other elements stay as they are."""
    box = _box_of(element)
    if box is None:
        return True
    x0, y0 = max(box[0], window[0]), max(box[1], window[1])
    x1, y1 = min(box[2], window[2]), min(box[3], window[3])
    if x1 < x0 or y1 < y0:
        return False
    if (x0, y0, x1, y1) == box:
        return True
    if _local(element) == "path":
        element.set("d", f"M{x0:g} {y0:g}L{x1:g} {y0:g}L{x1:g} {y1:g}L{x0:g} {y1:g}Z")
    else:
        for name, value in (("x", x0), ("y", y0), ("width", x1 - x0), ("height", y1 - y0)):
            element.set(name, f"{value:g}")
    return True


def _local(element: Any) -> str:
    tag: str = element.tag
    return tag.rpartition("}")[2]


def _box_of(element: Any) -> Box | None:
    """The box of a rectangle, or of a closed path that is one; None for others, and for lengths with units."""
    try:
        if _local(element) == "rect":
            x, y, width, height = (float(element.get(name, "0")) for name in ("x", "y", "width", "height"))
            return (x, y, x + width, y + height) if width > 0 and height > 0 else None
        return _box_of_points(_points(element.get("d", ""))) if _local(element) == "path" else None
    except ValueError:
        return None


def _points(path: str) -> list[tuple[float, float]]:
    """The corners of a closed path of straight lines. Raises ValueError for another one."""
    if len(path) > 40 * _MOST_POINTS:
        raise ValueError
    points: list[tuple[float, float]] = []
    command, numbers, end = "", list[float](), 0
    x = y = 0.0
    for match in _PART.finditer(path.strip()):
        if match.start() != end or len(points) > _MOST_POINTS:
            raise ValueError
        end = match.end()
        if match[1]:
            if numbers or (command and command in "Zz") or (match[1] in "Mm" and points):
                raise ValueError
            command = match[1]
        elif match[2]:
            numbers.append(float(match[2]))
            if len(numbers) < (1 if command in "HhVv" else 2):
                continue
            relative = command.islower()
            if command in "Hh":
                x = numbers[0] + x * relative
            elif command in "Vv":
                y = numbers[0] + y * relative
            else:
                x, y = numbers[0] + x * relative, numbers[1] + y * relative
            points.append((x, y))
            numbers.clear()
    if command not in ("Z", "z") or end != len(path.strip()):
        raise ValueError
    return points


def _box_of_points(points: Sequence[tuple[float, float]]) -> Box | None:
    if len(points) == _MOST_POINTS - 1 and points[0] == points[-1]:
        points = points[:-1]
    if len(points) != 4:
        return None
    steps = [(abs(b[0] - a[0]), abs(b[1] - a[1])) for a, b in zip(points, [*points[1:], points[0]], strict=True)]
    if any(min(step) > _FLAT for step in steps) or any(
        (one[0] > _FLAT) == (other[0] > _FLAT) for one, other in pairwise(steps)
    ):
        return None
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)
