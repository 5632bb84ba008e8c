"""Charts by gnuplot."""

import math
import subprocess
from pathlib import Path

from .plans import KINDS, Plan

GNUPLOT_KINDS = tuple(kind for kind in KINDS if kind not in ("pie", "ring", "stack"))


def draw(plans: list[Plan], out: Path) -> None:
    """A PDF for each plan."""
    script = "\n".join(_plot(plan) for plan in plans)
    subprocess.run(["gnuplot"], input=script, text=True, cwd=out, check=True, timeout=600)


def _block(name: str, rows: list[str]) -> str:
    return f"${name} << EOD\n" + "\n".join(rows) + "\nEOD\n"


def _plot(plan: Plan) -> str:
    size = ("5in,3.5in", "6in,4in", "4.5in,3.2in")[plan.variant % 3]
    font = (9, 10, 11)[plan.variant % 3]
    text = f"reset\nset terminal pdfcairo size {size} font 'Sans,{font}'\nset output '{plan.name}.pdf'\n"
    text += f"set title '{plan.title}'\n" if plan.title else ""
    text += f"set xlabel '{plan.x_title}'\nset ylabel '{plan.y_title}'\n"
    text += "set grid\n" if plan.grid else ""
    many = len(plan.series) > 1
    text += "" if many else "set nokey\n"
    kind = plan.kind
    if kind in ("bar", "negative", "errors", "grouped", "stacked", "percent"):
        rows = [f'"{c}" ' + " ".join(repr(row[k]) for row in plan.values) for k, c in enumerate(plan.categories)]
        style = "rowstacked" if kind in ("stacked", "percent") else "clustered gap 1"
        if kind == "errors":
            style = "errorbars gap 1"
            rows = [f"{row} {abs(plan.values[0][k]) * 0.1}" for k, row in enumerate(rows)]
        text += (
            _block("d", rows)
            + "set style data histograms\n"
            + f"set style histogram {style}\nset style fill solid 0.8 border -1\n"
        )
        text += "set boxwidth 0.8\n" if kind in ("stacked", "percent") else "set boxwidth 0.9\n"
        text += "set yrange [*:*]\n" if kind == "negative" else "set yrange [0:*]\n"
        using = "2:3" if kind == "errors" else "2"
        text += f"plot $d using {using}:xtic(1) title '{plan.series[0]}'"
        text += "".join(f", '' using {k + 2} title '{name}'" for k, name in enumerate(plan.series) if k) + "\n"
        return text + "set output\n"
    if kind == "hbar":
        rows = [f'{k} {plan.values[0][k]!r} "{c}"' for k, c in enumerate(plan.categories)]
        text += f"set xlabel '{plan.y_title}'\nset ylabel '{plan.x_title}'\nset xrange [0:*]\nset style fill solid\n"
        text += _block("d", rows)
        return text + "plot $d using ($2*0.5):1:($2*0.5):(0.4):ytic(3) with boxxyerror lc 3\nset output\n"
    if kind == "histogram":
        rows = [f"{(a + b) / 2} {v}" for a, b, v in zip(plan.xs, plan.xs[1:], plan.values[0], strict=False)]
        text += f"set boxwidth {plan.xs[1] - plan.xs[0]}\nset style fill solid 0.5 border -1\nset yrange [0:*]\n"
        text += f"set xtics {plan.xs[0]},{plan.xs[1] - plan.xs[0]}\n"
        return text + _block("d", rows) + "plot $d using 1:2 with boxes\nset output\n"
    if kind == "dates":
        rows = [f"{c} {v}" for c, v in zip(plan.categories, plan.values[0], strict=True)]
        text += "set xdata time\nset timefmt '%Y-%m-%d'\nset format x '%b %Y'\nset xtics rotate by -45\n"
        return (
            text
            + _block("d", rows)
            + f"plot $d using 1:2 with {('lines', 'linespoints')[plan.variant // 17 % 2]}\nset output\n"
        )
    style = {"steps": "steps", "scatter": "points pt 7 ps 0.5", "groups": "points", "area": "filledcurves y1=0"}.get(
        kind, ("lines lw 2", "linespoints pt 7 ps 0.4")[plan.variant // 17 % 2]
    )
    text += "set logscale y\n" if kind == "log" else ""
    parts = []
    for k, name in enumerate(plan.series):
        pairs = plan.points[k] if plan.points else tuple(zip(plan.xs, plan.values[k], strict=True))
        text += _block(f"d{k}", ["" if math.isnan(y) else f"{x!r} {y!r}" for x, y in pairs])
        parts.append(f"$d{k} using 1:2 with {style} title '{name}'")
    return text + "plot " + ", ".join(parts) + "\nset output\n"
