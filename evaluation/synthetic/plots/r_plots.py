"""Charts by R: base graphics and ggplot2."""

import math
import subprocess
from collections.abc import Callable
from pathlib import Path

from .plans import KINDS, Plan

BASE_KINDS = tuple(kind for kind in KINDS if kind not in ("errors", "gaps", "ring", "stack", "area"))
GG_KINDS = tuple(kind for kind in KINDS if kind not in ("gaps", "ring"))
GGPLOT2 = "suppressMessages(library(ggplot2))\n"
_THEMES = ("theme_gray()", "theme_bw()", "theme_minimal()", "theme_classic()", "theme_light()")


def draw_base(plans: list[Plan], out: Path) -> None:
    """A PDF for each plan by R's own graphics."""
    run_plans(_base, plans, out)


def draw_ggplot(plans: list[Plan], out: Path) -> None:
    """A PDF for each plan by ggplot2."""
    run_plans(_gg, plans, out, GGPLOT2)


def run_plans(chart: Callable[[Plan], str], plans: list[Plan], out: Path, *first: str) -> None:
    """A PDF for each plan; `chart` gives the calls that draw it, and `first` are parts before all of them."""
    run([*first, *(device(plan) + chart(plan) + "\ninvisible(dev.off())\n" for plan in plans)], out)


def run(parts: list[str], out: Path) -> None:
    """Run R on a script in a folder."""
    script = out / "charts.R"
    script.write_text("options(scipen=0)\n" + "\n".join(parts))
    subprocess.run(["Rscript", script.name], cwd=out, check=True, timeout=900)
    script.unlink()


def device(plan: Plan) -> str:
    """The call that opens the PDF of a plan."""
    width, height = ((6, 4), (5, 4), (7, 4.5))[plan.variant % 3]
    return f'pdf("{plan.name}.pdf", width={width}, height={height})\n'


def numbers(values: tuple[float, ...]) -> str:
    """A vector of R."""
    return "c(" + ",".join("NA" if math.isnan(v) else repr(v) for v in values) + ")"


def texts(values: tuple[str, ...]) -> str:
    """A vector of R."""
    return "c(" + ",".join(f'"{value}"' for value in values) + ")"


def _base(plan: Plan) -> str:
    kind, first = plan.kind, plan.values[0] if plan.values else ()
    about = f'main="{plan.title}", xlab="{plan.x_title}", ylab="{plan.y_title}"'
    grid = "grid()\n" if plan.grid else ""
    if kind in ("bar", "negative"):
        return f"barplot({numbers(first)}, names.arg={texts(plan.categories)}, {about}, las={plan.variant % 2 * 2})\n"
    if kind == "hbar":
        swapped = f'main="{plan.title}", xlab="{plan.y_title}"'
        names = f"names.arg={texts(plan.categories)}, horiz=TRUE, las=1"
        return f"par(mar=c(5,8,4,2))\nbarplot({numbers(first)}, {swapped}, {names})\n"
    if kind in ("grouped", "stacked", "percent"):
        matrix = "rbind(" + ",".join(map(numbers, plan.values)) + ")"
        beside = "TRUE" if kind == "grouped" else "FALSE"
        top = max(max(column) if kind == "grouped" else sum(column) for column in zip(*plan.values, strict=True))
        return (
            f"barplot({matrix}, beside={beside}, names.arg={texts(plan.categories)}, {about}, ylim=c(0,{1.35 * top}), "
            f"legend.text={texts(plan.series)}, col={texts(COLOURS[: len(plan.series)])}, "
            'args.legend=list(x="top", horiz=TRUE))\n'
        )
    if kind == "histogram":
        middles = tuple((a + b) / 2 for a, b in zip(plan.xs, plan.xs[1:], strict=False))
        return f"hist(rep({numbers(middles)}, {numbers(first)}), breaks={numbers(plan.xs)}, {about})\n"
    if kind == "dates":
        days = f"as.Date({texts(plan.categories)})"
        return f'plot({days}, {numbers(first)}, type="{"lo"[plan.variant // 20 % 2]}", {about})\n{grid}'
    if kind == "steps":
        return f'plot({numbers(plan.xs)}, {numbers(first)}, type="s", {about})\n{grid}'
    if kind == "pie":
        return f'pie({numbers(first)}, labels={texts(plan.categories)}, main="{plan.title}")\n'
    if plan.points:
        rows = list(plan.points)
        everything = [point for row in rows for point in row]
        x, y = zip(*everything, strict=True)
        text = f'plot({numbers(tuple(x))}, {numbers(tuple(y))}, type="n", {about})\n{grid}'
        for k, row in enumerate(rows):
            x, y = zip(*row, strict=True)
            text += f'points({numbers(tuple(x))}, {numbers(tuple(y))}, pch={_form(plan, k)}, col="{COLOURS[k]}")\n'
        if len(rows) > 1:
            forms = ",".join(str(_form(plan, k)) for k in range(len(rows)))
            colours = texts(COLOURS[: len(rows)])
            text += f'legend("topright", legend={texts(plan.series)}, pch=c({forms}), col={colours}, bg="white")\n'
        return text
    top = max(v for row in plan.values for v in row if not math.isnan(v))
    low = min(v for row in plan.values for v in row if not math.isnan(v))
    log = ', log="y"' if kind == "log" else f", ylim=c({min(0.0, low)},{1.3 * top})"
    form = "lob"[plan.variant // 15 % 3]
    text = f'plot({numbers(plan.xs)}, {numbers(first)}, type="{form}", col="{COLOURS[0]}", {about}{log})\n{grid}'
    for k, values in enumerate(plan.values[1:], 1):
        text += f'lines({numbers(plan.xs)}, {numbers(values)}, type="{form}", col="{COLOURS[k]}")\n'
    if len(plan.series) > 1:
        colours = texts(COLOURS[: len(plan.series)])
        text += f'legend("top", legend={texts(plan.series)}, lty=1, col={colours}, horiz=TRUE)\n'
    return text


def _form(plan: Plan, series: int) -> int:
    """R's number of a point mark."""
    return (1, 16, 2, 15)[(series + plan.variant) % 4]


COLOURS = ("#4E79A7", "#E15759", "#59A14F", "#B07AA1")


def _gg(plan: Plan) -> str:
    kind = plan.kind
    xs: list[str] = []
    ys: list[float] = []
    names: list[str] = []
    for k, name in enumerate(plan.series):
        if plan.points:
            xs += [repr(x) for x, _ in plan.points[k]]
            ys += [y for _, y in plan.points[k]]
            names += [name] * len(plan.points[k])
            continue
        row = plan.values[k]
        if kind == "histogram":
            xs += [repr((a + b) / 2) for a, b in zip(plan.xs, plan.xs[1:], strict=False)]
        else:
            xs += [f'"{x}"' for x in plan.categories] if plan.categories else [repr(x) for x in plan.xs]
        ys += list(row)
        names += [name] * len(row)
    x = "c(" + ",".join(xs) + ")"
    if kind == "dates":
        x = f"as.Date({x})"
    elif plan.categories:
        x = f"factor({x}, levels={texts(plan.categories)})"
    groups = f"factor({texts(tuple(names))}, levels={texts(plan.series)})"
    text = f"d <- data.frame(x={x}, y={numbers(tuple(ys))}, g={groups})\n"
    many = len(plan.series) > 1
    layer = {
        "bar": "geom_col(width=0.7)",
        "hbar": "geom_col(fill='steelblue') + coord_flip()",
        "negative": "geom_col(fill='grey40')",
        "errors": "geom_col(fill='skyblue') + geom_errorbar(aes(ymin=y*0.9, ymax=y*1.1), width=0.2)",
        "grouped": "geom_col(aes(fill=g), position='dodge')",
        "stacked": "geom_col(aes(fill=g))",
        "percent": "geom_col(aes(fill=g))",
        "histogram": f"geom_col(width={plan.xs[1] - plan.xs[0] if kind == 'histogram' else 1}, colour='white')",
        "steps": "geom_step()",
        "area": "geom_area(fill='steelblue')",
        "stack": "geom_area(aes(fill=g))",
        "scatter": "geom_point()",
        "groups": "geom_point(aes(colour=g))",
        "pie": "geom_col(aes(x='', fill=x), width=1) + coord_polar('y') + theme_void()",
    }.get(kind, "geom_line(aes(colour=g))" if many else "geom_line()")
    if kind in ("line", "lines", "dates") and plan.variant // 20 % 2:
        layer += " + geom_point(aes(colour=g))" if many else " + geom_point()"
    theme = _THEMES[plan.variant % len(_THEMES)] if kind != "pie" else "theme()"
    scale = " + scale_y_log10()" if kind == "log" else ""
    guide = f", fill='{plan.legend}', colour='{plan.legend}'"
    titles = f"labs(title={_maybe(plan.title)}, x={_maybe(plan.x_title)}, y={_maybe(plan.y_title)}{guide})"
    return text + f"print(ggplot(d, aes(x, y)) + {layer}{scale} + {titles} + {theme})\n"


def _maybe(text: str) -> str:
    return f'"{text}"' if text else "NULL"
