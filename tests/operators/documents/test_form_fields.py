"""A form field whose value its page does not show is a warning."""

from pathlib import Path

import pytest
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser

from ..raw_pdf import FONTS, one_page, shown, stream, written

DRAWN = b"/AP << /N 30 0 R >>"


def form(path: Path, drawn: bytes, entries: bytes = DRAWN, value: bytes = b"Rosenberg 0012.50") -> Path:
    helvetica = b"/DR << " + FONTS.replace(b"/F1", b"/Helv") + b" >>"
    objects = one_page(shown("Name:", 50, 600), entry=b"/Contents 4 0 R /Annots [20 0 R]") | {
        1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [20 0 R] /DA (/Helv 12 Tf 0 g) "
        + helvetica
        + b" >> >>",
        20: b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V ("
        + value
        + b") /Rect [150 595 400 615] /DA (/Helv 12 Tf 0 g) "
        + entries
        + b" >>",
        30: stream(drawn, b"/Type /XObject /Subtype /Form /BBox [0 0 250 20] /Resources << " + FONTS + b" >>"),
    }
    return written(path, objects)


@pytest.mark.parametrize(
    ("drawn", "entries", "warnings"),
    [
        (b"/Tx BMC EMC", DRAWN, ("values_unseen: 1",)),
        (shown("Old 1111", 2, 5), DRAWN, ("values_unseen: 1",)),
        (shown("Rosenberg 12,50", 2, 5), DRAWN, ()),
        # Without a drawing MuPDF makes one.
        (b"", b"", ()),
        (b"", DRAWN + b" /F 2", ()),
        (b"", DRAWN + b" /Ff 8192", ()),
    ],
)
def test_values_that_are_not_drawn(tmp_path: Path, drawn: bytes, entries: bytes, warnings: tuple[str, ...]) -> None:
    path = str(form(tmp_path / "a.pdf", drawn, entries))
    assert Parser().read_page(path, 1, ReadSettings()).reading.warnings == warnings
    settled = Parser().read_settled([(path, [1])], ReadSettings())
    assert settled.places == [0]


def test_a_password_is_not_read(tmp_path: Path) -> None:
    path = str(form(tmp_path / "a.pdf", b"", b"/Ff 8192", b"secret777"))
    for engine in ("auto", "text_layer"):
        assert Parser().read_page(path, 1, ReadSettings(engine=engine)).reading.text == "Name:\n"
    shown_to_a_model, _ = Parser().page_image(path, 1, ReadSettings()) or (None, None)
    assert shown_to_a_model is not None
    assert shown_to_a_model[450:520, 400:].min() == 255


@pytest.mark.parametrize(
    ("state", "value", "warnings"),
    [
        (b"Yes", b"/V /Yes", ()),
        (b"Off", b"/V /Off", ()),
        (b"Off", b"/V /Yes", ("values_unseen: 1",)),
        (b"Yes", b"/V /Off", ("values_unseen: 1",)),
        (b"Off", b"", ()),
    ],
)
def test_a_check_box_that_is_drawn_in_another_state(
    tmp_path: Path, state: bytes, value: bytes, warnings: tuple[str, ...]
) -> None:
    widget = b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (c) %b /AS /%b /Rect [150 595 162 607] %b >>"
    box = stream(b"0 0 12 12 re S", b"/Type /XObject /Subtype /Form /BBox [0 0 12 12]")
    objects = one_page(shown("Agree:", 50, 600), entry=b"/Contents 4 0 R /Annots [20 0 R]") | {
        1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [20 0 R] >> >>",
        20: widget % (value, state, b"/AP << /N << /Yes 30 0 R /Off 30 0 R >> >>"),
        30: box,
    }
    path = str(written(tmp_path / "a.pdf", objects))
    assert Parser().read_page(path, 1, ReadSettings()).reading.warnings == warnings


def test_a_form_without_a_value_has_no_warning(tmp_path: Path) -> None:
    path = str(form(tmp_path / "a.pdf", b"", value=b""))
    assert Parser().read_page(path, 1, ReadSettings()).reading.warnings == ()
