"""Pages with the question's words, or with text in the format of its type, rank first."""

from docpipe.operators.docvqa.page_ranking import PageRanking
from docpipe.operators.inference.work import Question
from hypothesis import given
from hypothesis import strategies as st

PAGES = ["Cover page of a report", "Chapter about rivers", "The warranty period is 24 months", "Index and notes"]


def test_the_page_with_the_rare_words_of_the_question_is_first() -> None:
    assert PageRanking(PAGES).order(Question("q", "How long is the warranty period?"))[0] == 2


def test_words_are_found_in_other_forms_and_cases() -> None:
    assert PageRanking(["x", "y", "no warranty here", "z"]).order(Question("q", "WARRANTIES"))[0] == 2


def test_a_question_for_money_prefers_a_page_with_amounts() -> None:
    pages = ["intro", "text", "sum 12.50 and 13.80", "text", "text"]
    assert PageRanking(pages).order(Question("q", "How much?", "money"))[0] == 2


def test_without_any_sign_the_first_and_the_last_page_come_first() -> None:
    assert PageRanking(["a", "b", "c", "d"]).order(Question("q", "?"))[:2] == [0, 3]


@given(st.text(), st.lists(st.text(), min_size=1, max_size=8), st.sampled_from(["string", "money", "date", "number"]))
def test_every_page_is_ranked_once_for_any_text(ask: str, texts: list[str], kind: str) -> None:
    assert sorted(PageRanking(texts).order(Question("q", ask, kind))) == list(range(len(texts)))  # type: ignore[arg-type]
