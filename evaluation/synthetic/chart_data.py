"""What charts show: categories, series, values, and the steps of an axis."""

import math
from dataclasses import dataclass

from .writing import Writer

_YEARS = (1995, 2022)
# Steps of an axis that people can count in.
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class ChartData:
    """One chart's numbers.

    Attributes:
        kind: `bar`, `line` or `pie`.
        series: names; one empty name where there is only one series.
        values: by series, then by category; as printed with `places` decimals.
        top, step: of the axis of values, which begins at 0.
    """

    kind: str
    title: str
    x_title: str
    y_title: str
    legend_title: str
    categories: tuple[str, ...]
    series: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    places: int
    top: float
    step: float

    def printed(self, value: float) -> str:
        return f"{value:.{self.places}f}"

    def tick(self, index: int) -> str:
        places = max(0, -math.floor(math.log10(self.step))) if self.step < 1 else 0
        places += self.step in (2.5, 0.25)
        return f"{index * self.step:.{places}f}"


def chart_data(writer: Writer, kind: str) -> ChartData:
    count = writer.whole(2, 6) if kind == "pie" else writer.whole(3, 8)
    categories = _categories(writer, kind, count)
    many = 1 if kind == "pie" or writer.chance(0.6) else writer.whole(2, 3)
    series = tuple(dict.fromkeys(writer.title(1, 1) for _ in range(many))) if many > 1 else ("",)
    scale, places = writer.pick(((10, 1), (50, 0), (100, 0), (100, 1), (1000, 0), (5000, 0)))
    values: tuple[tuple[float, ...], ...]
    if kind == "pie":
        values = (_shares(writer, count),)
        places = 0
    else:
        values = tuple(_row(writer, kind, count, scale, places) for _ in series)
    top, step = axis(max(map(max, values)), writer.whole(3, 6))
    return ChartData(
        kind=kind,
        title=writer.title(1, 4) if writer.chance(0.6) else "",
        x_title=writer.title(1, 2) if kind != "pie" and writer.chance(0.7) else "",
        y_title=writer.title(1, 2) if kind != "pie" and writer.chance(0.7) else "",
        legend_title=writer.title(1, 1) if len(series) > 1 and writer.chance(0.4) else "",
        categories=categories,
        series=series,
        values=values,
        places=places,
        top=top,
        step=step,
    )


def axis(largest: float, steps: int) -> tuple[float, float]:
    """End and step of an axis from 0 over `largest` in about this number of steps."""
    rough = largest / steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in _STEPS if factor * power >= rough * 0.999)
    return math.ceil(largest / step - 1e-9) * step, step


def _categories(writer: Writer, kind: str, count: int) -> tuple[str, ...]:
    choice = writer.rng.random()
    if choice < (0.6 if kind == "line" else 0.25):
        first, step = writer.whole(*_YEARS), writer.pick((1, 1, 1, 2, 5))
        return tuple(str(first + index * step) for index in range(count))
    if choice < 0.7 and kind != "pie":
        start = writer.whole(0, 12 - count) if count < 12 else 0
        return tuple(month[:3] for month in writer.language.months[start : start + count])
    if choice < 0.8:
        return tuple("ABCDEFGHIJ"[:count])
    names = dict.fromkeys(writer.title(1, 1) for _ in range(3 * count))
    return (*names, *"ABCDEFGHIJ")[:count]


def _row(writer: Writer, kind: str, count: int, scale: float, places: int) -> tuple[float, ...]:
    if kind == "line" and writer.chance(0.6):
        value, row = writer.rng.uniform(0.2, 0.8), []
        for _ in range(count):
            value = min(1.0, max(0.05, value + writer.rng.normal(0, 0.15)))
            row.append(value)
    else:
        row = writer.rng.uniform(0.05, 1.0, count).tolist()
    return tuple(max(round(scale * value, places), 10.0**-places) for value in row)


def _shares(writer: Writer, count: int) -> tuple[float, ...]:
    """Whole percentages that sum to 100, none below 4."""
    parts = writer.rng.dirichlet([2.0] * count) * (100 - 4 * count) + 4
    whole = [math.floor(part) for part in parts]
    whole[0] += 100 - sum(whole)
    return tuple(float(part) for part in whole)
