"""Words hyphenated at the ends of lines are joined, and hyphens that belong to words stay."""

import pytest
from docpipe.pipeline.export.hyphens import Vocabulary
from docpipe.pipeline.export.leaders import is_leader, without_leader
from hypothesis import given
from hypothesis import strategies as st


def joined(rows: list[str], *elsewhere: str) -> list[str]:
    vocabulary = Vocabulary()
    vocabulary.add(elsewhere)
    vocabulary.add(rows)
    return vocabulary.joined(rows)


@pytest.mark.parametrize(
    ("rows", "elsewhere", "expected"),
    [
        (["in Immo-", "bilien und mehr"], "", ["in Immobilien", "und mehr"]),
        (["a well-", "known fact"], "", ["a well-known", "fact"]),
        (["this long-", "term plan"], "our long-term aims", ["this long-term", "plan"]),
        (["this long-", "range plan"], "long-term aims and the range", ["this long-range", "plan"]),
        (["how-", "ever, we"], "However, however", ["however,", "we"]),
        (["Finanz-", "und Wirtschaftsplan"], "", ["Finanz-", "und Wirtschaftsplan"]),
        (["Artikel 4711-", "0815 ist"], "", ["Artikel 4711-0815", "ist"]),
        (["aus Baden-", "Württemberg"], "", ["aus Baden-Württemberg"]),
        (["INFOR-", "MATION FOR ALL"], "", ["INFORMATION", "FOR ALL"]),
        (["see example.org/well-", "made/page now"], "", ["see example.org/well-made/page", "now"]),
        (["one -", "two"], "", ["one -", "two"]),
        (["- first", "second"], "", ["- first", "second"]),
        (["em\u2010", "phasis"], "", ["emphasis"]),
        (["un-", "der-", "standing all"], "", ["understanding", "all"]),
        (["end of the page-"], "", ["end of the page-"]),
        (["the X-", "ray unit"], "", ["the X-ray", "unit"]),
        (["a state-of-the-", "art plant"], "", ["a state-of-the-art", "plant"]),
    ],
)
def test_joined_rows(rows: list[str], elsewhere: str, expected: list[str]) -> None:
    assert joined(rows, elsewhere) == expected


def test_parts_of_cut_words_are_no_words_of_the_document() -> None:
    assert joined(["a well-", "meant use of inter-", "est"], "meant") == ["a well-meant", "use of interest"]
    assert joined(["post-", "war years"], "a post-", "war era") == ["postwar", "years"]


@given(st.lists(st.text("ab-. 7Ä", max_size=8), max_size=6))
def test_no_letter_is_lost(rows: list[str]) -> None:
    kept = "".join(joined(rows)).replace("-", "").replace(" ", "")
    assert kept == "".join(rows).replace("-", "").replace(" ", "")


@pytest.mark.parametrize(
    ("row", "entry"),
    [
        ("1 Introduction . . . . . . . . . 1", "1 Introduction 1"),
        ("Total assets..........4,711.50", "Total assets 4,711.50"),
        ("Annex A ········ iv", "Annex A iv"),
        ("第一章 ………… 3", "第一章 3"),
        ("Name ..........", "Name"),
        ("Revenue ....... 12,300 11,200 9,100", None),
        ("And so on... or not", None),
        ("Version 1.2.3.4 of it", None),
        ("1.2 Method ____________ 12", "1.2 Method 12"),
        ("Appendix A - - - - - - - iv", "Appendix A iv"),
        ("Results ------------- A-3", "Results A-3"),
        ("Name: ____________", None),
        ("Name: __________ 12 High St", None),
        ("Total -------- 176.10", None),
        ("Call 1-2-3-4-5-6-7-8", None),
    ],
)
def test_entries_with_leaders(row: str, entry: str | None) -> None:
    assert without_leader(row) == entry


def test_a_leader_alone() -> None:
    assert is_leader(". . . .")
    assert not is_leader("")
    assert not is_leader("4.50")
