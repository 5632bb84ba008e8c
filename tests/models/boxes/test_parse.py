"""Boxes that models write are read, mended where that is safe, and never dropped without a reason."""

import re

import pytest
from docpipe.models.boxes.format import format_box, ref
from docpipe.models.boxes.numbers import Bbox, Mend
from docpipe.models.boxes.parse import ParsedBoxes, Rejected, parse_boxes
from hypothesis import assume, example, given
from hypothesis import strategies as st

TAG = re.compile(r"</?(?:ref|box|quad)>")


def _only(parsed: ParsedBoxes) -> Bbox:
    assert len(parsed.boxes) == 1, parsed
    return parsed.boxes[0].bbox


def _labels(output: str) -> list[str | None]:
    return [box.label for box in parse_boxes(output).boxes]


def test_the_published_form_gives_label_and_shares() -> None:
    output = "The total: <ref>12.50</ref><box>[[100, 200, 300, 400]]</box>."
    parsed = parse_boxes(output)
    assert _only(parsed) == (0.1, 0.2, 0.3, 0.4)
    box = parsed.boxes[0]
    assert (box.label, box.mended) == ("12.50", ())
    assert output[slice(*box.span)] == "100, 200, 300, 400"
    assert (parsed.text, parsed.rejected) == ("The total: 12.50.", ())


def test_tags_that_a_tokenizer_removed_leave_a_box() -> None:
    parsed = parse_boxes("-12.50[[100, 200, 300, 400]]")
    assert (parsed.boxes[0].label, parsed.text) == ("-12.50", "-12.50")
    assert parsed.boxes[0].mended == ()


def test_several_boxes_share_a_label() -> None:
    parsed = parse_boxes("<ref>date</ref><box>[[1, 2, 30, 40], [500, 2, 600, 40]]</box>, <box>[[7, 2, 30, 40]]</box>")
    assert [box.label for box in parsed.boxes] == ["date", "date", "date"]
    assert [box.bbox[0] for box in parsed.boxes] == [0.001, 0.5, 0.007]
    assert all(box.mended == () for box in parsed.boxes)
    assert parsed.text == "date"


@pytest.mark.parametrize(
    ("output", "labels"),
    [
        ("<ref>a < b [1]</ref> <box>[[1, 2, 30, 40]]</box>", ["a < b [1]"]),
        ("<ref>a</ref> is at <box>[[1, 2, 30, 40]]</box>", [None]),
        ("<ref>a</ref> [1] <box>[[1, 2, 30, 40]]</box>", [None]),
        ("a[[1, 2, 30, 40]], b[[1, 2, 30, 40]]. c: [[1, 2, 30, 40]]", ["a", "b", "c"]),
        ("- cat: [[1, 2, 30, 40]]\n- dog [1]: [[1, 2, 30, 40]]", ["cat", "dog [1]"]),
        ("总额[[1, 2, 30, 40]]，日期：[[1, 2, 30, 40]]。", ["总额", "日期"]),
        ("[[1, 2, 30, 40]]", [None]),
    ],
)
def test_a_box_takes_the_label_that_stands_directly_before_it(output: str, labels: list[str | None]) -> None:
    assert _labels(output) == labels


@pytest.mark.parametrize(
    ("written", "mends"),
    [
        ("<box>[[0.1, 0.2, 0.3, 0.4]]</box>", (Mend.FRACTIONS,)),
        ("<box>[[1e-1, 2E-1, 3e-01, +.4]]</box>", (Mend.FRACTIONS,)),
        ("<box>[[300, 400, 100, 200]]</box>", (Mend.REVERSED,)),
        ("<box>[[100, 200, 300, 400]</box>", (Mend.BRACKETS,)),
        ("<box>[100, 200, 300, 400]]</box>", (Mend.BRACKETS,)),
        ("<box>[[[100, 200, 300, 400]]]</box>", (Mend.BRACKETS,)),
        ("<box>100, 200, 300, 400</box>", (Mend.BRACKETS,)),
        ("<box>(100, 200), (300, 400)</box>", (Mend.BRACKETS,)),
        ("<box>[[100, 200], [300, 400]]</box>", (Mend.BRACKETS,)),
        ("<box>[[100, 200, 300, 400", (Mend.BRACKETS, Mend.CUT)),
        ("[[100, 200, 300, 400", (Mend.BRACKETS, Mend.CUT)),
        ("<box>[[100, 200, 300, 400]", (Mend.BRACKETS,)),
        ("<box>[[100, 200, 300, 400]] and 5 more", (Mend.BRACKETS,)),
        ("<box>100, 200, 300, 400]] and so on", (Mend.BRACKETS,)),
        ("<box>[[100, 200, 300, 400]] and 5 more</box>", (Mend.BRACKETS,)),
        ("<box>[[100, 200, 300, 400]]</quad>", (Mend.BRACKETS,)),
        ("[[100, 200, 300, 400]]</box>", (Mend.BRACKETS,)),
        ("<ref>x</ref>[100, 200, 300, 400]", (Mend.BRACKETS,)),
        ("<ref>x<box>[[100, 200, 300, 400]]</box>", (Mend.BRACKETS,)),
        ("[[100, 200, 300, 400]", (Mend.BRACKETS,)),
        ("[100, 200, 300, 400]]", (Mend.BRACKETS,)),
        ("[100, 200, 300, 400]", (Mend.BRACKETS,)),
        ("total[100, 200, 300, 400]\n", (Mend.BRACKETS,)),
        ("x [100, 200, 300, 400]] y", (Mend.BRACKETS,)),
        ("x [100, 200, 300, 400] ] y", (Mend.BRACKETS,)),
        ("<ref>x</ref> [100, 200, 300, 400] y", (Mend.BRACKETS,)),
        ("see [1] [[100, 200, 300, 400]]", ()),
        ("<box>[[１００，２００，３００，４００]]</box>", ()),
        ("<box>［［１００、２００；３００，４００］］</box>", ()),
        ("<box>[[\n100.0,200.0\n,300 , 400.0]]</box>", ()),
        ("<quad>[[100, 200, 300, 200, 300, 400, 100, 400]]</quad>", (Mend.QUAD,)),
        ("[[100, 200, 300, 200, 300, 400, 100, 400]]", (Mend.QUAD,)),
        ("<quad>[[100, 200], [300, 200], [300, 400], [100, 400]]</quad>", (Mend.BRACKETS, Mend.QUAD)),
    ],
)
def test_what_can_be_mended_is_and_says_so(written: str, mends: tuple[Mend, ...]) -> None:
    parsed = parse_boxes(written)
    assert _only(parsed) == pytest.approx((0.1, 0.2, 0.3, 0.4))
    assert parsed.boxes[0].mended == mends
    assert parsed.rejected == ()


def test_the_label_of_a_tag_that_is_never_closed_is_kept() -> None:
    assert _labels("<ref>x<box>[[100, 200, 300, 400]]</box>") == ["x"]
    assert _labels("<ref>x[[100, 200, 300, 400]]") == ["x"]


def test_a_box_that_sticks_out_is_clipped() -> None:
    parsed = parse_boxes("<box>[[-50, 200, 300, 1400]]</box>")
    assert _only(parsed) == (0.0, 0.2, 0.3, 1.0)
    assert parsed.boxes[0].mended == (Mend.CLIPPED,)


def test_numbers_that_sum_to_less_than_four_are_shares() -> None:
    assert _only(parse_boxes("<box>[[0.9, 0.95, 1.0, 1]]</box>")) == (0.9, 0.95, 1.0, 1.0)
    assert _only(parse_boxes("<box>[[0, 0, 2, 2]]</box>")) == (0.0, 0.0, 0.002, 0.002)


def test_negative_numbers_do_not_turn_a_box_into_fractions() -> None:
    assert _only(parse_boxes("<box>[[-400, 0, 300, 100]]</box>")) == (0.0, 0.0, 0.3, 0.1)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("<box>[[1, 2, 3]]</box>", "3 numbers"),
        ("<box>[[1, 2, 3, 4, 5]]</box>", "5 numbers"),
        ("<box></box>", "0 numbers"),
        ("<ref></ref>[[1, 2, 3]]", "3 numbers"),
        ("<box>[[x1, y1, x2, y2]]</box>", "more than numbers"),
        ("<box>n</box>", "more than numbers"),
        ("<box>[[1.2.3, 4, 5, 6]]</box>", "more than numbers"),
        ("<box>[[100, 200, 100, 400]]</box>", "no area"),
        ("<box>[[0.1, 0.2, 0.1000001, 0.4]]</box>", "no area"),
        ("<box>[[1100, 200, 1300, 400]]</box>", "outside"),
        ("<box>[[100, -200, 300, 0]]</box>", "outside"),
        (f"<box>[[1, 2, 3, {'9' * 400}]]</box>", "too large"),
        ("<box>[[1, 2, 3, 1e400]]</box>", "too large"),
    ],
)
def test_what_gives_no_box_is_kept_with_its_reason(written: str, reason: str) -> None:
    parsed = parse_boxes(f"a {written} b")
    assert parsed.boxes == ()
    assert [entry.text for entry in parsed.rejected] == [written.removeprefix("<ref></ref>")]
    assert reason in parsed.rejected[0].reason
    assert parsed.text == "a b"


def test_a_list_beside_a_good_one_is_rejected_alone() -> None:
    parsed = parse_boxes("<box>[[1, 2, 30, 40], [5, 6, 7]]</box>")
    assert _only(parsed) == (0.001, 0.002, 0.03, 0.04)
    assert parsed.rejected == (Rejected("5, 6, 7", "3 numbers where 4 are needed"),)


@pytest.mark.parametrize("cut", ["<box>[[100, 20", "[[100, 20", "[[10, 20, 30, 40], [5, 6"])
def test_a_list_that_the_end_of_the_output_cuts_off_is_rejected(cut: str) -> None:
    parsed = parse_boxes(f"total{cut}")
    assert [entry.reason for entry in parsed.rejected] == ["2 numbers where 4 are needed"]
    assert parsed.text == "total"


@pytest.mark.parametrize(
    "text",
    [
        "see [1]",
        "[2, 3]",
        "the years [2019, 2020, 2021, 2022]",
        "[2019, 2020, 2021, 2022]",
        "as shown[1, 2, 3, 4] before",
        "one\nas shown[1, 2, 3, 4]",
        "[10, 20, 30, 40]\n[50, 60, 70, 80]",
        "values [10, 20, 30, 40]",
        "a [[1, 2], [3, 4]]",
        "[[x]]",
        "[[1, 2, 3]] is a row",
        "[[",
        "a   b\tc\n\n\nd , e",
    ],
)
def test_ordinary_brackets_stay_text(text: str) -> None:
    assert parse_boxes(text) == ParsedBoxes((), text, ())


def test_a_footnote_behind_a_label_stays_text() -> None:
    assert parse_boxes("<ref>a</ref>[3]") == ParsedBoxes((), "a[3]", ())


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("The <ref>cat</ref>s sit.", "The cats sit."),
        ("x [[1, 2, 30, 40]] y", "x y"),
        ("x[[1, 2, 30, 40]]y", "x y"),
        ("(<box>[[1, 2, 30, 40]]</box>)", "()"),
        ("line  1\n<box>[[1, 2, 30, 40]]</box>\n  line 2", "line  1\n  line 2"),
        ("a[[1, 2, 30, 40]]; [[1, 2, 30, 40]], b[[1, 2, 30, 40]]", "a, b"),
        ("a <bo<box>x> b", "a <bo x> b"),
        ("a <bo</ref>x> b", "a < box> b"),
    ],
)
def test_text_closes_up_where_a_box_stood(output: str, text: str) -> None:
    assert parse_boxes(output).text == text


_RUBBISH = ["[", "]", "1", "[ ", " ", "\n", "<", "<bo", "<ref>", "<box>"]


# A pattern that tries a place again and again takes minutes for one of these.
@pytest.mark.timeout(60)
@pytest.mark.parametrize("prefix", ["", "<box>", "[[1, 1, 1, ", "<ref>a</ref>["])
@pytest.mark.parametrize(
    "unit",
    [*_RUBBISH, "[[1 ", "[1] ", "[1] a ", "[1]] ", "[[1, 2, 3, 40]x", "<ref>[1]", "<box>[", "1e", "1e5 "],
)
def test_rubbish_is_read_in_linear_time(prefix: str, unit: str) -> None:
    output = prefix + unit * (60_000 // len(unit))
    assert not TAG.search(parse_boxes(output).text)
    parse_boxes(f"{output}]</box> x")


@pytest.mark.parametrize("unit", ["[", "[" * 500 + "1", "<box>", "9", "[[1, 1, 1, "])
def test_a_megabyte_of_rubbish_is_read(unit: str) -> None:
    parse_boxes(unit * (1_000_000 // len(unit)))


share = st.floats(0, 1)
box = st.tuples(share, share, share, share).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
)


@given(box, st.text(alphabet=st.characters(exclude_characters="<>"), max_size=20))
@example((0.0, 0.0, 1e-9, 1e-9), "")
@example((0.9999, 0.9999, 1.0, 1.0), "")
@example((0.4996, 0.4996, 0.4997, 0.9), "")
@example((0.5, 0.0004, 0.5000001, 0.0006), "")
def test_what_is_formatted_is_parsed(bbox: Bbox, label: str) -> None:
    assume(bbox[0] < bbox[2] and bbox[1] < bbox[3])
    written = format_box(bbox)
    assert re.fullmatch(r"<box>\[\[\d+, \d+, \d+, \d+\]\]</box>", written)
    parsed = parse_boxes(ref(label) + written)
    bound = 2 / 1000 if written == "<box>[[0, 0, 2, 2]]</box>" else 1 / 1000
    assert _only(parsed) == pytest.approx(bbox, abs=bound)
    assert (parsed.boxes[0].label, parsed.boxes[0].mended) == (label.strip(), ())


@pytest.mark.parametrize(
    "bbox", [(0.5, 0.1, 0.2, 0.4), (0.1, 0.1, 0.1, 0.4), (-0.1, 0, 1, 1), (0, 0, 100, 100), (float("nan"), 0, 1, 1)]
)
def test_what_is_no_box_is_not_formatted(bbox: Bbox) -> None:
    with pytest.raises(ValueError, match="no box in shares"):
        format_box(bbox)


def test_a_label_can_not_forge_a_box() -> None:
    with pytest.raises(ValueError, match="holds </ref>"):
        ref("a</ref><box>[[1, 2, 30, 40]]</box>")


_TAGS = ["<box>", "</box>", "<ref>", "</ref>", "<quad>", "</quad>", "<bo", "x>"]
_BRACKETS = ["[", "]", "[[", "]]", "［［", "(", ")", "[[100, 200, 300, 400]]", "[1, 2, 30, 40]"]
_REST = ["1", "999", "-3", "0.5", "1e400", "word", ", ", "，", " ", "\n"]
_PIECES = st.sampled_from(_TAGS + _BRACKETS + _REST)


@given(st.lists(_PIECES | st.text(max_size=3), max_size=40).map("".join))
def test_any_output_gives_boxes_within_the_image_and_text_without_tags(output: str) -> None:
    parsed = parse_boxes(output)
    end = 0
    for found in parsed.boxes:
        x0, y0, x1, y1 = found.bbox
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
        start, stop = found.span
        assert end <= start < stop <= len(output)
        end = stop
        assert re.search(r"\d", output[start:stop])
    assert not TAG.search(parsed.text)
    assert all(entry.text in output for entry in parsed.rejected)


@given(st.lists(_PIECES, max_size=40).map("".join))
def test_no_word_and_no_number_is_lost(output: str) -> None:
    parsed = parse_boxes(output)
    kept = [parsed.text, *(entry.text for entry in parsed.rejected)]
    assert sum(text.count("word") for text in kept) == output.count("word")
    kept += [output[slice(*found.span)] for found in parsed.boxes]
    assert sum(text.count("999") for text in kept) == output.count("999")


@given(st.text(alphabet=st.characters(exclude_characters="[］［]<"), max_size=60))
def test_text_without_mark_up_is_only_stripped(output: str) -> None:
    assert parse_boxes(output) == ParsedBoxes((), output.strip(), ())
