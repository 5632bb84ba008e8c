"""The prompts, and the parsing of the answers that they request."""

import pytest
from docpipe.operators.charts.parse import parse_chart
from docpipe.operators.inference.prompts import (
    PROMPT_VERSIONS,
    chart_prompt,
    grounding_prompt,
    ocr_prompt,
    question_prompt,
)
from docpipe.operators.values.answers import AnswerValue, parse_answer


def test_a_question_may_be_put_exactly_as_in_the_benchmarks() -> None:
    prompt = question_prompt("What is the date?", may_be_absent=False)
    assert prompt == "What is the date? Answer the question using a single word or phrase."


def test_the_phrase_that_is_asked_for_is_the_phrase_that_is_understood() -> None:
    prompt = question_prompt("What is the date?", "date")
    phrase = prompt.split("answer: ")[1].splitlines()[0]
    assert parse_answer(phrase, "date") is None


def test_choices_are_lettered_and_a_letter_is_understood() -> None:
    prompt = question_prompt("Is it paid?", "choice", ["paid", "open"])
    assert "A. paid\nB. open\n" in prompt
    assert parse_answer("B", "choice", choices=["paid", "open"]) == AnswerValue("open")


def test_choices_that_are_letters_themselves_are_listed_bare() -> None:
    prompt = question_prompt("Which grade?", "choice", ["B", "A"])
    assert "\nB\nA\n" in prompt
    assert "letter" not in prompt


def test_the_pattern_of_the_chart_prompt_is_read_as_a_chart_without_titles() -> None:
    pattern = chart_prompt().splitlines()[1]
    table = parse_chart(pattern)
    assert (table.chart_type, table.title, len(table.columns)) == ("other", None, 2)


@pytest.mark.parametrize("region", [None, "text", "table", "formula"])
def test_a_page_and_each_kind_of_region_has_a_prompt(region: str | None) -> None:
    assert "nothing else" in ocr_prompt(region)


def test_every_task_has_a_version_and_grounding_the_words_of_the_reference() -> None:
    assert set(PROMPT_VERSIONS) == {"ocr", "docvqa", "chart", "table", "grounding"}
    assert grounding_prompt("the total").endswith("this sentence describes: <ref>the total</ref>")
