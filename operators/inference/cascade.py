"""Which engine of a cascade is asked about what, whose result is kept, and what two results say together.

An engine is sure of a result with at least the confidence `accept` of the task. An engine that is not sure, or that
failed, passes on to the next one; the result of the last model is kept in any case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from .request import Request, RequestId, Result
from .work import PageResults

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """The result of one engine.

    Attributes:
        value: None where the engine says that there is nothing.
        sure: whether its confidence is high enough; never where it failed or declined.
        usable: whether there is a result; not where it failed or declined.
    """

    engine: str
    value: T
    sure: bool
    usable: bool = True


@dataclass(frozen=True)
class Decision(Generic[T]):
    """What a cascade results in.

    Attributes:
        kept: the first sure outcome; else the last usable one; else the last one.
        second: the outcome of the engine that was asked to verify the kept one.
        tried: the engines that were asked, in order.
    """

    kept: Outcome[T]
    second: Outcome[T] | None
    tried: tuple[str, ...]


def decide(outcomes: Sequence[Outcome[T]]) -> Decision[T]:
    """The decision on the outcomes of the engines that were asked about the same thing, in order; at least one."""
    tried = tuple(outcome.engine for outcome in outcomes)
    for place, outcome in enumerate(outcomes):
        if outcome.sure:
            return Decision(outcome, outcomes[place + 1] if place + 1 < len(outcomes) else None, tried)
    usable = [outcome for outcome in outcomes if outcome.usable]
    return Decision((usable or outcomes)[-1], None, tried)


def is_sure(confidence: float | None, accept: float) -> bool:
    """Whether an engine is sure; one that reports no confidence is not."""
    return confidence is not None and confidence >= accept


def is_wanted(request: Request, earlier: Mapping[str, Sequence[PageResults]]) -> bool:
    """Whether a request is made, given the results of the models before it.

    Args:
        earlier: results by engine, one entry for each page of the item (one page, or some pages of a document).
    """
    condition = request.follows
    if condition is None:
        return True
    sure = [_settled(request.id, earlier.get(name, ()), condition.accept) for name in condition.engines]
    *before, last = sure
    return not any(before) and (not last or condition.verify)


def _settled(request: RequestId, pages: Sequence[PageResults], accept: float) -> bool:
    """Whether an engine settled a request: by a sure value on any page, or surely nothing on all pages."""
    results = [found for page in pages if (found := page.results.get(request)) is not None]
    sure = [result for result in results if result_is_sure(result, accept)]
    return any(result.value is not None for result in sure) or (bool(results) and len(sure) == len(results))


def result_is_sure(result: Result, accept: float) -> bool:
    """Whether a model is sure of a result."""
    return result.code is None and is_sure(result.answer.confidence, accept)


def verified(first: float, second: float | None, *, agree: bool) -> float:
    """The confidence in a first answer, given that of a second engine.

    Bayes' rule for engines that err independently. Two wrong answers are counted as equal, which is the worst case, so
    that an agreement is never overrated; a second answer without a confidence changes nothing.
    """
    if second is None:
        return first
    right, wrong = (first * second, (1 - first) * (1 - second)) if agree else (first * (1 - second), 1 - first)
    return right / (right + wrong) if right + wrong > 0 else first
