"""Reads and commits pages until the audit finds none missing."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from ...schemas.errors import JobBrokenError
from ...schemas.job.tasks import Use
from ...schemas.tables import COUNTED_TABLES
from ..inputs.units import PlannedDocument, pack_units, remaining_pages
from ..output.audit import mend
from ..output.committed import PageCount
from ..output.store import Store
from ..stages.datasets import Rows, read_and_commit, read_ask_and_commit, take_over
from ..stages.reuse import plan_reuse
from .context import RunContext
from .fingerprint import text_differences

_ROUNDS = 5
"""Maximum number of rounds (reuse, read, audit) before the run fails because committed pages disappear."""

Work = Sequence[tuple[PlannedDocument, Sequence[int]]]


def read_pages(run: RunContext, documents: Sequence[PlannedDocument]) -> tuple[int, Mapping[str, PageCount]]:
    """Read and commit the missing pages.

    Returns:
        The number of pages that were committed before, and the committed pages of every document.

    Raises:
        JobBrokenError: `on_error.abort_after` stops the job, or committed pages disappear from the output.
    """
    started = time.monotonic()
    reuse = run.job.inputs.reuse
    skipped, missing = None, 0
    for _ in range(_ROUNDS):
        files, counts = run.pages.count()
        work = remaining_pages(run.store, documents, files, counts)
        missing = sum(len(numbers) for _, numbers in work)
        if skipped is None:
            skipped = sum(len(document.pages) for document in documents) - missing
            run.reporter.start(len(documents), missing)
        if not missing:
            run.tally.seconds["pages"] = time.monotonic() - started
            run.tally.seconds["pages, summed over workers"] = run.tally.worker_seconds
            for stage, seconds in run.tally.stage_seconds.take().items():
                run.tally.seconds[f"{stage}, summed over workers"] = seconds
            return skipped, counts
        if reuse is not None:
            taken, reuse = _take_over(run, Store(reuse), work), None
            if taken:
                continue
        some_ok = any(count.failed < count.rows for count in counts.values())
        with run.metrics.reading(missing):
            _count(run, _read(run, work), some_ok)
        mend(run.store, run.provenance, run.pages)
    raise JobBrokenError(
        f"{missing} pages were read and committed and are still not in {run.store.url}; "
        "is something else writing or deleting there?"
    )


def _read(run: RunContext, work: Work) -> Rows:
    cpus, tasks, reader = run.cpus, run.models.tasks, run.reader()
    workers = cpus if reader is None else reader.replicas
    units = pack_units(work, workers, run.job.text_engine, asks_models=bool(tasks.plan.engines))
    near = run.near(sum(unit.seconds for unit in units))
    context = run.worker
    if reader is not None:
        context = replace(context, settings=replace(context.settings, device="cuda"))
    if not tasks.plan.engines:
        return read_and_commit(units, context, tasks, cpus, run.stop, reader, near)
    return read_ask_and_commit(units, context, run.models, run.page_engines(), cpus, run.stop, reader)


def _take_over(run: RunContext, earlier: Store, work: Work) -> int:
    """Commit the missing pages that an earlier output has, and return their number."""
    if run.models.tasks.plan.asks(set(Use) - {Use.OCR}):
        run.reporter.say("reuse: no pages reused; questions about pages, charts and tables need the pages themselves")
        return 0
    plan = plan_reuse(earlier, text_differences(earlier, run.job), work)
    run.reporter.say(f"reuse: {plan.pages} pages from {earlier.url}" + (f"; {plan.reason}" if plan.reason else ""))
    if plan.pages:
        copied = take_over(plan.blocks, replace(run.worker, reuse=earlier), run.stop, run.near())
        _count(run, copied, some_ok=True)
    return plan.pages


def _count(run: RunContext, committed: Rows, some_ok: bool) -> None:
    tally, abort_after = run.tally, run.job.on_error.abort_after
    # Closed before Ray is, because an execution that is still running would start Ray again.
    with run.stopping.units_may_end(), closing(committed):
        for row in committed:
            tally.pages += row["pages"]
            tally.failed += row["pages_failed"]
            tally.rows.update({table: row[table] for table in COUNTED_TABLES})
            tally.codes.update(error["code"] for error in row["errors"])
            tally.worker_seconds += row["seconds_read"]
            tally.stage_seconds.add(dict(row["stage_seconds"]))
            run.metrics.count_pages(row)
            run.reporter.advance(row["pages"], row["pages_failed"])
            if not some_ok and tally.failed == tally.pages >= abort_after:
                code, _ = tally.codes.most_common(1)[0]
                raise JobBrokenError(
                    f"the first pages all failed ({tally.pages} so far, most often with {code}); "
                    f"stopped because of on_error.abort_after: {abort_after}"
                )
