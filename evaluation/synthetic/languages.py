"""Words, labels and number forms of the languages that are written, all in Latin script, from `languages.toml`."""

import tomllib
from dataclasses import dataclass, fields
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        words: frequent words.
        labels: what documents print before a field, by the field's name; several ways each.
        cities, streets, surnames, forenames: for addresses and names.
        companies: suffixes of a company's name.
        goods: what receipts and invoices list.
        months: names of the months.
        street_form: with {street} and {number}.
        decimal, thousands: separators of numbers.
        dates: forms with {d} and {m} (two digits), {y}, {day} (not padded), {month} (its name).
        currency: symbol, ISO 4217 code.
    """

    code: str
    words: tuple[str, ...]
    labels: dict[str, tuple[str, ...]]
    cities: tuple[str, ...]
    streets: tuple[str, ...]
    surnames: tuple[str, ...]
    forenames: tuple[str, ...]
    companies: tuple[str, ...]
    goods: tuple[str, ...]
    months: tuple[str, ...]
    street_form: str
    decimal: str
    thousands: str
    dates: tuple[str, ...]
    currency: tuple[str, str]


def _read() -> tuple[Language, ...]:
    text = resources.files(__package__).joinpath("languages.toml").read_text(encoding="utf-8")
    return tuple(_language(code, values) for code, values in tomllib.loads(text).items())


def _language(code: str, values: dict[str, Any]) -> Language:
    labels = {field: tuple(ways) for field, ways in values["labels"].items()}
    texts: dict[str, Any] = {
        key.name: tuple(values[key.name]) if isinstance(values[key.name], list) else values[key.name]
        for key in fields(Language)
        if key.name not in ("code", "labels")
    }
    return Language(code=code, labels=labels, **texts)


LANGUAGES = _read()
