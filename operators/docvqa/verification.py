"""Holds the answer of one engine against that of a second engine."""

from dataclasses import replace

from ..inference.cascade import verified
from ..inference.results import QuestionAnswer
from ..values.normalization import letters


def with_second(answer: QuestionAnswer, second: QuestionAnswer) -> QuestionAnswer:
    """The answer with what the second engine gave; agreement raises its confidence, disagreement lowers it.

    A second engine that failed leaves `agrees` null and the confidence as it was.
    """
    if second.status == "failed":
        return replace(answer, second_engine=second.engine)
    agrees = same_answer(answer, second)
    confidence = answer.confidence
    if confidence is not None:
        confidence = verified(confidence, second.confidence, agree=agrees)
    return replace(
        answer, second_answer=second.answer, second_engine=second.engine, agrees=agrees, confidence=confidence
    )


def same_answer(first: QuestionAnswer, second: QuestionAnswer) -> bool:
    """Whether two answers mean the same: equal values of the question's type, else equal letters and digits."""
    if first.status != second.status:
        return False
    if first.status != "answered":
        return True
    for name in ("number", "date", "boolean"):
        one, other = getattr(first, name), getattr(second, name)
        if one is not None and other is not None:
            return bool(one == other) and _same_currency(first, second)
    return letters(first.answer or "").text == letters(second.answer or "").text


def _same_currency(first: QuestionAnswer, second: QuestionAnswer) -> bool:
    return first.currency is None or second.currency is None or first.currency == second.currency
