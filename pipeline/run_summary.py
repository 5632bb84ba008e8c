"""What a run did, as counts."""

from dataclasses import dataclass

from .document_stage import DocumentCounts
from .inventory import Changes


@dataclass(frozen=True)
class RunSummary:
    """What a run did; `pages` is `pages_ok + pages_failed + pages_skipped`.

    Attributes:
        documents, pages: of the whole job.
        pages_ok, pages_failed, lines: of this run.
        pages_skipped: committed by earlier runs.
        changes: how the inputs differ from the last run's.
        document_counts, failed_pages: of the job over all its runs, which `on_error` is held against.
        codes: error codes of this run's pages with their counts.
    """

    run_id: str
    output: str
    documents: int
    pages: int
    pages_ok: int
    pages_failed: int
    pages_skipped: int
    lines: int
    seconds: float
    changes: Changes
    document_counts: DocumentCounts
    failed_pages: int
    codes: dict[str, int]
    answers: int = 0
    charts: int = 0

    @property
    def pages_per_second(self) -> float:
        return (self.pages_ok + self.pages_failed) / max(self.seconds, 1e-9)
