"""The docvqa task: questions about a page."""

from collections.abc import Sequence
from dataclasses import replace

from ...schemas.job.tasks import Use
from ...schemas.page import PageReading
from ..docvqa.answers import ParseAnswer, nothing_there, read_answer
from ..grounding.ground import Evidence
from ..inference.prompts import question_prompt
from ..inference.request import Request, RequestId, Result
from ..inference.results import PageFindings
from ..inference.tasks import EngineTasks
from ..inference.work import ReadPage
from ..values.locale import LocaleHint


def wants_image(tasks: EngineTasks, reading: PageReading | None, has_questions: bool) -> bool:
    return has_questions


def requests(page: ReadPage, tasks: EngineTasks, hint: LocaleHint) -> list[Request]:
    return [
        Request(
            RequestId(Use.DOCVQA, question=question.id),
            question_prompt(question.ask, question.type, question.choices),
            tasks.budgets[Use.DOCVQA].max_new_tokens,
            tasks.seconds,
            ParseAnswer(question.type, question.choices, hint),
        )
        for question in page.questions
    ]


def expected(tasks: EngineTasks, questions: int) -> int:
    return questions


def findings(
    page: ReadPage, results: Sequence[Result], evidence: Evidence, tasks: EngineTasks, before: PageFindings
) -> PageFindings:
    by_question = {result.id.question: result for result in results}
    number = page.reading.page_number
    answers = [
        read_answer(question, by_question[question.id], evidence, number, tasks)
        if question.id in by_question
        else nothing_there(question, number, tasks)
        for question in page.questions
    ]
    return replace(before, answers=(*before.answers, *answers))
