"""What charts show: kinds, titles, categories, series and values, the same for every program."""

import datetime
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

_CATEGORIES = (
    ("North", "South", "East", "West", "Centre", "Islands"),
    ("Apples", "Pears", "Plums", "Grapes", "Figs", "Dates", "Limes"),
    ("Q1", "Q2", "Q3", "Q4"),
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug"),
    ("New York", "Los Angeles", "San Diego", "El Paso", "Fort Worth"),
    ("Primary", "Lower secondary", "Upper secondary", "Tertiary"),
    ("2016", "2017", "2018", "2019", "2020", "2021"),
    ("A", "B", "C", "D", "E", "F", "G", "H"),
)
_SERIES = (
    ("Men", "Women"),
    ("Road", "Rail", "Water"),
    ("Plan", "Actual"),
    ("Basic", "Standard", "Premium"),
    ("Coal", "Gas", "Wind", "Solar"),
)
_WORDS = ("Revenue", "Costs", "Output", "Visitors", "Energy use", "Exports", "Rainfall", "Members", "Yield", "Price")
_UNITS = ("EUR m", "tonnes", "thousand", "index", "mm", "GWh")

KINDS = (
    "bar",
    "hbar",
    "grouped",
    "stacked",
    "percent",
    "negative",
    "histogram",
    "errors",
    "line",
    "lines",
    "dates",
    "gaps",
    "steps",
    "log",
    "scatter",
    "groups",
    "area",
    "stack",
    "pie",
    "ring",
)
"""Kinds of charts; a program may draw only some of them."""


_TYPES = {
    "pie": ("pie", "ring", "ring_named"),
    "scatter": ("scatter", "groups", "bubbles", "dots"),
    "area": ("area", "stack", "stack_many"),
    "line": (
        "line", "lines", "dates", "gaps", "steps", "log", "smooth", "logx", "daily", "clock", "years", "two_lines",
        "facets", "direct", "dashes", "below_zero", "tiny", "six",
    ),
}  # fmt: skip
"""Kinds by `charts.chart_type`; others are bars."""


@dataclass(frozen=True)
class Plan:
    """A chart to draw.

    Attributes:
        kind: one of `KINDS`.
        categories: labels, or ISO dates for `dates`; empty where x are numbers.
        xs: x of each point for kinds with a number axis; for `histogram` the edges of the bins.
        series: names; one empty name where there is one.
        values: by series; NaN in gaps. For `groups`, `points` has x and y by series.
        grid, labels: whether a grid is drawn, and values at bars.
        variant: a number by which programs choose fonts, colours, sizes.
    """

    name: str
    kind: str
    title: str
    x_title: str
    y_title: str
    categories: tuple[str, ...]
    xs: tuple[float, ...]
    series: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    points: tuple[tuple[tuple[float, float], ...], ...] = ()
    grid: bool = True
    labels: bool = False
    variant: int = 0
    legend: str = field(default="group")
    sizes: tuple[tuple[float, ...], ...] = ()

    @property
    def chart_type(self) -> str:
        """As in the table `charts`."""
        for chart_type, kinds in _TYPES.items():
            if self.kind in kinds:
                return chart_type
        return "bar"

    def rows(self) -> Iterator[tuple[str, ...]]:
        """x, y and, of several series, the name of each value."""
        many = len(self.series) > 1
        if self.kind == "floating":
            yield from ((x, _text(y)) for row in self.values for x, y in zip(self.categories, row, strict=True))
            return
        for k, name in enumerate(self.series):
            last = (name,) if many else ()
            if self.points:
                yield from ((_text(x), _text(y), *last) for x, y in self.points[k])
                continue
            for x, y in zip(self.places(), self.values[k], strict=True):
                if not math.isnan(y):
                    yield x, _text(y), *last

    def _rows_as_printed(self, decimals: int | None) -> Iterator[tuple[str, ...]]:
        if decimals is None or self.chart_type != "pie" or self.variant % 2 == 0:
            yield from self.rows()
            return
        whole = sum(self.values[0])
        for name, value in zip(self.categories, self.values[0], strict=True):
            yield name, f"{100 * value / whole:.{decimals}f}"

    def places(self) -> tuple[str, ...]:
        """The independent value of each value."""
        if self.kind in ("histogram", "fine_bins"):
            return tuple(f"{_text(a)} – {_text(b)}" for a, b in zip(self.xs, self.xs[1:], strict=False))
        return self.categories or tuple(map(_text, self.xs))

    def record(self, percent_decimals: int | None = None) -> dict[str, object]:
        """The row of `charts.jsonl`.

        Args:
            percent_decimals: of the percentages that the program prints at slices of every second pie, which are
                their values.
        """
        many = len(self.series) > 1
        header = [self.x_title or "category", self.y_title or "value", *([self.legend] if many else [])]
        return {
            "file": f"{self.name}.pdf",
            "type": "line" if self.chart_type == "area" else self.chart_type,
            "kind": self.kind,
            "title": self.title,
            "x_title": header[0],
            "y_title": header[1],
            "legend_titles": [self.legend] if many else [],
            "header": header,
            "rows": [list(row) for row in self._rows_as_printed(percent_decimals)],
            "series_are": {"facets": "charts", "two_lines": "axes", "bar_line": "axes"}.get(self.kind, "names"),
        }


def _text(value: float) -> str:
    return f"{value:.10g}"


def plans(count: int, seed: int, kinds: tuple[str, ...] = KINDS) -> list[Plan]:
    """Charts of all kinds in turn."""
    rng = random.Random(seed)
    return [
        _plan(rng, kinds[number % len(kinds)], f"{number:03}_{kinds[number % len(kinds)]}", number)
        for number in range(count)
    ]


def _plan(rng: random.Random, kind: str, name: str, number: int) -> Plan:
    scale = rng.choice((1, 10, 50, 100, 1000, 20000, 3e6))
    places = 2 if scale <= 1 else 1 if scale <= 100 else 0
    word = rng.choice(_WORDS)
    y_title = f"{word} ({rng.choice(_UNITS)})" if rng.random() < 0.7 else word
    series: tuple[str, ...] = (
        rng.choice(_SERIES) if kind in ("grouped", "stacked", "percent", "lines", "groups", "stack") else ("",)
    )
    categories: tuple[str, ...] = ()
    xs: tuple[float, ...] = ()
    points: tuple[tuple[tuple[float, float], ...], ...] = ()
    x_title = ""

    def value(low: float = 0.05) -> float:
        return round(rng.uniform(low, 1.0) * scale, places)

    if kind in ("scatter", "groups"):
        x_title, span = rng.choice(("Age", "Distance", "Weight")), rng.choice((1, 10, 100))
        points = tuple(
            tuple((round(rng.uniform(0.05, 1) * span, 3), value()) for _ in range(rng.randint(8, 25))) for _ in series
        )
    elif kind == "histogram":
        low, width = rng.choice((0, 10, -20, 100)), rng.choice((1, 2, 5, 10))
        xs = tuple(float(low + width * k) for k in range(rng.randint(6, 13)))
        x_title = rng.choice(("Age", "Score", "Length"))
        scale, places, y_title = rng.choice((20, 100, 500)), 0, "Count"
    elif kind == "dates":
        start, months = datetime.date(rng.randint(2005, 2018), rng.randint(1, 12), 1), rng.choice((24, 36, 60))
        categories = tuple(
            datetime.date(start.year + (start.month - 1 + k) // 12, (start.month - 1 + k) % 12 + 1, 1).isoformat()
            for k in range(months)
        )
        x_title = rng.choice(("Date", ""))
    elif kind in ("line", "lines", "gaps", "steps", "log", "area", "stack"):
        step = rng.choice((1, 2, 5, 0.5))
        xs = tuple(step * k for k in range(rng.randint(6, 16)))
        x_title = rng.choice(("Time (s)", "Depth", "Dose"))
    else:
        categories = rng.choice(_CATEGORIES)
        if kind in ("pie", "ring"):
            categories = categories[: rng.randint(3, 5)]
        x_title = rng.choice(("Region", "Group", ""))
    length = len(xs) - 1 if kind == "histogram" else len(xs or categories)
    values = () if points else tuple(tuple(value() for _ in range(length)) for _ in series)
    if kind == "negative":
        values = tuple(tuple(v if k % 3 else -v for k, v in enumerate(row)) for row in values)
    if kind == "gaps":
        gap = rng.randint(2, length - 3)
        values = tuple(tuple(math.nan if k == gap else v for k, v in enumerate(row)) for row in values)
    if kind == "log":
        values = tuple(tuple(float(f"{10 ** rng.uniform(0, 5):.3g}") for _ in row) for row in values)
    if kind == "percent":
        whole = [sum(column) for column in zip(*values, strict=True)]
        values = tuple(tuple(round(100 * v / total, 4) for v, total in zip(row, whole, strict=True)) for row in values)
        y_title = "Share (%)"
    if kind in ("pie", "ring"):
        values = (tuple(float(rng.randint(5, 60)) for _ in categories),)
    title = f"{word} by {x_title.lower() or 'group'}" if rng.random() < 0.7 else ""
    return Plan(
        name,
        kind,
        title,
        x_title,
        y_title,
        categories,
        xs,
        series,
        values,
        points,
        grid=rng.random() < 0.6,
        labels=kind in ("bar", "hbar") and rng.random() < 0.25,
        variant=number,
    )
