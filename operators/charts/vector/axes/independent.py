"""The independent values of marks: labels of categories, numbers, bins, dates and times."""

import datetime
import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..marks.mark import Mark
from ..rounding import plain_number, rounded
from .axis import Axis
from .bins import even_bins
from .scales import Scale
from .tick_times import DAY, day_of, instant_of

BESIDE_LABEL = 0.5
"""Bars and points of a group stand beside the label of their category."""
AT_LABEL = 0.26
"""Knots of lines stand at the label of their category; between labels they are of a category whose label was left
out."""
_SNAP = 1.2
"""Points within which a mark stands at the start of a month, a day, an hour."""
_MONTHLY = 4.5
"""Days from the start of a month within which a value of each month stands."""
_RESOLVED = 0.15
"""Points to which the place of a mark along a number axis is certain."""


@dataclass(frozen=True)
class Place:
    """The independent value of a mark, as `chart_points.x` and `x_number`; both None where it has none."""

    x: str | None
    x_number: float | None = None


NOWHERE = Place(None)


def places(marks: Sequence[Mark], axis: Axis | None, bins: bool, near: float) -> list[Place]:
    """The place of each mark of a plot.

    Args:
        near: share of the distance of categories within which a mark is at one, such as `AT_LABEL`.
    """
    if axis is None:
        return [NOWHERE] * len(marks)
    if axis.scale is None:
        found = _without_shared([_category(mark, axis, near) for mark in marks], marks, axis)
        if axis.days is not None and NOWHERE in found:
            # Marks stand between the labels, which are of the first days of months.
            return _instants(marks, axis.days, False, axis.yearless)
        return found
    if axis.is_time:
        return _instants(marks, axis.scale, axis.clock, axis.yearless)
    if not bins and (at_ticks := _groups_at_ticks(marks, axis.scale)) is not None:
        # Groups of bars stand around ticks, which are their places.
        ticks = [axis.scale.values[k] for k in at_ticks]
        return [Place(plain_number(v) + axis.unit, None if axis.years else v) for v in ticks]
    if axis.years and not bins:
        years = _years(marks, axis.scale)
        if years is not None:
            return years
    if bins:
        even = even_bins(marks, axis.scale)
        return [_bin(*ends) for ends in even] if even else [_bin(*_ends(mark, axis.scale)) for mark in marks]
    shift = _shift(marks, axis.scale)
    return [_number(mark, axis, shift) for mark in marks]


def _groups_at_ticks(marks: Sequence[Mark], scale: Scale) -> list[int] | None:
    """The tick of each bar, where bars of several styles stand in groups of which each has its middle at a tick."""
    if len({mark.style for mark in marks}) < 2 or any(mark.high - mark.low < 0.5 for mark in marks):
        return None
    positions = np.array(scale.positions)
    nearest = [int(np.abs(positions - mark.middle).argmin()) for mark in marks]
    groups: dict[int, list[Mark]] = defaultdict(list)
    for tick, mark in zip(nearest, marks, strict=True):
        groups[tick].append(mark)
    if len(marks) <= 1.5 * len(groups):
        return None
    for tick, group in groups.items():
        middle = (min(mark.low for mark in group) + max(mark.high for mark in group)) / 2
        if abs(middle - positions[tick]) > 1.6 or len({mark.style for mark in group}) < len(group):
            return None
    return nearest


def _shift(marks: Sequence[Mark], scale: Scale) -> float:
    """By how many points all marks stand beside their ticks; Vega draws axes half a pixel beside marks."""
    off = sorted(min((mark.middle - position for position in scale.positions), key=abs) for mark in marks[:2000])
    near = [distance for distance in off if abs(distance) < 0.9]
    if len(near) < 3 or (len(near) < 0.5 * len(off) and len(near) < scale.ticks) or near[-1] - near[0] > 0.2:
        return 0.0
    return near[len(near) // 2]


def _category(mark: Mark, axis: Axis, near: float) -> Place:
    """The label at a mark; bars of a group stand beside their label's middle."""
    ticks = axis.ticks
    nearest = min(ticks, key=lambda tick: abs(tick.position - mark.middle))
    if len(ticks) == 1:
        return Place(nearest.text)
    distance = abs(nearest.position - mark.middle)
    return Place(nearest.text) if distance <= near * axis.spacing + 0.5 else NOWHERE


def _without_shared(found: list[Place], marks: Sequence[Mark], axis: Axis) -> list[Place]:
    """Marks of one style at different places cannot share a label: labels were left out, and only a mark at a label
    is of it."""
    at: dict[tuple[object, str | None], list[float]] = defaultdict(list)
    for place, mark in zip(found, marks, strict=True):
        at[mark.style, place.x].append(mark.middle)
    shared = {key for key, middles in at.items() if max(middles) - min(middles) > 2.5}
    if not shared:
        return found
    texts = {x for _, x in shared}
    positions = {tick.text: tick.position for tick in axis.ticks}
    return [
        place if place.x is None or place.x not in texts or abs(positions[place.x] - mark.middle) < 1.5 else NOWHERE
        for place, mark in zip(found, marks, strict=True)
    ]


def _bin(low: float, high: float) -> Place:
    return Place(f"{plain_number(low)}–{plain_number(high)}", (low + high) / 2)


def _ends(mark: Mark, scale: Scale) -> tuple[float, float]:
    """The values at the sides of a bar."""
    resolution = 2 * scale.resolution(mark.middle, _RESOLVED)
    low, high = sorted((scale.value(mark.low), scale.value(mark.high)))
    return rounded(_on_tick(low, mark, scale), resolution), rounded(_on_tick(high, mark, scale), resolution)


def _number(mark: Mark, axis: Axis, shift: float) -> Place:
    scale = axis.scale
    assert scale is not None
    resolution = scale.resolution(mark.middle, _RESOLVED)
    middle = scale.value(mark.middle - shift)
    for value, position in zip(scale.values, scale.positions, strict=True):
        if abs(position - mark.middle + shift) < 0.35:
            middle = value
    value = rounded(middle, resolution)
    return Place(plain_number(value) + axis.unit, value)


def _on_tick(value: float, mark: Mark, scale: Scale) -> float:
    """The value of a tick that is less than a point away."""
    nearest = min(scale.values, key=lambda tick: abs(tick - value))
    return nearest if abs(nearest - value) < scale.resolution(mark.middle, 1.2) else value


def _years(marks: Sequence[Mark], scale: Scale) -> list[Place] | None:
    """Years where all marks stand at whole ones, else dates; None where the axis is too long for dates."""
    day = scale.resolution(0.0, 1.0)
    if day > 6:
        return None
    names = []
    for mark in marks:
        year = scale.value(mark.middle)
        if mark.high > mark.low + 0.5:
            low, high = sorted((scale.value(mark.low), scale.value(mark.high)))
            within = int((low + high) / 2 + 1e-9)
            spans = high - low > 0.5 and abs(low - within) < max(0.12, 1.5 * day)
            whole = within if spans else round(year) if abs(year - round(year)) < max(0.3, 1.5 * day) else None
        else:
            whole = round(year) if abs(year - round(year)) < max(0.03, 0.8 * day) else None
        if whole is None:
            break
        names.append(Place(str(whole)))
    else:
        return names
    days = Scale(
        scale.kind, scale.slope * 365.2425, (scale.offset - 1970) * 365.2425, 1.0, scale.residual, scale.ticks,
        scale.outliers,
        scale.values, scale.positions,
    )  # fmt: skip
    return _instants(marks, days, False, False)


def _instants(marks: Sequence[Mark], scale: Scale, clock: bool, yearless: bool) -> list[Place]:
    """ISO 8601 to the coarsest unit at whose starts all marks stand, else to what the axis resolves."""
    point = scale.resolution(0.0, 1.0)
    tolerance = max(_SNAP * point, 0.4 / DAY)
    # A bar stands for the unit at whose start it starts, where it fills most of the unit; else for its middle.
    starts = _bar_starts(marks, scale, tolerance)
    days = starts if starts is not None else [scale.value(mark.middle) for mark in marks]
    if clock:
        return [Place(_clock(day)) for day in _whole_steps(days, tolerance)]
    if yearless:
        return _without_year(days, point)
    middles = [day - 0.5 for day in days]
    if point < 0.6 and len(days) > 2 and all(abs(day - round(day)) < 0.2 for day in middles):
        # Spreadsheets put a value into the middle of its day.
        days = middles
    for unit in ("year", "month", "day", "hour", "minute"):
        if _UNIT_DAYS[unit] < 2.0 * tolerance and unit not in ("year",):
            break
        slack = max(tolerance, _MONTHLY) if unit == "month" and _are_monthly(days) else tolerance
        snapped = [_snapped(day, unit, slack) for day in days]
        if all(one is not None for one in snapped):
            return [Place(_iso(one, unit)) for one in snapped if one is not None]
    resolved = "month" if point > 20 else "day" if point > 0.04 else "minute" if point > 1 / DAY else "second"
    found = []
    for day in days:
        instant = instant_of(_rounded_day(day, resolved))
        found.append(NOWHERE if instant is None else Place(_iso(instant, resolved)))
    return found


def _without_year(days: Sequence[float], point: float) -> list[Place]:
    """Days of any year, or their hours where the axis tells them apart."""
    slack = max(_SNAP * point, 0.4 / DAY)
    hours = 24 * slack < 0.4 and any(abs(day - round(day)) > slack for day in days)
    instants = [instant_of(round(1440 * day) / 1440 if hours else round(day)) for day in days]
    if hours:
        on_hour = all(one is not None and min(one.minute, 60 - one.minute) < 1440 * slack for one in instants)
        instants = [instant_of(round(24 * day) / 24) for day in days] if on_hour else instants
    unit = "minute" if hours else "day"
    return [NOWHERE if one is None else Place("-" + _iso(one, unit)[4:]) for one in instants]


def _are_monthly(days: Sequence[float]) -> bool:
    """Whether marks stand near the starts of months that follow each other; spreadsheets make months equally long."""
    starts = sorted({start[0] for day in days if (start := _start_of(day + _MONTHLY, "month")) is not None})
    lengths = [b - a for a, b in itertools.pairwise(starts)]
    near = (
        all(abs(day - min(starts, key=lambda start: abs(start - day))) < _MONTHLY for day in days) if starts else False
    )
    return near and len(lengths) >= 5 and max(lengths) < 32


def _whole_steps(days: list[float], tolerance: float) -> list[float]:
    """Times of day at the coarsest step at whose multiples all marks stand, in days."""
    for minutes in (60, 30, 20, 15, 10, 5):
        step = minutes / 1440
        if step > 2 * tolerance and all(abs(day - round(day / step) * step) <= tolerance for day in days):
            return [round(day / step) * step for day in days]
    return days


_UNIT_DAYS = {"year": 365.0, "month": 30.0, "day": 1.0, "hour": 1 / 24, "minute": 1 / 1440}


def _bar_starts(marks: Sequence[Mark], scale: Scale, tolerance: float) -> list[float] | None:
    """The days at which bars start that fill a unit of time; None where marks are points or do not fill units."""
    if any(mark.high - mark.low < 1.5 for mark in marks):
        return None
    slack = max(tolerance, 1.5 * scale.resolution(0.0, 1.0))
    for unit in ("hour", "day", "month", "quarter", "year"):
        starts = []
        for mark in marks:
            low, high = sorted((scale.value(mark.low), scale.value(mark.high)))
            start = _start_of((low + high) / 2, unit)
            if start is None:
                return None
            first, end = start
            # Bars of a group fill a unit together.
            beyond = min(slack, 0.3 * (end - first))
            if not (first - beyond <= low and high <= end + beyond):
                break
            starts.append((first, high - low, end - first))
        else:
            span = starts[0][2]
            width = sum(width for _, width, _ in starts) / len(starts)
            per_unit = max(1, round(len(starts) / len({first for first, _, _ in starts})))
            if width * per_unit > 0.45 * span:
                return [first for first, _, _ in starts]
    return None


def _start_of(day: float, unit: str) -> tuple[float, float] | None:
    """The days at which the unit around an instant starts and ends."""
    instant = instant_of(day)
    if instant is None:
        return None
    if unit == "hour":
        first = instant.replace(minute=0, second=0)
        return day_of(first), day_of(first) + 1 / 24
    midnight = instant.replace(hour=0, minute=0, second=0)
    if unit == "day":
        return day_of(midnight), day_of(midnight) + 1
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    month = (instant.month - 1) // months * months
    first = midnight.replace(month=month + 1, day=1)
    year, after = first.year + (month + months) // 12, (month + months) % 12
    if year > 9998:
        return None
    return day_of(first), day_of(first.replace(year=year, month=after + 1))


def _snapped(day: float, unit: str, tolerance: float) -> datetime.datetime | None:
    """The start of a unit where an instant stands at it."""
    if unit == "minute":
        instant = instant_of(day + 30 / DAY)
        found = None if instant is None else instant.replace(second=0)
    else:
        half = {"year": 182, "month": 15, "day": 0.5, "hour": 1 / 48}[unit]
        around = _start_of(day + half, unit)
        found = None if around is None else instant_of(around[0])
    if found is None or abs(day_of(found) - day) > tolerance:
        return None
    return found


def _rounded_day(day: float, unit: str) -> float:
    steps = {"month": 30.0, "day": 1.0, "minute": 1 / 1440, "second": 1 / DAY}
    step = steps[unit]
    return day if unit == "month" else round(day / step) * step


def _iso(instant: datetime.datetime, unit: str) -> str:
    if unit == "year":
        return f"{instant.year:04}"
    if unit == "month":
        return f"{instant.year:04}-{instant.month:02}"
    if unit == "day":
        return f"{instant.year:04}-{instant.month:02}-{instant.day:02}"
    return instant.isoformat(timespec="seconds" if unit == "second" else "minutes")


def _clock(day: float) -> str:
    minutes = round(day * 1440)
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
