"""The type of a question whose type is not given, from its words.

Only words that leave no doubt count: a wrong type makes a good answer unreadable, while `string` takes any answer. The
lexicon is `question_types.toml`: how a question begins (`how many`, `when`), or the noun at the end of the phrase that
it asks for (`what is the due date of …`).
"""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from ...schemas.answer_types import AnswerType

_LEXICON = tomllib.loads((Path(__file__).parent / "question_types.toml").read_text(encoding="utf-8"))
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_ALTERNATIVES = frozenset({"or", "oder", "ou", "o", "of", "eller"})
_TYPES: Sequence[AnswerType] = ("date", "number", "money")


def question_type(ask: str, choices: Sequence[str] = ()) -> AnswerType:
    """The type that the words of a question say; `choice` where it has choices, `string` where they say none."""
    if choices:
        return "choice"
    words = _words(ask)
    text = " ".join(words)
    for kind in _TYPES:
        if any(_begins(text, start) for start in _LEXICON["starts"][kind]):
            return kind
    if any(_begins(text, start) for start in _LEXICON["yes_or_no"]["boolean"]):
        return "string" if _ALTERNATIVES.intersection(words) else "boolean"
    phrase = _phrase(words)
    for kind in _TYPES:
        if _names(phrase, _LEXICON["nouns"][kind], _LEXICON["endings"].get(kind, ())):
            return kind
    return "string"


def _begins(text: str, start: str) -> bool:
    return text == start or text.startswith(f"{start} ")


def _phrase(words: Sequence[str]) -> list[str]:
    """The phrase that is asked for: what follows the question word, up to a preposition."""
    before, after = frozenset(_LEXICON["before"]["words"]), frozenset(_LEXICON["after"]["words"])
    start = 0
    while start < len(words) and words[start] in before:
        start += 1
    end = start
    while end < len(words) and words[end] not in after and words[end] not in before:
        end += 1
    return list(words[start:end])


def _names(phrase: Sequence[str], nouns: Sequence[str], endings: Sequence[str]) -> bool:
    """Whether the phrase ends with one of the nouns, or is headed by one, as in the Romance languages."""
    if not phrase:
        return False
    text = " ".join(phrase)
    ends = any(text == noun or text.endswith(f" {noun}") for noun in nouns)
    return ends or any(phrase[-1].endswith(ending) for ending in endings)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))
