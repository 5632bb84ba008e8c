"""`docpipe report`: writes `report.html` in an output folder."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ... import __version__
from ...schemas.tables import TABLES
from ..inputs.originals import passwords
from ..output.lock import running_holder
from ..tables.reader import StoredOutput
from .contents import Contents, gather
from .drawing import draw
from .page import ReportView, render
from .view_pages import page_views
from .view_values import answer_views, chart_views, failure_views

REPORT_PATH = "report.html"
MAX_PAGES = 40
PICTURE_BYTES = 10_000_000
"""Limit for the bytes of all images, before base64 makes them a third larger; the numbers of boxes and texts have their
own limits."""


def write_report(location: str, max_pages: int = MAX_PAGES) -> str:
    """Write the report of an output and return its path or URL.

    Raises MissingResourceError if the folder contains no docpipe output.
    """
    output = StoredOutput.open(location)
    runs = output.runs()
    contents = gather(output, max_pages)
    drawings = draw(contents, passwords(runs), PICTURE_BYTES)
    seconds: dict[str, float] = {}
    for run in runs:
        for stage, spent in (run.get("seconds") or {}).items():
            seconds[stage] = seconds.get(stage, 0.0) + float(spent)
    view = ReportView(
        title=_title(output, runs),
        output=output.store.url,
        written=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        version=__version__,
        running=running_holder(output.store),
        counts={table: output.count(table) for table in TABLES},
        seconds=seconds,
        sampling=_sampling(output, contents),
        survey=contents.survey,
        pages=page_views(contents, drawings),
        answers=answer_views(contents, drawings),
        charts=chart_views(contents, drawings),
        failures=failure_views(contents.failures),
    )
    output.store.write_bytes(REPORT_PATH, render(view).encode())
    return output.store.full_path(REPORT_PATH) if output.store.is_local else f"{output.store.url}/{REPORT_PATH}"


def _title(output: StoredOutput, runs: Sequence[Mapping[str, Any]]) -> str:
    name = (runs[-1].get("job") or {}).get("name") if runs else None
    return str(name or output.store.url.rstrip("/").rsplit("/", 1)[-1])


def _sampling(output: StoredOutput, contents: Contents) -> str:
    """A note on how many rows of the total are shown."""
    parts = []
    for what, shown, total in (
        ("pages", len(contents.pages), output.count("pages")),
        ("answers", len(contents.answers), output.count("answers")),
        ("charts", len(contents.charts), output.count("charts")),
        ("failures", len(contents.failures), output.count("errors")),
    ):
        if total > shown:
            parts.append(f"{shown} of {total} {what}")
    if not parts:
        return "Everything is shown below."
    return (
        f"The counts and distributions above cover all rows. Below are {', '.join(parts)}, chosen so that every "
        "failure code and every source of text is among them, with the least confident and the least supported ones, "
        "and the rest at random."
    )
