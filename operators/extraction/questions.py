"""The docvqa task: questions about a page."""

from collections.abc import Sequence
from dataclasses import replace

from ...schemas.job.tasks import Use
from ..docvqa.answers import ParseAnswer, declined_answer, nothing_there, read_answer
from ..docvqa.verification import with_second
from ..grounding.ground import Evidence
from ..inference.cascade import Outcome, decide
from ..inference.prompts import question_prompt
from ..inference.request import Request, RequestId
from ..inference.results import PageFindings, QuestionAnswer
from ..inference.tasks import Cascade, EngineTasks
from ..inference.work import Found, Question, ReadPage
from ..values.locale import LocaleHint
from .results import CascadeResults
from .weight_free import found_is_sure, has_failed, reason_of


def subjects(page: ReadPage, cascade: Cascade) -> Sequence[RequestId]:
    return [RequestId(Use.DOCVQA, question=question.id) for question in page.questions]


def of_every_page(cascade: Cascade, has_questions: bool) -> bool:
    return has_questions


def request(page: ReadPage, about: RequestId, engine: EngineTasks, hint: LocaleHint) -> Request:
    (question,) = (question for question in page.questions if question.id == about.question)
    return Request(
        about,
        question_prompt(question.ask, question.type, question.choices),
        engine.budgets[Use.DOCVQA].max_new_tokens,
        engine.seconds,
        ParseAnswer(question.type, question.choices, hint),
    )


def expected(cascade: Cascade, questions: int) -> int:
    return questions


def findings(given: CascadeResults, evidence: Evidence, before: PageFindings) -> PageFindings:
    answers = [_answer(given, question, evidence) for question in given.page.questions]
    return replace(before, answers=(*before.answers, *answers))


def _answer(given: CascadeResults, question: Question, evidence: Evidence) -> QuestionAnswer:
    number = given.page.reading.page_number
    outcomes = given.outcomes(
        RequestId(Use.DOCVQA, question=question.id),
        lambda found: of_found(found, question, number, given.cascade),
        lambda result, engine: read_answer(question, result, evidence, number, engine),
    )
    return decided(question, outcomes, number, given.cascade)


def of_found(found: Found | None, question: Question, number: int | None, cascade: Cascade) -> QuestionAnswer:
    """The answer that an engine without weights gave, or the row that says why it declined."""
    assert cascade.weight_free is not None
    found = found or Found(RequestId(Use.DOCVQA, question=question.id))
    if found_is_sure(found, cascade.accept) or has_failed(found):
        assert isinstance(found.finding, QuestionAnswer)
        return found.finding
    return declined_answer(question, number, cascade.weight_free, reason_of(found, cascade.accept))


def decided(
    question: Question, outcomes: Sequence[Outcome[QuestionAnswer]], number: int | None, cascade: Cascade
) -> QuestionAnswer:
    """The row of `answers`; without any outcome, that nothing was there to be asked about."""
    if not outcomes:
        return nothing_there(question, number, cascade.engines[0])
    decision = decide(outcomes)
    answer = replace(decision.kept.value, tried=decision.tried)
    return answer if decision.second is None else with_second(answer, decision.second.value)
