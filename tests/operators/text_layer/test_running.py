"""Running headers, footers and page numbers are told apart over the pages of a document, and nothing else is."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docpipe.operators.reading.messages import ReadSettings, unpack
from docpipe.operators.reading.parser import Parser
from docpipe.operators.text_layer.running import compared_pages
from docpipe.schemas.page import PageReading
from hypothesis import given
from hypothesis import strategies as st

DROP = ReadSettings(engine="text_layer")
KEEP = ReadSettings(engine="text_layer", running_headers="keep")
WORDS = ["the", "committee", "reviewed", "annual", "report", "and", "approved", "a", "budget", "for", "coming", "year"]
Draw = Callable[[Any, int], None]


def body(page: Any, number: int, top: int = 110, rows: int = 38) -> None:
    for row in range(rows):
        start = (row + 3 * number) % len(WORDS)
        page.insert_text((72, top + 16 * row), " ".join([*WORDS, *WORDS][start : start + 9]), fontsize=11)


def made(tmp_path: Path, pages: int, draw: Draw) -> Path:
    with pymupdf.open() as document:
        for number in range(1, pages + 1):
            draw(document.new_page(), number)
        document.save(tmp_path / "made.pdf")
    return tmp_path / "made.pdf"


def read(path: Path, numbers: Iterable[int], settings: ReadSettings = DROP) -> list[PageReading]:
    settled = Parser().read_settled([(str(path), list(numbers))], settings)
    assert settled.readings is not None
    return unpack(settled.readings)


def running(readings: list[PageReading], kind: str) -> list[list[str]]:
    """The lines of the blocks of a kind on each page; the lines of a page are those of its blocks."""
    found = []
    for reading in readings:
        by_block = [
            [text for text, block in zip(reading.lines.text, reading.lines.block, strict=True) if block == number]
            for number in range(len(reading.blocks))
        ]
        assert ["\n".join(lines) for lines in by_block] == reading.blocks.text
        found.append(
            [line for lines, one in zip(by_block, reading.blocks.kind, strict=True) if one == kind for line in lines]
        )
    return found


def report(page: Any, number: int) -> None:
    body(page, number)
    page.insert_text((72, 50), "ACME Annual Report 2024", fontsize=9)
    page.insert_text((480, 50), ["Overview", "Results", "Outlook"][number // 3], fontsize=9)
    page.insert_text((280, 810), f"Page {number} of 7", fontsize=9)


def test_header_with_changing_title_and_page_number(tmp_path: Path) -> None:
    readings = read(made(tmp_path, 7, report), range(1, 8))
    assert [lines[0] for lines in running(readings, "header")] == ["ACME Annual Report 2024"] * 7
    assert running(readings, "footer") == [[f"Page {number} of 7"] for number in range(1, 8)]
    for reading in readings:
        assert reading.text is not None
        assert "ACME" not in reading.text
        assert "Page" not in reading.text
        assert len(reading.text.splitlines()) == 38
        assert len(reading.lines) == 41


def test_they_stay_in_the_text_where_a_job_keeps_them(tmp_path: Path) -> None:
    dropped, kept = (read(made(tmp_path, 7, report), [4], settings)[0] for settings in (DROP, KEEP))
    assert kept.text == "".join(f"{line}\n" for line in kept.lines.text)
    assert "ACME Annual Report 2024" in kept.text
    assert kept.lines.text == dropped.lines.text
    assert kept.blocks.kind == dropped.blocks.kind


def test_a_page_is_the_same_alone_and_in_any_batch(tmp_path: Path) -> None:
    path = made(tmp_path, 7, report)
    together = read(path, range(1, 8))
    assert [reading.text for number in range(1, 8) for reading in read(path, [number])] == [r.text for r in together]
    assert [r.text for r in read(path, [6, 2, 3])] == [together[place].text for place in (5, 1, 2)]
    parser = Parser()
    parser.read_page(str(path), 7, DROP)
    around = parser.edges(str(path), compared_pages(3, 7), DROP)
    fresh = Parser().edges(str(path), compared_pages(3, 7), DROP)
    assert around == fresh
    assert None not in fresh.values()


def test_facing_pages_and_a_letterhead_on_the_first_page(tmp_path: Path) -> None:
    def draw(page: Any, number: int) -> None:
        body(page, number, 150, 34)
        if number == 1:
            page.insert_text((72, 60), "Muster GmbH", fontsize=16)
            page.insert_text((72, 78), "Ringstrasse 12, 12345 Berlin", fontsize=9)
        elif number % 2:
            page.insert_text((420, 50), f"{['Intro', 'Methods', 'Results'][number // 3]}   {number}", fontsize=9)
        else:
            page.insert_text((72, 50), f"{number}   The long book title", fontsize=9)

    readings = read(made(tmp_path, 8, draw), range(1, 9))
    headers = running(readings, "header")
    assert headers[0] == []
    assert all(len(lines) == 1 and str(number) in lines[0] for number, lines in enumerate(headers[1:], 2))
    assert (readings[0].text or "").startswith("Muster GmbH\n") or "Muster GmbH\n" in (readings[0].text or "")


def test_the_head_of_a_table_that_goes_on_is_no_header(tmp_path: Path) -> None:
    def draw(page: Any, number: int) -> None:
        cells = [("Item", "Quantity", "Price", "Amount")]
        cells += [(f"Article {number}{row}", str(row * number), f"{row}.50", f"{row * number}.00") for row in range(42)]
        for row, texts in enumerate(cells):
            for x, text in zip((72, 250, 350, 450), texts, strict=True):
                page.insert_text((x, 60 + 16 * row + (20 if row else 0)), text, fontsize=10)
        page.insert_text((295, 815), str(number), fontsize=9)

    readings = read(made(tmp_path, 5, draw), range(1, 6))
    assert running(readings, "header") == [[]] * 5
    assert running(readings, "footer") == [[str(number)] for number in range(1, 6)]


def test_what_two_pages_share_stays_on_the_first(tmp_path: Path) -> None:
    def draw(page: Any, number: int) -> None:
        body(page, number)
        page.insert_text((72, 50), "Muster GmbH, Berlin", fontsize=9)
        page.insert_text((72, 820), "IBAN DE12 3456", fontsize=8)
        page.insert_text((500, 820), f"{number}/2", fontsize=8)

    first, second = read(made(tmp_path, 2, draw), [1, 2])
    assert running([first, second], "header") == [[], ["Muster GmbH, Berlin"]]
    assert running([first, second], "footer") == [["1/2"], ["IBAN DE12 3456", "2/2"]]
    assert "IBAN DE12 3456" in (first.text or "")


def test_one_page_has_nothing_that_runs(tmp_path: Path) -> None:
    (reading,) = read(made(tmp_path, 1, report), [1])
    assert set(reading.blocks.kind) == {"text"}


def test_titles_of_a_series_of_sheets_are_no_headers(tmp_path: Path) -> None:
    def draw(page: Any, number: int) -> None:
        page.insert_text((72, 80), "CERTIFICATE OF ATTENDANCE", fontsize=20)
        page.insert_text((72, 120), f"{['Ada', 'Bob', 'Cid', 'Dan'][number - 1]} took part in the course.", fontsize=12)
        page.insert_text((72, 150), "The course took place in Oslo.", fontsize=12)

    assert running(read(made(tmp_path, 4, draw), range(1, 5)), "header") == [[]] * 4


def test_sheets_with_nothing_but_a_number_keep_it(tmp_path: Path) -> None:
    def draw(page: Any, number: int) -> None:
        page.insert_text((72, 60), f"Sheet {number}", fontsize=12)

    assert [r.text for r in read(made(tmp_path, 4, draw), range(1, 5))] == [f"Sheet {n}\n" for n in range(1, 5)]


@pytest.mark.parametrize("numbers", ["i ii iii iv v", "xii xiii xiv xv xvi", "A-7 A-8 A-9 A-10 A-11"])
def test_page_numbers_of_other_kinds(tmp_path: Path, numbers: str) -> None:
    def draw(page: Any, number: int) -> None:
        body(page, number)
        page.insert_text((290, 815), numbers.split()[number - 1], fontsize=9)

    assert running(read(made(tmp_path, 5, draw), range(1, 6)), "footer") == [[one] for one in numbers.split()]


def test_numbers_that_do_not_count_with_the_pages_stay(tmp_path: Path) -> None:
    def draw(page: Any, number: int) -> None:
        body(page, number)
        page.insert_text((72, 50), f"Balance {[120, 87, 301, 14, 99][number - 1]}.50", fontsize=9)

    assert running(read(made(tmp_path, 5, draw), range(1, 6)), "header") == [[]] * 5


def test_a_page_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    path = made(tmp_path, 7, report)
    with pymupdf.open(path) as document:
        document.xref_set_key(document.page_xref(3), "MediaBox", "[0 0 0 0]")
        document.xref_set_key(document.page_xref(3), "Contents", "null")
        document.save(tmp_path / "broken.pdf")
    assert running(read(tmp_path / "broken.pdf", [3]), "footer") == [["Page 3 of 7"]]


@given(st.integers(1, 200), st.integers(1, 200))
def test_pages_are_held_against_each_other(number: int, other: int) -> None:
    assert (other in compared_pages(number, 200)) == (number in compared_pages(other, 200))
    assert number not in compared_pages(number, 200)


@pytest.mark.parametrize("turn", [90, 270])
def test_a_line_that_runs_along_the_margin_of_each_page_is_a_header(tmp_path: Path, turn: int) -> None:
    def draw(page: Any, number: int) -> None:
        body(page, number)
        page.insert_text((30, 400), "Downloaded from example.org", fontsize=8, rotate=turn)
        page.insert_text((570, 400), f"Margin note {number * number}", fontsize=8, rotate=turn)

    readings = read(made(tmp_path, 4, draw), range(1, 5))
    assert running(readings, "header") == [["Downloaded from example.org"]] * 4
    for number, reading in enumerate(readings, 1):
        assert "Downloaded" not in (reading.text or "")
        assert f"Margin note {number * number}" in (reading.text or "")


def test_a_line_along_the_margin_of_the_only_page_stays(tmp_path: Path) -> None:
    def draw(page: Any, number: int) -> None:
        body(page, number)
        page.insert_text((30, 400), "Form 4711 revision 2", fontsize=8, rotate=90)

    assert running(read(made(tmp_path, 1, draw), [1]), "header") == [[]]
