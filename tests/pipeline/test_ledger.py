"""Starts without an end are counted, one page at a time."""

from docpipe.pipeline.ledger import Ledger


def test_a_page_that_ends_is_no_suspect_any_more() -> None:
    ledger = Ledger()
    assert (ledger.begin("a"), ledger.begin("b")) == (0, 0)
    ledger.end("a")
    assert (ledger.begin("a"), ledger.begin("b")) == (0, 1)


def test_a_suspect_is_counted_only_where_it_runs_alone() -> None:
    ledger = Ledger()
    assert [ledger.begin("a") for _ in range(3)] == [0, 1, 1]
    ledger.begin_alone("a")
    assert ledger.begin("a") == 2
