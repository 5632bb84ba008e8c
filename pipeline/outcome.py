"""What a finished run says: its exit code, its JSON object, and its summary for a person."""

from typing import Any

from ..schemas.job import OnError
from .run_summary import RunSummary

TOO_MANY_FAILURES = 3


def exit_code(summary: RunSummary, on_error: OnError) -> tuple[int, list[str]]:
    """0, or 3 with the reasons where more failed than `on_error` allows."""
    shares = [
        ("pages", summary.failed_pages, summary.pages, on_error.max_failed_pages),
        ("documents", summary.document_counts.failed, summary.documents, on_error.max_failed_documents),
    ]
    reasons = [
        f"{failed} of {total} {what} failed, on_error.max_failed_{what} allows {allowed:.1%}"
        for what, failed, total, allowed in shares
        if total and failed / total > allowed
    ]
    return (TOO_MANY_FAILURES if reasons else 0), reasons


def summary_json(summary: RunSummary) -> dict[str, Any]:
    """The object of `run --json`."""
    names = ("documents", "pages", "pages_ok", "pages_failed", "pages_skipped", "lines", "answers", "charts")
    return {
        **{name: getattr(summary, name) for name in names},
        "seconds": round(summary.seconds, 3),
        "pages_per_second": round(summary.pages_per_second, 3),
        "output": summary.output,
        "run_id": summary.run_id,
    }


def summary_text(summary: RunSummary) -> str:
    counts = summary.document_counts
    models = [
        f"{number} {what}" for number, what in ((summary.answers, "answers"), (summary.charts, "charts")) if number
    ]
    found = ", ".join([f"{summary.lines} lines", *models])
    lines = [
        f"{summary.documents} documents: {counts.ok} ok, {counts.partial} partial, {counts.failed} failed",
        f"{summary.pages} pages: {summary.pages_ok} ok, {summary.pages_failed} failed, "
        f"{summary.pages_skipped} done before",
        f"{found} in {summary.seconds:.1f} s, {summary.pages_per_second:.1f} pages/s",
    ]
    lines += [f"  {code}: {count}" for code, count in sorted(summary.codes.items())]
    return "\n".join([*lines, "", f"Parquet: {summary.output}/<table>/part-*.parquet", "", *_queries(summary.output)])


def _queries(output: str) -> list[str]:
    folder = output.replace("'", "''")
    queries = [
        f"SELECT text_source, status, count(*) AS pages FROM '{folder}/pages/*.parquet' GROUP BY ALL ORDER BY ALL",
        f"SELECT page_number, text, round(bbox.x0, 3) AS x0, round(bbox.y0, 3) AS y0 "
        f"FROM '{folder}/lines/*.parquet' WHERE text ILIKE '%total%' LIMIT 10",
        f"SELECT parse_filename(uri) AS file, page_number, code, message FROM '{folder}/errors/*.parquet'",
    ]
    return ["Ask it, for example:", *(f'  duckdb -c "{query}"' for query in queries)]
