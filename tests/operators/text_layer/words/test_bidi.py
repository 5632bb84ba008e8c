"""Right-to-left text comes out in logical order, however the file draws it."""

import random
from pathlib import Path

import pymupdf
import pytest
from bidi import get_display
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser
from docpipe.operators.text_layer.words.bidi import base_letters, is_right_to_left, logical_order
from docpipe.schemas.page import TextLines
from hypothesis import given, settings
from hypothesis import strategies as st

CASE = Path(__file__).parents[3] / "data" / "cases" / "06_hebrew_with_numbers.pdf"
PRINTED = [
    "סכום לתשלום 4711 שקלים",
    "תאריך החשבונית 12.05.2024",
    "מספר לקוח 815 (לקוח קבוע)",
    "חברת ACME בעמ מתל אביב",
]


def lines_of(path: Path) -> TextLines:
    return Parser().read_page(str(path), 1, ReadSettings(engine="text_layer")).reading.lines


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_hebrew_with_numbers_latin_words_and_brackets(tmp_path: Path, rotation: int) -> None:
    with pymupdf.open(CASE) as document:
        document[0].set_rotation(rotation)
        document.save(tmp_path / "turned.pdf")
    lines = lines_of(tmp_path / "turned.pdf")
    assert sorted(lines.text) == sorted(PRINTED)
    assert sorted(lines.word_text) == sorted(word for line in PRINTED for word in line.split())


def test_words_keep_their_places_on_the_page() -> None:
    lines = lines_of(CASE)
    left = {word: float(box[0]) for word, box in zip(lines.word_text, lines.word_boxes, strict=True)}
    assert left["סכום"] > left["לתשלום"] > left["4711"] > left["שקלים"]
    assert left["חברת"] > left["ACME"] > left["בעמ"]


def drawn(tmp_path: Path, how: str) -> Path:
    """The case with the words of each line, or its glyphs, drawn by themselves and without spaces, in some order."""
    with pymupdf.open(CASE) as document:
        page = document[0]
        lines = [line for block in page.get_text("rawdict")["blocks"] for line in block["lines"]]
        content = page.read_contents()
        codes = [part.split(b">]TJ")[0] for part in content.split(b"[<")[1:]]
        new = b""
        for line, code in zip(lines, codes, strict=True):
            glyphs = [code[i : i + 4] for i in range(0, len(code), 4)]
            boxes = sorted({character["origin"] for span in line["spans"] for character in span["chars"]})
            words: list[tuple[tuple[float, float], bytes]] = []
            space = True
            for origin, glyph in zip(boxes, glyphs, strict=True):
                if glyph != b"0001" and (space or how == "glyphs from the right"):
                    words.append((origin, glyph))
                elif glyph != b"0001":
                    words[-1] = words[-1][0], words[-1][1] + glyph
                space = glyph == b"0001"
            if how == "words in any order":
                random.Random(len(words)).shuffle(words)
            for (x, y), word in reversed(words) if how.endswith("from the right") else words:
                new += b"BT /G 14 Tf 1 0 0 1 %f %f Tm <%s> Tj ET\n" % (x, page.rect.height - y, word)
        document.update_stream(page.get_contents()[0], new)
        for other in page.get_contents()[1:]:
            document.update_stream(other, b" ")
        document.save(tmp_path / "drawn.pdf")
    return tmp_path / "drawn.pdf"


@pytest.mark.parametrize(
    "how", ["words from the left", "words from the right", "words in any order", "glyphs from the right"]
)
def test_the_order_of_drawing_and_missing_spaces_do_not_matter(tmp_path: Path, how: str) -> None:
    assert lines_of(drawn(tmp_path, how)).text == PRINTED


def test_a_word_in_an_english_sentence() -> None:
    shown = list(get_display("the word שלום (peace) of 2024", base_dir="L"))
    order, _ = logical_order(shown, right_to_left=False)
    assert "".join(shown[place] for place in order) == "the word שלום (peace) of 2024"


@pytest.mark.parametrize(
    ("text", "right_to_left"),
    [
        ('Total (סה"כ): 99.00', False),
        ("abc (אבג) 5", False),
        ("חברה (ACME Ltd) 12", True),
        ("אבג [abc 12] 5", True),
    ],
)
def test_brackets_have_the_direction_of_what_is_around_them(text: str, right_to_left: bool) -> None:
    shown = list(get_display(text, base_dir="LR"[right_to_left]))
    order, _ = logical_order(shown, right_to_left)
    assert "".join(shown[place] for place in order) == text


@pytest.mark.parametrize(
    ("shaped", "letters"),
    [
        ("\ufee3\ufe92\ufee0\ufe8e", "مبلا"),
        ("\ufefb", "لا"),
        ("\ufe70", "\u064b"),
        ("\ufe77", "\u064e"),
        ("\ufc60", "\u064e\u0651"),
        ("\ufdfa", "\ufdfa"),
        ("Total 4711", "Total 4711"),
    ],
)
def test_arabic_presentation_forms_become_letters(shaped: str, letters: str) -> None:
    assert base_letters(shaped) == letters


def test_the_direction_of_a_page_is_that_of_most_letters() -> None:
    assert is_right_to_left(["חברת", "ACME", "בעמ"])
    assert not is_right_to_left(["International", "שלום"])
    assert not is_right_to_left(["2024"])


WORDS = st.one_of(
    st.text("אבגדהוזחט", min_size=1, max_size=5),
    st.text("ابتثجحخ", min_size=1, max_size=5),
    st.text("abcXYZ", min_size=1, max_size=5),
    st.from_regex(r"[1-9][0-9]{0,3}([.,][0-9]{2})?", fullmatch=True),
)


@given(st.lists(WORDS, min_size=1, max_size=7), st.booleans())
@settings(max_examples=300, deadline=None)
def test_logical_order_undoes_display_order(words: list[str], right_to_left: bool) -> None:
    text = " ".join(words)
    shown = list(get_display(text, base_dir="LR"[right_to_left]))
    order, _ = logical_order(shown, right_to_left)
    logical = [shown[place] for place in order]
    assert sorted(order) == list(range(len(shown)))
    assert get_display("".join(logical), base_dir="LR"[right_to_left]) == "".join(shown)


@given(st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=12), st.booleans())
@settings(max_examples=200, deadline=None)
def test_every_piece_stands_once_in_the_order(pieces: list[str], right_to_left: bool) -> None:
    order, _ = logical_order(pieces, right_to_left)
    assert sorted(order) == list(range(len(pieces)))
