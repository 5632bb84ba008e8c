"""`docpipe run`: from a job to committed tables, going on where an earlier run stopped."""

import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ...schemas.errors import CommandError, JobBrokenError
from ...schemas.job.model import Job
from ...schemas.tables import COUNTED_TABLES
from ..cluster.nodes import check_nodes
from ..cluster.session import free_cpus
from ..engines.tasks import check_engines, check_questions
from ..inputs.inventory import compare, read_inventory
from ..inputs.listing import InputFile, list_inputs
from ..output.audit import mend
from ..output.commit import committed_files, narrow_empty_tables, write_empty_tables
from ..output.folder import check_writable, clear_output, refuse_foreign_folder
from ..output.lock import LockLostError, output_lock
from ..output.recovery import clear_leftovers
from ..output.store import Store
from ..stages.reuse import check_reusable
from ..telemetry.progress import Reporter
from .context import RunContext, RunOptions
from .documents import commit_documents
from .fingerprint import check_same_job, engine_identities, write_fingerprint
from .pages import read_pages
from .questions import answer_documents
from .record import LiveProgress, RecordedReporter, RunRecord, write_run_record
from .retry_failed import take_back_failed
from .summary import RunSummary, command_error_in, describe_failure, exit_code
from .take_inventory import forget_gone, take_inventory

PATIENCE_SECONDS = 0.5
"""How long inputs are listed before a Ray that is needed starts: most mistakes in `inputs` are found sooner."""

INVENTORY_SECONDS = 2.0
"""How long inputs are listed and opened before a Ray starts that only larger jobs need."""


def run_job(job: Job, base: Path, options: RunOptions, reporter: Reporter) -> RunSummary:
    """Run a job to its end.

    Args:
        job: valid, with paths resolved.
        base: folder of job.yaml, which relative URIs of a manifest start from.

    Raises:
        CommandError: with its exit code, for whatever ends the run; what was committed stays.
    """
    lost = threading.Event()
    try:
        return _run_alone(job, base, options, reporter, lost)
    except KeyboardInterrupt:
        # It may come while the run, which has failed by then, is closing.
        if lost.is_set():
            raise _lost(Store(job.output.path)) from None
        raise


def _run_alone(job: Job, base: Path, options: RunOptions, reporter: Reporter, lost: threading.Event) -> RunSummary:
    """Run a job while no other run writes to its output; `lost` is set where another one takes the output over."""
    with ExitStack() as resources:
        run = RunContext(job, base, options, reporter, resources)
        reporter.begin(run.provenance.run_id)

        def stop() -> None:
            lost.set()
            # The main thread waits for Ray; this wakes it. Where it is not the run's to wake, the next commit fails.
            run.stopping.at_once()

        if not options.embedded:
            resources.enter_context(run.stopping.listening(partial(_announce_stop, run)))
        try:
            check_writable(run.store)
            refuse_foreign_folder(run.store)
            resources.enter_context(output_lock(run.store, run.provenance.run_id, reporter.say, stop))
        except CommandError:
            raise
        except Exception as error:
            raise JobBrokenError(describe_failure(error)) from error
        try:
            return _run(run)
        except KeyboardInterrupt:
            if lost.is_set():
                raise _lost(run.store) from None
            _record_end(run, "interrupted")
            raise
        except Exception as error:
            if lost.is_set():
                raise _lost(run.store) from error
            _record_end(run, "broken")
            raised = command_error_in(error)
            if raised is error:
                raise
            if raised is not None:
                raise raised from error
            raise JobBrokenError(describe_failure(error)) from error


def _lost(store: Store) -> LockLostError:
    return LockLostError(f"{store.url}: another run has taken over; this one has ended")


def _run(run: RunContext) -> RunSummary:
    started = time.monotonic()
    fresh = _prepare_output(run)
    if fresh or run.ray_address is not None:
        run.prepare_ray(PATIENCE_SECONDS if run.needs_ray else INVENTORY_SECONDS)
    listing = time.monotonic()
    listed = list_inputs(run.job.inputs, run.base, run.store.url)
    run.tally.seconds["listing"] = time.monotonic() - listing
    check_questions(run.job, listed)
    known = read_inventory(run.store)
    changes = compare(listed, known)
    run.reporter.say(
        f"inputs: {changes.added} new, {changes.changed} changed, {changes.gone} gone, {changes.same} known files"
    )
    if (changes.added or changes.changed) and run.needs_ray:
        run.prepare_ray()
    if run.ray_address is not None:
        _check_cluster(run, listed)
    documents = take_inventory(run, listed, known)
    run.reporter = RecordedReporter(run.reporter, partial(_record, run, "running", None))
    skipped, counts = read_pages(run, documents)
    ask = partial(answer_documents, run) if run.document_models.tasks.plan else None
    standing = committed_files(run.store, "documents")
    done = commit_documents(run.store, run.provenance, documents, counts, standing, ask, partial(_count, run))
    forget_gone(run, listed, known, counts)
    clear_leftovers(run.store)
    tally = run.tally
    summary = RunSummary(
        run_id=run.provenance.run_id,
        output=run.store.url,
        documents=len(documents),
        pages=sum(len(document.pages) for document in documents),
        pages_ok=tally.pages - tally.failed,
        pages_failed=tally.failed,
        pages_skipped=skipped,
        **{table: tally.rows[table] for table in COUNTED_TABLES},
        problems=(),
        seconds=time.monotonic() - started,
        changes=changes,
        document_counts=done,
        failed_pages=sum(counts[d.document_id].failed for d in documents if d.document_id in counts),
        codes=dict(tally.codes),
    )
    summary = replace(summary, problems=tuple(exit_code(summary, run.job.on_error)[1]))
    _record(run, "done", summary, run.reporter.progress)
    return summary


def _count(run: RunContext, statuses: Sequence[str], errors: Sequence[dict[str, Any]]) -> None:
    run.metrics.count_documents(statuses, errors)
    run.tally.codes.update(error["code"] for error in errors)


def _check_cluster(run: RunContext, listed: Sequence[InputFile]) -> None:
    session = run.ray()
    if session.nodes > 1:
        check_nodes(run.job, run.store, listed, run.reporter.say)
    if not free_cpus():
        run.reporter.say(f"all {session.cpus} CPUs of the cluster are in use by others; waiting for one")


def _prepare_output(run: RunContext) -> bool:
    """Bring the output to a clean state; returns whether it is a fresh one."""
    check_engines(run.job)
    if run.job.inputs.reuse is not None:
        check_reusable(Store(run.job.inputs.reuse))
    if run.options.overwrite:
        clear_output(run.store)
    fresh = not check_same_job(run.store, run.job)
    if fresh:
        write_empty_tables(run.store, run.provenance)
        write_fingerprint(run.store, run.job)
    else:
        narrow_empty_tables(run.store, run.provenance)
    clear_leftovers(run.store)
    mended = mend(run.store, run.provenance, run.pages)
    if mended.broken or mended.doubled:
        run.reporter.say(f"mended the output: {mended.broken} broken batches, {mended.doubled} doubled pages")
    if run.options.retry_failed:
        take_back_failed(run.store, run.provenance)
    return fresh


def _announce_stop(run: RunContext, seconds: float) -> None:
    run.reporter.say(f"stopping: what is in hand is committed, in {seconds:g} s at most; a second signal ends at once")
    if run.recorded:
        _record(run, "stopping", None)


def _record(run: RunContext, state: str, summary: RunSummary | None, progress: LiveProgress | None = None) -> None:
    if run.stopping.asked and state == "running":
        state = "stopping"
    run.progress = progress or run.progress
    engines = engine_identities(run.job, run.dtypes)
    record = RunRecord(
        run.provenance, run.job, state, run.tally.seconds, summary, run.progress, engines, run.devices or "cpu"
    )
    write_run_record(run.store, record)
    run.recorded = True


def _record_end(run: RunContext, state: str) -> None:
    """Say how the run ended; without a word where it had not begun, or where the disk is what broke it."""
    if run.recorded:
        progress = run.reporter.progress if isinstance(run.reporter, RecordedReporter) else None
        with suppress(OSError):
            _record(run, state, None, progress)
