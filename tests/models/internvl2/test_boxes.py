"""Boxes that models write are read, mended where that is safe, and never dropped without a reason."""

import pytest
from docpipe.models.internvl2.boxes import Mend, ParsedBoxes, format_box, parse_boxes, ref
from hypothesis import given
from hypothesis import strategies as st


def _only(parsed: ParsedBoxes) -> tuple[float, float, float, float]:
    assert len(parsed.boxes) == 1, parsed
    return parsed.boxes[0].bbox


def test_the_published_form_gives_label_and_shares() -> None:
    parsed = parse_boxes("The total: <ref>12.50</ref><box>[[100, 200, 300, 400]]</box>.")
    assert _only(parsed) == (0.1, 0.2, 0.3, 0.4)
    assert parsed.boxes[0].label == "12.50"
    assert parsed.boxes[0].mended == ()
    assert parsed.text == "The total: 12.50 ."
    assert parsed.rejected == ()


def test_tags_that_a_tokenizer_removed_leave_a_box() -> None:
    parsed = parse_boxes("12.50[[100, 200, 300, 400]]")
    assert (parsed.boxes[0].label, parsed.text) == ("12.50", "12.50")
    assert parsed.boxes[0].mended == ()


def test_several_boxes_share_a_label() -> None:
    parsed = parse_boxes("<ref>date</ref><box>[[1, 2, 30, 40], [500, 2, 600, 40]]</box>")
    assert [box.label for box in parsed.boxes] == ["date", "date"]
    assert [box.bbox[0] for box in parsed.boxes] == [0.001, 0.5]
    assert all(box.mended == () for box in parsed.boxes)


@pytest.mark.parametrize(
    ("written", "mends"),
    [
        ("<box>[[0.1, 0.2, 0.3, 0.4]]</box>", (Mend.FRACTIONS,)),
        ("<box>[[300, 400, 100, 200]]</box>", (Mend.REVERSED,)),
        ("<box>[[100, 200, 300, 400]</box>", (Mend.BRACKETS,)),
        ("<box>[100, 200, 300, 400]]</box>", (Mend.BRACKETS,)),
        ("<box>100, 200, 300, 400</box>", (Mend.BRACKETS,)),
        ("<box>[[100, 200, 300, 400", (Mend.BRACKETS,)),
        ("<box>[[100, 200, 300, 400]] and so on", (Mend.BRACKETS,)),
        ("<ref>x</ref>[100, 200, 300, 400]", (Mend.BRACKETS,)),
        ("[[100, 200, 300, 400]", (Mend.BRACKETS,)),
        ("<box>[[１００，２００，３００，４００]]</box>", ()),
        ("<box>[[\n100.0,200.0\n,300 , 400.0]]</box>", ()),
        ("<quad>[[100, 200, 300, 200, 300, 400, 100, 400]]</quad>", (Mend.QUAD,)),
    ],
)
def test_what_can_be_mended_is_and_says_so(written: str, mends: tuple[Mend, ...]) -> None:
    parsed = parse_boxes(written)
    assert _only(parsed) == pytest.approx((0.1, 0.2, 0.3, 0.4))
    assert parsed.boxes[0].mended == mends


def test_a_box_that_sticks_out_is_clipped() -> None:
    parsed = parse_boxes("<box>[[-50, 200, 300, 1400]]</box>")
    assert _only(parsed) == (0.0, 0.2, 0.3, 1.0)
    assert parsed.boxes[0].mended == (Mend.CLIPPED,)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("<box>[[1, 2, 3]]</box>", "3 numbers"),
        ("<box>[[1, 2, 3, 4, 5]]</box>", "5 numbers"),
        ("<box></box>", "0 numbers"),
        ("<box>[[100, 200, 100, 400]]</box>", "no area"),
        ("<box>[[1100, 200, 1300, 400]]</box>", "outside"),
        (f"<box>[[1, 2, 3, {'9' * 400}]]</box>", "too large"),
        ("<box>[[1, 2, 3, 1e400]]</box>", "too large"),
    ],
)
def test_what_gives_no_box_is_kept_with_its_reason(written: str, reason: str) -> None:
    parsed = parse_boxes(f"a {written} b")
    assert parsed.boxes == ()
    assert parsed.rejected[0].text == written
    assert reason in parsed.rejected[0].reason
    assert parsed.text == "a b"


@pytest.mark.parametrize(
    "text", ["see [1]", "[2, 3]", "the years [2019, 2020, 2021, 2022]", "a [[1, 2], [3, 4]]", "[[x]]"]
)
def test_ordinary_brackets_stay_text(text: str) -> None:
    assert parse_boxes(text) == ParsedBoxes((), text, ())


@pytest.mark.parametrize(
    "text", ["[" * 1_000_000, "<box>" * 200_000, "[[1 " * 250_000, " " * 1_000_000, "[ " * 500_000]
)
def test_a_megabyte_of_rubbish_is_read_in_linear_time(text: str) -> None:
    parse_boxes(text)


@given(
    st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.05, 1), st.floats(0.05, 1)),
    st.text(alphabet=st.characters(exclude_characters="<>[]"), max_size=20),
)
def test_what_is_formatted_is_parsed(corner: tuple[float, float, float, float], label: str) -> None:
    x, y, width, height = corner
    bbox = (x, y, min(1.0, x + width), min(1.0, y + height))
    parsed = parse_boxes(ref(label) + format_box(bbox))
    assert _only(parsed) == pytest.approx(bbox, abs=1 / 1000)
    assert parsed.boxes[0].label == label.strip()


_PIECES = st.sampled_from(
    [
        "<box>",
        "</box>",
        "<ref>",
        "</ref>",
        "<quad>",
        "</quad>",
        "[",
        "]",
        "[[",
        "]]",
        "1",
        "999",
        "-3",
        "0.5",
        ", ",
        " ",
        "a",
        "\n",
    ]
)


@given(st.lists(_PIECES | st.text(max_size=3), max_size=40).map("".join))
def test_any_output_gives_boxes_within_the_image_and_text_without_tags(output: str) -> None:
    parsed = parse_boxes(output)
    ends, last = [0], (0, 0)
    for box in parsed.boxes:
        x0, y0, x1, y1 = box.bbox
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
        assert box.span[0] >= ends[-1] or box.span == last
        ends.append(box.span[1])
        last = box.span
    assert not any(tag in parsed.text for tag in ("<box>", "</box>", "<ref>", "</ref>", "<quad>", "</quad>"))
