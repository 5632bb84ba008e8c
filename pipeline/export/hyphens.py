"""Joins words that are hyphenated at the ends of lines, and keeps hyphens that belong to a word.

What a hyphen is follows from the document itself: from the words and the compounds that it writes within its lines.
"""

import re
from collections.abc import Iterable, Sequence

_HYPHEN = "-\u2010"
_PART = r"[^\W\d_]+(?:['’][^\W\d_]+)*"
_WORD = re.compile(rf"{_PART}(?:[{_HYPHEN}]{_PART})*")
_ENDS = re.compile(rf"(\S*?)([^\W_]+)[{_HYPHEN}]$")
_BEGINS = re.compile(r"([^\W_]+)(\S*)\s*")
# After these a hyphen stands for the rest of a compound: "Finanz- und Wirtschaftsplan", "pre- and postwar".
_CONJUNCTIONS = frozenset(
    ["und", "oder", "bzw", "sowie", "bis", "and", "or", "to", "et", "ou", "och", "eller", "og", "en", "of"]
)
# Parts of compounds that English writes with a hyphen before any other word.
_PREFIXES = frozenset(["well", "self"])
_SUFFIXES = frozenset(["ish", "less", "ness", "hood"])
_OF_ADDRESSES = re.compile(r"[/@\\]|\w\.\w")


class Vocabulary:
    """The words of a document as they stand within its lines, in lower case."""

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._compounds: set[str] = set()
        self._first_parts: set[str] = set()

    def add(self, lines: Iterable[str]) -> None:
        """Add the words of lines in reading order, without those that a hyphen at the end of a line cuts."""
        cut = False
        for line in lines:
            text = line.strip()
            words = _WORD.findall(text.lower())
            if cut:
                words = words[1:]
            cut = _ENDS.search(text) is not None
            for word in words[:-1] if cut else words:
                parts = re.split(f"[{_HYPHEN}]", word)
                if len(parts) == 1:
                    self._words.add(word)
                else:
                    self._compounds.add("-".join(parts))
                    self._first_parts.add(parts[0])
                    self._words.update(parts)

    def joined(self, rows: Sequence[str]) -> list[str]:
        """Rows with a word that goes on in the next row completed in the first; rows without anything left are gone."""
        done: list[str] = []
        for row in rows:
            text = row.strip()
            ends, begins = _ENDS.search(done[-1]) if done else None, _BEGINS.match(text)
            if ends is None or begins is None:
                done.append(text)
                continue
            before, first, (second, tail) = done[-1], ends.group(2), begins.groups()
            link = self._link(ends.group(1), first, second)
            if link is None:
                done.append(text)
                continue
            done[-1] = f"{before[:-1]}{link}{second}{tail}"
            if text[begins.end() :]:
                done.append(text[begins.end() :])
        return done

    def _link(self, head: str, first: str, second: str) -> str | None:
        """What stands between two parts of a word: a hyphen or nothing; None where the second is another word."""
        one, other = first.lower(), second.lower()
        if first[-1].isdigit() or second[0].isdigit() or _OF_ADDRESSES.search(head):
            return "-"
        if one + other in self._words:
            return ""
        # `X-ray` and `state-of-the-art`: no word is divided after its first letter.
        if len(one) == 1 or (head[-1:] and head[-1] in _HYPHEN):
            return "-"
        if other in _CONJUNCTIONS:
            return None
        if f"{one}-{other}" in self._compounds or (second[0].isupper() and not first.isupper()):
            return "-"
        if one in _PREFIXES and other not in _SUFFIXES:
            return "-"
        if one in self._first_parts and one in self._words and other in self._words:
            return "-"
        return ""
