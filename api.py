"""The functions of the Python interface, thin over the pipeline; `docpipe` exports them."""

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .schemas.errors import InvalidJobError, documented_errors

if TYPE_CHECKING:
    from .pipeline.run.summary import RunSummary
    from .pipeline.tables.output import Output
    from .pipeline.tables.records import StoredEvidence
    from .schemas.job.model import Job

__all__ = ["Location", "TextLocation", "load_job", "locate", "open_output", "run"]

_one_run = threading.Lock()


def load_job(path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> "Job":
    """Read and check a job file, as `docpipe validate` does.

    >>> job = docpipe.load_job("job.yaml", overrides=["output.path=out/x", "tasks.ocr.engine=text_layer"])

    Args:
        path: of the file; relative paths in it start from its folder.
        overrides: `key.path=value`, put over the file as `--set` does.

    Raises:
        InvalidJobError: the file cannot be read, or the job is not valid; each mistake with its line and key.
    """
    from .schemas.job.load import load_job as load

    with documented_errors():
        return load(os.fspath(path), overrides)


def run(job: "Job", limit: int | None = None, retry_failed: bool = False, address: str | None = None) -> "RunSummary":
    """Run a job to its end; a job that was interrupted resumes when it is run again.

    >>> summary = docpipe.run(docpipe.load_job("job.yaml"))
    >>> summary.pages_ok, summary.output, summary.problems

    Works in any thread and beside a running event loop (the call blocks until the job is done). A process that is part
    of a Ray already has the job run there, and keeps it; else Ray is started here for the run, or joined at `address`.
    Runs of one process come one after the other. The signal handlers, the standard error and the loggers of the program
    stay as they are; what `docpipe run` prints while it works goes to the logger `docpipe`.

    Args:
        job: from `load_job`.
        limit: take so many documents only.
        retry_failed: read again what failed before.
        address: a running Ray cluster, `auto` or `host:port`; over `ray.address` of the job.

    Returns:
        The fields of `docpipe run --json` as attributes. Where more failed than `on_error` allows (exit code 3 on the
        command line), nothing is raised: `problems` says what, and `within_limits` is False.

    Raises:
        InvalidJobError: the job does not fit its inputs or its output, or another run writes there.
        MissingResourceError: something that the job needs is not there.
        JobBrokenError: the run failed; committed pages stay in the output, and the next run resumes.
        KeyboardInterrupt: as anywhere; the next run goes on.
    """
    from .schemas.job.model import Job

    if not isinstance(job, Job):
        raise InvalidJobError(f"docpipe.run: takes what docpipe.load_job gives, not {type(job).__name__}")
    if limit is not None and limit < 1:
        raise InvalidJobError(f"docpipe.run: limit: {limit}: must be at least 1")
    with documented_errors():
        from .pipeline.run.context import RunOptions
        from .pipeline.run.run import run_job
        from .pipeline.telemetry.progress import logged

        options = RunOptions(limit, retry_failed=retry_failed, address=address, embedded=True)
        with _one_run:
            return run_job(job, job.folder, options, logged())


def open_output(path: str | os.PathLike[str]) -> "Output":
    """Open an output folder for reading: committed rows only, also while a run goes on.

    >>> out = docpipe.open_output("out/invoices")
    >>> out.table("answers").to_pandas()
    >>> out.dataset("lines").to_table(["text"], filter=pyarrow.dataset.field("confidence") < 0.5)
    >>> out.document(out.document_ids[0]).pages

    Args:
        path: a folder, or any fsspec URL such as `s3://bucket/out`. Outputs of earlier versions are read too.

    Raises:
        MissingResourceError: no run has begun there, or the store does not answer.
    """
    with documented_errors():
        from .pipeline.tables.output import Output

        return Output.open(path)


@dataclass(frozen=True)
class TextLocation:
    """Where one text is in a document.

    Attributes:
        text: as it was asked for.
        grounding: `exact`, `fuzzy` or `none`.
        support: estimated probability that the text is there; None where there is nothing to look in.
        evidence: the chosen place, an entry a line, each with `page_number`, `box` (shares of the page) and `text`.
    """

    text: str
    grounding: str
    support: float | None
    evidence: tuple["StoredEvidence", ...]


@dataclass(frozen=True)
class Location:
    """What `locate` found; iterates over its texts.

    Attributes:
        texts: as they were asked for, in the same order.
        failures: of pages that could not be read and so were not looked at, one line each.
    """

    texts: tuple[TextLocation, ...]
    failures: tuple[str, ...]

    def __iter__(self) -> Iterator[TextLocation]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> TextLocation:
        return self.texts[index]


def locate(
    file: str | os.PathLike[str],
    texts: Sequence[str] | str,
    page: int | None = None,
    passwords_env: str | None = None,
) -> Location:
    """Find where texts are in a document, as `docpipe locate` does.

    >>> for found in docpipe.locate("scan.pdf", ["€ 1,234.50"]):
    ...     print(found.support, [(place.page_number, place.box) for place in found.evidence])

    Args:
        file: a path or fsspec URL.
        texts: what to look for.
        page: the only page to look at, counting from 1; None for all.
        passwords_env: name of a variable with one password a line.

    Raises:
        InvalidJobError: no text is given, the file is of no type that can be read, or it has no such page.
        MissingResourceError: there is no such file, it may not be read, or no password fits.
        JobBrokenError: the document, or each of its pages, cannot be read.
    """
    wanted = [texts] if isinstance(texts, str) else list(texts)
    if page is not None and page < 1:
        raise InvalidJobError(f"docpipe.locate: page: {page}: must be at least 1")
    with documented_errors():
        from .pipeline.commands.locate import locate as look_up
        from .pipeline.tables.records import StoredEvidence

        found = look_up(os.fspath(file), wanted, page, passwords_env)
        return Location(
            tuple(
                TextLocation(
                    text,
                    str(grounding.kind),
                    grounding.support,
                    tuple(StoredEvidence(place.page_number, place.box, place.text) for place in grounding.places),
                )
                for text, grounding in found.texts
            ),
            found.failures,
        )
