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
    """What an export did.

    Attributes:
        folder: where the files are.
        documents, pages: that were written.
        empty: documents without any page, of which there is nothing to write.
        incomplete: documents whose run has not ended, which are left out.
        failed: messages of the documents that could not be written.
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
        folder: where to; `export/<format>` inside the output by default.

    Raises:
        InvalidJobError: for a format that is not known. MissingResourceError: where there is no output.
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
    # JSON Lines alone has a form for a document of which only its failure is known.
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
    """What an export did, for a person."""
    lines = [f"{done.folder}: {done.documents} documents, {done.pages} pages"]
    if done.empty:
        lines.append(f"{done.empty} documents without pages were left out; see the table errors")
    if done.incomplete:
        lines.append(f"{done.incomplete} documents are not complete yet and were left out; run the job again first")
    return "\n".join(lines)


def failures_text(done: Exported) -> str:
    """The documents that could not be written, one a line."""
    lines = [f"not exported: {message}" for message in done.failed[:_MOST_NAMED]]
    if len(done.failed) > _MOST_NAMED:
        lines.append(f"… and {len(done.failed) - _MOST_NAMED} more")
    return "\n".join(lines)
