"""Normal forms keep their promise of length and origin for any text."""

import pytest
from docpipe.operators.values.normalization import letters, loose, plain, printed_forms
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Straße", "strasse"),
        ("Ångström", "angstrom"),
        ("ﬁre", "fire"),
        ("ＡＢ１", "ab1"),
        ("שָׁלוֹם", "שלום"),
        ("مـحـمـد", "محمد"),
        ("٣٤", "34"),
        ("CO₂", "co2"),
        ("हिन्दी", "हिनदी"),
        ("한국", "한국"),
        ("a-b (c)!", "abc"),
    ],
)
def test_letters_are_what_is_left_without_case_marks_and_punctuation(text: str, wanted: str) -> None:
    assert letters(text).text == wanted


def test_forms_that_print_alike_are_one() -> None:
    assert printed_forms("“Off–site” work") & printed_forms('"off-site"  WORK')
    assert printed_forms("inter-\nnational") & printed_forms("international")
    assert printed_forms("off-\nsite") & printed_forms("off-site")
    assert not printed_forms("12.5") & printed_forms("125")
    assert not printed_forms("cafe") & printed_forms("café")


@given(st.text())
def test_every_letter_has_its_origin(text: str) -> None:
    found = letters(text)
    assert len(found.text) == len(found.origin) == len(loose(found.text))
    assert all(0 <= index < len(text) for index in found.origin)
    assert found.origin.tolist() == sorted(found.origin.tolist())


@given(st.text())
def test_plain_text_is_as_long_as_the_text(text: str) -> None:
    assert len(plain(text)) == len(text)


@given(st.text(st.characters(categories=["Ll", "Lu"], max_codepoint=0x17F, exclude_characters="ıİ")))
def test_case_makes_no_difference(text: str) -> None:
    assert letters(text.upper()).text == letters(text.lower()).text


def test_no_two_digits_are_ever_confused() -> None:
    assert len({loose(digit) for digit in "0123456789"}) == 10
