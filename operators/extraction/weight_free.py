"""The engines without weights: how each is run on a page or a document, in the reading worker, before any model.

An engine is a `WeightFree` in `WEIGHT_FREE`, made in a module of its own beside the task modules; what it does is
described in `schemas.job.weight_free`. It returns what it found with its calibrated confidence, and a reason where it
declines. It never raises for a page that it does not understand. Whether it is sure is decided here, by `accept` of the
task.

What an engine needs of a page beyond its words and blocks (vector graphics, pixels) is taken in the parser's process by
a collector of its name, see `operators.reading.collect`; it is in `PageReading.collected`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ...schemas.job.tasks import Use
from ...schemas.job.weight_free import weight_free
from ...schemas.page import PageReading
from ...schemas.printable import brief
from ..inference.cascade import is_sure
from ..inference.request import RequestId
from ..inference.tasks import Cascade, TaskPlan
from ..inference.work import Found, Question, ReadPage


@dataclass(frozen=True)
class WeightFree:
    """How an engine without weights is run.

    Attributes:
        version: changes with every change of its results; part of the job's fingerprint.
        find: what it finds on a page. A finding about a block or a question has the id that a model would get
            (`RequestId(use, block=…)`, `RequestId(use, question=…)`); one about another region has `region`. Blocks and
            questions that it does not name are asked of the next engine, without a row if there is none.
        find_in_document: answers to questions about a whole document, from all its pages that could be opened, in
            order; None for an engine of another task than `docvqa`.
    """

    version: str
    find: Callable[[ReadPage, Cascade], Sequence[Found]]
    find_in_document: Callable[[Sequence[Question], Sequence[PageReading]], Sequence[Found]] | None = None


WEIGHT_FREE: dict[str, WeightFree] = {}
"""The engines of this version by name; `auto` leaves out those that are not here."""


def with_found(page: ReadPage, plan: TaskPlan) -> ReadPage:
    """The page with what the engines without weights found on it; what only they need of the reading is dropped.

    A page that failed or is blank has none. An exception in an engine is a bug that costs its findings only: it
    declines the whole page, about which the next engine is asked.
    """
    reading = page.reading
    found: list[Found] = []
    if reading.failure is None and not reading.blank:
        for cascade in plan.cascades:
            if cascade.weight_free is not None:
                found += _found_on(page, cascade, cascade.weight_free)
    return replace(page, reading=replace(reading, collected={}), found=tuple(found))


def _found_on(page: ReadPage, cascade: Cascade, name: str) -> list[Found]:
    try:
        return list(WEIGHT_FREE[name].find(page, cascade))
    except Exception as error:
        reason = _bug(name, error)
        ids = [RequestId(cascade.use, question=question.id) for question in page.questions]
        return [Found(asked, None, reason) for asked in ids if cascade.use is Use.DOCVQA]


def found_in_document(questions: Sequence[Question], pages: Sequence[PageReading], cascade: Cascade) -> list[Found]:
    """What the engine without weights of `docvqa` found in a document; empty without one."""
    engine = None if cascade.weight_free is None else WEIGHT_FREE[cascade.weight_free]
    if engine is None or engine.find_in_document is None or not questions:
        return []
    try:
        return list(engine.find_in_document(questions, pages))
    except Exception as error:
        reason = _bug(cascade.weight_free or "", error)
        return [Found(RequestId(cascade.use, question=question.id), None, reason) for question in questions]


def _bug(name: str, error: Exception) -> str:
    return f"the engine {name} broke ({brief(error)}); please report it with the page"


def found_is_sure(found: Found, accept: float) -> bool:
    """Whether a finding is kept without asking a model."""
    return not found.reason and found.finding is not None and is_sure(found.finding.confidence, accept)


def reason_of(found: Found, accept: float) -> str:
    """Why a finding is declined, for `raw_output`."""
    if found.reason:
        return found.reason
    if found.finding is None:
        return "nothing found"
    if found.finding.confidence is None:
        return f"no confidence; accept is {accept:g}"
    return f"confidence {found.finding.confidence:.3f} is below accept {accept:g}"


def available(name: str) -> bool:
    """Whether an engine is there: a model, or an engine without weights that this version has."""
    return weight_free(name) is None or name in WEIGHT_FREE
