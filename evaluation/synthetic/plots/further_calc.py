"""Charts of further kinds by LibreOffice Calc, out of workbooks of XlsxWriter."""

import datetime
from pathlib import Path
from typing import Any

from .calc import draw_with
from .further_plans import FURTHER_KINDS
from .plans import Plan

CALC_KINDS = tuple(
    kind for kind in FURTHER_KINDS if kind not in ("floating", "fine_bins", "facets", "clock", "dots", "direct")
)
_FORMATS = {"money": ("$#,##0.00", "#,##0", '#,##0 "EUR"'), "tiny": ("0.00E+00",), "percent_axis": ('0"%"',)}


def draw(plans: list[Plan], out: Path) -> None:
    """A PDF for each plan."""
    draw_with(_chart, plans, out, landscape=False)


def _chart(plan: Plan, book: Any, data: Any) -> Any:
    kind = plan.kind
    options = {
        "hgrouped": {"type": "bar"},
        "long_names": {"type": "bar"},
        "hstacked": {"type": "bar", "subtype": "stacked"},
        "bipolar": {"type": "column", "subtype": "stacked"},
        "smooth": {"type": "scatter", "subtype": "smooth_with_markers" if plan.variant % 2 else "smooth"},
        "bubbles": {"type": "scatter"},
        "daily": {"type": "line"},
        "stack_many": {"type": "area", "subtype": "stacked"},
        "ring_named": {"type": "doughnut"},
        **{key: {"type": "column"} for key in ("bar_line", "crowded", "money", "percent_axis")},
    }.get(kind, {"type": "scatter", "subtype": ("straight", "straight_with_markers")[plan.variant % 2]})
    chart = book.add_chart(options)
    other = book.add_chart({"type": "line"}) if kind == "bar_line" else None
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for k, name in enumerate(plan.series):
        column = 3 * k
        pairs: list[tuple[Any, float]] = (
            list(plan.points[k]) if plan.points else list(zip(plan.categories or plan.xs, plan.values[k], strict=True))
        )
        for row, (x, y) in enumerate(pairs):
            if kind == "daily":
                data.write_datetime(row, column, datetime.datetime.fromisoformat(x), day)
            else:
                data.write(row, column, x)
            data.write(row, column + 1, y)
        last = len(pairs) - 1
        series: dict[str, Any] = {
            "categories": ["data", 0, column, last, column],
            "values": ["data", 0, column + 1, last, column + 1],
        }
        if name:
            series["name"] = name
        if plan.labels:
            series["data_labels"] = {"value": True}
        if kind in ("two_lines", "bar_line") and k:
            series["y2_axis"] = True
        if kind == "dashes":
            series["line"] = {"color": "black", "dash_type": ("solid", "dash", "round_dot")[k], "width": 1.25}
            series["marker"] = {"type": "none"}
        (other if other is not None and k else chart).add_series(series)
    chart.set_title({"name": plan.title} if plan.title else {"none": True})
    if len(plan.series) == 1 and kind != "ring_named":
        chart.set_legend({"none": True})
    else:
        chart.set_legend({"position": ("right", "bottom", "top")[plan.variant % 3]})
    across: dict[str, Any] = {"name": plan.x_title} if plan.x_title else {}
    up: dict[str, Any] = {"name": plan.y_title, "major_gridlines": {"visible": plan.grid}}
    if kind in _FORMATS:
        up["num_format"] = _FORMATS[kind][plan.variant % len(_FORMATS[kind])]
    if kind == "logx":
        across["log_base"] = 10
    if kind == "daily":
        across |= {"date_axis": True, "num_format": ("dd.mm.yyyy", "d mmm yy", "yyyy-mm-dd")[plan.variant % 3]}
    if kind == "years":
        across |= {"min": plan.xs[0] - 1, "max": plan.xs[-1] + 1}
    if other is not None:
        chart.combine(other)
        other.set_y2_axis({"name": plan.series[1]})
        up["name"] = plan.series[0]
    if kind == "two_lines":
        chart.set_y2_axis({"name": plan.series[1]})
        up["name"] = plan.series[0]
    if kind != "ring_named":
        chart.set_x_axis(across)
        chart.set_y_axis(up)
    chart.set_size({"width": (460, 600, 680)[plan.variant % 3], "height": (320, 360, 300)[plan.variant % 3]})
    return chart
