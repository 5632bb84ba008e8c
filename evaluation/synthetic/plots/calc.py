"""Charts by LibreOffice Calc, out of workbooks of XlsxWriter."""

import datetime
import math
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .plans import KINDS, Plan

CALC_KINDS = tuple(kind for kind in KINDS if kind not in ("steps", "histogram", "errors"))


def draw(plans: list[Plan], out: Path) -> None:
    """A PDF for each plan."""
    draw_with(_chart, plans, out, landscape=True)


def draw_with(chart: Callable[[Plan, Any, Any], Any], plans: list[Plan], out: Path, *, landscape: bool) -> None:
    """A PDF for each plan; `chart` makes its chart from the plan, the workbook and the sheet that takes its data."""
    import xlsxwriter

    for plan in plans:
        book = xlsxwriter.Workbook(out / f"{plan.name}.xlsx")
        data, sheet = book.add_worksheet("data"), book.add_worksheet("chart")
        sheet.insert_chart("B2", chart(plan, book, data))
        data.hide()
        sheet.activate()
        sheet.set_first_sheet()
        if landscape:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 1)
        book.close()
    convert([f"{plan.name}.xlsx" for plan in plans], out)


def convert(files: list[str], out: Path) -> None:
    """Workbooks of a folder to PDF; the workbooks are removed."""
    for start in range(0, len(files), 20):
        command = ["soffice", "--headless", "--convert-to", "pdf", *files[start : start + 20]]
        subprocess.run(command, cwd=out, check=True, timeout=600, stdout=subprocess.DEVNULL)
    for file in files:
        (out / file).unlink()


def _chart(plan: Plan, book: Any, data: Any) -> Any:
    kind = plan.kind
    options = {
        "hbar": {"type": "bar"},
        "stacked": {"type": "column", "subtype": "stacked"},
        "percent": {"type": "column", "subtype": "percent_stacked"},
        "area": {"type": "area"},
        "stack": {"type": "area", "subtype": "stacked"},
        "pie": {"type": "pie"},
        "ring": {"type": "doughnut"},
        "scatter": {"type": "scatter"},
        "groups": {"type": "scatter"},
        "dates": {"type": "line"},
        **{
            key: {"type": "scatter", "subtype": "straight_with_markers" if plan.variant // 17 % 2 else "straight"}
            for key in ("line", "lines", "gaps", "log")
        },
    }.get(kind, {"type": "column"})
    chart = book.add_chart(options)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for k, name in enumerate(plan.series):
        column = 3 * k
        pairs: list[tuple[Any, float]]
        if plan.points:
            pairs = list(plan.points[k])
        else:
            pairs = list(zip(plan.categories or plan.xs, plan.values[k], strict=True))
        for row, (x, y) in enumerate(pairs):
            if kind == "dates":
                data.write_datetime(row, column, datetime.datetime.fromisoformat(x), day)
            else:
                data.write(row, column, x)
            if not math.isnan(y):
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
        if kind in ("pie", "ring") and plan.variant % 2:
            series["data_labels"] = {"percentage": True}
        chart.add_series(series)
    chart.set_title({"name": plan.title} if plan.title else {"none": True})
    if len(plan.series) == 1 and kind not in ("pie", "ring"):
        chart.set_legend({"none": True})
    across: dict[str, Any] = {"name": plan.x_title} if plan.x_title else {}
    up: dict[str, Any] = {"name": plan.y_title, "major_gridlines": {"visible": plan.grid}}
    if kind == "log":
        up["log_base"] = 10
    if kind == "dates":
        across |= {"date_axis": True, "num_format": "mmm yyyy"}
    if kind not in ("pie", "ring"):
        chart.set_x_axis(across)
        chart.set_y_axis(up)
    chart.set_size({"width": (480, 560, 640)[plan.variant % 3], "height": (300, 340, 380)[plan.variant % 3]})
    return chart
