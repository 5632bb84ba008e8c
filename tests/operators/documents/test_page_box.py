"""A crop box that shows nothing of a page does not make it blank."""

from pathlib import Path

import pytest
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser
from docpipe.schemas.page import PageReading

from ..raw_pdf import one_page, shown, written


def read(path: Path, crop: bytes, *, inherited: bool = False) -> PageReading:
    objects = one_page(shown("Total 45.00"))
    node = 2 if inherited else 3
    objects[node] = objects[node].replace(b"<<", b"<< /CropBox [%s]" % crop, 1)
    return Parser().read_page(str(written(path, objects)), 1, ReadSettings()).reading


@pytest.mark.parametrize("inherited", [False, True])
def test_a_page_with_a_crop_box_outside_it_is_shown_whole(tmp_path: Path, inherited: bool) -> None:
    reading = read(tmp_path / "a.pdf", b"700 900 900 1200", inherited=inherited)
    assert (reading.text.strip(), reading.width, reading.height) == ("Total 45.00", 595, 842)


def test_a_crop_box_within_the_page_crops_it(tmp_path: Path) -> None:
    reading = read(tmp_path / "a.pdf", b"0 600 612 1392")
    assert (reading.text.strip(), reading.width, reading.height) == ("Total 45.00", 595, 242)
