"""Charts of further kinds by Vega-Lite, as SVG of vl-convert that cairo turns into PDF."""

from pathlib import Path
from typing import Any

from .plans import Plan

_THEMES = (None, "powerbi", "urbaninstitute", "carbonwhite", "carbong10", "fivethirtyeight", "vox", "quartz")
_FONT = "sans-serif"
"""Themes name fonts that a machine may lack; text without a font is not drawn."""
_FONTS = {
    "font": _FONT,
    "axis": {"labelFont": _FONT, "titleFont": _FONT},
    "legend": {"labelFont": _FONT, "titleFont": _FONT},
    "header": {"labelFont": _FONT, "titleFont": _FONT},
    "title": {"font": _FONT},
}
_MARKS: dict[str, Any] = {
    "smooth": {"type": "line", "interpolate": "monotone"},
    "bubbles": "circle",
    "dots": {"type": "point", "filled": True},
    "stack_many": "area",
    "ring_named": {"type": "arc", "innerRadius": 40},
    "six": {"type": "line", "point": True},
    "logx": {"type": "line", "strokeWidth": 1},
}


def draw(plans: list[Plan], out: Path) -> None:
    """A PDF for each plan."""
    import cairosvg
    import vl_convert

    for plan in plans:
        theme = _THEMES[plan.variant % len(_THEMES)]
        svg = vl_convert.vegalite_to_svg(_spec(plan), theme=theme)
        cairosvg.svg2pdf(bytestring=svg.encode(), write_to=str(out / f"{plan.name}.pdf"))


def _rows(plan: Plan) -> list[dict[str, Any]]:
    if plan.points:
        return [
            {"x": x, "y": y, "s": s}
            for row, sizes in zip(plan.points, plan.sizes, strict=True)
            for (x, y), s in zip(row, sizes, strict=True)
        ]
    places: list[Any] = list(plan.categories or plan.xs)
    if plan.kind == "clock":
        places = [f"2020-05-05T{at}:00" for at in places]
    if plan.kind == "years":
        places = [f"{x:.0f}-01-01T00:00:00" for x in places]
    if plan.kind == "fine_bins":
        return [{"x": a, "x2": b, "y": y} for a, b, y in zip(places, places[1:], plan.values[0], strict=False)]
    if plan.kind == "floating":
        return [{"x": x, "y": a, "y2": b} for x, a, b in zip(places, *plan.values, strict=True)]
    return [
        {"x": x, "y": y, "g": name}
        for name, row in zip(plan.series, plan.values, strict=True)
        for x, y in zip(places, row, strict=True)
    ]


def _spec(plan: Plan) -> dict[str, Any]:
    kind = plan.kind
    mark = _MARKS.get(kind, "line" if plan.chart_type == "line" else "bar")
    x_type = "temporal" if kind in ("daily", "clock", "years") else "nominal" if plan.categories else "quantitative"
    x: dict[str, Any] = {"field": "x", "type": x_type, "title": plan.x_title or None, "axis": {"grid": plan.grid}}
    if x_type == "nominal":
        x["sort"] = list(plan.categories)
        if plan.variant % 2:
            x["axis"]["labelAngle"] = (0, -45, -90)[plan.variant // 2 % 3]
    if kind == "clock":
        x["axis"]["format"] = "%H:%M"
    if kind == "logx":
        x["scale"] = {"type": "log"}
    y: dict[str, Any] = {"field": "y", "type": "quantitative", "title": plan.y_title, "axis": {}}
    if kind == "money":
        y["axis"]["format"] = ("$,.2f", "~s", "$~s")[plan.variant % 3]
    if kind == "percent_axis":
        y["axis"]["labelExpr"] = "datum.label + '%'"
    if kind == "tiny":
        y["axis"]["format"] = (".1e", "~g")[plan.variant % 2]
    size = dict(zip(("width", "height"), ((320, 220), (420, 260), (260, 200))[plan.variant % 3], strict=True))
    whole: dict[str, Any] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": _rows(plan)},
        "config": _FONTS,
        **({"title": plan.title} if plan.title else {}),
    }
    names = {"field": "g", "type": "nominal", "title": plan.legend, "sort": list(plan.series)}
    if kind == "ring_named":
        names = {"field": "x", "type": "nominal", "title": plan.legend, "sort": list(plan.categories)}
        return (
            whole | size | {"mark": mark, "encoding": {"theta": {"field": "y", "type": "quantitative"}, "color": names}}
        )
    if kind in ("two_lines", "bar_line"):
        return whole | size | _two_axes(plan, x)
    if kind == "facets":
        panel = {"width": size["width"] // 2, "height": size["height"] // 2}
        way = ("column", "row", "facet")[plan.variant % 3]
        facet = names | ({"columns": 2} if way == "facet" else {})
        return whole | panel | {"mark": mark, "encoding": {"x": x, "y": y, way: facet}}
    if kind == "direct":
        lines = {"mark": "line", "encoding": {"x": x, "y": y, "color": names | {"legend": None}}}
        last = {"filter": f"datum.x == {plan.xs[-1]}"}
        text = {
            "mark": {"type": "text", "align": "left", "dx": 4},
            "transform": [last],
            "encoding": {"x": x, "y": y, "text": {"field": "g"}, "color": names | {"legend": None}},
        }
        return whole | size | {"layer": [lines, text]}
    turned = kind in ("hgrouped", "hstacked", "long_names", "dots")
    encoding: dict[str, Any] = {"y": x, "x": y} if turned else {"x": x, "y": y}
    if kind == "fine_bins":
        encoding["x"] = x | {"bin": {"binned": True, "step": plan.xs[1] - plan.xs[0]}}
        encoding["x2"] = {"field": "x2"}
    if kind == "floating":
        encoding["y2"] = {"field": "y2"}
    if kind == "bubbles":
        encoding["size"] = {"field": "s", "type": "quantitative", "legend": None}
    if len(plan.series) > 1:
        if kind == "dashes":
            encoding["strokeDash"] = names
        else:
            encoding["color"] = names | (
                {"legend": {"orient": "bottom", "title": None}} if plan.variant // 3 % 2 else {}
            )
        if kind == "hgrouped":
            encoding["yOffset"] = {"field": "g", "sort": list(plan.series)}
    if plan.labels and len(plan.series) == 1:
        text_mark = {"type": "text", "align": "left", "dx": 3} if turned else {"type": "text", "dy": -6}
        return (
            whole
            | size
            | {
                "layer": [
                    {"mark": mark, "encoding": encoding},
                    {"mark": text_mark, "encoding": encoding | {"text": {"field": "y"}}},
                ]
            }
        )
    return whole | size | {"mark": mark, "encoding": encoding}


def _two_axes(plan: Plan, x: dict[str, Any]) -> dict[str, Any]:
    colours = ("#4c78a8", "#e45756") if plan.variant % 2 else ("#85C5A6", "#85A9C5")
    layers = []
    for k, name in enumerate(plan.series):
        axis = {"titleColor": colours[k]}
        y = {"field": "y", "type": "quantitative", "title": name, "axis": axis}
        mark = {"type": "bar" if plan.kind == "bar_line" and not k else "line", "color": colours[k]}
        layers.append({"mark": mark, "transform": [{"filter": f"datum.g == '{name}'"}], "encoding": {"x": x, "y": y}})
    return {"layer": layers, "resolve": {"scale": {"y": "independent"}}}
