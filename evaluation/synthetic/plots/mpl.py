"""Charts by matplotlib."""

import datetime
from pathlib import Path
from typing import Any

from .plans import Plan

_STYLES = ("default", "ggplot", "seaborn-v0_8-whitegrid", "bmh", "fivethirtyeight", "classic", "tableau-colorblind10")


def draw(plans: list[Plan], out: Path) -> None:
    """A PDF for each plan."""
    import matplotlib

    matplotlib.use("pdf")
    import matplotlib.pyplot as plt

    for plan in plans:
        with plt.style.context(_STYLES[plan.variant % len(_STYLES)]):
            plt.rcParams["pdf.fonttype"] = 42 if plan.variant % 2 else 3
            figure, axes = plt.subplots(figsize=((6.4, 4.2), (5, 3.4), (8, 4.5))[plan.variant % 3])
            _draw(plan, axes)
            if plan.chart_type != "pie":
                axes.set_xlabel(plan.y_title if plan.kind == "hbar" else plan.x_title)
                axes.set_ylabel(plan.x_title if plan.kind == "hbar" else plan.y_title)
                axes.grid(plan.grid)
            axes.set_title(plan.title)
            figure.tight_layout()
            figure.savefig(out / f"{plan.name}.pdf")
            plt.close(figure)


def _draw(plan: Plan, axes: Any) -> None:
    import numpy as np

    kind, first = plan.kind, plan.values[0] if plan.values else ()
    spots = np.arange(len(plan.categories))
    if kind in ("bar", "negative", "errors"):
        errors = {"yerr": [abs(v) * 0.1 for v in first], "capsize": 3} if kind == "errors" else {}
        bars = axes.bar(plan.categories, first, **errors)
        if plan.labels:
            axes.bar_label(bars)
    elif kind == "hbar":
        bars = axes.barh(plan.categories, first)
        if plan.labels:
            axes.bar_label(bars)
    elif kind == "grouped":
        width = 0.8 / len(plan.series)
        for k, (name, row) in enumerate(zip(plan.series, plan.values, strict=True)):
            axes.bar(spots + (k - (len(plan.series) - 1) / 2) * width, row, width, label=name)
        axes.set_xticks(spots, plan.categories)
    elif kind in ("stacked", "percent"):
        base = np.zeros(len(plan.categories))
        for name, row in zip(plan.series, plan.values, strict=True):
            axes.bar(plan.categories, row, bottom=base, label=name)
            base = base + np.array(row)
    elif kind == "histogram":
        middles = [(a + b) / 2 for a, b in zip(plan.xs, plan.xs[1:], strict=False)]
        axes.hist(middles, bins=plan.xs, weights=first, edgecolor="white" if plan.variant % 2 else None)
    elif kind in ("line", "lines", "gaps", "log", "dates"):
        xs = [datetime.date.fromisoformat(day) for day in plan.categories] if kind == "dates" else plan.xs
        marker = ("", "o", "s")[plan.variant // 20 % 3]
        for name, row in zip(plan.series, plan.values, strict=True):
            axes.plot(xs, row, label=name or None, marker=marker)
        if kind == "log":
            axes.set_yscale("log")
    elif kind == "steps":
        axes.step(plan.xs, first, where=("pre", "post", "mid")[plan.variant // 20 % 3])
    elif plan.points:
        for name, points in zip(plan.series, plan.points, strict=True):
            axes.scatter(*zip(*points, strict=True), label=name or None, alpha=(1, 0.6)[plan.variant // 20 % 2])
    elif kind == "area":
        axes.fill_between(plan.xs, first, alpha=(1, 0.5)[plan.variant // 20 % 2])
    elif kind == "stack":
        axes.stackplot(plan.xs, *plan.values, labels=plan.series)
    else:
        shown = {"autopct": "%1.1f%%"} if plan.variant % 2 else {}
        hole = {"wedgeprops": {"width": 0.4}} if kind == "ring" else {}
        axes.pie(first, labels=plan.categories, **shown, **hole)
    if len(plan.series) > 1:
        axes.legend()
