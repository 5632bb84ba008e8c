"""The formats of `docpipe export`; a writer is imported when it is used, so that the command line starts fast."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...schemas.errors import InvalidJobError

if TYPE_CHECKING:
    from ..tables.by_document import DocumentRows
    from ..tables.reader import StoredOutput
    from .parts import Parts

    Writer = Callable[[DocumentRows, Path], int]
    """Writes a document to a file and returns the number of its pages."""
    PartsOf = Callable[[DocumentRows], Parts]
    """The files of a document."""


@dataclass(frozen=True)
class ExportFormat:
    """A format that an output can be exported to.

    Attributes:
        suffix: end of the names of its files.
        meaning: what a file is, as a phrase.
        writer: makes the function that writes one document; what it opens is closed with the stack.
        parts: instead, the function that gives the files of a document, where it has none or several.
        needs_originals: whether the files that the job read must still be there.
        has_failed_files: whether a document of which nothing but the failure is known gets a file too.
    """

    name: str
    suffix: str
    meaning: str
    writer: "Callable[[StoredOutput, ExitStack], Writer] | None" = None
    parts: "Callable[[], PartsOf] | None" = None
    needs_originals: bool = False
    has_failed_files: bool = False


def _markdown(output: "StoredOutput", _stack: ExitStack) -> "Writer":
    from .markdown import write_markdown

    keep = keeps_running_headers(output.runs())
    return lambda document, path: write_markdown(document, path, keep_running=keep)


def keeps_running_headers(runs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the job of these runs has `running_headers: keep`."""
    tasks = (runs[-1].get("job") or {}).get("tasks") or {} if runs else {}
    return bool((tasks.get("ocr") or {}).get("running_headers") == "keep")


def _jsonl(_output: "StoredOutput", _stack: ExitStack) -> "Writer":
    from .jsonl import write_jsonl

    return write_jsonl


def _hocr(_output: "StoredOutput", _stack: ExitStack) -> "Writer":
    from .hocr import write_hocr

    return write_hocr


def _pdf(output: "StoredOutput", stack: ExitStack) -> "Writer":
    from ...operators.searchable_pdf.writer import PdfWriter
    from ..inputs.originals import passwords
    from .pdf import write_pdf

    pdf = stack.enter_context(PdfWriter(passwords(output.runs())))
    return lambda document, path: write_pdf(document, path, pdf)


def _csv() -> "PartsOf":
    from .csv_files import csv_parts

    return csv_parts


def _xlsx() -> "PartsOf":
    from .xlsx import xlsx_parts

    return xlsx_parts


EXPORT_FORMATS: tuple[ExportFormat, ...] = (
    ExportFormat("markdown", ".md", "text in reading order with headings and tables", _markdown),
    ExportFormat("jsonl", ".jsonl", "all rows, one object a page", _jsonl, has_failed_files=True),
    ExportFormat("hocr", ".hocr", "words with boxes, as other OCR tools read them", _hocr),
    ExportFormat("pdf", ".pdf", "searchable PDF: the original pages with invisible text", _pdf, needs_originals=True),
    ExportFormat("csv", ".csv", "one table or one chart", parts=_csv),
    ExportFormat("xlsx", ".xlsx", "the tables, a sheet each", parts=_xlsx),
)
"""`docpipe export --help` and the table of `docs/exports.md` are made from it."""


def export_format(name: str) -> ExportFormat:
    """The format of that name; raises InvalidJobError with the known ones where there is none."""
    for one in EXPORT_FORMATS:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in EXPORT_FORMATS)
    raise InvalidJobError(f"docpipe export: --to {name!r} is not known; one of {known}")


def formats_text() -> str:
    """The formats as a table in Markdown."""
    rows = "\n".join(
        f"| [`{one.name}`](#{one.name}) | `{one.suffix}` | {one.meaning} | {'yes' if one.needs_originals else 'no'} |"
        for one in EXPORT_FORMATS
    )
    return f"| format | files | one file is | needs the original files |\n|---|---|---|---|\n{rows}\n"
