"""Questions with choices, including yes and no: the letters of choices, and the choice that an answer means."""

import re
import string
import unicodedata
from collections.abc import Mapping, Sequence

_LETTER = re.compile(
    r"\s*(?:(?:the )?(?:correct )?(?:option|choice|answer)(?: is)?)?[\s:]*[\"'(\[*]*([a-z])(?:[\"')\].:*]+\s*(.*)|\s*)",
    re.DOTALL | re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:not|no|never|neither|nor|nicht|kein|keine|pas|ni|non|niet|geen|nie|не|нет)\b|n[’']t\b|不|没"
)


def choice_letters(choices: Sequence[str]) -> tuple[str, ...] | None:
    """A letter for each choice; None if letters could be confused with the choices, or there are not enough."""
    if len(choices) > len(string.ascii_uppercase) or any(len(_bare(choice)) < 2 for choice in choices):
        return None
    return tuple(string.ascii_uppercase[: len(choices)])


def parse_choice(text: str, choices: Sequence[str]) -> str | None:
    """The element of `choices` that `text` means; None if it means none or is ambiguous.

    In order of precedence: the choice itself, ignoring case, accents and punctuation; its letter, with or without its
    text (`B`, `(b) paid`); the only choice that is named in a sentence without a negation.
    """
    by_text: dict[str, list[str]] = {}
    for choice in choices:
        by_text.setdefault(_bare(choice), []).append(choice)
    if text in choices:
        return text
    if _bare(text) in by_text:
        return _only(by_text[_bare(text)])
    letters = choice_letters(choices)
    if letters and (match := _LETTER.fullmatch(text)) and match[1].upper() in letters:
        lettered = choices[letters.index(match[1].upper())]
        said = _bare(match[2] or "")
        if not said or said == _bare(lettered):
            return lettered
        return None
    return _named(text, choices)


def _named(text: str, choices: Sequence[str]) -> str | None:
    said = f" {_bare(text)} "
    named = [choice for choice in choices if _bare(choice) and f" {_bare(choice)} " in said]
    # `not paid` contains `paid` too; the longest choice is meant if it contains all others.
    widest = max(named, key=len, default=None)
    if widest is None or any(f" {_bare(choice)} " not in f" {_bare(widest)} " for choice in named):
        return None
    denials, its_own = (len(_NEGATION.findall(part.casefold())) for part in (text, widest))
    return widest if denials <= its_own else None


def _only(found: list[str]) -> str | None:
    return found[0] if len(found) == 1 else None


def _bare(text: str) -> str:
    """The words of a text, joined by spaces; a text without letters and digits (`+`, `–`) keeps its signs."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", letters)) or "".join(text.split())


_WORDS: Mapping[bool, str] = {
    True: "yes y true ja oui sí si sì sim tak ano áno да evet kyllä igen jah taip jā ναι так نعم 是 是的 对 有 はい "
    "예 네 wahr vrai verdadero vero verdadeiro waar prawda correct checked ✓ ✔ ☑ ☒",
    False: "no n false nein non não nao nie ne нет hayır ei nem nē όχι ні لا 否 不是 没有 いいえ 아니오 아니요 "
    "falsch faux falso onwaar fałsz nee nei nej incorrect unchecked ✗ ✘ ☐",
}
_VALUES = {word: value for value, words in _WORDS.items() for word in words.split()}
# Matches the word alone, or a sentence that begins with it: `No, the invoice is open.`, `Yes it is`, but not `No fee`.
_FIRST = re.compile(
    r"""[\s"'“”‘’«»*_`(\[]*([^\W\d_]+|[✓✔☑☒✗✘☐])(?=[\s"'“”‘’«»*_`)\]]*($|[.,;:!–—。，！、-]|it\b|this\b))"""
)


def parse_boolean(text: str) -> bool | None:
    """True for yes, False for no, None for anything else; a box with a cross counts as checked."""
    match = _FIRST.match(text.casefold())
    return _VALUES.get(match[1]) if match else None
