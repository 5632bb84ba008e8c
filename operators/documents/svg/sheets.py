"""Style sheets of SVG: their rules, and what they declare of an element."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cssselect2
import tinycss2

_MOST_TEXT = 1 << 20
"""Characters of all style sheets of a file together."""
_MOST_RULES = 5_000
_WITHOUT_LOOKS = frozenset({"charset", "counter-style", "font-face", "keyframes", "namespace", "page", "property"})
_SLOW = ("~", "of-type", ":has")
"""What makes a selector look at all siblings of an element, or at all that is in it."""
_MOST_TESTS = 2_000_000
"""Selectors that name no class, id or element are tried on each element; so many tests at most."""
_MANY = 2_000
"""Elements of a file from which on that would take too long."""
_MEDIA = {
    "": True, "all": True, "screen": True, "only screen": True, "(prefers-color-scheme: light)": True,
    "print": False, "only print": False, "not all": False, "(prefers-color-scheme: dark)": False,
    "(prefers-reduced-motion: reduce)": False, "(prefers-reduced-motion)": False,
}  # fmt: skip

Declarations = Sequence[tuple[str, str, bool]]
"""Names in lower case (of custom properties as they are), values, and whether they are important."""


@dataclass
class Sheets:
    """The style sheets of a file.

    Attributes:
        ignored: rules that could not be applied.
    """

    elements: int
    ignored: int = 0
    _matcher: Any = field(default_factory=cssselect2.Matcher)
    _length: int = 0
    _rules: int = 0

    def add(self, text: str, media: str = "") -> None:
        """Take the rules of a style sheet in."""
        self._length += len(text)
        if self._length > _MOST_TEXT:
            self.ignored += 1
            return
        shown = _shown(media)
        if shown is None:
            self.ignored += 1
        elif shown:
            self._add(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))

    def _add(self, rules: Sequence[Any]) -> None:
        for rule in rules:
            if rule.type == "qualified-rule":
                self._add_rule(rule)
            elif rule.type == "at-rule" and rule.lower_at_keyword == "media" and rule.content is not None:
                shown = _shown(tinycss2.serialize(rule.prelude))
                if shown:
                    self._add(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True))
                self.ignored += shown is None
            elif rule.type != "at-rule" or rule.lower_at_keyword.removeprefix("-webkit-") not in _WITHOUT_LOOKS:
                self.ignored += 1

    def _add_rule(self, rule: Any) -> None:
        self._rules += 1
        selector = tinycss2.serialize(rule.prelude)
        if self._rules > _MOST_RULES or (self.elements > _MANY and any(part in selector for part in _SLOW)):
            self.ignored += 1
            return
        try:
            selectors = cssselect2.compile_selector_list(rule.prelude)
        except cssselect2.SelectorError:
            self.ignored += 1
            return
        declared = tuple(declarations(rule.content))
        for one in selectors:
            if one.pseudo_element is not None:
                continue
            if (len(self._matcher.other_selectors) + 1) * self.elements > _MOST_TESTS:
                self.ignored += 1
                return
            self._matcher.add_selector(one, declared)

    def declared(self, element: Any) -> Iterator[tuple[str, str, bool]]:
        """What the rules declare of a `cssselect2.ElementWrapper`, what wins last."""
        if not self._rules:
            return
        for *_, declared in self._matcher.match(element):
            yield from declared


@lru_cache(maxsize=4096)
def of_attribute(style: str) -> tuple[tuple[str, str, bool], ...]:
    """The declarations of an attribute `style`."""
    return tuple(declarations(style))


def declarations(content: Any) -> Iterator[tuple[str, str, bool]]:
    """The declarations of a rule."""
    for part in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if part.type == "declaration":
            name = part.name if part.name.startswith("--") else part.lower_name
            yield name, tinycss2.serialize(part.value).strip(), bool(part.important)


def _shown(media: str) -> bool | None:
    """Whether one of the queries holds for a screen; None where that is not known."""
    found = [_MEDIA.get(" ".join(query.lower().split())) for query in media.split(",")]
    return True if True in found else None if None in found else False
