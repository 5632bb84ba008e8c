"""The engines without weights: how each is run on a page or a document, in the reading worker, before any model.

An engine is a `WeightFree` in `WEIGHT_FREE`, of functions in a module of its own beside the task modules; what it does
is described in `schemas.job.weight_free`. It returns what it found with its calibrated confidence, and a reason where
it declines; what it raises is a bug, see `broken`. Whether it is sure is decided here, by `accept` of the task.

What an engine needs of a page beyond its words and blocks (vector graphics, pixels) is taken in the parser's process by
a collector of its name, see `operators.reading.collect`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ...schemas.errors import ErrorCode, Failure, Stage
from ...schemas.geometry import Box
from ...schemas.job.tasks import Use
from ...schemas.job.weight_free import weight_free
from ...schemas.page import PageReading
from ...schemas.printable import brief
from ..docvqa.answers import nothing_there
from ..docvqa.key_value.answer import KEY_VALUE_VERSION
from ..inference.cascade import is_sure
from ..inference.request import RequestId
from ..inference.results import Chart, QuestionAnswer, Table
from ..inference.tasks import Cascade, TaskPlan
from ..inference.work import Found, Question, ReadPage
from . import grid, key_value, measured_charts

WHOLE_PAGE = Box(0.0, 0.0, 1.0, 1.0)


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


WEIGHT_FREE: dict[str, WeightFree] = {
    key_value.NAME: WeightFree(KEY_VALUE_VERSION, key_value.find, key_value.find_in_document),
    measured_charts.ENGINE: WeightFree(measured_charts.VERSION, measured_charts.find),
    grid.NAME: WeightFree("3", grid.find),
}
"""The engines of this version by name; `auto` leaves out those that are not here."""


def with_found(page: ReadPage, plan: TaskPlan) -> ReadPage:
    """The page with what the engines without weights found on it; what only they need of the reading is dropped.

    A page that failed or is blank has none. An exception in an engine is a bug that costs its findings only, see
    `broken`.
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
        return broken(cascade, name, page.questions, brief(error))


def found_in_document(questions: Sequence[Question], pages: Sequence[PageReading], cascade: Cascade) -> list[Found]:
    """What the engine without weights of `docvqa` found in a document; empty without one."""
    name = cascade.weight_free
    engine = None if name is None else WEIGHT_FREE[name]
    if name is None or engine is None or engine.find_in_document is None or not questions:
        return []
    try:
        return list(engine.find_in_document(questions, pages))
    except Exception as error:
        return broken(cascade, name, questions, brief(error))


def broken(cascade: Cascade, name: str, questions: Sequence[Question], reason: str) -> list[Found]:
    """The failures of an engine that broke: each question, or one chart or table for the whole page.

    A model that follows is asked all the same.
    """
    message = f"the engine {name} broke ({reason}); please report it with the page"
    if cascade.use is Use.DOCVQA:
        return [
            Found(RequestId(Use.DOCVQA, question=one.id), _failed_answer(one, name, message), message)
            for one in questions
        ]
    whole: Chart | Table
    if cascade.use is Use.CHART:
        whole = Chart(name, "", "", "page", None, failure=_failure(f"chart: {message}", Stage.CHART))
    else:
        whole = Table(name, "", WHOLE_PAGE, failure=_failure(f"table: {message}", Stage.TABLE))
    return [Found(RequestId(cascade.use), whole, message)]


def _failed_answer(question: Question, name: str, message: str) -> QuestionAnswer:
    failure = _failure(f"question {question.id}: {message}", Stage.DOCVQA)
    return replace(nothing_there(question, None, name), status="failed", attempts=1, failure=failure)


def _failure(message: str, stage: Stage) -> Failure:
    return Failure(ErrorCode.ENGINE_FAILED, message, stage)


def has_failed(found: Found | None) -> bool:
    """Whether the engine broke, so that its finding is a failure."""
    return found is not None and found.finding is not None and found.finding.failure is not None


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
