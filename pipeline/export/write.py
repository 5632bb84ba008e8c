"""`docpipe export`: every document of an output in another format."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...schemas.errors import DocumentError
from ...schemas.locations import is_url
from ..tables.by_document import DocumentRows, incomplete_documents, read_documents
from ..tables.reader import StoredOutput
from .folder import ExportFolder, file_stem
from .formats import ExportFormat, export_format

if TYPE_CHECKING:
    from .formats import Writer

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
    """Write the files of each document.

    Args:
        to: name of one of `EXPORT_FORMATS`.
        folder: destination; `export/<format>` inside the output by default.

    Raises:
        InvalidJobError: the format is unknown.
        MissingResourceError: the location contains no docpipe output.
    """
    chosen = export_format(to)
    output = StoredOutput.open(location)
    if folder is None:
        folder = f"{output.store.url.rstrip('/')}/export/{to}"
    elif not is_url(folder):
        folder = str(Path(folder).absolute())
    target = ExportFolder(folder)
    done = Exported(folder, incomplete=incomplete_documents(output))
    with ExitStack() as stack:
        write = None if chosen.writer is None else chosen.writer(output, stack)
        for document in read_documents(output):
            _export(document, write, target, chosen, done)
    return done


def _export(
    document: DocumentRows, write: "Writer | None", target: ExportFolder, to: ExportFormat, done: Exported
) -> None:
    facts = document.stored()
    if facts.error_code and not to.has_failed_files:
        done.empty += 1
        return
    try:
        stem = file_stem(facts.document_id)
        if write is not None:
            with target.file(f"{stem}{to.suffix}") as path:
                done.pages += write(document, path)
        elif to.parts is not None:
            parts = to.parts()(document)
            for part in parts.files:
                with target.file(f"{stem}{part.name}{to.suffix}") as path:
                    part.write(path)
            done.pages += parts.pages
        done.documents += 1
    except DocumentError as error:
        done.failed.append(f"{facts.name} ({facts.document_id}): {error.message}")


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
