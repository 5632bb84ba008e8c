"""How a document writes numbers and dates."""

from docpipe.operators.values.locale import NO_HINT, LocaleHint, locale_hint
from hypothesis import given
from hypothesis import strategies as st


def test_numbers_and_dates_that_can_be_read_in_one_way_only_decide() -> None:
    assert locale_hint("Netto 1.234,56 am 25/03/2024, 1.234") == LocaleHint(",", True, None)
    assert locale_hint("Net 1,234.56 on 03/25/2024, 1,234") == LocaleHint(".", False, None)
    assert locale_hint("1.234.567 Einwohner") == LocaleHint(",", None, None)


def test_the_document_overrules_its_language() -> None:
    assert locale_hint("Net 1,234.56 on 03/25/2024", "de") == LocaleHint(".", False, "de")


def test_without_such_numbers_the_language_decides() -> None:
    assert locale_hint("", "de") == LocaleHint(",", True, "de")
    assert locale_hint("1.234 at 05/03/2024", "en") == LocaleHint(".", None, "en")
    assert locale_hint("", "zh") == LocaleHint(".", None, "zh")


def test_what_contradicts_itself_or_is_unknown_gives_no_hint() -> None:
    assert locale_hint("1,5 and 1.5") == NO_HINT
    assert locale_hint("", "xx") == LocaleHint(None, None, "xx")


def test_versions_addresses_and_plain_thousands_are_no_evidence() -> None:
    assert locale_hint("version 1.2.3 at 192.168.0.1, 1,234 times, section 4.2.1, 10.03.2024") == NO_HINT


@given(st.text(), st.one_of(st.none(), st.text(max_size=5)))
def test_any_text_and_any_language_gives_a_hint(text: str, language: str | None) -> None:
    assert locale_hint(text, language).language == language
