"""Charts by Vega-Lite with its themes, as PDF of vl-convert."""

import math
from pathlib import Path
from typing import Any

from .plans import KINDS, Plan

VEGA_KINDS = tuple(kind for kind in KINDS if kind not in ("errors",))
_THEMES = (None, "excel", "fivethirtyeight", "ggplot2", "quartz", "vox", "latimes", "googlecharts", "dark")


def draw(plans: list[Plan], out: Path) -> None:
    """A PDF for each plan."""
    import vl_convert

    for plan in plans:
        theme = _THEMES[plan.variant % len(_THEMES)]
        (out / f"{plan.name}.pdf").write_bytes(vl_convert.vegalite_to_pdf(_spec(plan), theme=theme))


def _spec(plan: Plan) -> dict[str, Any]:
    kind = plan.kind
    values = []
    for k, name in enumerate(plan.series):
        pairs: list[tuple[Any, float]]
        if plan.points:
            pairs = list(plan.points[k])
        elif kind == "histogram":
            pairs = list(zip(zip(plan.xs, plan.xs[1:], strict=False), plan.values[k], strict=True))
        else:
            pairs = list(zip(plan.categories or plan.xs, plan.values[k], strict=True))
        for place, value in pairs:
            row = {"y": None if math.isnan(value) else value, "g": name}
            values.append({**row, "x": place[0], "x2": place[1]} if kind == "histogram" else {**row, "x": place})
    mark: Any = {
        "line": "line",
        "lines": "line",
        "dates": "line",
        "gaps": "line",
        "log": "line",
        "steps": {"type": "line", "interpolate": "step-after"},
        "scatter": "point",
        "groups": "point",
        "area": "area",
        "stack": "area",
        "pie": "arc",
        "ring": {"type": "arc", "innerRadius": 50},
    }.get(kind, "bar")
    if mark == "line" and plan.variant // 19 % 2:
        mark = {"type": "line", "point": True}
    x_type = "temporal" if kind == "dates" else "nominal" if plan.categories else "quantitative"
    x: dict[str, Any] = {"field": "x", "type": x_type, "title": plan.x_title or None, "axis": {"grid": plan.grid}}
    if plan.categories and kind != "dates":
        x["sort"] = list(plan.categories)
    y: dict[str, Any] = {"field": "y", "type": "quantitative", "title": plan.y_title, "axis": {"grid": plan.grid}}
    if kind == "log":
        y["scale"] = {"type": "log"}
    if kind in ("pie", "ring"):
        colour = {"field": "x", "type": "nominal", "title": "group", "sort": list(plan.categories)}
        return _whole(plan, values, mark, {"theta": {"field": "y", "type": "quantitative"}, "color": colour})
    encoding: dict[str, Any] = {"y": x, "x": y} if kind == "hbar" else {"x": x, "y": y}
    if kind == "histogram":
        encoding["x"] = {**x, "bin": {"binned": True, "step": plan.xs[1] - plan.xs[0]}}
        encoding["x2"] = {"field": "x2"}
    if len(plan.series) > 1:
        encoding["color"] = {"field": "g", "type": "nominal", "title": plan.legend, "sort": list(plan.series)}
        if kind == "grouped":
            encoding["xOffset"] = {"field": "g", "sort": list(plan.series)}
    return _whole(plan, values, mark, encoding)


def _whole(plan: Plan, values: list[dict[str, Any]], mark: Any, encoding: dict[str, Any]) -> dict[str, Any]:
    width, height = ((300, 200), (400, 250), (360, 300))[plan.variant % 3]
    title = {"title": plan.title} if plan.title else {}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "data": {"values": values},
        "mark": mark,
        "encoding": encoding,
        **title,
    }
