import pytest
from docpipe.schemas.job.page_ranges import PageRanges
from hypothesis import given
from hypothesis import strategies as st

spans = st.tuples(st.integers(1, 60), st.one_of(st.none(), st.integers(0, 20))).map(
    lambda pair: (pair[0], None if pair[1] is None else pair[0] + pair[1])
)
lists_of_spans = st.lists(spans, min_size=1, max_size=8)


def written(items: list[tuple[int, int | None]]) -> str:
    return ",".join(f"{first}-{'' if last is None else last}" for first, last in items)


def covers(items: list[tuple[int, int | None]], page: int) -> bool:
    return any(first <= page <= (page if last is None else last) for first, last in items)


@pytest.mark.parametrize(
    ("text", "count", "pages"),
    [
        ("1-50", 3, [1, 2, 3]),
        ("1,3,5-9", 7, [1, 3, 5, 6, 7]),
        ("10-", 12, [10, 11, 12]),
        ("10-", 9, []),
        ("5", 9, [5]),
        (" 4 - 5 , 2", 9, [2, 4, 5]),
        ("3-4,1-3", 9, [1, 2, 3, 4]),
        ("1-3", 0, []),
    ],
)
def test_select(text: str, count: int, pages: list[int]) -> None:
    assert PageRanges.parse(text).select(count) == pages


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a page range"),
        ("1,,2", "not a page range"),
        ("-5", "not a page range"),
        ("a-b", "not a page range"),
        ("1-2-3", "not a page range"),
        ("1.5", "not a page range"),
        ("1–5", "not a page range"),
        ("٣", "not a page range"),
        ("9999999999", "not a page range"),
        ("0", "counted from 1"),
        ("0-3", "counted from 1"),
        ("9-5", "write 5-9"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PageRanges.parse(text)


@given(lists_of_spans, st.integers(0, 100))
def test_selects_what_any_span_covers(items: list[tuple[int, int | None]], count: int) -> None:
    ranges = PageRanges.parse(written(items))
    expected = [page for page in range(1, count + 1) if covers(items, page)]
    assert ranges.select(count) == expected
    assert [page for page in range(1, count + 1) if page in ranges] == expected


@given(lists_of_spans)
def test_one_form_for_one_set_of_pages(items: list[tuple[int, int | None]]) -> None:
    ranges = PageRanges.parse(written(items))
    assert PageRanges.parse(str(ranges)) == ranges
    assert PageRanges.parse(written(items[::-1])) == ranges
    ends = [last for _, last in ranges.spans]
    assert None not in ends[:-1]
    for (_, last), (first, _) in zip(ranges.spans, ranges.spans[1:], strict=False):
        assert last is not None
        assert first > last + 1
