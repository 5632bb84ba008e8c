"""Parts of a line that are set in another way: what is hidden of it is left out, marks of footnotes are no digits."""

from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.text_layer.extract import raw_page, with_whole_words
from docpipe.operators.text_layer.visibility import suspects, without_hidden
from docpipe.operators.text_layer.words.spans import line_key

from ...raw_pdf import one_page, shown, written


def lines(path: Path, content: bytes) -> list[str]:
    """The lines of a page with this content, without what nobody sees."""
    page = pymupdf.open(written(path, one_page(content)))[0]
    raw = raw_page(page)
    found = suspects(raw)
    raw = with_whole_words(raw if found is None else without_hidden(page, raw, found))
    texts: dict[int, list[str]] = {}
    for word in raw.words:
        texts.setdefault(line_key(word), []).append(word[4])
    return [" ".join(words) for words in texts.values()]


def line(*parts: bytes) -> bytes:
    return b"BT /F1 12 Tf 50 700 Td " + b" ".join(parts) + b" ET\n"


def raised(text: bytes, by: int = 5) -> bytes:
    return b"/F1 7 Tf %d Ts (%s) Tj 0 Ts /F1 12 Tf" % (by, text)


@pytest.mark.parametrize("hide", [b"1 g", b"3 Tr", b"/F1 0.4 Tf"], ids=["white", "not drawn", "microscopic"])
def test_hidden_words_within_a_visible_line_are_left_out(tmp_path: Path, hide: bytes) -> None:
    show = b"0 g 0 Tr /F1 12 Tf"
    content = line(b"(Total due ) Tj", hide, b"(IGNORE 999.00 ) Tj", show, b"(100.00 EUR) Tj")
    assert lines(tmp_path / "a.pdf", content) == ["Total due 100.00 EUR"]


def test_a_word_of_several_colours_and_fonts_is_one_word(tmp_path: Path) -> None:
    content = line(
        b"(Sum of ) Tj 1 0 0 rg (col) Tj 0 g (oured) Tj /F1 14 Tf (words) Tj /F1 12 Tf ( 47) Tj 0 0 1 rg (11) Tj"
    )
    assert lines(tmp_path / "a.pdf", content) == ["Sum of colouredwords 4711"]


def test_a_word_of_which_a_part_is_white_keeps_the_rest(tmp_path: Path) -> None:
    content = line(b"(Account ) Tj 1 g (99) Tj 0 g (4711 of May) Tj")
    assert lines(tmp_path / "a.pdf", content) == ["Account 4711 of May"]


def test_light_parts_that_are_seen_stay_in_their_words(tmp_path: Path) -> None:
    content = b"0.2 g 40 690 300 30 re f 0 g\n" + line(b"1 g (Total 47) Tj 0.9 g (11.50) Tj 1 g ( EUR) Tj")
    assert lines(tmp_path / "a.pdf", content) == ["Total 4711.50 EUR"]


@pytest.mark.parametrize(
    ("before", "mark", "text"),
    [
        (b"Revenue 1,234", b"1", "Revenue 1,234 ¹ million"),
        (b"Revenue 17.50", b"12\\)", "Revenue 17.50 ¹²⁾ million"),
        (b"Area 120 m", b"2", "Area 120 m² million"),
        (b"about 10", b"6", "about 10⁶ million"),
        (b"Price 12", b"99", "Price 12⁹⁹ million"),
        (b"the 1", b"st", "the 1st million"),
    ],
)
def test_raised_digits_are_no_digits_of_the_number_before(
    tmp_path: Path, before: bytes, mark: bytes, text: str
) -> None:
    content = line(b"(%s) Tj" % before, raised(mark), b"( million) Tj")
    assert lines(tmp_path / "a.pdf", content) == [text]


def test_lowered_digits_are_subscripts(tmp_path: Path) -> None:
    assert lines(tmp_path / "a.pdf", line(b"(H) Tj", raised(b"2", -3), b"(O) Tj")) == ["H₂O"]


@pytest.mark.parametrize(
    "cover",
    [
        b"40 690 m 250 690 l 260 700 l 250 720 l 40 720 l h f",
        b"45 690 m 240 690 l 245 690 250 695 250 700 c 250 720 l 40 720 l 40 695 l 40 690 42 690 45 690 c f",
        b" ".join(b"40 %d 250 2 re f" % y for y in range(690, 720, 2)),
        b"20 w 40 704 m 260 704 l S",
    ],
    ids=["polygon", "curves", "strips", "thick line"],
)
def test_words_under_areas_of_any_shape_are_left_out(tmp_path: Path, cover: bytes) -> None:
    content = shown("SECRET 4711 below") + cover + b"\n" + shown("Visible 4712", y=650)
    assert lines(tmp_path / "a.pdf", content) == ["Visible 4712"]


@pytest.mark.parametrize("given", [b"TOTAL 9999.00", b""], ids=["other text", "no text"])
def test_text_that_a_file_gives_for_readable_glyphs_does_not_replace_them(tmp_path: Path, given: bytes) -> None:
    content = b"/Span << /ActualText (%s) >> BDC\n%sEMC\n" % (given, shown("TOTAL 4711.00"))
    assert lines(tmp_path / "a.pdf", content) == ["TOTAL 4711.00"]
