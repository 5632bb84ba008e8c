"""`docpipe export`: every document of an output in another format."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ...operators.searchable_pdf.writer import PdfWriter
from ...schemas.errors import DocumentError, InvalidJobError
from ...schemas.locations import is_url
from ..inputs.originals import passwords
from ..tables.by_document import DocumentRows, incomplete_documents, read_documents
from ..tables.reader import StoredOutput
from .folder import ExportFolder, file_stem
from .hocr import write_hocr
from .jsonl import write_jsonl
from .markdown import write_markdown
from .pdf import write_pdf

Writer = Callable[[DocumentRows, Path], int]

SUFFIXES = {"markdown": ".md", "jsonl": ".jsonl", "hocr": ".hocr", "pdf": ".pdf"}
_MOST_NAMED = 20


@dataclass
class Exported:
    """The result of an export.

    Attributes:
        folder: folder with the files.
        documents, pages: numbers of documents and pages that were written.
        empty: number of documents without any page, which are left out.
        incomplete: number of documents whose run has not finished, which are left out.
        failed: messages for the documents that could not be written.
    """

    folder: str
    documents: int = 0
    pages: int = 0
    empty: int = 0
    incomplete: int = 0
    failed: list[str] = field(default_factory=list)


def export_output(location: str, to: str, folder: str | None = None) -> Exported:
    """Write one file for each document.

    Args:
        to: one of `SUFFIXES`.
        folder: destination; `export/<format>` inside the output by default.

    Raises:
        InvalidJobError: the format is unknown.
        MissingResourceError: the location contains no docpipe output.
    """
    if to not in SUFFIXES:
        raise InvalidJobError(f"docpipe export: --to {to!r} is not known; one of {', '.join(SUFFIXES)}")
    output = StoredOutput.open(location)
    if folder is None:
        folder = f"{output.store.url.rstrip('/')}/export/{to}"
    elif not is_url(folder):
        folder = str(Path(folder).absolute())
    target = ExportFolder(folder)
    done = Exported(folder, incomplete=incomplete_documents(output))
    with _writer(to, output) as write:
        for document in read_documents(output):
            _export(document, write, target, SUFFIXES[to], done)
    return done


def _export(document: DocumentRows, write: Writer, target: ExportFolder, suffix: str, done: Exported) -> None:
    facts = document.stored()
    # Only JSON Lines can represent a document of which nothing but the failure is known.
    if facts.error_code and suffix != SUFFIXES["jsonl"]:
        done.empty += 1
        return
    try:
        with target.file(f"{file_stem(facts.document_id)}{suffix}") as path:
            done.pages += write(document, path)
        done.documents += 1
    except DocumentError as error:
        done.failed.append(f"{facts.name} ({facts.document_id}): {error.message}")


@contextmanager
def _writer(to: str, output: StoredOutput) -> Iterator[Writer]:
    if to == "pdf":
        with PdfWriter(passwords(output.runs())) as pdf:
            yield lambda document, path: write_pdf(document, path, pdf)
    else:
        yield {"markdown": write_markdown, "jsonl": write_jsonl, "hocr": write_hocr}[to]


def exported_text(done: Exported) -> str:
    """The result of an export, as readable text."""
    lines = [f"{done.folder}: {done.documents} documents, {done.pages} pages"]
    if done.empty:
        lines.append(f"{done.empty} documents without pages were left out; see the table errors")
    if done.incomplete:
        lines.append(f"{done.incomplete} documents are not complete yet and were left out; run the job again first")
    return "\n".join(lines)


def failures_text(done: Exported) -> str:
    """The documents that could not be written, one per line."""
    lines = [f"not exported: {message}" for message in done.failed[:_MOST_NAMED]]
    if len(done.failed) > _MOST_NAMED:
        lines.append(f"… and {len(done.failed) - _MOST_NAMED} more")
    return "\n".join(lines)
