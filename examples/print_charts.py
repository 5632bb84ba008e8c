"""The first values of each chart of an output, with the box of their mark.

python examples/print_charts.py out/quickstart
"""

import sys

import docpipe
import pyarrow.compute as pc

SHOWN = 4


def main(output: str) -> int:
    out = docpipe.open_output(output)
    charts = out.table("charts")
    points = out.table("chart_points")
    names = {row["document_id"]: row["uris"][0].rsplit("/", 1)[-1] for row in out.table("documents").to_pylist()}
    measured = charts.filter(pc.equal(charts["status"], "ok")).sort_by("chart_id").to_pylist()
    for chart in measured:
        where = f"{names[chart['document_id']]}, page {chart['page_number']}"
        print(f"{where}: {chart['chart_type']}, {chart['title'] or 'no title'}")
        values = points.filter(pc.equal(points["chart_id"], chart["chart_id"])).to_pylist()
        for value in values[:SHOWN]:
            name = ", ".join(part for part in (value["series"], value["x"]) if part)
            print(f"    {name}: {value['y']:g}    ({value['grounding']}, support {value['support']:.2f})")
        if len(values) > SHOWN:
            print(f"    and {len(values) - SHOWN} more")
    return len(measured)


if __name__ == "__main__":
    main(sys.argv[1])
