"""How well charts are measured whose text is drawn as outlines, with the words that OCR reads there.

    python benchmarks/charts/outlined.py SETS/matplotlib CORPUS/charts … [--half 0|1] [--each] [--pages FOLDER]

The sets are those of `vector.py`. Each chart is drawn anew with its text as paths, and read as a page of a job is.
"""

import argparse
import json
import logging
import tempfile
from pathlib import Path

import pymupdf
from docpipe.evaluation.chart_rows import NO_ROWS, Point
from docpipe.operators.charts.vector.read_labels import with_read_labels
from docpipe.operators.charts.vector.result import DeclinedChart, MeasuredChart, PageCharts
from docpipe.operators.documents.media_type import sniff
from docpipe.operators.documents.mupdf import open_document
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from vector import scored, scorer


def with_outlines(path: Path, out: Path) -> None:
    """The first page of a file as a PDF without any text."""
    document, _ = open_document(str(path), sniff(str(path)), ())
    with document:
        pages = document if document.is_pdf else pymupdf.open("pdf", document.convert_to_pdf(0, 1))
        drawn = pages[0].get_svg_image(text_as_path=True)
    with pymupdf.open("svg", drawn.encode()) as image:
        out.write_bytes(image.convert_to_pdf())


def charts_on(reader: PageReader, path: Path) -> tuple[MeasuredChart | DeclinedChart, ...]:
    reading = reader.read(str(path), 1)
    found = reading.collected.get("vector")
    if not isinstance(found, PageCharts):
        return ()
    return with_read_labels(found, reading.lines)


def run_set(folder: Path, pages: Path, reader: PageReader, options: argparse.Namespace) -> None:
    truth = scorer(folder)
    total, charts, declined, unseen = NO_ROWS, 0, 0, 0
    for number, line in enumerate((folder / "charts.jsonl").read_text().splitlines()):
        if options.half is not None and number % 2 != options.half:
            continue
        record = json.loads(line)
        stem = folder / Path(record["file"])
        path = next(path for suffix in (".pdf", ".svg") if (path := stem.with_suffix(suffix)).exists())
        page = pages / f"{folder.name}-{path.stem}.pdf"
        if not page.exists():
            with_outlines(path, page)
        found = charts_on(reader, page)
        facets = record.get("series_are") == "charts"
        points = [
            Point(chart.title if facets else value.series, value.x, value.x_number, value.y)
            for chart in found
            if isinstance(chart, MeasuredChart) and chart.confidence >= options.accept
            for value in chart.values
        ]
        score = scored(record, points, truth)
        if score is None:
            continue
        charts += 1
        declined += bool(found) and not points
        unseen += not found
        total += score
        if options.each:
            reasons = [one.reason if isinstance(one, DeclinedChart) else f"{one.confidence:.2f}" for one in found]
            print(f"  {record['file']:44} {score.found}/{score.rows} wrong {score.wrong} {reasons}")
    print(
        f"{folder.name:14} charts {charts:3} rows {total.found}/{total.rows} = {total.found / max(1, total.rows):.3f} "
        f"wrong {total.wrong}/{total.points} = {total.wrong / max(1, total.points):.4f} declined {declined} "
        f"not seen {unseen}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--accept", type=float, default=0.9)
    parser.add_argument("--half", type=int, choices=(0, 1), help="only every second chart")
    parser.add_argument("--each", action="store_true", help="a line for each chart")
    parser.add_argument("--pages", type=Path, help="folder for the drawn pages; by default one that is deleted")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    pymupdf.TOOLS.mupdf_display_errors(False)
    with (
        tempfile.TemporaryDirectory() as folder,
        PageReader(ReadSettings(collect=("vector",)), page_seconds=600) as reader,
    ):
        pages = options.pages or Path(folder)
        pages.mkdir(parents=True, exist_ok=True)
        for one in options.sets:
            run_set(one, pages, reader, options)


if __name__ == "__main__":
    main()
