"""The results of a cascade about one page, put together request by request."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from ..inference.cascade import Outcome, result_is_sure
from ..inference.request import RequestId, Result
from ..inference.tasks import Cascade, EngineTasks, TaskPlan
from ..inference.work import Found, ReadPage
from .weight_free import found_is_sure

T = TypeVar("T")


@dataclass(frozen=True)
class CascadeResults:
    """What the engines of one cascade gave for a page.

    Attributes:
        results: the results of each model that was asked, by its name.
    """

    plan: TaskPlan
    cascade: Cascade
    page: ReadPage
    results: Mapping[str, Mapping[RequestId, Result]]

    @cached_property
    def found(self) -> dict[RequestId, Found]:
        """What the engine without weights found."""
        return {found.id: found for found in self.page.found if found.id.use is self.cascade.use}

    def ids(self) -> list[RequestId]:
        """Everything that an engine was asked about or found, in the order of the page's blocks."""
        of_models = (about for some in self.results.values() for about in some if about.use is self.cascade.use)
        return sorted(dict.fromkeys([*self.found, *of_models]), key=lambda about: about.block or 0)

    def of_models(self) -> Iterator[tuple[EngineTasks, Mapping[RequestId, Result]]]:
        """The models of the cascade that gave results, in the order in which they were asked."""
        for engine in self.plan.models_of(self.cascade):
            if engine.engine in self.results:
                yield engine, self.results[engine.engine]

    def outcomes(
        self, about: RequestId, of_found: Callable[[Found | None], T], of_result: Callable[[Result, EngineTasks], T]
    ) -> list[Outcome[T]]:
        """The outcomes of the engines that were asked about one thing, in order; empty if none was.

        Args:
            of_found: makes the value of a finding; of a declined one if the finding is not sure, or None.
            of_result: makes the value of a model's result.
        """
        cascade, found = self.cascade, self.found.get(about)
        outcomes: list[Outcome[T]] = []
        if cascade.weight_free is not None and not self.page.reading.blank:
            sure = found is not None and found_is_sure(found, cascade.accept)
            outcomes.append(Outcome(cascade.weight_free, of_found(found), sure, usable=sure))
        for engine, results in self.of_models():
            if (result := results.get(about)) is not None:
                sure = result_is_sure(result, cascade.accept)
                outcomes.append(Outcome(engine.engine, of_result(result, engine), sure, usable=result.code is None))
        return outcomes
