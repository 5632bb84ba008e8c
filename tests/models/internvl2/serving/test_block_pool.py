"""A page has one owner until it is shared, and is free once its last user lets go."""

import pytest
from docpipe.models.internvl2.serving.block_pool import NoPagesError, PagePool, side_by_side
from hypothesis import given
from hypothesis import strategies as st


def test_pages_lie_side_by_side_where_there_is_such_a_place() -> None:
    pool = PagePool(8)
    first, second = pool.take(3), pool.take(2)
    assert (first, second) == ([0, 1, 2], [3, 4])
    pool.release(first)
    assert pool.take(3) == [0, 1, 2]
    pool.release([1])
    assert pool.take(2) == [5, 6]
    assert pool.take(1, after=6) == [7]
    assert pool.take(1, after=7) == [1]


def test_scattered_pages_are_taken_rather_than_none() -> None:
    pool = PagePool(4)
    pool.take(4)
    pool.release([0, 2])
    assert pool.take(2) == [0, 2]
    with pytest.raises(NoPagesError, match="1 pages are wanted, 0 of 4 are free"):
        pool.take(1)


def test_a_shared_page_is_free_after_its_last_release() -> None:
    pool = PagePool(2)
    pages = pool.take(1)
    pool.share(pages)
    pool.release(pages)
    assert pool.free == 1
    pool.release(pages)
    assert pool.free == 2
    with pytest.raises(ValueError, match="page 0 is not in use"):
        pool.release(pages)
    with pytest.raises(ValueError, match="page 0 is not in use"):
        pool.share(pages)


@given(st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(0, 11)), max_size=30))
def test_no_page_is_given_twice(wishes: list[tuple[int, int | None]]) -> None:
    pool, taken = PagePool(12), [list[int]()]
    for wanted, after in wishes:
        try:
            taken.append(pool.take(wanted, after))
        except NoPagesError:
            pool.release(taken.pop(0) if len(taken) > 1 else [])
        every = [page for pages in taken for page in pages]
        assert len(set(every)) == len(every) == pool.count - pool.free


def test_side_by_side() -> None:
    assert side_by_side([])
    assert side_by_side([4])
    assert side_by_side([4, 5, 6])
    assert not side_by_side([4, 6])
    assert not side_by_side([5, 4])
