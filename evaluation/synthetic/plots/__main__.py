"""`python -m docpipe.evaluation.synthetic.plots OUT --program NAME`: charts of a plotting program with their values."""

import json
from pathlib import Path
from typing import Annotated

import typer

from . import calc, further_calc, further_gnuplot, further_mpl, further_r, further_vega, gnuplot, mpl, r_plots, vega
from .further_plans import FURTHER_KINDS, further_plans
from .plans import KINDS, plans

_PROGRAMS = {
    "matplotlib": (mpl.draw, KINDS),
    "r": (r_plots.draw_base, r_plots.BASE_KINDS),
    "ggplot2": (r_plots.draw_ggplot, r_plots.GG_KINDS),
    "gnuplot": (gnuplot.draw, gnuplot.GNUPLOT_KINDS),
    "libreoffice": (calc.draw, calc.CALC_KINDS),
    "vega": (vega.draw, vega.VEGA_KINDS),
}
_FURTHER = {
    "matplotlib": (further_mpl.draw, FURTHER_KINDS),
    "r": (further_r.draw_base, further_r.BASE_KINDS),
    "ggplot2": (further_r.draw_ggplot, further_r.GG_KINDS),
    "gnuplot": (further_gnuplot.draw, further_gnuplot.GNUPLOT_KINDS),
    "libreoffice": (further_calc.draw, further_calc.CALC_KINDS),
    "vega": (further_vega.draw, FURTHER_KINDS),
}

_PERCENT_DECIMALS = {"matplotlib": 1, "libreoffice": 0}


def main(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder; it is made.", show_default=False)],
    program: Annotated[str, typer.Option(help="One of: " + " ".join(_PROGRAMS))],
    charts: Annotated[int, typer.Option(min=1, help="How many.")] = 60,
    seed: Annotated[int, typer.Option(help="The same seed gives the same values.")] = 1,
    further: Annotated[bool, typer.Option(help="Two axes, facets, bubbles, smoothed lines and other kinds.")] = False,
) -> None:
    """Write PDFs and charts.jsonl."""
    if program not in _PROGRAMS:
        raise typer.BadParameter(f"{program} is none of {' '.join(_PROGRAMS)}", param_hint="--program")
    draw, kinds = (_FURTHER if further else _PROGRAMS)[program]
    out.mkdir(parents=True, exist_ok=True)
    made = (further_plans if further else plans)(charts, seed, kinds)
    draw(made, out)
    records = (plan.record(_PERCENT_DECIMALS.get(program)) for plan in made)
    (out / "charts.jsonl").write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))


if __name__ == "__main__":
    typer.run(main)
