"""Charts in SVG files whose looks stand in style sheets, as D3 and others write them."""

from pathlib import Path

from docpipe.operators.charts.vector.measure import measure_charts
from docpipe.operators.charts.vector.result import DeclinedChart, MeasuredChart
from docpipe.operators.documents.mupdf import open_document

VALUES = {"North": (20, 60), "South": (80, 40), "West": (50, 100)}


def bars(style: str, looks: tuple[str, str], defs: str = "") -> str:
    """Two bars for each of three categories, from 0 to 100, with a legend; `looks` are attributes of the two series."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="360" height="260"><style>{style}</style><defs>{defs}</defs>'
    ]
    parts.append('<g class="axis"><path class="domain" d="M50 20V220"/><path class="domain" d="M50 220H350"/>')
    for value in range(0, 101, 20):
        y = 220 - 2 * value
        parts.append(f'<line class="tick" x1="44" x2="50" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="number" x="40" y="{y + 3.5}">{value}</text>')
    for at, name in enumerate(VALUES):
        parts.append(f'<text class="name" x="{100 + 100 * at}" y="236">{name}</text>')
    parts.append("</g>")
    for at, pair in enumerate(VALUES.values()):
        for k, value in enumerate(pair):
            x, y = 70 + 100 * at + 30 * k, 220 - 2 * value
            parts.append(f'<rect {looks[k]} x="{x}" y="{y}" width="30" height="{2 * value}"/>')
    for k, name in enumerate(("2023", "2024")):
        parts.append(f'<rect {looks[k]} x="{180 + 80 * k}" y="2" width="10" height="10"/>')
        parts.append(f'<text class="key" x="{194 + 80 * k}" y="11">Year {name}</text>')
    return "".join([*parts, "</svg>"])


AXES = """
    text { font: 10px sans-serif } .number { text-anchor: end } .name { text-anchor: middle }
    .axis path, .axis line { fill: none; stroke: #000 }
"""
TRUTH = {
    (f"Year {year}", name, value)
    for name, pair in VALUES.items()
    for year, value in zip((2023, 2024), pair, strict=True)
}


def charts(path: Path, text: str) -> tuple[MeasuredChart | DeclinedChart, ...]:
    path.write_text(text)
    document, _ = open_document(str(path), "image/svg+xml", ())
    return measure_charts(document[0])


def measured(path: Path, text: str) -> set[tuple[str | None, str | None, float]]:
    (chart,) = charts(path, text)
    assert isinstance(chart, MeasuredChart), chart
    assert chart.confidence >= 0.9
    return {(value.series, value.x, value.y) for value in chart.values}


def test_bars_have_the_colours_and_names_of_their_classes(tmp_path: Path) -> None:
    style = AXES + ".a { fill: steelblue } rect.b { fill: hsl(30, 100%, 50%) }"
    assert measured(tmp_path / "bars.svg", bars(style, ('class="a"', 'class="b"'))) == TRUTH


def test_bars_that_a_rule_hides_are_no_bars(tmp_path: Path) -> None:
    style = AXES + ".a { fill: steelblue } .b { fill: orange } .off { display: none }"
    hidden = '<rect class="a off" x="130" y="20" width="30" height="200"/></svg>'
    text = bars(style, ('class="a"', 'class="b"')).replace("</svg>", hidden)
    assert measured(tmp_path / "bars.svg", text) == TRUTH


def test_bars_with_gradients_are_told_apart_by_them(tmp_path: Path) -> None:
    defs = "".join(
        f'<linearGradient id="{name}" x2="0" y2="1">'
        f'<stop offset="0" class="{name}"/><stop offset="1" stop-color="#fff"/></linearGradient>'
        for name in ("a", "b")
    )
    style = AXES + "stop.a { stop-color: #14c } stop.b { stop-color: #d22 }"
    text = bars(style, ('fill="url(#a)"', "style='fill: url(\"#b\")'"), defs)
    assert measured(tmp_path / "bars.svg", text) == TRUTH


def test_bars_with_patterns_are_told_apart_by_them(tmp_path: Path) -> None:
    defs = "".join(
        f'<pattern id="{name}" width="4" height="4" patternUnits="userSpaceOnUse">'
        f'<path d="{path}" stroke="#333"/></pattern>'
        for name, path in (("a", "M0 0L4 4"), ("b", "M0 4L4 0"))
    )
    assert measured(tmp_path / "bars.svg", bars(AXES, ('fill="url(#a)"', 'fill="url(#b)"'), defs)) == TRUTH
