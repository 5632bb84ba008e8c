"""Reads a question: which concepts it names, what form its answer has, and whether a printed value can answer it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ....schemas.answer_types import AnswerType
from ..terms import Field, terms
from .lexicon import Part, is_empty, parts_of, plain_word, rewritten
from .wordings import plain_wording

KINDS = (
    "money", "number", "percent", "date", "time", "identifier", "phone", "email", "web", "iban", "bic", "name",
    "address", "currency", "duration", "law", "text", "boolean", "choice",
)  # fmt: skip
"""Forms of values."""

_OF_TYPE: dict[AnswerType, tuple[str, ...]] = {
    "money": ("money",),
    "date": ("date",),
    "number": ("number", "money", "percent"),
    "boolean": ("boolean",),
    "choice": ("choice",),
}
"""The kinds that an answer of a type may have; a string may have any but the last two."""

_CONTEXT = frozenset(["invoice", "receipt", "document", "contract", "page", "policy", "order"])
"""Kinds of documents, which a question may name without asking for them."""

_BARE = ("number", "name", "date", "amount", "address")
"""Concepts that a label may leave out, since the value shows them."""

_HEADS = {
    "phone": "phone", "fax": "phone", "email": "email", "web": "web", "iban": "iban", "bic": "bic", "time": "time",
    "weight": "number", "quantity": "number", "taxid": "identifier", "rate": "percent", "number": "identifier",
    "date": "date", "birth": "date", "due": "date", "amount": "money", "total": "money", "price": "money",
    "fee": "money", "salary": "money", "rent": "money", "balance": "money", "payment": "money", "discount": "money",
    "tax": "money", "percent": "percent", "interest": "percent", "name": "name", "person": "name",
    "address": "address", "customer": "name", "seller": "name", "company": "name", "landlord": "name",
    "tenant": "name", "lender": "name", "borrower": "name", "employer": "name", "employee": "name",
    "licensor": "name", "licensee": "name", "contractor": "name", "recipient": "name", "manager": "name",
    "signature": "name", "currency": "currency", "policy": "identifier", "plate": "identifier",
    "passport": "identifier", "surname": "name", "forename": "name", "start": "date", "end": "date", "party": "name",
}  # fmt: skip
"""The form of a value, from a concept that the question names; earlier words of the table win."""

_OWNED = frozenset(["tax_id", "register_number", "phone", "fax", "email", "web", "iban", "bic"])
"""Entries that seller and buyer both have."""

_OWNERS = (
    ("seller", frozenset(["seller", "sender", "company"])),
    ("buyer", frozenset(["customer", "recipient"])),
)

_QUOTED = re.compile(r"(?<![^\W_])['\"‘“„»](.{1,60}?)['\"’”“«](?![^\W_])")
"""Words in quotes; an apostrophe within a word (`What's the seller's name?`) is none."""

_WORDS = re.compile(r"(?<!['’])[^\W_]+(?:[./-][^\W_]+)*[.°]?|(?<=[’'])[^\W\d_]{3,}|[#%№]")


@dataclass(frozen=True)
class Asked:
    """What a question asks for.

    Attributes:
        kind: form of the value, one of `KINDS`.
        field: the entry of the lexicon; None where the question's own words are looked for.
        labels: sets of concepts, or unknown words after `=`, of the labels beside which the value may stand; the surest
            first.
        concepts: everything that the question names.
        owner: `seller` or `buyer`, where the question says whose value it asks for.
        declined: why no printed value can answer it; empty if one can.
    """

    kind: str
    field: Field | None = None
    labels: tuple[frozenset[str], ...] = ()
    concepts: frozenset[str] = frozenset()
    declined: str = ""
    choices: tuple[str, ...] = ()
    owner: str = ""

    @property
    def name(self) -> str:
        return self.field.name if self.field else ""


@lru_cache(maxsize=4096)
def read_question(ask: str, kind: AnswerType = "string", choices: tuple[str, ...] = ()) -> Asked:
    """Reads one question.

    Args:
        kind: type of the answer; `string` may be any.
        choices: choices of a question of type `choice`.
    """
    quoted = _QUOTED.search(ask)
    if kind == "boolean" or kind == "choice":
        return _settled(ask, _WORDS.findall(ask), kind, choices)
    words = plain_wording(_WORDS.findall(_QUOTED.sub(" ", ask)))
    plain = [plain_word(word) for word in words]
    text = f" {' '.join(plain)} "
    if reason := _declined(plain, text):
        return Asked(kind="text", declined=reason)
    expected = _expected(text)
    allowed = _OF_TYPE.get(kind)
    if quoted:
        return _generic(_content(quoted[1].split()), expected or "text", allowed, exact=True)
    parts = _content(words)
    if not parts:
        return Asked(kind="text", declined="the question names nothing to look for")
    found, owner = _field(parts, expected, allowed), _owner(parts)
    if owner and (found is None or found.name in _OWNED):
        rest = [part for part in parts if not any(part & names for _, names in _OWNERS)]
        of_owner = _field(rest, expected, allowed) if rest else None
        found = of_owner if of_owner is not None and of_owner.name in _OWNED else found
    if found is not None:
        value = found.kind if allowed is None or found.kind in allowed else allowed[0]
        return Asked(value, found, found.labels, _concepts(parts), owner=owner if found.name in _OWNED else "")
    return _generic(parts, expected, allowed)


def _declined(words: Sequence[str], text: str) -> str:
    lists = terms().lists
    if not words:
        return "the question is empty"
    if any(f" {opening} " in text for opening in lists["openings"]):
        return "the question asks for a count or a description"
    if any(word in lists["reasoning"] for word in words):
        return "the question asks for more than a printed value"
    if any(word in lists["several"] for word in words):
        return "the question asks for several values"
    if words[0] in lists["yes_no"] and not _starts(text, "how_much", "who", "where", "when"):
        return "the question asks for yes or no, and its type is not boolean"
    return ""


def _starts(text: str, *names: str) -> bool:
    return any(f" {word} " in text for name in names for word in terms().lists[name])


def _expected(text: str) -> str | None:
    """The form of the answer that an interrogative asks for."""
    for name, kind in (("how_much", "money"), ("when", "date"), ("who", "name"), ("where", "address")):
        if _starts(text, name):
            return kind
    return None


def _content(words: Sequence[str]) -> list[Part]:
    lists = terms().lists
    skipped = lists["context"] | lists["when"] | lists["who"] | lists["where"] | lists["how_much"] | lists["yes_no"]
    kept = [word for word in words if plain_word(word).strip(".'") not in skipped]
    parts = [
        part for word in kept for part in parts_of(word) if plain_word(word) not in terms().empty and not is_empty(part)
    ]
    return rewritten(parts)


def _concepts(parts: Sequence[Part]) -> frozenset[str]:
    return frozenset(name for part in parts for name in part)


def _field(parts: Sequence[Part], expected: str | None, allowed: tuple[str, ...] | None) -> Field | None:
    """The entry that explains every part of the question, with the most concepts."""
    best, most = None, 0.0
    for entry in terms().fields.values():
        if expected and not _may_be(entry.kind, expected):
            continue
        if allowed and entry.kind not in allowed and not (entry.kind == "money" and "number" in allowed):
            continue
        for phrase in entry.asked:
            if not all(any(concept in part for part in parts) for concept in phrase):
                continue
            left = [part for part in parts if not part & phrase]
            if any(not part & _CONTEXT for part in left):
                continue
            score = len(phrase) - 0.2 * len(left)
            if score > most:
                best, most = entry, score
    return best


def _owner(parts: Sequence[Part]) -> str:
    """Whose value is asked for, where exactly one of both is named."""
    named = [owner for owner, names in _OWNERS if any(part & names for part in parts)]
    return named[0] if len(named) == 1 else ""


def _may_be(kind: str, expected: str) -> bool:
    if expected == "money":
        return kind in ("money", "number", "percent")
    if expected == "name":
        return kind == "name"
    if expected == "address":
        return kind == "address"
    return kind == expected


def _generic(
    parts: Sequence[Part], expected: str | None, allowed: tuple[str, ...] | None, exact: bool = False
) -> Asked:
    """A question whose own words are looked for."""
    names = [_one_name(part) for part in parts]
    kind = expected or next((_HEADS[name] for head in _HEADS for name in names if name == head), "text")
    if exact:
        kind = "text"
    if allowed and kind not in allowed:
        kind = allowed[0]
    every = frozenset(names)
    if not every:
        return Asked(kind="text", declined="the question names nothing to look for")
    labels = [every]
    for dropped in (frozenset(_BARE), _CONTEXT, frozenset(_BARE) | _CONTEXT):
        rest = every - dropped
        if rest and rest not in labels and not exact and not rest <= _CONTEXT:
            labels.append(rest)
    return Asked(kind, None, tuple(labels), _concepts(parts))


def _one_name(part: Part) -> str:
    return min(part)


def _settled(ask: str, words: Sequence[str], kind: AnswerType, choices: tuple[str, ...]) -> Asked:
    """A question that a mark, `yes` or a choice beside a label may settle."""
    quoted = _QUOTED.search(ask)
    parts = _content(quoted[1].split() if quoted else words)
    text = f" {' '.join(plain_word(word) for word in words)} "
    if kind == "boolean" and any(f" {opening} " in text for opening in terms().lists["openings"]):
        return Asked(kind=kind, declined="the question asks for a count or a description")
    if not parts:
        return Asked(kind=kind, declined="the question names nothing to look for")
    every = frozenset(_one_name(part) for part in parts)
    return Asked(kind, None, (every,), _concepts(parts), choices=choices)
