"""Words whose letters are set apart are words, and rows of single characters that are none stay as they are."""

from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.text_layer.extract import raw_page

from ...raw_pdf import one_page, shown, written


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (shown("I N V O I C E   2 0 7 3 1", size=16), ["INVOICE", "20731"]),
        (shown("INVOICE NUMBER", before="4 Tc"), ["INVOICE", "NUMBER"]),
        (
            b"BT /F1 12 Tf 50 700 Td [" + b"-500 ".join(b"(%c)" % c for c in b"Order-Nr.") + b"] TJ ET",
            ["Order-Nr."],
        ),
        (shown("A B C D E F G H"), [*"ABCDEFGH"]),
        (shown("1 2 3 4 5 6"), [*"123456"]),
        (shown("X Y is a plan b c"), ["X", "Y", "is", "a", "plan", "b", "c"]),
        (b"".join(shown(mark, x=50 + 60 * place) for place, mark in enumerate("XOXXO")), [*"XOXXO"]),
    ],
)
def test_rows_of_single_characters(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    page = pymupdf.open(written(tmp_path / "a.pdf", one_page(content)))[0]
    assert [word[4] for word in raw_page(page).words] == expected
