"""`docpipe run`: from a job to committed tables, going on where an earlier run stopped."""

import os
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ..operators.parsed_page import ReadSettings
from ..schemas.errors import CommandError, JobBrokenError, MissingResourceError
from ..schemas.job import Job
from .audit import mend
from .commit import Provenance, committed_files, write_empty_tables
from .committed import PageCount, count_pages
from .document_stage import DocumentCounts, commit_documents, content_by_document, drop_documents
from .failures import describe_failure
from .fingerprint import check_same_job, digest, fingerprint_inputs, text_inputs, write_fingerprint
from .inputs import InputFile, list_inputs
from .inventory import Changes, FileFacts, append_inventory, compare, forget_files, read_inventory
from .lock import output_lock
from .output_folder import clear_output, refuse_foreign_folder
from .planning import PlannedDocument, listing_failure, pack_units, plan_documents, remaining_pages
from .progress import Reporter
from .ray_session import RaySession, ray_session
from .recovery import KeepRows, clear_leftovers, rewrite_batch
from .reuse import plan_reuse
from .run_record import RunRecord, write_run_record
from .stages import Rows, probe, read_and_commit, take_over
from .store import Store
from .worker import WorkerContext

_ROUNDS = 5
"""How often the run goes round (take over, read, audit) before it gives up on pages that do not stay."""


@dataclass(frozen=True)
class RunOptions:
    """What the command line adds to a job."""

    limit: int | None = None
    overwrite: bool = False
    retry_failed: bool = False
    address: str | None = None


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


@dataclass
class _Tally:
    pages: int = 0
    failed: int = 0
    lines: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    worker_seconds: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)


def run_job(job: Job, base: Path, options: RunOptions, reporter: Reporter) -> RunSummary:
    """Run a job to its end.

    Args:
        job: valid, with paths resolved.
        base: folder of job.yaml, which relative URIs of a manifest start from.

    Raises:
        CommandError: with its exit code, for whatever ends the run; what was committed stays.
    """
    return _Run(job, base, options, reporter).execute()


class _Run:
    def __init__(self, job: Job, base: Path, options: RunOptions, reporter: Reporter) -> None:
        self.job, self.base, self.options, self.reporter = job, base, options, reporter
        self.started = time.monotonic()
        self.store = Store(job.output.path)
        run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        self.provenance = Provenance(run_id, digest(fingerprint_inputs(job)), digest(text_inputs(job)))
        self.context = WorkerContext(
            self.store,
            self.provenance,
            read_settings(job),
            job.limits.page_seconds,
            job.limits.page_memory_mb,
            Store(job.inputs.reuse) if job.inputs.reuse else None,
        )
        self.tally = _Tally()
        self.exit = ExitStack()
        self.session: RaySession | None = None
        self.recorded = False

    def execute(self) -> RunSummary:
        with self.exit:
            try:
                refuse_foreign_folder(self.store)
                self.exit.enter_context(output_lock(self.store, self.provenance.run_id))
                return self._execute()
            except KeyboardInterrupt:
                self._record_end("interrupted")
                raise
            except CommandError:
                self._record_end("broken")
                raise
            except Exception as error:
                self._record_end("broken")
                raise JobBrokenError(describe_failure(error)) from error

    def _execute(self) -> RunSummary:
        self._prepare_output()
        listed = list_inputs(self.job.inputs, self.base, self.store.url)
        known = read_inventory(self.store)
        changes = compare(listed, known)
        self._announce(changes)
        documents = self._take_inventory(listed, known)
        self._record("running", None)
        skipped, counts = self._read_pages(documents)
        done = commit_documents(
            self.store, self.provenance, documents, counts, committed_files(self.store, "documents")
        )
        self._forget_gone(listed, known, counts)
        clear_leftovers(self.store)
        summary = RunSummary(
            run_id=self.provenance.run_id,
            output=self.store.url,
            documents=len(documents),
            pages=sum(len(document.pages) for document in documents),
            pages_ok=self.tally.pages - self.tally.failed,
            pages_failed=self.tally.failed,
            pages_skipped=skipped,
            lines=self.tally.lines,
            seconds=time.monotonic() - self.started,
            changes=changes,
            document_counts=done,
            failed_pages=sum(counts[d.document_id].failed for d in documents if d.document_id in counts),
            codes=dict(self.tally.codes),
        )
        self._record("done", summary)
        return summary

    def _prepare_output(self) -> None:
        if self.options.overwrite:
            clear_output(self.store)
        if not check_same_job(self.store, self.job):
            write_empty_tables(self.store, self.provenance)
            write_fingerprint(self.store, self.job)
        clear_leftovers(self.store)
        mended = mend(self.store, self.provenance)
        if mended.broken or mended.doubled:
            self.reporter.say(f"mended the output: {mended.broken} broken batches, {mended.doubled} doubled pages")
        if self.options.retry_failed:
            self._rewrite_pages(lambda rows: pc.equal(rows.column("status"), "ok"))

    def _rewrite_pages(self, keep: KeepRows) -> None:
        for file in committed_files(self.store, "pages"):
            rewrite_batch(self.store, self.provenance, "pages", file.name, keep)

    def _announce(self, changes: Changes) -> None:
        parts = [f"{changes.added} new", f"{changes.changed} changed", f"{changes.gone} gone", f"{changes.same} known"]
        self.reporter.say(f"inputs: {', '.join(parts)} files")

    def _take_inventory(self, listed: Sequence[InputFile], known: dict[str, FileFacts]) -> list[PlannedDocument]:
        """Open what is new or changed until the job's documents, or `--limit` of them, are known."""
        started = time.monotonic()
        if self.options.retry_failed:
            known = {uri: facts for uri, facts in known.items() if not facts.error_code}
        limit = self.options.limit or len(listed)
        opened: list[FileFacts] = []
        take = limit
        while True:
            files = listed[:take]
            opened += self._open_files([file for file in files if self._is_new(file, known)], known)
            documents = plan_documents(files, known, self.job.limits, self.job.inputs.pages)[:limit]
            if len(documents) >= limit or take >= len(listed):
                break
            take += limit - len(documents)
        self._forget_stale(documents)
        owner = {uri: document.document_id for document in documents for uri in document.uris}
        fresh = {facts.uri for facts in opened}
        keep = [
            replace(facts, document_id=owner[uri])
            for uri, facts in known.items()
            if uri in owner and (uri in fresh or facts.document_id != owner[uri])
        ]
        if keep:
            append_inventory(self.store, keep, sequence=time.time_ns())
        self.tally.seconds["inventory"] = time.monotonic() - started
        return documents

    def _is_new(self, file: InputFile, known: dict[str, FileFacts]) -> bool:
        if listing_failure(file, self.job.limits):
            return False
        return file.uri not in known or known[file.uri].version != file.version

    def _open_files(self, files: Sequence[InputFile], known: dict[str, FileFacts]) -> list[FileFacts]:
        if not files:
            return []
        found = list(probe(files, self.context, self._ray().cpus))
        known.update({facts.uri: facts for facts in found})
        return found

    def _forget_stale(self, documents: Sequence[PlannedDocument]) -> None:
        """Drop what stands under an id of the manifest that now names other bytes; unreadable ones tell nothing."""
        committed = committed_files(self.store, "documents")
        before = content_by_document(self.store, committed)
        before |= {f.document_id: f.content_sha256 for f in read_inventory(self.store).values() if f.document_id}
        stale = [
            document.document_id
            for document in documents
            if document.facts.content_sha256
            and before.get(document.document_id) not in (None, document.facts.content_sha256)
        ]
        self._drop_pages(stale)
        drop_documents(self.store, self.provenance, committed, stale)

    def _forget_gone(
        self, listed: Sequence[InputFile], known: dict[str, FileFacts], counts: dict[str, PageCount]
    ) -> None:
        """Strike files that are gone, and drop pages of theirs for which no row of `documents` was ever written."""
        there = {file.uri for file in listed}
        planned = {facts.document_id for uri, facts in read_inventory(self.store).items() if uri in there}
        standing = content_by_document(self.store, committed_files(self.store, "documents"))
        self._drop_pages([name for name in counts if name not in standing and name not in planned])
        forget_files(self.store, known.keys() - there, sequence=time.time_ns())

    def _drop_pages(self, document_ids: Sequence[str]) -> None:
        if document_ids:
            ids = pa.array(document_ids, pa.string())
            self._rewrite_pages(lambda rows: pc.invert(pc.is_in(rows.column("document_id"), value_set=ids)))

    def _read_pages(self, documents: Sequence[PlannedDocument]) -> tuple[int, dict[str, PageCount]]:
        """Read and commit until the audit misses nothing; returns pages that stood already, and what stands now."""
        started = time.monotonic()
        skipped = None
        for _ in range(_ROUNDS):
            files = committed_files(self.store, "pages")
            counts = count_pages(self.store, files)
            work = remaining_pages(self.store, documents, files, counts)
            missing = sum(len(numbers) for _, numbers in work)
            if skipped is None:
                skipped = sum(len(document.pages) for document in documents) - missing
                self.reporter.start(len(documents), missing)
            if not missing:
                self.tally.seconds["pages"] = time.monotonic() - started
                self.tally.seconds["pages, summed over workers"] = self.tally.worker_seconds
                return skipped, counts
            some_ok = any(count.failed < count.rows for count in counts.values())
            if self.context.reuse and self._take_over(self.context.reuse, work):
                continue
            self._count(read_and_commit(pack_units(work, self._ray().cpus), self.context), some_ok)
            mend(self.store, self.provenance)
        raise JobBrokenError(
            f"{missing} pages were read and committed and are still not in {self.store.url}; "
            "is something else writing or deleting there?"
        )

    def _take_over(self, earlier: Store, work: Sequence[tuple[PlannedDocument, Sequence[int]]]) -> int:
        """Commit what an earlier output has of the missing pages; returns how many that were."""
        plan = plan_reuse(earlier, self.provenance.text_fingerprint, work)
        self.reporter.say(f"reuse: {plan.pages} pages from {earlier.url}" + (f"; {plan.reason}" if plan.reason else ""))
        self.context = replace(self.context, reuse=None)
        if plan.pages:
            self._ray()
            self._count(take_over(plan.blocks, replace(self.context, reuse=earlier)), some_ok=True)
        return plan.pages

    def _count(self, committed: Rows, some_ok: bool) -> None:
        tally, abort_after = self.tally, self.job.on_error.abort_after
        # Closed before Ray is: an execution that goes on would start another Ray.
        with closing(committed):
            for row in committed:
                tally.pages += row["pages"]
                tally.failed += row["pages_failed"]
                tally.lines += row["lines"]
                tally.codes.update(row["codes"])
                tally.worker_seconds += row["seconds_read"]
                self.reporter.advance(row["pages"], row["pages_failed"])
                if not some_ok and tally.failed == tally.pages >= abort_after:
                    code, count = tally.codes.most_common(1)[0]
                    raise JobBrokenError(
                        f"the first {tally.pages} pages all failed ({count} times {code}); "
                        f"stopped because of on_error.abort_after: {abort_after}"
                    )

    def _ray(self) -> RaySession:
        if self.session is None:
            address = self.options.address or self.job.ray.address
            started = time.monotonic()
            self.session = self.exit.enter_context(ray_session(address))
            self.tally.seconds["starting ray"] = time.monotonic() - started
        return self.session

    def _record(self, state: str, summary: RunSummary | None) -> None:
        record = RunRecord(self.provenance, self.job, state, self.tally.seconds, summary)
        write_run_record(self.store, record)
        self.recorded = True

    def _record_end(self, state: str) -> None:
        """Say how the run ended; without a word where it had not begun, or where the disk is what broke it."""
        if self.recorded:
            with suppress(OSError):
                self._record(state, None)


def read_settings(job: Job) -> ReadSettings:
    """How the job's pages are read.

    Raises MissingResourceError where the variable with the passwords is not set.
    """
    passwords: tuple[str, ...] = ()
    variable = job.inputs.passwords_env
    if variable:
        if variable not in os.environ:
            raise MissingResourceError(f"inputs.passwords_env: the environment has no variable {variable}")
        passwords = tuple(line for line in os.environ[variable].splitlines() if line)
    return ReadSettings(
        dpi=job.render.dpi,
        max_pixels=job.render.max_pixels,
        engine=job.tasks.ocr.engine if job.tasks.ocr else "auto",
        # `auto` finds regions where a task needs them; reading text alone does not.
        layout=job.layout == "on",
        passwords=passwords,
    )
