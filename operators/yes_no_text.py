"""Yes and no in the main languages."""

import re
from collections.abc import Mapping

_WORDS: Mapping[bool, str] = {
    True: "yes y true ja oui sí si sì sim tak ano áno да evet kyllä igen jah taip jā ναι так نعم 是 是的 对 有 はい "
    "예 네 wahr vrai verdadero vero verdadeiro waar prawda correct checked ✓ ✔ ☑ ☒",
    False: "no n false nein non não nao nie ne нет hayır ei nem nē όχι ні لا 否 不是 没有 いいえ 아니오 아니요 "
    "falsch faux falso onwaar fałsz nee nei nej incorrect unchecked ✗ ✘ ☐",
}
_VALUES = {word: value for value, words in _WORDS.items() for word in words.split()}
# The word alone, or a sentence that begins with it: `No, the invoice is open.`, `Yes it is`, not `No fee`.
_FIRST = re.compile(
    r"""[\s"'“”‘’«»*_`(\[]*([^\W\d_]+|[✓✔☑☒✗✘☐])(?=[\s"'“”‘’«»*_`)\]]*($|[.,;:!–—。，！、-]|it\b|this\b))"""
)


def parse_boolean(text: str) -> bool | None:
    """True for a yes, False for a no, None for anything else; a box with a cross counts as checked."""
    match = _FIRST.match(text.casefold())
    return _VALUES.get(match[1]) if match else None
