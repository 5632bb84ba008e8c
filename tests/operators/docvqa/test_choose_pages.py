"""Which pages of a document the questions are sent about, and the limits on their number."""

from docpipe.operators.docvqa.page_ranking import PAGES_PER_DOCUMENT, PAGES_PER_QUESTION, choose_pages
from docpipe.operators.inference.work import Question
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.lists(st.text(alphabet="ab c", max_size=12), max_size=60)


@given(TEXTS, st.lists(st.text(alphabet="abc ?", min_size=1, max_size=8), min_size=1, max_size=12))
def test_every_question_is_sent_about_a_few_pages_and_a_document_has_few_images(
    texts: list[str], asks: list[str]
) -> None:
    questions = [Question(str(number), ask) for number, ask in enumerate(asks)]
    chosen = choose_pages(questions, texts)
    assert len(chosen) <= PAGES_PER_DOCUMENT
    assert set(chosen) <= set(range(len(texts)))
    for question in questions:
        times = sum(of_page.count(question) for of_page in chosen.values())
        assert all(of_page.count(question) <= 1 for of_page in chosen.values())
        assert (times >= 1) == bool(texts) if len(questions) <= PAGES_PER_DOCUMENT else times >= 0
        assert times <= PAGES_PER_QUESTION


def test_the_page_with_the_words_of_the_question_is_chosen_in_a_long_document() -> None:
    texts = [f"page {number} about nothing" for number in range(40)]
    texts[27] = "the warranty lasts two years"
    assert 27 in choose_pages([Question("q", "How long does the warranty last?")], texts)
