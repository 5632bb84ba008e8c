"""Charts of further kinds by matplotlib."""

import datetime
from pathlib import Path
from typing import Any

from .plans import Plan

_STYLES = (
    "default", "seaborn-v0_8-darkgrid", "Solarize_Light2", "grayscale", "dark_background", "seaborn-v0_8-ticks",
    "petroff10", "seaborn-v0_8-white",
)  # fmt: skip
_DASHES = ("-", "--", ":", "-.")


def draw(plans: list[Plan], out: Path) -> None:
    """A PDF for each plan."""
    import matplotlib

    matplotlib.use("pdf")
    import matplotlib.pyplot as plt

    for plan in plans:
        style = "default" if plan.kind == "dashes" else _STYLES[plan.variant % len(_STYLES)]
        with plt.style.context(style):
            plt.rcParams["pdf.fonttype"] = 42 if plan.variant % 2 else 3
            plt.rcParams["axes.formatter.use_mathtext"] = bool(plan.variant // 3 % 2)
            size = ((6, 4), (4.6, 3.4), (7.5, 4.2), (3.6, 2.8))[plan.variant // 2 % 4]
            panels = len(plan.series) if plan.kind == "facets" else 1
            rows = 2 if panels == 4 else 1
            shared = {"sharex": True, "sharey": bool(plan.variant % 2)}
            figure, grid = plt.subplots(
                rows,
                panels // rows,
                figsize=(size[0] * (1 if panels == 1 else 1.6), size[1] * rows),
                squeeze=False,
                **shared,
            )
            if plan.kind == "facets":
                for axes, name, row in zip(grid.flat, plan.series, plan.values, strict=True):
                    axes.plot(plan.xs, row, marker=("", "o")[plan.variant % 2])
                    axes.set_title(name)
            else:
                axes = grid[0, 0]
                _draw(plan, axes)
                if plan.chart_type != "pie":
                    across, up = (plan.x_title, plan.y_title)
                    if plan.kind in ("hgrouped", "hstacked", "long_names", "dots"):
                        across, up = up, across
                    axes.set_xlabel(across)
                    if plan.kind not in ("two_lines", "bar_line"):
                        axes.set_ylabel(up)
                    axes.grid(plan.grid)
                    if plan.variant // 5 % 3 == 0 and plan.kind not in ("two_lines", "bar_line"):
                        axes.spines[["top", "right"]].set_visible(False)
                    if plan.variant // 7 % 4 == 0:
                        axes.tick_params(direction="in")
                axes.set_title(plan.title, loc=("center", "left")[plan.variant % 2])
            figure.tight_layout()
            figure.savefig(out / f"{plan.name}.pdf")
            plt.close(figure)


def _draw(plan: Plan, axes: Any) -> None:
    import numpy as np
    from matplotlib.ticker import FuncFormatter, StrMethodFormatter

    kind, first = plan.kind, plan.values[0] if plan.values else ()
    spots = np.arange(len(plan.categories))
    if kind == "hgrouped":
        height = 0.8 / len(plan.series)
        for k, (name, row) in enumerate(zip(plan.series, plan.values, strict=True)):
            axes.barh(spots + (k - (len(plan.series) - 1) / 2) * height, row, height, label=name)
        axes.set_yticks(spots, plan.categories)
    elif kind in ("hstacked", "bipolar"):
        up, down = np.zeros(len(spots)), np.zeros(len(spots))
        for name, row in zip(plan.series, plan.values, strict=True):
            at = np.array(row)
            base = np.where(at >= 0, up, down)
            if kind == "hstacked":
                bars = axes.barh(plan.categories, row, left=base, label=name)
                if plan.labels:
                    axes.bar_label(bars, label_type="center")
            else:
                axes.bar(plan.categories, row, bottom=base, label=name, width=0.6)
            up, down = up + np.maximum(at, 0), down + np.minimum(at, 0)
        if kind == "bipolar":
            axes.axhline(0, color="black", lw=0.8)
    elif kind == "floating":
        axes.bar(plan.categories, np.array(plan.values[1]) - np.array(first), bottom=first, width=0.5)
    elif kind in ("money", "percent_axis", "crowded"):
        bars = axes.bar(
            plan.categories,
            first,
            color=("C0", "#777777")[plan.variant % 2],
            edgecolor=(None, "black")[plan.variant // 2 % 2],
        )
        if plan.labels:
            axes.bar_label(bars, fmt="%g")
        if kind == "money":
            axes.yaxis.set_major_formatter(
                StrMethodFormatter(("${x:,.0f}", "{x:,.2f} €", "{x:,.1f}")[plan.variant % 3])
            )
        elif kind == "percent_axis":
            axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}%"))
        else:
            axes.tick_params(axis="x", rotation=(0, 45, 90)[plan.variant % 3], labelsize=7)
    elif kind == "long_names":
        bars = axes.barh(plan.categories, first)
        if plan.labels:
            axes.bar_label(bars, fmt="%g")
    elif kind == "dots":
        axes.plot(first, plan.categories, "o")
    elif kind == "fine_bins":
        middles = [(a + b) / 2 for a, b in zip(plan.xs, plan.xs[1:], strict=False)]
        axes.hist(middles, bins=plan.xs, weights=first, histtype=("bar", "stepfilled", "step")[plan.variant % 3])
    elif kind == "bubbles":
        x, y = zip(*plan.points[0], strict=True)
        axes.scatter(x, y, s=[400 * s for s in plan.sizes[0]], alpha=0.5, edgecolors=(None, "black")[plan.variant % 2])
    elif kind == "daily":
        axes.plot([datetime.date.fromisoformat(day) for day in plan.categories], first, lw=1)
        axes.figure.autofmt_xdate()
    elif kind == "clock":
        from matplotlib.dates import DateFormatter

        axes.plot([datetime.datetime.fromisoformat(f"2020-05-05T{_clock(at)}") for at in plan.categories], first)
        axes.xaxis.set_major_formatter(DateFormatter("%H:%M"))
    elif kind in ("two_lines", "bar_line"):
        other = axes.twinx()
        colours = ("tab:red", "tab:blue") if plan.variant % 2 else ("#2a9d8f", "#6a4c93")
        if kind == "bar_line":
            handles = [axes.bar(plan.categories, first, color=colours[0], label=plan.series[0])]
            handles += other.plot(plan.categories, plan.values[1], color=colours[1], marker="o", label=plan.series[1])
        else:
            handles = axes.plot(plan.xs, first, color=colours[0], label=plan.series[0])
            handles += other.plot(plan.xs, plan.values[1], color=colours[1], label=plan.series[1])
        axes.set_ylabel(plan.series[0], color=colours[0])
        other.set_ylabel(plan.series[1], color=colours[1])
        if plan.variant // 2 % 2:
            axes.tick_params(axis="y", labelcolor=colours[0])
            other.tick_params(axis="y", labelcolor=colours[1])
        if plan.variant // 4 % 2:
            axes.legend(handles=handles, loc="upper left")
        other.grid(False)
    elif kind == "stack_many":
        axes.stackplot(plan.xs, *plan.values, labels=plan.series)
    elif kind == "ring_named":
        axes.pie(
            first,
            labels=plan.categories,
            wedgeprops={"width": 0.35, "edgecolor": "w"},
            startangle=90,
            counterclock=False,
        )
    else:
        for k, (name, row) in enumerate(zip(plan.series, plan.values, strict=True)):
            dash = {"color": "black", "linestyle": _DASHES[k % 4]} if kind == "dashes" else {}
            (line,) = axes.plot(plan.xs, row, label=name or None, **dash)
            if kind == "direct":
                axes.annotate(
                    name,
                    (plan.xs[-1], row[-1]),
                    xytext=(4, 0),
                    textcoords="offset points",
                    va="center",
                    color=line.get_color(),
                )
        if kind == "logx":
            axes.set_xscale("log")
        if kind == "below_zero" and plan.variant % 2:
            axes.axhline(0, color="grey", lw=0.7)
    if len(plan.series) > 1 and kind not in ("direct", "two_lines", "bar_line"):
        outside = {"loc": "upper left", "bbox_to_anchor": (1.01, 1)} if plan.variant // 11 % 2 else {}
        axes.legend(title=plan.legend if plan.variant % 2 else None, **outside)


def _clock(text: str) -> str:
    hour, minute = text.split(":")
    return f"{int(hour) % 24:02}:{minute}"
