"""Loops are found, ordinary answers are left alone."""

import pytest
from docpipe.models.repetition import LONGEST, is_repeating
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.integers(0, 9), max_size=50), st.lists(st.integers(0, 9), min_size=1, max_size=LONGEST))
def test_a_passage_over_and_over_is_found_after_any_beginning(start: list[int], passage: list[int]) -> None:
    times = max(9, 160 // len(passage) + 2)
    assert is_repeating(start + passage * times)


@pytest.mark.parametrize("ids", [[], [1] * 100, list(range(1000)), [1, 2, 3] * 30, [n // 2 for n in range(500)]])
def test_short_or_changing_answers_are_no_loops(ids: list[int]) -> None:
    assert not is_repeating(ids)
