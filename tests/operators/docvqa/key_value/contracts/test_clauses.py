"""Lengths of time and laws are found within sentences of contracts."""

import pytest
from docpipe.operators.docvqa.key_value.contracts.clauses import find_durations, find_laws
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "durations"),
    [
        ("by giving three (3) months' written notice", ["three (3) months"]),
        ("within 30 days, and 10 business days", ["30 days", "10 business days"]),
        ("Kündigungsfrist: 6 Wochen zum Quartalsende", ["6 Wochen"]),
        ("un préavis de trois mois", ["trois mois"]),
        ("un plazo de 15 días", ["15 días"]),
        ("version 1.2 months", []),
        ("monthly, yearly, 30 kg", []),
    ],
)
def test_lengths_of_time(text: str, durations: list[str]) -> None:
    assert [text[begin:end] for begin, end in find_durations(text)] == durations


@pytest.mark.parametrize(
    ("text", "laws"),
    [
        ("governed by the laws of the State of New York, without regard", ["State of New York"]),
        ("the laws of England and Wales.", ["England and Wales"]),
        ("governed by German law", ["German law"]),
        ("Es gilt das Recht der Bundesrepublik Deutschland unter", ["Bundesrepublik Deutschland"]),
        ("Es gilt deutsches Recht.", ["deutsches Recht"]),
        ("régi par le droit français", ["droit français"]),
        ("se rige por la ley española", ["ley española"]),
        ("a corporation organized and existing under the laws of the State of Delaware", []),
        ("the laws of physics", []),
        ("He has the right of way", []),
    ],
)
def test_laws(text: str, laws: list[str]) -> None:
    assert [text[begin:end] for begin, end in find_laws(text)] == laws


@given(st.text(max_size=200))
def test_spans_lie_within_any_text(text: str) -> None:
    for begin, end in (*find_durations(text), *find_laws(text)):
        assert 0 <= begin < end <= len(text)
