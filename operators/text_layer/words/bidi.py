"""Puts the text of right-to-left scripts into logical order, which is the order in which Unicode stores text.

A PDF positions glyphs; the order in which it draws them is the producer's choice, and MuPDF keeps a part of it. The
characters of a line are therefore sorted by their position, which gives its visual order, and the rules of the Unicode
bidirectional algorithm (UAX #9, by python-bidi) are applied to that: reordering visual text with the levels of its
characters gives logical text, as reordering logical text gives visual text.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pymupdf import mupdf

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""Characters of scripts that are written from right to left."""

# Letters of Arabic in the shape that they have at one place of a word. Ligatures of whole words (U+FDF0 and above) are
# no letters.
_SHAPES = re.compile("[\ufb50-\ufdef\ufe70-\ufefc]")
_SHAPES_OF_MARKS = re.compile("[\ufc5e-\ufc63\ufcf2-\ufcf4\ufe70-\ufe7f]")
_TATWEEL = "\u0640"
# Marks that set the direction. They take no space on the page, and say what the positions say already.
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Directions that count for brackets and neutral characters, of python-bidi's types once weak ones are resolved.
_STRONG = {"L": "L", "R": "R", "AL": "R", "EN": "R", "AN": "R"}
_PLAIN_TYPES = frozenset(["L", "R", "AL", "EN", "ES", "ET", "AN", "CS", "NSM", "WS", "ON"])
# A character narrower than this share of its height belongs to the one before: a mark, or a further letter of a
# ligature.
_NO_WIDTH = 0.01
# A space separates what is further apart than this share of the height. Without one, a gap does that begins a word for
# MuPDF too: 0.15 em.
_LEAST_SPACE = 0.04
_LEAST_GAP = 0.13

Word = tuple[float, float, float, float, str, int, int, int]
_Corners = tuple[float, float, float, float]


def is_right_to_left(words: Iterable[str]) -> bool:
    """Whether most letters of the words that have a direction run from right to left."""
    text = "".join(words)
    right = len(RIGHT_TO_LEFT.findall(text))
    return right > 0 and right > sum(map(_runs_to_the_right, text))


def _runs_to_the_right(character: str) -> bool:
    return character.isalpha() and not RIGHT_TO_LEFT.match(character)


def has_right_to_left(words: Iterable[Word]) -> bool:
    """Whether any word has characters of a right-to-left script."""
    text = "".join([word[4] for word in words])
    return not text.isascii() and RIGHT_TO_LEFT.search(text) is not None


def logical_words(page: Any, words: list[Word]) -> list[Word]:
    """The words of a page, those of lines with right-to-left text in logical order.

    Words end at white space alone: MuPDF also ends them between right-to-left and other characters.

    Args:
        page: the `fz_stext_page` that the words are from.
        words: as `TextPage.extractWORDS` gives them.
    """
    wanted = {word[5:7] for word in words if RIGHT_TO_LEFT.search(word[4])}
    usual = is_right_to_left(word[4] for word in words)
    lines = _lines(page, wanted)
    done: set[tuple[int, int]] = set()
    found: list[Word] = []
    for word in words:
        key = word[5:7]
        if key not in lines:
            found.append(word)
        elif key not in done:
            done.add(key)
            found += _line_words(lines[key], key, usual)
    return found


@dataclass
class _Glyph:
    """A base character with what hangs on it.

    Attributes:
        text: in logical order.
        start, end: extent along the baseline.
        box: x0 y0 x1 y1.
    """

    text: str
    start: float
    end: float
    box: _Corners


def _lines(page: Any, wanted: set[tuple[int, int]]) -> dict[tuple[int, int], list[_Glyph]]:
    """The glyphs of lines by the numbers of block and line, which count as in `TextPage.extractWORDS`."""
    return {key: _glyphs(line) for key, line in each_line(page) if key in wanted}


def each_line(page: Any) -> Iterator[tuple[tuple[int, int], Any]]:
    """The lines of an `fz_stext_page` with their numbers of block and line, which count as in `extractWORDS`."""
    number, block = 0, page.first_block
    while block is not None:
        if block.type == mupdf.FZ_STEXT_BLOCK_TEXT:
            line_number, line = 0, mupdf.FzStextBlock(block).begin().m_internal
            while line is not None:
                yield (number, line_number), line
                line_number, line = line_number + 1, line.next
            number += 1
        block = block.next


def _glyphs(line: Any) -> list[_Glyph]:
    dx, dy = line.dir.x, line.dir.y
    glyphs: list[_Glyph] = []
    loose: list[tuple[str, float]] = []
    character = line.first_char
    while character is not None:
        text = chr(character.c) if 0 < character.c < 0x110000 else "\ufffd"
        quad = character.quad
        corners = [(point.x, point.y) for point in (quad.ul, quad.ur, quad.ll, quad.lr)]
        along = [x * dx + y * dy for x, y in corners]
        start, end = min(along), max(along)
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        character = character.next
        if text in _DIRECTION_MARKS:
            continue
        narrow = end - start < _NO_WIDTH * max(1.0, max(ys) - min(ys))
        if glyphs and narrow:
            glyphs[-1].text += text
        elif unicodedata.category(text) == "Mn":
            loose.append((text, (start + end) / 2))
        else:
            glyphs.append(_Glyph(text, start, end, (min(xs), min(ys), max(xs), max(ys))))
    for text, middle in loose:
        _attach(text, middle, glyphs)
    return _with_visible_spaces(sorted(glyphs, key=lambda glyph: glyph.start + glyph.end))


def _with_visible_spaces(glyphs: Sequence[_Glyph]) -> list[_Glyph]:
    """The glyphs with a space where a gap is seen: spaces may be overprinted, and words drawn without spaces."""
    kept: list[_Glyph] = []
    space = False
    for glyph in glyphs:
        if glyph.text.isspace():
            space = True
            continue
        if kept:
            height = glyph.box[3] - glyph.box[1] or glyph.box[2] - glyph.box[0]
            gap = glyph.start - kept[-1].end
            if gap > (_LEAST_SPACE if space else _LEAST_GAP) * height:
                kept.append(_Glyph(" ", kept[-1].end, glyph.start, glyph.box))
        space = False
        kept.append(glyph)
    return kept


def _attach(mark: str, middle: float, glyphs: Sequence[_Glyph]) -> None:
    if glyphs:
        nearest = min(glyphs, key=lambda glyph: max(glyph.start - middle, middle - glyph.end))
        nearest.text += mark


def _line_words(glyphs: Sequence[_Glyph], key: tuple[int, int], usual: bool) -> list[Word]:
    shown = [glyph.text for glyph in glyphs]
    order, mirrored = logical_order(shown, _base(shown, usual))
    texts = with_brackets(shown, order, mirrored)
    words: list[Word] = []
    text, boxes = "", list[_Corners]()
    for place, part in zip([*order, None], [*texts, " "], strict=True):
        if place is not None and not part.isspace():
            text += part
            boxes.append(glyphs[place].box)
        elif text:
            x0, y0, x1, y1 = zip(*boxes, strict=True)
            words.append((min(x0), min(y0), max(x1), max(y1), base_letters(text), *key, len(words)))
            text, boxes = "", []
    return words


def _base(shown: Sequence[str], usual: bool) -> bool:
    """Whether a line is one of a right-to-left paragraph: both its ends say so, else the direction of the page."""
    ends = [RIGHT_TO_LEFT.match(text) is not None for text in shown if text[0].isalpha()]
    if ends and ends[0] == ends[-1]:
        return ends[0]
    return usual


def logical_order(shown: Sequence[str], right_to_left: bool) -> tuple[list[int], set[int]]:
    """The logical order of pieces of a line that are given from left to right.

    Args:
        shown: characters with their marks, or words; each in logical order in itself and not empty.
        right_to_left: direction of the paragraph.

    Returns:
        Indices into `shown` in logical order, and those of characters that stand in text from right to left, where
        brackets are mirrored.
    """
    # The import takes some milliseconds, which documents without such text need not pay.
    from bidi import algorithm

    pieces = [_as_shown(text) for text in shown]
    storage = algorithm.get_empty_storage()
    storage["base_level"], storage["base_dir"] = int(right_to_left), "LR"[right_to_left]
    algorithm.get_embedding_levels("".join(pieces), storage)
    places = [index for index, piece in enumerate(pieces) for _ in piece]
    for character, place in zip(storage["chars"], places, strict=True):
        character["place"] = place
        if character["type"] not in _PLAIN_TYPES:
            # What is unassigned, and marks of direction and paragraphs, which must not take effect a second time.
            character["type"] = character["orig"] = "R" if RIGHT_TO_LEFT.match(character["ch"]) else "ON"
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    _resolve_brackets(storage["chars"], right_to_left)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    mirrored = {character["place"] for character in storage["chars"] if character["level"] % 2}
    algorithm.reorder_resolved_levels(storage, False)
    order = list(dict.fromkeys(character["place"] for character in storage["chars"]))
    return order + [index for index in range(len(shown)) if index not in set(order)], mirrored


def _resolve_brackets(characters: Sequence[dict[str, Any]], right_to_left: bool) -> None:
    """Give both brackets of a pair one direction (UAX #9, N0), which python-bidi leaves out.

    Args:
        characters: of a line from left to right, as python-bidi describes them, with their weak types resolved.
    """
    shown = [character["ch"] if character["type"] == "ON" else "" for character in characters]
    pairs = _bracket_pairs(shown)
    usual, other = "RL" if right_to_left else "LR"
    strong = [_STRONG.get(character["type"], "") for character in characters]
    # In the order in which the text is read.
    for first, last in sorted(pairs, key=lambda pair: -pair[1] if right_to_left else pair[0]):
        inside = set(strong[first + 1 : last])
        if not inside & {"L", "R"}:
            continue
        before = strong[:first][::-1] if not right_to_left else strong[last + 1 :]
        context = next(filter(None, before), usual)
        direction = usual if usual in inside or context == usual else other
        for place in (first, last):
            characters[place]["type"] = strong[place] = direction


def _bracket_pairs(shown: Sequence[str]) -> list[tuple[int, int]]:
    """Places of brackets that belong together; the file may have them as they are seen or as they are read."""
    found = []
    for brackets in ({"(": ")", "[": "]", "{": "}"}, {")": "(", "]": "[", "}": "{"}):
        pairs, waiting, wrong = list[tuple[int, int]](), list[int](), 0
        for place, character in enumerate(shown):
            if character in brackets:
                waiting.append(place)
            elif character and character in brackets.values():
                if waiting and brackets[shown[waiting[-1]]] == character:
                    pairs.append((waiting.pop(), place))
                else:
                    wrong += 1
        found.append((wrong + len(waiting), pairs))
    return min(found, key=lambda one: one[0])[1]


def _as_shown(text: str) -> str:
    """The base character of a glyph; a word from left to right as it stands on the page."""
    if len(text) > 1 and unicodedata.category(text[1]) in ("Mn", "Cf"):
        bare = "".join(character for character in text if unicodedata.category(character) not in ("Mn", "Cf"))
        text = bare or text[0]
    return text[::-1] if RIGHT_TO_LEFT.search(text) else text


def with_brackets(shown: Sequence[str], order: Sequence[int], mirrored: set[int]) -> list[str]:
    """The pieces in logical order; brackets in right-to-left text mirrored, where the file has their shapes.

    Some files have the character instead, which must stay. A bracket that closes before it opens shows which.
    """
    kept = [shown[place] for place in order]
    if not any(text in _MIRROR for text in kept):
        return kept
    turned = [_MIRROR.get(shown[place], shown[place]) if place in mirrored else shown[place] for place in order]
    return kept if _unmatched(kept) < _unmatched(turned) else turned


_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("<", ">"), ("«", "»"), ("‹", "›"))
_MIRROR = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}


def _unmatched(texts: Sequence[str]) -> int:
    wrong = 0
    for opening, closing in _PAIRS:
        depth = 0
        for text in texts:
            depth += (text == opening) - (text == closing)
            if depth < 0:
                wrong, depth = wrong + 1, 0
        wrong += depth
    return wrong


def base_letters(text: str) -> str:
    """Arabic letters in the shapes of their places in a word, and ligatures of letters, as the letters themselves."""
    return _SHAPES.sub(_base_letter, text) if _SHAPES.search(text) else text


def _base_letter(match: re.Match[str]) -> str:
    # The compatibility form of a mark alone is the mark on a space or on a tatweel.
    letters = unicodedata.normalize("NFKC", match.group())
    return letters.strip(f" {_TATWEEL}") if _SHAPES_OF_MARKS.match(match.group()) else letters
