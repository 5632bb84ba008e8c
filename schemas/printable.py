"""Untrusted text on a terminal or in a log: file names may contain characters that move the cursor or forge a line."""

import unicodedata


def printable(text: str, keep: str = "\n\t") -> str:
    """The text with control, format and surrogate characters written as escapes, except those in `keep`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep or not _is_hidden(c) else c.encode("unicode_escape").decode() for c in text)


def brief(error: BaseException, most: int = 200) -> str:
    """The class and the message of an exception in one line, of whose message at most `most` characters are kept."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:most]}"


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
