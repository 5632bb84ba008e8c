"""Charts that were measured in vector graphics as findings, and as evidence for a model's chart."""

from collections.abc import Sequence
from dataclasses import replace

from ...schemas.geometry import Box
from ..grounding.ground import Grounding, GroundingKind, Place
from ..inference.results import Chart, ChartValue
from .vector.drawing import Rect
from .vector.result import DeclinedChart, MeasuredChart, MeasuredValue
from .vector.rounding import plain_number

_LEAST_SIDE = 1e-5
_AGREES = 0.02
"""Share of the range of a chart's values by which a model's value may differ from a measured one: twice of what a
reader sees."""
_SAME = 0.2
"""The same as a share of the measured value: on a log scale two per cent of the range are several decades."""
_TRUSTED = 0.5
"""Confidence of the measured values from which on they are evidence against a model's."""
AGREEING, DIFFERING, UNMEASURED = 0.97, 0.05, 0.3
"""Support of a model's value that a mark has, that differs from the mark of its name, and of which the marks say
nothing: it has none, or they are doubtful themselves."""


def chart_of(
    measured: MeasuredChart | DeclinedChart,
    size: tuple[float, float],
    page_number: int,
    engine: str,
    *,
    of_figure: bool,
) -> Chart:
    """A measured chart as a row of `charts` with its points, and what speaks against them as its `raw_output`; of a
    declined one what is known of it.

    Args:
        size: width and height of the page in the unit of the boxes.
        of_figure: whether it is a figure of the page, as against a page that is a chart.
    """
    region = _shares(measured.box, size)
    chart = Chart(engine, "", "", "figure" if of_figure else "page", region, chart_type=measured.chart_type)
    if isinstance(measured, DeclinedChart):
        return chart
    values = tuple(_value(value, size, page_number, measured.confidence) for value in measured.values)
    columns, rows = _table(measured)
    return replace(
        chart,
        title=measured.title,
        x_label=measured.x_label,
        y_label=measured.y_label,
        columns=columns,
        rows=rows,
        values=values,
        confidence=measured.confidence,
        support=measured.confidence,
        raw_output=measured.objections or None,
    )


def _value(value: MeasuredValue, size: tuple[float, float], page_number: int, confidence: float) -> ChartValue:
    kind = GroundingKind.EXACT if value.exact else GroundingKind.MARK
    box = _shares(value.box, size)
    places = () if box is None else (Place(page_number, box, plain_number(value.y) if value.exact else "", None),)
    return ChartValue(value.series, value.x, value.x_number, value.y, Grounding(kind, confidence, places))


def _table(chart: MeasuredChart) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The values as a table: a column for each series where no place has two values, else a row for each value."""
    names = list(dict.fromkeys(value.series or "" for value in chart.values))
    cells: dict[str, dict[str, str]] = {}
    for value in chart.values:
        row = cells.setdefault(value.x or "", {})
        if (value.series or "") in row:
            return _list(chart, names)
        row[value.series or ""] = plain_number(value.y)
    columns = (chart.x_label or "", *(name or chart.y_label or "" for name in names))
    return columns, tuple((x, *(row.get(name, "") for name in names)) for x, row in cells.items())


def _list(chart: MeasuredChart, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    columns = (chart.x_label or "", chart.y_label or "")
    if names == [""]:
        return columns, tuple((value.x or "", plain_number(value.y)) for value in chart.values)
    rows = tuple((value.x or "", plain_number(value.y), value.series or "") for value in chart.values)
    return (*columns, ""), rows


def _shares(box: Rect, size: tuple[float, float]) -> Box | None:
    """A box in shares of the page, clipped; None for one that is off the page."""
    width, height = size
    x0, y0 = max(0.0, box[0] / width), max(0.0, box[1] / height)
    x1, y1 = min(1.0, box[2] / width), min(1.0, box[3] / height)
    # A mark may be a line without a width.
    x1, y1 = max(x1, min(1.0, x0 + _LEAST_SIDE)), max(y1, min(1.0, y0 + _LEAST_SIDE))
    return Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def checked_against(chart: Chart, measured: Chart) -> Chart:
    """A model's chart whose values have the marks with which they agree, and low support where they do not.

    Args:
        measured: the same chart by its marks, which were not sure enough to be an answer by themselves.
    """
    known = [value.y for value in measured.values if value.y is not None]
    if not known or not chart.values:
        return chart
    slack = _AGREES * (max(known) - min(0.0, *known)) + 1e-12
    differing = DIFFERING if (measured.confidence or 0.0) >= _TRUSTED else UNMEASURED
    values = tuple(_checked(value, measured.values, slack, differing) for value in chart.values)
    supports = [value.grounding.support for value in values if value.grounding.support is not None]
    return replace(chart, values=values, support=sum(supports) / len(supports) if supports else None)


def _checked(value: ChartValue, marks: Sequence[ChartValue], slack: float, differing: float) -> ChartValue:
    """A number that is printed in the figure may be a label of the axis, so that marks decide about it too."""
    if value.y is None:
        return value
    off = [(abs(mark.y - value.y), mark) for mark in marks if mark.y is not None and _same_place(value, mark)]
    distance, best = min(off, key=lambda entry: entry[0], default=(0.0, None))
    if best is not None and best.y is not None and distance <= min(slack, _SAME * abs(best.y) + 1e-12):
        return replace(value, grounding=replace(best.grounding, support=AGREEING))
    support = UNMEASURED if best is None or distance <= slack else differing
    if value.grounding.kind is GroundingKind.EXACT:
        return value if best is None else replace(value, grounding=replace(value.grounding, support=support))
    return replace(value, grounding=Grounding(GroundingKind.NONE, min(support, value.grounding.support or support)))


def _same_place(value: ChartValue, mark: ChartValue) -> bool:
    if mark.series and value.series and _plain(mark.series) != _plain(value.series):
        return False
    if mark.x_number is not None and value.x_number is not None:
        return abs(mark.x_number - value.x_number) <= 0.01 * max(1e-9, abs(mark.x_number))
    return _plain(mark.x) == _plain(value.x)


def _plain(text: str | None) -> str:
    return "".join(character for character in (text or "").casefold() if character.isalnum())
