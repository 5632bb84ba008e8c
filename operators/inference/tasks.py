"""What a job asks of each page or document: its tasks with their engines, and the budgets of each model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...models.engine import EngineLimits
from ...schemas.job.tasks import Use


@dataclass(frozen=True)
class Budget:
    """Limits of one task: tiles for an image, and new tokens for a request."""

    max_tiles: int
    max_new_tokens: int


@dataclass(frozen=True)
class EngineTasks:
    """The tasks of one model.

    Attributes:
        engine: its name in the job.
        model: name of its model, for the tables.
        budgets: the budget of each task that the engine has, in the order of `Use`.
        seconds: wall seconds for one attempt of a request.
        keep_running: whether the text of a page has its running headers, footers and page numbers.
    """

    engine: str
    model: str
    budgets: Mapping[Use, Budget] = field(default_factory=dict)
    seconds: float = 600.0
    keep_running: bool = False

    @property
    def limits(self) -> EngineLimits:
        """The largest request of its tasks."""
        budgets = self.budgets.values()
        return EngineLimits(max(one.max_tiles for one in budgets), max(one.max_new_tokens for one in budgets))


@dataclass(frozen=True)
class Cascade:
    """One task with its engines, which are asked in order until one is sure.

    Attributes:
        weight_free: name of the engine without weights that is asked first; None without one.
        models: names of the models that are asked next.
        accept: the least confidence at which an engine counts as sure.
        verify: whether the engine after the first sure one is asked too.
        of_regions: whether the regions of a page are asked about, where the layout found some: blocks of text for
            `ocr`, figures for `chart`; otherwise the whole page.
    """

    use: Use
    weight_free: str | None = None
    models: tuple[str, ...] = ()
    accept: float = 0.9
    verify: bool = False
    of_regions: bool = True

    @property
    def engines(self) -> tuple[str, ...]:
        """The names of all engines, in order."""
        return self.models if self.weight_free is None else (self.weight_free, *self.models)


@dataclass(frozen=True)
class TaskPlan:
    """The tasks of a job that are about single pages, or those that are about whole documents.

    Attributes:
        cascades: in the order of `Use`; the task `ocr` only where a model has it.
        engines: the models of all cascades, each after those that precede it in any cascade.
    """

    cascades: tuple[Cascade, ...] = ()
    engines: tuple[EngineTasks, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.cascades)

    @classmethod
    def of_models(cls, *engines: EngineTasks, of_regions: bool = True) -> "TaskPlan":
        """The plan in which each model alone has its tasks."""
        cascades = [Cascade(use, None, (one.engine,), of_regions=of_regions) for one in engines for use in one.budgets]
        return cls(tuple(sorted(cascades, key=lambda cascade: list(Use).index(cascade.use))), engines)

    def engine(self, name: str) -> EngineTasks:
        """The tasks of a model."""
        return next(engine for engine in self.engines if engine.engine == name)

    def models_of(self, cascade: Cascade) -> list[EngineTasks]:
        """The models of a cascade, in the order in which they are asked."""
        return [self.engine(name) for name in cascade.models]

    def asks(self, uses: Iterable[Use]) -> bool:
        """Whether one of these tasks is in the plan."""
        return any(cascade.use in set(uses) for cascade in self.cascades)


NO_TASKS = TaskPlan()
