"""Starts without an end are counted, one page at a time."""

from docpipe.pipeline.ledger import Ledger


def test_a_page_that_ends_is_no_suspect_any_more() -> None:
    ledger = Ledger()
    ledger.begin("a")
    ledger.begin("b")
    ledger.end("a")
    ledger.begin("b")
    assert (ledger.starts("a"), ledger.starts("b"), ledger.starts("c")) == (0, 2, 0)
