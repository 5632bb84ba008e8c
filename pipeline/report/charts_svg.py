"""Redraws a chart from its table as inline SVG, for comparison with the original."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from ...operators.values.numbers import parse_number
from ..tables.records import StoredChart, StoredPoint
from .axes import short, ticks

MAX_VALUES = 400
"""Maximum number of values that are drawn; the table is always shown."""

_WIDTH, _HEIGHT = 560.0, 340.0
_COLOURS = 8
_WEAK = 0.5


@dataclass(frozen=True)
class Value:
    """A value of the table.

    Attributes:
        row, column: indices of its cell.
        x: its category.
        x_number: the category as a number, or None.
        point: index of its point in the chart; None if no point corresponds to the cell.
        weak: whether that point lacks support.
    """

    row: int
    column: int
    series: str
    x: str
    x_number: float | None
    y: float
    point: int | None
    weak: bool


def table_values(chart: StoredChart) -> list[Value]:
    """The numbers in the table of a chart: the first column contains the categories, each other column is a series."""
    points = {(point.x, point.series): i for i, point in reversed(list(enumerate(chart.points)))}
    alone = {point.x: i for i, point in reversed(list(enumerate(chart.points))) if point.series is None}
    values = []
    for row, cells in enumerate(chart.rows):
        for column in range(1, min(len(cells), len(chart.columns))):
            index = points.get((cells[0], chart.columns[column]), alone.get(cells[0]))
            known = None if index is None else chart.points[index]
            y = parse_number(cells[column]) if known is None or known.y is None else known.y
            if y is None or not math.isfinite(y):
                continue
            x_number = known.x_number if known and known.x_number is not None else parse_number(cells[0])
            values.append(Value(row, column, chart.columns[column], cells[0], x_number, y, index, is_weak(known)))
    return values


def is_weak(point: StoredPoint | None) -> bool:
    """Whether a value was looked up and not found, or found with little support."""
    return point is not None and (point.grounding == "none" or (point.support is not None and point.support < _WEAK))


def plot(chart: StoredChart, values: Sequence[Value], scope: str) -> Markup | None:
    """The chart as SVG; None if it can be shown only as a table.

    Args:
        scope: prefix of the keys (`data-k`) that link a mark with its evidence.
    """
    values = values[:MAX_VALUES]
    if not values or chart.chart_type in ("table", "other"):
        return None
    series = list(dict.fromkeys(value.series for value in values))
    if chart.chart_type == "pie":
        body = _pie([value for value in values if value.y > 0], scope)
    elif chart.chart_type == "bar":
        body = _bars(values, series, scope)
    else:
        body = _curves(chart.chart_type, values, series, scope)
    if body is None:
        return None
    if chart.chart_type != "pie" and len(series) > 1:
        body += _legend([(name, i) for i, name in enumerate(series)], top=4)
    label = escape(f"The {chart.chart_type} chart drawn again from its table")
    return Markup(
        f'<svg class="plot" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{label}">{body}</svg>'
    )


def _mark(value: Value, scope: str, colour: int) -> str:
    """Attributes of a mark: a colour, a label, and a key if there is a point to link it to."""
    note = "" if value.point is None or not value.weak else " (not supported)"
    label = escape(f"{value.series}, {value.x}: {value.y:.10g}{note}")
    key = "" if value.point is None else f' data-k="{scope}{value.point}"'
    return f' class="c{colour % _COLOURS}{" weak" if value.weak else ""}"{key} data-t="{label}"'


def _pie(values: Sequence[Value], scope: str) -> str | None:
    total = sum(value.y for value in values)
    if not values or not math.isfinite(total):
        return None
    radius, cx, cy = 140.0, 160.0, _HEIGHT / 2
    parts, angle = [], -math.pi / 2
    for i, value in enumerate(values):
        share = value.y / total
        end = angle + 2 * math.pi * share
        if share > 0.9999:
            parts.append(f'<circle cx="{cx}" cy="{cy}" r="{radius}"{_mark(value, scope, i)}/>')
        else:
            x0, y0 = cx + radius * math.cos(angle), cy + radius * math.sin(angle)
            x1, y1 = cx + radius * math.cos(end), cy + radius * math.sin(end)
            path = f"M{cx:.1f} {cy:.1f}L{x0:.1f} {y0:.1f}A{radius} {radius} 0 {int(share > 0.5)} 1 {x1:.1f} {y1:.1f}Z"
            parts.append(f'<path d="{path}"{_mark(value, scope, i)}/>')
        angle = end
    entries = [(f"{value.x}  {value.y / total:.1%}", i) for i, value in enumerate(values)]
    return "".join(parts) + _legend(entries, left=330.0, top=40.0, column=True)


def _bars(values: Sequence[Value], series: Sequence[str], scope: str) -> str:
    categories = list(dict.fromkeys(value.x for value in values))
    lying = len(categories) > 12 or max(len(name) for name in categories) * len(categories) > 84
    marks = ticks(min(0.0, *(v.y for v in values)), max(0.0, *(v.y for v in values)))
    low, span = marks[0], marks[-1] - marks[0]
    left, right, top, bottom = (150.0 if lying else 54.0), _WIDTH - 14, 34.0, _HEIGHT - (28.0 if lying else 40.0)
    along, across = (right - left, bottom - top) if lying else (bottom - top, right - left)
    slot = across / len(categories)
    thick = max(0.8, min(slot * 0.76, 64.0) / len(series))
    parts = [_gridline(at, (at - low) / span, lying, (left, right, top, bottom)) for at in marks]
    for value in values:
        centre = (categories.index(value.x) + 0.5) * slot
        start = centre + (series.index(value.series) - len(series) / 2) * thick
        a, b = sorted(((value.y - low) / span * along, -low / span * along))
        length = max(b - a, 0.6)
        box = (left + a, top + start, length, thick) if lying else (left + start, bottom - a - length, thick, length)
        place = 'x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"'.format(*box)
        parts.append(f"<rect {place}{_mark(value, scope, series.index(value.series))}/>")
    step = math.ceil(len(categories) * (11 if lying else 9) / across)
    for i, name in enumerate(categories):
        if i % step == 0:
            centre = (i + 0.5) * slot
            if lying:
                parts.append(_text(name, left - 6, top + centre + 4, "end", most=23))
            else:
                parts.append(_text(name, left + centre, bottom + 16, "middle", most=max(4, int(slot / 6))))
    return "".join(parts)


def _curves(chart_type: str, values: Sequence[Value], series: Sequence[str], scope: str) -> str:
    left, right, top, bottom = 54.0, _WIDTH - 18, 34.0, _HEIGHT - 40
    categories = list(dict.fromkeys(value.x for value in values))
    numeric = all(value.x_number is not None for value in values)
    xs = [value.x_number if numeric else float(categories.index(value.x)) for value in values]
    known = [x for x in xs if x is not None]
    floor = [0.0] if chart_type == "area" else []
    marks = ticks(min([*floor, *(v.y for v in values)]), max([*floor, *(v.y for v in values)]))
    x_low, x_span = min(known), (max(known) - min(known)) or 1.0
    pad = 0.04 if chart_type == "scatter" or not numeric else 0.0

    def place(x: float | None, y: float) -> tuple[float, float]:
        share = pad + (1 - 2 * pad) * ((x or 0.0) - x_low) / x_span
        return left + share * (right - left), bottom - (y - marks[0]) / (marks[-1] - marks[0]) * (bottom - top)

    parts = [_gridline(at, (at - marks[0]) / (marks[-1] - marks[0]), False, (left, right, top, bottom)) for at in marks]
    for i, name in enumerate(series):
        members = sorted(
            ((x, v) for x, v in zip(xs, values, strict=True) if v.series == name), key=lambda entry: entry[0] or 0.0
        )
        spots = [(*place(x, v.y), v) for x, v in members]
        route = "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in spots)
        if chart_type == "area":
            base = place(0, max(marks[0], 0.0))[1]
            closed = f"M{spots[0][0]:.1f} {base:.1f}L{route}L{spots[-1][0]:.1f} {base:.1f}Z"
            parts.append(f'<path class="area c{i % _COLOURS}" d="{closed}"/>')
        if chart_type != "scatter":
            parts.append(f'<path class="curve k{i % _COLOURS}" d="M{route}"/>')
        radius = 4 if chart_type == "scatter" else 3.4
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}"{_mark(v, scope, i)}/>' for x, y, v in spots]
    return "".join(parts) + _x_labels(categories, known, numeric, place, right - left, bottom)


def _x_labels(
    categories: Sequence[str],
    known: Sequence[float],
    numeric: bool,
    place: Callable[[float, float], tuple[float, float]],
    width: float,
    bottom: float,
) -> str:
    if numeric:
        inside = [at for at in ticks(min(known), max(known), 6) if min(known) <= at <= max(known)]
        # Years are written without thousands separator and unit.
        named = [(place(at, 0.0)[0], f"{at:g}" if abs(at) < 1e5 else short(at)) for at in inside]
        return "".join(_text(name, x, bottom + 16, "middle", most=10) for x, name in named)
    step = math.ceil(len(categories) * 46 / width)
    room = max(5, int(width / max(1, len(categories)) * step / 6.4))
    shown = [(place(float(i), 0.0)[0], name) for i, name in enumerate(categories) if i % step == 0]
    return "".join(_text(name, x, bottom + 16, "middle", most=room) for x, name in shown)


def _gridline(value: float, share: float, lying: bool, frame: tuple[float, float, float, float]) -> str:
    left, right, top, bottom = frame
    kind = "axis" if value == 0 else "grid"
    if lying:
        x = left + share * (right - left)
        line = f'<line class="{kind}" x1="{x:.1f}" y1="{top:.1f}" x2="{x:.1f}" y2="{bottom:.1f}"/>'
        return line + _text(short(value), x, bottom + 16, "middle")
    y = bottom - share * (bottom - top)
    line = f'<line class="{kind}" x1="{left:.1f}" y1="{y:.1f}" x2="{right:.1f}" y2="{y:.1f}"/>'
    return line + _text(short(value), left - 6, y + 4, "end")


def _text(text: str, x: float, y: float, anchor: str, most: int = 40) -> str:
    shown = text if len(text) <= most else f"{text[: most - 1]}…"
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(shown)}</text>'


def _legend(entries: Sequence[tuple[str, int]], left: float = 54.0, top: float = 8.0, column: bool = False) -> str:
    parts, x, y = [], left, top
    for name, colour in entries:
        width = 26 + 6.4 * min(len(name), 26)
        if not column and x + width > _WIDTH:
            break
        parts.append(f'<rect class="c{colour % _COLOURS}" x="{x:.1f}" y="{y:.1f}" width="10" height="10"/>')
        parts.append(_text(name, x + 15, y + 9, "start", most=26))
        x, y = (x, y + 18) if column else (x + width, y)
        if column and y > _HEIGHT - 20:
            break
    return "".join(parts)
