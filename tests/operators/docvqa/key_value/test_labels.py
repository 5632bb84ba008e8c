"""A label is about the document that stands next to the number, and a date behind it about the same one."""

import pytest
from docpipe.operators.docvqa.key_value.labels import find_labels
from docpipe.operators.docvqa.key_value.page import build_page

from .pages import page


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Handelsrechnung Nr. 471102 vom 05.06.2018", {"invoice", "date"}),
        ("Rechnung gemäß Bestellung Nr. 2018-471331 vom 01.03.2018", {"order", "date"}),
        ("Facture n° F2024-118 du 12/04/2024", {"invoice", "date"}),
    ],
)
def test_a_date_behind_a_number(text: str, label: set[str]) -> None:
    found = find_labels(build_page(page([(50, 50, text)])))
    names = set().union(*found.zones[0][1].parts)
    assert label <= names
    assert not {"invoice", "order"} - label <= names


def test_runs_that_are_labels_alone() -> None:
    found = find_labels(build_page(page([(50, 50, "Date of birth"), (50, 70, "Sofia"), (50, 90, "Invoice 77")])))
    assert found.pure == [True, False, False]
