"""A hyphen that is mapped to the soft hyphen is printed all the same, and so it is a minus sign before a number."""

from pathlib import Path

import pytest
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser

from ...raw_pdf import mapped, one_page, shown, written


@pytest.mark.parametrize(
    "text", ["Credit -45.00 EUR", "-45.00", "well-known part-time", "a 12-14 b-", "Total (-1,234.50) -", "--"]
)
def test_hyphens_that_are_mapped_to_soft_hyphens(tmp_path: Path, text: str) -> None:
    resources, objects = mapped({"-": "\xad"})
    objects = one_page(shown(text.replace("(", "\\(").replace(")", "\\)")), resources) | objects
    for engine in ("auto", "text_layer"):
        reading = Parser().read_page(str(written(tmp_path / "a.pdf", objects)), 1, ReadSettings(engine=engine)).reading
        assert (reading.text or "").strip() == text


def test_beside_other_hyphens_those_within_a_word_are_where_it_may_be_divided(tmp_path: Path) -> None:
    resources, objects = mapped({"~": "\xad"})
    objects = one_page(shown("well-known syl~la~bles, ~45.00 and 12~14"), resources) | objects
    reading = (
        Parser().read_page(str(written(tmp_path / "a.pdf", objects)), 1, ReadSettings(engine="text_layer")).reading
    )
    assert reading.text == "well-known syllables, -45.00 and 12-14\n"


def test_soft_hyphens_without_width_are_not_seen(tmp_path: Path) -> None:
    resources, objects = mapped({"-": "\xad"})
    widths = b" ".join(b"0" if code == ord("-") else b"500" for code in range(32, 127))
    sized = resources.replace(b"/ToUnicode", b"/FirstChar 32 /LastChar 126 /Widths [%s] /ToUnicode" % widths)
    objects = one_page(shown("syl-la-ble"), sized) | objects
    reading = (
        Parser().read_page(str(written(tmp_path / "a.pdf", objects)), 1, ReadSettings(engine="text_layer")).reading
    )
    assert reading.text == "syllable\n"
