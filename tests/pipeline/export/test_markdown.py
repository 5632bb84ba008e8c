"""Markdown of pages with headers, contents and hyphens."""

from pathlib import Path

import docpipe
import pymupdf
import pytest
from docpipe.pipeline.export.formats import keeps_running_headers
from docpipe.pipeline.export.markdown import page_markdown

CASES = Path(__file__).parents[2] / "data" / "cases"


@pytest.mark.parametrize("layout", [False, True])
def test_a_contents_page_is_a_list_of_entries_with_their_pages(layout: bool) -> None:
    markdown = docpipe.read(CASES / "19_contents_with_leaders.pdf", layout=layout).markdown
    entries = [line for line in markdown.splitlines() if line.startswith("- ")]
    assert entries == [
        "- 1 Introduction 1",
        "- 2 Materials and methods 14",
        "- 2.1 Sampling 15",
        "- 2.2 Laboratory work 27",
        "- 3 Results 102",
        "- Annex A iv",
        "- Total assets 4,711.50",
        "- Total liabilities (1,284.60)",
        "- Equity 3,426.90",
    ]
    assert "|" not in markdown


def test_words_are_completed_and_their_own_hyphens_stay() -> None:
    assert docpipe.read(CASES / "19_hyphens.pdf").markdown.splitlines() == [
        "Risiken eingehen. Investments in Immobilien,",
        "Rohstoffe und andere Wertpapiere sind langfristig",
        "ein Baustein, den Privatanleger in ihrem Vermögen",
        "brauchen. Der Finanz- und Wirtschaftsplan",
        "steht im Anhang. Die Versicherungssumme ist hoch.",
        "Artikelnummer 4711-0815",
        "ist nicht mehr lieferbar.",
    ]


def test_what_runs_over_the_pages_is_left_out_or_kept(tmp_path: Path) -> None:
    with pymupdf.open() as document:
        for number in range(1, 5):
            page = document.new_page()
            page.insert_text((72, 50), "ACME Annual Report", fontsize=9)
            for row in range(20):
                page.insert_text((72, 110 + 16 * row), f"The {row}th sentence of page {number * 7} follows here.")
            page.insert_text((290, 815), str(number), fontsize=9)
        document.save(tmp_path / "report.pdf")
    read = docpipe.read(tmp_path / "report.pdf")
    assert "ACME" not in read.markdown
    assert "ACME" not in read.text
    assert [block.kind for block in read.blocks].count("header") == 4
    kept = list(page_markdown(read.pages[1], [], keep_running=True))
    assert {"ACME Annual Report", "2"} <= set(kept)


def test_an_export_keeps_what_the_job_keeps() -> None:
    assert keeps_running_headers([{"job": {"tasks": {"ocr": {"running_headers": "keep"}}}}])
    assert not keeps_running_headers([{"job": {"tasks": {"ocr": {"running_headers": "drop"}}}}])
    assert not keeps_running_headers([{"job": {"tasks": {"ocr": None}}}])
    assert not keeps_running_headers([])


def test_vertical_columns_are_rows_of_their_own() -> None:
    markdown = docpipe.read(CASES / "08_tategaki_glyphs.pdf").markdown
    assert markdown.splitlines()[:2] == ["縦書きの日本語テキスト", "です。右から左へ列が進"]
