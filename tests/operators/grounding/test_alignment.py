"""The alignment counts each letter of a value exactly once."""

from docpipe.operators.grounding.alignment import align
from docpipe.operators.values.normalization import loose
from hypothesis import given
from hypothesis import strategies as st

texts = st.text("abcilmno015", max_size=30)


def test_agreeing_letters_are_found_to_the_last_one() -> None:
    window = "509213a2ndfloorwismatel"
    found = align("2ndfloorwisma", loose("2ndfloorwisma"), window, loose(window))
    assert found is not None
    assert (window[found.start : found.end], found.wrong) == ("2ndfloorwisma", 0)


def test_lookalikes_are_confused_and_not_wrong() -> None:
    for value, window in (("corner", "comer"), ("l05", "1o5"), ("modern", "modem")):
        found = align(value, loose(value), window, loose(window))
        assert found is not None
        assert (found.wrong, found.digits) == (0, 0)
        assert found.confused > 0


def test_another_digit_counts_as_a_wrong_digit() -> None:
    found = align("total6785", loose("total6785"), "total6795", loose("total6795"))
    assert found is not None
    assert found.digits == 1


@given(texts, texts)
def test_letters_are_equal_confused_or_wrong(value: str, window: str) -> None:
    found = align(value, loose(value), window, loose(window), 100)
    if found is None:
        return
    assert 100 <= found.start < found.end <= 100 + len(window)
    assert found.equal + found.confused + found.wrong >= len(value)
    assert found.digits <= found.wrong
    for mine, there, length in found.pairs:
        assert loose(value[mine : mine + length]) == loose(window[there - 100 : there - 100 + length])


@given(texts.filter(bool), texts, texts)
def test_a_text_within_another_is_found_without_a_fault(value: str, before: str, after: str) -> None:
    window = before + value + after
    found = align(value, loose(value), window, loose(window))
    assert found is not None
    assert (found.wrong, found.equal + found.confused) == (0, len(value))
