"""Charts whose text was drawn as outlines, measured with the words that OCR reads there."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ....schemas.page import FloatArray, TextLines
from .axes.frames import frame_candidates
from .confidence import CUT
from .drawing import Drawing, Label, Points, Rect, Shape, inside, middle
from .measure import OUTLINED, charts_of, kind_of_marks
from .result import DeclinedChart, MeasuredChart, PageCharts

_HEIGHT = 0.8
"""Height of the box of a word of OCR, as a share of the font's size: a usual cap height of 0.72 and its margin."""
_GAP = 0.6
"""A gap, as a share of the font's size, above which two words of a line are two labels: spaces are a third."""
_GLYPH = 1.5
"""Sides of an outlined character at most, in font sizes."""
_CAP_HEIGHT = 0.72
"""Usual height of capitals and digits, in font sizes."""
_LARGE = 1.15
"""A label whose characters are up to this share of the usual height counts as one of the usual size, whatever
characters it has; others, such as titles, are larger."""
_TICKS, _EVEN = 4, 0.2
"""Words of a line whose middles are as far from one another, up to this share, are the labels of ticks, so many of
them at least: what divides them may be as narrow as a space."""
_UPRIGHT, _SHORT = 0.4, 6
"""Sine of the angle up to which a label of so many characters counts as level or vertical: a number with an exponent
seems to slant. Of longer ones OCR's angles are exact to a tenth of that."""
_SIGNS = "-−–"
_ALIKE = frozenset("cosuvxz")
"""Letters whose small and large forms differ in nothing but their size, and are not wider than high."""
_REPEATED = 2
"""Times that a shape is drawn outside of labels from which on it is a mark where OCR took it for a character."""
_SMALL_L = re.compile(r"l[^\W\d_]")
_FACTOR = re.compile(r"[x×]\s?10([⁻⁺]?[⁰¹²³⁴-⁹]{1,3})")
_LIKE_FACTOR = re.compile(r"[-−+]?[\dlI|.,]*\s?(?:[eE]|[xX×*]\s?[1lI|][0oO])[-−+⁻^]?\S{1,5}|[-−+]\d\S*")
"""What OCR may make of the factor or the summand of an axis, such as `1e6`."""
_ROUND = "Oo0•●°."
"""What a point mark is read as; a character of an O has two outlines."""
_DATE = re.compile(r"\d{4}(-\d\d)*(T[\d:]+)?$|\d\d:\d\d")
_DOUBTFUL = 0.5
_AGREEING = 3
"""Numbers of an axis that must agree: any two do."""
_RAISED, _LOW = 0.25, 0.87
"""By how much of the height of a label an exponent ends above its base line, and how high it is at most."""
_BLACK = (0.0, 0.0, 0.0)
_LINE, _MARGIN = 0.6, 0.3
"""Distances of the middle of a character of a label from its line and beyond its ends at most, in font sizes."""
_BEFORE, _AFTER = 0.6, 1.1
"""The same for a character that goes on the label; before a name in a legend stands a sample."""
_ALIGNED, _LEAST_COLUMN = 1.5, 3
"""Points by which the right ends of a column of labels differ at most, and how many there are at least."""
_APART, _MIDDLE = 0.4, 0.2
"""Gap between a column of labels and the title of its axis at least, in font sizes, where spaces are a third; and how
far the title is from the middle at most, as a share of the column."""
_MOST_FRAMES = 40
_EDGE = 0.3
"""Points of a character beyond the page, or its clip, that are no loss."""


def with_read_labels(page: PageCharts, lines: TextLines) -> tuple[MeasuredChart | DeclinedChart, ...]:
    """The charts of a page, of which those with outlined labels are measured with the words of `lines` in their place.

    A number that OCR misreads among others of an axis does not fit its scale, and one of which more or fewer characters
    are drawn than read is no label. The confidence of the charts is that of usual ones times the least confidence of a
    word in their names.

    Args:
        lines: of the page; those that OCR read have a confidence.
    """
    drawing = page.outlined
    read = list(_labels(lines, page.size))
    if drawing is None or not read:
        return page.charts
    owners = _owners(drawing.shapes, read)
    glyphs = [
        np.array(
            [shape.box for shape, owner in zip(drawing.shapes, owners, strict=True) if owner == at and _is_glyph(shape)]
        )
        for at in range(len(read))
    ]
    drawn = [_is_drawn(label, boxes) for label, boxes in zip(read, glyphs, strict=True)]
    for at in _marks(drawing.shapes, owners, np.array(drawn)):
        drawn[at] = False
    real = [
        (_with_power(label, boxes), boxes)
        for label, boxes, is_drawn in zip(read, glyphs, drawn, strict=True)
        if is_drawn and _is_whole(label, boxes)
    ]
    if not real:
        return page.charts
    frames = [_frame(label, boxes) for label, boxes in real]
    fonts = [_font(frame) for frame in frames if frame is not None]
    usual = float(np.median(fonts)) if fonts else 0.0
    labels = tuple(
        label if frame is None else _placed(label, frame, usual) for (label, _), frame in zip(real, frames, strict=True)
    )
    labels = tuple(
        label if frame is None else _in_case(label, frame, usual) for label, frame in zip(labels, frames, strict=True)
    )
    labels = tuple(_with_capital(label, labels) for label in labels)
    labels = tuple(_turned(label) if _is_turned_title(label, labels) else label for label in labels)
    others = tuple(shape for shape, at in zip(drawing.shapes, owners, strict=True) if at < 0 or not drawn[at])
    found = charts_of(replace(drawing, shapes=others, labels=labels))
    characters = _characters_of(drawing, owners, np.array(drawn))
    boxes = [chart.box for chart in page.charts]
    # What is measured now and was not seen before are facets, of which some may still be missing.
    facets = any(not any(inside(middle(box), one.box) for box in boxes) for one in found)
    facets = facets or _lacks_facets(found, others)
    charts: list[MeasuredChart | DeclinedChart] = []
    taken: set[int] = set()
    for chart in page.charts:
        if not isinstance(chart, DeclinedChart) or chart.reason != OUTLINED:
            charts.append(chart)
            continue
        here = [one for one in found if id(one) not in taken and _is_of(one, chart.box)]
        taken |= {id(one) for one in here}
        several = facets or len(here) > 1
        charts += [_trusted(one, labels, read, lines, several, characters) for one in here] or [chart]
    return tuple(charts)


def _is_of(chart: MeasuredChart | DeclinedChart, outlined: Rect) -> bool:
    """Whether a chart is what was declined in a box, or a facet of it."""
    frame = chart.frame if isinstance(chart, MeasuredChart) else None
    return inside(middle(outlined), chart.box) or (frame is not None and inside(middle(frame), outlined))


def _lacks_facets(found: Sequence[MeasuredChart | DeclinedChart], shapes: Sequence[Shape]) -> bool:
    """Whether marks stand in a box that is as large as a plot in its row or column, and where no plot was found."""
    frames = [one.frame for one in found if isinstance(one, MeasuredChart) and one.frame is not None]
    known = [one.box for one in found]
    for box in frame_candidates(shapes)[:_MOST_FRAMES] if frames else ():
        if any(inside(middle(box), other) or inside(middle(other), box) for other in (*known, *frames)):
            continue
        alike = any(
            abs(box[k] - frame[k]) < _ALIGNED
            and abs(box[k + 2] - frame[k + 2]) < _ALIGNED
            and abs((box[3 - k] - box[1 - k]) - (frame[3 - k] - frame[1 - k])) < 2 * _ALIGNED
            for frame in frames
            for k in (0, 1)
        )
        if alike and kind_of_marks(box, shapes) != "other":
            return True
    return False


def _is_turned_title(label: Label, labels: Sequence[Label]) -> bool:
    """Whether a single letter stands beyond a column of labels, at the middle of it: the title of an axis, turned.

    OCR reads a turned letter as a level one, which would be taken for a part of the label beside it.
    """
    if len(label.text) > 1 or not label.text.isalpha() or not label.is_horizontal:
        return False
    x, y = label.centre
    beside = [other for other in labels if other.is_horizontal and other.box[0] > x and other is not label]
    for end in {round(other.box[2]) for other in beside}:
        column = [other for other in beside if abs(other.box[2] - end) < _ALIGNED]
        if len(column) < _LEAST_COLUMN or min(other.box[0] for other in column) - label.box[2] < _APART * label.size:
            continue
        low, high = min(other.centre[1] for other in column), max(other.centre[1] for other in column)
        if abs(y - (low + high) / 2) < _MIDDLE * (high - low):
            return True
    return False


def _turned(label: Label) -> Label:
    """A single letter as one that is read upwards."""
    x, y = label.centre
    half = label.size * _CAP_HEIGHT / 2
    return _label(label.text, np.array([x, y + half]), np.array([x, y - half]), label.size, np.array([0.0, -1.0]))


def _trusted(
    chart: MeasuredChart | DeclinedChart,
    labels: Sequence[Label],
    read: Sequence[Label],
    lines: TextLines,
    facets: bool,
    characters: "_Characters",
) -> MeasuredChart | DeclinedChart:
    """The chart with the least confidence of a word that names a series or a category; numbers prove themselves.

    What is no label as it was read, such as two labels in one or a day between the labels of months, is doubtful.

    Args:
        labels: that were used to measure it.
        read: all that OCR read.
    """
    if isinstance(chart, DeclinedChart):
        return chart
    texts = {label.text for label in labels}
    names = {
        name for value in chart.values for name in (value.series, value.x if value.x_number is None else None) if name
    }
    against = (
        (facets, "facets of which some may be missing"),
        (
            chart.chart_type != "pie" and chart.agreeing < _AGREEING,
            "too few numbers of an axis agree to trust what OCR read",
        ),
        (any(name not in texts and not _DATE.match(name) for name in names), "a name is no label as OCR read it"),
        (_has_unread(chart, characters), "characters beside the names of the chart were not read"),
        (_has_cut(chart, characters), CUT),
        (_may_have_factor(chart, read, characters), "the factor of an axis may not have been read"),
    )
    if any(holds for holds, _ in against):
        objections = "; ".join(filter(None, [chart.objections, *(reason for holds, reason in against if holds)]))
        return replace(chart, confidence=chart.confidence * _DOUBTFUL, objections=objections)
    named = {_folded(word) for name in names for word in name.split()}
    read_words = [_folded(word) for word in lines.word_text]
    # Names that OCR split in other ways are as sure as the least sure of all words.
    counts_all = bool(names) and named.isdisjoint(read_words)
    known = [
        float(sure)
        for word, sure in zip(read_words, lines.word_confidence, strict=True)
        if not np.isnan(sure) and (counts_all or word in named)
    ]
    return replace(chart, confidence=chart.confidence * min(known, default=1.0))


@dataclass(frozen=True)
class _Characters:
    """Outlined characters of a drawing, (n, 4) boxes.

    Attributes:
        cut: whether each is cut off by the page or its clip.
        read: whether OCR read a label there, which need not have been used.
    """

    boxes: NDArray[np.float64]
    cut: NDArray[np.bool_]
    read: NDArray[np.bool_]


def _characters_of(drawing: Drawing, owners: NDArray[np.int64], drawn: NDArray[np.bool_]) -> _Characters:
    """Filled shapes in the colours of what OCR read, and no larger than characters."""
    read = [shape for shape, at in zip(drawing.shapes, owners, strict=True) if at >= 0 and drawn[at]]
    colours = {shape.fill for shape in read}
    largest = max((max(shape.size) for shape in read), default=0.0)
    found = [
        (shape, at >= 0 and bool(drawn[at]))
        for shape, at in zip(drawing.shapes, owners.tolist(), strict=True)
        if shape.fill in colours and shape.fill is not None and _is_glyph(shape) and max(shape.size) <= largest
    ]
    page = (0.0, 0.0, *drawing.size)
    cut = [any(_goes_beyond(shape.box, window) for window in (page, shape.clip or page)) for shape, _ in found]
    return _Characters(
        np.array([shape.box for shape, _ in found]).reshape(-1, 4),
        np.array(cut, np.bool_),
        np.array([is_read for _, is_read in found], np.bool_),
    )


def _goes_beyond(box: Rect, window: Rect) -> bool:
    return any(box[k] < window[k] - _EDGE or box[k + 2] > window[k + 2] + _EDGE for k in (0, 1))


def _folded(word: str) -> str:
    """A word as it compares with what OCR read: names may have another case, and an I in place of an l."""
    return word.casefold().replace("l", "i")


def _has_unread(chart: MeasuredChart, characters: _Characters) -> bool:
    """Whether characters stand at the names of a chart, or in the rows of its categories, that are in no name."""
    centres = (characters.boxes[:, :2] + characters.boxes[:, 2:]) / 2
    free = np.ones(len(centres), np.bool_)
    beside = np.zeros(len(centres), np.bool_)
    for label in chart.names:
        along, length, across = _along(label, centres)
        near = np.abs(across) < _LINE * label.size
        free &= ~(near & (along > -_MARGIN * label.size) & (along < length + _MARGIN * label.size))
        beside |= near & (along > -_BEFORE * label.size) & (along < length + _AFTER * label.size)
    for x0, y0, x1, y1 in chart.rows:
        x, y = centres.T
        beside |= (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
    return bool((free & beside).any())


def _may_have_factor(chart: MeasuredChart, read: Sequence[Label], characters: _Characters) -> bool:
    """Whether characters that are in no label, or a label like a factor, stand where the factor of an axis does."""
    centres = (characters.boxes[:, :2] + characters.boxes[:, 2:]) / 2
    left = centres[~characters.read]
    return any(
        any(inside((x, y), end) for x, y in left.tolist())
        or any(_LIKE_FACTOR.fullmatch(label.text) and inside(label.centre, end) for label in read)
        for end in chart.ends
    )


def _has_cut(chart: MeasuredChart, characters: _Characters) -> bool:
    """Whether a character of a name is cut off."""
    centres = (characters.boxes[characters.cut, :2] + characters.boxes[characters.cut, 2:]) / 2
    for label in chart.names:
        along, length, across = _along(label, centres)
        reach = (np.abs(across) < _LINE * label.size) & (along > -_BEFORE * label.size)
        if (reach & (along < length + _AFTER * label.size)).any():
            return True
    return False


def _along(label: Label, points: Points) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
    """Places of points along the line of a label from its start, its length, and their distances across it."""
    direction = np.array(label.direction)
    off = points - np.array(label.start)
    length = float((np.array(label.end) - np.array(label.start)) @ direction)
    return off @ direction, length, off @ np.array([-direction[1], direction[0]])


def _labels(lines: TextLines, size: tuple[float, float]) -> Iterator[Label]:
    """The runs of words without wide gaps of each line that OCR read."""
    scale = np.array(size, np.float64)
    for at, polygon in enumerate(lines.polygons):
        words = np.flatnonzero((lines.word_line == at) & ~np.isnan(lines.word_confidence))
        if not words.size:
            continue
        direction, height = _direction(polygon, lines.boxes[at], scale, len(lines.text[at]))
        ends = [_ends(lines.word_boxes[word].astype(np.float64).reshape(2, 2) * scale, direction) for word in words]
        font = height / _HEIGHT
        gap = -np.inf if _are_ticks(ends, direction) else _GAP * font
        cuts = [0, *(k + 1 for k, (a, b) in enumerate(pairwise(ends)) if _gap(a, b, direction) > gap), len(ends)]
        for first, last in pairwise(cuts):
            text = " ".join(lines.word_text[word] for word in words[first:last])
            yield _label(text, ends[first][0], ends[last - 1][1], font, direction)


def _direction(polygon: FloatArray | None, box: FloatArray, scale: Points, length: int) -> tuple[Points, float]:
    """The unit vector along a line of so many characters, and its height."""
    if polygon is None:
        return np.array([1.0, 0.0]), float((box[3] - box[1]) * scale[1])
    corners = polygon.astype(np.float64) * scale
    along, down = corners[1] - corners[0], corners[-1] - corners[0]
    unit = along / max(float(np.hypot(*along)), 1e-9)
    unit[np.abs(unit) < (_UPRIGHT if length <= _SHORT else _UPRIGHT / 10)] = 0.0
    return unit / np.hypot(*unit), float(np.hypot(*down))


def _ends(corners: Points, direction: Points) -> tuple[Points, Points]:
    """Where a word starts and ends along the middle of its box; that of turned text by the box around it."""
    centre = corners.mean(axis=0)
    width, height = corners[1] - corners[0]
    dx, dy = np.abs(direction)
    half = min(width / dx if dx else np.inf, height / dy if dy else np.inf) / 2
    return centre - half * direction, centre + half * direction


def _are_ticks(words: Sequence[tuple[Points, Points]], direction: Points) -> bool:
    """Whether words stand at even distances."""
    middles = np.array([(start + end) @ direction / 2 for start, end in words])
    if len(middles) < _TICKS:
        return False
    steps = np.diff(middles)
    return bool(np.abs(steps - steps.mean()).max() <= _EVEN * abs(float(steps.mean())))


def _gap(one: tuple[Points, Points], other: tuple[Points, Points], direction: Points) -> float:
    return float((other[0] - one[1]) @ direction)


def _label(text: str, start: Points, end: Points, font: float, direction: Points) -> Label:
    across = np.array([-direction[1], direction[0]]) * font * _CAP_HEIGHT / 2
    corners = np.array([start - across, start + across, end - across, end + across])
    (x0, y0), (x1, y1) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    step = float(np.hypot(*(end - start))) / len(text)
    places = tuple((k * step, (k + 1) * step) for k in range(len(text)))
    (dx, dy), (sx, sy), (ex, ey) = direction.tolist(), start.tolist(), end.tolist()
    return Label(text, (x0, y0, x1, y1), font, (dx, dy), (sx, sy), (ex, ey), _BLACK, places)


def _owners(shapes: Sequence[Shape], labels: Sequence[Label]) -> NDArray[np.int64]:
    """The label in which each filled shape is that may be a part of a character; -1 for other shapes."""
    boxes = np.array([label.box for label in labels])
    most = _GLYPH * np.array([label.size for label in labels])
    owners = np.full(len(shapes), -1)
    for at, shape in enumerate(shapes):
        if shape.fill is None:
            continue
        x, y = shape.centre
        around = (boxes[:, 0] - 1 <= x) & (x <= boxes[:, 2] + 1) & (boxes[:, 1] - 1 <= y) & (y <= boxes[:, 3] + 1)
        fits = np.flatnonzero(around & (max(shape.size) <= most))
        if fits.size:
            owners[at] = fits[0]
    return owners


def _is_glyph(shape: Shape) -> bool:
    """Whether a filled shape is no bare line, as a minus sign is, but ticks are too."""
    return not shape.is_segment


def _is_drawn(label: Label, glyphs: NDArray[np.float64]) -> bool:
    """Whether OCR read characters, as against marks and lines of the diagram."""
    return len(glyphs) > (1 if label.text in _ROUND else 0) and any(map(str.isalnum, label.text))


def _marks(shapes: Sequence[Shape], owners: NDArray[np.int64], drawn: NDArray[np.bool_]) -> set[int]:
    """The labels whose every shape is drawn several times where no characters are: point marks."""
    parts: dict[int, list[Shape]] = defaultdict(list)
    free: Counter[tuple[object, ...]] = Counter()
    for shape, at in zip(shapes, owners.tolist(), strict=True):
        if shape.fill is not None and (at < 0 or not drawn[at]):
            free[_look(shape)] += 1
        elif shape.fill is not None and _is_glyph(shape):
            parts[at].append(shape)
    return {at for at, own in parts.items() if all(free[_look(shape)] >= _REPEATED for shape in own)}


def _look(shape: Shape) -> tuple[object, ...]:
    return len(shape.outline), round(5 * shape.size[0]), round(5 * shape.size[1]), shape.fill


def _in_case(label: Label, frame: tuple[Points, Points], usual: float) -> Label:
    """A single letter in the case that its size has: alone, OCR cannot tell x from X.

    Of small and large ones the longer side differs, also where they are turned.
    """
    if label.text.lower() not in _ALIKE or len(label.text) > 1 or not usual:
        return label
    longer = max(float(side[1] - side[0]) for side in frame)
    is_small = longer < _LOW * _CAP_HEIGHT * usual
    return replace(label, text=label.text.lower() if is_small else label.text.upper())


def _is_whole(label: Label, glyphs: NDArray[np.float64]) -> bool:
    """Whether as many characters of a number are drawn as OCR read.

    A point, a power or a unit that is lost on all labels of an axis leaves an even scale.
    """
    text = label.text.replace(" ", "")
    # A minus sign is a bare line, which `glyphs` lacks.
    drawn = len(text) - sum(character in _SIGNS for character in text)
    if not any(character.isdigit() for character in text):
        return True
    # Where a slanting number stands is not known well enough to measure by it.
    return _frame(label, glyphs) is not None and len(_characters(label, glyphs)) == drawn


def _characters(label: Label, glyphs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The parts of a label joined to characters, which overlap along it: (n, 4) of start, top, end, bottom as read."""
    direction = np.array(label.direction)
    across = np.array([-direction[1], direction[0]])
    corners = np.stack([glyphs[:, [0, 1]], glyphs[:, [2, 3]]])
    along, down = np.sort(corners @ direction, axis=0), np.sort(corners @ across, axis=0)
    joined: list[list[float]] = []
    for start, top, end, bottom in sorted(zip(along[0], down[0], along[1], down[1], strict=True)):
        if joined and start <= joined[-1][2]:
            last = joined[-1]
            last[1:] = [min(last[1], top), max(last[2], end), max(last[3], bottom)]
        else:
            joined.append([start, top, end, bottom])
    return np.array(joined).reshape(-1, 4)


def _with_power(label: Label, glyphs: NDArray[np.float64]) -> Label:
    """A number whose last characters are raised, with the `^` that a text layer gives it; OCR may read 10² as 102."""
    characters, text = _characters(label, glyphs), unicodedata.normalize("NFKC", label.text)
    if match := _FACTOR.fullmatch(label.text):
        return replace(label, text=f"×10^{unicodedata.normalize('NFKC', match[1])}", places=())
    if not (text.isascii() and text.isdigit() and len(characters) == len(text)):
        return label
    bottom, height = characters[:, 3], characters[:, 3] - characters[:, 1]
    raised = (bottom < bottom[0] - _RAISED * height[0]) & (height < _LOW * height[0])
    count = int(raised.sum())
    if not count or not raised[-count:].all():
        return label
    text = f"{text[:-count]}^{text[-count:]}"
    return _label(text, np.array(label.start), np.array(label.end), label.size, np.array(label.direction))


def _with_capital(label: Label, labels: Sequence[Label]) -> Label:
    """A name that seems to begin with a small l, where all others beside and above it begin with capitals.

    In most fonts an I is the same line.
    """
    if not _SMALL_L.match(label.text):
        return label
    (x0, _, x1, _), (x, y) = label.box, label.centre
    near = [
        other
        for other in labels
        if other is not label
        and other.text[0].isalpha()
        and (
            abs(other.centre[1] - y) < _LINE * label.size
            or min(map(abs, (other.box[0] - x0, other.box[2] - x1, other.centre[0] - x))) < _ALIGNED
        )
    ]
    capitals = len(near) >= _REPEATED and all(other.text[0].isupper() for other in near)
    return replace(label, text="I" + label.text[1:]) if capitals else label


def _frame(label: Label, glyphs: NDArray[np.float64]) -> tuple[Points, Points] | None:
    """Where the outlined characters of a level or vertical label, (n, 4) boxes, begin and end along it and across it.

    Across, that is the top of the highest one and the line that most of them end at. None for other labels.
    """
    direction = np.array(label.direction)
    if not len(glyphs) or np.abs(direction).max() < 1:
        return None
    starts, tops, stops, bottoms = _characters(label, glyphs).T
    base = float(np.median(bottoms))
    # Exponents end above the line.
    low = float(tops[bottoms >= base - _RAISED * (base - tops.min())].min())
    return (np.array([starts.min(), stops.max()]), np.array([low, base])) if low < base else None


def _font(frame: tuple[Points, Points]) -> float:
    """The font size of a label whose characters stand in a frame."""
    top, base = frame[1]
    return float(base - top) / _CAP_HEIGHT


def _placed(label: Label, frame: tuple[Points, Points], usual: float) -> Label:
    """A label where its outlined characters stand; OCR's boxes are less exact.

    Args:
        usual: font size of most labels of the page.
    """
    font = _font(frame)
    font = usual if font < _LARGE * usual else font
    direction = np.array(label.direction)
    across = np.array([-direction[1], direction[0]])
    (first, last), (_, base) = frame
    middle_line = (base - _CAP_HEIGHT * font / 2) * across
    return _label(label.text, first * direction + middle_line, last * direction + middle_line, font, direction)
