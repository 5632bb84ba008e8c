"""The engine key_value in the cascade: grounded rows for what it is sure of, reasons for what it declines."""

from docpipe.evaluation.synthetic.business.sheet import Sheet
from docpipe.operators.extraction.key_value import find, find_in_document
from docpipe.operators.extraction.weight_free import WEIGHT_FREE, available
from docpipe.operators.inference.results import QuestionAnswer
from docpipe.operators.inference.tasks import Cascade
from docpipe.operators.inference.work import Question, ReadPage
from docpipe.schemas.job.tasks import Use
from docpipe.schemas.page import PageReading

QUESTIONS = (
    Question("total", "What is the total amount?", "money"),
    Question("why", "Why is it so much?"),
    Question("flight", "What is the flight number?"),
)


def reading(number: int = 1, *, recognised: bool = False) -> PageReading:
    sheet = Sheet()
    for at, (label, value) in enumerate((("Subtotal", "150.00"), ("VAT 20%", "30.00"), ("Total", "EUR 180.00"))):
        sheet.text(300, 600 + 15 * at, label)
        sheet.text(500, 600 + 15 * at, value)
    return sheet.reading(number, recognised=recognised)


def test_the_engine_is_there() -> None:
    assert available("key_value")
    assert WEIGHT_FREE["key_value"].find is find


def test_a_page_is_answered_with_evidence_or_declined_with_a_reason() -> None:
    total, why, flight = find(ReadPage("d", "file", reading(), QUESTIONS), Cascade(Use.DOCVQA, "key_value"))
    assert isinstance(total.finding, QuestionAnswer)
    assert (total.finding.answer, total.finding.number, total.finding.currency) == ("EUR 180.00", 180.0, "EUR")
    (place,) = total.finding.grounding.places
    assert place.text == "EUR 180.00"
    assert "more than a printed value" in why.reason
    assert flight.reason


def test_words_of_ocr_support_less_than_those_of_a_text_layer() -> None:
    (exact,) = find_in_document(QUESTIONS[:1], [reading()])
    (read,) = find_in_document(QUESTIONS[:1], [reading(recognised=True)])
    assert isinstance(exact.finding, QuestionAnswer)
    assert isinstance(read.finding, QuestionAnswer)
    assert (exact.finding.grounding.support or 0) > (read.finding.grounding.support or 0) > 0.5


def test_a_document_names_the_page_of_its_answer() -> None:
    (found,) = find_in_document(QUESTIONS[:1], [PageReading(1), reading(2)])
    assert isinstance(found.finding, QuestionAnswer)
    assert found.finding.page_number == 2


def test_nothing_is_asked_of_a_page_without_questions() -> None:
    assert find(ReadPage("d", "file", reading()), Cascade(Use.DOCVQA, "key_value")) == []
