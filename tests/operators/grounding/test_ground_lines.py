"""The lines of a model's text are located in order, and each printed line is used once."""

import pytest
from docpipe.operators.grounding.ground import Evidence, GroundingKind, ground_lines, supported_text
from docpipe.schemas.page import TextLines
from hypothesis import given, settings
from hypothesis import strategies as st

from ..evidence_pages import page_of, printed

ROWS = ("Corner Shop", "Apples 3.00", "Pears 4.50", "Subtotal 7.50", "Total 7.50", "Thank you")


def test_every_line_of_a_faithful_reading_is_found_at_its_own_line() -> None:
    groundings = ground_lines([row.upper() for row in ROWS], printed(*ROWS))
    assert [grounding.places[0].line for grounding in groundings] == list(range(len(ROWS)))
    assert supported_text(ROWS, groundings) == 1.0


def test_equal_lines_are_found_in_the_order_in_which_they_are_printed() -> None:
    rows = ("Item", "9.00", "Item", "9.00", "Item", "9.00")
    groundings = ground_lines(rows, printed(*rows))
    assert [grounding.places[0].line for grounding in groundings] == [0, 1, 2, 3, 4, 5]


def test_a_looping_model_is_supported_once_for_each_printed_line() -> None:
    texts = [*ROWS[:2], *["Pears 4.50"] * 40]
    groundings = ground_lines(texts, printed(*ROWS))
    found = [grounding.kind != GroundingKind.NONE for grounding in groundings]
    assert found == [True, True, True, *[False] * 39]
    assert all(grounding.support is not None and grounding.support < 0.5 for grounding in groundings[3:])
    share = supported_text(texts, groundings)
    assert share is not None
    assert share < 0.1


def test_a_loop_within_one_line_is_supported_for_what_is_printed_of_it() -> None:
    texts = ["Thank you " * 50]
    share = supported_text(texts, ground_lines(texts, printed(*ROWS)))
    assert share is not None
    assert share < 0.1


def test_invented_lines_are_not_supported_and_the_others_still_are() -> None:
    texts = [ROWS[0], "The customer is always right in this establishment", ROWS[4]]
    groundings = ground_lines(texts, printed(*ROWS))
    assert [grounding.kind for grounding in groundings] == ["exact", "none", "exact"]
    share = supported_text(texts, groundings)
    assert share is not None
    assert 0.2 < share < 0.4


def test_columns_read_in_another_order_are_found_all_the_same() -> None:
    evidence = printed("left one      right one", "left two      right two", "left three    right three")
    texts = ["left one left two left three", "right one right two right three"]
    groundings = ground_lines(texts, evidence)
    assert supported_text(texts, groundings) == 1.0
    assert [place.text for place in groundings[1].places] == ["right one", "right two", "right three"]


def test_a_line_that_another_one_holds_does_not_take_its_place() -> None:
    texts = ["Total", "Total 7.50"]
    groundings = ground_lines(texts, printed("Total", "Total 7.50"))
    assert [grounding.places[0].line for grounding in groundings] == [0, 1]


def test_a_page_without_text_says_nothing_about_lines() -> None:
    groundings = ground_lines(["a", "b"], Evidence([(1, TextLines())]))
    assert [(grounding.kind, grounding.support) for grounding in groundings] == [("none", None)] * 2
    assert supported_text(["a", "b"], groundings) is None


def test_empty_lines_and_no_lines_at_all_are_no_text() -> None:
    evidence = printed(*ROWS)
    assert ground_lines([], evidence) == []
    assert supported_text([], []) is None
    groundings = ground_lines(["", " ", ROWS[1]], evidence)
    assert [grounding.support for grounding in groundings[:2]] == [None, None]
    assert supported_text(["", " ", ROWS[1]], groundings) == 1.0


def test_texts_and_groundings_must_belong_together() -> None:
    with pytest.raises(ValueError, match="zip"):
        supported_text(["a"], [])


texts = st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=8)


@settings(deadline=None)
@given(texts, texts)
def test_no_printed_character_supports_two_lines(rows: list[str], read: list[str]) -> None:
    evidence = printed(*rows)
    groundings = ground_lines(read + read, evidence)
    assert len(groundings) == 2 * len(read)
    share = supported_text(read + read, groundings)
    assert share is None or 0 <= share <= 1
    words = [word for row in rows for word in row.split(" ") if word]
    if len(set("".join(words))) == len("".join(words)):
        single = [grounding for grounding in groundings if grounding.kind == GroundingKind.EXACT]
        boxes = [place.box for grounding in single for place in grounding.places]
        assert len(boxes) == len(set(boxes))


@settings(deadline=None)
@given(
    st.lists(st.lists(st.text("abcdefgh123", min_size=1, max_size=6), min_size=1, max_size=5), min_size=1, max_size=6)
)
def test_a_page_supports_its_own_lines_wholly(rows: list[list[str]]) -> None:
    page = page_of(*map(" ".join, rows))
    groundings = ground_lines(page.text, Evidence([(1, page)]))
    assert supported_text(page.text, groundings) == pytest.approx(1.0)
