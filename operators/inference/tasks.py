"""What each engine of a job is asked to do with a page, and whether an answer can be right."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..charts.parse import ChartParseError, parse_chart
from ..values.answers import AnswerParseError, parse_answer
from ..values.not_found import is_not_found
from .prompts import chart_prompt, ocr_prompt, question_prompt
from .request import Check, Request
from .work import PagePicture, Question, Use


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
    """Why it is none; None where it is one, or where the model says that the picture shows none."""
    if is_not_found(text):
        return None
    try:
        parse_chart(text)
    except ChartParseError as error:
        return str(error)
    return None


@dataclass(frozen=True)
class Budget:
    """What one task may spend on a picture: tiles, and new tokens a request."""

    max_tiles: int
    max_new_tokens: int


@dataclass(frozen=True)
class EngineTasks:
    """The tasks that one engine does; None for a task that it does not do.

    Attributes:
        engine: its name in the job.
        model: name of its model, for the tables.
        regions: whether text is read block by block where the layout found blocks.
        figures: whether charts are looked for among the page's figures, not the page as a whole.
        seconds: wall seconds for one request.
    """

    engine: str
    model: str
    ocr: Budget | None = None
    docvqa: Budget | None = None
    chart: Budget | None = None
    regions: bool = False
    figures: bool = True
    seconds: float = 600.0

    def budget(self, use: Use) -> Budget | None:
        return {Use.OCR: self.ocr, Use.DOCVQA: self.docvqa, Use.CHART: self.chart}[use]


def requests_about(picture: PagePicture, questions: Sequence[Question], tasks: EngineTasks) -> list[Request]:
    """The requests about a picture, in the order of its uses and of the questions."""
    return [request for use in picture.uses for request in _requests(use, questions, tasks)]


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
