"""Every error code and stage is described, and their page in the docs says the same."""

from pathlib import Path

import pytest
from docpipe.schemas.error_docs import errors_text
from docpipe.schemas.errors import ERROR_CODES, STAGES, ErrorCode, Stage, advice

DOCS = Path(__file__).parents[2] / "docs" / "errors.md"


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_says_what_it_means_where_it_occurs_and_what_to_do(code: ErrorCode) -> None:
    described = ERROR_CODES[code]
    assert described.levels
    assert len(set(described.levels)) == len(described.levels)
    for sentence in (described.meaning, described.advice):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "|" not in sentence
    assert advice(code.value) == described.advice


def test_the_descriptions_are_in_the_order_of_the_codes_and_stages_and_name_no_others() -> None:
    assert list(ERROR_CODES) == list(ErrorCode)
    assert list(STAGES) == list(Stage)
    assert all(meaning.endswith(".") for meaning in STAGES.values())


def test_a_code_of_a_later_docpipe_gets_no_advice_of_another_code() -> None:
    assert advice("burnt") not in {described.advice for described in ERROR_CODES.values()}


def test_the_docs_page_is_current() -> None:
    assert DOCS.read_text(encoding="utf-8") == errors_text()
