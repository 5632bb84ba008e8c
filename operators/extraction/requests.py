"""The requests about an image of a page, and whether an answer to them can be right."""

from collections.abc import Sequence

from ..charts.parse import ChartParseError, parse_chart
from ..inference.prompts import chart_prompt, ocr_prompt, question_prompt
from ..inference.request import Check, Request
from ..inference.tasks import EngineTasks
from ..inference.work import PageImage, Question, Use
from ..values.answers import AnswerParseError, parse_answer
from ..values.not_found import is_not_found


def requests_about(image: PageImage, questions: Sequence[Question], tasks: EngineTasks) -> list[Request]:
    """The requests about an image, in the order of its uses and of the questions."""
    return [request for use in image.uses for request in _requests(use, questions, tasks)]


def _requests(use: Use, questions: Sequence[Question], tasks: EngineTasks) -> list[Request]:
    budget = tasks.budget(use)
    assert budget is not None
    tokens, seconds = budget.max_new_tokens, tasks.seconds
    match use:
        case Use.OCR:
            return [Request(ocr_prompt(), tokens, seconds)]
        case Use.CHART:
            return [Request(chart_prompt(), tokens, seconds, chart_check)]
        case Use.DOCVQA:
            return [
                Request(question_prompt(q.ask, q.type, q.choices), tokens, seconds, answer_check(q)) for q in questions
            ]


def answer_check(question: Question) -> Check:
    """A check that refuses what can't be read as the question's type."""

    def check(text: str) -> str | None:
        try:
            parse_answer(text, question.type, choices=question.choices)
        except AnswerParseError as error:
            return str(error)
        return None

    return check


def chart_check(text: str) -> str | None:
    """Why it is none; None where it is one, or where the model says that the image shows none."""
    if is_not_found(text):
        return None
    try:
        parse_chart(text)
    except ChartParseError as error:
        return str(error)
    return None
