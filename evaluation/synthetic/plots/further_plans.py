"""Charts of further kinds: two value axes, facets, bubbles, smoothed and dashed lines, floating and turned bars,
other scales and formats of numbers."""

import datetime
import math
import random

from .plans import Plan

FURTHER_KINDS = (
    "hgrouped", "hstacked", "floating", "bipolar", "smooth", "bubbles", "logx", "daily", "clock", "years", "two_lines",
    "bar_line", "facets", "direct", "dashes", "crowded", "below_zero", "tiny", "six", "dots", "fine_bins",
    "percent_axis", "money", "long_names", "stack_many", "ring_named",
)  # fmt: skip
"""Kinds of charts; a program may draw only some of them."""

_CATEGORIES = (
    ("Zurich", "Basel", "Bern", "Geneva", "Lugano"),
    ("Wheat", "Barley", "Oats", "Rye", "Maize", "Rice"),
    ("Low", "Medium", "High"),
    ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    ("18-24", "25-34", "35-44", "45-54", "55+"),
    ("Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta", "Theta", "Iota"),
    ("2012", "2013", "2014", "2015"),
)
_LONG = ("Research and development", "General administration", "Sales and marketing", "Customer support", "Legal")
_SERIES = (
    ("2019", "2020"),
    ("Urban", "Rural"),
    ("Low", "Mid", "High"),
    ("Hydro", "Nuclear", "Oil"),
    ("North", "South"),
)
_SIX = ("Ares", "Bion", "Circe", "Dione", "Electra", "Faunus")
_PANELS = (("Site A", "Site B", "Site C"), ("Spring", "Summer"), ("East", "North", "South", "West"))
_WORDS = ("Turnover", "Emissions", "Speed", "Pressure", "Enrolment", "Deaths", "Sales", "Weight")


def further_plans(count: int, seed: int, kinds: tuple[str, ...] = FURTHER_KINDS) -> list[Plan]:
    """Charts of all kinds in turn."""
    rng = random.Random(seed)
    return [
        _plan(rng, kinds[number % len(kinds)], f"{number:03}_{kinds[number % len(kinds)]}", number)
        for number in range(count)
    ]


def _plan(rng: random.Random, kind: str, name: str, number: int) -> Plan:
    scale = rng.choice((2, 8, 30, 120, 700, 4000, 60000, 1.5e6))
    places = 2 if scale <= 8 else 1 if scale <= 120 else 0
    categories: tuple[str, ...] = ()
    xs: tuple[float, ...] = ()
    points: tuple[tuple[tuple[float, float], ...], ...] = ()
    sizes: tuple[tuple[float, ...], ...] = ()
    series: tuple[str, ...] = ("",)
    word, x_title, title = rng.choice(_WORDS), "", ""
    y_title = rng.choice((word, f"{word} (kt)", f"{word} per year"))
    if rng.random() < 0.6:
        title = rng.choice((f"{word} 2010 to 2020", f"Figure 3: {word}", word))

    def value(low: float = 0.08) -> float:
        return round(rng.uniform(low, 1.0) * scale, places)

    if kind in ("hgrouped", "hstacked", "bipolar", "dashes", "direct", "two_lines", "bar_line"):
        series = rng.choice(_SERIES)
    if kind in ("two_lines", "bar_line"):
        series = rng.choice((("Cost", "Rate"), ("Visits", "Revenue"), ("Output", "Index")))
    if kind == "six":
        series = _SIX
    if kind == "stack_many":
        series = _SIX[: rng.randint(4, 6)]
    if kind == "facets":
        series = rng.choice(_PANELS)
    if kind in ("hgrouped", "hstacked", "floating", "bipolar", "dots", "money", "bar_line", "percent_axis"):
        categories, x_title = rng.choice(_CATEGORIES), rng.choice(("Place", ""))
    elif kind == "long_names":
        categories, title = _LONG, ""
    elif kind == "crowded":
        categories = tuple(f"{chr(65 + k // 5)}{k % 5 + 1}" for k in range(rng.randint(14, 22)))
    elif kind == "ring_named":
        categories = rng.choice(_CATEGORIES)[: rng.randint(3, 5)]
    elif kind == "daily":
        start = datetime.date(rng.randint(2003, 2022), rng.randint(1, 12), rng.randint(1, 28))
        categories = tuple((start + datetime.timedelta(days=k)).isoformat() for k in range(rng.choice((30, 70, 120))))
        x_title = rng.choice(("Date", ""))
    elif kind == "clock":
        hour = rng.choice((0, 6, 8))
        categories = tuple(f"{hour + k // 2:02}:{k % 2 * 30:02}" for k in range(rng.choice((13, 20, 25))))
        x_title = "Time of day"
    elif kind == "years":
        first = rng.randint(1960, 2000)
        xs = tuple(float(first + k) for k in range(rng.randint(9, 24)))
        x_title = rng.choice(("Year", ""))
    elif kind == "bubbles":
        x_title, span = rng.choice(("Income", "Area")), rng.choice((5, 40, 2000))
        points = (tuple((round(rng.uniform(0.05, 1) * span, 3), value()) for _ in range(rng.randint(8, 22))),)
        sizes = tuple(tuple(round(rng.uniform(0.1, 1), 2) for _ in row) for row in points)
    elif kind == "logx":
        x_title = "Frequency (Hz)"
        xs = tuple(float(f"{10 ** (0.3 + 0.35 * k):.3g}") for k in range(rng.randint(8, 13)))
    elif kind == "fine_bins":
        low, width = rng.choice((0, -5, 40)), rng.choice((0.5, 1, 2.5))
        xs = tuple(low + width * k for k in range(rng.randint(16, 28)))
        scale, places, y_title, x_title = 200, 0, "Frequency", "Height"
    else:
        step = rng.choice((1, 3, 10, 0.25))
        xs = tuple(step * k for k in range(rng.randint(7, 18)))
        x_title = rng.choice(("Distance (km)", "Age", "t"))
    length = len(xs) - 1 if kind == "fine_bins" else len(xs or categories)
    values = () if points else tuple(tuple(value() for _ in range(length)) for _ in series)
    if kind == "bipolar":
        values = tuple(tuple(-v if k % 2 else v for v in row) for k, row in enumerate(values))
    if kind == "below_zero":
        values = (tuple(round(v - 0.5 * scale, places) for v in values[0]),)
    if kind == "floating":
        highs = tuple(round(low + rng.uniform(0.2, 0.8) * scale, places) for low in values[0])
        values, series = (values[0], highs), ("",)
    if kind == "tiny":
        values = (tuple(float(f"{v / scale * 0.0007:.3g}") for v in values[0]),)
    if kind == "percent_axis":
        values = (tuple(round(rng.uniform(2, 95), 1) for _ in values[0]),)
    if kind in ("two_lines", "bar_line"):
        factor = rng.choice((0.01, 0.3, 20, 150))
        values = (values[0], tuple(float(f"{v * factor:.4g}") for v in values[1]))
    if kind == "ring_named":
        values = (tuple(float(rng.randint(6, 60)) for _ in categories),)
    if kind in ("smooth", "direct", "facets", "dashes", "six"):
        values = tuple(_walk(rng, row) for row in values)
    return Plan(
        name, kind, title, x_title, y_title, categories, xs, series, values, points, grid=rng.random() < 0.5,
        labels=kind in ("money", "hstacked", "long_names") and rng.random() < 0.3, variant=number + 31 * seed_of(rng),
        legend=rng.choice(("kind", "Origin")), sizes=sizes,
    )  # fmt: skip


def seed_of(rng: random.Random) -> int:
    return rng.randrange(1000)


def _walk(rng: random.Random, row: tuple[float, ...]) -> tuple[float, ...]:
    """A row whose neighbours are alike, as those of measured lines are."""
    size = max(row)
    now, walked = rng.uniform(0.3, 0.7) * size, []
    for _ in row:
        now = min(size, max(0.05 * size, now + rng.uniform(-0.18, 0.18) * size))
        walked.append(float(f"{now:.3g}"))
    return tuple(walked) if all(map(math.isfinite, walked)) else row
