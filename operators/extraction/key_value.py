"""The engine key_value in the cascade of docvqa: answers with their evidence, for a page or a document."""

from collections.abc import Sequence

from ...schemas.job.tasks import Use
from ...schemas.page import PageReading
from ..docvqa.key_value.answer import Declined, KeyValueAnswer, answer
from ..docvqa.key_value.facts import DocumentFacts, read_facts
from ..grounding.result import Grounding, GroundingKind
from ..grounding.support import Match, support_of
from ..inference.request import RequestId
from ..inference.results import QuestionAnswer
from ..inference.tasks import Cascade
from ..inference.work import Found, Question, ReadPage
from ..values.locale import LocaleHint, locale_hint

NAME = "key_value"


def find(page: ReadPage, cascade: Cascade) -> list[Found]:
    """The answers of one page to its questions."""
    return find_in_document(page.questions, [page.reading]) if page.questions else []


def find_in_document(questions: Sequence[Question], pages: Sequence[PageReading]) -> list[Found]:
    """The answers of a document; its pages are prepared once for all questions."""
    hint = locale_hint("\n".join(line for page in pages for line in page.lines.text))
    facts = read_facts(pages, hint)
    return [_found(question, facts, hint) for question in questions]


def _found(question: Question, facts: DocumentFacts, hint: LocaleHint) -> Found:
    about = RequestId(Use.DOCVQA, question=question.id)
    given = answer(question.ask, facts, hint, question.type, question.choices)
    if isinstance(given, Declined):
        return Found(about, None, given.reason)
    return Found(about, _row(question, given))


def _row(question: Question, given: KeyValueAnswer) -> QuestionAnswer:
    """The answer as a row; the words stand where they were found, so that only the reading of the page may be wrong."""
    match = Match(0, len(given.text), (0, len(given.text)), len(given.text), recognised=given.recognised)
    return QuestionAnswer(
        question_id=question.id,
        question=question.ask,
        type=question.type,
        status="answered",
        page_number=given.page_number,
        answer=given.text,
        grounding=Grounding(GroundingKind.EXACT, support_of(match), given.places),
        engine=NAME,
        model="",
        prompt_version="",
        number=given.number,
        date=given.date,
        boolean=given.boolean,
        currency=given.currency,
        confidence=given.confidence,
        attempts=0,
        tried=(NAME,),
    )
