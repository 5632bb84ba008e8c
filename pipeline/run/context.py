"""What the stages of one run share: the job, the output, the workers' Ray, and the running counts."""

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from ...models.precision import is_converted
from ...operators.inference.tasks import EngineTasks, TaskPlan
from ...operators.reading.timing import StageSeconds
from ...schemas.job.engines import CheckpointEngine, Dtype
from ...schemas.job.model import Job
from ..cluster.background import BackgroundRay
from ..cluster.native_stderr import quiet_native_stderr
from ..cluster.session import METRICS_PORT_VARIABLE, RaySession, available_cpus, ray_session, running_address
from ..engines.placement import ReaderPlacement, check_fits, engine_specs, reader_placement
from ..engines.replicas import RunningEngine, RunningEngines
from ..engines.tasks import document_plan, job_questions, page_plan, read_settings
from ..output.commit import Provenance, committed_files, new_run_id
from ..output.committed import CommittedPages
from ..output.recovery import rewrite_batches, without_documents
from ..output.store import Store
from ..stages.extract import ModelContext
from ..stages.local_threads import LocalThreads, thread_count
from ..stages.read import PageTasks, WorkerContext
from ..stages.warm_up import start_readers
from ..telemetry.progress import Reporter
from ..telemetry.run_metrics import RunMetrics
from .fingerprint import digest, fingerprint_inputs, text_inputs
from .record import LiveProgress
from .stopping import Stopping

RAY_PAYS_SECONDS, RAY_PAYS_EARLY_SECONDS = 60.0, 10.0
"""Work of each thread of this process from which on a Ray of the run's own is started, which takes two processors some
five seconds: Ray makes work faster only where there are more processors than threads, and the second figure holds."""


@dataclass(frozen=True)
class RunOptions:
    """What the command line or a program adds to a job.

    Attributes:
        embedded: whether the run is part of another program, whose signal handlers and standard error stay as they are.
    """

    limit: int | None = None
    overwrite: bool = False
    retry_failed: bool = False
    address: str | None = None
    embedded: bool = False


@dataclass
class Tally:
    """Running counts of this run's pages and rows, wall seconds by stage, and those of workers, summed over them."""

    pages: int = 0
    failed: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    worker_seconds: float = 0.0
    stage_seconds: StageSeconds = field(default_factory=StageSeconds)
    seconds: dict[str, float] = field(default_factory=dict)


class RunContext:
    """One run. Ray starts when it is prepared or when the first stage asks for it, and ends with `resources`.

    Attributes:
        models, document_models: what is asked of single pages, and of whole documents.
        ray_address: the running cluster to join, None for a Ray of this run's own.
    """

    def __init__(self, job: Job, base: Path, options: RunOptions, reporter: Reporter, resources: ExitStack) -> None:
        self.job, self.base, self.options, self.reporter = job, base, options, reporter
        self.store = Store(job.output.path)
        self.provenance = Provenance(new_run_id(), digest(fingerprint_inputs(job)), digest(text_inputs(job)))
        limits = job.limits
        self.worker = WorkerContext(
            self.store, self.provenance, read_settings(job), limits.page_seconds, limits.page_memory_mb
        )
        docvqa = job.tasks.docvqa
        asks_pages = docvqa is not None and docvqa.scope == "page"
        self.models = self._models(PageTasks(page_plan(job), job_questions(job) if asks_pages else (), asks_pages))
        self.document_models = self._models(PageTasks(document_plan(job)))
        self.pages = CommittedPages(self.store)
        self.tally = Tally()
        self.metrics = RunMetrics(job.name)
        self.ray_address = options.address or job.ray.address or running_address()
        self.stopping = Stopping(self.store, self.provenance.run_id)
        self.recorded = False
        self.devices = ""
        self.dtypes: dict[str, str] = {}
        self.progress: LiveProgress | None = None
        self._resources = resources
        self._ray: BackgroundRay | None = None
        self._near: LocalThreads | None = None
        self._engines: RunningEngines | None = None
        # Without Ray there are no metrics to export.
        self._threads = 0 if os.environ.get(METRICS_PORT_VARIABLE) else thread_count(available_cpus())

    def _models(self, tasks: PageTasks) -> ModelContext:
        return ModelContext(tasks, {one.engine: self.job.used_engines[one.engine] for one in tasks.plan.engines})

    def prepare_ray(self, patience: float = 0.0) -> None:
        """Begin to start Ray in the background, after `patience` seconds; the workers' parsers start with it.

        Called again before Ray starts, the last call holds.
        """
        if self._ray is None:
            # In this thread, which continues to print: it replaces `sys.stderr`.
            quiet = not self.options.embedded
            if quiet:
                self._resources.enter_context(quiet_native_stderr())
            images = bool(self.models.settings or self.document_models.settings)
            opened = partial(ray_session, self.ray_address, images=images, quiet=quiet)
            self._ray = self._resources.enter_context(BackgroundRay(opened, self._warm_up))
        self._ray.begin(patience)

    @property
    def needs_ray(self) -> bool:
        """Whether nothing but the inventory is done before Ray is there."""
        return (
            self.ray_address is not None
            or bool(self.models.settings or self.document_models.settings)
            or not self._reads_on_cpu
            or not self._threads
        )

    @property
    def _reads_on_cpu(self) -> bool:
        """Whether no text reader may want a GPU."""
        reader = self.job.reader_settings
        return reader is None or reader.device == "cpu"

    def near(self, seconds: float = 0.0) -> LocalThreads | None:
        """The threads of this process that begin with what needs no models; None, and Ray is there, for none of it.

        Args:
            seconds: the estimated work of one processor; a Ray that nothing else needs starts at once if it pays.
        """
        threads = 0 if self.ray_address is not None or self._ray_is_ready() else self._threads
        if not threads:
            self.ray()
            return None
        if self._near is None:
            self._near = self._resources.enter_context(LocalThreads(threads, self._ray_is_ready, self.ray))
        if not self.needs_ray:
            pays = RAY_PAYS_EARLY_SECONDS if self.cpus > threads else RAY_PAYS_SECONDS
            self.prepare_ray(0.0 if seconds / threads > pays else pays)
        return self._near

    def _ray_is_ready(self) -> bool:
        return self._ray is not None and self._ray.ready

    @property
    def cpus(self) -> int:
        """Processors of this run's Ray, which one of its own need not have started for."""
        return self.ray().cpus if self.ray_address is not None or self._ray_is_ready() else available_cpus()

    def ray(self) -> RaySession:
        """The Ray of this run; waits until it has started."""
        self.prepare_ray()
        assert self._ray is not None
        session = self._ray.session()
        self.stopping.listen_again()
        self.tally.seconds["starting ray"] = self._ray.seconds or 0.0
        return session

    def _warm_up(self, session: RaySession) -> None:
        # Which processes of a cluster will get the work is not known, and actors that read on GPUs are others.
        if session.address is None and self._reads_on_cpu:
            start_readers(self.worker, session.cpus)

    def stop(self) -> bool:
        """Whether nothing new is to be begun."""
        return self.stopping.asked

    def reader(self) -> ReaderPlacement | None:
        """Where the text reader reads on GPUs, its placement on this run's Ray; raises CommandError."""
        if self._reads_on_cpu:
            return None
        placed = reader_placement(self.job, self.ray())
        if placed is not None:
            self._add_device("cuda")
        return placed

    def _add_device(self, device: str) -> None:
        self.devices = "+".join(sorted({*filter(None, self.devices.split("+")), device}))

    def page_engines(self) -> list[RunningEngine]:
        """The models that are asked about single pages, started on this run's Ray; raises CommandError."""
        return self._started(self.models.tasks.plan, self.reader())

    def document_engines(self) -> list[RunningEngine]:
        """The models that are asked about whole documents; those asked about pages are loaded already."""
        return self._started(self.document_models.tasks.plan)

    def _started(self, plan: TaskPlan, reader: ReaderPlacement | None = None) -> list[RunningEngine]:
        if not plan.engines:
            return []
        specs = engine_specs(self.job, [self._with_all_tasks(one) for one in plan.engines], self.ray(), reader)
        for spec in specs:
            self._add_device(spec.device)
            if isinstance(spec.settings, CheckpointEngine):
                self._note_dtype(spec.tasks.engine, spec.settings.dtype, spec.device)
        if self.ray_address is None:
            for spec in specs:
                check_fits(spec)
        if self._engines is None:
            self._engines = RunningEngines()
            self._resources.callback(self._engines.close)
        return self._engines.of(specs)

    def _with_all_tasks(self, tasks: EngineTasks) -> EngineTasks:
        """An engine with its tasks on pages and on documents, since it loads once for both."""
        plans = (self.models.tasks.plan, self.document_models.tasks.plan)
        same = [one for plan in plans for one in plan.engines if one.engine == tasks.engine]
        return replace(tasks, budgets={use: budget for one in same for use, budget in one.budgets.items()})

    def _note_dtype(self, engine: str, dtype: Dtype, device: str) -> None:
        self.dtypes[engine] = dtype
        if self.ray_address is None and is_converted(dtype, device):
            self.reporter.say(
                f"engines.{engine}.dtype: {dtype}: this processor converts each product and takes many times as long "
                "as in float32; dtype: auto chooses what it computes fast"
            )

    def drop_pages(self, document_ids: Sequence[str]) -> None:
        """Take all pages of some documents out of the output."""
        keep = without_documents(document_ids)
        names = [file.name for file in committed_files(self.store, "pages")] if document_ids else []
        rewrite_batches(self.store, self.provenance, "pages", names, keep)
