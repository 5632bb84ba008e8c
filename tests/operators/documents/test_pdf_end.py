"""A PDF that lacks its end says so on each page: its last update may be missing."""

from pathlib import Path

import pytest
from docpipe.operators.documents.pdf_end import is_cut_short
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser

from ..raw_pdf import one_page, shown, stream, written

DOCUMENTS = Path(__file__).parents[2] / "data" / "documents"


def updated(path: Path) -> bytes:
    """The bytes of a document whose content was replaced by an appended update."""
    before = written(path, one_page(shown("Total 1111.10 EUR") * 2)).read_bytes()
    table = int(before[before.rindex(b"startxref") + 10 :].split()[0])
    content = b"4 0 obj\n%b\nendobj\n" % stream(shown("Total 2222.20 EUR"))
    entries = b"xref\n4 1\n%010d 00000 n \ntrailer << /Size 5 /Root 1 0 R /Prev %d >>\n" % (len(before), table)
    return before + content + entries + b"startxref\n%d\n%%%%EOF\n" % (len(before) + len(content))


@pytest.mark.parametrize("missing", [0, 30, 60, 100, 150])
def test_an_update_that_is_cut_within_its_last_bytes(tmp_path: Path, missing: int) -> None:
    path = tmp_path / "a.pdf"
    data = updated(path)
    path.write_bytes(data[: len(data) - missing])
    page = Parser().read_page(str(path), 1, ReadSettings()).reading
    assert ("cut_short: file" in page.warnings) == (missing > 0)
    if not missing:
        assert page.text == "Total 2222.20 EUR\n"


def test_bytes_behind_the_end_are_no_content(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    data = updated(path)
    for trailing in (b"", b"\0" * 2000, b"<!-- sent by a web server -->"):
        path.write_bytes(data + trailing)
        assert not is_cut_short(str(path))


@pytest.mark.parametrize("name", ["invoice.pdf", "table.pdf", "qpdf__issue-101.pdf"])
def test_whole_documents(name: str) -> None:
    assert not is_cut_short(str(DOCUMENTS / name))
