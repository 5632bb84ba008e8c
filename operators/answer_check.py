"""Whether what a model wrote can be the answer to a question of its type."""

from .answer_values import AnswerParseError, parse_answer
from .asking import Check
from .page_work import Question


def answer_check(question: Question) -> Check:
    """A check that refuses what can't be read as the question's type."""

    def check(text: str) -> str | None:
        try:
            parse_answer(text, question.type, choices=question.choices)
        except AnswerParseError as error:
            return str(error)
        return None

    return check
