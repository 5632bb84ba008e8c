"""Tables of pages: laws that hold for any words, turned pages, hostile pages, and a real document."""

import time
from collections import Counter
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from docpipe.operators.tables.find import find_tables
from docpipe.operators.tables.rulings.drawings import page_rulings, rulings_of
from docpipe.operators.tables.structure.area import Rulings
from docpipe.operators.tables.table import GridTable
from docpipe.schemas.geometry import Box
from docpipe.schemas.page import Blocks, TextLines
from hypothesis import given, settings
from hypothesis import strategies as st

from .drawn import SIZE, lines_of, table_block, tables_in, words_of
from .drawn import rulings_of as drawn_rulings

DATA = Path(__file__).parents[2] / "data" / "tables"
DRAWING = """
Name          2023     2024
Apples          12    1,300
Pears            5        7
Plums and figs   3       11
"""


def covered_once(table: GridTable) -> bool:
    places = Counter(place for cell in table.cells for place in cell.places())
    return places == {(row, column): 1 for row in range(table.n_rows) for column in range(table.n_columns)}


PLACES = st.tuples(st.sampled_from(["a", "12", "1.5", "-", "word"]), st.integers(0, 50), st.integers(0, 40))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(PLACES, min_size=1, max_size=60),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.5), st.floats(0.5, 1)), max_size=8),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.5), st.floats(0.5, 1)), max_size=8),
)
def test_every_place_belongs_to_one_cell_and_no_word_stands_twice(
    words: list[tuple[str, int, int]],
    horizontal: list[tuple[float, float, float]],
    vertical: list[tuple[float, float, float]],
) -> None:
    placed = [(t, x * 10.0, y * 15.0, x * 10 + 8.0 * len(t), y * 15 + 10.0) for t, x, y in words]
    rulings = Rulings(np.array(horizontal, np.float32).reshape(-1, 3), np.array(vertical, np.float32).reshape(-1, 3))
    for table in find_tables(lines_of(placed), table_block(), rulings, SIZE):
        assert covered_once(table)
        used = [word for cell in table.cells for word in cell.words]
        assert len(used) == len(set(used))
        assert 0 <= table.confidence <= 1
        for cell in table.cells:
            assert sorted(cell.text.split()) == sorted(" ".join(placed[i][0] for i in cell.words).split())
            assert (cell.box is None) == (not cell.words)


def turned(lines: TextLines, quarters: int) -> TextLines:
    """The lines after the page was turned clockwise by a quarter, `quarters` times; with polygons."""
    boxes, polygons = lines.boxes, [_corners(box) for box in lines.boxes.tolist()]
    for _ in range(quarters):
        boxes = np.stack([1 - boxes[:, 3], boxes[:, 0], 1 - boxes[:, 1], boxes[:, 2]], axis=1)
        polygons = [np.stack([1 - p[:, 1], p[:, 0]], axis=1) for p in polygons]
    return TextLines(
        text=lines.text,
        boxes=boxes,
        polygons=list(polygons),
        confidence=lines.confidence,
        block=lines.block,
        word_text=lines.word_text,
        word_boxes=boxes,
        word_confidence=lines.word_confidence,
        word_line=lines.word_line,
    )


def _corners(box: list[float]) -> np.ndarray:
    x0, y0, x1, y1 = box
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_table_is_read_as_it_is_read_upright(quarters: int) -> None:
    lines = lines_of(words_of(DRAWING))
    size = SIZE if quarters == 2 else (SIZE[1], SIZE[0])
    (upright,) = find_tables(lines, table_block(), Rulings(), SIZE)
    (table,) = find_tables(turned(lines, quarters), table_block(), Rulings(), size)
    assert table.rows() == upright.rows()


def test_the_first_column_of_a_right_to_left_table_is_at_the_right() -> None:
    words = [
        ("שם", 500, 20, 520, 30),
        ("2023", 300, 20, 324, 30),
        ("2024", 100, 20, 124, 30),
        ("תפוחים", 484, 32, 520, 42),
        ("12", 312, 32, 324, 42),
        ("1,300", 94, 32, 124, 42),
        ("אגסים", 480, 44, 492, 54),
        ("ירוקים", 460, 44, 478, 54),
        ("5", 318, 44, 324, 54),
        ("7", 118, 44, 124, 54),
    ]
    (table,) = find_tables(lines_of([(t, *map(float, b)) for t, *b in words]), table_block(), Rulings(), SIZE)
    assert table.rows() == [["שם", "2023", "2024"], ["תפוחים", "12", "1,300"], ["אגסים ירוקים", "5", "7"]]


def test_the_caption_is_that_of_the_layout_beside_the_table() -> None:
    lines = lines_of(words_of(DRAWING))
    boxes = np.array([[0, 0.02, 1, 0.1], [0, 0.1, 1, 0.11], [0, 0.8, 1, 0.9]], np.float32)
    blocks = Blocks(["table", "caption", "caption"], boxes, [None, "Fruit\nthat was sold", "Far away"])
    (table,) = find_tables(lines, blocks, Rulings(), SIZE)
    assert table.caption == "Fruit that was sold"


def hostile() -> dict[str, tuple[list[tuple[str, float, float, float, float]], Rulings]]:
    rng = np.random.default_rng(7)
    x, y = rng.uniform(0, 560, 2000), rng.uniform(0, 780, 2000)
    dots = np.stack([rng.uniform(0, 1, 6000), np.zeros(6000), np.ones(6000)], axis=1).astype(np.float32)
    cells = [(str(c), c * 8.0, r * 8.0, c * 8 + 5.0, r * 8 + 6.0) for r in range(80) for c in range(40)]
    return {
        "3,200 cells": (cells, Rulings()),
        "words over one another": ([("w", a, b, a + 40, b + 9) for a, b in zip(x, y, strict=True)], Rulings()),
        "all in one place": ([("w", 10.0, 10.0, 30.0, 20.0)] * 1500, Rulings()),
        "no height": ([("w", a, 100.0, a + 5, 100.001) for a in x.tolist()], Rulings()),
        "cells of 5,000 characters": ([("x" * 5000, 10.0, 10, 290, 20), ("1", 300.0, 10, 310, 20)] * 20, Rulings()),
        "thousands of rulings": (words_of(DRAWING), Rulings(dots, dots)),
    }


@pytest.mark.parametrize("name", hostile())
def test_hostile_pages_take_bounded_time(name: str) -> None:
    words, rulings = hostile()[name]
    started = time.process_time()
    for table in find_tables(lines_of(words), table_block(), rulings, SIZE):
        assert covered_once(table)
    assert time.process_time() - started < 5


def test_the_tables_of_a_report_are_read_cell_by_cell() -> None:
    """The second table on the first page of a market report of the ICDAR 2013 competition; its region is given."""
    with pymupdf.open(DATA / "eu-006.pdf") as document:
        page = document[0]
        rulings = page_rulings(page)
        words = [tuple(word[4:5]) + tuple(word[:4]) for word in page.get_text("words")]
        size = (page.rect.width, page.rect.height)
    box = np.array([[110, 440, 465, 500]], np.float32) / np.array([*size, *size], np.float32)
    blocks = Blocks(["table"], box.astype(np.float32), [None], np.zeros(1, np.float32))
    tables = find_tables(lines_of(words, size), blocks, rulings, size)
    table = next(table for table in tables if table.block == 0)
    assert table.rows() == [
        ["", "1991", "1994", "1995", "1996"],
        ["National Brands", "80.6", "75.0", "75.3", "76.0"],
        ["Own Brands", "14.7", "17.1", "17.4", "17.1"],
        ["Low price items", "4.7", "7.9", "7.3", "6.9"],
    ]
    assert table.header_rows == 1


def test_rulings_come_from_strokes_thin_areas_and_dots_and_follow_the_rotation() -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=200, height=100)
        page.draw_line((10, 20), (190, 20))
        page.draw_line((10, 10), (100, 90))
        page.draw_rect(pymupdf.Rect(20, 49.5, 180, 50.5), color=None, fill=(0, 0, 0))
        for x in range(20, 180, 3):
            page.draw_rect(pymupdf.Rect(x, 70, x + 1, 71), color=None, fill=(0, 0, 0))
        page.draw_rect(pymupdf.Rect(150, 75, 190, 95))
        page.draw_rect(pymupdf.Rect(100, 76, 140, 90), color=None, fill=(0.8, 0.8, 0.8))
        found = page_rulings(page)
        page.set_rotation(90)
        turned_page = page_rulings(page)
    assert found.horizontal[:, 0] * 100 == pytest.approx([20, 50, 70.5, 75, 95], abs=0.6)
    assert found.vertical[:, 0] * 200 == pytest.approx([150, 190], abs=0.1)
    assert len(found.bands) == 1
    assert len(turned_page.vertical) == 5
    assert len(turned_page.horizontal) == 2
    assert turned_page.horizontal[:, 0] * 200 == pytest.approx([150, 190], abs=0.1)


def test_a_drawing_of_very_many_pieces_has_no_rulings() -> None:
    path = {"type": "s", "items": [("l", (i, 0.0), (i, 50.0)) for i in range(61_000)], "rect": (0, 0, 1, 1)}
    rulings = rulings_of([path], (1, 0, 0, 1, 0, 0), (100, 100))
    assert len(rulings.vertical) == len(rulings.horizontal) == 0


def test_boxes_are_those_of_the_words() -> None:
    lines = lines_of(words_of(DRAWING))
    (table,) = find_tables(lines, table_block(), Rulings(), SIZE)
    cell = next(cell for cell in table.cells if cell.text == "Plums and figs")
    assert cell.box == pytest.approx(Box(0, 56 / 800, 14 * 6 / 600, 66 / 800), abs=1e-6)


def test_grids_beside_one_another_in_one_region_are_tables_of_their_own() -> None:
    drawing = """
-----------------    -----------------
| Name   | 2023 |     | Name   | 2023 |
-----------------    -----------------
| Apples |   12 |     | Plums  |   22 |
-----------------    -----------------
| Pears  |   32 |     | Cherry |   42 |
-----------------    -----------------
"""
    assert [table.rows()[1] for table in tables_in(drawing)] == [["Apples", "12"], ["Plums", "22"]]


def test_rows_between_long_rulings_are_a_table_where_the_layout_has_none() -> None:
    rule = "-" * 44
    rows = [
        "Name                 2023          2024",
        *(f"Fruit {n}              {n}12           {n}30" for n in range(5)),
    ]
    drawing = "\n".join([rule, *(f"{row}\n{rule}" for row in rows)])
    none = Blocks([], np.zeros((0, 4), np.float32), [], np.zeros(0, np.float32))
    (table,) = find_tables(lines_of(words_of(drawing)), none, drawn_rulings(drawing), SIZE)
    assert (table.n_rows, table.n_columns) == (6, 3)


def test_backgrounds_divide_rows_that_have_no_rulings() -> None:
    drawing = """
Name              Meaning
one word          the first line of a text
                  and its second line
other word        the first line of a text
                  and its second line
third word        the first line of a text
                  and its second line
"""
    top = [20 + 12 * row - 1 for row in (0, 1, 3, 5, 7)]
    edges = [(0.0, top[at] / SIZE[1], 0.9, top[at + 1] / SIZE[1]) for at in (0, 2)]
    rulings = Rulings(bands=np.array(edges, np.float32))
    block = Blocks(["table"], np.array([[0, 0.02, 0.9, 0.14]], np.float32), [None], np.full(1, np.nan, np.float32))
    (table,) = find_tables(lines_of(words_of(drawing)), block, rulings, SIZE)
    assert table.n_rows == 4
