"""Categories that are months or quarters, of which some may have no label."""

import itertools
import re
from collections.abc import Sequence

from .axis import Tick
from .tick_times import month_name, named

_QUARTER = re.compile(r".*\bQ[1-4]\b.*|.*[Qq]uarter.*")
_MOST_STEP = 6
_EVEN = 1.5
"""Points by which the distances of labels may differ where months have equal widths."""


def are_categories(texts: Sequence[str]) -> bool:
    """Whether labels are quarters, or months of no year, whose names say more than the date of their start."""
    months = _months(texts)
    return months is not None and (not months[1] or any(map(_QUARTER.fullmatch, texts)))


def with_skipped(ticks: list[Tick]) -> list[Tick]:
    """Months of which only every second or third one has a label, with the others between them."""
    texts = [tick.text for tick in ticks]
    found = _months(texts)
    if found is None or len(ticks) < 3 or any(map(_QUARTER.fullmatch, texts)):
        return ticks
    months, dated = found
    steps = {(b - a) if dated else (b - a) % 12 for a, b in itertools.pairwise(months)}
    gaps = [b.position - a.position for a, b in itertools.pairwise(ticks)]
    if len(steps) > 1 or not 1 < (step := steps.pop()) <= _MOST_STEP or (dated and max(gaps) - min(gaps) > _EVEN):
        return ticks
    places = [
        tick.position + gaps[min(k, len(gaps) - 1)] * part / step
        for k, tick in enumerate(ticks)
        for part in range(step)
    ]
    names = [_name(month + part, texts, dated) for month in months for part in range(step)]
    labels = [tick.labels if not part else () for tick in ticks for part in range(step)]
    if None in names[: -step + 1]:
        return ticks
    filled = [
        Tick(name, place, own) for name, place, own in zip(names, places, labels, strict=True) if name is not None
    ]
    # Beyond the last label the months may begin anew.
    known = [tick.text for tick in filled]
    return [tick for k, tick in enumerate(filled) if tick.text not in known[:k]]


def _name(month: int, like: Sequence[str], dated: bool) -> str | None:
    return f"{month // 12:04}-{month % 12 + 1:02}" if dated else month_name(month % 12 + 1, like)


def _months(texts: Sequence[str]) -> tuple[list[int], bool] | None:
    """The months that labels name, counted from the year 0 or from January, and whether they name years."""
    found = [named(text) for text in texts]
    months = [
        12 * (one.year or 0) + one.month - 1
        for one in found
        if one is not None and one.month is not None and one.day is one.second is None
    ]
    dated = {one.year is not None for one in found if one is not None}
    return (months, dated.pop()) if len(months) == len(texts) and len(dated) == 1 else None
