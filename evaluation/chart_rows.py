"""Holds chart points against the rows that were plotted.

A row is found by a point of the same place and series whose value is within 1 % of the range of the values, from zero
on. Each point
stands for one row.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_NEAR = 0.01
_DATE = re.compile(r"\d{4}(?:-\d\d){0,2}")
_BIN = re.compile(r"(?P<low>-?[\d.]+)\s*–\s*(?P<high>-?[\d.]+)")


@dataclass(frozen=True)
class Point:
    """A value with its names, as in the table `chart_points`."""

    series: str | None
    x: str | None
    x_number: float | None
    y: float


@dataclass(frozen=True)
class ChartScore:
    """Rows of a chart that were found, and points that are no row."""

    rows: int
    found: int
    points: int
    wrong: int

    def __add__(self, other: "ChartScore") -> "ChartScore":
        return ChartScore(
            self.rows + other.rows, self.found + other.found, self.points + other.points, self.wrong + other.wrong
        )


NO_ROWS = ChartScore(0, 0, 0, 0)


def score_points(record: Mapping[str, Any], points: Sequence[Point]) -> ChartScore:
    """The score of the points of a chart.

    Args:
        record: a line of `charts.jsonl`; its rows are place, value, and the name of the series where there are several.
    """
    rows: list[list[str]] = record["rows"]
    values = [float(row[1]) for row in rows]
    # Each of two value axes has a range of its own.
    owner = [row[2] if record.get("series_are") == "axes" else "" for row in rows]
    slacks = {
        name: _NEAR * (max(mine) - min(0.0, *mine))
        for name in set(owner)
        for mine in [[value for value, other in zip(values, owner, strict=True) if other == name]]
    }
    numbers = [number for row in rows if (number := _number(row[0])) is not None]
    reach = _NEAR * (max(numbers) - min(numbers)) if numbers else 0.0
    is_pie, whole = record["type"] == "pie", sum(values)
    left = set(range(len(rows)))
    wrong = 0
    for point in points:
        fits = [
            k
            for k in left
            if _same_place(rows[k][0], point, reach)
            and (point.series is None or len(rows[k]) < 3 or _plain(rows[k][2]) == _plain(point.series))
            and (abs(values[k] - point.y) <= slacks[owner[k]] or (is_pie and abs(values[k] / whole - point.y) <= _NEAR))
        ]
        if fits:
            left.remove(min(fits, key=lambda k: abs(values[k] - point.y)))
        else:
            wrong += 1
    return ChartScore(len(rows), len(rows) - len(left), len(points), wrong)


def _same_place(place: str, point: Point, reach: float) -> bool:
    said = point.x or ""
    if _plain(said) == _plain(place):
        return True
    if (one := _BIN.fullmatch(place)) and (other := _BIN.fullmatch(said)):
        return (
            abs(float(one["low"]) - float(other["low"])) < 1e-6
            and abs(float(one["high"]) - float(other["high"])) < 1e-6
        )
    if _DATE.fullmatch(place) and _DATE.fullmatch(said) and point.x_number is None:
        # A month stands for its first day, and a coarser scale may name the month alone.
        return place.startswith(said) or (place[:7] == said[:7] and said[8:] in ("01", "02"))
    if said.startswith("--"):
        # A day of no year, or an instant of it.
        return place[5:] == said[2:]
    number = _number(place)
    return number is not None and point.x_number is not None and abs(number - point.x_number) <= reach


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum() or character in "-.")
