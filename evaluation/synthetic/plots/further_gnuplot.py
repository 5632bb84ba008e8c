"""Charts of further kinds by gnuplot."""

import subprocess
from pathlib import Path

from .further_plans import FURTHER_KINDS
from .plans import Plan

GNUPLOT_KINDS = tuple(
    kind
    for kind in FURTHER_KINDS
    if kind not in ("ring_named", "hgrouped", "hstacked", "stack_many", "bipolar", "direct")
)


def draw(plans: list[Plan], out: Path) -> None:
    """A PDF for each plan."""
    script = "\n".join(_plot(plan) for plan in plans)
    subprocess.run(["gnuplot"], input=script, text=True, cwd=out, check=True, timeout=600)


def _block(name: str, rows: list[str]) -> str:
    return f"${name} << EOD\n" + "\n".join(rows) + "\nEOD\n"


def _plot(plan: Plan) -> str:
    kind, first = plan.kind, plan.values[0] if plan.values else ()
    size = ("5.5in,3.6in", "6.4in,4in", "4.2in,3in")[plan.variant % 3]
    text = (
        f"reset\nset terminal pdfcairo {'mono ' if kind == 'dashes' else 'color '}size {size} "
        f"font '{('Sans,10', 'Serif,9')[plan.variant // 3 % 2]}'\n"
    )
    text += f"set output '{plan.name}.pdf'\n"
    text += f"set title '{plan.title}'\n" if plan.title else ""
    text += f"set xlabel '{plan.x_title}'\nset ylabel '{plan.y_title}'\n"
    text += "set grid\n" if plan.grid else ""
    text += "set border 3\nset tics nomirror\n" if plan.variant // 2 % 2 else ""
    text += (
        ("set key outside right\n", "set key top left\n", "set key below\n")[plan.variant // 5 % 3]
        if len(plan.series) > 1
        else "set nokey\n"
    )
    lines = ("lines lw 2", "linespoints pt 5 ps 0.4")[plan.variant // 4 % 2]
    if kind in ("money", "percent_axis", "crowded"):
        text += {"money": "set format y '$%g'\n", "percent_axis": "set format y '%g%%'\n"}.get(
            kind, "set xtics rotate by 90 right font ',7'\n"
        )
        text += "set style fill solid\nset boxwidth 0.7\nset yrange [0:*]\n"
        rows = [f'{k} {v!r} "{c}"' for k, (c, v) in enumerate(zip(plan.categories, first, strict=True))]
        return (
            text + _block("d", rows) + f"plot $d using 1:2:xtic(3) with boxes lc {plan.variant % 4 + 1}\nset output\n"
        )
    if kind == "floating":
        rows = [f'{k} {a!r} {b!r} "{c}"' for k, (c, a, b) in enumerate(zip(plan.categories, *plan.values, strict=True))]
        text += "set style fill solid\nset xrange [-0.7:*]\n"
        return (
            text
            + _block("d", rows)
            + "plot $d using 1:(($2+$3)/2):(0.3):(abs($3-$2)/2):xtic(4) with boxxyerror lc 4\nset output\n"
        )
    if kind in ("dots", "long_names"):
        rows = [f'{k} {v!r} "{c}"' for k, (c, v) in enumerate(zip(plan.categories, first, strict=True))]
        text += (
            f"set xlabel '{plan.y_title}'\nset ylabel '{plan.x_title}'\nset xrange [0:*]\n"
            f"set style fill solid\nset yrange [-0.6:{len(rows) - 0.4}]\n"
        )
        style = "points pt 7" if kind == "dots" else "boxxyerror lc 2"
        using = "2:1:ytic(3)" if kind == "dots" else "($2*0.5):1:($2*0.5):(0.35):ytic(3)"
        return text + _block("d", rows) + f"plot $d using {using} with {style}\nset output\n"
    if kind == "fine_bins":
        rows = [f"{(a + b) / 2} {v}" for a, b, v in zip(plan.xs, plan.xs[1:], first, strict=False)]
        text += (
            f"set boxwidth {plan.xs[1] - plan.xs[0]}\n"
            f"set style fill solid {('border -1', 'noborder')[plan.variant % 2]}\nset yrange [0:*]\n"
        )
        return text + _block("d", rows) + "plot $d using 1:2 with boxes\nset output\n"
    if kind in ("daily", "clock"):
        rows = [f"{c} {v}" for c, v in zip(plan.categories, first, strict=True)]
        form = (
            ("%Y-%m-%d", ("%d %b", "%d.%m.%y", "%Y-%m-%d")[plan.variant % 3]) if kind == "daily" else ("%H:%M", "%H:%M")
        )
        text += f"set xdata time\nset timefmt '{form[0]}'\nset format x '{form[1]}'\n" + (
            "set xtics rotate by -45\n" if kind == "daily" else ""
        )
        return text + _block("d", rows) + f"plot $d using 1:2 with {lines}\nset output\n"
    if kind == "bar_line":
        rows = [f'"{c}" {a!r} {b!r}' for c, a, b in zip(plan.categories, *plan.values, strict=True)]
        text += (
            f"set ylabel '{plan.series[0]}'\nset y2label '{plan.series[1]}'\nset y2tics\n"
            f"set ytics nomirror\nset yrange [0:*]\nset y2range [0:*]\nset style fill solid\nset boxwidth 0.6\n"
        )
        return (
            text
            + _block("d", rows)
            + (
                f"plot $d using 2:xtic(1) with boxes title '{plan.series[0]}', '' using 0:3 axes "
                f"x1y2 with linespoints title '{plan.series[1]}'\nset output\n"
            )
        )
    if kind == "bubbles":
        rows = [f"{x!r} {y!r} {s}" for (x, y), s in zip(plan.points[0], plan.sizes[0], strict=True)]
        return text + _block("d", rows) + "plot $d using 1:2:($3*3) with points pt 7 ps variable lc 3\nset output\n"
    if kind == "facets":
        text += f"set multiplot layout 1,{len(plan.series)}\n"
        for k, (name, row) in enumerate(zip(plan.series, plan.values, strict=True)):
            text += (
                _block(f"d{k}", [f"{x!r} {y!r}" for x, y in zip(plan.xs, row, strict=True)])
                + f"set title '{name}'\nplot $d{k} using 1:2 with {lines}\n"
            )
        return text + "unset multiplot\nset output\n"
    text += "set logscale x\n" if kind == "logx" else ""
    if kind == "two_lines":
        text += f"set ylabel '{plan.series[0]}'\nset y2label '{plan.series[1]}'\nset y2tics\nset ytics nomirror\n"
    if kind == "two_lines" and plan.variant % 2:
        text += "set ytics textcolor lt 1\nset y2tics textcolor lt 2\n"
    style = "lines smooth csplines" if kind == "smooth" else lines
    parts = []
    for k, (name, row) in enumerate(zip(plan.series, plan.values, strict=True)):
        text += _block(f"d{k}", [f"{x!r} {y!r}" for x, y in zip(plan.xs, row, strict=True)])
        axes = "axes x1y2 " if kind == "two_lines" and k else ""
        dash = f" dt {k + 1}" if kind == "dashes" else ""
        parts.append(
            f"$d{k} using 1:2 {axes}"
            + (
                f"{style[6:]} with lines"
                if kind == "smooth"
                else f"with {'lines lw 2' if kind == 'dashes' else style}{dash}"
            )
            + f" title '{name}'"
        )
    return text + "plot " + ", ".join(parts) + "\nset output\n"
