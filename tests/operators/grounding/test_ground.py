"""A value is located where it is printed, in every printed form, and is not found where it is not printed."""

import numpy as np
import pytest
from docpipe.operators.grounding.ground import Evidence, GroundingKind, Place, ground_value
from docpipe.schemas.page import TextLines
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ..evidence_pages import box_around, page_of, printed

SENTENCE = "The quick brown fox jumps over the lazy dog near the river bank"


@pytest.mark.parametrize(
    ("value", "row", "shown"),
    [
        ("total amount due", "Total Amount Due: 12.50", "Total Amount Due:"),
        ("Acme Tools Ltd", "ACMETOOLS LTD", "ACMETOOLS LTD"),
        ("ACMETOOLSLTD", "Acme Tools Ltd", "Acme Tools Ltd"),
        ("Muller & Sohne", "Müller & Söhne GmbH", "Müller & Söhne"),
        ("Strasse", "Straße 5", "Straße"),
        ("“quoted” text", '"quoted" text', '"quoted" text'),
        ("office", "the oﬃce is", "oﬃce"),
        ("67.85", "TOTAL RM67.85", "67.85"),
        ("RM67.85", "TOTAL RM 67.85", "RM 67.85"),
        ("$7.10", "TOTAL 7.10", "7.10"),
        ("EUR 521,91", "Summe 521,91 €", "521,91 €"),
        ("1234.5", "net 1,234.50 gross", "1,234.50"),
        ("1,234,567", "sum 1 234 567 pieces", "1 234 567"),
        ("1234567", "sum 1.234.567 pieces", "1.234.567"),
        ("1'234.00", "CHF 1,234.00", "1,234.00"),
        ("2000", "paid 2000,00", "2000,00"),
        ("-1234", "loss (1,234) euros", "(1,234)"),
        ("(1,234)", "loss -1234 today", "-1234"),
        ("-8.79", "refund 8,79- EUR", "8,79-"),
        ("12.5kg", "weight 12,5 kg net", "12,5 kg"),
        ("12,5 kg", "weight 12.5kg net", "12.5kg"),
        ("33 %", "share 33% of", "33%"),
        ("2.5", "take 2½ cups", "2½"),
        ("\\$1{,}334.49", "total $1,334.49 due", "$1,334.49"),
        ("9", "ages 3 - 9 only", "9"),
        ("-5.00", "balance:-5.00 EUR", "-5.00 EUR"),
        ("2024-03-05", "issued 5 March 2024 by", "5 March 2024"),
        ("2024-03-05", "issued March 5th, 2024 by", "March 5th, 2024"),
        ("2024-03-05", "ausgestellt am 5. März 2024 in", "5. März 2024"),
        ("2024-03-05", "le 5 mars 2024 à", "5 mars 2024"),
        ("2024-03-05", "el 5 de marzo de 2024", "5 de marzo de 2024"),
        ("2024-03-05", "dnia 5 marca 2024 r.", "5 marca 2024"),
        ("2024-03-05", "on 05/03/2024 at", "05/03/2024"),
        ("2024-03-05", "日付 2024年3月5日", "2024年3月5日"),
        ("05-AUG-2017", "date 05.08.2017", "05.08.2017"),
        ("22/01/2017", "BILL DT: 22/01/2017 09:09:16 PM", "22/01/2017 09:09:16 PM"),
        ("東京都", "本社は東京都にある", "東京都"),
        ("서울", "주소: 서울에서 온", "서울"),
        ("שלום", "אמר שָׁלוֹם לכם", "שָׁלוֹם"),
        ("cafe\u0301", "the café is", "café"),
        ("%Pos", "Pos %Pos", "%Pos"),
        ("–", "a – b", "–"),
    ],
)
def test_a_value_is_found_in_whatever_form_it_is_printed(value: str, row: str, shown: str) -> None:
    grounding = ground_value(value, printed("Some heading", row, "and a footer"))
    assert grounding.kind in (GroundingKind.EXACT, GroundingKind.FUZZY)
    assert grounding.support is not None
    assert grounding.support > 0.8
    assert " ".join(place.text for place in grounding.places) == shown
    assert {place.line for place in grounding.places} == {1}


@pytest.mark.parametrize(
    ("value", "row"),
    [
        ("67.95", "TOTAL 67.85"),
        ("67.8", "TOTAL 67.85"),
        ("7.85", "TOTAL 67.85"),
        ("6785", "TOTAL 67.85"),
        ("12.5", "weight 125 kg"),
        ("39.3", "count 39,300"),
        ("-8.79", "8.79"),
        ("8.79", "refund -8.79"),
        ("€ 9.00", "£ 9.00 paid"),
        ("2024-03-06", "issued 5 March 2024"),
        ("05/04/2024", "on 04/05/2024"),
        ("15 Jun 2018 02:34:31 PM", "15 Jun 2018 08:34:31 PM"),
        ("RE-20150613/503", "RE-20150613/508"),
        ("NO 2, JALAN BULAN 40150 SHAH ALAM", "NO 2, JALAN BULAN 40160 SHAH ALAM"),
        ("the order of 2017 was shipped to 12 places", "the order of 2018 was shipped to 12 places"),
        ("75", "7  5"),
        ("3 - 9 years", "39 years"),
        ("owl", "the brown fox"),
        ("The invoice was paid in full on Monday", SENTENCE),
        ("Acme Trading Company", "Acme Hardware Company"),
        ("The tenant is liable for damage to the garden", "The tenant is not liable for damage to the garden"),
        ("The tenant is not liable for damage to the garden", "The tenant is liable for damage to the garden"),
        ("NA", "Nancy went home"),
        ("2", "2½ cups"),
        ("£1.2m", "£1.2 a unit"),
        ("40", "4cl"),
        ("000000", "c100000"),
    ],
)
@pytest.mark.parametrize("confidence", [float("nan"), 0.95])
def test_what_is_not_printed_is_not_supported(value: str, row: str, confidence: float) -> None:
    grounding = ground_value(value, printed("Some heading", row, confidence=confidence))
    assert grounding.support is not None
    assert grounding.support < 0.5


def test_misreadings_of_ocr_are_forgiven_at_a_price() -> None:
    clean = ground_value("Corner Inn 105", printed("Corner Inn 105", confidence=0.9))
    garbled = ground_value("Corner Inn 105", printed("Comer lnn 1O5", confidence=0.9))
    assert clean.support is not None
    assert garbled.support is not None
    assert garbled.kind == GroundingKind.FUZZY
    assert 0.5 < garbled.support < clean.support


def test_digits_never_match_other_digits() -> None:
    for digit, other in (("1", "7"), ("3", "8"), ("5", "6"), ("0", "8"), ("0", "6"), ("2", "7")):
        grounding = ground_value(f"4{digit}.20", printed(f"Total 4{other}.20", confidence=0.9))
        assert grounding.kind == GroundingKind.NONE


def test_a_text_is_found_over_lines_and_hyphens_with_a_place_for_each_line() -> None:
    evidence = printed("Results of the inter-", "national meeting are", "published here")
    grounding = ground_value("the international meeting are published", evidence)
    assert grounding.kind == GroundingKind.EXACT
    assert [place.text for place in grounding.places] == ["the inter-", "national meeting are", "published"]
    tops = [place.box[1] for place in grounding.places]
    assert tops == sorted(tops)


def test_a_cell_of_several_lines_is_found_beside_others() -> None:
    evidence = printed("to air    to water    to land", "kg/year   kg/month    kg/day")
    grounding = ground_value("to water kg/month", evidence)
    assert grounding.kind == GroundingKind.EXACT
    assert [place.text for place in grounding.places] == ["to water", "kg/month"]


def test_an_address_is_found_beside_other_text() -> None:
    rows = ("Lieferant GmbH          Invoice 471102", "Hauptweg 20             Date 05.03.2018")
    grounding = ground_value("Lieferant GmbH, Hauptweg 20", printed(*rows, "80333 München           Page 1"))
    assert [place.text for place in grounding.places] == ["Lieferant GmbH", "Hauptweg 20"]


def test_the_question_chooses_among_several_places() -> None:
    evidence = printed("Subtotal      50.00", "Discount       0.00", "Total         50.00", "Cash          50.00")
    assert ground_value("50.00", evidence, kind="money", question="What is the total?").places[0].box[1] == (
        pytest.approx(0.06, abs=1e-6)
    )
    with_question = ground_value("50.00", evidence, kind="money", question="How much cash was given?")
    assert with_question.places[0].box[1] == pytest.approx(0.08, abs=1e-6)


def test_the_head_of_a_column_and_the_name_of_a_row_choose_a_cell() -> None:
    evidence = printed("Country   2015   2016", "Spain     11     11", "France    11     11", "Italy     11     11")
    place = ground_value("11", evidence, question="What was the value for France in 2016?").places[0]
    assert place.box[:2] == (pytest.approx(0.19, abs=1e-6), pytest.approx(0.06, abs=1e-6))


def test_of_equal_places_an_isolated_one_is_chosen() -> None:
    evidence = printed("Wine from France is sold in many places", "France     67.2", "Spain     11.1")
    assert ground_value("France", evidence).places[0].line == 1


def test_the_models_box_chooses_among_places_that_the_evidence_has() -> None:
    evidence = printed("12.00", "12.00", "12.00")
    box = tuple(page_of("12.00", "12.00", "12.00").word_boxes[2].tolist())
    place = ground_value("12.00", evidence, model_boxes=[(1, box)]).places[0]
    assert place.box == pytest.approx(box)


def test_a_box_of_the_model_that_disagrees_with_the_evidence_loses() -> None:
    evidence = printed("Total 12.00", "Cash 20.00")
    cash = tuple(page_of("Total 12.00", "Cash 20.00").word_boxes[3].tolist())
    found = ground_value("12.00", evidence, model_boxes=[(1, cash)])
    assert (found.kind, found.places[0].text) == (GroundingKind.EXACT, "12.00")
    missing = ground_value("99.00", evidence, model_boxes=[(1, cash)])
    assert (missing.kind, missing.places) == (GroundingKind.NONE, ())


def test_a_box_of_the_model_counts_where_there_is_no_text_to_check_it_by() -> None:
    box = (0.5, 0.6, 0.7, 0.7)
    nothing = ground_value("12.00", Evidence([(1, TextLines())]), model_boxes=[(1, box)])
    assert (nothing.kind, nothing.support) == (GroundingKind.MODEL_BOX, None)
    assert nothing.places == (Place(1, box, "", None),)
    beside = ground_value("99.00", printed("Total 12.00"), model_boxes=[(1, box)])
    assert beside.kind == GroundingKind.MODEL_BOX
    assert beside.support is not None
    assert beside.support < 0.5


@pytest.mark.parametrize("box", [(0.7, 0.6, 0.5, 0.7), (-0.1, 0.0, 0.5, 0.5), (0.0, 0.0, 1.5, 1.0)])
def test_a_box_off_the_page_is_not_believed(box: tuple[float, float, float, float]) -> None:
    assert ground_value("x1", Evidence([]), model_boxes=[(1, box)]).kind == GroundingKind.NONE


def test_pages_without_text_give_no_support_at_all() -> None:
    for evidence in (Evidence([]), Evidence([(1, TextLines()), (2, TextLines())])):
        grounding = ground_value("anything", evidence)
        assert (grounding.kind, grounding.support, grounding.places) == (GroundingKind.NONE, None, ())


def test_a_boolean_and_an_empty_value_have_no_place() -> None:
    evidence = printed("yes no true")
    for value, kind in (("yes", "boolean"), ("", "string"), (" \n\t", "string")):
        assert ground_value(value, evidence, kind=kind).support is None


def test_one_digit_is_found_by_itself_and_not_within_a_number() -> None:
    assert ground_value("5", printed("15 25 51.5", "A 5 B")).places[0].line == 1
    assert ground_value("5", printed("15 25 51.5")).kind == GroundingKind.NONE


def test_the_same_value_forty_times_gives_one_place() -> None:
    grounding = ground_value("9.99", printed(*["9.99  9.99  9.99  9.99"] * 10))
    assert len(grounding.places) == 1


def test_the_page_that_holds_the_value_is_named() -> None:
    evidence = Evidence([(7, page_of("nothing here")), (9, page_of("invoice 4711"))])
    assert ground_value("4711", evidence).places[0].page_number == 9


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_text_is_found_with_its_turned_box(turn: int) -> None:
    upright, turned = page_of("Total amount 12.50"), page_of("Total amount 12.50", turn=turn)
    place = ground_value("amount", Evidence([(1, turned)])).places[0]
    assert place.box == pytest.approx(turned.word_boxes[1].tolist())
    assert place.box != pytest.approx(upright.word_boxes[1].tolist())
    part = ground_value("2017-01-22", Evidence([(1, page_of("at:22/01/2017", turn=turn))])).places[0]
    whole = page_of("at:22/01/2017", turn=turn).word_boxes[0]
    share = np.prod(np.subtract(part.box[2:], part.box[:2])) / np.prod(whole[2:] - whole[:2])
    assert 0.6 < share < 0.95


def test_long_values_and_adversarial_repetition_are_answered() -> None:
    evidence = printed(*["ab ab ab ab ab ab ab ab ab ab ab"] * 40, "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1")
    for value in ("ab " * 700, "ab" * 1000, "a" * 2000, "1" * 2000, "1 " * 1000, "b a" * 9000, "-" * 2000, "(" * 500):
        grounding = ground_value(value, evidence)
        assert grounding.support is not None
        assert 0 <= grounding.support <= 1


def test_a_value_of_two_thousand_characters_is_found_whole() -> None:
    rows = [f"row {number} holds item {number * 37} of the catalogue in section {number % 7}" for number in range(45)]
    value = " ".join(rows)[:2000]
    grounding = ground_value(value, printed(*rows))
    assert grounding.kind == GroundingKind.EXACT
    assert len(grounding.places) > 30
    changed = value.replace("item 185", "item 186")
    assert changed != value
    assert ground_value(changed, printed(*rows)).kind == GroundingKind.NONE


def test_words_that_lie_off_the_page_or_nowhere_are_left_out() -> None:
    lines = page_of("seen unseen")
    lines.word_boxes[1] = (2, 2, 3, 3)
    assert ground_value("unseen", Evidence([(1, lines)])).kind == GroundingKind.NONE
    lines.word_boxes[0] = np.nan
    assert ground_value("seen", Evidence([(1, lines)])).support is None


def test_a_line_without_words_counts_by_its_own_box() -> None:
    lines = page_of("a line of text")
    bare = TextLines(lines.text, lines.boxes, lines.polygons, lines.confidence, lines.block)
    grounding = ground_value("a line of text", Evidence([(1, bare)]))
    assert grounding.places[0].box == pytest.approx(lines.boxes[0].tolist())


words = st.text(st.sampled_from("abcdefghikmnoprstuvwxyzäéß0123456789"), min_size=1, max_size=8)
rows_of_words = st.lists(st.lists(words, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=8)


@settings(deadline=None)
@given(rows_of_words, st.data())
def test_any_run_of_words_is_found_however_it_is_cased_spaced_and_broken(rows: list[str], data: st.DataObject) -> None:
    page = page_of(*rows)
    first = data.draw(st.integers(0, len(page.word_text) - 1))
    last = data.draw(st.integers(first, len(page.word_text) - 1))
    gap = data.draw(st.sampled_from([" ", "  ", "\n", "\u00a0", " \t"]))
    case = data.draw(st.sampled_from([str.upper, str.lower, str.title, str]))
    grounding = ground_value(case(gap.join(page.word_text[first : last + 1])), Evidence([(1, page)]))
    assert grounding.kind in (GroundingKind.EXACT, GroundingKind.FUZZY)
    assert grounding.support is not None
    assert grounding.support > 0.8
    expected = "".join(page.word_text[first : last + 1])
    assert "".join(place.text for place in grounding.places).replace(" ", "") == expected
    here = [list(page.word_text[at : at + last - first + 1]) for at in range(len(page.word_text))]
    if here.count(list(page.word_text[first : last + 1])) == 1 and len(expected) > 8 and first == last:
        found = box_around(np.array([place.box for place in grounding.places]))
        assert found == pytest.approx(box_around(page.word_boxes[first : last + 1]))


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(max_size=12), max_size=6), st.text(max_size=40), st.sampled_from(["string", "money", "date"]))
def test_any_text_gets_an_answer_with_boxes_on_the_page(rows: list[str], value: str, kind: str) -> None:
    grounding = ground_value(value, printed(*rows), kind=kind, question=value)
    assert grounding.support is None or 0 <= grounding.support <= 1
    assert bool(grounding.places) == (grounding.kind != GroundingKind.NONE)
    for place in grounding.places:
        x0, y0, x1, y1 = place.box
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1


@st.composite
def changed_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A number and the same with one other digit."""
    old = str(draw(st.integers(10**5, 10**8)))
    place = draw(st.integers(0, len(old) - 1))
    digit = draw(st.sampled_from([d for d in "0123456789" if d != old[place]]))
    return old, old[:place] + digit + old[place + 1 :]


@settings(deadline=None)
@given(rows_of_words, changed_numbers())
# `c1` looks like a `d`, and a `d` like a 0.
@example(["c"], ("100000", "000000"))
def test_a_changed_digit_is_never_supported_where_the_new_number_is_not_printed(
    rows: list[str], numbers: tuple[str, str]
) -> None:
    old, changed = numbers
    grounding = ground_value(
        changed, printed(*[row.translate(str.maketrans("", "", "0123456789")) for row in rows], old)
    )
    assert grounding.support is not None
    assert grounding.support < 0.5
