"""Accents drawn over a letter are part of it; those beside one, as an apostrophe or a sign, stay."""

from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.text_layer.extract import raw_page

from ...raw_pdf import one_page, written

FONTS = b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> >>"


def words(path: Path, operators: bytes) -> list[str]:
    content = b"BT /F1 10 Tf 50 700 Td %s ET" % operators
    with pymupdf.open(written(path, one_page(content, FONTS))) as document:
        return [word[4] for word in raw_page(document[0]).words]


@pytest.mark.parametrize(
    ("drawn", "read"),
    [
        (rb"[(Cafe) 444 (\264) 0] TJ", ["Café"]),
        (rb"[(M) -110 (\250) 443 (uller GmbH)] TJ", ["Müller", "GmbH"]),
        (rb"(Cafe) Tj ET BT /F1 10 Tf 67.2 700 Td (\264) Tj", ["Café"]),
        (rb"[(a) 444 (`) 112 ( la carte)] TJ", ["à", "la", "carte"]),
        (rb"(don\264t) Tj", ["don´t"]),
        (rb"(5\264 `code`) Tj", ["5´", "`code`"]),
    ],
    ids=["behind", "before", "drawn apart", "grave", "apostrophe", "signs"],
)
def test_accents(tmp_path: Path, drawn: bytes, read: list[str]) -> None:
    assert words(tmp_path / "a.pdf", drawn) == read
