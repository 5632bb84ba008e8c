"""The tasks of each engine of a job, with their budgets of tiles, tokens and seconds."""

from collections.abc import Mapping
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
    """The tasks of one engine.

    Attributes:
        engine: its name in the job.
        model: name of its model, for the tables.
        budgets: the budget of each task that the engine has, in the order of `Use`.
        regions: whether text is read block by block where the layout found blocks.
        figures: whether each figure of the page is a chart request; otherwise the whole page is one.
        seconds: wall seconds for one attempt of a request.
    """

    engine: str
    model: str
    budgets: Mapping[Use, Budget] = field(default_factory=dict)
    regions: bool = False
    figures: bool = True
    seconds: float = 600.0

    @property
    def limits(self) -> EngineLimits:
        """The largest request of its tasks."""
        budgets = self.budgets.values()
        return EngineLimits(max(one.max_tiles for one in budgets), max(one.max_new_tokens for one in budgets))
