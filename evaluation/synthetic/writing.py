"""Texts to print: sentences, names, addresses, dates, numbers and amounts in the form of a language."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from .fonts import plain_letters
from .languages import LANGUAGES, Language

T = TypeVar("T")
_CONSONANTS, _VOWELS = "bcdfghklmnprstvwz", "aeiou"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_FIRST_DAY, _DAYS = datetime.date(1995, 1, 1).toordinal(), 13000


@dataclass(frozen=True)
class Writer:
    """Writes in one language; all its choices come from `rng`."""

    rng: np.random.Generator
    language: Language

    @classmethod
    def any_language(cls, rng: np.random.Generator) -> "Writer":
        """English three times as often as any other language."""
        index = int(rng.integers(len(LANGUAGES) + 2))
        return cls(rng, LANGUAGES[max(0, index - 2)])

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return int(self.rng.integers(low, high + 1))

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.rng.integers(len(options)))]

    def write(self, *ways: Callable[[], str]) -> str:
        """What one of several ways to write gives."""
        return self.pick(ways)()

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Up to `count` different ones of `options`, in random order."""
        return [options[index] for index in self.rng.permutation(len(options))[:count].tolist()]

    def label(self, field: str) -> str:
        return self.pick(self.language.labels[field])

    def word(self) -> str:
        """A word of the language, now and then one that nobody knows, or a number."""
        kind = self.rng.random()
        if kind < 0.75:
            return self.pick(self.language.words)
        if kind < 0.9:
            return "".join(
                self.pick(_CONSONANTS) + self.pick(_VOWELS) + (self.pick(_CONSONANTS) if self.chance(0.3) else "")
                for _ in range(self.whole(1, 3))
            )
        return self.pick((self.code(), self.number(self.whole(0, 9999), 0), self.name()))

    def words(self, count: int) -> str:
        return " ".join(self.word() for _ in range(count))

    def sentence(self, low: int = 4, high: int = 12) -> str:
        parts = [self.word() for _ in range(self.whole(low, high))]
        if len(parts) > 6 and self.chance(0.4):
            parts[len(parts) // 2] += ","
        text = " ".join(parts)
        return text[0].upper() + text[1:] + self.pick((".", ".", ".", "?", "!"))

    def title(self, low: int = 1, high: int = 3) -> str:
        text = " ".join(self.pick(self.language.words) for _ in range(self.whole(low, high)))
        return self.pick((text.upper(), text.title(), text[0].upper() + text[1:]))

    def name(self) -> str:
        return f"{self.pick(self.language.forenames)} {self.pick(self.language.surnames)}"

    def company(self) -> str:
        own = self.pick((self.pick(self.language.surnames), self.title(1, 2), self.pick(self.language.cities)))
        second = f" {self.pick(self.language.words).title()}" if self.chance(0.4) else ""
        return plain_letters(f"{own}{second} {self.pick(self.language.companies)}")

    def street(self) -> str:
        return self.language.street_form.format(street=self.pick(self.language.streets), number=self.whole(1, 199))

    def town(self) -> str:
        return f"{self.digits(5)} {self.pick(self.language.cities)}"

    def digits(self, count: int) -> str:
        return "".join(map(str, self.rng.integers(0, 10, count)))

    def code(self) -> str:
        """A number as invoices and articles have them."""
        letters = "".join(self.pick(_LETTERS) for _ in range(self.whole(1, 3)))
        year = self.whole(2009, 2030)
        return self.pick(
            (
                f"{letters}-{self.digits(self.whole(3, 6))}",
                f"{year}-{self.digits(4)}",
                f"{letters}{self.digits(self.whole(2, 8))}",
                self.digits(self.whole(4, 9)),
                f"{letters}-{year}/{self.digits(3)}",
            )
        )

    def phone(self) -> str:
        return self.pick(
            (
                f"+{self.whole(30, 49)} {self.digits(3)} {self.digits(6)}",
                f"0{self.digits(2)}-{self.digits(4)} {self.digits(4)}",
                f"({self.digits(3)}) {self.digits(3)}-{self.digits(4)}",
                f"0{self.digits(4)}/{self.digits(5)}",
            )
        )

    def iban(self) -> str:
        groups = " ".join(self.digits(4) for _ in range(self.whole(3, 5)))
        return f"{self.language.code.upper()}{self.digits(2)} {groups}"

    def day(self) -> datetime.date:
        return datetime.date.fromordinal(_FIRST_DAY + self.whole(0, _DAYS))

    def date(self, day: datetime.date | None = None, form: str | None = None) -> str:
        day = day or self.day()
        return (form or self.pick(self.language.dates)).format(
            d=f"{day.day:02}", m=f"{day.month:02}", y=day.year, day=day.day, month=self.language.months[day.month - 1]
        )

    def time(self) -> str:
        return f"{self.whole(0, 23):02}:{self.whole(0, 59):02}" + (
            f":{self.whole(0, 59):02}" if self.chance(0.4) else ""
        )

    def number(self, value: float, places: int, grouped: bool = True) -> str:
        text = f"{value:,.{places}f}" if grouped else f"{value:.{places}f}"
        whole, _, fraction = text.partition(".")
        thousands = self.language.thousands
        return whole.replace(",", thousands) + (self.language.decimal + fraction if fraction else "")

    def money(self, value: float, form: str = "{}") -> str:
        """An amount with two places; `form` defines the place of its currency, see `money_form`."""
        return form.format(self.number(value, 2))

    def money_form(self) -> str:
        symbol, iso = self.language.currency
        if symbol == "$":
            return self.pick(("{}", "${}", "{}", "USD {}", "RM {}", "£{}"))
        return self.pick(("{}", "{} " + symbol, "{}", "{} " + iso, iso + " {}"))
