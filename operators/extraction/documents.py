"""Answers to questions about whole documents: without a model from all pages, by models from some pages."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ...schemas.errors import ErrorCode, Failure, Stage
from ...schemas.job.tasks import Use
from ...schemas.printable import brief
from ..docvqa.answers import best_answer, read_answer, unanswered
from ..inference.cascade import Outcome, is_sure
from ..inference.request import RequestId
from ..inference.results import QuestionAnswer
from ..inference.tasks import Cascade, EngineTasks, TaskPlan
from ..inference.work import Found, PageResults, Question, ReadPage
from .questions import decided, of_found
from .regions import evidence_in
from .weight_free import found_is_sure


def answers_of_document(
    questions: Sequence[Question],
    found: Sequence[Found],
    pages: Sequence[tuple[ReadPage, Mapping[str, PageResults]]],
    plan: TaskPlan,
) -> list[QuestionAnswer]:
    """The answer to each question, from all engines that were asked.

    Args:
        found: what the engine without weights answered.
        pages: the pages that models were asked about, each with their results.
        plan: its only cascade is `docvqa`.
    """
    (cascade,) = plan.cascades
    by_question = {one.id.question: one for one in found}
    of_models = [(engine.engine, _by_question(pages, engine)) for engine in plan.models_of(cascade)]
    answers = []
    for question in questions:
        outcomes = _of_weight_free(question, by_question.get(question.id), cascade)
        for name, candidates in of_models:
            if question.id in candidates:
                best = best_answer(candidates[question.id])
                sure = best.status != "failed" and is_sure(best.confidence, cascade.accept)
                outcomes.append(Outcome(name, best, sure, usable=best.status != "failed"))
        answers.append(decided(question, outcomes, None, cascade))
    return answers


def _of_weight_free(question: Question, found: Found | None, cascade: Cascade) -> list[Outcome[QuestionAnswer]]:
    if cascade.weight_free is None:
        return []
    sure = found is not None and found_is_sure(found, cascade.accept)
    return [Outcome(cascade.weight_free, of_found(found, question, None, cascade), sure, usable=sure)]


def _by_question(
    pages: Sequence[tuple[ReadPage, Mapping[str, PageResults]]], engine: EngineTasks
) -> dict[str, list[QuestionAnswer]]:
    """The answers of one model by question, one for each page that it was asked about."""
    candidates: dict[str, list[QuestionAnswer]] = defaultdict(list)
    for page, results in pages:
        for answer in _on_page(page, results.get(engine.engine), engine):
            candidates[answer.question_id].append(answer)
    return candidates


def _on_page(page: ReadPage, results: PageResults | None, engine: EngineTasks) -> list[QuestionAnswer]:
    """The answers of one model on one page; model output is arbitrary text, and an exception fails only this page."""
    failure = page.unasked or (results.failure if results is not None else None)
    if failure is not None:
        return unanswered(page, failure, engine)
    if results is None:
        return []
    try:
        evidence, number = evidence_in(page.reading, None), page.reading.page_number
        return [
            read_answer(question, result, evidence, number, engine)
            for question in page.questions
            if (result := results.results.get(RequestId(Use.DOCVQA, question=question.id))) is not None
        ]
    except Exception as error:
        message = (
            f"page {page.reading.page_number}: the output of the engine {engine.engine} could not be processed "
            f"({brief(error)}); please report it with the page"
        )
        return unanswered(page, Failure(ErrorCode.BAD_OUTPUT, message, Stage.ENGINE), engine)
