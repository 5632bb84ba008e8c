"""Parses JSON with the errors of models: single quotes, unquoted words, extra commas, a missing end."""

import json
import re
from typing import Any

_TOKEN = re.compile(
    r"""(?P<double>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<single>'[^'\\]*(?:\\.[^'\\]*)*')|(?P<mark>[\[\]{}:,])|(?P<space>\s+)"""
    r"""|(?P<bare>[^\s"'\[\]{}:,][^\s"\[\]{}:,]*)|(?P<open>["'])""",
    re.DOTALL,
)
_CLOSING = {"[": "]", "{": "}"}
_LITERALS = {"null": "null", "None": "null", "true": "true", "True": "true", "false": "false", "False": "false"}
_DECODER = json.JSONDecoder(strict=False, parse_float=str, parse_int=str, parse_constant=str)


def lenient_json(text: str) -> tuple[Any, bool]:
    """The JSON object or array at the start of `text`, with numbers as strings of their original text.

    Returns:
        The value, and whether it was cut off; it then ends with the last complete element of an array.

    Raises:
        ValueError: the text does not start with an object or array, or cannot be parsed even leniently.
    """
    start = text.lstrip()
    if not start.startswith(("{", "[")):
        raise ValueError("neither { nor [ at the start")
    try:
        return _DECODER.raw_decode(start)[0], False
    except ValueError:
        pass
    except RecursionError:
        raise ValueError("nested too deeply") from None
    repaired, cut = _repaired(start)
    try:
        return _DECODER.raw_decode(repaired)[0], cut
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _repaired(text: str) -> tuple[str, bool]:
    """The first value as strict JSON, and whether it was cut off."""
    parts: list[str] = []
    open_: list[str] = []
    # The end of the last complete array element: the number of parts up to it, and the brackets to close after it.
    whole: tuple[int, str] | None = None
    for match in _TOKEN.finditer(text):
        token = match[0]
        match match.lastgroup:
            case "space":
                continue
            case "open":
                break
            case "double" | "single":
                parts.append(_string(token[1:-1]))
            case "bare":
                _add_bare(parts, token)
            case _ if token in "[{":
                open_.append(token)
                parts.append(token)
            case _ if token in ":,":
                parts.append(token)
            case _:
                if token != _CLOSING[open_[-1]]:
                    raise ValueError(f"a {token} without its opening bracket")
                if parts[-1] == ",":
                    parts.pop()
                open_.pop()
                parts.append(token)
                if not open_:
                    return "".join(parts), False
                if open_[-1] == "[":
                    whole = len(parts), "".join(_CLOSING[bracket] for bracket in reversed(open_))
    if whole is None:
        raise ValueError("it ends within its first row")
    return "".join(parts[: whole[0]]) + whole[1], True


def _add_bare(parts: list[str], word: str) -> None:
    before = parts[-1]
    if before[0] == '"':
        # Another word of an unquoted text.
        parts[-1] = f"{before[:-1]} {_string(word)[1:]}"
    else:
        parts.append(_LITERALS.get(word) or _string(word))


def _string(inner: str) -> str:
    """A JSON string; escapes that JSON does not define are kept as literal text."""

    def escape(match: re.Match[str]) -> str:
        if match[0] == '"':
            return '\\"'
        if match[1] == "'":
            return "'"
        known = match[1] in '"\\/bfnrt' or re.match(r"u[0-9a-fA-F]{4}", inner[match.start() + 1 :][:5])
        return match[0] if known else "\\" + match[0]

    return '"' + re.sub(r'\\(.)|"', escape, inner, flags=re.DOTALL) + '"'
