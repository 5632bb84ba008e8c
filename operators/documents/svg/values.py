"""Values of CSS as MuPDF reads them in attributes of SVG: colours in hexadecimal, lengths in pixels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tinycss2
import tinycss2.color4

_MOST_TEXT = 10_000
_MOST_NESTED = 16
_LENGTH = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*([a-z]*|%)", re.IGNORECASE)
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54}
_SIZES = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0, "xx-large": 32.0,
}  # fmt: skip
_ROOT_SIZE = 16.0
_BOLD = 600
_REFERENCE = re.compile(r"url\(\s*[\"']?\s*(?P<target>[^\"')\s]*)\s*[\"']?\s*\)\s*(?P<other>.*)", re.DOTALL)
_TURN = re.compile(r"(?<=[\d.])\s*(?:px|deg)\b", re.IGNORECASE)
_MOVED = re.compile(r"translate([XY])\(([^()]*)\)", re.IGNORECASE)
_TRANSFORM = re.compile(r"(?:(?:matrix|translate|scale|rotate|skewX|skewY)\([-+\d.eE,\s]*\)[\s,]*)+")


@dataclass(frozen=True)
class Paint:
    """A paint of one colour.

    Attributes:
        colour: `#rrggbb`, or `none`.
        alpha: from 0 to 1.
    """

    colour: str
    alpha: float = 1.0


NO_PAINT = Paint("none")
BLACK = Paint("#000000")


def paint(value: str, current: Paint, servers: Mapping[str, Paint]) -> Paint | None:
    """The paint of a value of `fill`, `stroke` or `stop-color`; None where it is invalid or inherited.

    Args:
        current: what `currentColor` is.
        servers: the colours that stand for gradients and patterns, by id.
    """
    text = value.strip()
    if text.lower() == "none":
        return NO_PAINT
    if match := _REFERENCE.match(text):
        target = match["target"]
        if target.startswith("#") and target[1:] in servers:
            return servers[target[1:]]
        return paint(match["other"], current, {}) or NO_PAINT
    if text.lower() == "currentcolor":
        return current
    return _colour(text)


@lru_cache(maxsize=4096)
def _colour(text: str) -> Paint | None:
    found = tinycss2.color4.parse_color(text) if text else None
    if found is None or isinstance(found, str):
        return None
    red, green, blue = (round(255 * min(1.0, max(0.0, part))) for part in found.to("srgb").coordinates)
    alpha = float(found.alpha)
    return Paint(f"#{red:02x}{green:02x}{blue:02x}", alpha) if alpha > 0 else NO_PAINT


def share(value: str) -> float | None:
    """An opacity from 0 to 1; None where the value is none."""
    match = _LENGTH.fullmatch(value.strip())
    if match is None or match[2] not in ("", "%"):
        return None
    return min(1.0, max(0.0, float(match[1]) / (100 if match[2] else 1)))


def pixels(value: str, font_size: float) -> float | None:
    """A length in pixels; None for a percentage, or where the value is no length."""
    match = _LENGTH.fullmatch(value.strip())
    if match is None:
        return None
    unit = match[2].lower()
    factor = {"em": font_size, "ex": font_size / 2, "rem": _ROOT_SIZE}.get(unit, _PIXELS.get(unit))
    return None if factor is None else float(match[1]) * factor


def font_size(value: str, parent: float) -> float | None:
    """A size of a font in pixels; None where the value is invalid or inherited."""
    text = value.strip().lower()
    if text in _SIZES:
        return _SIZES[text]
    if text in ("larger", "smaller"):
        return parent * (1.2 if text == "larger" else 1 / 1.2)
    if text.endswith("%"):
        part = _LENGTH.fullmatch(text)
        return None if part is None else float(part[1]) / 100 * parent
    return pixels(text, parent)


def font_weight(value: str) -> str:
    """`bold` or `normal`."""
    text = value.strip().lower()
    heavy = text in ("bold", "bolder") or (text.isdigit() and int(text) >= _BOLD)
    return "bold" if heavy else "normal"


def font_parts(value: str) -> dict[str, str]:
    """The properties that the shorthand `font` sets; empty where it names no size."""
    before: list[str] = []
    found, family = "", ""
    tokens = tinycss2.parse_component_value_list(value, skip_comments=True)
    for at, token in enumerate(tokens):
        text = token.serialize().strip()
        if token.type in ("dimension", "percentage") or text.lower() in (*_SIZES, "larger", "smaller"):
            found, rest = text, tinycss2.serialize(tokens[at + 1 :]).strip()
            family = re.sub(r"^/\s*\S+\s*", "", rest)
            break
        before.append(text.lower())
    if not found or not family:
        return {}
    weight = next((text for text in before if text in ("bold", "bolder") or text.isdigit()), "normal")
    style = next((text for text in before if text in ("italic", "oblique")), "normal")
    return {"font-size": found, "font-family": family, "font-weight": weight, "font-style": style}


def transform(value: str) -> str | None:
    """A `transform` of CSS as an attribute, empty for none; None where it cannot be written as one."""
    if value.strip().lower() == "none":
        return ""
    text = _MOVED.sub(
        lambda match: f"translate({match[2]},0)" if match[1] in "Xx" else f"translate(0,{match[2]})", value
    )
    text = _TURN.sub("", text).strip()
    return text if _TRANSFORM.fullmatch(text) else None


def with_variables(value: str, known: Mapping[str, str]) -> str | None:
    """A value with `var(--name)` replaced; None where a variable is unknown and has no other value."""
    if "var(" not in value.lower():
        return value
    return _replaced(tinycss2.parse_component_value_list(value), known, 0)


def _replaced(tokens: list[Any], known: Mapping[str, str], depth: int) -> str | None:
    if depth > _MOST_NESTED:
        return None
    parts: list[str] = []
    for token in tokens:
        text: str | None = token.serialize()
        if token.type == "function" and token.lower_name == "var":
            name, _, other = tinycss2.serialize(token.arguments).partition(",")
            text = known.get(name.strip(), other if other.strip() else None)
            text = None if text is None else _replaced(tinycss2.parse_component_value_list(text), known, depth + 1)
        elif token.type == "function":
            inner = _replaced(token.arguments, known, depth + 1)
            text = None if inner is None else f"{token.name}({inner})"
        if text is None or sum(map(len, parts)) + len(text) > _MOST_TEXT:
            return None
        parts.append(text)
    return "".join(parts)
