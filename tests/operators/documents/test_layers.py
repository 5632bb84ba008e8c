"""Content of layers is read where a person sees it: memberships with every policy, and with expressions."""

from pathlib import Path

import pytest
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser

from ..raw_pdf import FONTS, one_page, shown, written

ON, OFF = b"7 0 R", b"8 0 R"


def text(path: Path, membership: bytes, default: bytes = b"/OFF [8 0 R]") -> str:
    content = shown("Always seen") + b"/OC /M BDC " + shown("In a layer", y=600) + b" EMC"
    objects = one_page(content, FONTS + b" /Properties << /M 6 0 R >>")
    objects[1] = (
        b"<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [7 0 R 8 0 R] /D << /ON [7 0 R] %s >> >> >>" % default
    )
    objects |= {6: b"<< /Type /OCMD %s >>" % membership}
    objects |= {7: b"<< /Type /OCG /Name (on) >>", 8: b"<< /Type /OCG /Name (off) >>", 9: b"[/Not 7 0 R]"}
    return Parser().read_page(str(written(path, objects)), 1, ReadSettings(engine="text_layer")).reading.text


@pytest.mark.parametrize(
    ("membership", "seen"),
    [
        (b"/OCGs [%s %s] /P /AllOn" % (ON, OFF), False),
        (b"/OCGs [%s %s]" % (ON, OFF), True),
        (b"/OCGs [%s %s] /P /AnyOff" % (ON, OFF), True),
        (b"/OCGs [%s %s] /P /AllOff" % (ON, OFF), False),
        (b"/OCGs %s /P /AllOff" % OFF, True),
        (b"/OCGs %s" % OFF, False),
        (b"/OCGs [99 0 R] /P /AllOn", True),
        (b"/VE [/Not %s]" % ON, False),
        (b"/VE [/Or %s [/And %s %s]]" % (OFF, ON, ON), True),
        (b"/VE [/And %s [/Not %s] 9 0 R]" % (ON, OFF), False),
        (b"/VE [/Xor %s]" % ON, True),
    ],
)
def test_a_membership_shows_what_its_groups_say(tmp_path: Path, membership: bytes, seen: bool) -> None:
    assert ("In a layer" in text(tmp_path / "a.pdf", membership)) is seen


def test_groups_may_be_off_unless_they_are_named(tmp_path: Path) -> None:
    both = b"/OCGs [%s %s] /P /AllOn" % (ON, OFF)
    assert "In a layer" not in text(tmp_path / "a.pdf", both, b"/BaseState /OFF")
    assert "In a layer" in text(tmp_path / "b.pdf", both, b"")
