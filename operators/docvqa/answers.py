"""Turns model output into typed answers that are grounded in the page's text; picks one answer for a document."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...schemas.answer_types import AnswerType
from ...schemas.errors import ErrorCode, Failure, Stage
from ..grounding.ground import Evidence, Grounding, GroundingKind, ground_value
from ..inference.prompts import PROMPT_VERSIONS
from ..inference.request import OutputError, Result
from ..inference.results import QuestionAnswer
from ..inference.tasks import EngineTasks
from ..inference.work import Question, ReadPage
from ..values.answers import AnswerParseError, AnswerValue, parse_answer
from ..values.locale import LocaleHint
from ..wrapping.output import without_controls

NO_GROUNDING = Grounding(GroundingKind.NONE, None, ())

# Factors for the ranking of answers: the support of an answer without any evidence to check, the lower bound of the
# support, and the confidence of an answer for which the engine reports none.
_UNKNOWN_SUPPORT, _LEAST_SUPPORT = 0.5, 0.1
_UNKNOWN_CONFIDENCE = 0.5


@dataclass(frozen=True)
class ParseAnswer:
    """Parses the output for a question into a value of its type; None where the model reports "not found".

    Attributes:
        hint: the number and date format of the page.
    """

    type: AnswerType
    choices: tuple[str, ...]
    hint: LocaleHint

    def __call__(self, text: str, cut: bool) -> AnswerValue | None:
        if cut:
            return None
        try:
            return parse_answer(text, self.type, choices=self.choices, hint=self.hint)
        except AnswerParseError as error:
            raise OutputError(str(error)) from error


def read_answer(
    question: Question, result: Result, evidence: Evidence, page_number: int, tasks: EngineTasks
) -> QuestionAnswer:
    """The answer that one page gives to one question.

    Args:
        evidence: the text of that page.
    """
    answer = replace(
        nothing_there(question, page_number, tasks.engine),
        model=tasks.model,
        prompt_version=PROMPT_VERSIONS["docvqa"],
        confidence=result.answer.confidence,
        raw_output=without_controls(result.answer.tagged) or None,
        attempts=result.attempts,
    )
    if result.code is not None:
        return _failed(answer, result.code, result.message)
    value = result.value
    if value is None:
        return answer
    assert isinstance(value, AnswerValue)
    claimed = [(page_number, box) for box in result.boxes]
    grounding = ground_value(value.text, evidence, kind=question.type, question=question.ask, model_boxes=claimed)
    return replace(
        answer,
        status="answered",
        answer=value.text,
        number=value.number,
        date=value.date,
        boolean=value.boolean,
        currency=value.currency,
        grounding=grounding,
        page_number=grounding.places[0].page_number if grounding.places else page_number,
    )


def nothing_there(question: Question, page_number: int | None, engine: str) -> QuestionAnswer:
    """The `not_found` answer where no request is made: for a page without ink, a document without a usable page."""
    return QuestionAnswer(
        question_id=question.id,
        question=question.ask,
        type=question.type,
        status="not_found",
        page_number=page_number,
        answer=None,
        grounding=NO_GROUNDING,
        engine=engine,
        model="",
        prompt_version="",
        attempts=0,
    )


def declined_answer(question: Question, page_number: int | None, engine: str, reason: str) -> QuestionAnswer:
    """The answer of an engine without weights that is not sure; it says nothing about the document."""
    empty = nothing_there(question, page_number, engine)
    return replace(empty, status="declined", raw_output=without_controls(reason) or None, attempts=1)


def unanswered(page: ReadPage, failure: Failure, tasks: EngineTasks) -> list[QuestionAnswer]:
    """The failed answers of a page about which no request could be made."""
    number = page.reading.page_number
    asked = {"model": tasks.model, "prompt_version": PROMPT_VERSIONS["docvqa"], "attempts": failure.attempts}
    empty = [replace(nothing_there(q, number, tasks.engine), **asked) for q in page.questions]  # type: ignore[arg-type]
    return [_failed(answer, failure.code, failure.message) for answer in empty]


def _failed(answer: QuestionAnswer, code: ErrorCode, message: str) -> QuestionAnswer:
    failure = Failure(code, f"question {answer.question_id}: {message}", Stage.DOCVQA, answer.attempts)
    return replace(answer, status="failed", failure=failure)


def best_answer(candidates: Sequence[QuestionAnswer]) -> QuestionAnswer:
    """The answer of a document, chosen from the answers of its pages, which are ordered by page ranking.

    Answers compete by confidence times support: of two values with the same confidence, the one that is printed on
    its page beats the one that is not. `not_found` wins only where no page has an answer, and a failure only where
    every page failed. A document's answer without evidence has no page number.
    """
    answered = [one for one in candidates if one.status == "answered"]
    others = [one for one in candidates if one.status == "not_found"] or list(candidates)
    best = max(answered, key=_merit) if answered else others[0]
    return replace(
        best,
        page_number=best.page_number if best.grounding.places else None,
        attempts=max(one.attempts for one in candidates),
    )


def _merit(answer: QuestionAnswer) -> float:
    confidence = _UNKNOWN_CONFIDENCE if answer.confidence is None else answer.confidence
    support = _UNKNOWN_SUPPORT if answer.grounding.support is None else answer.grounding.support
    return confidence * max(support, _LEAST_SUPPORT)
