"""A table whose rows or columns may be mixed up is declined by default, and so is what on a scan is no table."""

from dataclasses import replace

import numpy as np
import pytest
from docpipe.operators.tables.confidence import IS_TABLE, QUALITY, confidence
from docpipe.operators.tables.find import find_tables
from docpipe.operators.tables.structure.area import Rulings
from docpipe.operators.tables.table import GridTable

from .drawn import SIZE, lines_of, table_block, table_in, words_of

NO_SIGN = dict.fromkeys({*QUALITY, *IS_TABLE} - {"bias"}, 0.0)

ORDERLY = """
Region      2020     2021     2022     2023
North         12       14       17       21
South        103      110      120      131
East           7        9       11       12
West          55       50       48       47
All          177      183      196      211
"""

RECEIPT = """
Item          Qty   Amount
Milk 2l         2    3.20
BREAD WHOLE  1.99
 Cheese           1     4.10
TOTAL               9.29
Cash      10.00
 Change        0.71
"""


def _scanned(drawing: str, known: float = 0.99) -> list[GridTable]:
    """The tables of a drawing whose words OCR has read, all with one confidence."""
    lines = lines_of(words_of(drawing))
    read = np.full(len(lines.word_text), known, np.float32)
    lines = replace(lines, word_confidence=read, confidence=read)
    return find_tables(lines, table_block(), Rulings(), SIZE, scanned=True)


@pytest.mark.parametrize("sign", ["doubled", "unclear"])
def test_a_table_in_which_columns_or_rows_may_be_mixed_up_is_declined_by_default(sign: str) -> None:
    assert confidence(NO_SIGN) > 0.9
    assert confidence(NO_SIGN | {sign: 0.25}) < 0.9


def test_no_table_is_certain() -> None:
    assert confidence(NO_SIGN) <= 0.99


@pytest.mark.parametrize("sign", ["ragged", "uneven", "worst", "mixed", "single"])
def test_signs_that_it_is_no_table_count_on_scans_only(sign: str) -> None:
    scan = NO_SIGN | {"scanned": 1.0, "columns": 0.5}
    assert confidence(scan | {sign: 1.0}) < confidence(scan)
    assert confidence(NO_SIGN | {sign: 1.0}) == confidence(NO_SIGN)


def test_an_orderly_table_on_a_scan_is_accepted_by_default_and_the_lines_of_a_receipt_are_not() -> None:
    (table,) = _scanned(ORDERLY)
    assert table.confidence >= 0.9
    assert all(found.confidence < 0.9 for found in _scanned(RECEIPT))


def test_words_that_ocr_doubts_make_a_table_less_sure() -> None:
    (sure,), (doubtful,) = _scanned(ORDERLY, 0.99), _scanned(ORDERLY, 0.8)
    assert doubtful.confidence < sure.confidence


def test_texts_without_a_common_edge_are_ragged() -> None:
    ragged = table_in(
        """
Name           First      Second
Apples        12           1 300
Pears             7            5
Plums           3        12
Figs            122         7
"""
    )
    assert table_in(ORDERLY).signs["ragged"] == 0
    assert ragged.signs["ragged"] > 0.5


def test_words_among_numbers_are_mixed_and_dashes_are_not() -> None:
    mixed = table_in(
        """
Name     2020   2021
Apples     12      -
Pears    none      5
Plums       3     12
Figs        8      7
"""
    )
    assert mixed.signs["mixed"] == pytest.approx(1 / 11)


def test_rows_at_other_distances_are_uneven() -> None:
    apart = [word if word[2] < 60 else (*word[:2], word[2] + 30, word[3], word[4] + 30) for word in words_of(ORDERLY)]
    (table,) = find_tables(lines_of(apart), table_block(), Rulings(), SIZE)
    assert table_in(ORDERLY).signs["uneven"] == pytest.approx(0, abs=1e-3)
    assert table.signs["uneven"] > 0.5
