"""Invisible text has the position of its image, as MuPDF extracts it."""

from pathlib import Path

import numpy as np
import pymupdf
import pytest
from docpipe.operators.searchable_pdf.document import SearchablePdf
from docpipe.operators.searchable_pdf.words import OverlayWord, visual_order
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ..raw_pdf import one_page
from ..raw_pdf import written as written_pdf

CASES = Path(__file__).parents[2] / "data/cases"
SHALOM, ARABIC = "שלום", "مرحبا"


def quad(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:  # type: ignore[type-arg]
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


WORDS = [
    OverlayWord("Total", quad(0.1, 0.1, 0.3, 0.14), True),
    OverlayWord("12.50", quad(0.35, 0.1, 0.5, 0.14), False),
    OverlayWord(SHALOM, quad(0.7, 0.3, 0.9, 0.35), True),
    OverlayWord(ARABIC, quad(0.4, 0.3, 0.6, 0.35), False),
    OverlayWord("日本語", quad(0.1, 0.5, 0.3, 0.55), False),
    OverlayWord("𝒳😀", quad(0.1, 0.7, 0.3, 0.75), False),
    OverlayWord("climbs", np.array([[0.6, 0.95], [0.6, 0.7], [0.65, 0.7], [0.65, 0.95]]), False),
]


def written(source: Path, target: Path, words: list[OverlayWord], password: str = "") -> pymupdf.Document:
    writer = SearchablePdf()
    writer.begin(str(source), (password,))
    writer.add(1, words)
    writer.save(str(target))
    document = pymupdf.open(target)
    if password:
        document.authenticate(password)
    return document


def read_back(page: pymupdf.Page) -> dict[str, list[float]]:
    """Words with their boxes in shares of the page as displayed."""
    size = [page.rect.width, page.rect.height] * 2
    return {
        word[4]: (np.array((pymupdf.Rect(word[:4]) * page.rotation_matrix).normalize()) / size).tolist()
        for word in page.get_text("words")
    }


@pytest.mark.parametrize(("name", "pages"), [("01_two_scanned_pages.pdf", 2), ("01_two_frames.tif", 2)])
def test_every_page_of_a_document_is_searchable(tmp_path: Path, name: str, pages: int) -> None:
    writer = SearchablePdf()
    assert writer.begin(str(CASES / name), ()) == pages
    for number in range(1, pages + 1):
        writer.add(number, [OverlayWord(f"page{number}", quad(0.1, 0.1, 0.4, 0.2), False), *WORDS])
    writer.save(str(tmp_path / "out.pdf"))
    with pymupdf.open(tmp_path / "out.pdf") as document:
        assert [page.get_text("words")[0][4] for page in document] == ["page1", "page2"]


def test_a_page_that_stands_twice_in_a_document_gets_its_words_once(tmp_path: Path) -> None:
    objects = one_page(b"0.9 g 50 50 200 200 re f") | {2: b"<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>"}
    writer = SearchablePdf()
    assert writer.begin(str(written_pdf(tmp_path / "in.pdf", objects)), ()) == 2
    for number in (1, 2):
        writer.add(number, WORDS[:1])
    writer.save(str(tmp_path / "out.pdf"))
    with pymupdf.open(tmp_path / "out.pdf") as document:
        assert [page.get_text().split() for page in document] == [["Total"], ["Total"]]


def test_pages_without_words_between_others_and_turned_pages_keep_their_places(
    tmp_path: Path, original: pymupdf.Document
) -> None:
    for turn in (90, 180, 270, 0):
        original.new_page(width=400, height=300).set_rotation(turn)
    original.save(tmp_path / "in.pdf")
    writer = SearchablePdf()
    writer.begin(str(tmp_path / "in.pdf"), ())
    for number in (1, 2, 4, 5):
        writer.add(number, WORDS[:1] * number)
    writer.save(str(tmp_path / "out.pdf"))
    with pymupdf.open(tmp_path / "out.pdf") as document:
        assert [len(page.get_text("words")) for page in document] == [1, 2, 0, 4, 5]
        assert read_back(document[1])["Total"] == pytest.approx([0.1, 0.1, 0.3, 0.14], abs=0.01)
        assert [page.rotation for page in document] == [0, 90, 180, 270, 0]


@pytest.fixture
def original(tmp_path: Path) -> pymupdf.Document:
    """A document with a page that consists of an image only; the test saves it."""
    document = pymupdf.open()
    page = document.new_page(width=400, height=300)
    page.draw_rect((50, 50, 200, 200), fill=(0.5, 0.5, 0.5))
    return document


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("cropped", [False, True])
def test_words_of_all_scripts_are_read_back_at_their_places(
    tmp_path: Path, original: pymupdf.Document, rotation: int, cropped: bool
) -> None:
    if cropped:
        original[0].set_cropbox(pymupdf.Rect(40, 30, 390, 250))
    original[0].set_rotation(rotation)
    original.save(tmp_path / "in.pdf")
    before = original[0].get_pixmap().samples
    page = written(tmp_path / "in.pdf", tmp_path / "out.pdf", WORDS)[0]
    assert page.rotation == rotation
    assert page.get_pixmap().samples == before
    found = read_back(page)
    for word in WORDS:
        assert found[word.text] == pytest.approx([*word.quad.min(axis=0), *word.quad.max(axis=0)], abs=2e-3), word.text


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "turned.jpg"])
def test_images_become_pages_as_they_are_seen(tmp_path: Path, name: str) -> None:
    image = Image.new("RGB", (300, 200), "white")
    image.paste((200, 0, 0), (0, 0, 150, 100))
    exif = Image.Exif()
    if name.startswith("turned"):
        exif[0x0112] = 6
    image.save(tmp_path / name, exif=exif)
    page = written(tmp_path / name, tmp_path / "out.pdf", WORDS[:2])[0]
    seen = (page.rect.width, page.rect.height)
    assert (seen[0] > seen[1]) == (not name.startswith("turned"))
    pixmap = page.get_pixmap()
    red_at_right = name.startswith("turned")
    x = int(pixmap.width * (0.75 if red_at_right else 0.25))
    assert pixmap.pixel(x, pixmap.height // 4)[0] > 150 > pixmap.pixel(x, pixmap.height // 4)[1]
    assert read_back(page)["Total"] == pytest.approx([0.1, 0.1, 0.3, 0.14], abs=2e-3)


def test_every_frame_of_a_tiff_becomes_a_page_also_those_without_words(tmp_path: Path) -> None:
    frames = [Image.new("1", (100, 80 + i), 1) for i in range(3)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    document = written(tmp_path / "a.tif", tmp_path / "out.pdf", WORDS[:1])
    assert [bool(page.get_text().strip()) for page in document] == [True, False, False]


def test_an_old_invisible_layer_is_replaced_and_seen_text_stays(tmp_path: Path, original: pymupdf.Document) -> None:
    original[0].insert_text((60, 60), "rubbish", render_mode=3)
    original.save(tmp_path / "in.pdf")
    assert set(read_back(written(tmp_path / "in.pdf", tmp_path / "out.pdf", WORDS[:2])[0])) == {"Total", "12.50"}
    original[0].insert_text((60, 90), "seen")
    original.save(tmp_path / "in.pdf")
    assert "seen" in read_back(written(tmp_path / "in.pdf", tmp_path / "out.pdf", WORDS[:2])[0])


def test_an_encrypted_original_stays_encrypted(tmp_path: Path, original: pymupdf.Document) -> None:
    original.save(tmp_path / "in.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="owner")
    document = written(tmp_path / "in.pdf", tmp_path / "out.pdf", WORDS[:1], "secret")
    assert document.is_encrypted is False
    assert pymupdf.open(tmp_path / "out.pdf").needs_pass
    assert "Total" in read_back(document[0])


def test_a_word_without_an_area_is_left_out(tmp_path: Path, original: pymupdf.Document) -> None:
    original.save(tmp_path / "in.pdf")
    flat = OverlayWord("flat", quad(0.1, 0.1, 0.3, 0.1), False)
    assert set(read_back(written(tmp_path / "in.pdf", tmp_path / "out.pdf", [flat, WORDS[1]])[0])) == {"12.50"}


def test_numbers_inside_words_from_right_to_left_keep_their_order() -> None:
    assert visual_order("abc") == ("abc", False)
    assert visual_order("אב") == ("בא", True)
    assert visual_order("ב2024") == ("2024ב", True)
    assert visual_order("ב12.5ג") == ("ג12.5ב", True)


@given(st.text(min_size=1))
def test_the_order_seen_has_the_same_characters(text: str) -> None:
    assert sorted(visual_order(text)[0]) == sorted(text)
