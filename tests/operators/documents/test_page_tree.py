"""Every page that a page tree holds is read, and what it lacks is said, whatever `/Count` and `/Kids` hold."""

from pathlib import Path

import pytest
from docpipe.operators.reading.messages import ReadSettings, unpack
from docpipe.operators.reading.parser import Parser
from docpipe.schemas.errors import DocumentError, ErrorCode

from ..raw_pdf import CATALOG, FONTS, shown, stream, written

CASES = Path(__file__).parents[2] / "data" / "cases"
TEXT_LAYER = ReadSettings(engine="text_layer")
KIDS = b"3 0 R 4 0 R 5 0 R"


def tree(path: Path, kids: bytes, count: bytes, more: dict[int, bytes] | None = None) -> Path:
    """A document whose pages are the objects 3, 4 and 5, with the texts `page 3`, `page 4` and `page 5`."""
    root = b"<< /Type /Pages /Kids %s /Count %s /MediaBox [0 0 300 300] /Resources << %s >> >>" % (kids, count, FONTS)
    objects = CATALOG | {2: root}
    for number in (3, 4, 5):
        objects[number] = b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R >>" % (number + 10)
        objects[number + 10] = stream(shown(f"page {number}", 20, 200))
    return written(path, objects | (more or {}))


def texts(path: Path) -> list[str | None]:
    """The text of each page, None for one that is `unreadable`."""
    parser = Parser()
    found: list[str | None] = []
    for number in range(1, parser.probe(str(path)).page_count + 1):
        try:
            reading = parser.read_page(str(path), number, TEXT_LAYER).reading
            found.append((reading.text or "").strip())
        except DocumentError as error:
            named = error.code == ErrorCode.UNREADABLE and f"page {number} " in error.message
            found.append(None if named else error.message)
    return found


def test_a_count_that_is_too_small_loses_no_page() -> None:
    path = CASES / "18_count_too_small.pdf"
    assert [(text or "").partition("\n")[0] for text in texts(path)] == [
        f"PAGE WITH WRONG COUNT {i}" for i in (1, 2, 3)
    ]


@pytest.mark.parametrize("count", [b"1", b"0", b"-3", b"null", b"(three)", b"3000000", b"2147483647"])
def test_a_count_that_cannot_be_right_is_ignored(tmp_path: Path, count: bytes) -> None:
    path = tree(tmp_path / "a.pdf", b"[%s]" % KIDS, count)
    assert texts(path) == ["page 3", "page 4", "page 5"]
    assert Parser().read_page(str(path), 1, TEXT_LAYER).reading.warnings == ()


@pytest.mark.parametrize("settled", [False, True])
def test_a_count_that_is_larger_than_the_tree_is_said_on_each_page(tmp_path: Path, settled: bool) -> None:
    path = str(tree(tmp_path / "a.pdf", b"[%s]" % KIDS, b"5"))
    assert Parser().probe(path).page_count == 3
    if settled:
        found = Parser().read_settled([(path, [1, 2, 3])], TEXT_LAYER).readings
        assert found is not None
        readings = unpack(found)
    else:
        readings = [Parser().read_page(path, number, TEXT_LAYER).reading for number in (1, 2, 3)]
    assert [reading.warnings for reading in readings] == [("pages_missing: 2",)] * 3


@pytest.mark.parametrize(
    ("kids", "count", "expected"),
    [
        (b"[3 0 R 9 0 R 5 0 R]", b"3", ["page 3", None, "page 5"]),
        (b"[3 0 R null 5 0 R]", b"3", ["page 3", None, "page 5"]),
        (b"[3 0 R 4 0 R 2 0 R]", b"3", ["page 3", "page 4", None]),
        # The missing object was a node: its pages keep their places.
        (b"[3 0 R 9 0 R 5 0 R]", b"6", ["page 3", None, None, None, None, "page 5"]),
        (b"20 0 R", b"1", ["page 3", "page 4", "page 5"]),
        (b"[3 0 R 21 0 R]", b"1", ["page 3", "page 4", "page 5"]),
        (b"[3 0 R 21 0 R 21 0 R]", b"4", ["page 3", "page 4", "page 5", None]),
        (b"[22 0 R 4 0 R]", b"1", ["page 3", "page 4"]),
    ],
)
def test_places_without_a_page_fail_and_the_others_are_read(
    tmp_path: Path, kids: bytes, count: bytes, expected: list[str | None]
) -> None:
    more = {
        20: b"[3 0 R 4 0 R 5 0 R]",
        21: b"<< /Type /Pages /Parent 2 0 R /Kids [4 0 R 5 0 R] /Count 7 >>",
        22: b"<< /Parent 2 0 R /Contents 13 0 R >>",
    }
    assert texts(tree(tmp_path / "a.pdf", kids, count, more)) == expected


def test_a_tree_that_doubles_at_each_level_ends(tmp_path: Path) -> None:
    more = {
        30 + level: b"<< /Type /Pages /Kids [%d 0 R %d 0 R] /Count 2 >>" % (31 + level, 31 + level)
        for level in range(40)
    }
    more[70] = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    assert texts(tree(tmp_path / "a.pdf", b"[30 0 R]", b"1", more))[0] == "page 3"


@pytest.mark.parametrize(("count", "code"), [(b"3", ErrorCode.UNREADABLE), (b"0", ErrorCode.EMPTY)])
def test_a_tree_without_pages_is_damaged_unless_it_says_so(tmp_path: Path, count: bytes, code: ErrorCode) -> None:
    with pytest.raises(DocumentError) as caught:
        Parser().probe(str(tree(tmp_path / "a.pdf", b"[]", count)))
    assert caught.value.code == code
