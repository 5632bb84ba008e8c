"""JSON as models write it: with other quotes, bare words, commas too many, and without its end."""

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
    """The JSON object or array that `text` begins with, numbers as the text they are written in.

    Returns:
        The value, and whether it was cut: then it ends with the last whole element of an array.

    Raises:
        ValueError: it does not begin with one, or cannot be read even so.
    """
    start = text.lstrip()
    if not start.startswith(("{", "[")):
        raise ValueError("neither { nor [ at the beginning")
    try:
        return _DECODER.raw_decode(start)[0], False
    except ValueError:
        pass
    except RecursionError:
        raise ValueError("nested too deeply") from None
    mended, cut = _mended(start)
    try:
        return _DECODER.raw_decode(mended)[0], cut
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _mended(text: str) -> tuple[str, bool]:
    """Strict JSON of the first value, and whether it was cut."""
    parts: list[str] = []
    open_: list[str] = []
    # Where an element of an array ended: parts that belong to it, and what must be closed after it.
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
                    raise ValueError(f"a {token} that closes nothing")
                if parts[-1] == ",":
                    parts.pop()
                open_.pop()
                parts.append(token)
                if not open_:
                    return "".join(parts), False
                if open_[-1] == "[":
                    whole = len(parts), "".join(_CLOSING[bracket] for bracket in reversed(open_))
    if whole is None:
        raise ValueError("it ends before its first row does")
    return "".join(parts[: whole[0]]) + whole[1], True


def _add_bare(parts: list[str], word: str) -> None:
    before = parts[-1]
    if before[0] == '"':
        # Words of a text without quotes.
        parts[-1] = f"{before[:-1]} {_string(word)[1:]}"
    else:
        parts.append(_LITERALS.get(word) or _string(word))


def _string(inner: str) -> str:
    """A JSON string; escapes that JSON does not know stand for themselves."""

    def escape(match: re.Match[str]) -> str:
        if match[0] == '"':
            return '\\"'
        if match[1] == "'":
            return "'"
        known = match[1] in '"\\/bfnrt' or re.match(r"u[0-9a-fA-F]{4}", inner[match.start() + 1 :][:5])
        return match[0] if known else "\\" + match[0]

    return '"' + re.sub(r'\\(.)|"', escape, inner, flags=re.DOTALL) + '"'
