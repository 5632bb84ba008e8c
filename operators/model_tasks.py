"""What each engine of a job is asked to do with a page, in the terms of the operators."""

from collections.abc import Sequence
from dataclasses import dataclass

from .answer_check import answer_check
from .asking import Request
from .chart_check import chart_check
from .page_work import PagePicture, Question, Use
from .prompts import chart_prompt, ocr_prompt, question_prompt


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
