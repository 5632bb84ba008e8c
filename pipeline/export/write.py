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
from .parts import Parts

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
    files = {} if chosen.parts is None else target.listed(to)
    with ExitStack() as stack:
        if chosen.parts is not None:
            stack.callback(target.keep_list, to, files)
        write = None if chosen.writer is None else chosen.writer(output, stack)
        for document in read_documents(output):
            _export(document, write, target, chosen, done, files)
    return done


def _export(
    document: DocumentRows,
    write: "Writer | None",
    target: ExportFolder,
    to: ExportFormat,
    done: Exported,
    files: dict[str, list[str]],
) -> None:
    """Write a document; `files` are those of each document of a format with several, and are kept up to date."""
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
            done.pages += write_parts(to.parts()(document), stem, target, to.suffix, files)
        done.documents += 1
    except DocumentError as error:
        done.failed.append(f"{facts.name} ({facts.document_id}): {error.message}")


def write_parts(parts: Parts, stem: str, target: ExportFolder, suffix: str, files: dict[str, list[str]]) -> int:
    """Write the files of a document, and delete those of an earlier export that it does not have any more."""
    written = [f"{stem}{part.name}{suffix}" for part in parts.files]
    before = [name for name in files.get(stem, ()) if _may_belong(name, stem, suffix)]
    files[stem] = sorted({*before, *written})
    for part, name in zip(parts.files, written, strict=True):
        with target.file(name) as path:
            part.write(path)
    for name in set(before) - set(written):
        target.delete(name)
    files[stem] = written
    return parts.pages


def _may_belong(name: str, stem: str, suffix: str) -> bool:
    """Whether a name in the list of an earlier export is one that this document can have had."""
    return name.startswith(stem) and name.endswith(suffix) and "/" not in name and "\\" not in name


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
