"""What the stages of one run share: the job, the output, the workers' Ray, and the running counts."""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ...operators.inference.tasks import TaskPlan
from ...operators.reading.timing import StageSeconds
from ...schemas.job.model import Job
from ..cluster.background import BackgroundRay
from ..cluster.native_stderr import quiet_native_stderr
from ..cluster.session import RaySession, ray_session, running_address
from ..engines.actor import EngineSpec
from ..engines.placement import ReaderPlacement, check_fits, engine_specs, reader_placement
from ..engines.tasks import document_plan, job_questions, page_plan, read_settings
from ..output.commit import Provenance, committed_files, new_run_id
from ..output.committed import CommittedPages
from ..output.recovery import rewrite_batches, without_documents
from ..output.store import Store
from ..stages.extract import ModelContext
from ..stages.read import PageTasks, WorkerContext
from ..stages.warm_up import start_readers
from ..telemetry.progress import Reporter
from ..telemetry.run_metrics import RunMetrics
from .fingerprint import digest, fingerprint_inputs, text_inputs
from .record import LiveProgress
from .stopping import Stopping


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
        self.progress: LiveProgress | None = None
        self._resources = resources
        self._ray: BackgroundRay | None = None

    def _models(self, tasks: PageTasks) -> ModelContext:
        return ModelContext(tasks, {one.engine: self.job.used_engines[one.engine] for one in tasks.plan.engines})

    def prepare_ray(self, patience: float = 0.0) -> None:
        """Begin to start Ray in the background, after `patience` seconds; the workers' parsers start with it."""
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
    def ray_is_starting(self) -> bool:
        """Whether Ray is about to be there, so that there is time for what needs no workers."""
        return self._ray is not None and not self._ray.ready

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
        reader = self.job.reader_settings
        if session.address is None and (reader is None or reader.device == "cpu"):
            start_readers(self.worker, session.cpus)

    def stop(self) -> bool:
        """Whether nothing new is to be begun."""
        return self.stopping.asked

    def reader(self) -> ReaderPlacement | None:
        """Where the text reader reads on GPUs, its placement on this run's Ray; raises CommandError."""
        placed = reader_placement(self.job, self.ray())
        if placed is not None:
            self._add_device("cuda")
        return placed

    def _add_device(self, device: str) -> None:
        self.devices = "+".join(sorted({*filter(None, self.devices.split("+")), device}))

    def page_engines(self) -> list[EngineSpec]:
        """The models that are asked about single pages, laid out on this run's Ray; raises CommandError."""
        return self._laid_out(self.models.tasks.plan, self.reader())

    def document_engines(self) -> list[EngineSpec]:
        """The models that are asked about whole documents; raises CommandError."""
        return self._laid_out(self.document_models.tasks.plan)

    def _laid_out(self, plan: TaskPlan, reader: ReaderPlacement | None = None) -> list[EngineSpec]:
        specs = engine_specs(self.job, plan.engines, self.ray(), reader)
        for spec in specs:
            self._add_device(spec.device)
        if self.ray_address is None:
            for spec in specs:
                check_fits(spec)
        return specs

    def drop_pages(self, document_ids: Sequence[str]) -> None:
        """Take all pages of some documents out of the output."""
        keep = without_documents(document_ids)
        names = [file.name for file in committed_files(self.store, "pages")] if document_ids else []
        rewrite_batches(self.store, self.provenance, "pages", names, keep)
