"""Reads the shapes and labels of a MuPDF page."""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .drawing import Colour, Drawing, Label, Points, Rect, Shape
from .paints import painted

_LEAST_PLOT = 12.0
"""Points below which nothing is a part of a plot."""
MAX_PATHS = 200_000
"""Paths and segments of a page above which nothing on it is measured."""

_LONG_CONTENT = 2_000_000
"""Bytes of a page's content from which on its segments are counted before they are read."""
_DRAWS = re.compile(rb"[\d.]\s+(?:l|c|v|y|re)\s")
_CURVE = np.array([0.25, 0.5, 0.75, 1.0])[:, None]
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_INVISIBLE = 3
"""Render mode of text that is not drawn."""
_GAP = 0.2
"""A gap without a space splits a label where it is wider than this share of the font's size."""
_TURNED_GAP = 0.5
"""The same for turned text, which is no row of labels; some programs draw no spaces."""
_TOUCH = 0.03
"""A gap up to which text that was drawn apart goes on a label: some programs draw letter by letter."""
_WIDE_GAP = 1.6
"""A gap above which a label is split although spaces were drawn."""
_MIDDLE = 0.36
"""Height of the middle of a digit above the baseline, as a share of the font's size: half of a usual cap height of
0.72."""


class TooManyPathsError(Exception):
    """The page has more paths than are read."""


def read_drawing(page: Any) -> Drawing:
    """Shapes and labels of a `pymupdf.Page` as displayed.

    Raises:
        TooManyPathsError: there are more than `MAX_PATHS`.
    """
    turn = _turn(page)
    paths = _drawings(page)
    shapes = tuple(_shapes(paths, turn))
    size = float(page.rect.width), float(page.rect.height)
    # Most pages of text have no shapes that could be a chart, and their labels need not be read.
    labels = tuple(_labels(page, paths, turn)) if any(map(_may_be_plot, shapes)) else ()
    shaded, images = painted(page, paths) if labels else ([], [])
    return Drawing(
        size,
        shapes,
        labels,
        shaded=tuple(_turned_box(box, turn) for box in shaded),
        images=tuple(_turned_box(box, turn) for box in images),
    )


def _may_be_plot(shape: Shape) -> bool:
    """Whether a shape may be an axis, a grid line, a plot area or a slice of a pie, and is no bare rule across the
    page."""
    return max(shape.size) >= _LEAST_PLOT


def _turn(page: Any) -> Points | None:
    """The matrix (3, 2) from the stored to the displayed page; None where they are the same."""
    if not page.rotation:
        return None
    m = page.rotation_matrix
    return np.array([[m.a, m.b], [m.c, m.d], [m.e, m.f]])


def _turned(points: Points, turn: Points | None) -> Points:
    return points if turn is None else points @ turn[:2] + turn[2]


def _drawings(page: Any) -> list[dict[str, Any]]:
    # A page of a million segments takes half a minute and a gigabyte to list.
    content = page.read_contents() if page.parent.is_pdf else b""
    if len(content) > _LONG_CONTENT and sum(1 for _ in _DRAWS.finditer(content)) > MAX_PATHS:
        raise TooManyPathsError
    found: list[dict[str, Any]] = page.get_cdrawings(extended=True)
    if sum(max(1, len(path.get("items") or ())) for path in found) > MAX_PATHS:
        raise TooManyPathsError
    return found


def _shapes(paths: Sequence[dict[str, Any]], turn: Points | None) -> Iterator[Shape]:
    clips: dict[int, Rect] = {}
    for number, path in enumerate(paths):
        kind, level = path["type"], path.get("level", 0)
        if kind == "clip":
            for deeper in [key for key in clips if key >= level]:
                del clips[deeper]
            clips[level] = _turned_box(tuple(path["scissor"]), turn)
            continue
        if kind == "group" or not path.get("items"):
            continue
        clip = _meet([box for key, box in clips.items() if key < level])
        fill = _colour(path.get("fill"), path.get("fill_opacity", 1.0)) if "f" in kind else None
        stroke = _colour(path.get("color"), path.get("stroke_opacity", 1.0)) if "s" in kind else None
        if fill is None and stroke is None:
            continue
        dashes = str(path.get("dashes") or "")
        dashes = "" if dashes.startswith("[]") else dashes
        width = float(path.get("width") or 0.0)
        for knots, outline, closed in _subpaths(path["items"], bool(path.get("closePath"))):
            points = _turned(outline, turn)
            if not np.isfinite(points).all() or np.abs(points).max() > 1e6:
                continue
            if clip is not None and not _touches(points, clip):
                continue
            curved = knots is not outline
            if clip is not None and len(points) == 4:
                points = _cropped(points, clip)
            ends = _turned(knots, turn) if curved else points
            yield Shape(ends, points, closed or fill is not None, curved, fill, stroke, width, dashes, number, clip)


def _colour(value: Any, opacity: float) -> tuple[float, float, float] | None:
    """As it looks on white paper; None where it cannot be seen."""
    if value is None or opacity <= 0.01:
        return None
    red, green, blue = (1 - opacity * (1 - float(part)) for part in value)
    return red, green, blue


def _turned_box(box: Rect, turn: Points | None) -> Rect:
    if turn is None:
        return box
    corners = _turned(np.array([box[:2], box[2:]], np.float64), turn)
    return (*corners.min(0).tolist(), *corners.max(0).tolist())


def _meet(boxes: list[Rect]) -> Rect | None:
    if not boxes:
        return None
    return (max(b[0] for b in boxes), max(b[1] for b in boxes), min(b[2] for b in boxes), min(b[3] for b in boxes))


def _cropped(points: Points, clip: Rect) -> Points:
    """A box that ends at most as far from what is visible as that is large; bars of log axes start at no place."""
    low, high = np.array(clip[:2]), np.array(clip[2:])
    return np.clip(points, low - (high - low), high + (high - low))


def _touches(points: Points, clip: Rect) -> bool:
    low, high = points.min(0), points.max(0)
    return bool(low[0] <= clip[2] + 1 and high[0] >= clip[0] - 1 and low[1] <= clip[3] + 1 and high[1] >= clip[1] - 1)


def _subpaths(items: list[Any], closes: bool) -> Iterator[tuple[Points, Points, bool]]:
    """Knots, outline (the same array without curves) and whether it is closed, of each subpath."""
    knots: list[Any] = []
    outline: list[Any] = []
    curved = False

    def taken(last: bool) -> Iterator[tuple[Points, Points, bool]]:
        if len(knots) > 1:
            ends = np.array(knots, np.float64)
            whole = np.array(outline, np.float64) if curved else ends
            meets = len(knots) > 2 and np.abs(ends[0] - ends[-1]).max() < 0.01
            yield ends, whole, bool(meets or (last and closes and len(knots) > 2))

    for item in items:
        kind = item[0]
        if kind == "re" or kind == "qu":
            yield from taken(False)
            knots, outline, curved = [], [], False
            if kind == "re":
                x0, y0, x1, y1 = item[1]
                corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)
            else:
                upper_left, upper_right, lower_left, lower_right = item[1]
                corners = np.array([upper_left, upper_right, lower_right, lower_left], np.float64)
            yield corners, corners, True
            continue
        start, end = item[1], item[-1]
        if not knots or abs(start[0] - knots[-1][0]) > 1e-3 or abs(start[1] - knots[-1][1]) > 1e-3:
            yield from taken(False)
            knots, outline, curved = [start], [start], False
        if kind == "c":
            curved = True
            a, b, c, d = np.array(item[1:5], np.float64)
            t = _CURVE
            curve = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
            outline.extend(curve.tolist())
        else:
            outline.append(end)
        knots.append(end)
    yield from taken(True)


@dataclass(frozen=True)
class _Char:
    """A drawn character: where it starts and ends along the baseline, and across it."""

    letter: str
    origin: tuple[float, float]
    start: float
    end: float
    level: float
    size: float
    colour: Colour
    direction: tuple[float, float]
    run: int
    seen: bool = True


def _labels(page: Any, paths: Sequence[dict[str, Any]], turn: Points | None) -> Iterator[Label]:
    """Labels of which at least one character is seen."""
    for run in _runs(_with_seen(list(_chars(page)), page, paths)):
        if any(char.seen for char in run):
            yield _label(run, turn)


def _with_seen(chars: list[_Char], page: Any, paths: Sequence[dict[str, Any]]) -> list[_Char]:
    """Characters with whether they are on the page and in their clip, which MuPDF's trace of text does not say."""
    size = page.cropbox
    clips = {tuple(path["scissor"]) for path in paths if path["type"] == "clip"}
    windows = np.array([(0.0, 0.0, size.width, size.height), *clips])
    points = np.array([char.origin for char in chars]).reshape(-1, 2)
    reach = np.array([char.size for char in chars])[:, None]
    # What is well within the page and all clips is seen.
    low, high = points.min(axis=0, initial=math.inf), points.max(axis=0, initial=-math.inf)
    most = reach.max(initial=0.0)
    if all((low - most >= window[:2]).all() and (high + most <= window[2:]).all() for window in windows):
        return chars
    # The driver, which has no use for MuPDF, measures the charts again whose labels OCR has read.
    import pymupdf

    seen = pymupdf.TEXT_CLIP | pymupdf.TEXT_MEDIABOX_CLIP
    text = page.get_textpage(flags=seen | pymupdf.TEXT_IGNORE_ACTUALTEXT | pymupdf.TEXT_PRESERVE_LIGATURES)
    if sum(not letter.isspace() for letter in text.extractText()) == sum(not char.letter.isspace() for char in chars):
        return chars
    places = {
        _cell(character["origin"])
        for block in text.extractRAWDICT()["blocks"]
        for line in block.get("lines", ())
        for span in line["spans"]
        for character in span["chars"]
    }
    # MuPDF leaves out some characters without a Unicode value, which name nothing.
    return [
        char if char.letter == _UNKNOWN or _is_among(char.origin, places) else replace(char, seen=False)
        for char in chars
    ]


def _cell(point: tuple[float, float]) -> tuple[int, int]:
    return round(2 * point[0]), round(2 * point[1])


def _is_among(point: tuple[float, float], cells: set[tuple[int, int]]) -> bool:
    x, y = _cell(point)
    return any((x + dx, y + dy) in cells for dx in (-1, 0, 1) for dy in (-1, 0, 1))


def _runs(chars: Sequence[_Char]) -> Iterator[list[_Char]]:
    """Characters that belong together, in the order in which they were drawn."""
    run: list[_Char] = []
    space = False
    for char in chars:
        if char.letter.isspace():
            space = True
            continue
        if run and not _goes_on(run, char, space):
            yield run
            run = []
        elif run and (space or char.start - run[-1].end > _GAP * char.size):
            run.append(replace(char, letter=" "))
        space = False
        run.append(char)
    if run:
        yield run


def _chars(page: Any) -> Iterator[_Char]:
    """Characters in the order in which they were drawn."""
    for span in page.get_texttrace():
        if span["wmode"] or span["type"] == _INVISIBLE or span["opacity"] < 0.02:
            continue
        dx, dy = span["dir"]
        size, number = float(span["size"]), int(span["seqno"])
        colour = _text_colour(span["color"])
        upright = abs(dx) > 0.99 or abs(dy) > 0.99
        chars = span["chars"]
        for k, (code, _, origin, box) in enumerate(chars):
            ox, oy = origin
            start = ox * dx + oy * dy
            if upright:
                end = max(box[0] * dx + box[1] * dy, box[2] * dx + box[3] * dy)
            else:
                after = chars[k + 1][2] if k + 1 < len(chars) else None
                end = start + 0.55 * size if after is None else after[0] * dx + after[1] * dy
                end = end if start < end < start + 1.2 * size else start + 0.55 * size
            letter = unicodedata.normalize("NFKC", chr(code)) if code > 0 else _UNKNOWN
            yield _Char(letter, origin, start, end, oy * dx - ox * dy, size, colour, (dx, dy), number)


def _goes_on(run: list[_Char], char: _Char, space: bool) -> bool:
    """Whether a character belongs to the label before it."""
    last = run[-1]
    if abs(last.direction[0] - char.direction[0]) > 0.02 or abs(last.direction[1] - char.direction[1]) > 0.02:
        return False
    size = max(last.size, char.size)
    gap = (char.start - last.end) / size
    if abs(char.level - last.level) > 0.05 * size:
        # A power, or what follows it.
        smaller = min(last.size, char.size) < 0.87 * size
        return smaller and abs(char.level - last.level) < 0.75 * size and -0.3 < gap < 0.3
    if gap < -1.0:
        return False
    if space and char.run == last.run:
        return gap < _WIDE_GAP
    turned = abs(char.direction[1]) > 0.1
    if char.run != last.run:
        # The width of a slanted letter that was drawn alone is not known.
        least = -0.45 if turned and abs(char.direction[0]) > 0.01 else -0.3
        return least < gap < (_TURNED_GAP if turned else _TOUCH)
    return gap < (_TURNED_GAP if turned else _GAP)


def _label(run: list[_Char], turn: Points | None) -> Label:
    dx, dy = run[0].direction
    size = max(char.size for char in run)
    base = next(char.level for char in run if char.size == size)
    text, raised = "", False
    places: list[tuple[float, float]] = []
    cuts: list[int] = []
    for before, char in zip((None, *run), run, strict=False):
        if before is not None and before.run != char.run and char.letter != " ":
            cuts.append(len(text))
        if char.letter != " ":
            above = char.size < 0.87 * size and base - char.level > 0.15 * size
            if above and not raised and text:
                text += "^"
                places.append((char.start, char.start))
            raised = above
        text += char.letter
        places.extend([(char.start, char.end) if char.letter != " " else (char.start, char.start)] * len(char.letter))
    lift = _MIDDLE * size
    first = next((char for char in run if char.size == size), run[0])
    along = first.origin[0] * dx + first.origin[1] * dy
    fx, fy = first.origin[0] + dy * lift, first.origin[1] - dx * lift
    start = (fx + dx * (run[0].start - along), fy + dy * (run[0].start - along))
    end = (fx + dx * (run[-1].end - along), fy + dy * (run[-1].end - along))
    corners = [(x + s * lift * dy, y - s * lift * dx) for x, y in (start, end) for s in (-1, 1)]
    box = np.array([np.min(corners, axis=0), np.max(corners, axis=0)])
    ends = np.array([start, end])
    way = np.array([run[0].direction])
    if turn is not None:
        box, ends, way = _turned(box, turn), _turned(ends, turn), way @ turn[:2]
    (x0, y0), (x1, y1) = box.min(0).tolist(), box.max(0).tolist()
    (ax, ay), (bx, by) = ends.tolist()
    wx, wy = way[0].tolist()
    shares = tuple((a - run[0].start, b - run[0].start) for a, b in places)
    unseen = not all(char.seen for char in run)
    return Label(text, (x0, y0, x1, y1), size, (wx, wy), (ax, ay), (bx, by), run[0].colour, shares, tuple(cuts), unseen)


def _text_colour(value: Any) -> Colour:
    parts = [float(part) for part in value] if isinstance(value, (tuple, list)) else [float(value)]
    if len(parts) == 3:
        return parts[0], parts[1], parts[2]
    if len(parts) == 4:
        red, green, blue = ((1 - part) * (1 - parts[3]) for part in parts[:3])
        return red, green, blue
    return (parts[0],) * 3 if parts else (0.0, 0.0, 0.0)
