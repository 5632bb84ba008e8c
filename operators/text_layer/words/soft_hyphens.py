"""Takes soft hyphens that are printed for the hyphens and minus signs that a person sees.

Unicode's soft hyphen is invisible but at the end of a line. A glyph of a PDF is printed wherever it is drawn, and many
producers map the glyph of the hyphen to the soft hyphen: without it, `-45.00` would be 45.00. Between two letters it
may be meant as a place where the word can be divided, unless the page has no other hyphens.
"""

from typing import Any

from .bidi import Word, each_line

_SOFT = "\xad"
# Font sizes: the advance of a hyphen is a quarter or more; a glyph without an advance is not seen.
_WIDTH = 0.1


def with_printed_hyphens(page: Any, words: list[Word]) -> list[Word]:
    """The words of a PDF page, with a hyphen for each soft hyphen that takes space on the page and is meant as one.

    Args:
        page: the `fz_stext_page` that the words are from.
        words: as `TextPage.extractWORDS` gives them.
    """
    if not any(_SOFT in word[4] for word in words):
        return words
    printed = [is_printed for _, line in each_line(page) for is_printed in _soft_hyphens(line)]
    if len(printed) != sum(word[4].count(_SOFT) for word in words):
        # Which is which is not known.
        return words
    left = iter(printed)
    both = any("-" in word[4] for word in words)
    found = []
    for word in words:
        text = word[4]
        parts = [next(left) if one == _SOFT else False for one in text]
        made = "".join(
            "-" if here and not (both and _is_within_word(text, place)) else text[place]
            for place, here in enumerate(parts)
        )
        found.append((*word[:4], made, *word[5:]))
    return found


def _is_within_word(text: str, place: int) -> bool:
    return text[place - 1 : place].isalpha() and text[place + 1 : place + 2].isalpha()


def _soft_hyphens(line: Any) -> list[bool]:
    found = []
    character = line.first_char
    while character is not None:
        if character.c == ord(_SOFT):
            quad = character.quad
            width = max(abs(quad.ur.x - quad.ul.x), abs(quad.ur.y - quad.ul.y))
            found.append(width >= _WIDTH * character.size)
        character = character.next
    return found
