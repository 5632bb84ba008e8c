"""Pages whose text is not drawn in reading order."""

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser
from docpipe.schemas.page import PageReading
from hypothesis import given, settings
from hypothesis import strategies as st

from ..raw_pdf import one_page, written

CASES = Path(__file__).parents[2] / "data" / "cases"
TEXT = (
    "The committee reviewed the annual report and approved the budget for the coming fiscal year. All members were "
    "present at the meeting, which took place in the main hall. The treasurer explained the figures and answered "
    "several questions about travel costs and equipment. No objections were raised. "
) * 2
Placed = tuple[float, float, str]
SIDES = ((50.0, "left"), (320.0, "right"))


def read(path: Path) -> PageReading:
    reading = Parser().read_page(str(path), 1, ReadSettings(engine="text_layer")).reading
    lines = reading.lines
    assert reading.text == "".join(f"{line}\n" for line in lines.text)
    assert (np.diff(lines.block) >= 0).all()
    assert set(lines.block.tolist()) == set(range(len(reading.blocks)))
    assert (np.diff(lines.word_line) >= 0).all()
    for index, text in enumerate(lines.text):
        words = [word for word, line in zip(lines.word_text, lines.word_line, strict=True) if line == index]
        assert "".join(words) == text.replace(" ", "")
    return reading


def drawn(tmp_path: Path, placed: Sequence[Placed], font: str = "helv", size: float = 11) -> PageReading:
    with pymupdf.open() as document:
        page = document.new_page()
        for x, y, text in placed:
            page.insert_text((x, y), text, fontname=font, fontsize=size)
        document.save(tmp_path / "drawn.pdf")
    return read(tmp_path / "drawn.pdf")


def set_words(words: Sequence[str], x0: float, x1: float, y: float = 100.0) -> list[Placed]:
    placed, x = [], x0
    for word in words:
        length = pymupdf.get_text_length(f"{word} ", fontsize=11)
        if x + length > x1:
            x, y = x0, y + 15
        placed.append((x, y, word))
        x += length
    return placed


def test_words_of_a_line_drawn_in_another_order_are_one_line() -> None:
    lines = read(CASES / "17_words_drawn_out_of_order.pdf").lines
    assert lines.text[5:] == [
        "Please pay the open amount of 4711.50 EUR to the account given below before the end of May"
    ]
    assert len(lines.text) == 6


def test_a_page_whose_words_are_drawn_in_any_order(tmp_path: Path) -> None:
    placed = set_words(TEXT.split(), 72, 520)
    random.Random(3).shuffle(placed)
    assert drawn(tmp_path, placed).text.split() == TEXT.split()


def test_two_columns_whose_words_are_drawn_in_any_order(tmp_path: Path) -> None:
    placed = set_words(TEXT.split(), 72, 290) + set_words(TEXT.upper().split(), 320, 540)
    random.Random(4).shuffle(placed)
    assert drawn(tmp_path, placed).text.split() == (TEXT + TEXT.upper()).split()


def test_lines_drawn_from_the_bottom_up_are_read_from_the_top(tmp_path: Path) -> None:
    lines = [(50.0, 100.0 + 15 * row, f"{row} {TEXT[20 * row : 20 * row + 60].strip()}") for row in range(12)]
    assert drawn(tmp_path, lines[::-1]).lines.text == [line for _, _, line in lines]
    reading = drawn(tmp_path, [*lines[:3], *lines[:2:-1]])
    assert reading.lines.text == [line for _, _, line in lines]


def test_a_page_that_is_printed_upside_down_keeps_its_sentences(tmp_path: Path) -> None:
    rows = [TEXT[65 * row : 65 * row + 65].strip() for row in range(6)]
    content = b"".join(
        b"BT /F1 12 Tf 1 0 0 -1 50 %d Tm (%s) Tj ET\n" % (300 + 15 * row, text.encode())
        for row, text in enumerate(rows)
    )
    assert read(written(tmp_path / "a.pdf", one_page(content))).lines.text == rows


def test_letters_drawn_one_by_one_are_words_again(tmp_path: Path) -> None:
    letters, x = [], 72.0
    for letter in "Pay 4711.50 now":
        letters.append((x, 100.0, letter))
        x += pymupdf.get_text_length(letter, fontsize=11)
    letters = [placed for placed in letters if placed[2] != " "]
    assert drawn(tmp_path, letters[::-1]).text == "Pay 4711.50 now\n"


def test_cells_of_narrow_columns_stay_apart(tmp_path: Path) -> None:
    rows = range(100, 200, 14)
    left = [(72.0, float(y), "progress but may") for y in rows]
    edge = 72 + pymupdf.get_text_length("progress but may", fontsize=11) + 3.5
    right = [(edge, float(y), "disabilities") for y in rows]
    assert "progress but may disabilities" not in drawn(tmp_path, left + right).text


def test_columns_of_single_glyphs_are_lines_from_right_to_left() -> None:
    lines = read(CASES / "08_tategaki_glyphs.pdf").lines
    assert lines.text == [
        "縦書きの日本語テキスト",
        "です。右から左へ列が進",
        "みます。これは三列目の",
        "文章で、四列目に続いて",
        "いますので、順に読んで",
        "ください。金額は五千円",
    ]
    assert (np.diff(lines.boxes[:, 0]) < 0).all()


def test_vertical_text_drawn_row_by_row_under_a_horizontal_heading(tmp_path: Path) -> None:
    columns = ["令和六年度決算報告", "売上高は前年比百億円", "となった。別紙を参照"]
    placed = [
        (460.0 - 32 * number, 100.0 + 20 * row, column[row])
        for row in range(10)
        for number, column in enumerate(columns)
        if row < len(column)
    ]
    lines = drawn(tmp_path, [*placed, (72.0, 60.0, "決算短信 2024年5月")], "japan", 18).lines
    assert lines.text == [*columns, "決算短信 2024年5月"]


def test_vertical_text_in_two_tiers_with_digits_side_by_side(tmp_path: Path) -> None:
    tiers = [["第一段の文章です", "ここから読みます"], ["第二段の文章です", ["十", "12", "月", "25", "日", "発", "行"]]]
    placed = [
        (460.0 - 30 * number, 100.0 + 230 * tier + 22 * row, glyph)
        for tier, columns in enumerate(tiers)
        for number, column in enumerate(columns)
        for row, glyph in enumerate(column)
    ]
    with pymupdf.open() as document:
        page = document.new_page()
        for x, y, text in placed:
            page.insert_text((x, y), text, fontname="japan", fontsize=18 if len(text) == 1 else 10)
        document.save(tmp_path / "drawn.pdf")
    assert read(tmp_path / "drawn.pdf").lines.text == [*tiers[0], "第二段の文章です", "十12月25日発行"]


def test_an_amount_in_upright_digits_is_a_column(tmp_path: Path) -> None:
    columns = ["請求番号令和六年", "合計12345円", "となった。別紙を参照"]
    placed = [
        (400.0 - 24 * number, 100.0 + 15 * row, glyph)
        for number, column in enumerate(columns)
        for row, glyph in enumerate(column)
    ]
    assert drawn(tmp_path, placed, "japan", 14).lines.text == columns


def test_digits_under_each_other_in_a_table_are_no_column(tmp_path: Path) -> None:
    rows = [("計", "数"), ("7", "1"), ("8", "2"), ("9", "3"), ("6", "4"), ("5", "5")]
    placed = [
        (x, 100.0 + 18 * row, text)
        for row, cells in enumerate(rows)
        for x, text in zip((72.0, 200.0), cells, strict=True)
    ]
    assert sorted(drawn(tmp_path, placed, "japan", 12).lines.text) == sorted(cell for row in rows for cell in row)


def test_single_characters_in_a_column_of_a_table_are_no_vertical_text(tmp_path: Path) -> None:
    rows = [("東京都千代田", "可"), ("大阪府大阪市", "否"), ("名古屋市中区", "可"), ("福岡市博多区", "可")] * 2
    placed = [
        (x, 100.0 + 15 * row, text)
        for row, cells in enumerate(rows)
        for x, text in zip((72.0, 200.0), cells, strict=True)
    ]
    lines = drawn(tmp_path, placed, "japan", 12).lines
    assert [text for text in lines.text if len(text) == 1] == [mark for _, mark in rows]


def test_values_drawn_after_all_labels() -> None:
    assert read(CASES / "14_form_values_out_of_order.pdf").lines.text == [
        "Application form for a travel grant. Please fill in all the fields below.",
        "Surname:",
        "Rosenberg-Tanaka",
        "Amount:",
        "1 284,60 EUR",
        "City:",
        "Trondheim",
        "Signed in Oslo on the twelfth of May.",
    ]


LABELS = ["Invoice number", "Invoice date", "Customer number", "Amount due"]
VALUES = ["20731", "12.05.2024", "K-4711", "1,284.60 EUR"]
PAIRED = [text for pair in zip(LABELS, VALUES, strict=True) for text in pair]


def test_a_column_of_values_after_a_column_of_labels() -> None:
    assert read(CASES / "14_labels_then_values.pdf").lines.text[:8] == PAIRED


def test_a_column_of_values_before_its_column_of_labels(tmp_path: Path) -> None:
    values = [(250.0, 100.0 + 18 * row, text) for row, text in enumerate(VALUES)]
    labels = [(72.0, 100.0 + 18 * row, text) for row, text in enumerate(LABELS)]
    assert drawn(tmp_path, values + labels).lines.text == PAIRED


def test_form_fields_under_their_labels(tmp_path: Path) -> None:
    fields = [("First name", "Ada", 72, 100), ("Last name", "Lovelace", 300, 100), ("Street", "Square 12", 72, 150)]
    with pymupdf.open() as document:
        page = document.new_page()
        for label, _, x, y in fields:
            page.insert_text((x, y), label, fontsize=9)
        page.insert_text((72, 300), "Signature of the applicant", fontsize=10)
        for label, value, x, y in reversed(fields):
            widget = pymupdf.Widget()
            widget.field_name, widget.field_value = label, value
            widget.field_type = pymupdf.PDF_WIDGET_TYPE_TEXT
            widget.rect = pymupdf.Rect(x, y + 4, x + 180, y + 22)
            page.add_widget(widget)
        document.save(tmp_path / "form.pdf")
    texts = [text for field in fields for text in field[:2]]
    assert read(tmp_path / "form.pdf").lines.text == [*texts, "Signature of the applicant"]


def test_values_that_are_annotations(tmp_path: Path) -> None:
    with pymupdf.open() as document:
        page = document.new_page()
        for row, label in enumerate(["Name of the company:", "VAT number:", "Total amount due:"]):
            page.insert_text((72, 100 + 30 * row), label, fontsize=11)
        page.insert_text((72, 250), "The undersigned confirms that all data are true.", fontsize=11)
        for row, value in enumerate(["Rosenberg & Sons", "DE123456789", "4,711.50 EUR"]):
            page.add_freetext_annot(pymupdf.Rect(230, 86 + 30 * row, 400, 106 + 30 * row), value, fontsize=11)
        document.save(tmp_path / "form.pdf")
    assert read(tmp_path / "form.pdf").lines.text == [
        "Name of the company:",
        "Rosenberg & Sons",
        "VAT number:",
        "DE123456789",
        "Total amount due:",
        "4,711.50 EUR",
        "The undersigned confirms that all data are true.",
    ]


def test_blocks_beside_each_other_are_no_labels_and_values(tmp_path: Path) -> None:
    blocks = [
        (72, 100, ["Muster GmbH", "Ringstrasse", "Berlin"]),
        (330, 100, ["Invoice number: 20731", "Date: 12.05.2024", "Customer: 815"]),
        (72, 200, ["Ship to:", "Ada Lovelace", "London"]),
        (330, 200, ["Bill to:", "Charles Babbage", "Devon"]),
    ]
    placed = [(float(x), y + 14.0 * row, text) for x, y, texts in blocks for row, text in enumerate(texts)]
    assert drawn(tmp_path, placed).lines.text == [text for _, _, texts in blocks for text in texts]


@given(st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_no_word_is_lost_or_doubled_however_a_page_is_drawn(
    tmp_path_factory: pytest.TempPathFactory, rng: random.Random
) -> None:
    placed = [*set_words(TEXT.split()[:60], 72, 300), (330.0, 100.0, "Total:"), (420.0, 100.0, "4711.50")]
    rng.shuffle(placed)
    reading = drawn(tmp_path_factory.mktemp("any"), placed)
    assert sorted(reading.lines.word_text) == sorted(text for _, _, text in placed)


def test_parts_of_a_row_that_are_drawn_from_right_to_left(tmp_path: Path) -> None:
    placed = [(50, 80, "A line above"), (300, 120, "4711.50 EUR"), (50, 120, "Total amount"), (50, 160, "A line below")]
    assert drawn(tmp_path, placed).lines.text == ["A line above", "Total amount", "4711.50 EUR", "A line below"]


@pytest.mark.parametrize("lines", [3, 8])
def test_a_right_column_that_is_drawn_first(tmp_path: Path, lines: int) -> None:
    columns = [[(x, 120 + 14 * row, f"{side} column {row}") for row in range(lines)] for x, side in SIDES]
    title: Placed = (50, 80, "A title over both columns")
    expected = [text for _, _, text in [title, *columns[0], *columns[1]]]
    assert drawn(tmp_path, [title, *columns[1], *columns[0]]).lines.text == expected
    assert drawn(tmp_path, [title, *columns[0], *columns[1]]).lines.text == expected


def test_a_column_that_begins_lower_than_the_one_to_its_right_keeps_its_place(tmp_path: Path) -> None:
    right = [(320.0, 120.0 + 14 * row, f"right column {row}") for row in range(6)]
    left = [(50.0, 150.0 + 14 * row + 5, f"left note {row}") for row in range(3)]
    assert drawn(tmp_path, [*right, *left]).lines.text == [text for _, _, text in [*right, *left]]


LINE = "Total amount 4711.50 EUR"


def by_glyph(order: Sequence[int]) -> list[Placed]:
    """The glyphs of a line, each drawn by itself at its place, in some order and without the spaces."""
    places = [50 + pymupdf.get_text_length(LINE[:index], fontsize=11) for index in range(len(LINE))]
    return [(places[index], 100.0, LINE[index]) for index in order if LINE[index] != " "]


@pytest.mark.parametrize("later", ["aeiou", "4.", "TEUR", "o", "tm1"])
def test_glyphs_that_are_drawn_after_the_others_of_their_line_stand_in_their_gaps(tmp_path: Path, later: str) -> None:
    order = sorted(range(len(LINE)), key=lambda index: LINE[index] in later)
    assert drawn(tmp_path, by_glyph(order)).lines.text == [LINE]


@given(st.permutations(range(len(LINE))))
@settings(max_examples=40, deadline=None)
def test_glyphs_in_any_order_are_the_words_that_they_show(order: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = drawn(Path(folder), by_glyph(order)).lines.text
    assert " ".join(text) == LINE


def test_a_number_that_is_filled_into_the_gap_of_a_line_stands_in_it(tmp_path: Path) -> None:
    gap = pymupdf.get_text_length("Page ", fontsize=11)
    placed = [(50.0, 100.0, "Page    of our report"), (50.0 + gap, 100.0, "7"), (50.0, 130.0, "Another line")]
    assert drawn(tmp_path, placed).lines.text == ["Page 7 of our report", "Another line"]
