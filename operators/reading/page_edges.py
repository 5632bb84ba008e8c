"""The outer rows of pages of the open document, by which running headers and footers are found; a page is read once."""

from collections.abc import Sequence

from ...schemas.errors import ErrorCode
from ..documents.losses import forget_damaged_objects, take_losses
from ..documents.mupdf import page_failure
from ..documents.page_box import load_page
from ..text_layer.extract import raw_page
from ..text_layer.running import Edges
from .last_document import LastDocument
from .page import edges_of_pages

# Pages of the open document whose edges are kept; more than a batch of pages is compared with.
_MAX_EDGES = 256


def page_edges(last: LastDocument, page_numbers: Sequence[int]) -> dict[int, Edges | None]:
    """The edges of some pages, None for each that cannot be read; raises DocumentError where memory runs out."""
    found: dict[int, Edges | None] = {}
    for number in page_numbers:
        if number not in last.edges:
            keep_edges(last, number, _look_at(last, number))
        found[number] = last.edges[number]
    return found


def edges_around(last: LastDocument, page_numbers: Sequence[int]) -> dict[int, Edges | None]:
    """The edges of the pages with which some pages are compared, without those of the pages themselves."""
    wanted = {other for number in page_numbers for other in last.compared(number)} - set(page_numbers)
    return page_edges(last, sorted(wanted))


def keep_edges(last: LastDocument, number: int, edges: Edges | None) -> None:
    """Keep the edges of a page that was read."""
    while len(last.edges) >= _MAX_EDGES:
        del last.edges[next(iter(last.edges))]
    last.edges[number] = edges


def _look_at(last: LastDocument, page_number: int) -> Edges | None:
    try:
        page = load_page(last.document, page_number)
        raw = raw_page(page, fonts=False)
        if take_losses(page) is not None:
            forget_damaged_objects()
        del page
        return edges_of_pages([raw])[0]
    except Exception as error:
        failure = page_failure(error, f"page {page_number} cannot be read")
        if failure.code == ErrorCode.OUT_OF_MEMORY:
            raise failure from error
        return None
    finally:
        last.after_page()
