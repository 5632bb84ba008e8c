"""Metrics on text obey their definitions."""

import pytest
from docpipe.evaluation.metrics.text import (
    anls,
    character_error_rate,
    corpus_error_rate,
    exact_match,
    relaxed_accuracy,
    word_f1,
)
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=20)


@given(TEXT)
def test_a_text_read_exactly_has_no_error(text: str) -> None:
    assert character_error_rate(text, text) == 0
    assert word_f1(text, text) == 1
    assert exact_match([text], text)
    assert anls([text], text) >= 0.5 or len(" ".join(text.split())) < len(text)


@given(TEXT, TEXT)
def test_scores_stay_in_their_bounds(truth: str, read: str) -> None:
    assert 0 <= anls([truth], read) <= 1
    assert 0 <= word_f1(truth, read) <= 1
    assert character_error_rate(truth, read) <= max(1, len(read) / max(1, len(truth)), len(truth))


@given(TEXT, st.lists(TEXT, min_size=1, max_size=4))
def test_more_right_answers_never_lower_anls(read: str, answers: list[str]) -> None:
    assert anls(answers, read) >= max(anls([answer], read) for answer in answers)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), st.randoms())
def test_word_f1_does_not_depend_on_the_order(words: list[str], random: object) -> None:
    assert word_f1(" ".join(words), " ".join(reversed(words))) == 1


def test_the_character_error_rate_of_a_corpus_weighs_by_length() -> None:
    assert corpus_error_rate([("abcd", "abcd"), ("abcdef", "abc")]) == pytest.approx(0.3)
    assert corpus_error_rate([]) == 0


def test_an_answer_less_than_half_similar_counts_as_nothing() -> None:
    assert anls(["abcd"], "ab") == 0.5
    assert anls(["abcd"], "a") == 0
    assert anls(["12.50", "12,50"], "12,50") == 1
    assert anls([], "x") == 0


@pytest.mark.parametrize(
    ("truth", "given", "right"),
    [
        ("100", "104.9", True),
        ("100", "105.1", False),
        ("12%", "0.12", True),
        ("0", "0.01", False),
        ("Europe", "europe", True),
        ("Europe", "Asia", False),
        ("1,000", "1000", False),
    ],
)
def test_relaxed_accuracy_is_chartqas(truth: str, given: str, right: bool) -> None:
    assert relaxed_accuracy([truth], given) is right
