"""Rulings and slant of scanned tables."""

import cv2
import numpy as np
import pytest
from docpipe.operators.tables.find import find_tables
from docpipe.operators.tables.rulings.image_lines import image_rulings
from docpipe.operators.tables.rulings.strokes import without_strokes
from docpipe.operators.tables.skew import slant
from docpipe.operators.tables.structure.area import Line, Rulings, Word

from .drawn import SIZE, lines_of, table_block, words_of

DRAWING = """
Name             2023      2024      2025
Apples             12     1,300     1,400
Pears               5         7         9
Plums and figs      3        11        12
Grapes            101        99        98
Others              1         2         3
Quinces             1         2         3
"""


def scan(degrees: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(3)
    page = np.full((1200, 900, 3), 240, np.uint8)
    for y in (200, 300, 400):
        cv2.line(page, (100, y), (800, y), (90, 90, 90), 2)
    for x in (100, 450, 800):
        cv2.line(page, (x, 200), (x, 400), (90, 90, 90), 2)
    cv2.putText(page, "Some words of text", (120, 270), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 2)
    cv2.rectangle(page, (200, 700), (500, 1000), (30, 60, 200), -1)
    turn = cv2.getRotationMatrix2D((450, 600), degrees, 1.0)
    page = cv2.warpAffine(page, turn, (900, 1200), borderValue=(240, 240, 240))
    return np.clip(page + rng.normal(0, 6, page.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("degrees", [0.0, 0.8])
def test_lines_of_a_scan_are_found_and_filled_areas_are_not(degrees: float) -> None:
    found = image_rulings(scan(degrees))
    long = found.horizontal[found.horizontal[:, 2] - found.horizontal[:, 1] > 0.5]
    assert long[:, 0] * 1200 == pytest.approx([200, 300, 400], abs=8)
    tall = found.vertical[found.vertical[:, 2] - found.vertical[:, 1] > 0.1]
    assert tall[:, 0] * 900 == pytest.approx([100, 450, 800], abs=8)
    # Nothing that is found lies inside the filled area.
    inside = (found.horizontal[:, 0] > 720 / 1200) & (found.horizontal[:, 0] < 980 / 1200)
    assert not inside.any()


def test_strokes_of_letters_are_no_rulings() -> None:
    word = Word("HEFT", 100, 100, 160, 120)
    lines = [Line(110, 105, 150), Line(121, 90, 400), Line(110, 90, 400)]
    assert without_strokes(lines, [word], vertical=False) == lines[1:]


def test_a_slanting_table_is_read_row_by_row() -> None:
    words = words_of(DRAWING)
    tangent = np.tan(np.radians(1.2))
    slanted = [(t, x0, y0 + (x0 + x1) / 2 * tangent, x1, y1 + (x0 + x1) / 2 * tangent) for t, x0, y0, x1, y1 in words]
    placed = [Word(*word) for word in slanted]
    assert slant(placed) == pytest.approx(tangent, abs=0.002)
    assert slant([Word(*word) for word in words]) == 0
    (level,) = find_tables(lines_of(words), table_block(), Rulings(), SIZE)
    (table,) = find_tables(lines_of(slanted), table_block(), Rulings(), SIZE, scanned=True)
    assert table.rows() == level.rows()
