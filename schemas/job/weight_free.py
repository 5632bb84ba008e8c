"""The engines that need no weights and no entry under `engines`, by the task that each has."""

from dataclasses import dataclass

AUTO_ENGINE = "auto"
"""The value of `engine` that asks the engine without weights first, then the job's one model."""


@dataclass(frozen=True)
class WeightFreeEngine:
    """An engine that reads what a page shows without a model; `operators.extraction.weight_free` runs it.

    Attributes:
        name: name in job.yaml and in the tables.
        task: the key of its task in `tasks`.
        meaning: what it does, as a clause after its name.
        needs_layout: whether it works on the regions of the layout model, so that `layout: auto` is on.
    """

    name: str
    task: str
    meaning: str
    needs_layout: bool = False


WEIGHT_FREE_ENGINES = (
    WeightFreeEngine("key_value", "docvqa", "reads answers off the words of the pages"),
    WeightFreeEngine("vector", "chart", "measures charts in the vector graphics of the page"),
    WeightFreeEngine("grid", "table", "finds tables by words and rulings", needs_layout=True),
)

_BY_NAME = {engine.name: engine for engine in WEIGHT_FREE_ENGINES}
_BY_TASK = {engine.task: engine for engine in WEIGHT_FREE_ENGINES}


def weight_free(name: str) -> WeightFreeEngine | None:
    """The engine of this name; None for a model."""
    return _BY_NAME.get(name)


def weight_free_of(task: str) -> WeightFreeEngine | None:
    """The engine without weights of a task; None for a task without one."""
    return _BY_TASK.get(task)


def asked_engines(named: str | tuple[str, ...], task: str, models: tuple[str, ...]) -> tuple[str, ...]:
    """The engines of a task in the order in which they are asked.

    Args:
        named: `engine` of the task: a name, names, or `auto`.
        models: the engines under `engines` that answer requests about images.
    """
    if isinstance(named, tuple):
        return named
    own = weight_free_of(task)
    if named != AUTO_ENGINE or own is None:
        return (named,)
    return (own.name, *models)
