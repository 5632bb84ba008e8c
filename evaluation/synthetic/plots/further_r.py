"""Charts of further kinds by R: base graphics and ggplot2."""

from pathlib import Path

from .further_plans import FURTHER_KINDS
from .plans import Plan
from .r_plots import COLOURS, GGPLOT2, numbers, run_plans, texts

BASE_KINDS = tuple(
    kind
    for kind in FURTHER_KINDS
    if kind not in ("floating", "bipolar", "stack_many", "ring_named", "fine_bins", "percent_axis", "money")
)
GG_KINDS = tuple(kind for kind in FURTHER_KINDS if kind not in ("ring_named", "clock"))
_SIX = (*COLOURS, "#EDC948", "#000000")
_THEMES = (
    "theme_gray()",
    "theme_linedraw()",
    "theme_minimal(base_size=9)",
    "theme_classic()",
    "theme_bw(base_size=13)",
    "theme_dark()",
)


def draw_base(plans: list[Plan], out: Path) -> None:
    """A PDF for each plan by R's own graphics."""
    run_plans(_base, plans, out)


def draw_ggplot(plans: list[Plan], out: Path) -> None:
    """A PDF for each plan by ggplot2."""
    run_plans(_gg, plans, out, GGPLOT2)


def _base(plan: Plan) -> str:
    kind, first = plan.kind, plan.values[0] if plan.values else ()
    about = f'main="{plan.title}", xlab="{plan.x_title}", ylab="{plan.y_title}"'
    grid = "grid()\n" if plan.grid else ""
    names = f"names.arg={texts(plan.categories)}"
    if kind in ("hgrouped", "hstacked"):
        matrix = "rbind(" + ",".join(map(numbers, plan.values)) + ")"
        sideways = 'horiz=TRUE, las=1, xlab="y"'
        return (
            f"par(mar=c(5,6,4,6), xpd=TRUE)\n"
            f"barplot({matrix}, {names}, {sideways}, beside={'TRUE' if kind == 'hgrouped' else 'FALSE'}, "
            f"col={texts(_SIX[: len(plan.series)])}, legend.text={texts(plan.series)}, "
            f'args.legend=list(x="topright", inset=c(-0.2,0)))'
        )
    if kind == "long_names":
        return (
            f"par(mar=c(5,12,2,2))\n"
            f'barplot({numbers(first)}, {names}, horiz=TRUE, las=1, cex.names=0.8, xlab="{plan.y_title}")'
        )
    if kind == "crowded":
        return f"barplot({numbers(first)}, {names}, las=2, cex.names=0.6, {about}, border=NA)"
    if kind == "dots":
        return (
            f'dotchart({numbers(first)}, labels={texts(plan.categories)}, main="{plan.title}", '
            f'xlab="{plan.y_title}", pch=19)'
        )
    if kind == "daily":
        return f'plot(as.Date({texts(plan.categories)}), {numbers(first)}, type="l", {about})\n{grid}'
    if kind == "clock":
        at = f"as.POSIXct(paste('2020-05-05', {texts(plan.categories)}), tz='UTC')"
        return f'plot({at}, {numbers(first)}, type="o", pch=20, {about})\n{grid}'
    if kind == "bubbles":
        x, y = (numbers(tuple(part)) for part in zip(*plan.points[0], strict=True))
        return (
            f"symbols({x}, {y}, circles=sqrt({numbers(plan.sizes[0])}), inches=0.2, "
            f'bg="#4E79A780", fg="white", {about})\n{grid}'
        )
    if kind == "facets":
        rows = (
            f"par(mfrow=c({len(plan.series) // 2 if len(plan.series) == 4 else 1},"
            f"{2 if len(plan.series) == 4 else len(plan.series)}))\n"
        )
        return rows + "\n".join(
            (
                f'plot({numbers(plan.xs)}, {numbers(row)}, type="b", main="{name}", '
                f'xlab="{plan.x_title}", ylab="{plan.y_title}")'
            )
            for name, row in zip(plan.series, plan.values, strict=True)
        )
    if kind in ("two_lines", "bar_line"):
        a, b = ("#B03060", "#1F4E9A") if plan.variant % 2 else ("black", "#CC5500")
        if kind == "two_lines":
            one = (
                f'plot({numbers(plan.xs)}, {numbers(first)}, type="l", col="{a}", '
                f'xlab="{plan.x_title}", ylab="{plan.series[0]}")'
            )
            two = (
                f'plot({numbers(plan.xs)}, {numbers(plan.values[1])}, type="l", col="{b}", '
                f'axes=FALSE, xlab="", ylab="")'
            )
        else:
            one = (
                f'mid <- barplot({numbers(first)}, {names}, col="{a}", ylab="{plan.series[0]}")\nlim <- par("usr")[1:2]'
            )
            two = (
                f'plot(mid, {numbers(plan.values[1])}, type="o", col="{b}", axes=FALSE, xlab="",'
                f' ylab="", xlim=lim, xaxs="i")'
            )
        return (
            f'par(mar=c(5,4,4,5))\n{one}\npar(new=TRUE)\n{two}\naxis(4, col="{b}", col.axis="{b}")\n'
            f'mtext("{plan.series[1]}", side=4, line=3, col="{b}")'
        )
    top, low = max(v for row in plan.values for v in row), min(v for row in plan.values for v in row)
    limits = f", ylim=c({min(0.0, low)},{1.25 * top})"
    log = ', log="x"' if kind == "logx" else ""
    las = ", las=1" if plan.variant % 3 == 0 else ""
    box = ', bty="l"' if plan.variant % 2 else ""
    if kind == "smooth":
        text = f"plot({numbers(plan.xs)}, {numbers(first)}, pch=19, {about}{limits}{box})\n{grid}"
        return text + f'lines(spline({numbers(plan.xs)}, {numbers(first)}, n=200), col="red")'
    form = "b" if kind == "below_zero" else "l"
    text = (
        f'plot({numbers(plan.xs)}, {numbers(first)}, type="{form}", {_pen(plan, 0)}, '
        f"{about}{limits}{log}{las}{box})\n{grid}"
    )
    for k, row in enumerate(plan.values[1:], 1):
        text += f"lines({numbers(plan.xs)}, {numbers(row)}, {_pen(plan, k)})\n"
    if kind == "direct":
        for k, (name, row) in enumerate(zip(plan.series, plan.values, strict=True)):
            text += f'text({plan.xs[-1]}, {row[-1]!r}, "{name}", pos=4, xpd=TRUE, col="{_SIX[k]}")\n'
    elif len(plan.series) > 1:
        pens = f"lty=1:{len(plan.series)}" if kind == "dashes" else f"lty=1, col={texts(_SIX[: len(plan.series)])}"
        text += (
            f'legend("{("topleft", "top")[plan.variant % 2]}", legend={texts(plan.series)}, '
            f'{pens}, ncol={3 if kind == "six" else 1}, bty="n")\n'
        )
    return text


def _pen(plan: Plan, series: int) -> str:
    return f"lty={series + 1}" if plan.kind == "dashes" else f'col="{_SIX[series]}", lwd={1 + plan.variant % 2}'


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
        if kind == "fine_bins":
            xs += [repr((a + b) / 2) for a, b in zip(plan.xs, plan.xs[1:], strict=False)]
        else:
            xs += [f'"{x}"' for x in plan.categories] if plan.categories else [repr(x) for x in plan.xs]
        ys += list(plan.values[k])
        names += [name] * len(plan.values[k])
    x = "c(" + ",".join(xs) + ")"
    if kind == "daily":
        x = f"as.Date({x})"
    elif plan.categories:
        x = f"factor({x}, levels={texts(plan.categories)})"
    frame = f"x={x}, y={numbers(tuple(ys))}, g=factor({texts(tuple(names))}, levels={texts(plan.series)})"
    if kind == "floating":
        frame += f", hi={numbers(plan.values[1])}"
    if kind == "bubbles":
        frame += f", s={numbers(plan.sizes[0])}"
    text = f"d <- data.frame({frame})\n"
    if kind in ("two_lines", "bar_line"):
        return text + _two_axes(plan)
    layer = {
        "hgrouped": "geom_col(aes(fill=g), position='dodge') + coord_flip()",
        "hstacked": "geom_col(aes(fill=g)) + coord_flip()",
        "bipolar": "geom_col(aes(fill=g)) + geom_hline(yintercept=0)",
        "floating": "geom_linerange(aes(ymin=y, ymax=hi), linewidth=8, colour='tomato')",
        "money": "geom_col(fill='#444488') + scale_y_continuous(labels=scales::dollar)",
        "percent_axis": "geom_col(width=0.5) + scale_y_continuous(labels=function(v) paste0(v, '%'))",
        "crowded": "geom_col() + theme(axis.text.x=element_text(angle=90))",
        "long_names": "geom_col() + coord_flip()",
        "years": "geom_line() + geom_point()",
        "fine_bins": f"geom_col(width={plan.xs[1] - plan.xs[0] if kind == 'fine_bins' else 1}, fill='steelblue')",
        "bubbles": "geom_point(aes(size=s), alpha=0.6, show.legend=FALSE)",
        "dots": "geom_point(size=3) + coord_flip()",
        "facets": f"geom_line() + {('facet_wrap(~g)', 'facet_grid(g~.)', 'facet_grid(.~g)')[plan.variant % 3]}",
        "dashes": "geom_line(aes(linetype=g))",
        "stack_many": "geom_area(aes(fill=g))",
        "smooth": "geom_line(data=as.data.frame(spline(d$x, d$y, n=200)), aes(x, y)) + geom_point()",
        "direct": (
            "geom_line(aes(colour=g), show.legend=FALSE) + geom_text(data=d[d$x == max(d$x),], "
            "aes(label=g, colour=g), hjust=-0.1, show.legend=FALSE) + expand_limits(x=1.2*max(d$x))"
        ),
        "logx": "geom_line() + geom_point() + scale_x_log10()",
    }.get(kind, "geom_line(aes(colour=g))" if len(plan.series) > 1 else "geom_line()")
    theme = _THEMES[plan.variant % len(_THEMES)]
    legend = " + theme(legend.position='bottom')" if plan.variant // 2 % 2 else ""
    turned = " + theme(axis.text.x=element_text(angle=90))" if kind == "crowded" else ""
    colours = (
        " + scale_fill_brewer(palette='Set2') + scale_colour_brewer(palette='Dark2')" if plan.variant // 3 % 2 else ""
    )
    guide = "".join(f", {key}='{plan.legend}'" for key in ("fill", "colour", "linetype"))
    titles = f"labs(title={_maybe(plan.title)}, x={_maybe(plan.x_title)}, y={_maybe(plan.y_title)}{guide})"
    return text + f"print(ggplot(d, aes(x, y)) + {layer} + {titles}{colours} + {theme}{legend}{turned})\n"


def _two_axes(plan: Plan) -> str:
    factor = max(plan.values[0]) / max(plan.values[1])
    first = (
        "geom_col(data=d[d$g==levels(d$g)[1],], fill='#88AACC')"
        if plan.kind == "bar_line"
        else "geom_line(data=d[d$g==levels(d$g)[1],], colour='#336699')"
    )
    second = f"geom_line(data=d[d$g==levels(d$g)[2],], aes(y=y*{factor!r}, group=1), colour='#CC3333')"
    axis = f"scale_y_continuous(name='{plan.series[0]}', sec.axis=sec_axis(~./{factor!r}, name='{plan.series[1]}'))"
    colours = (
        "theme(axis.title.y.right=element_text(colour='#CC3333'), axis.text.y.right=element_text(colour='#CC3333'))"
        if plan.variant % 2
        else "theme()"
    )
    return f"print(ggplot(d, aes(x, y)) + {first} + {second} + {axis} + {colours})\n"


def _maybe(text: str) -> str:
    return f'"{text}"' if text else "NULL"
