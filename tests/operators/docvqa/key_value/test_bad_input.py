"""Hostile and unusual pages: a right answer or none, never a wrong one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from docpipe.evaluation.synthetic.business.sheet import Sheet
from docpipe.operators.docvqa.key_value.answer import Declined, KeyValueAnswer, answer
from docpipe.operators.values.locale import NO_HINT
from docpipe.schemas.page import PageReading
from numpy.typing import NDArray

from .pages import INVOICE, Line, page

SURE = 0.9
TRUTH = {
    "What is the invoice number?": "RS-20731",
    "What is the invoice date?": "12 May 2024",
    "What is the due date?": "11 June 2024",
    "What is the total amount?": "GBP 180.00",
    "What is the subtotal?": "150.00",
    "What is the tax amount?": "30.00",
}


def given(ask: str, reading: PageReading) -> str | None:
    found = answer(ask, [reading], NO_HINT)
    return found.text if isinstance(found, KeyValueAnswer) and found.confidence >= SURE else None


def answers(reading: PageReading) -> dict[str, str | None]:
    return {ask: given(ask, reading) for ask in TRUTH}


def words(lines: Sequence[tuple[float, float, Sequence[str]]], gap: float = 3.0) -> PageReading:
    """Words that OCR reads apart, `gap` points from each other."""
    sheet = Sheet()
    for x, y, texts in lines:
        at = x
        placed = []
        for text in texts:
            box = sheet.text(at, y, text)
            sheet.lines.pop()
            placed.append((text, box))
            at = box[2] + gap
        sheet.lines.append((" ".join(texts), placed))
    return sheet.reading(recognised=True)


def turned(reading: PageReading) -> PageReading:
    """The page turned clockwise by 90°, its lines running down."""
    lines = reading.lines

    def boxes(values: NDArray[np.float32]) -> NDArray[np.float32]:
        x0, y0, x1, y1 = values.T
        return np.stack([1 - y1, x0, 1 - y0, x1], axis=1).astype(np.float32)

    corners = [
        [(1 - box[1], box[0]), (1 - box[1], box[2]), (1 - box[3], box[2]), (1 - box[3], box[0])]
        for box in lines.boxes.tolist()
    ]
    return replace(
        reading,
        width=reading.height,
        height=reading.width,
        lines=replace(
            lines,
            boxes=boxes(lines.boxes),
            word_boxes=boxes(lines.word_boxes),
            polygons=[np.array(corner, np.float32) for corner in corners],
        ),
    )


def test_a_page_turned_by_90_degrees_is_answered_as_if_upright() -> None:
    upright = answers(page(INVOICE))
    assert upright == TRUTH
    assert answers(turned(page(INVOICE))) == upright


def test_every_label_twice_with_different_values_is_answered_by_none() -> None:
    labels = ["Policy Number", "Contract No.", "Start date", "Email"]
    left = ["PN-1001", "CN-2001", "01.02.2023", "a@example.org"]
    right = ["PN-1002", "CN-2002", "05.06.2024", "b@example.org"]
    lines: list[Line] = []
    for at, label in enumerate(labels):
        y = 60.0 + 20 * at
        lines += [(50, y, label), (150, y, left[at]), (320, y, label), (420, y, right[at])]
    for ask in ("policy number", "contract number", "start date", "email address"):
        found = answer(f"What is the {ask}?", [page(lines)])
        assert isinstance(found, Declined) or found.confidence < SURE, (ask, found.text)


def test_values_before_their_labels_are_right_or_declined() -> None:
    values = ["PN-1001", "CN-2001", "01.02.2023", "GBP 90.00"]
    labels = ["Policy Number", "Contract No.", "Start date", "Total"]
    lines: list[Line] = []
    for at, (value, label) in enumerate(zip(values, labels, strict=True)):
        lines += [(50, 60 + 20 * at, value), (200, 60 + 20 * at, label)]
    asks = ("policy number", "contract number", "start date", "total amount")
    for ask, right in zip(asks, values, strict=True):
        assert given(f"What is the {ask}?", page(lines)) in (right, None)


@pytest.mark.parametrize(
    ("total", "wrong"),
    [
        (["Total", "1", "80.00"], ["80.00"]),
        (["Total", "180.", "00"], ["180", "180.", "00"]),
        (["Total", "18", "0.00"], ["0.00"]),
        (["Total", "GBP", "1", "80.00"], ["80.00"]),
    ],
)
def test_a_part_of_a_number_that_ocr_split_is_no_answer(total: list[str], wrong: list[str]) -> None:
    reading = words([(300, 60, ["Subtotal", "150.00"]), (300, 74, ["VAT", "30.00"]), (300, 88, total)])
    assert given("What is the total amount?", reading) not in wrong


def test_a_page_that_is_read_from_the_right_has_its_values_left_of_the_labels() -> None:
    lines = [
        (420, 60, "رقم الفاتورة"), (300, 60, "4711"), (420, 80, "التاريخ"), (300, 80, "12.05.2024"),
        (420, 100, "المجموع"), (300, 100, "180.00"), (420, 120, "الهاتف"), (300, 120, "03-5551234"),
    ]  # fmt: skip
    reading = page(lines)
    assert given("What is the date?", reading) in ("12.05.2024", None)
    assert given("What is the total?", reading) in ("180.00", None)
    assert isinstance(answer("What is the total?", [reading]), KeyValueAnswer)


@pytest.mark.parametrize("size", [0.5, 1.0, 2.5])
def test_words_too_small_to_be_read_are_no_candidates(size: float) -> None:
    sheet = Sheet()
    for x, y, text in INVOICE:
        sheet.text(x, y, text)
    sheet.text(400, 332, "Grand Total: 1.00", size=size)
    found = answer("What is the grand total?", [sheet.reading()])
    assert isinstance(found, KeyValueAnswer)
    assert found.text == "GBP 180.00"


def test_a_label_right_of_another_one_is_no_value() -> None:
    heads = ((50.0, "Make"), (190.0, "Model"), (330.0, "Engine size"), (450.0, "Fuel"))
    cells = ((50.0, "Skoda"), (190.0, "Octavia"), (330.0, "1498 cc"), (450.0, "Petrol"))
    lines = [(x, 100.0, text) for x, text in heads] + [(x, 114.0, text) for x, text in cells]
    for ask, right in (("What is the engine size?", "1498 cc"), ("What is the make?", "Skoda")):
        found = answer(ask, [page(lines)])
        assert isinstance(found, Declined) or found.confidence < 0.9 or found.text == right


def test_a_mark_belongs_to_the_word_behind_it() -> None:
    lines = [
        (50.0, 100.0, "Allergies"),
        (130.0, 100.0, "☐"),
        (145.0, 100.0, "No"),
        (180.0, 100.0, "☒"),
        (195.0, 100.0, "Yes"),
    ]
    found = answer("Allergies?", [page(lines)], kind="boolean")
    assert isinstance(found, Declined) or found.boolean is True
