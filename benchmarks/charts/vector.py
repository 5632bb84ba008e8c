"""How well charts are measured in vector graphics, beside the chart extractor of pdf-mcp where that is installed.

    python benchmarks/charts/vector.py SETS/matplotlib SETS/ggplot2 … [--decoys FOLDER …] [--accept 0.9]
        [--half 0|1] [--each]

A set is a folder with PDF (or SVG) files and `charts.jsonl`, as `python -m docpipe.evaluation.synthetic.plots` writes
them; where the folder
has a `score.py` of its own, with a class `Truth`, that scores. Counted are rows of the truth that were found, points
that are wrong,
charts that were declined, and CPU milliseconds a page. Of decoys, folders of PDFs without charts, every chart is
counted.
"""

import argparse
import importlib.util
import json
import logging
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymupdf
from docpipe.evaluation.chart_rows import NO_ROWS, ChartScore, Point, score_points
from docpipe.operators.charts.vector.measure import measure_charts
from docpipe.operators.charts.vector.result import MeasuredChart
from docpipe.operators.documents.media_type import sniff
from docpipe.operators.documents.mupdf import open_document


def ours(page: Any, accept: float, facets: bool) -> tuple[list[Point], float]:
    """The accepted points of a page, and the confidence of its surest chart; the titles of facets are their series."""
    charts = [chart for chart in measure_charts(page) if isinstance(chart, MeasuredChart)]
    sure = [chart for chart in charts if chart.confidence >= accept]
    points = [
        Point(chart.title if facets else value.series, value.x, value.x_number, value.y)
        for chart in sure
        for value in chart.values
    ]
    return points, max((chart.confidence for chart in charts), default=0.0)


def theirs(document: Any) -> list[Point]:
    """The points that pdf-mcp gives, with no help by hints."""
    from pdf_mcp.chart_extractor import extract_charts

    try:
        found = extract_charts(document, 0, max_points=100_000)
    except Exception as error:
        print(f"  pdf-mcp broke: {error}")
        return []
    points = []
    for chart in found.get("charts", ()):
        for series in [*chart.get("curves", ()), *chart.get("points", ()), *chart.get("bars", ())]:
            for x, y in _pairs(series):
                points.append(
                    Point(series.get("label") if isinstance(series, dict) else None, f"{x:g}", float(x), float(y))
                )
    return points


def _pairs(series: Any) -> Iterator[tuple[float, float]]:
    """Pairs of numbers, in whatever form a series has them."""
    if isinstance(series, dict):
        if isinstance(series.get("x"), (int, float)) and isinstance(series.get("y"), (int, float)):
            yield series["x"], series["y"]
        for key in ("points", "bars", "values", "data", "samples"):
            for pair in series.get(key) or ():
                yield from _pairs(pair)
    elif (
        isinstance(series, (list, tuple))
        and len(series) == 2
        and all(isinstance(part, (int, float)) for part in series)
    ):
        yield series[0], series[1]


def scorer(folder: Path) -> Any:
    """The class `Truth` of a folder's own score.py; None without one."""
    path = folder / "score.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location("score_of_set", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Truth


def scored(record: dict[str, Any], points: list[Point], truth: Any) -> ChartScore | None:
    """The score of points; None for a chart whose rows have no value that could be measured."""
    if truth is None:
        return score_points(record, points)
    known = truth(record)
    if not known.measurable:
        return None
    found, wrong = known.score([vars(point) for point in points])
    return ChartScore(len(record["rows"]), found, len(points), wrong)


def run_set(folder: Path, options: argparse.Namespace, bins: dict[float, list[int]]) -> None:
    truth = scorer(folder)
    total, peer, declined, charts, seconds = NO_ROWS, NO_ROWS, 0, 0, []
    for number, line in enumerate((folder / "charts.jsonl").read_text().splitlines()):
        if options.half is not None and number % 2 != options.half:
            continue
        record = json.loads(line)
        path = next(
            path for suffix in (".pdf", ".svg") if (path := folder / Path(record["file"]).with_suffix(suffix)).exists()
        )
        document, _ = open_document(str(path), sniff(str(path)), ())
        started = time.process_time()
        facets = record.get("series_are") == "charts"
        points, confidence = ours(document[0], options.accept, facets)
        seconds.append(time.process_time() - started)
        score = scored(record, points, truth)
        if score is None:
            continue
        charts += 1
        declined += not points
        total += score
        everything = scored(record, ours(document[0], 0.0, facets)[0], truth)
        if everything is not None and everything.points:
            bins[round(confidence, 1)][0] += everything.points - everything.wrong
            bins[round(confidence, 1)][1] += everything.points
        if options.peer:
            peer += scored(record, theirs(document), truth) or NO_ROWS
        if options.each and (score.found < score.rows or score.wrong):
            print(f"  {record['file']:50} {score.found}/{score.rows} wrong {score.wrong}")
    seconds.sort()
    print(
        f"{folder.name:14} charts {charts:3} rows {total.found}/{total.rows} = {total.found / max(1, total.rows):.3f} "
        f"wrong {total.wrong}/{total.points} = {total.wrong / max(1, total.points):.4f} declined {declined} "
        f"median {1000 * seconds[len(seconds) // 2]:.0f} ms, most {1000 * seconds[-1]:.0f} ms"
    )
    if options.peer:
        print(
            f"{'  pdf-mcp':14} rows {peer.found}/{peer.rows} = {peer.found / max(1, peer.rows):.3f} "
            f"wrong {peer.wrong}/{peer.points}"
        )


def run_decoys(folders: list[Path], options: argparse.Namespace) -> None:
    pages, seconds = 0, []
    for path in sorted(path for folder in folders for path in folder.glob("*.pdf")):
        try:
            document = pymupdf.open(path)
            if document.needs_pass:
                continue
            listed = [document[number] for number in range(min(10, document.page_count))]
        except Exception:
            continue
        for page in listed:
            started = time.process_time()
            charts = measure_charts(page)
            seconds.append(time.process_time() - started)
            pages += 1
            for chart in charts:
                sure = isinstance(chart, MeasuredChart) and chart.confidence >= options.accept
                print(f"  {'ok' if sure else 'declined':9} {path.name} page {page.number + 1}: {chart.chart_type}")
    seconds.sort()
    print(f"decoys: {pages} pages, median {1000 * seconds[pages // 2]:.0f} ms, most {1000 * seconds[-1]:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path, nargs="*")
    parser.add_argument("--decoys", type=Path, nargs="*", default=[])
    parser.add_argument("--accept", type=float, default=0.9)
    parser.add_argument("--half", type=int, choices=(0, 1), help="only every second chart")
    parser.add_argument("--each", action="store_true", help="name the charts that are not whole")
    options = parser.parse_args()
    options.peer = importlib.util.find_spec("pdf_mcp") is not None
    logging.disable(logging.WARNING)
    pymupdf.TOOLS.mupdf_display_errors(False)
    bins: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for folder in options.sets:
        run_set(folder, options, bins)
    for confidence, (right, points) in sorted(bins.items()):
        print(f"confidence {confidence:.1f}: {right}/{points} points right = {right / points:.3f}")
    if options.decoys:
        run_decoys(options.decoys, options)


if __name__ == "__main__":
    main()
