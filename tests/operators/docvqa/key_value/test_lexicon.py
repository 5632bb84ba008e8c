"""Words of labels and questions become the same concepts in many languages, forms and misreadings."""

import pytest
from docpipe.operators.docvqa.key_value.lexicon import covers, means, parts_of, rewritten
from docpipe.operators.docvqa.terms import terms
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("label", "concepts"),
    [
        ("Rechnungsnummer", ["invoice", "number"]),
        ("Invoice #", ["invoice", "number"]),
        ("Beleg-Nr.:", ["document", "number"]),
        ("N° facture", ["number", "invoice"]),
        ("factuurnummer", ["invoice", "number"]),
        ("Gesamtbetrag", ["total", "amount"]),
        ("SUB-TOTAL", ["sub", "total"]),
        ("T0TAL", ["total"]),
        ("Recieipt", ["receipt"]),
        ("請求書番号", ["invoice", "number"]),
        ("Kundennummer", ["customer", "number"]),
    ],
)
def test_labels_mean_the_same_in_every_form(label: str, concepts: list[str]) -> None:
    parts = [part for word in label.split() for part in parts_of(word)]
    assert [concept for concept in concepts if not covers(parts, concept)] == []


def test_two_concepts_that_stand_for_a_third_are_one() -> None:
    parts = rewritten([part for word in ("total", "excluding", "VAT") for part in parts_of(word)])
    assert covers(parts, "net")
    assert not covers(parts, "tax")


def test_an_unknown_word_matches_another_form_of_itself_and_no_other_word() -> None:
    (part,) = parts_of("voyages")
    assert means(part, "=voyage")
    assert not means(part, "=vintage")


def test_a_street_is_no_customer() -> None:
    assert not covers(parts_of("Kundenweg"), "customer")


def test_every_phrase_of_the_lexicon_is_made_of_its_concepts() -> None:
    known = terms().words.keys()
    used = {name for field in terms().fields.values() for phrase in (*field.asked, *field.labels) for name in phrase}
    assert used - known == set()


@given(st.text(max_size=60))
def test_any_word_has_parts(word: str) -> None:
    assert all(part for part in parts_of(word))


@pytest.mark.parametrize("word", ["reading", "current", "apparent"])
def test_words_that_only_look_like_others_are_their_own(word: str) -> None:
    assert parts_of(word) == (frozenset([f"={word}"]),)


def test_an_abbreviated_purchase_order_is_an_order() -> None:
    assert parts_of("P.O.") == (frozenset(["order"]),)
