"""A font whose characters are not those of its glyphs is found among others, and no other font is."""

import random
import string
from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.text_layer.extract import raw_page
from docpipe.operators.text_layer.fonts import doubtful_fonts, fonts_by_word, width_misfit
from docpipe.operators.text_layer.words.bidi import Word

CASES = Path(__file__).parents[2] / "data" / "cases"
DOCUMENTS = Path(__file__).parents[2] / "data" / "documents"
LINE = "Amount due within thirty days after receipt of the goods without deduction by bank transfer"
TEXT = LINE.split()


def printed(words: list[str], font: str = "helv") -> list[Word]:
    """The words as MuPDF returns them, 10 pt high."""
    widths = [pymupdf.get_text_length(word, font, 10) for word in words]
    return [(0.0, 0.0, width, 10.0, word, 0, i, 0) for i, (word, width) in enumerate(zip(words, widths, strict=True))]


def decoded(words: list[Word], wrong: dict[int, int]) -> list[Word]:
    return [(*word[:4], word[4].translate(wrong), *word[5:]) for word in words]


def shifted(codes: int) -> dict[int, int]:
    return {code: code + codes for code in range(33, 123)}


def is_doubtful(words: list[Word]) -> bool:
    return doubtful_fonts([words], [["F"] * len(words)]) == [{"F"}]


@pytest.mark.parametrize("font", ["helv", "tiro", "hebo"])
def test_right_and_shifted_text(font: str) -> None:
    words = printed(TEXT, font)
    assert not is_doubtful(words)
    for codes in (1, 2, 3, 5):
        assert is_doubtful(decoded(words, shifted(codes)))


def test_most_permutations_of_the_letters_are_found() -> None:
    rng = random.Random(1)
    found = 0
    for _ in range(50):
        letters = rng.sample(string.ascii_lowercase, 26)
        wrong = dict(zip(map(ord, string.ascii_lowercase), map(ord, letters), strict=True))
        found += is_doubtful(decoded(printed(TEXT), wrong))
    assert found >= 45


def test_widths() -> None:
    assert (width_misfit(printed(TEXT)) or 0) < 0.003
    assert (width_misfit(printed(TEXT, "tibo")) or 0) < 0.08
    assert (width_misfit(decoded(printed(TEXT), shifted(1))) or 0) > 0.06
    assert width_misfit(printed(TEXT, "cour")) is None
    assert width_misfit(printed(TEXT[:3])) is None


@pytest.mark.parametrize(
    "texts",
    [
        ["INVOICE", "GmbH", "DE89", "3704"],
        ["03-7FA81.03", "03-7FB00.11", "03-7FC15.02", "03-7FC15.31", "03-7FC20.11"],
        ["[LTMC", "[LTMCrc]", "@[LTMC", "[LTMC", "r", "c"],
        ["1,234.50", "12.05.2024", "EUR", "99"],
    ],
)
def test_codes_and_formulas_are_no_wrong_fonts(texts: list[str]) -> None:
    assert not is_doubtful(printed(texts))


def test_a_font_without_a_map_is_doubtful_and_a_font_of_symbols_is_not() -> None:
    assert is_doubtful(printed(["\ufffd\ufffdt\ufffd", "\ufffd\ufffd"]))
    assert not is_doubtful(printed(["\ufffd"] * 9))


def test_codes_of_another_alphabet_read_as_accented_letters_are_doubtful() -> None:
    for text in ("Счёт на оплату услуг связи", "Τιμολόγιο υπηρεσιών"):
        coding = "cp1251" if "С" in text else "cp1253"
        assert is_doubtful(printed(text.encode(coding).decode("latin-1").split()))
    for text in ("Đã trả tiền à ấy là ở đó rồi", "été déjà né à côté", "œuvre · · · · · · · · · ±5 ×3", "ÄÖÜ äöü ß"):
        assert not is_doubtful(printed(text.split()))


def test_one_font_of_several() -> None:
    page = pymupdf.open(CASES / "05_one_font_bad_map.pdf")[0]
    raw = raw_page(page)
    assert len(doubtful_fonts([raw.words], [raw.word_fonts])[0]) == 1
    names = fonts_by_word(page, raw)
    (doubtful,) = doubtful_fonts([raw.words], [names])
    assert len(doubtful) == 1
    assert doubtful.pop().endswith("DejaVu Sans Bold")


@pytest.mark.parametrize("name", ["invoice.pdf", "table.pdf", "docling__amt_handbook_sample.pdf"])
def test_documents_have_no_doubtful_font(name: str) -> None:
    for page in pymupdf.open(DOCUMENTS / name):
        raw = raw_page(page)
        assert doubtful_fonts([raw.words], [raw.word_fonts]) == [set()]


def test_a_standard_font_without_a_map_of_its_own_is_vouched_for() -> None:
    page = pymupdf.open(CASES / "16_text_nobody_sees.pdf")[0]
    raw = raw_page(page)
    assert set(fonts_by_word(page, raw)) == {""}
