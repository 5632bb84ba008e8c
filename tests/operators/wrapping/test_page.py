"""What models wrap around the text of a page is taken off."""

import json
from pathlib import Path

import pytest
from docpipe.models.boxes.parse import parse_boxes
from docpipe.operators.wrapping.output import said
from docpipe.operators.wrapping.page import page_lines

CASES = json.loads((Path(__file__).parents[2] / "data/cases/21_model_ocr_texts.json").read_text(encoding="utf-8"))
ROWS = [
    "Invoice number: RX-20731",
    "Seller: Müller & Sons Ltd.",
    "Invoice date: 05.03.2024",
    "Net amount: CHF 1'234.50",
    "VAT: 8.1 %",
    "Total amount: CHF 1'334.49",
]


def lines(text: str) -> list[str]:
    """The lines, without those that count only where they are printed."""
    return [parse_boxes(line.text).text for line in page_lines(said(text)) if not line.is_courtesy]


@pytest.mark.parametrize(
    ("case", "right"),
    [
        ("fence", ["Rechnung / Invoice", "Item Value", *ROWS, "Thank you for your order."]),
        ("html", ["Rechnung / Invoice", "Item Value", *ROWS, "Thank you for your order."]),
        ("think", ["Rechnung / Invoice", *ROWS]),
        ("preamble", ["Rechnung / Invoice", *ROWS]),
        ("tagged", ["Rechnung / Invoice", ROWS[0]]),
    ],
)
def test_the_reported_texts_are_the_text_alone(case: str, right: list[str]) -> None:
    assert lines(CASES[case]) == right


def test_a_fence_within_courtesies_is_the_page() -> None:
    text = "Here is the text of the image:\n```\nTotal 5\nVAT 1\n```\nLet me know if you need more."
    assert lines(text) == ["Total 5", "VAT 1"]


def test_a_table_that_was_cut_off_keeps_its_rows() -> None:
    table = (
        "<table><thead><tr><th>Item<br/>name</th><th>EUR</th></tr></thead><tr><td><b>Pen</b></td><td></td><td>1 &lt; 2"
    )
    assert lines(table) == ["Item name EUR", "Pen 1 < 2"]


@pytest.mark.parametrize(
    "text", ['{"text": "Total 5\\nVAT 1"}', '["Total 5", "VAT 1"]', '{"lines": ["Total 5", "VAT 1"]}']
)
def test_a_page_in_json_is_its_text(text: str) -> None:
    assert lines(text) == ["Total 5", "VAT 1"]


def test_boxes_of_lines_as_json_are_claims_of_their_lines() -> None:
    boxed = [("Total 5", [10, 20, 300, 40]), ("VAT 1", [10, 60, 300, 80])]
    text = json.dumps([{"bbox_2d": box, "text_content": words} for words, box in boxed])
    found = [parse_boxes(line.text) for line in page_lines(said(text))]
    assert [one.text for one in found] == ["Total 5", "VAT 1"]
    assert found[0].boxes[0].bbox == (0.01, 0.02, 0.3, 0.04)


@pytest.mark.parametrize("text", ["C# 5", "a <b and c> d", "x**2**y", "#5", "</think> is a tag", "| 5", "R&D"])
def test_what_a_page_may_print_is_kept(text: str) -> None:
    assert lines(text) == [text]
